"""What is measured of a queue. Each takes a queue whose store is empty."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.processes import Family
from bench.queues import jobs
from bench.queues.contestant import Queue

_START_SECONDS = 30
_SETTLE_SECONDS = 1.0
_GIVE_UP_SECONDS = 20
_LOOK_SECONDS = 0.01
_COUNT_SECONDS = 0.1  # counting its books costs the one who is counted
_READY = -1  # the number of the job that shows a worker to be up


class Bench(NamedTuple):
    """A queue, and the file in which its jobs tell what they do."""

    queue: Queue
    log: Path

    def start(self, at_once: int = 1) -> Family:
        environment = self.queue.environment | {jobs.LOG: str(self.log)}
        return Family(self.queue.worker(at_once), environment)

    @contextmanager
    def worker(self, at_once: int = 1) -> Iterator[Family]:
        """Run a worker; it has shown that it works when this begins."""
        started = self.start(at_once)
        try:
            self.queue.put("stamp", _READY)
            self.until(lambda: self.count("began", _READY) > 0)
            yield started
        finally:
            started.kill()

    def count(self, event: str, number: int | None = None) -> int:
        return sum(
            line.event == event and number in (None, line.number) for line in jobs.lines(self.log)
        )

    def until(
        self,
        is_so: Callable[[], bool],
        seconds: float = _START_SECONDS,
        every: float = _LOOK_SECONDS,
    ) -> None:
        """Wait for something.

        Raises:
            TimeoutError: it did not come.
        """
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(every)


def enqueue_rate(bench: Bench, count: int) -> float:
    """Return commits a second of one producer; no worker runs."""
    begun = time.perf_counter()
    for number in range(count):
        bench.queue.put("nothing", number)
    return count / (time.perf_counter() - begun)


def drain_rate(bench: Bench, at_once: int, count: int) -> float:
    """Return jobs a second, claimed and completed, of workers that are up when it begins."""
    worker = bench.start(at_once)
    try:
        for number in range(at_once):
            bench.queue.put("gate", number)
        bench.until(lambda: bench.count("began") == at_once)
        bench.queue.fill("nothing", count)
        jobs.gate_of(bench.log).touch()
        begun = time.perf_counter()
        bench.until(lambda: bench.queue.finished() == count + at_once, 120, _COUNT_SECONDS)
        return count / (time.perf_counter() - begun)
    finally:
        worker.kill()


def latencies(bench: Bench, count: int) -> list[float]:
    """Return the ms from before the call that enqueues to the job's first line, sorted."""
    chance = random.Random(1)
    with bench.worker():
        time.sleep(_SETTLE_SECONDS)
        asked = {}
        for number in range(count):
            time.sleep(chance.uniform(0.030, 0.170))
            asked[number] = time.monotonic_ns()
            bench.queue.put("stamp", number)
        bench.until(lambda: bench.count("began") == count + 1)
    began = [line for line in jobs.lines(bench.log) if line.number in asked]
    return sorted((line.at - asked[line.number]) / 1e6 for line in began)


def recovery_seconds(bench: Bench) -> float | None:
    """Return the time from a kill -9 in mid-job to that job running again, None: it did not.

    The next worker is started at once.
    """
    with bench.worker() as first:
        bench.queue.put("long", 0)
        bench.until(lambda: bench.count("began", 0) == 1)
        time.sleep(0.3)
        killed = time.monotonic_ns()
        first.kill()
    second = bench.start()
    try:
        bench.until(lambda: bench.count("began", 0) > 1, _GIVE_UP_SECONDS)
    except TimeoutError:
        return None
    finally:
        second.kill()
    return (max(line.at for line in jobs.lines(bench.log)) - killed) / 1e9


class Storm(NamedTuple):
    """What became of jobs whose workers were killed again and again."""

    jobs: int
    left_behind: int  # neither ended nor told of
    given_up: int  # told as failed: three deaths of a worker count against the job
    ended_twice: int
    settle_seconds: float


def storm(bench: Bench, kills: int, count: int) -> Storm:
    """Kill one of two workers with -9 at random moments, and start it again at once."""
    chance = random.Random(2)
    bench.queue.fill("slow", count)
    workers = [bench.start(), bench.start()]
    try:
        bench.until(lambda: bench.count("began") > 1)
        for kill in range(kills):
            time.sleep(chance.uniform(0.4, 0.8))
            workers[kill % 2].kill()
            workers[kill % 2] = bench.start()
        begun = time.monotonic()
        _settle(bench, count)
        settled = time.monotonic() - begun
    finally:
        for worker in workers:
            worker.kill()
    ended = [line.number for line in jobs.lines(bench.log) if line.event == "ended"]
    given_up = bench.queue.given_up()
    left_behind = count - len(set(ended)) - given_up
    return Storm(count, left_behind, given_up, len(ended) - len(set(ended)), settled)


def _settle(bench: Bench, count: int) -> None:
    """Wait until all have ended, or none has for so long that no more will."""
    settled, since = 0, time.monotonic()
    while settled < count and time.monotonic() - since < _GIVE_UP_SECONDS:
        time.sleep(0.05)
        now = len({line.number for line in jobs.lines(bench.log) if line.event == "ended"})
        now += bench.queue.given_up()
        if now != settled:
            settled, since = now, time.monotonic()


class Idle(NamedTuple):
    """What a worker without work does, over so many seconds."""

    seconds: float
    cpu_percent: float  # of one core
    written: int  # bytes
    resident: int  # kB, PSS


def idle(bench: Bench, seconds: float) -> Idle:
    with bench.worker() as worker:
        time.sleep(5 * _SETTLE_SECONDS)
        cpu, written = worker.cpu_seconds(), worker.written()
        time.sleep(seconds)
        share = 100 * (worker.cpu_seconds() - cpu) / seconds
        return Idle(seconds, share, worker.written() - written, sum(worker.resident().values()))

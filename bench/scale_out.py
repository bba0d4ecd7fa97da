"""Measure one, two and three workers on hosts of their own, over one PostgreSQL.

    python -m bench.scale_out [--rounds 3] [--tasks 1500] [--waits 120]

The hosts are namespaces of this machine, so they share its processors: what does nothing but
count shows what the queue costs, what waits (0.15 s, as for somebody else's server) how far
workers add up. Needs root, iproute2, PostgreSQL and Redis.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.hosts import Host, Network, NoNetwork, servers
from bench.processes import Family, python
from bench.queues import jobs, needledrop
from bench.queues.measures import Bench
from bench.queues.needledrop import Needledrop
from core.settings import ROOT

OUT = ROOT / "bench" / "out" / "scale_out.json"
MOST = 3
_SECONDS = 120.0
_LOOK_SECONDS = 0.05
_ROWS = {"nothing": "tasks that do nothing, a second", "slow": "tasks that wait 0.15 s, a second"}


def rate(bench: Bench, hosts: list[Host], job: str, count: int) -> float:
    """Return tasks a second, claimed and completed, of workers that are up when it begins."""
    own = bench.queue.environment | {jobs.LOG: str(bench.log)}
    command = python("-m", needledrop.__name__, "--lanes", "quick")
    with ExitStack() as stack:
        for host in hosts:
            started = Family([*host.command, *command], own, subprocess.DEVNULL)
            stack.callback(started.kill)
        before = bench.queue.finished()
        for number in range(len(hosts)):
            bench.queue.put("gate", number)
        bench.until(lambda: bench.count("began") == len(hosts))
        bench.queue.fill(job, count)
        jobs.gate_of(bench.log).touch()
        begun = time.perf_counter()
        ended = before + count + len(hosts)
        bench.until(lambda: bench.queue.finished() >= ended, _SECONDS, _LOOK_SECONDS)
        return count / (time.perf_counter() - begun)


def compare(rounds: int, counts: dict[str, int], folder: Path) -> dict[str, list[float]]:
    """Return the median rates of each job, with one worker, two and three."""
    found: dict[str, list[list[float]]] = {job: [[] for _ in range(MOST)] for job in counts}
    with Network() as network, servers(network) as shared:
        hosts = [network.host() for _ in range(MOST)]
        queue = Needledrop(folder / "data", shared.database_url)
        queue.environment["NEEDLEDROP_REDIS_URL"] = shared.redis_url
        for number in range(rounds):
            for job, count in counts.items():
                for some in range(1, MOST + 1):
                    bench = Bench(queue, folder / f"{number}-{job}-{some}")
                    rates = found[job][some - 1]
                    rates.append(rate(bench, hosts[:some], job, count))
                    print(f"round {number + 1} {job:8} {some}: {rates[-1]:,.1f}", flush=True)
        queue.close()
    return {job: [statistics.median(each) for each in rates] for job, rates in found.items()}


def main() -> None:
    arguments = argparse.ArgumentParser(description="Measure workers on several hosts.")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--tasks", type=int, default=1500, help="that do nothing")
    arguments.add_argument("--waits", type=int, default=120, help="tasks that wait")
    given = arguments.parse_args()
    counts = {"nothing": given.tasks, "slow": given.waits}
    with tempfile.TemporaryDirectory(prefix="bench-hosts-") as folder:
        try:
            figures = compare(given.rounds, counts, Path(folder))
        except NoNetwork:
            sys.exit("This is measured on hosts that only root may make, with iproute2.")
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2))
    print("| workers | 1 | 2 | 3 |\n|---|---:|---:|---:|")
    for job, called in _ROWS.items():
        print(f"| {called} | {' | '.join(f'{each:,.1f}' for each in figures[job])} |")


if __name__ == "__main__":
    main()

"""The worker process: forks the runners, watches over them, replaces those that die.

It holds no database connection while it forks, and never runs a job itself, so that
nothing a job does can take it down.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import NeedledropError
from core.service_notice import Notice
from core.settings import Settings
from database import claims, damage, workers
from database.claims import Attempt
from database.engine import Database
from worker_jobs import hands
from worker_jobs.dying import die_with
from worker_jobs.hands import Hand
from worker_jobs.loop import Runner
from worker_jobs.memory import limit_memory
from worker_jobs.registry import Entry
from worker_jobs.run import Stopping

log = logging.getLogger(__name__)

_WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# By name: a wait that a pause of the whole process (SIGSTOP, SIGCONT) has cut short gives
# a signal that was never sent.
_STOPS = (signal.SIGTERM, signal.SIGINT)
_LOOK_SECONDS = 1.0
_WATCH_SECONDS = 1.5  # between looks at other programs' workers, while there are any
_ALONE_SECONDS = 15.0
_REST_SECONDS = 60.0  # a spare runner without work for so long makes room
_CANCEL_GRACE_SECONDS = 1.0  # for a job that does not look; then its process is ended
_JOB_GRACE_SECONDS = 4.0  # after SIGTERM a job may still finish
_STOP_SECONDS = 8.0  # then what is left is killed, and its task given back
_QUICK_DEATH_SECONDS = 5.0  # died this young without a task: the next one waits a little
TOOK_TOO_LONG = "This took longer than {minutes} minutes and was ended."


@dataclass
class Place:
    """Where a runner stands: its lanes, what it has in hand, the process that fills it."""

    lanes: Sequence[str]
    hand: Hand
    is_spare: bool = False  # filled only while the others do not keep up
    pid: int = 0
    born: float = 0.0
    quick_deaths: int = 0
    due: float = 0.0  # by time.monotonic(): when the next one may be forked
    cancelled: dict[Attempt, float] = field(default_factory=dict)


class Supervisor:
    def __init__(
        self,
        settings: Settings,
        jobs: dict[str, Entry],
        lanes: Sequence[Sequence[str]],
        *,
        always: int | None = None,
    ) -> None:
        """Make it ready; nothing is forked yet.

        Args:
            settings: of this process.
            jobs: what the runners can do.
            lanes: those of each runner, in its order of preference.
            always: how many of the runners are always there, None for all of them.
        """
        self._settings, self._jobs = settings, jobs
        made = hands.make(len(lanes))
        most = len(lanes) if always is None else always
        self._places = [
            Place(lane, hand, is_spare=number >= most)
            for number, (lane, hand) in enumerate(zip(lanes, made, strict=True))
        ]
        self._is_stopping = False
        self._notice = Notice()
        self._watches_at = time.monotonic() + _WATCH_SECONDS

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; then end within ten seconds, losing nothing."""
        # Blocked, they wait in line for sigtimedwait: none is missed, none interrupts.
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        self._fill()
        self._notice.ready()
        while not self._is_stopping:
            self._fill()
            self._take(_LOOK_SECONDS)
            self._look()
            # Nothing is begun on a damaged database, nor gone on with.
            self._is_stopping = self._is_stopping or damage.is_noted(self._settings.data)
            if time.monotonic() >= self._watches_at:
                self._watch_others()
            self._notice.going_round()
        self._notice.stopping()
        self._stop()

    def _fill(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.pid == 0 and now >= place.due and not place.is_spare:
                place.born = now
                place.pid = self._fork(place)

    def _fork(self, place: Place) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            die_with(parent)
            _be_a_runner(self._settings, self._jobs, place)
            status = 0
        except (NeedledropError, OperationalError) as error:
            log.error("runner: %s", error)  # noqa: TRY400 - expected, without a traceback
        finally:
            if sys.exc_info()[0] is not None:
                log.error("a runner breaks off", exc_info=True)  # noqa: LOG014 - there is one
            # Not sys.exit: what the parent has set up is not this child's to take down.
            logging.shutdown()
            os._exit(status)

    def _take(self, seconds: float) -> None:
        """Wait for a signal, and act on it."""
        said = signal.sigtimedwait(_WATCHED, seconds)
        if said is not None and said.si_signo in _STOPS:
            self._is_stopping = True
        self._reap()

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for place in self._places:
                if place.pid == pid:
                    self._bury(place, status)

    def _bury(self, place: Place, status: int) -> None:
        held, place.pid = place.hand.read(), 0
        place.hand.clear()
        place.cancelled.clear()
        # A job that ends its process in good order has not ended its task.
        if status == 0 and not held.task_id:
            place.quick_deaths, place.due = 0, 0.0
            return
        now = time.monotonic()
        is_quick = now - place.born < _QUICK_DEATH_SECONDS and not held.task_id
        place.quick_deaths = place.quick_deaths + 1 if is_quick else 0
        place.due = now + min(30.0, 0.5 * 2**place.quick_deaths) if place.quick_deaths else 0.0
        log.error("a runner died: %s", _cause(status))
        self._watches_at = min(self._watches_at, now + _WATCH_SECONDS)
        if held.worker_id:
            sentence = f"The worker died while doing this: {_cause(status)}."
            self._write(lambda session: claims.recover(session, held.worker_id, sentence))

    def _write(self, change: Callable[[Session], object]) -> None:
        """Write something in a connection of its own, closed before the next fork."""
        db = Database(self._settings.database, self._settings.running)
        try:
            with db.writing() as session:
                change(session)
        except (NeedledropError, OperationalError) as error:
            # The next runner recovers what its dead sibling had, at its start.
            log.warning("cannot write: %s", error)
        finally:
            db.close()

    def _look(self) -> None:
        """End what has run out of time, and what was cancelled and does not listen."""
        busy = [place for place in self._places if place.pid and place.hand.read().task_id]
        if not busy:
            return
        self._call_spares()
        for place in busy:
            held = place.hand.read()
            took = time.monotonic() - held.since
            # Read twice: the runner may have gone on to the next task between two words.
            if held.task_id and took > held.limit_seconds and held == place.hand.read():
                self._end_slow(place, held)
        self._end_cancelled(busy)

    def _call_spares(self) -> None:
        """Fork those who help out, where work waits that nobody else takes."""
        resting = [place for place in self._places if place.is_spare and place.pid == 0]
        if not resting:
            return
        wanted: list[Place] = []
        db = Database(self._settings.database, self._settings.running)
        try:
            with db.reading() as session:
                for lane in dict.fromkeys(lane for place in resting for lane in place.lanes):
                    if not claims.is_claimable(session, lane, self._jobs):
                        continue
                    # One for each lane: more come with the next look, if it was not enough.
                    able = (place for place in resting if lane in place.lanes)
                    wanted += [place for place in able if place not in wanted][:1]
        except (NeedledropError, OperationalError) as error:
            log.warning("cannot look whether work waits: %s", error)
        finally:
            db.close()
        for place in wanted:
            if time.monotonic() >= place.due:
                place.born = time.monotonic()
                place.pid = self._fork(place)

    def _end_slow(self, place: Place, held: hands.Held) -> None:
        attempt = Attempt(held.task_id, held.attempt)
        sentence = TOOK_TOO_LONG.format(minutes=max(1, held.limit_seconds // 60))
        log.error("task %d: %s", held.task_id, sentence)
        self._kill(place)
        self._write(lambda session: claims.fail(session, attempt, sentence))

    def _end_cancelled(self, busy: Sequence[Place]) -> None:
        db = Database(self._settings.database, self._settings.running)
        try:
            with db.reading() as session:
                for place in busy:
                    held = place.hand.read()
                    attempt = Attempt(held.task_id, held.attempt)
                    if held.task_id and not claims.wanted(session, attempt):
                        place.cancelled.setdefault(attempt, time.monotonic())
        except (NeedledropError, OperationalError) as error:
            log.warning("cannot look for what was cancelled: %s", error)
        finally:
            db.close()
        for place in busy:
            held = place.hand.read()
            since = place.cancelled.get(Attempt(held.task_id, held.attempt))
            if since is not None and time.monotonic() - since >= _CANCEL_GRACE_SECONDS:
                log.info("task %d: cancelled, and does not listen", held.task_id)
                self._kill(place)

    def _watch_others(self) -> None:
        """Recover what other programs' dead workers had, though all runners here be busy."""
        db = Database(self._settings.database, self._settings.running)
        is_alone = False
        try:
            workers.recover_dead(db)
            is_alone = workers.is_alone(db, os.getpid())
        except (NeedledropError, OperationalError) as error:
            log.warning("cannot look after other workers: %s", error)
        finally:
            db.close()
        self._watches_at = time.monotonic() + (_ALONE_SECONDS if is_alone else _WATCH_SECONDS)

    def _kill(self, place: Place) -> None:
        with suppress(ProcessLookupError):
            os.kill(place.pid, signal.SIGKILL)

    def _stop(self) -> None:
        """Tell the runners to stop, wait, kill the rest and give back what they had."""
        for place in self._places:
            if place.pid:
                with suppress(ProcessLookupError):
                    os.kill(place.pid, signal.SIGTERM)
        until = time.monotonic() + _STOP_SECONDS
        while any(place.pid for place in self._places) and time.monotonic() < until:
            self._take(0.2)
        for place in self._places:
            if place.pid:
                self._give_back(place)

    def _give_back(self, place: Place) -> None:
        held = place.hand.read()
        self._kill(place)
        os.waitpid(place.pid, 0)
        attempt = Attempt(held.task_id, held.attempt)
        self._write(lambda session: claims.give_back(session, attempt))


def _cause(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL:
            return "it was killed, perhaps for want of memory"
        return f"it was ended by {signal.Signals(number).name}"
    return f"it ended by itself with exit status {os.waitstatus_to_exitcode(status)}"


def _be_a_runner(settings: Settings, jobs: dict[str, Entry], place: Place) -> None:
    stopping = Stopping(_JOB_GRACE_SECONDS)
    reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, lambda *_: stopping.begin())
    # Ctrl-C reaches the whole group; the parent says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
    limit_memory()
    db = Database(settings.database, settings.running)
    try:
        Runner(
            db,
            settings,
            jobs,
            place.lanes,
            hand=place.hand,
            stopping=stopping,
            wakeup=reader,
            rest_seconds=_REST_SECONDS if place.is_spare else None,
        ).run()
    finally:
        db.close()

"""One runner: claims tasks and does them, one after the other, until it is told to stop.

It is a process of its own, forked by worker_jobs/supervise.py. A job that leaks is
ended with it, one that crashes the interpreter takes nothing else down.
"""

import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from sqlalchemy.exc import IntegrityError, OperationalError

from core import at_hand, clock, counters
from core.errors import Busy, DiskFails, NeedledropError, NoRoom, NotYet, RemoteError
from core.settings import Settings
from core.store import StoreAway
from database import claims, schedules, workers
from database.claims import Claimed
from database.engine import Database
from database.models.tasks import uploads_of
from database.statement import Link
from worker_jobs.hands import Hand
from worker_jobs.registry import Entry, load
from worker_jobs.run import Cancelled, Interrupted, Stopping, TaskRun, stored

log = logging.getLogger(__name__)

_SAFETY_SECONDS = 30.0
_WATCH_SECONDS = 2.0  # how soon another host's or program's dead worker is noticed
_FAT = 64 * 1024 * 1024  # what a runner may grow by before it makes room for a fresh one
BROKE = "Something broke on our side; the log has the details."
TOO_LARGE = "This was too large for the memory of this machine."


class Runner:
    """`lanes` in the order of preference; `wakeup` is a descriptor that a signal makes readable.

    One that has had nothing to do for `rest_seconds` ends; None: it stays.
    """

    def __init__(  # noqa: PLR0913 - all that a process is made of
        self,
        db: Database,
        settings: Settings,
        jobs: dict[str, Entry],
        lanes: Sequence[str],
        *,
        hand: Hand,
        stopping: Stopping,
        wakeup: int,
        rest_seconds: float | None = None,
    ) -> None:
        self._db, self._settings, self._jobs, self._lanes = db, settings, jobs, lanes
        self._hand, self._stopping, self._wakeup = hand, stopping, wakeup
        self._life = workers.Life(db)
        self._hand.enter(self._life.id)
        self._is_buried = False
        self._thin = _resident()
        self._rest_seconds = rest_seconds
        self._worked_at = time.monotonic()

    def run(self) -> None:
        """Work until told to stop, or until a fresh process does better."""
        workers.recover_dead(self._db, myself=self._life.id)
        task = self._claim() if self._goes_on() else None
        while task is not None or self._goes_on():
            if task is None:
                self._idle()
                task = self._claim() if self._goes_on() else None
            else:
                task = self._do(task)
                self._worked_at = time.monotonic()
        self._life.close()

    def _goes_on(self) -> bool:
        if self._stopping or self._is_buried or _resident() - self._thin >= _FAT:
            return False
        rest = self._rest_seconds
        return rest is None or time.monotonic() - self._worked_at < rest

    def _claim(self) -> Claimed | None:
        with self._db.reading() as session:
            lanes = [lane for lane in self._lanes if claims.is_claimable(session, lane, self._jobs)]
        for lane in lanes:
            # A claim that a power cut undoes leaves the task waiting, as it should be.
            with suppress(IntegrityError), self._db.transaction(bulk=True) as connection:
                if task := claims.claim(connection, self._life.id, lane, self._jobs):
                    return task
        return None

    def _idle(self) -> None:
        """Fire what is due, look after other workers, and sleep until there is work."""
        now = clock.now()
        with self._db.reading() as session:
            self._is_buried = self._life.is_buried(session)
            schedule = schedules.next_due(session)
            due = [claims.next_due(session, lane) for lane in self._lanes]
        if self._is_buried:
            return
        if schedule is not None and schedule <= now:
            with self._db.writing() as session:
                schedules.fire_due(session)
            return
        is_alone = self._life.is_alone()
        if not is_alone:
            workers.recover_dead(self._db, myself=self._life.id)
        waits = [_SAFETY_SECONDS if is_alone else _WATCH_SECONDS]
        for moment in (*due, schedule):
            if moment is not None:
                # Due and yet not to be claimed: its lock_key holds it up.
                seconds = (moment - now) / clock.SECOND
                waits.append(seconds if seconds > 0 else _WATCH_SECONDS)
        self._life.wait(min(waits), also=self._wakeup)

    def _do(self, task: Claimed) -> Claimed | None:
        """Do one task, write how it ended, and return the next one if there is any."""
        limit = task.timeout_seconds or self._jobs[task.action].timeout_seconds
        self._hand.begin(task.id, task.attempt, limit)
        at_hand.begin_task(task.id)
        started = time.monotonic()
        run = TaskRun(self._db, self._settings, task, self._stopping)
        following = self._done(task, run)
        self._hand.end()
        run.forget_progress()
        if uploads := uploads_of(task.args):
            self._drop(task, uploads)
        took = time.monotonic() - started
        counters.add("attempts", task.action)
        counters.add("attempt-ms", task.action, round(took * 1000))
        log.info("task %d (%s): %.2f s", task.id, task.action, took)
        at_hand.end_task()
        return following

    def _drop(self, task: Claimed, uploads: list[str]) -> None:
        """Remove the files that a person brought for this task, once no try will read them."""
        store = stored(self._settings)
        try:
            with self._db.reading() as session:
                # What was only looked at may be brought next; the clean-up drops what was not.
                stays = bool(task.args.get("dry_run")) or claims.is_open(session, task)
            for upload in uploads:
                path = self._settings.uploads / upload
                # Who reads it next may be another host.
                store.release(path) if stays else store.forget(path)
        except (NeedledropError, OperationalError, OSError) as error:
            log.warning("task %d: what came with it is left to the clean-up: %s", task.id, error)

    def _done(self, task: Claimed, run: TaskRun) -> Claimed | None:
        """Run the job, write how it ended, and return the next task if there is any."""
        ending: Callable[[Link], object]
        try:
            body = load(task.action, self._jobs)(task.args, run)
            return self._settle(lambda link: run.finish(link, body))
        except Cancelled:
            ending = partial(claims.stop, task=task)
        except Interrupted:
            ending = partial(claims.give_back, task=task)
        except NeedledropError as error:
            ending = self._failed(task, error)
        except OperationalError as error:
            # Away in the middle of the job, as a server is that restarts.
            log.warning("task %d (%s): %s", task.id, task.action, error.orig, exc_info=True)
            away = RemoteError("The database", "The database did not answer.", retry_after=1.0)
            ending = self._failed(task, away)
        except MemoryError:
            ending = partial(claims.fail, task=task, sentence=TOO_LARGE)
        except Exception:
            # The one place that catches everything: a bug in one job must not
            # take the worker down with it.
            log.exception("task %d (%s): crashed", task.id, task.action)
            ending = partial(claims.fail, task=task, sentence=BROKE)
        return self._settle(ending)

    def _failed(self, task: Claimed, error: NeedledropError) -> Callable[[Link], object]:
        log.warning("task %d (%s): %s", task.id, task.action, error)
        return partial(
            claims.fail,
            task=task,
            sentence=str(error),
            retry_after=error.retry_after,
            is_counted=not isinstance(error, NoRoom | DiskFails | Busy | NotYet | StoreAway),
        )

    def _settle(self, ending: Callable[[Link], object]) -> Claimed | None:
        """Write how a task ended, and claim the next of the first lane in the same commit.

        What cannot be written yet (disk full or failing, database away) is tried until it can:
        as long as this process lives the task is its own, and nobody is told a lie.

        Raises:
            IntegrityError: the end itself is refused.
        """
        pause, claims_next = 0.5, True
        while True:
            try:
                with self._db.transaction() as connection:
                    ending(connection)
                    if not (claims_next and self._goes_on()):
                        return None
                    return claims.claim(connection, self._life.id, self._lanes[0], self._jobs)
            except IntegrityError:
                if not claims_next:
                    raise
                # Either another worker took a task of the same lock_key, or the end itself
                # cannot be: by itself it shows which.
                claims_next = False
            except (NoRoom, DiskFails, Busy, OperationalError) as error:
                log.warning("cannot write how a task ended, trying again: %s", error)
                if self._stopping.is_over:
                    raise
                time.sleep(pause)
                pause = min(pause * 2, 10.0)


def _resident() -> int:
    """Return this process's resident memory in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - once a task
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

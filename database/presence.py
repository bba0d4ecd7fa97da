"""Who has a house open: a lock on DATA/run that the kernel lets go, and a mark while it is held.

Whoever works with the database is present. The first to come finishes a restore that was cut
short and looks whether the database is sound; the last to leave in good order takes the mark
down. Where it still stands the machine lost its power, or everybody was killed.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from core.errors import CannotStart, Conflict
from core.folders import sync
from core.settings import Settings
from database import damage

_LOCK, _DOOR, _MARK = "open.lock", "door.lock", "open"


class Presence:
    """This process, as one that has the house open."""

    def __init__(self, running: Path, lock: int) -> None:
        self._running, self._lock = running, lock
        self._pid = os.getpid()
        self._is_here = True
        atexit.register(self.leave)

    def leave(self) -> None:
        """Leave in good order, with everything closed; a second time does nothing."""
        if not self._is_here:
            return
        self._is_here = False
        atexit.unregister(self.leave)
        # What was forked shares the lock, and with it all that is done to it.
        if os.getpid() == self._pid:
            # Where the disk takes no writes the mark stays, and the next one looks.
            with suppress(OSError, CannotStart), _door(self._running):
                if _try_alone(self._lock):
                    (self._running / _MARK).unlink(missing_ok=True)
        os.close(self._lock)


def enter(settings: Settings) -> Presence:
    """Be one of those who have this house open, until the end of this process or `leave`.

    Raises:
        Damaged: the database is not sound; nobody may work with it.
    """
    running = settings.running
    with _door(running), ExitStack() as undo:
        lock = _opened(running / _LOCK)
        undo.callback(os.close, lock)
        if _try_alone(lock):
            _open_up(settings)
        # After a restore that is under way, if there is one.
        fcntl.flock(lock, fcntl.LOCK_SH)
        undo.pop_all()
    return Presence(running, lock)


def _open_up(settings: Settings) -> None:
    from database import swapping

    swapping.finish(settings)
    mark = settings.running / _MARK
    was_left_open = mark.exists()
    damage.look(settings, was_left_open=was_left_open)
    if not was_left_open:
        # On a full disk a house goes on all the same; then nobody looks after a power cut.
        with suppress(OSError):
            mark.touch(mode=0o600)
            sync(settings.running)


def takes_writes(running: Path) -> bool:
    """Say whether the disk of a house that is open takes writes, without writing anything.

    One that went read-only for a fault is, to those who ask for permissions alone, as it was.
    """
    try:
        os.close(os.open(running / _LOCK, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep everybody else out of a house that nobody has open.

    Raises:
        Conflict: somebody has.
    """
    with _door(settings.running):
        lock = _opened(settings.running / _LOCK)
        if not _try_alone(lock):
            os.close(lock)
            raise Conflict("Needledrop is running: stop it first, the web and the worker.")
    try:
        yield
        # What is there now is whole, whatever was left open before.
        (settings.running / _MARK).unlink(missing_ok=True)
    finally:
        os.close(lock)


@contextmanager
def _door(running: Path) -> Iterator[None]:
    """Let one at a time come or go."""
    door = _opened(running / _DOOR)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
    finally:
        os.close(door)


def _opened(file: Path) -> int:
    try:
        return os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise CannotStart(f"{file} cannot be made or opened: {error.strerror}.") from None


def _try_alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

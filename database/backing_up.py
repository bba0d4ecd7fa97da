"""Makes a backup while the house goes on: the database as of one moment, then the files.

It gets its name only once it has been written, is on the disk and was read back whole.
"""

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from core import backup_file, clock, locked
from core.backup_file import FOLDERS, PIECE, Reader, Writer
from core.errors import BadFile, Conflict
from core.folders import sync
from core.room import WATERMARK, full_disk_told
from core.settings import Settings
from database import backups, house, snapshot
from database.backups import Backup
from database.snapshot import Snapshot

log = logging.getLogger(__name__)

Report = Callable[[str, int | None, int | None], None]
PASSPHRASE = "backup.passphrase"  # noqa: S105 - a file's name
_SHORTEST = 12
_FEWEST = 2  # of these at least stay where room is made for another
_MB = 1_000_000


class File(NamedTuple):
    """A file that goes along; `name` is its path below the folder of data."""

    name: str
    size: int


class Made(NamedTuple):
    """A backup that was made. `files` went along, `odd` bear names that none of ours does."""

    backup: Backup
    files: int
    odd: int
    broken_links: int


def silent(_msg: str, _done: int | None, _of: int | None) -> None:
    """Report to nobody."""


def whole(
    settings: Settings, *, to: Path | None = None, passphrase: bytes | None, report: Report = silent
) -> Made:
    """Make a backup of the house, in `to` or in the folder of data, and drop what is over there.

    Raises:
        Conflict: another is being made, there is no room, or the database is damaged.
        NoRoom: the disk was full before it was done.
    """
    place = to or settings.backups
    if not place.is_dir():
        raise Conflict(f"There is no folder {place}: make it, or mount what it is on.")
    with alone(settings.running), full_disk_told():
        _sweep(settings, place)
        # What is in a store is its keeper's to copy; here lies but some of it.
        has_files = not settings.store_url
        files, odd = _files(settings.data) if has_files else ([], 0)
        _find_room(settings, place, files)
        report("Copying the database", None, None)
        with _snapshot(settings) as (copy, facts):
            sink = _Sink(place, facts | {"files": has_files}, passphrase=passphrase)
            with sink as writer:
                _put_database(writer, copy)
                count = _put_files(writer, settings.data, files, report)
            report("Reading it back", None, None)
            made = sink.keep()
        _drop_over(made)
    return Made(made, count, odd, facts["broken_links"])


def of_tables(file: Path, running: Path, *, before: str) -> Backup:
    """Keep the database alone, ahead of an update of its tables to version `before`.

    Raises:
        Conflict: it is damaged.
    """
    place = backups.folder(running.parent)
    place.mkdir(mode=0o700, exist_ok=True)
    # A backup that is being made is waited for: it takes what it finds unfinished for left behind.
    with alone(running, waits=True), full_disk_told(), snapshot.of(file, place) as (copy, facts):
        sink = _Sink(place, facts | {"files": False}, before=before)
        with sink as writer:
            _put_database(writer, copy)
        made = sink.keep()
        _drop_over(made)
    return made


def passphrase_in(file: Path) -> bytes:
    """Return what a file holds, without the end of its line.

    Raises:
        Conflict: it cannot be read, or holds too little to be one.
    """
    try:
        found = file.read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise Conflict(f"The passphrase {file} cannot be read: {error.strerror}.") from None
    if len(found) < _SHORTEST:
        raise Conflict(f"The passphrase in {file} is shorter than {_SHORTEST} characters.")
    return found


def own_passphrase(settings: Settings) -> bytes | None:
    """Return that of the folder of data, None where the house has none."""
    file = settings.data / PASSPHRASE
    return passphrase_in(file) if file.exists() else None


def check(backup: Backup, passphrase: bytes | None) -> None:
    """Read a backup to its end, and note that it is whole.

    Raises:
        BadFile: it is not.
    """
    with backup.path.open("rb") as file:
        read_back(file, passphrase)
    os.utime(backup.path)


def read_back(file: BinaryIO, passphrase: bytes | None) -> None:
    """Read a backup to its end.

    Raises:
        BadFile: it is not whole.
    """
    # From the disk, not from memory.
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    for member in opened(file, passphrase).members():
        if member.name.startswith("database/"):
            backup_file.unpacked(member.chunks)


def opened(file: BinaryIO, passphrase: bytes | None) -> Reader:
    """Begin to read a backup, locked or not.

    Raises:
        BadFile: it is none, or locked with another passphrase.
    """
    if not locked.is_locked(file):
        return Reader(file)
    if passphrase is None:
        raise BadFile("This backup is locked: say with --passphrase-file which passphrase it has.")
    return Reader(locked.Unlocking(file, passphrase))


@contextmanager
def alone(running: Path, *, waits: bool = False) -> Iterator[None]:
    """Let one backup be made at a time.

    Raises:
        Conflict: another one is being made, and this one does not wait.
    """
    lock = os.open(running / "backup.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("Another backup is being made.") from None
        yield
    finally:
        os.close(lock)


class _Sink:
    """The file that a backup is written to, which bears no name of one until it is whole."""

    def __init__(
        self,
        place: Path,
        facts: dict[str, Any],
        *,
        before: str | None = None,
        passphrase: bytes | None = None,
    ) -> None:
        self._passphrase, self._facts = passphrase, facts
        self._path = self._new_path(place, before)
        self._part = self._path.with_name(f"{self._path.name}.part")

    def _new_path(self, place: Path, before: str | None) -> Path:
        while True:
            at, house = self._facts["made_at"], self._facts["house"]
            is_locked = self._passphrase is not None
            path = place / backups.name(at, house, before=before, is_locked=is_locked)
            if not path.exists():
                return path
            self._facts["made_at"] += clock.SECOND  # of one second there may be another

    def __enter__(self) -> Writer:
        with ExitStack() as undo:
            handle = os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
            self._file = undo.enter_context(os.fdopen(handle, "w+b"))
            undo.callback(self._part.unlink, missing_ok=True)
            self._out = (
                locked.Locking(self._file, self._passphrase) if self._passphrase else self._file
            )
            at_seconds = self._facts["made_at"] // clock.SECOND
            self._writer = Writer(self._out, self._facts, at_seconds=at_seconds)
            self._undo = undo.pop_all()
        return self._writer

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._undo.close()

    def keep(self) -> Backup:
        """End it, read it back, and let it be a backup."""
        with self._undo:
            self._writer.close()
            if isinstance(self._out, locked.Locking):
                self._out.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.seek(0)
            read_back(self._file, self._passphrase)
            os.utime(self._part)
            self._part.rename(self._path)
            sync(self._path.parent)
        return next(one for one in backups.listed(self._path.parent) if one.path == self._path)


def _sweep(settings: Settings, place: Path) -> None:
    """Remove what a killed backup has left; elsewhere another house may be making one."""
    mine = place.glob(f"needledrop-*-{_mine(settings)}*.part")
    for left in (*settings.backups.glob("needledrop-*.part"), *mine):
        left.unlink(missing_ok=True)


def _mine(settings: Settings) -> str:
    """Return by which letters the backups of this house are known."""
    return (house.uuid_in(settings.data) or snapshot.NOBODY)[:8]


def _snapshot(settings: Settings) -> AbstractContextManager[Snapshot]:
    if settings.database_file is not None:
        return snapshot.of(settings.database_file, settings.backups)
    from database import postgres_tools

    return postgres_tools.snapshot(settings.database, settings.backups)


def _put_database(writer: Writer, copy: Path) -> None:
    with copy.open("rb") as file:
        for number, piece in enumerate(backup_file.pieces(file, PIECE)):
            writer.add_packed(number, piece)


def _files(data: Path) -> tuple[list[File], int]:
    """Return the files that go along, and how many bear a name that none of ours does."""
    found, odd = list[File](), 0
    for folder in FOLDERS:
        for path, size in _below(data / folder):
            name = str(path.relative_to(data))
            if backup_file.may_be_called(name):
                found.append(File(name, size))
            else:
                odd += 1
    return found, odd


def _below(folder: Path) -> Iterator[tuple[Path, int]]:
    """Give every plain file below a folder; a link leads nowhere."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            if entry.is_dir(follow_symlinks=False):
                yield from _below(Path(entry.path))
            elif entry.is_file(follow_symlinks=False):
                # The house goes on: one that is dropped meanwhile was none of this backup.
                with suppress(FileNotFoundError):
                    yield Path(entry.path), entry.stat(follow_symlinks=False).st_size


def _put_files(writer: Writer, data: Path, files: list[File], report: Report) -> int:
    done = 0
    for number, (name, _) in enumerate(files):
        report("Copying files", number, len(files))
        try:
            handle = os.open(data / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # dropped meanwhile
        with os.fdopen(handle, "rb") as file:
            writer.add(name, os.fstat(handle).st_size, backup_file.pieces(file))
        done += 1
    return done


def _find_room(settings: Settings, place: Path, files: list[File]) -> None:
    """Let the oldest backups go where there is no room for another, down to two.

    Raises:
        Conflict: there still is none, or the database is damaged, and then none goes.
    """
    file = settings.database_file
    # What a server's dump takes is not known before; it is less than the tables.
    database = file.stat().st_size if file and file.exists() else 0
    needed = database + sum(one.size for one in files) + 1024 * len(files)
    if settings.backups.stat().st_dev == place.stat().st_dev:
        # The copy lies there as well, and the house goes on.
        needed += database + WATERMARK
    else:
        _ask_room(settings.backups, database + WATERMARK)
    mine = _mine(settings)
    ordinary = [one for one in backups.listed(place) if (one.house, one.before) == (mine, None)]
    spare = ordinary[_FEWEST:]
    # Where all of it would not be enough, none goes for nothing.
    is_enough = _free(place) + sum(one.size for one in spare) >= needed
    if is_enough and _free(place) < needed and file:
        snapshot.look(file)
    while is_enough and spare and _free(place) < needed:
        oldest = spare.pop()
        log.warning("%s makes room for a new backup", oldest.path.name)
        oldest.path.unlink(missing_ok=True)
    _ask_room(place, needed)


def _ask_room(place: Path, needed: int) -> None:
    if _free(place) < needed:
        raise Conflict(
            f"This takes up to {needed / _MB:,.0f} MB, and {_free(place) / _MB:,.0f} MB are free in"
            f" {place}: make room, or name another folder with --to."
        )


def _free(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def _drop_over(made: Backup) -> None:
    """Drop what has had its time beside a new one, of the same house."""
    there = [one for one in backups.listed(made.path.parent) if one.house == made.house]
    for one in backups.over(there, clock.zone(clock.machine_zone())):
        if one.path != made.path:
            one.path.unlink(missing_ok=True)

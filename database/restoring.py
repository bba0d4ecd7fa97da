"""Puts a backup in the place of a house: unpacked beside it, looked at, and only then moved."""

import os
import re
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.exc import DBAPIError

from core import backup_file, clock, folders, room
from core.backup_file import FOLDERS, Member, Reader
from core.errors import BadFile, Conflict
from core.settings import Settings
from database import backing_up, damage, house, presence, schema, swapping
from database.swapping import ASIDE, UNPACKED, Move

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCHEMA = re.compile(r"\d{4}")
_FAR = 10**14  # a moment in the fifty-second century, and 100 TB
_DUMP = "database.dump"
_WITH_DATABASE = ("-wal", "-shm")  # of the old one; the new one must never meet them


class Restored(NamedTuple):
    """What was done: of which moment the house is now, and where the one before it went."""

    made_at: int
    aside: Path
    with_files: bool
    was_schema: str
    broken_links: int


class _Facts(NamedTuple):
    """What a backup says of itself, looked at."""

    made_at: int
    schema: str
    house: str
    database_size: int
    has_files: bool


class _Places(NamedTuple):
    """Where a backup is unpacked, and where what is there goes: beside each, on its disk."""

    data: Path
    database: Path
    stamp: str

    def new(self, path: Path) -> Path:
        return path.parent / f"{UNPACKED}{self.stamp}" / path.name

    def aside(self, path: Path) -> Path:
        return path.parent / f"{ASIDE}{self.stamp}" / path.name


def restore(settings: Settings, file: Path, passphrase: bytes | None) -> Restored:
    """Put a backup in the place of the house, which goes aside as it is.

    Raises:
        BadFile: it is no whole backup of ours; nothing was changed.
        Conflict: it cannot be put here, or now; nothing was changed.
        NoRoom: the disk is full; nothing was changed.
    """
    # PostgreSQL's content comes as a file as well, which is then loaded.
    is_sqlite, place = settings.database_file is not None, settings.database_file
    place = place or settings.data / _DUMP
    folders.make(settings)
    with ExitStack() as stack:
        stack.enter_context(presence.alone(settings))
        _see_that_nobody_is_connected(settings)
        stack.enter_context(backing_up.alone(settings.running))
        stack.enter_context(room.full_disk_told())
        swapping.finish(settings)
        source = stack.enter_context(_opened(file))
        reader = backing_up.opened(source, passphrase)
        facts = _looked_at(reader.facts, "sqlite" if is_sqlite else "postgresql")
        _compare(facts, settings)
        room.check_room(settings.data, os.fstat(source.fileno()).st_size + facts.database_size)
        places = _Places(settings.data, place, _new_stamp(settings.data, place.parent))
        undo = stack.enter_context(ExitStack())
        undo.callback(swapping.drop_unpacked, settings)
        _unpack(reader, facts, places)
        new = places.new(place)
        if is_sqlite:
            links = _look_into(new, facts)
            _carry_on(new, facts)
        else:
            links = _look_into_dump(new)
            _dump_aside(settings, places.aside(place))
        # Many files: one wait for all of them costs less than one each.
        os.sync()
        undo.pop_all()
        moves = _moves(facts, places, is_sqlite=is_sqlite)
        swapping.begin(settings, moves, load=None if is_sqlite else new)
    aside = places.aside(place).parent
    return Restored(facts.made_at, aside, facts.has_files, facts.schema, links)


def _new_stamp(*folders: Path) -> str:
    """Return by which moment what is put aside is called; nothing is so far."""
    at = clock.now()
    while True:
        stamp = f"{clock.utc(at):%Y%m%d-%H%M%S}"
        if not any((folder / f"{ASIDE}{stamp}").exists() for folder in folders):
            return stamp
        at += clock.SECOND


def _opened(file: Path) -> Any:
    try:
        return file.open("rb")
    except OSError as error:
        raise Conflict(f"{file} cannot be read: {error.strerror}.") from None


def _see_that_nobody_is_connected(settings: Settings) -> None:
    """On PostgreSQL others may be at work from other machines.

    Raises:
        Conflict: somebody is.
    """
    if settings.database_file is None and not _tools().is_alone(settings.database):
        raise Conflict("Somebody is connected to the database: stop every web and every worker.")


def _tools() -> Any:
    from database import postgres_tools

    return postgres_tools


def _looked_at(said: dict[str, Any], engine: str) -> _Facts:
    """Return what a backup says of itself.

    Raises:
        BadFile: it is of a newer program, of another engine, or says nonsense.
    """
    if said.get("engine") != engine:
        raise BadFile(
            f"This is a backup of {said.get('engine')!r}, and this house is on {engine!r}."
        )
    facts = _Facts(
        made_at=said.get("made_at", 0),
        schema=said.get("schema") or "0000",
        house=said.get("house", ""),
        database_size=said.get("database_size", -1),
        has_files=said.get("files", False),
    )
    numbers = (facts.made_at, facts.database_size, facts.has_files)
    is_sane = all(isinstance(number, int) and 0 <= number < _FAR for number in numbers)
    texts = ((facts.schema, _SCHEMA), (facts.house, _UUID))
    if not is_sane or not all(
        isinstance(text, str) and shape.fullmatch(text) for text, shape in texts
    ):
        raise BadFile("This backup is damaged: what it says of itself makes no sense.")
    if facts.schema > schema.HEAD:
        raise BadFile(
            f"This backup is of version {facts.schema} of the tables, newer than this program"
            f" ({schema.HEAD}): update the program first."
        )
    return facts


def _compare(facts: _Facts, settings: Settings) -> None:
    """See that a database without files does not come to another house's files.

    Nor one with files to a house whose files are in a store.
    """
    if facts.has_files and settings.store_url:
        raise Conflict(
            "This backup holds files, and those of this house are in a store: restore it without"
            " NEEDLEDROP_STORE_URL, then copy its files to the store (docs/scale-out.md)."
        )
    mine = house.uuid_in(settings.data)
    if not facts.has_files and mine is not None and mine != facts.house:
        raise Conflict(
            "This backup holds tables alone, those of another house: the files that belong to"
            " them are not in this folder of data."
        )


def _unpack(reader: Reader, facts: _Facts, places: _Places) -> None:
    """Put everything down as it is in the backup; nothing of the house is touched."""
    data = places.new(places.data / "house").parent
    for folder in (data, places.new(places.database).parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    for name in FOLDERS if facts.has_files else ():
        (data / name).mkdir(mode=0o700)
    (data / "house").write_text(f"{facts.house}\n")
    with _made(places.new(places.database)) as database:
        count = size = 0
        for member in reader.members():
            if not member.name.startswith("database/"):
                _put_down(member, facts, data)
                continue
            if member.name != f"database/{count:05}.gz":
                raise BadFile("This backup is damaged: pieces of the database are in disorder.")
            piece = backup_file.unpacked(member.chunks)
            count, size = count + 1, size + len(piece)
            if size > facts.database_size:
                raise BadFile("This backup is damaged: its database is larger than it says.")
            database.write(piece)
    if size != facts.database_size:
        raise BadFile("This backup is damaged: its database is smaller than it says.")


def _put_down(member: Member, facts: _Facts, folder: Path) -> None:
    if not facts.has_files:
        raise BadFile("This backup is damaged: it holds files and says that it has none.")
    path = folder / member.name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _made(path) as out:
            for chunk in member.chunks:
                out.write(chunk)
    except (FileExistsError, IsADirectoryError):
        raise BadFile(f"This backup is damaged: {member.name} is in it twice.") from None


def _made(path: Path) -> Any:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _look_into(file: Path, facts: _Facts) -> int:
    """See that the database is sound and the one it is said to be; count its broken links.

    Raises:
        BadFile: it is not.
    """
    if wrong := damage.wrong_with(file, in_full=True):
        raise BadFile(f"The database in this backup is damaged: {wrong[0]}.")
    with closing(damage.connected(file)) as connection:
        try:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        except sqlite3.OperationalError:
            found = []
    if [(facts.schema,)] != found and facts.schema != "0000":
        raise BadFile("The database in this backup is not of the version that it says.")
    return damage.broken_links(file)


def _look_into_dump(file: Path) -> int:
    _tools().check(file)
    return 0


def _dump_aside(settings: Settings, file: Path) -> None:
    """Keep what PostgreSQL holds now, as a file that `pg_restore` reads."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    _made(file).close()
    _tools().dump(settings.database, file)


def _carry_on(file: Path, facts: _Facts) -> None:
    """Bring an older database to this program's version, while nobody depends on it yet."""
    if facts.schema == schema.HEAD:
        return
    try:
        schema.migrate(f"sqlite:///{file}")
    except (RuntimeError, DBAPIError) as error:
        raise BadFile(
            f"The database in this backup cannot be brought up to date: {error}"
        ) from error


def _moves(facts: _Facts, places: _Places, *, is_sqlite: bool) -> list[Move]:
    data, database = places.data, places.database
    # First what must not stay beside the new one. The old one goes with it, and is whole.
    gone = [database.with_name(f"{database.name}{end}") for end in _WITH_DATABASE]
    gone.append(data / damage.NOTE)
    come = [data / name for name in FOLDERS] if facts.has_files else []
    come += [data / "house", *([database] if is_sqlite else [])]
    return [Move(None, str(path), str(places.aside(path))) for path in gone] + [
        Move(str(places.new(path)), str(path), str(places.aside(path))) for path in come
    ]

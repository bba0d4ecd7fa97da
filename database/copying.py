"""Copies a house's whole database into an empty one: from SQLite to PostgreSQL, and back.

It is one transaction of the target's, which commits once every table has been read again on both
sides and is found to be the same. Until then the target stays empty; the source is only read.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.errors import CannotStart, Conflict, InvalidInput
from database import schema
from database.copy_sides import PostgresSide, Problem, Row, Side, SqliteSide, numbered
from database.engine import Database
from database.models import Base

TABLES = Base.metadata.sorted_tables
# What a database of a house has beside: the version of its schema, words of running tasks.
_BESIDE = {"alembic_version", "task_progress"}
_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg")
_MODULUS = 1 << 256


class Sum(NamedTuple):
    """All rows of a table in one number, whatever order they come in."""

    rows: int
    digest: str


class Proof(NamedTuple):
    """A table as it was read again on both sides."""

    table: str
    source: Sum
    target: Sum

    @property
    def is_same(self) -> bool:
        return self.source == self.target


def address(said: str) -> URL:
    """Return what somebody means by the address of a database, or by the name of a file.

    Raises:
        InvalidInput: it is neither.
    """
    scheme, mark, rest = said.partition("://")
    wrong = InvalidInput({"": "Name a file of SQLite, or postgresql://USER@HOST/NAME."})
    if not said or "\0" in said:
        raise wrong
    if not mark:
        return URL.create("sqlite", database=str(Path(said).resolve()))
    try:
        url = make_url(f"postgresql+psycopg://{rest}" if scheme in _POSTGRES else said)
    except (ArgumentError, ValueError):
        raise wrong from None
    if url.drivername == "sqlite" and url.database:
        return url.set(database=str(Path(url.database).resolve()))
    if url.drivername != "postgresql+psycopg":
        raise wrong
    return url


def shown(url: URL) -> str:
    """Return an address as the settings take it, without its password."""
    if url.drivername == "sqlite":
        return f"sqlite:///{url.database}"
    return url.set(drivername="postgresql").render_as_string()


def copy(source: URL, target: URL, told: Callable[[str], None] = lambda _: None) -> list[Proof]:
    """Copy all rows, and return the proof, table by table.

    Args:
        source: stays as it is; nobody may be connected to it.
        target: without a row; its tables are made.
        told: is called with the name of each table that is begun.

    Raises:
        Conflict: one of them is not fit for it, or they are not the same in the end. The target
            is as empty as before.
    """
    with ExitStack() as stack:
        given = _opened(source)
        stack.callback(given.close)
        _check_source(given)
        taken = stack.enter_context(_emptied(source, target))
        with _told(taken):
            _fill(given, taken, told)
            proofs = prove(given, taken, told)
            different = [proof.table for proof in proofs if not proof.is_same]
            if different:
                raise Conflict(
                    f"The copy of {', '.join(different)} is not the same: it was undone."
                )
            taken.commit()
    return proofs


def prove(source: Side, target: Side, told: Callable[[str], None] = lambda _: None) -> list[Proof]:
    """Read every table on both sides."""
    found = []
    for table in TABLES:
        told(table.name)
        found.append(Proof(table.name, summed(source.rows(table)), summed(target.rows(table))))
    return found


def summed(rows: Iterable[Row]) -> Sum:
    """Add up the hashes of all rows: two databases give them in different orders."""
    count = total = 0
    for row in rows:
        digest = hashlib.sha256(repr(row).encode(errors="surrogatepass")).digest()
        total += int.from_bytes(digest, "big")
        count += 1
    return Sum(count, f"{total % _MODULUS:064x}")


def _fill(given: Side, taken: Side, told: Callable[[str], None]) -> None:
    taken.prepare(TABLES)
    for table in TABLES:
        told(table.name)
        taken.fill(table, given.rows(table))
    for table in numbered(TABLES):
        taken.go_on_from(table, given.number(table))
    taken.finish(TABLES)


@contextmanager
def _told(side: Side) -> Iterator[None]:
    try:
        yield
    except Problem as error:
        said = str(error).strip().partition("\n")[0].rstrip(".")
        raise Conflict(f"The copy was undone. {side.name} says: {said}.") from error


def _opened(url: URL) -> Side:
    if url.drivername != "sqlite":
        return PostgresSide(url)
    file = Path(str(url.database))
    if not file.is_file():
        raise Conflict(f"There is no file {file}.")
    return SqliteSide(file)


def _check_source(side: Side) -> None:
    with _told(side):
        found = side.version()
    if found is None:
        raise Conflict(f"{side.name} is not the database of a house.")
    if found < schema.HEAD:
        raise Conflict(
            f"{side.name} is of version {found}, and this program of {schema.HEAD}:"
            " start the house once, which brings it up to date."
        )
    if found > schema.HEAD:
        raise Conflict(
            f"{side.name} is of version {found}, newer than this program ({schema.HEAD}):"
            " update the program."
        )


@contextmanager
def _emptied(source: URL, target: URL) -> Iterator[Side]:
    """Open the target, with all of its tables and without a row."""
    if source == target:
        raise Conflict("Both are the same database.")
    file = Path(str(target.database)) if target.drivername == "sqlite" else None
    is_new = file is not None and not file.exists()
    if file is not None and not file.parent.is_dir():
        raise Conflict(f"There is no folder {file.parent}.")
    with ExitStack() as undo:
        if file is not None and is_new:
            undo.callback(_remove, file)
            file.touch(mode=0o600)
        else:
            with closing(_opened(target)) as side, _told(side):
                _check_empty(side)
        _make_tables(target)
        side = _opened(target)
        with closing(side):
            # Anew: somebody may have come between.
            _check_empty(side)
            yield side
        undo.pop_all()


def _check_empty(side: Side) -> None:
    own = {table.name for table in TABLES} | _BESIDE
    found = side.tables()
    if strange := sorted(set(found) - own):
        raise Conflict(f"{side.name} holds something else already: the table {strange[0]}.")
    if full := [name for name in found if name not in _BESIDE and side.has_rows(name)]:
        raise Conflict(
            f"{side.name} is not empty, there are rows in {full[0]}: name a new database."
        )


def _make_tables(url: URL) -> None:
    with tempfile.TemporaryDirectory(prefix="needledrop-") as running:
        db = Database(url.render_as_string(hide_password=False), Path(running))
        try:
            schema.ensure(db)
        except CannotStart as error:
            raise Conflict(str(error)) from error
        finally:
            db.close()
            _remove_folder(db)


def _remove_folder(db: Database) -> None:
    """Remove the folder in the memory file system that a database has for words of tasks."""
    file = db.progress.file
    if file is not None and file.parent.name.startswith("needledrop-"):
        with suppress(OSError):
            file.parent.rmdir()


def _remove(file: Path) -> None:
    for end in ("", "-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)

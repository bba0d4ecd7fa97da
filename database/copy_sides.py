"""The two ends of a copy: a database as rows of plain values, in SQLite's terms on both.

A side holds one transaction on one connection, past SQLAlchemy: a row goes from driver to driver,
and no more than a few thousand are in memory. As long as it is open nobody else writes there.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import URL, Boolean, Column, Float, Table

from core.errors import Conflict
from database.engine import psycopg_words

Row = tuple[Any, ...]  # int, float, str, bytes or None; a boolean is 0 or 1
Problem = (sqlite3.Error, psycopg.Error)

_AT_ONCE = 2_000
_WAIT_SECONDS = 2.0
_LOCK_SECONDS = 5
_CACHE_KB = 65_536
_OTHERS = """
    SELECT count(*)
      FROM pg_stat_activity
     WHERE datname = current_database()
       AND backend_type = 'client backend'
       AND pid <> pg_backend_pid()
"""


class Side(Protocol):
    """`name`: for a person, without a password."""

    name: str

    def tables(self) -> list[str]:
        """Return the names of all tables, also those that are not of a house."""

    def version(self) -> str | None:
        """Return the version of the schema, None without one."""

    def has_rows(self, table: str) -> bool: ...

    def rows(self, table: Table) -> Iterator[Row]:
        """Yield every row, in no order, with its columns in the order of the table's."""

    def number(self, table: Table) -> int:
        """Return the highest number that a row has ever had; 0 where none is given."""

    def prepare(self, tables: Sequence[Table]) -> None:
        """Keep triggers from adding to what is filled in."""

    def fill(self, table: Table, rows: Iterable[Row]) -> None: ...

    def go_on_from(self, table: Table, number: int) -> None:
        """Have the next row of a table get a higher number than this."""

    def finish(self, tables: Sequence[Table]) -> None:
        """Put the triggers back and look whether every link leads somewhere.

        Raises:
            Conflict: one does not.
        """

    def commit(self) -> None: ...

    def close(self) -> None:
        """Undo what was not committed."""


def numbered(tables: Iterable[Table]) -> list[Table]:
    """Return the tables whose rows get their number, `id`, from the database."""
    return [table for table in tables if table.autoincrement_column is not None]


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


class SqliteSide:
    def __init__(self, file: Path) -> None:
        """Take the file for this process alone.

        Raises:
            Conflict: somebody has it open, or it is no database.
        """
        self.name = str(file)
        self._link = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)
        self._triggers: list[str] = []
        try:
            # In this mode the first access takes the whole file: a process that has it open,
            # though it be idle, is noticed, and none can open it meanwhile.
            self._link.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._link.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
            self._link.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._link.close()
            if "locked" not in str(error):
                raise Conflict(f"{file} cannot be opened: {error}.") from error
            raise Conflict(f"{file} is in use: stop the house that it belongs to first.") from error

    def tables(self) -> list[str]:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        return [row[0] for row in self._link.execute(query)]

    def version(self) -> str | None:
        if "alembic_version" not in self.tables():
            return None
        row = self._link.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None

    def has_rows(self, table: str) -> bool:
        query = f"SELECT EXISTS (SELECT 1 FROM {_quoted(table)})"  # noqa: S608 - of its own schema
        return bool(self._link.execute(query).fetchone()[0])

    def rows(self, table: Table) -> Iterator[Row]:
        columns = ", ".join(_plain(column) for column in table.columns)
        # Not `yield from`: that would close the cursor of a connection that is closed already.
        for row in self._link.execute(f"SELECT {columns} FROM {_quoted(table.name)}"):  # noqa: S608, UP028
            yield row

    def number(self, table: Table) -> int:
        query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = :name"
        if not _never_again(table):
            query = f"SELECT coalesce(max(id), 0) FROM {_quoted(table.name)}"  # noqa: S608
        return int(self._link.execute(query, {"name": table.name}).fetchone()[0])

    def prepare(self, tables: Sequence[Table]) -> None:
        del tables
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
        for name, statement in self._link.execute(query).fetchall():
            self._triggers.append(statement)
            self._link.execute(f"DROP TRIGGER {_quoted(name)}")

    def fill(self, table: Table, rows: Iterable[Row]) -> None:
        columns = ", ".join(_quoted(column.name) for column in table.columns)
        marks = ", ".join("?" for _ in table.columns)
        self._link.executemany(
            f"INSERT INTO {_quoted(table.name)} ({columns}) VALUES ({marks})",  # noqa: S608
            rows,
        )

    def go_on_from(self, table: Table, number: int) -> None:
        if not _never_again(table):
            return
        self._link.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        if number:
            self._link.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (table.name, number))

    def finish(self, tables: Sequence[Table]) -> None:
        del tables
        for statement in self._triggers:
            self._link.execute(statement)
        broken = self._link.execute("PRAGMA foreign_key_check").fetchone()
        if broken:
            raise Conflict(f"{broken[0]}: row {broken[1]} points to nothing in {broken[2]}.")

    def commit(self) -> None:
        self._link.execute("COMMIT")
        with suppress(sqlite3.Error):  # it is copied, whatever comes of this
            self._link.execute("ANALYZE")

    def close(self) -> None:
        # The last one to close takes the log into the file; with a transaction open it would not.
        if self._link.in_transaction:
            self._link.execute("ROLLBACK")
        self._link.close()


class PostgresSide:
    def __init__(self, url: URL) -> None:
        """Open a transaction.

        Raises:
            Conflict: it cannot be reached, or somebody else is connected to it.
        """
        self.name = url.set(drivername="postgresql").render_as_string()
        try:
            self._link = psycopg.connect(**psycopg_words(url))
        except psycopg.Error as error:
            raise Conflict(f"{self.name} cannot be reached: {_first_line(error)}.") from error
        # One snapshot for all that is read.
        self._link.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self._altered: list[str] = []
        try:
            self._wait_for_others()
            self._lock()
        except (Conflict, psycopg.Error) as error:
            self.close()
            raise Conflict(
                f"{self.name} is in use: stop the house that it belongs to first."
            ) from error

    def _wait_for_others(self) -> None:
        """Wait a moment for those who are leaving.

        Raises:
            Conflict: somebody stays.
        """
        until = time.monotonic() + _WAIT_SECONDS
        while self._value(_OTHERS):
            if time.monotonic() > until:
                raise Conflict("in use")
            self._link.rollback()
            time.sleep(0.05)
        self._link.rollback()

    def _lock(self) -> None:
        """Keep everybody else from writing; the snapshot begins after that."""
        found = [sql.Identifier(name) for name in self.tables()]
        self._link.rollback()
        if found:
            # Where the server tidies one of them just now, it gives way to whoever waits a second.
            self._link.execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
            tables = sql.SQL(", ").join(found)
            statement = sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE")
            self._link.execute(statement.format(tables))

    def _value(self, query: str, *words: object) -> Any:
        row = self._link.execute(query, words).fetchone()
        return row[0] if row else None

    def tables(self) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        return [row[0] for row in self._link.execute(query)]

    def version(self) -> str | None:
        if "alembic_version" not in self.tables():
            return None
        found = self._value("SELECT version_num FROM alembic_version")
        return None if found is None else str(found)

    def has_rows(self, table: str) -> bool:
        query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table))
        row = self._link.execute(query).fetchone()
        return bool(row and row[0])

    def rows(self, table: Table) -> Iterator[Row]:
        columns = ", ".join(_plain(column) for column in table.columns)
        # Held at the server, and fetched piece by piece.
        with self._link.cursor("rows") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(f"SELECT {columns} FROM {_quoted(table.name)}")  # noqa: S608
            yield from cursor

    def number(self, table: Table) -> int:
        query = f"SELECT last_value, is_called FROM {self._sequence(table)}"  # noqa: S608
        row = self._link.execute(query).fetchone()
        return int(row[0]) if row and row[1] else 0

    def _sequence(self, table: Table) -> str:
        return str(self._value("SELECT pg_get_serial_sequence(%s, 'id')", table.name))

    def prepare(self, tables: Sequence[Table]) -> None:
        found = self._link.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        )
        named = {row[0] for row in found}
        self._altered = [table.name for table in tables if table.name in named]
        for name in self._altered:
            self._link.execute(f"ALTER TABLE {_quoted(name)} DISABLE TRIGGER USER")

    def fill(self, table: Table, rows: Iterable[Row]) -> None:
        columns = ", ".join(_quoted(column.name) for column in table.columns)
        # One statement a table: a row may point to one of its own table that comes later.
        with (
            self._link.cursor() as cursor,
            cursor.copy(f"COPY {_quoted(table.name)} ({columns}) FROM STDIN") as copy,
        ):
            for row in rows:
                try:
                    copy.write_row(row)
                except psycopg.DataError as error:
                    key = _key(table, row)
                    raise Conflict(
                        f"PostgreSQL cannot keep row {key} of {table.name}: {_first_line(error)}."
                    ) from error

    def go_on_from(self, table: Table, number: int) -> None:
        words = (self._sequence(table), max(number, 1), number > 0)
        self._link.execute("SELECT setval(%s::regclass, %s, %s)", words)

    def finish(self, tables: Sequence[Table]) -> None:
        del tables  # PostgreSQL has looked at every link itself.
        for name in self._altered:
            self._link.execute(f"ALTER TABLE {_quoted(name)} ENABLE TRIGGER USER")

    def commit(self) -> None:
        self._link.commit()
        with suppress(psycopg.Error):  # it is copied, whatever comes of this
            self._link.execute("ANALYZE")
            self._link.commit()

    def close(self) -> None:
        self._link.close()


def _never_again(table: Table) -> bool:
    """Say whether SQLite gives no number twice, though its row be deleted."""
    return bool(table.dialect_options["sqlite"]["autoincrement"])


def _plain(column: Column[Any]) -> str:
    """Select a column so that both databases give the same value."""
    name = _quoted(column.name)
    if isinstance(column.type, Boolean):
        return f"CAST({name} AS integer)"
    if isinstance(column.type, Float):
        # SQLite does not keep the sign of a zero.
        return f"{name} + 0.0"
    return name


def _key(table: Table, row: Row) -> str:
    names = [column.name for column in table.columns]
    values = [row[names.index(column.name)] for column in table.primary_key]
    return ", ".join(map(repr, values))


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")

"""What a crate holds, as one hash: the same for the same dump, whenever it was imported."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from database.crate_postgres_tables import quoted
from database.engine import Database

_TABLES = (
    "release", "artist", "label", "release_artist", "release_label", "video", "facet", "crowd",
    "master", "master_video", "alias", "parent", "quarantine",
)  # fmt: skip
_WHEN = "made_at"
_FOR_FINDING = ("title_folded", "words")  # columns that PostgreSQL alone has

Rows = dict[str, list[tuple[Any, ...]]]


def content(crate: Path) -> str:
    """Return the hash of every row, also of what its words are found by.

    Raises:
        sqlite3.DatabaseError: it is damaged.
    """
    said = hashlib.sha256()
    with closing(sqlite3.connect(f"{crate.resolve().as_uri()}?mode=ro", uri=True)) as link:
        link.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab (main, search, instance)")
        for table in (*_TABLES, "temp.words"):
            columns = len(link.execute(f"SELECT * FROM {table} LIMIT 0").description)
            order = ", ".join(str(nth) for nth in range(1, columns + 1))
            said.update(table.encode())
            for row in link.execute(f"SELECT * FROM {table} ORDER BY {order}"):
                said.update(repr(row).encode())
        for row in link.execute("SELECT * FROM about WHERE name <> ? ORDER BY 1", (_WHEN,)):
            said.update(repr(row).encode())
        if link.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("it is damaged")
    return said.hexdigest()


def rows_of_file(crate: Path) -> Rows:
    """Return the rows of every table, but for what they are found by."""
    with closing(sqlite3.connect(f"{crate.resolve().as_uri()}?mode=ro", uri=True)) as link:
        found = {table: link.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES}
        found["about"] = link.execute("SELECT name, value FROM about").fetchall()
    return _alike(found)


def rows_of_schema(db: Database, name: str) -> Rows:
    """Return the rows as `rows_of_file` does, of a crate in PostgreSQL."""
    found = {}
    with db.reading() as session:
        for table in (*_TABLES, "about"):
            query = f"SELECT * FROM {quoted(name)}.{table}"
            asked = session.connection().exec_driver_sql(query)
            kept = [at for at, column in enumerate(asked.keys()) if column not in _FOR_FINDING]
            found[table] = [tuple(row[at] for at in kept) for row in asked]
    return _alike(found)


def _alike(found: Rows) -> Rows:
    found["about"] = [row for row in found["about"] if row[0] != _WHEN]
    return {
        # SQLite has 0 and 1 for no and yes.
        table: sorted((tuple(_plain(value) for value in row) for row in rows), key=repr)
        for table, rows in found.items()
    }


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value

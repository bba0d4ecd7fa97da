"""A shelf written down: as the tables of a zip, or as one JSON, both in pieces.

The first columns of each table are those that the domain's other programs know; behind them
stands what only we have, so that nothing is lost on the way.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from core import clock
from core.cells import defused, joined
from core.json_stream import as_array
from core.store import Store
from core.zip_stream import Member, pieces
from database import record_covers, shelf_export
from database.engine import Database
from database.record_details import price_text
from database.shelf_export import Row, Whose

_READ = 64 * 1024


class Covers(NamedTuple):
    """Where covers are."""

    store: Store
    folder: Path


class Table(NamedTuple):
    """One table of the zip: its rows as `shelf_export` tells them, its columns in order."""

    name: str
    rows: Callable[[Database, Whose], Iterator[Row]]
    columns: tuple[str, ...]


TABLES = (
    Table(
        "records",
        shelf_export.records,
        (
            "record_id", "artist", "artist_country", "title", "genre", "label", "year",
            "record_format", "vinyl_color", "lim_edition", "number", "remarks", "purchase_date",
            "price", "rating", "is_digitized", "is_active", "removed_on", "review", "discogs_id",
            "catalogue_number", "barcode", "media_condition", "sleeve_condition", "folder",
            "currency", "discogs_key", "musicbrainz_id", "cover_sha256", "cover_address",
            "created_at", "updated_at",
        ),
    ),
    Table(
        "credit_trx",
        shelf_export.credits_of,
        (
            "credit_trx_id", "credit_trx_date", "credit_trx_type", "credit_value", "credit_saldo",
            "record_id", "record_text", "created_at", "updated_at",
        ),
    ),
    Table(
        "ratings",
        shelf_export.ratings,
        ("rating_id", "record_id", "value", "rated_on", "created_at", "updated_at"),
    ),
    Table(
        "songs",
        shelf_export.songs,
        ("record_id", "seq", "position", "title", "seconds", "is_favourite"),
    ),
    Table(
        "turns",
        shelf_export.turns,
        ("day", "nth", "round", "record_id", "created_at"),
    ),
    Table("origins", shelf_export.origins, ("record_id", "source", "row_key", "said")),
    Table("shelf", shelf_export.rules, ("credits_from", "interval_days", "currency")),
)  # fmt: skip


def as_zip(db: Database, person_id: int, *, covers: Covers | None = None) -> Iterator[bytes]:
    """Yield a person's shelf as a zip; with the covers, where it is said how they are found."""
    whose = shelf_export.begin(db, person_id)
    members = _members(db, whose, covers)
    return pieces(members, clock.utc(clock.now()))


def _members(db: Database, whose: Whose, covers: Covers | None) -> Iterator[Member]:
    for table in TABLES:
        text = as_table(table.columns, table.rows(db, whose))
        yield Member(f"{table.name}.csv", (piece.encode() for piece in text))
    if covers is None:
        return
    for sha256 in shelf_export.covers(db, whose):
        path = record_covers.path_of(covers.folder, sha256)
        if covers.store.fetch(path):
            yield Member(f"covers/{path.name}", _bytes_of(path), is_packed=True)


def _bytes_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_READ):
            yield piece


def as_json(db: Database, person_id: int) -> Iterator[str]:
    """Yield a person's shelf as one object: a list a table, with the columns of the zip's."""
    whose = shelf_export.begin(db, person_id)
    before = "{"
    for table in TABLES:
        yield f'{before}"{table.name}":'
        yield from as_array(typed(table.columns, row) for row in table.rows(db, whose))
        before = ",\n"
    yield "}\n"


def as_table(columns: Iterable[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield rows as CSV, below the names of these columns."""
    names, rest = list(columns), iter(rows)
    batch: list[Row] = [dict(zip(names, names, strict=True))]
    is_head = True
    while batch:
        written = io.StringIO()
        lines = (
            [row[name] if is_head else _cell(name, row[name]) for name in names] for row in batch
        )
        csv.writer(written).writerows(lines)
        yield written.getvalue()
        is_head, batch = False, list(islice(rest, shelf_export.BATCH))


def _cell(name: str, value: Any) -> str:  # noqa: PLR0911 - one line a kind of value
    if value is None or (name == "rating" and not value):
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if name == "price":
        return price_text(value)
    if name.endswith("_at"):
        return _moment(value)
    if isinstance(value, list):
        return defused(joined(one or "" for one in value)) if any(value) else ""
    if isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    return defused(value) if isinstance(value, str) else str(value)


def typed(columns: Iterable[str], row: Row) -> Row:
    """Return these columns of a row as JSON has them."""
    return {name: _value(name, row[name]) for name in columns}


def _value(name: str, value: Any) -> Any:
    if name == "price" and value is not None:
        return value / 100
    if name.endswith("_at") and value is not None:
        return _moment(value)
    return None if name == "rating" and not value else value


def _moment(at: int) -> str:
    return f"{clock.utc(at):%Y-%m-%dT%H:%M:%S}.{at % clock.SECOND:03}Z"

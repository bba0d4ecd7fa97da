"""Tracks as a table to be taken along, written in pieces; pages and commands have it alike."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from core import clock
from core.cells import defused, joined
from core.library import FIELDS
from database import track_features
from database.engine import Database
from database.library_rows import Row

BATCH = 500
# As tables of audio features call them elsewhere, so that a file can be brought again.
_AS_ELSEWHERE = {"pitch_class": "key"}
COLUMNS = (
    "track_id", "track_name", "artists", "album_name", "duration_ms", "explicit", "isrc",
    "added_at", *(_AS_ELSEWHERE.get(name, name) for name in FIELDS), "sources",
)  # fmt: skip

# Returns BATCH things after so many, fewer at the end.
Batches = Callable[[Session, int], Sequence[Any]]


def rows(
    db: Database,
    batches: Batches,
    told: Callable[[Session, Sequence[Any]], Iterable[list[Any]]],
) -> Iterator[list[Any]]:
    """Yield what `told` says of each batch, read in a transaction of its own."""
    skip = 0
    while True:
        with db.reading() as session:
            found = batches(session, skip)
            rows = list(told(session, found))
        yield from rows
        if len(found) < BATCH:
            return
        skip += BATCH


def of_tracks(zone: ZoneInfo, session: Session, found: Sequence[Row]) -> Iterator[list[Any]]:
    """Yield a row of COLUMNS for each track; moments are written in a zone."""
    known = track_features.winners(session, [row.id for row in found])
    for row in found:
        one = known[row.id]
        yield [
            row.spotify_id,
            row.name,
            [artist.name for artist in row.artists],
            row.album,
            row.duration_ms,
            row.is_explicit,
            row.isrc,
            _iso(row.added_at, zone),
            *(getattr(one.features, name) for name in FIELDS),
            sorted(set(one.sources.values())),
        ]


def _iso(at: int | None, zone: ZoneInfo) -> str | None:
    return None if at is None else clock.local(at, zone).isoformat(timespec="seconds")


def written(columns: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield lines as CSV, below the names of their columns."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    for row in chain([columns], lines):
        writer.writerow([_cell(value) for value in row])
        yield sheet.getvalue()
        sheet.seek(0)
        sheet.truncate()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return defused(joined(map(str, value)))
    if isinstance(value, dict):
        return defused(json.dumps(value))
    return defused(value) if isinstance(value, str) else value

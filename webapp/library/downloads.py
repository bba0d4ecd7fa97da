"""Every list of the library to take along: the same address with `format=csv` or `format=json`."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.json_stream import as_array
from webapp import track_tables
from webapp.database import database
from webapp.errors import wants_json
from webapp.track_tables import BATCH, Batches
from webapp.zone import zone

__all__ = ["BATCH"]

_FORMATS = ("csv", "json")
_NO_NAME, _NAME_LENGTH = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]'), 100


def is_wanted() -> bool:
    """Say whether a list is asked for to take along, and not a page."""
    return "format" in request.args or wants_json()


def tracks(name: str, batches: Batches) -> Response:
    """Send tracks with how they sound; `batches` returns BATCH of them after so many."""
    # Read out when the request is over: all of it that counts is handed in.
    told = partial(track_tables.of_tracks, zone())
    rows = track_tables.rows(database(), batches, told)
    return answer(name, "tracks", track_tables.COLUMNS, rows)


def items(name: str, of_what: str, columns: Sequence[str], batches: Batches) -> Response:
    """Send other things, each with those of its attributes."""

    def told(_session: Session, found: Sequence[Any]) -> Iterator[list[Any]]:
        for one in found:
            yield [getattr(one, column) for column in columns]

    return answer(name, of_what, columns, track_tables.rows(database(), batches, told))


def answer(
    name: str, of_what: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Response:
    """Send rows in pieces, as CSV or as JSON.

    Raises:
        InvalidInput: what is asked for is neither.
    """
    form = request.args.get("format") or "json"
    if form not in _FORMATS:
        raise InvalidInput({"format": "A format is csv or json."})
    if form == "json":
        typed = (dict(zip(columns, row, strict=True)) for row in rows)
        pieces = chain([f'{{"{of_what}":'], as_array(typed), ["}\n"])
        return Response(pieces, mimetype="application/json")
    sent = Response(track_tables.written(columns, rows), mimetype="text/csv")
    sent.headers.set("Content-Disposition", "attachment", filename=f"{_file_name(name)}.csv")
    return sent


def _file_name(title: str) -> str:
    """Return what a file may be called on any system that is to be called that."""
    return _NO_NAME.sub("_", title).strip(" .")[:_NAME_LENGTH] or "tracks"

"""A shelf to take along: what a page shows, or all of it, sent in pieces."""

from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Response, request
from flask.blueprints import BlueprintSetupState
from flask_login import current_user

from core import clock, kept_exports
from core.json_stream import as_array
from database import record_pages, shelf_files
from database.engine import Database
from database.record_filters import Filter
from database.shelf_export import Row
from webapp import forms
from webapp.database import database, settings, store
from webapp.shelf import bp

_BATCH = 500
_COLUMNS = (
    "id", "artist", "title", "label", "genre", "year", "format", "colour", "edition",
    "copy_number", "remarks", "purchased_on", "price", "currency", "rating", "is_digitised",
    "is_active", "removed_on",
)  # fmt: skip


@bp.record
def _beside_the_records(state: BlueprintSetupState) -> None:
    # Not below /shelf/, where a blueprint's own rules are, but named like a file beside it.
    state.app.add_url_rule("/shelf.csv", "shelf.records_csv", records_csv)
    state.app.add_url_rule("/shelf.json", "shelf.records_json", records_json)


def records_csv() -> Response:
    """Those records that the same address without .csv shows."""
    rows = _records(database(), current_user.id, forms.read(Filter, request.args))
    return _sent(shelf_files.as_table(_COLUMNS, rows), "text/csv", "records.csv")


def records_json() -> Response:
    rows = _records(database(), current_user.id, forms.read(Filter, request.args))
    typed = (shelf_files.typed(_COLUMNS, row) for row in rows)
    pieces = chain(['{"records":'], as_array(typed), ["}\n"])
    return _sent(pieces, "application/json", None)


@bp.get("/export.zip")
def export_zip() -> Response:
    """Everything, as `restore` reads it; with ?covers=1 the covers, too."""
    has_covers = request.args.get("covers") == "1"
    covers = shelf_files.Covers(store(), settings().covers) if has_covers else None
    pieces = shelf_files.as_zip(database(), current_user.id, covers=covers)
    return _sent(pieces, "application/zip", f"{kept_exports.stamp(clock.now())}.zip")


@bp.get("/export.json")
def export_json() -> Response:
    pieces = shelf_files.as_json(database(), current_user.id)
    return _sent(pieces, "application/json", f"{kept_exports.stamp(clock.now())}.json")


def _sent(pieces: Iterable[str] | Iterable[bytes], mimetype: str, name: str | None) -> Response:
    answer = Response(pieces, mimetype=mimetype)
    if name is not None:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _records(db: Database, person_id: int, wanted: Filter) -> Iterator[Row]:
    after: str | None = None
    while True:
        with db.reading() as session:
            found = record_pages.collection(session, person_id, wanted, after=after, limit=_BATCH)
        for record in found:
            yield record._asdict()
        if len(found) < _BATCH:
            return
        after = found[-1].key

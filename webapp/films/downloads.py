"""A collection to take along: what a page shows, or all of it, as CSV or JSON, sent in pieces."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from flask import Response, request
from flask.blueprints import BlueprintSetupState
from flask_login import current_user

from core.cells import defused
from core.json_stream import as_array
from database import film_export, films
from database.engine import Database
from database.film_export import ListOf
from database.film_filters import Filter
from webapp import forms
from webapp.database import database, reading
from webapp.films import bp, links

_BATCH = 500
_Row = dict[str, Any]
_COLLECTION = (
    "title", "year", "director", "stars", "viewings", "last_watched", "liked", "rewatched"
)  # fmt: skip
_ALL = (
    "what", "title", "year", "director", "letterboxd", "tmdb", "day", "stars", "rewatch", "liked",
    "tags", "review", "list", "position", "note",
)  # fmt: skip


@bp.record
def _beside_the_collection(state: BlueprintSetupState) -> None:
    # Not below /films/, where a blueprint's own rules are, but named like a file beside it.
    state.app.add_url_rule("/films.csv", "films.collection_csv", collection_csv)
    state.app.add_url_rule("/films.json", "films.collection_json", collection_json)


def collection_csv() -> Response:
    """Those films that the same address without .csv shows."""
    rows = _collection(database(), current_user.id, forms.read(Filter, request.args))
    return _sent(_table(_COLLECTION, rows), "text/csv", "films.csv")


def collection_json() -> Response:
    rows = _collection(database(), current_user.id, forms.read(Filter, request.args))
    return _sent(chain(['{"films":'], as_array(rows), ["}\n"]), "application/json", None)


@bp.get("/export.csv")
def export_csv() -> Response:
    db, (sources, lists) = database(), _whose()
    rows = chain(
        (_viewing(row) for row in _each(db, film_export.viewings, sources)),
        chain.from_iterable(_marks(row) for row in _each(db, film_export.marks, sources)),
        (_entry(row) | {"list": one.name} for one in lists for row in _entries(db, one)),
    )
    return _sent(_table(_ALL, rows), "text/csv", "needledrop-films.csv")


@bp.get("/export.json")
def export_json() -> Response:
    db, (sources, lists) = database(), _whose()
    marks = (row for row in _each(db, film_export.marks, sources) if _is_said(row))
    wanted = (row for row in _each(db, film_export.marks, sources) if row["wanted_on"])
    pieces = chain(
        ['{"viewings":'],
        as_array(map(_viewing, _each(db, film_export.viewings, sources))),
        [',"marks":'],
        as_array(map(_mark, marks)),
        [',"watchlist":'],
        as_array(map(_wanted, wanted)),
        [',"lists":['],
        chain.from_iterable(_list(db, one, is_first=one is lists[0]) for one in lists),
        ["]}\n"],
    )
    return _sent(pieces, "application/json", "needledrop-films.json")


def _whose() -> tuple[list[int], list[ListOf]]:
    with reading() as session:
        sources = film_export.source_ids(session, current_user.id)
        return sources, film_export.lists(session, current_user.id)


def _sent(pieces: Iterable[str], mimetype: str, name: str | None) -> Response:
    answer = Response(pieces, content_type=f"{mimetype}; charset=utf-8")
    if name is not None:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _collection(db: Database, person_id: int, wanted: Filter) -> Iterator[_Row]:
    after: str | None = None
    while True:
        with db.reading() as session:
            found = films.collection(session, person_id, wanted, after=after, limit=_BATCH)
        for film in found:
            yield {
                "id": film.id,
                "title": film.title,
                "year": film.year,
                "director": film.director,
                "stars": _stars(film.half_stars),
                "viewings": film.viewings,
                "last_watched": film.last_on,
                "liked": film.is_liked,
                "rewatched": film.is_rewatched,
            }
        if len(found) < _BATCH:
            return
        after = found[-1].key


def _each(
    db: Database, rows: Callable[[Database, int], Iterator[_Row]], sources: Iterable[int]
) -> Iterator[_Row]:
    return chain.from_iterable(rows(db, source_id) for source_id in sources)


def _entries(db: Database, one: ListOf) -> Iterator[_Row]:
    return film_export.entries(db, one.id)


def _list(db: Database, one: ListOf, *, is_first: bool) -> Iterator[str]:
    about = {"name": one.name, "description": one.description, "made_on": one.made_on}
    yield ("" if is_first else ",") + json.dumps(about).removesuffix("}") + ', "films":'
    yield from as_array(map(_entry, _entries(db, one)))
    yield "}"


def _film(what: str, row: _Row) -> _Row:
    return {
        "what": what,
        "title": row["title"],
        "year": row["year"],
        "director": row["director"],
        "letterboxd": links.letterboxd(row["letterboxd_uri"], row["letterboxd_slug"]),
        "tmdb": links.tmdb(row["tmdb_kind"], row["tmdb_id"]),
    }


def _viewing(row: _Row) -> _Row:
    return _film("viewing", row) | {
        "day": row["watched_on"],
        "stars": _stars(row["half_stars"]),
        "rewatch": row["is_rewatch"],
        "liked": row["is_liked"],
        "tags": row["tags"],
        "review": row["review"],
    }


def _is_said(row: _Row) -> bool:
    """Say whether a mark says more than that the film is wanted."""
    return bool(row["watched_on"] or row["half_stars"] or row["is_liked"])


def _mark(row: _Row) -> _Row:
    return _film("mark", row) | {
        "day": row["watched_on"],
        "stars": _stars(row["half_stars"]),
        "liked": row["is_liked"],
    }


def _wanted(row: _Row) -> _Row:
    return _film("wanted", row) | {"day": row["wanted_on"]}


def _marks(row: _Row) -> Iterator[_Row]:
    if _is_said(row):
        yield _mark(row)
    if row["wanted_on"]:
        yield _wanted(row)


def _entry(row: _Row) -> _Row:
    return _film("list", row) | {"position": row["position"], "note": row["note"]}


def _stars(half_stars: int | None) -> float | None:
    return half_stars / 2 if half_stars else None


def _table(columns: Iterable[str], rows: Iterable[_Row]) -> Iterator[str]:
    names, rest = list(columns), iter(rows)
    batch: list[_Row] = [dict(zip(names, names, strict=True))]
    while batch:
        written = io.StringIO()
        csv.writer(written).writerows([_cell(row.get(name)) for name in names] for row in batch)
        yield written.getvalue()
        batch = list(islice(rest, _BATCH))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else ""
    return defused(value) if isinstance(value, str) else value

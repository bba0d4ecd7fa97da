"""What an account says of films apart from viewings: watched, rated, liked, wanted; and lists."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from database.diary import Counts
from database.models import FilmList, FilmListEntry, FilmMark, FilmSource


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of one film; None is "not told" and never overwrites."""

    film_id: int
    watched_on: str | None = None  # the day it was marked as watched
    half_stars: int | None = None
    is_liked: bool | None = None
    wanted_on: str | None = None  # the day it was put on the watchlist


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; `films` are (film id, note) in its order."""

    slug: str
    name: str
    description: str | None = None
    made_on: str | None = None
    films: Sequence[tuple[int, str | None]] = field(default_factory=tuple)


_TOLD = [told.name for told in fields(Mark) if told.name != "film_id"]
# What being taken off a whole list means. Films are never unwatched, nor is a rating lost.
_ABSENT: dict[str, Any] = {"is_liked": False, "wanted_on": None}


def save_marks(
    session: Session, source_id: int, marks: Iterable[Mark], *, whole: Collection[str] = ()
) -> Counts:
    """Add and complete marks; several of one film are joined.

    Without `whole`, at most some thousands at once. `whole` may hold "is_liked" and
    "wanted_on": then `marks` name every film that is liked or wanted, and any other
    is so no longer.
    """
    _only_one(session, source_id)
    wanted = _joined(marks)
    known = _known(session, source_id, None if whole else sorted(wanted))
    for film_id in known.keys() - wanted.keys():
        wanted[film_id] = {}
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for film_id, told in wanted.items():
        before = known.get(film_id)
        after = _blank(film_id) | (before or {})
        after |= {name: _ABSENT[name] for name in whole} | told
        if before is None:
            added.append(after)
        elif after != before:
            changed.append(after)
    _store(session, source_id, added, changed)
    same = len(wanted) - len(added) - len(changed)
    return Counts(len(added), len(changed), same)


def _only_one(session: Session, source_id: int) -> None:
    # For PostgreSQL: what is read here is written below.
    session.execute(select(FilmSource.id).where(FilmSource.id == source_id).with_for_update())


def _blank(film_id: int) -> dict[str, Any]:
    return {"film_id": film_id} | dict.fromkeys(_TOLD) | {"is_liked": False}


def _known(
    session: Session, source_id: int, film_ids: list[int] | None
) -> dict[int, dict[str, Any]]:
    columns = [getattr(FilmMark, name) for name in ("film_id", *_TOLD)]
    query = select(*columns).where(FilmMark.source_id == source_id)
    if film_ids is not None:
        query = query.where(FilmMark.film_id.in_(film_ids))
    return {row["film_id"]: dict(row) for row in session.execute(query).mappings()}


def _joined(marks: Iterable[Mark]) -> dict[int, dict[str, Any]]:
    joined: dict[int, dict[str, Any]] = {}
    for mark in marks:
        told = {name: said for name in _TOLD if (said := getattr(mark, name)) is not None}
        joined.setdefault(mark.film_id, {}).update(told)
    return joined


def _store(
    session: Session, source_id: int, added: list[dict[str, Any]], changed: list[dict[str, Any]]
) -> None:
    if added:
        session.execute(insert(FilmMark), [row | {"source_id": source_id} for row in added])
    if changed:
        table = FilmMark.__table__
        query = (
            update(FilmMark)
            .where(table.c.source_id == source_id, table.c.film_id == bindparam("of"))
            .values({name: bindparam(f"new_{name}") for name in _TOLD})
        )
        rows = [
            {"of": row["film_id"]} | {f"new_{name}": row[name] for name in _TOLD} for row in changed
        ]
        session.connection().execute(query, rows)


def replace_list(session: Session, source_id: int, listing: Listing) -> bool:
    """Make the list of that slug what `listing` says; return False if it was that already."""
    _only_one(session, source_id)
    found = session.scalar(
        select(FilmList).where(FilmList.source_id == source_id, FilmList.slug == listing.slug)
    )
    told = {
        "name": listing.name,
        "description": listing.description,
        "made_on": listing.made_on,
    }
    if found is None:
        found = FilmList(source_id=source_id, slug=listing.slug, **told)
        session.add(found)
        session.flush()
        before: list[tuple[int, str | None]] = []
    else:
        before = entries(session, found.id)
        if before == list(listing.films) and all(
            getattr(found, name) == said for name, said in told.items()
        ):
            return False
        for name, said in told.items():
            setattr(found, name, said)
        session.flush()
    if before:
        session.execute(delete(FilmListEntry).where(FilmListEntry.list_id == found.id))
    rows = [
        {"list_id": found.id, "position": position, "film_id": film_id, "note": note}
        for position, (film_id, note) in enumerate(listing.films, 1)
    ]
    if rows:
        session.execute(insert(FilmListEntry), rows)
    return True


def entries(session: Session, list_id: int) -> list[tuple[int, str | None]]:
    """Return (film id, note) of a list's films, in its order."""
    query = select(FilmListEntry.film_id, FilmListEntry.note)
    query = query.where(FilmListEntry.list_id == list_id).order_by(FilmListEntry.position)
    return [(row.film_id, row.note) for row in session.execute(query)]

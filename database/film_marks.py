"""What an account says of films apart from viewings: watched, rated, liked, wanted; and lists."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from database.diary import Counts
from database.film_changes import Change
from database.film_identity import alone
from database.models import FilmList, FilmListEntry, FilmMark, FilmSource

CHUNK = 500
Entry = tuple[int, str | None]  # a film's id, and a note
Whole = Literal["is_liked", "wanted_on"]  # what an export names all films of


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
    """What a list is called; `slug` tells it apart from the account's others."""

    slug: str
    name: str
    description: str | None = None
    made_on: str | None = None


TOLD = [told.name for told in fields(Mark) if told.name != "film_id"]
# What being taken off means. Films are never unwatched, nor is a rating lost.
_ABSENT: dict[Whole, Any] = {"is_liked": False, "wanted_on": None}


class Saved(NamedTuple):
    """What saving did: in numbers, and each mark that was added or changed."""

    counts: Counts
    changes: list[Change]


def save_marks(session: Session, source_id: int, marks: Iterable[Mark]) -> Saved:
    """Add and complete marks, at most some hundred at once; several of one film are joined."""
    _only_one(session, source_id)
    wanted = _joined(marks)
    there = known(session, source_id, sorted(wanted))
    added: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for film_id, told in wanted.items():
        before = there.get(film_id)
        after = _blank(film_id) | (before or {}) | told
        if before is None:
            added.append(after)
        elif after != before:
            changed.append(after)
    _store(session, source_id, added, changed)
    same = len(wanted) - len(added) - len(changed)
    changes = [_change(there.get(row["film_id"]), row) for row in (*added, *changed)]
    return Saved(Counts(len(added), len(changed), same), changes)


def _change(before: dict[str, Any] | None, after: dict[str, Any]) -> Change:
    film_id = after["film_id"]
    return Change("mark", film_id, before, after, film_id=film_id)


def no_longer(session: Session, source_id: int, what: Whole, named: Collection[int]) -> list[int]:
    """Return the films that are liked, or wanted, and not among those `named`."""
    has_it: ColumnElement[bool] = (
        FilmMark.is_liked.is_(True) if what == "is_liked" else FilmMark.wanted_on.is_not(None)
    )
    query = select(FilmMark.film_id).where(FilmMark.source_id == source_id, has_it)
    return sorted(set(session.scalars(query)) - set(named))


def take_off(
    session: Session, source_id: int, what: Whole, film_ids: Collection[int]
) -> list[Change]:
    """Say that these films are liked, or wanted, no longer; at most some hundred at once."""
    # None of them becomes another's before it is kept what was said of it.
    alone(session)
    _only_one(session, source_id)
    there = known(session, source_id, sorted(film_ids))
    session.execute(
        update(FilmMark)
        .where(FilmMark.source_id == source_id, FilmMark.film_id.in_(film_ids))
        .values({what: _ABSENT[what]}),
        execution_options={"synchronize_session": False},
    )
    return [_change(before, before | {what: _ABSENT[what]}) for before in there.values()]


def _only_one(session: Session, source_id: int) -> None:
    # For PostgreSQL: what is read here is written below.
    session.execute(select(FilmSource.id).where(FilmSource.id == source_id).with_for_update())


def _blank(film_id: int) -> dict[str, Any]:
    return {"film_id": film_id} | dict.fromkeys(TOLD) | {"is_liked": False}


def restore(session: Session, source_id: int, rows: list[dict[str, Any]]) -> None:
    """Make marks that are there what they were; each row is one of `known`."""
    _store(session, source_id, [], rows)


def known(session: Session, source_id: int, film_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Return what is said of these films by their ids, "film_id" among it."""
    columns = [getattr(FilmMark, name) for name in ("film_id", *TOLD)]
    query = select(*columns).where(FilmMark.source_id == source_id, FilmMark.film_id.in_(film_ids))
    return {row["film_id"]: dict(row) for row in session.execute(query).mappings()}


def _joined(marks: Iterable[Mark]) -> dict[int, dict[str, Any]]:
    joined: dict[int, dict[str, Any]] = {}
    for mark in marks:
        told = {name: said for name in TOLD if (said := getattr(mark, name)) is not None}
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
            .values({name: bindparam(f"new_{name}") for name in TOLD})
        )
        rows = [
            {"of": row["film_id"]} | {f"new_{name}": row[name] for name in TOLD} for row in changed
        ]
        session.connection().execute(query, rows)


def list_of(session: Session, source_id: int, listing: Listing) -> tuple[int, list[Change]]:
    """Return the id of the list of that slug, made or renamed if need be, and what that changed."""
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
        return found.id, [Change("list", found.id, None, told)]
    before = told_of(found)
    if before == told:
        return found.id, []
    for name, said in told.items():
        setattr(found, name, said)
    session.flush()
    return found.id, [Change("list", found.id, before, told)]


def told_of(found: FilmList) -> dict[str, Any]:
    return {"name": found.name, "description": found.description, "made_on": found.made_on}


def put_entries(
    session: Session, list_id: int, films: Sequence[Entry], start: int = 0
) -> list[Change]:
    """Let these films be the list's from the place `start` on, the first being 0.

    At most CHUNK at once.
    """
    first, last = start + 1, start + len(films)
    before = _between(session, list_id, first, last)
    wanted = dict(enumerate(films, first))
    new = {position: entry for position, entry in wanted.items() if before.get(position) != entry}
    if not new:
        return []
    there = FilmListEntry.position.between(first, last)
    session.execute(delete(FilmListEntry).where(FilmListEntry.list_id == list_id, there))
    rows = [
        {"list_id": list_id, "position": position, "film_id": film_id, "note": note}
        for position, (film_id, note) in wanted.items()
    ]
    session.execute(insert(FilmListEntry), rows)
    return [_replaced(list_id, position, before.get(position)) for position in new]


def shorten(session: Session, list_id: int, length: int) -> list[Change]:
    """Take a batch off the end of a list that is longer; return nothing once there was nothing."""
    alone(session)
    mine = FilmListEntry.list_id == list_id
    last = session.scalar(select(func.max(FilmListEntry.position)).where(mine)) or 0
    if last <= length:
        return []
    first = max(length, last - CHUNK) + 1
    before = _between(session, list_id, first, last)
    session.execute(delete(FilmListEntry).where(mine, FilmListEntry.position >= first))
    return [_replaced(list_id, position, entry) for position, entry in before.items()]


def _replaced(list_id: int, position: int, before: Entry | None) -> Change:
    # Nothing but an import changes a list, and the later one is undone first: what has become
    # of the entry is never asked.
    if before is None:
        return Change("entry", list_id, None, {}, place=position)
    film_id, note = before
    return Change("entry", list_id, {"note": note}, {}, film_id=film_id, place=position)


def _between(session: Session, list_id: int, first: int, last: int) -> dict[int, Entry]:
    query = select(FilmListEntry.position, FilmListEntry.film_id, FilmListEntry.note).where(
        FilmListEntry.list_id == list_id, FilmListEntry.position.between(first, last)
    )
    rows = session.execute(query.order_by(FilmListEntry.position))
    return {row.position: (row.film_id, row.note) for row in rows}


def entries(session: Session, list_id: int) -> list[Entry]:
    """Return (film id, note) of a list's films, in its order."""
    query = select(FilmListEntry.film_id, FilmListEntry.note)
    query = query.where(FilmListEntry.list_id == list_id).order_by(FilmListEntry.position)
    return [(row.film_id, row.note) for row in session.execute(query)]

"""What the pages of an artist, an album and a track have in common: how often, when, by whom."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from database import play_how, play_pages, play_ranks
from database.play_pages import Ends
from database.play_ranks import InYear
from database.play_sums import Kind
from webapp.charts import Places
from webapp.listening import pieces
from webapp.listening.asked import Asked
from webapp.listening.downloads import Table, moment
from webapp.listening.pieces import Column, Trend

_WIDE, _TALL = 400, 110


class Here(NamedTuple):
    """Somebody of this house who plays it."""

    person_id: int
    name: str
    plays: int
    ms: int
    ends: Ends | None


def told(session: Session, wanted: Asked, kind: Kind, item: int) -> dict[str, Any]:
    """Return what a page tells of an artist, an album or a track, of all of time."""
    whose, names = wanted.whose, wanted.names
    by_person = play_pages.listened_by(session, kind, item, list(names))
    ends = play_pages.ends(session, kind, item, {*whose.person_ids, *by_person})
    years = play_ranks.by_year(session, whose, kind, item)
    own = [ends[person_id] for person_id in whose.person_ids if person_id in ends]
    return {
        "kind": kind.name.lower(),
        "item": item,
        "place": play_ranks.for_ever(session, whose, kind, item),
        "ends": Ends(min(one.first for one in own), max(one.last for one in own)) if own else None,
        "years": years,
        "ranks": _ranks(years),
        "rank_columns": _rank_columns(years),
        "months": _months(session, wanted, kind, item),
        "here": [
            Here(person_id, names[person_id], plays, ms, ends.get(person_id))
            for person_id, (plays, ms) in sorted(by_person.items(), key=lambda one: -one[1].plays)
        ],
        "is_estimated": play_how.has_estimates(session, whose, *wanted.months),
        "spellings": play_pages.spellings(session, kind, item),
    }


def _every_year(years: Sequence[InYear]) -> list[int | None]:
    """Return the place in each year from the first to the last, None in one without a play."""
    places = {one.year: one.place for one in years}
    return [places.get(year) for year in range(years[0].year, years[-1].year + 1)] if years else []


def _ranks(years: Sequence[InYear]) -> Places:
    return Places.of(_every_year(years), width=_WIDE, height=_TALL)


def _rank_columns(years: Sequence[InYear]) -> list[Column]:
    return [
        Column(
            str(year), f"{year}: {'not played' if place is None else f'no. {place}'}", place or 0
        )
        for year, place in enumerate(_every_year(years), years[0].year if years else 0)
    ]


def _months(session: Session, wanted: Asked, kind: Kind, item: int) -> Trend:
    """Return what was played month by month; without the months before and after."""
    found = {one.month: one for one in play_pages.months(session, wanted.whose, kind, item)}
    if not found:
        return pieces.of_steps("month", [])
    steps = []
    month, last = min(found), max(found)
    while month <= last:
        one = found.get(month)
        steps.append((month, one.plays if one else 0, one.ms if one else 0))
        month += 1 if month % 100 < 12 else 89  # noqa: PLR2004 - months of a year
    return pieces.of_steps("month", steps)


def tables(said: dict[str, Any], wanted: Asked) -> dict[str, Table]:
    """Return those tables that all three pages have."""
    years = [(one.year, one.plays, one.ms, one.place) for one in said["years"]]
    people = [
        (
            one.name,
            one.plays,
            one.ms,
            moment(one.ends.first, wanted) if one.ends else None,
            moment(one.ends.last, wanted) if one.ends else None,
        )
        for one in said["here"]
    ]
    return {
        "years": Table(("year", "plays", "ms", "place"), years),
        "months": said["months"].table,
        "people": Table(("person", "plays", "ms", "first", "last"), people),
    }

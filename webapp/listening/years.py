"""A year in review, and all years side by side."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import play_discovery, play_ranks, play_streaks, play_tops, play_windows
from database.play_streaks import Sittings, Streak
from database.play_windows import ALWAYS, Window
from webapp.charts import HeatMap
from webapp.database import reading
from webapp.listening import bp, downloads, pieces
from webapp.listening.asked import Asked, asked
from webapp.listening.downloads import Table
from webapp.listening.pieces import Day

_FIRST, _LAST = 1900, 9_998
_TOPS, _NEW = 10, 10


class OfDay(NamedTuple):
    """A day of a year on its calendar; `words` say it in full."""

    words: str
    plays: int


@bp.get("/years")
def years() -> ResponseReturnValue:
    with reading() as session:
        wanted = asked(session)
        days = play_tops.days(session, wanted.whose, ALWAYS)
    sums: dict[int, tuple[int, int, int]] = {}
    for day, plays, ms in days:
        year = day // 10_000
        so_far = sums.get(year, (0, 0, 0))
        sums[year] = (so_far[0] + plays, so_far[1] + ms, so_far[2] + 1)
    span = range(min(sums, default=0), max(sums, default=-1) + 1)
    trend = pieces.of_steps("year", [(year, *sums.get(year, (0, 0, 0))[:2]) for year in span])
    rows = [(year, *sums[year]) for year in sorted(sums, reverse=True)]
    tables = {"years": Table(("year", "plays", "ms", "days"), rows)}
    return downloads.answer("listening/years.html", wanted, tables, trend=trend, rows=rows)


@bp.get("/<int:year>")
def year(year: int) -> ResponseReturnValue:
    """Raises: NotFound: no calendar has that year."""
    if not _FIRST <= year <= _LAST:
        raise NotFound("year", year)
    with reading() as session:
        wanted = asked(session)
        window = play_windows.of_days(date(year, 1, 1), date(year + 1, 1, 1), wanted.zone)
        said = _review(session, wanted, year, window)
    tops = said["tops"]
    tables = {
        **{kind: pieces.tops_table(found, kind) for kind, found in tops.items()},
        "months": said["months"].table,
        "new": pieces.new_table(said["new"]),
    }
    return downloads.answer("listening/year.html", wanted, tables, year=year, **said)


def _review(session: Session, wanted: Asked, year: int, window: Window) -> dict[str, Any]:
    whose = wanted.whose
    days = play_tops.days(session, whose, window)
    before = play_windows.of_days(date(year - 1, 1, 1), date(year, 1, 1), wanted.zone)
    totals = pieces.total(days)
    most = pieces.rankings(session, whose, window, _TOPS)
    known = play_ranks.years(session, whose)
    return {
        "totals": totals,
        "before": play_tops.totals(session, whose, before),
        "distinct": {kind: ranking.in_all for kind, ranking in most.items()},
        "tops": {kind: ranking.tops for kind, ranking in most.items()},
        "covers": pieces.covers(session, most["albums"].tops),
        "months": pieces.by_month(days, year),
        "month_tops": {
            pieces.month_iso(top.month): top
            for top in play_ranks.most_by_month(session, whose, year)
        },
        "new": play_discovery.of_year(session, whose, year, _NEW),
        "new_count": play_discovery.count(session, whose, year),
        "busiest": _busiest(days),
        "streak": _streak(days),
        "month_words": pieces.month_words,
        "days": len(days),
        "calendar": _calendar(days, year),
        "sittings": _sittings(session, wanted, window, totals.plays),
        "is_first": not known or year <= known[0],
        "has_before": bool(known) and year - 1 >= known[0],
        "has_after": bool(known) and year + 1 <= known[-1],
    }


def _busiest(days: Sequence[Day]) -> tuple[str, int] | None:
    """Return the day with the most plays, the first of equals, and how many."""
    if not days:
        return None
    day, plays, _ = max(days, key=lambda one: (one[1], -one[0]))
    return play_streaks.as_date(day).isoformat(), plays


def _streak(days: Sequence[Day]) -> Streak | None:
    return play_streaks.streaks([day for day, _, _ in days], date.max).longest


def _sittings(session: Session, wanted: Asked, window: Window, plays: int) -> Sittings | None:
    if wanted.whose.is_household or not 0 < plays <= play_streaks.MOST:
        return None
    return play_streaks.sittings(session, wanted.whose.id, window)


def _calendar(days: Sequence[Day], year: int) -> list[tuple[Any, OfDay]]:
    """Return each day of a year with its square."""
    plays = {day: count for day, count, _ in days}
    first = date(year, 1, 1)
    every = [first + timedelta(days=nth) for nth in range((date(year + 1, 1, 1) - first).days)]
    values = [plays.get(int(f"{day:%Y%m%d}"), 0) for day in every]
    squares = HeatMap.of_days(values, first_weekday=first.weekday()).squares
    told = [
        OfDay(f"{day.day} {day:%b}: {pieces.many(value)}", value)
        for day, value in zip(every, values, strict=True)
    ]
    return list(zip(squares, told, strict=True))

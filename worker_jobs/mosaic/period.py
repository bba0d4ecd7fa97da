"""Which days a mosaic is of, and what it calls them. Days in, days out; no clock."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

LAST = 30
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


class Span(NamedTuple):
    """Days from `since` up to but not including `until`, YYYY-MM-DD; at most `limit` films."""

    since: str | None
    until: str | None
    limit: int | None = None


def span(period: str, today: date) -> Span:
    """Return the days of `period`: month, last-month, last30, all, year:2025 or month:2025-03."""
    kind, _, which = _named(period, today).partition(":")
    if kind == "year":
        return Span(f"{which}-01-01", f"{int(which) + 1:04}-01-01")
    if kind == "month":
        year, month = map(int, which.split("-")) if which else (today.year, today.month)
        following = (year + 1, 1) if month == len(_MONTHS) else (year, month + 1)
        return Span(f"{year:04}-{month:02}-01", "{:04}-{:02}-01".format(*following))
    return Span(None, None, LAST if kind == "last30" else None)


def days(period: str, today: date) -> tuple[date, date] | None:
    """Return the first day of a period of plays and the day after its last; None: all of time.

    Of plays last30 are the last thirty days, and there is days:2025-03-01:2025-03-31.
    """
    kind, _, which = period.partition(":")
    if kind == "days":
        first, last = map(date.fromisoformat, which.split(":"))
        return first, last + timedelta(days=1)
    if kind == "last30":
        return today - timedelta(days=LAST - 1), today + timedelta(days=1)
    found = span(period, today)
    if found.since is None or found.until is None:
        return None
    return date.fromisoformat(found.since), date.fromisoformat(found.until)


def words_of_days(period: str, today: date) -> str:
    """Say a period of plays as a header does."""
    if period == "all":
        return "all of time"
    found = days(period, today)
    if found is None or period.partition(":")[0] not in ("days", "last30"):
        return words(period, today, [])
    first, last = found[0], found[1] - timedelta(days=1)
    return _day(first) if first == last else f"{_day(first)} – {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {_month(day.isoformat())}"


def words(period: str, today: date, days: Sequence[str]) -> str:
    """Say the period as a header does; `days` are those of the films that are known."""
    kind, _, which = _named(period, today).partition(":")
    if kind == "year":
        return which
    if kind == "month":
        return _month(which or today.isoformat())
    if kind == "last30":
        oldest, newest = _month(min(days, default=today.isoformat())), _month(today.isoformat())
        return oldest if oldest == newest else f"{oldest} – {newest}"
    years = sorted({day[:4] for day in days})
    if not years:
        return "everything"
    return years[0] if len(years) == 1 else f"{years[0]} – {years[-1]}"


def _named(period: str, today: date) -> str:
    """Return the month before this one by its name."""
    if period != "last-month":
        return period
    year, month = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return f"month:{year:04}-{month:02}"


def _month(day: str) -> str:
    return f"{_MONTHS[int(day[5:7]) - 1]} {int(day[:4])}"

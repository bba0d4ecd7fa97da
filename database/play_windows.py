"""Spans of time that numbers are asked for, and how few rows hold their answer.

A window is cut into whole years, months or days that `play_sums` has, and ragged ends, whose
plays are read one by one.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core import clock
from core.errors import InvalidInput
from database.listeners import Whose
from database.play_sums import BY_MONTH, Kind

PERIODS = ("day", "week", "month", "year", "all")
# No source tells of a play outside of these, in any zone; see `core.plays.EARLIEST`.
_YEARS = (1899, 2100)
# No two zones are further apart.
_APART = 27 * clock.HOUR


class Window(NamedTuple):
    """From `since` to before `until`, in milliseconds; None: without an end on that side."""

    since: int | None = None
    until: int | None = None


ALWAYS = Window()


class Ragged(NamedTuple):
    """Plays that no sum of a cover holds, or with `sign` -1 that one holds too many.

    `without`: days, as YYYYMMDD, whose plays the sums hold.
    """

    since: int
    until: int
    without: tuple[int, int] | None = None
    sign: int = 1


class Cover(NamedTuple):
    """What of `play_sums` makes up a window: `spans`, or of days the first and the last."""

    spans: list[int]
    days: tuple[int, int] | None
    ragged: list[Ragged]


def of_period(period: str, zone: ZoneInfo, now: int | None = None) -> Window:
    """Return the running day, week (from Monday), month or year of a zone, or all."""
    if period == "all":
        return ALWAYS
    today = clock.local(clock.now() if now is None else now, zone).date()
    first = {
        "day": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
    }[period]
    return of_days(first, _next(period, first), zone)


def _next(period: str, first: date) -> date:
    if period == "month":
        return (first + timedelta(days=31)).replace(day=1)
    if period == "year":
        return first.replace(year=first.year + 1)
    return first + timedelta(days=7 if period == "week" else 1)


def of_days(first: date, until: date, zone: ZoneInfo) -> Window:
    """Return from the beginning of one day to the beginning of another."""
    return Window(midnight(first, zone), midnight(until, zone))


def midnight(day: date, zone: ZoneInfo) -> int:
    return clock.moment(datetime(day.year, day.month, day.day, tzinfo=zone))


def before(window: Window) -> Window | None:
    """Return the window of the same length just before, to compare with; None: there is none."""
    if window.since is None or window.until is None:
        return None
    return Window(2 * window.since - window.until, window.since)


def cover(whose: Whose, kind: Kind, window: Window) -> Cover:
    """Return which sums of a kind make up a window, and which plays are to be read besides."""
    if window == ALWAYS and kind is not Kind.DAY:
        return Cover([0], None, [])
    zone = clock.zone(whose.zone)
    since, until = _bounds(window, zone)
    slack = 0 if whose.has_one_zone else _APART
    grain = "day" if kind is Kind.DAY else "month" if kind in BY_MONTH else "year"
    first = _ceiling(clock.local(since + slack, zone), grain)
    last = _floor(clock.local(until - slack, zone), grain)
    if grain == "year" and not slack:
        return _by_years(first, last, (since, until), zone)
    if first >= last:
        return Cover([], None, [Ragged(since, until)] if since < until else [])
    final = last - timedelta(days=1)
    held = (_number(first), _number(final))
    days = held if kind is Kind.DAY else None
    spans = list(_spans(first, last)) if kind is not Kind.DAY else []
    begin, end = midnight(first, zone), midnight(last, zone)
    if not slack:
        ends = [(since, begin), (end, until)]
        return Cover(spans, days, [Ragged(a, b) for a, b in ends if a < b])
    # Days of other zones than the window's reach over its own.
    ends = [(since, begin + slack), (end - slack, until)]
    if begin + slack >= end - slack:
        ends = [(since, until)]
    return Cover(spans, days, [Ragged(a, b, held) for a, b in ends])


def _by_years(first: date, last: date, window: tuple[int, int], zone: ZoneInfo) -> Cover:
    """Return whole years, and of those that are cut the plays on the shorter side."""
    since, until = window
    years, ragged = set(range(first.year, last.year)), list[Ragged]()
    cut = [(last.year, since, until)]
    if first <= last:
        cut = [
            (first.year - 1, since, midnight(first, zone)),
            (last.year, midnight(last, zone), until),
        ]
    for year, a, b in cut:
        begin, end = (midnight(date(at, 1, 1), zone) for at in (year, year + 1))
        if 2 * (b - a) <= end - begin:
            ragged.append(Ragged(a, b))
        else:
            years.add(year)
            ragged += [Ragged(begin, a, sign=-1), Ragged(b, end, sign=-1)]
    return Cover(sorted(years), None, [one for one in ragged if one.since < one.until])


def _bounds(window: Window, zone: ZoneInfo) -> tuple[int, int]:
    """Return a window with both ends; without one it goes as far as there may be plays."""
    first, last = (midnight(date(year, 1, 1), zone) for year in _YEARS)
    since = first if window.since is None else min(max(window.since, first), last)
    until = last if window.until is None else min(max(window.until, first), last)
    return since, until


def _floor(at: datetime, grain: str) -> date:
    day = at.date()
    if grain == "day":
        return day
    return day.replace(day=1) if grain == "month" else day.replace(month=1, day=1)


def _ceiling(at: datetime, grain: str) -> date:
    floor = _floor(at, grain)
    zone = at.tzinfo or UTC
    if datetime(floor.year, floor.month, floor.day, tzinfo=zone) >= at:
        return floor
    return _next(grain, floor)


def _spans(first: date, until: date) -> Iterator[int]:
    """Yield the years, and the months of years that are not whole, from first to before until."""
    at = first
    while at < until:
        year = at.replace(year=at.year + 1)
        if at.month == 1 and year <= until:
            yield at.year
            at = year
        else:
            yield at.year * 100 + at.month
            at = _next("month", at)


def months(span: int) -> tuple[int, int]:
    """Return the first and the last month, YYYYMM, of a year or a month."""
    is_year = span < 10_000  # noqa: PLR2004 - YYYY, not YYYYMM
    return (span * 100 + 1, span * 100 + 12) if is_year else (span, span)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def read(since: str | None, until: str | None, period: str | None, zone: ZoneInfo) -> Window:
    """Return the window that an address asks for: `since` and `until`, or a `period`.

    Each end is an ISO date or date-time (in `zone` where it names no offset) or Unix seconds.

    Raises:
        InvalidInput: both kinds, something unreadable, or an end that is not after the start.
    """
    if period and (since or until):
        raise InvalidInput({"period": "Give either a period, or since and until."})
    if period:
        if period not in PERIODS:
            raise InvalidInput({"period": f"A period is one of {', '.join(PERIODS)}."})
        return of_period(period, zone)
    window = Window(
        _moment("since", since, zone) if since else None,
        _moment("until", until, zone) if until else None,
    )
    if window.since is not None and window.until is not None and window.since >= window.until:
        raise InvalidInput({"until": "It must be after since."})
    return window


def _moment(name: str, said: str, zone: ZoneInfo) -> int:
    problem = {name: "Give a date like 2026-11-24, a date-time, or Unix seconds."}
    try:
        if said.lstrip("-").isdecimal() and len(said) != len("20261124"):
            at = datetime.fromtimestamp(int(said), UTC)
        else:
            at = datetime.fromisoformat(said)
            at = at if at.tzinfo else at.replace(tzinfo=zone)
        return clock.moment(at)
    except (ValueError, OverflowError, OSError):
        raise InvalidInput(problem) from None

"""The ranges that ListenBrainz counts in, as windows of a person's own days."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core import clock
from database import play_windows
from database.play_windows import ALWAYS, Window
from webapp.scrobble.doors import Refused

RANGES = (
    "week", "month", "quarter", "half_yearly", "year",
    "this_week", "this_month", "this_year", "all_time",
)  # fmt: skip
_BEGUN = 1_033_430_400  # 2002-10-01: no listen is older
# How the parts of a range are called, and which dates are in one of them.
_DAYS, _MONTHS, _YEARS = "%A %d %B %Y", "%B %Y", "%Y"
_BY_DAY = ("week", "month", "this_week", "this_month")


class Range(NamedTuple):
    """`first` to before `until` are days; of `all_time` those of all plays there may be."""

    name: str
    window: Window
    first: date
    until: date
    zone: ZoneInfo

    @property
    def from_ts(self) -> int:
        return max(_BEGUN, _seconds(self.first, self.zone))

    @property
    def to_ts(self) -> int:
        return _seconds(self.until, self.zone)

    def parts(self, since: date) -> Iterator[tuple[str, int, int, int, int]]:
        """Yield days, months or years, as their name, days YYYYMMDD and seconds, each from and to.

        Those that end before `since` are left out.
        """
        spelt = _DAYS if self.name in _BY_DAY else _YEARS if self.name == "all_time" else _MONTHS
        at = max(self.first, since) if self.name == "all_time" else self.first
        at = _floor(at, spelt)
        while at < self.until:
            after = min(_after(at, spelt), self.until)
            ends = _seconds(at, self.zone), _seconds(after, self.zone) - 1
            yield at.strftime(spelt), _number(at), _number(after), *ends
            at = after


def asked(name: str, zone: ZoneInfo, today: date | None = None) -> Range:
    """Return the range of that name: of whole periods the one before this.

    Raises:
        Refused: 400, there is none.
    """
    today = today or clock.today(zone)
    if name == "all_time":
        first = datetime.fromtimestamp(_BEGUN, zone).date()
        return Range(name, ALWAYS, first, today + timedelta(days=1), zone)
    if name not in RANGES:
        raise Refused(400, f"Invalid range: {name}")
    first, until = _days(name, today)
    return Range(name, play_windows.of_days(first, until, zone), first, until, zone)


def _days(name: str, today: date) -> tuple[date, date]:
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    if name.endswith("week"):
        first = monday if name == "this_week" else monday - timedelta(days=7)
        return first, first + timedelta(days=7)
    if name.startswith("this_"):
        first = month if name == "this_month" else month.replace(month=1)
        return first, _months(first, 1 if name == "this_month" else 12)
    long = {"month": 1, "quarter": 3, "half_yearly": 6, "year": 12}[name]
    until = month.replace(month=(month.month - 1) // long * long + 1)
    return _months(until, -long), until


def _months(first: date, by: int) -> date:
    years, month = divmod(first.year * 12 + first.month - 1 + by, 12)
    return date(years, month + 1, 1)


def _floor(day: date, spelt: str) -> date:
    if spelt == _DAYS:
        return day
    return day.replace(day=1) if spelt == _MONTHS else day.replace(month=1, day=1)


def _after(day: date, spelt: str) -> date:
    if spelt == _DAYS:
        return day + timedelta(days=1)
    return _months(day, 1 if spelt == _MONTHS else 12)


def _seconds(day: date, zone: ZoneInfo) -> int:
    return play_windows.midnight(day, zone) // clock.SECOND


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day

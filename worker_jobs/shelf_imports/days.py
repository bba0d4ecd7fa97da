"""Days as tables have them: as they were exported, or as a spreadsheet has rewritten them."""

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from database.record_details import FIRST_YEAR, LAST_YEAR

_TIME = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?:\.\d+)?\s*(?P<half>[AaPp][Mm])?.*)?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){_TIME}", re.ASCII
)
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})[-/.](?P<second>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d{{2}}){_TIME}",
    re.ASCII,
)
_LAST_MONTH = 12
_THIS_CENTURY = 70  # two figures below are 20xx


class Moment(NamedTuple):
    """A day, and the time of day to the minute where it was told: "10:54" or ""."""

    day: str
    time: str


def is_month_first(texts: Iterable[str]) -> bool:
    """Say whether a table writes 11/24/2026: some day past the 12th must show it."""
    month_first = False
    for text in texts:
        found = _YEAR_LAST.fullmatch(text.strip())
        if found is None:
            continue
        if int(found["first"]) > _LAST_MONTH:
            return False
        month_first |= int(found["second"]) > _LAST_MONTH
    return month_first


def read(text: str, *, month_first: bool = False) -> Moment | None:
    """Return the day of a cell; None where there is none, or none that is understood.

    >>> read("30/11/2015 10:54"), read("2015-11-30 10:54:13")
    (Moment(day='2015-11-30', time='10:54'), Moment(day='2015-11-30', time='10:54'))
    """
    text = text.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        day, month = int(found["day"]), int(found["month"])
    elif found := _YEAR_LAST.fullmatch(text):
        day, month = int(found["first"]), int(found["second"])
        if month_first:
            day, month = month, day
    else:
        return None
    try:
        on = date(_year(found["year"]), month, day)
    except ValueError:
        return None
    if not FIRST_YEAR <= on.year <= LAST_YEAR:
        return None
    return Moment(on.isoformat(), _time(found))


def _year(text: str) -> int:
    year = int(text)
    if len(text) > 2:  # noqa: PLR2004 - all four figures of it
        return year
    return year + (2000 if year < _THIS_CENTURY else 1900)


def _time(found: re.Match[str]) -> str:
    if found["hour"] is None:
        return ""
    hour, half = int(found["hour"]), (found["half"] or "").casefold()
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02}:{found['minute']}"

"""How exports write moments; all become milliseconds since 1970, UTC."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock
from worker_jobs.play_imports.rows import Unreadable

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)}
_LONGEST = 24 * clock.DAY
_LEAST_IN_MS = 100_000_000_000  # as seconds that is the year 5138


def iso(text: str, zone: ZoneInfo | None = None) -> int:
    """Return the moment of "2025-04-28T21:04:35Z"; without an offset it is in `zone`, else UTC."""
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise Unreadable("its time cannot be read.") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone or UTC)
    return (found - _BEGINNING) // _MILLISECOND


def seconds(number: float | str) -> int:
    """Return the moment that is so many seconds after 1970."""
    try:
        return int(number) * clock.SECOND
    except (ValueError, TypeError, OverflowError):
        raise Unreadable("its time cannot be read.") from None


def english_minute(text: str) -> int:
    """Return the moment of "19 Aug 2026, 20:48", UTC; the comma may be missing."""
    try:
        day, month, year, time = text.replace(",", " ").split()
        hours, _, minutes = time.partition(":")
        days = date(int(year), _NUMBERS[month], int(day)).toordinal() - _BEGINNING.toordinal()
        in_day = int(hours) * 60 + int(minutes)
    except (ValueError, KeyError):
        return iso(text)
    return days * clock.DAY + in_day * clock.MINUTE


def wall_seconds(number: str, zone: ZoneInfo) -> int:
    """Return the moment when clocks in `zone` show what UTC's show so many seconds after 1970."""
    shown = clock.utc(seconds(number)).replace(tzinfo=zone)
    return (shown - _BEGINNING) // _MILLISECOND


def long_or_short(number: float) -> int:
    """Return the moment of a number that is of seconds or of milliseconds."""
    at = int(number)
    return at if abs(at) >= _LEAST_IN_MS else at * clock.SECOND


def length(number: object, unit: int = 1) -> int | None:
    """Return how long something is in milliseconds, None where that is not known."""
    try:
        found = round(float(number) * unit)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError):
        return None
    return found if 0 < found <= _LONGEST else None

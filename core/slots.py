"""When a schedule fires next, and how to say so.

Rules: 'hourly 17', 'hourly 11,41', 'daily 03:40', 'weekly sun 04:10', 'monthly 1 05:00'.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock

_DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}


def next_slot(rule: str, after: int, zone: ZoneInfo) -> int:
    """Return the first moment of `rule` later than `after`, in the wall clock of `zone`.

    In the hour that a zone skips in spring the slot comes an hour later; in the one
    it repeats in autumn it comes once.

    Raises:
        ValueError: it is no rule.
    """
    kind, *words = rule.split()
    start = clock.local(after, zone).replace(second=0, microsecond=0)
    if kind == "hourly":
        return min(_hourly(int(minute), after, zone) for minute in words[0].split(","))
    hour, minute = map(int, words[-1].split(":"))
    day = start.date()
    for _ in range(32 * 2):
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        if _is_day(kind, words, at) and clock.moment(at) > after:
            return clock.moment(at)
        day += timedelta(days=1)
    message = f"no such rule: {rule}"
    raise ValueError(message)


def _hourly(minute: int, after: int, zone: ZoneInfo) -> int:
    at = clock.local(after, zone).replace(minute=minute, second=0, microsecond=0)
    while clock.moment(at) <= after:
        at = clock.local(clock.moment(at) + clock.HOUR, zone).replace(minute=minute)
    return clock.moment(at)


def _is_day(kind: str, words: list[str], at: datetime) -> bool:
    if kind == "weekly":
        return list(_DAYS)[at.weekday()] == words[0]
    if kind == "monthly":
        return at.day == int(words[0])
    return kind == "daily"


def told(rule: str) -> str:
    """Say a rule in words: each day at 04:53."""
    kind, *words = rule.split()
    if kind == "hourly":
        return f"each hour at :{' and :'.join(words[0].split(','))}"
    if kind == "weekly":
        return f"each {_DAYS[words[0]]} at {words[1]}"
    if kind == "monthly":
        return f"on day {words[0]} of each month at {words[1]}"
    return f"each day at {words[0]}"

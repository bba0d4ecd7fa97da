"""Days in a row with a play, and sittings: plays with no long pause between them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import clock
from core.plays import EARLIEST
from database.play_windows import Window

PAUSE = 30 * clock.MINUTE  # a longer one ends a sitting
MOST = 40_000  # plays that sittings are looked for in: each is read


_THOSE = """
    FROM plays
    WHERE person_id = :person_id AND standing = 0
      AND started_at >= :since AND started_at < :until
"""
_ALL = text(f"SELECT COUNT(*), MAX(started_at + ms) {_THOSE}")
# Where a sitting begins: what came before it had ended a pause earlier, or there is nothing.
_BEGUN = text(f"""
    SELECT started_at, nth, ended_at
      FROM (SELECT started_at,
                   ROW_NUMBER() OVER (ORDER BY started_at) AS nth,
                   LAG(started_at + ms) OVER (ORDER BY started_at) AS ended_at
            {_THOSE}) AS heard
     WHERE ended_at IS NULL OR started_at - ended_at > :pause
     ORDER BY nth
""")  # noqa: S608 - ours


class Streak(NamedTuple):
    """So many days in a row, each with a play that counts."""

    days: int
    first: date
    last: date


class Streaks(NamedTuple):
    """The longest, and the one that goes on: it has a play of today, or of yesterday."""

    longest: Streak | None
    current: Streak | None


class Sitting(NamedTuple):
    """From the start of its first play to the end of its last one; moments."""

    since: int
    until: int
    plays: int


class Sittings(NamedTuple):
    """`ms`: how long they lasted, all together. `longest` by time."""

    many: int
    plays: int
    ms: int
    longest: Sitting | None


def as_date(day: int) -> date:
    """Return the date that YYYYMMDD says."""
    return date(day // 10_000, day // 100 % 100, day % 100)


def streaks(days: Iterable[int], today: date) -> Streaks:
    """Return the streaks of days, given as YYYYMMDD in order.

    >>> streaks([20260101, 20260103, 20260104], date(2026, 1, 5)).current.days
    2
    """
    longest = last = None
    for day in map(as_date, days):
        if last is not None and day - last.last == timedelta(days=1):
            last = Streak(last.days + 1, last.first, day)
        else:
            last = Streak(1, day, day)
        if longest is None or last.days > longest.days:
            longest = last
    goes_on = last is not None and today - last.last <= timedelta(days=1)
    return Streaks(longest, last if goes_on else None)


def sittings(session: Session, person_id: int, window: Window) -> Sittings:
    """Return the sittings of a person's plays that count; a window of at most some `MOST`."""
    asked = {"person_id": person_id, "pause": PAUSE, **_bounds(window)}
    plays, ended_at = session.execute(_ALL, asked).one()
    begun = session.execute(_BEGUN, asked).all()
    ends = [(one.nth, one.ended_at) for one in begun[1:]] + [(plays + 1, ended_at)]
    found = [
        Sitting(one.started_at, end, nth - one.nth)
        for one, (nth, end) in zip(begun, ends, strict=False)
    ]
    return Sittings(
        len(found),
        sum(one.plays for one in found),
        sum(one.until - one.since for one in found),
        max(found, key=lambda one: one.until - one.since, default=None),
    )


def _bounds(window: Window) -> dict[str, int]:
    return {
        "since": EARLIEST if window.since is None else window.since,
        "until": clock.now() if window.until is None else window.until,
    }

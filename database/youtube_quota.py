"""The day's quota at YouTube: so many units for the whole house, by days in California.

What is counted is what was asked, also where no answer came.
"""

from datetime import datetime, time, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from database.models import QuotaDay

UNITS = 10_000  # a day, for all users of one app at Google
READ, CHANGE = 1, 50  # what asking for up to 50 things costs, and changing one
# Kept for reading: what a day's last change has done can still be looked up.
RESERVE = 100
MOST_CHANGES = (UNITS - RESERVE) // CHANGE
_ZONE = "America/Los_Angeles"

_SPEND = text("""
    INSERT INTO quota_days (day, units)
         VALUES (:day, :units)
    ON CONFLICT (day)
      DO UPDATE SET units = quota_days.units + :units
              WHERE quota_days.units + :units <= :most
      RETURNING units
""")
_USE_UP = text("""
    INSERT INTO quota_days (day, units)
         VALUES (:day, :units)
    ON CONFLICT (day)
      DO UPDATE SET units = :units
""")


def spend(session: Session, units: int) -> bool:
    """Take units off the day's quota; False if so many are not left.

    Only reading may use up the reserve.
    """
    most = UNITS if units <= READ else UNITS - RESERVE
    words = {"day": _today(), "units": units, "most": most}
    return session.scalar(_SPEND, words) is not None


def use_up(session: Session) -> int:
    """Note that nothing is left, for YouTube says so; return when to ask again.

    Soon after midnight the day may not have begun there: that day is not written off.
    """
    hour_ago = clock.local(clock.now() - clock.HOUR, clock.zone(_ZONE)).date().isoformat()
    if hour_ago != _today():
        return clock.now() + clock.HOUR
    session.execute(_USE_UP, {"day": _today(), "units": UNITS})
    return begins_again()


def changes_left(session: Session) -> int:
    """Return how many things may still be changed today."""
    used = session.scalar(select(QuotaDay.units).where(QuotaDay.day == _today())) or 0
    return max(0, UNITS - RESERVE - used) // CHANGE


def days(changes: int, today: int) -> int:
    """Return on how many days so many changes are made, of which `today` still can be today."""
    return 1 + max(0, -(-(changes - today) // MOST_CHANGES))


def begins_again() -> int:
    """Return the moment when the next day begins there."""
    zone = clock.zone(_ZONE)
    tomorrow = clock.today(zone) + timedelta(days=1)
    return clock.moment(datetime.combine(tomorrow, time(), tzinfo=zone))


def _today() -> str:
    return clock.today(clock.zone(_ZONE)).isoformat()

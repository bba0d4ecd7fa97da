"""The only place that asks what time it is. Moments are whole milliseconds since 1970, UTC.

Days and months belong to a person's time zone: their bounds are computed here
and handed to SQL as numbers.
"""

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    return time.time_ns() // 1_000_000


def moment(at: datetime) -> int:
    """Return the moment of an aware datetime."""
    return round(at.timestamp() * SECOND)


def utc(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def local(at: int, zone: ZoneInfo) -> datetime:
    return utc(at).astimezone(zone)


def today(zone: ZoneInfo) -> date:
    return local(now(), zone).date()


def zone(name: str) -> ZoneInfo:
    """Return the time zone of that IANA name, or UTC where it is unknown."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def machine_zone() -> str:
    """Return the IANA name of the zone that this machine is set to, UTC where it has none."""
    named = os.environ.get("TZ", "").lstrip(":") or str(Path("/etc/localtime").resolve())
    name = named.rpartition("/zoneinfo/")[2]
    return name if zone(name).key == name else "UTC"

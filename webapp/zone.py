"""In which time zone a page speaks: the person's own, or this machine's for a guest."""

import os
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import has_request_context
from flask_login import current_user

from core import clock

_LINK = Path("/etc/localtime")
_FOLDER = Path("/usr/share/zoneinfo")


def zone_name() -> str:
    if has_request_context() and current_user and current_user.is_authenticated:
        return str(current_user.zone)
    return machine_zone()


def zone() -> ZoneInfo:
    return clock.zone(zone_name())


@cache
def machine_zone() -> str:
    """Return the IANA name of the machine's zone; UTC where it has none."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if not named and _LINK.is_symlink():
        target = _LINK.resolve()
        named = str(target.relative_to(_FOLDER)) if target.is_relative_to(_FOLDER) else ""
    return clock.zone(named).key if named else "UTC"

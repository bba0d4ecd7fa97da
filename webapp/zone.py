"""In which time zone a page speaks: the person's own, or this machine's for a guest."""

from functools import cache
from zoneinfo import ZoneInfo

from flask import has_request_context
from flask_login import current_user

from core import clock

machine_zone = cache(clock.machine_zone)


def zone_name() -> str:
    if has_request_context() and current_user and current_user.is_authenticated:
        return str(current_user.zone)
    return machine_zone()


def zone() -> ZoneInfo:
    return clock.zone(zone_name())

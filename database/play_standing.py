"""Whether a play counts: a rule that each person chooses, and the local hours that it falls in."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from core import clock
from core.plays import Mark, Source, Standing

_SHORTEST = 30 * clock.SECOND
_LONG_ENOUGH = 4 * clock.MINUTE
_QUARTER = 15 * clock.MINUTE  # no zone begins an hour at any other moment
_MOST_QUARTERS = 200_000


class Facts(NamedTuple):
    """All that decides whether a play counts; `ms_played` by whichever source says it."""

    source: Source
    kind: str
    ms_played: int | None
    duration_ms: int | None
    reason_end: str | None
    mark: int | None = None
    is_duplicate: bool = False


def standing(facts: Facts, rule: str) -> Standing:
    """Say whether a play counts by one of `listeners.RULES`, or why it does not."""
    if facts.is_duplicate:
        return Standing.DUPLICATE
    if facts.mark == Mark.NOT_ME:
        return Standing.NOT_ME
    if facts.mark is not None:
        return Standing.DELETED
    if facts.kind != "music":
        return Standing.NOT_MUSIC
    # A scrobble is a play: its player has decided.
    is_long = not facts.source.tells_how_long or _is_long(facts, rule)
    return Standing.COUNTED if is_long else Standing.SHORT


def _is_long(facts: Facts, rule: str) -> bool:
    if facts.ms_played is None or rule == "all":
        return True
    if rule == "end" and facts.reason_end:
        return facts.reason_end == "trackdone"
    if rule == "half" and facts.duration_ms:
        return facts.ms_played >= min(facts.duration_ms / 2, _LONG_ENOUGH)
    return facts.ms_played >= _SHORTEST


def listened(ms_played: int | None, duration_ms: int | None) -> int:
    """Return for how long a play is summed up, in milliseconds: an estimate where none is said."""
    return ms_played if ms_played is not None else duration_ms or 0


class Local(NamedTuple):
    """`day` is YYYYMMDD; `hour_of_week` 0 to 167, from the midnight before Monday."""

    day: int
    hour_of_week: int


class LocalHours:
    """The days and hours of one zone, remembered: a history asks for the same ones again."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._known: dict[int, Local] = {}

    def of(self, moment: int) -> Local:
        quarter = moment // _QUARTER
        found = self._known.get(quarter)
        if found is None:
            at = clock.local(quarter * _QUARTER, self._zone)
            day = at.year * 10_000 + at.month * 100 + at.day
            found = Local(day, at.weekday() * 24 + at.hour)
            if len(self._known) > _MOST_QUARTERS:
                self._known.clear()
            self._known[quarter] = found
        return found

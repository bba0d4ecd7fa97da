"""Whether a play counts: a rule that each person chooses, and the local hours that it falls in."""

from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core import clock
from core.plays import Mark, Source, Standing

_SHORTEST = 30 * clock.SECOND
_LONG_ENOUGH = 4 * clock.MINUTE
_EPOCH = date(1970, 1, 1).toordinal()


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
        self._offsets: dict[int, int | None] = {}  # None: it changes on that day
        self._days: dict[int, tuple[int, int]] = {}

    def of(self, moment: int) -> Local:
        utc_day = moment // clock.DAY
        if utc_day not in self._offsets:
            first, last = (self._offset((utc_day + ends) * clock.DAY - ends) for ends in (0, 1))
            self._offsets[utc_day] = first if first == last else None
        offset = self._offsets[utc_day]
        if offset is None:
            offset = self._offset(moment)
        day, rest = divmod(moment + offset, clock.DAY)
        if day not in self._days:
            on = date.fromordinal(_EPOCH + day)
            self._days[day] = (on.year * 10_000 + on.month * 100 + on.day, on.weekday() * 24)
        number, first_hour = self._days[day]
        return Local(number, first_hour + rest // clock.HOUR)

    def _offset(self, moment: int) -> int:
        offset = clock.local(moment, self._zone).utcoffset()
        return 0 if offset is None else offset // timedelta(milliseconds=1)

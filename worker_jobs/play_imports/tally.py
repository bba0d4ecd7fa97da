"""What an import of plays would bring: counted by what would become of each, the first in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from core import clock
from core.plays import Heard, Standing
from database.play_imports import Looked

FIRST = 10  # plays that are told one by one, of each kind

Fate = Literal["counted", "short", "duplicate", "not_me", "not_music", "deleted", "known"]


class Told(NamedTuple):
    """A play in words: what, by whom, when."""

    title: str
    by: str
    at: str
    source: str

    @classmethod
    def of(cls, one: Heard, zone: ZoneInfo) -> "Told":
        at = clock.local(one.started_at, zone)
        by = ", ".join(one.named.artists) or one.named.credit
        return cls(one.named.title, by, f"{at:%Y-%m-%d %H:%M}", one.source.name.lower())


@dataclass
class _Part:
    count: int = 0
    first: list[Told] = field(default_factory=list)


class Tally:
    """Counts plays; a row that comes again, in a later batch as well, is known by then."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._parts: dict[Fate, _Part] = {}
        self._seen: set[int] = set()

    def keep(self, looked: Looked) -> None:
        self._add(_KNOWN, looked.known)
        for one, standing in looked.new:
            is_again = one.row_key in self._seen
            self._seen.add(one.row_key)
            self._add(_KNOWN if is_again else _FATES[standing], [one])

    def _add(self, fate: Fate, plays: Iterable[Heard]) -> None:
        part = self._parts.setdefault(fate, _Part())
        for one in plays:
            part.count += 1
            if len(part.first) < FIRST:
                part.first.append(Told.of(one, self._zone))

    @property
    def counts(self) -> dict[str, int]:
        """How many would be known, added, and of those how many of each standing."""
        counts: dict[str, int] = {fate: self._count(fate) for fate in _FATES.values()}
        return {"added": sum(counts.values()), "known": self._count(_KNOWN), **counts}

    def _count(self, fate: Fate) -> int:
        return self._parts[fate].count if fate in self._parts else 0

    def as_json(self) -> list[dict[str, Any]]:
        """Return {"fate", "count", "first": plays} of each that there is, what counts first."""
        return [
            {"fate": fate, "count": part.count, "first": [told._asdict() for told in part.first]}
            for fate in (*_FATES.values(), _KNOWN)
            if (part := self._parts.get(fate)) and part.count
        ]


_KNOWN: Fate = "known"
_FATES: dict[Standing, Fate] = {
    Standing.COUNTED: "counted",
    Standing.SHORT: "short",
    Standing.DUPLICATE: "duplicate",
    Standing.NOT_ME: "not_me",
    Standing.NOT_MUSIC: "not_music",
    Standing.DELETED: "deleted",
}

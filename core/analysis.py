"""What an analysis of tracks says, and what has changed from one to another."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from core.library import MEASURED

# In the order of pages; of those behind the first seven each has a scale of its own.
SUMMED = (*MEASURED, "duration_ms")
# By the name that the contract has for each: a pitch class is called key there.
COUNTS: Mapping[str, str] = {
    "key": "pitch_class",
    "mode": "mode",
    "time_signature": "time_signature",
}
BINS = 10
ENOUGH = 0.5  # of the tracks; where fewer are known the first and the last of them say nothing

KINDS = ("track", "album", "playlist", "artist", "liked", "period")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Superlative(_Frozen):
    """The least and the most; the ids are of our tracks, of equal ones the first in order."""

    min: int | float
    min_track_id: str
    max: int | float
    max_track_id: str


class Counts(_Frozen):
    """How many tracks have each value; None where nobody knows one."""

    key: dict[str, int] | None
    mode: dict[str, int] | None
    time_signature: dict[str, int] | None


class Coverage(_Frozen):
    """How much is known. `left_out`: tracks that belong here and are in no library.

    `fields`: of how many tracks a field is known. `sources`: to how many tracks each has
    contributed something.
    """

    tracks: int
    with_features: int
    left_out: int = 0
    fields: dict[str, int]
    sources: dict[str, int]

    @property
    def in_all(self) -> int:
        return self.tracks + self.left_out


class Histogram(_Frozen):
    """`counts` of BINS even steps between `low` and `high`, which belongs to the last."""

    low: float
    high: float
    counts: list[int]

    @property
    def edges(self) -> list[float]:
        """Return where the steps begin, and where the last one ends."""
        return steps(self.low, self.high)


class Computation(_Frozen):
    """All that was worked out. A field that nobody knows, or too few for a superlative, is None.

    `problems`: sentences about who could not be asked.
    """

    superlatives: dict[str, Superlative | None]
    averages: dict[str, float | None]
    count: Counts
    coverage: Coverage
    histograms: dict[str, Histogram | None]
    problems: list[str] = []


class Change(NamedTuple):
    """A figure in two analyses. None: not known."""

    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        """Return by how much it has risen, where both are known."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


class Comparison(NamedTuple):
    """Two analyses side by side. `added`, `removed`: tracks by id, in the order of theirs.

    `counts`: by `COUNTS`, then by value. `known`: of how many tracks features were known.
    """

    added: list[int]
    removed: list[int]
    averages: dict[str, Change]
    minima: dict[str, Change]
    maxima: dict[str, Change]
    counts: dict[str, dict[str, Change]]
    known: Change
    tracks: Change


def steps(low: float, high: float) -> list[float]:
    """Return the edges of a histogram between two figures, the ends as they are.

    >>> steps(0, 1)[:3]
    [0.0, 0.1, 0.2]
    """
    between = (low + (high - low) * step / BINS for step in range(1, BINS))
    return [float(low), *between, float(high)]


def is_enough(known: int, of: int) -> bool:
    """Whether so much is known of tracks that one may be called the first of them all."""
    return known > 0 and known >= of * ENOUGH


def compare(
    before: tuple[Sequence[int], Computation], after: tuple[Sequence[int], Computation]
) -> Comparison:
    """Return what differs between two analyses, each its tracks and what was worked out."""
    (old_ids, old), (new_ids, new) = before, after
    had, has = set(old_ids), set(new_ids)
    return Comparison(
        added=[track_id for track_id in new_ids if track_id not in had],
        removed=[track_id for track_id in old_ids if track_id not in has],
        averages={name: Change(old.averages[name], new.averages[name]) for name in SUMMED},
        minima=_ends("min", old, new),
        maxima=_ends("max", old, new),
        counts={
            name: _counted(getattr(old.count, name), getattr(new.count, name)) for name in COUNTS
        },
        known=Change(old.coverage.with_features, new.coverage.with_features),
        tracks=Change(old.coverage.in_all, new.coverage.in_all),
    )


def _ends(end: str, old: Computation, new: Computation) -> dict[str, Change]:
    return {
        name: Change(
            getattr(old.superlatives[name], end, None), getattr(new.superlatives[name], end, None)
        )
        for name in SUMMED
    }


def _counted(old: Mapping[str, int] | None, new: Mapping[str, int] | None) -> dict[str, Change]:
    had, has = old or {}, new or {}
    values = sorted({*had, *has}, key=int)
    return {value: Change(had.get(value, 0), has.get(value, 0)) for value in values}

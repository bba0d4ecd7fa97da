"""How an album sounds: the mean of its tracks, without those that are unlike all others."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from core.library import COUNTED, Features

# What a track is judged by; of the album all is told.
JUDGED = (
    "danceability", "energy", "pitch_class", "mode", "instrumentalness", "valence", "tempo",
    "loudness", "duration_ms",
)  # fmt: skip
_ODD = 2  # values by which a track is left out
_REACH = 1.5  # of the distance between the quartiles


class Sound(NamedTuple):
    """`tracks`: of how many it tells. `left_out`: how many were unlike the others."""

    features: Features
    tracks: int
    left_out: int


def sound(tracks: Sequence[Features]) -> Sound | None:
    """Return how an album of these tracks sounds; None where nobody knows anything of them.

    A track is left out of which two values at least lie far outside of the album's quartiles;
    if that were all of them, none is.
    """
    told = [track for track in tracks if any(value is not None for value in track)]
    if not told:
        return None
    fences = {name: _fence([_value(track, name) for track in told]) for name in JUDGED}
    alike = [track for track in told if _odd_values(track, fences) < _ODD] or told
    middle: dict[str, Any] = {name: _middle(name, alike) for name in Features._fields}
    return Sound(Features(**middle), len(alike), len(told) - len(alike))


def _value(track: Features, name: str) -> float | None:
    value: float | None = getattr(track, name)
    return value


def _fence(values: Sequence[float | None]) -> tuple[float, float] | None:
    """Return between what values are usual; None where there are too few to tell."""
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - a pair
        return None
    known.sort()
    first, third = _quartile(known, 1), _quartile(known, 3)
    reach = _REACH * (third - first)
    return first - reach, third + reach


def _quartile(values: Sequence[float], number: int) -> float:
    """Return a quartile of sorted values, between two of them if need be.

    >>> _quartile([1.0, 2.0, 3.0, 4.0], 1)
    1.75
    """
    # Not statistics.quantiles: between equal values that may be off by a last digit, and odd.
    whole, part = divmod(number * (len(values) - 1), 4)
    if not part:
        return values[whole]
    return values[whole] + (values[whole + 1] - values[whole]) * part / 4


def _odd_values(track: Features, fences: Mapping[str, tuple[float, float] | None]) -> int:
    return sum(
        fence is not None
        and (value := _value(track, name)) is not None
        and not fence[0] <= value <= fence[1]
        for name, fence in fences.items()
    )


def _middle(name: str, tracks: Sequence[Features]) -> float | int | None:
    values = [value for track in tracks if (value := _value(track, name)) is not None]
    if not values:
        return None
    if name in COUNTED:
        # Of equally frequent ones the lowest, so that it is the same each time.
        return int(min(Counter(values).items(), key=lambda one: (-one[1], one[0]))[0])
    return round(fmean(values)) if name == "duration_ms" else fmean(values)

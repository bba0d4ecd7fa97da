"""What may be said of how a track sounds: whatever lies outside of it counts as not said.

Providers, files and forms all come through here; a bad value costs that value and no other.
"""

import math
from collections.abc import Mapping
from typing import Any

from core.library import COUNTED, MEASURED, UNIT_FIELDS, Features

# Both ends included. A loud master exceeds 0 dB; a tempo of 0 is one that was looked for in vain.
RANGES: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(UNIT_FIELDS, (0.0, 1.0)),
    "loudness": (-100.0, 20.0),
    "tempo": (0.0, 400.0),
    "pitch_class": (0, 11),
    "mode": (0, 1),
    "time_signature": (0, 16),
    "duration_ms": (1, 86_400_000),
}
_WHOLE = (*COUNTED, "duration_ms")


def sane(said: Mapping[str, Any]) -> Features:
    """Return what was said by the names of `Features`, as numbers or words, where it makes sense.

    >>> sane({"energy": "0.5", "tempo": float("nan"), "pitch_class": -1, "loudness": 1.023})[1:9:6]
    (0.5, 1.023)
    """
    found: dict[str, Any] = {name: _measured(name, said.get(name)) for name in MEASURED}
    found |= {name: _whole(name, said.get(name)) for name in _WHOLE}
    return Features(**found)


def checked(features: Features) -> Features:
    """Return features without what makes no sense."""
    return sane(features._asdict())


def is_empty(features: Features) -> bool:
    """Whether nothing is said of how it sounds; how long it is does not count."""
    return all(said is None for said in features._replace(duration_ms=None))


def _measured(name: str, said: Any) -> float | None:
    number = _number(said)
    least, most = RANGES[name]
    return number if number is not None and least <= number <= most else None


def _whole(name: str, said: Any) -> int | None:
    number = _measured(name, said)
    return int(number) if number is not None and number.is_integer() else None


def _number(said: Any) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    if isinstance(said, str) and "_" in said:  # which Python would read over
        return None
    try:
        number = float(said)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

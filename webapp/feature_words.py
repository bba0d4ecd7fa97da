"""How features are called, explained and written on pages. Values in, words out."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from core.library import UNIT_FIELDS
from webapp.filters import track_length

_KEPT = "\u00a0"  # a space at which no line ends
_MINUS = "\u2212"
_PITCHES = ("C", "C♯/D♭", "D", "D♯/E♭", "E", "F", "F♯/G♭", "G", "G♯/A♭", "A", "A♯/B♭", "B")
_MODES = ("minor", "major")


class Feature(NamedTuple):
    """A feature: its name, what the track with the most and the least of it is called.

    `about`: one line for those between 0 and 1; "" for those with a unit.
    """

    name: str
    most: str
    least: str
    about: str = ""


FEATURES: Mapping[str, Feature] = {
    "danceability": Feature(
        "Danceability",
        "most danceable",
        "least danceable",
        "How well one can dance to it: an even beat, a steady tempo.",
    ),
    "energy": Feature(
        "Energy",
        "most energetic",
        "calmest",
        "How fast, loud and dense it feels: near 1 metal, near 0 a lullaby.",
    ),
    "speechiness": Feature(
        "Speechiness",
        "most spoken",
        "least spoken",
        "How much of it is speech: below 0.33 music, above 0.66 hardly anything else.",
    ),
    "acousticness": Feature(
        "Acousticness",
        "most acoustic",
        "least acoustic",
        "How sure it is that no instrument was amplified.",
    ),
    "instrumentalness": Feature(
        "Instrumentalness",
        "most instrumental",
        "most sung",
        "How sure it is that nobody sings: above 0.5 probably nobody does.",
    ),
    "liveness": Feature(
        "Liveness",
        "most live",
        "least live",
        "How sure it is that an audience is there: above 0.8 probably a concert.",
    ),
    "valence": Feature(
        "Valence",
        "happiest",
        "saddest",
        "How cheerful it sounds: near 1 glad, near 0 sad or angry.",
    ),
    "loudness": Feature("Loudness", "loudest", "quietest"),
    "tempo": Feature("Tempo", "fastest", "slowest"),
    "duration_ms": Feature("Duration", "longest", "shortest"),
}
APART = tuple(name for name in FEATURES if name not in UNIT_FIELDS)
SOURCES: Mapping[str, str] = {
    "manual": "somebody here",
    "spotify": "Spotify",
    "csv": "a file",
    "reccobeats": "ReccoBeats",
}


def value(name: str, said: float | None) -> str:
    """Write a feature with its unit: three decimals, "3:21" of a duration, a dash for None."""
    if said is None:
        return "–"
    if name == "duration_ms":
        return track_length(round(said))
    number = f"{said:.3f}".replace("-", _MINUS)
    unit = {"loudness": "dB", "tempo": "BPM"}.get(name)
    return f"{number}{_KEPT}{unit}" if unit else number


def difference(name: str, said: float | None) -> str:
    """Write by how much a feature has changed, with its sign in front."""
    if said is None:
        return "–"
    sign = "+" if said > 0 else _MINUS if said < 0 else "±"
    return sign + value(name, abs(said))


def said(name: str, number: float | None) -> str:
    """Write any field of a track's features."""
    if number is None or name not in COUNTED:
        return value(name, number)
    return _COUNTS[name](int(number))


def key(pitch_class: int) -> str:
    return _PITCHES[pitch_class]


def _mode(number: int) -> str:
    return _MODES[number]


def _beats(number: int) -> str:
    return f"{number} beat{'s' if number != 1 else ''} a bar"


COUNTED: Mapping[str, str] = {
    "pitch_class": "Key",
    "mode": "Mode",
    "time_signature": "Time signature",
}
_COUNTS: Mapping[str, Callable[[int], str]] = {
    "pitch_class": key,
    "mode": _mode,
    "time_signature": _beats,
}

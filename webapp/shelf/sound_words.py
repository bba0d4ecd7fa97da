"""How it is said what a record sounds like, on pages and to scripts. Values in, words out."""

from typing import Any

from core.library import Features
from database.record_sound_pages import Listed
from webapp import feature_words as words

NAMES = {name: feature.name for name, feature in words.FEATURES.items()} | dict(words.COUNTED)
STATES = {
    "silent": "Nobody knows how the tracks of its album sound.",
    "not_found": "No album of the library is called like it.",
    "none": "Somebody said that no album of the library is it.",
}
_OTHERWISE = {"pitch_class": "key"}  # as tables of audio features call it
COLUMNS = (
    "record_id", "artist", "title", "year", "state", "is_said", "album_id", "album", "tracks",
    "left_out", *(_OTHERWISE.get(name, name) for name in Features._fields), "tried_at",
)  # fmt: skip


def features(found: Listed) -> list[tuple[str, str]]:
    """Return what is known of how a record sounds: names of features and values with units."""
    values = found.features._asdict()
    return [
        (name, words.said(field, value))
        for field, name in NAMES.items()
        if (value := values[field]) is not None
    ]


def told(found: Listed) -> dict[str, Any]:
    """Return how a record sounds as scripts are told."""
    values = found.features._asdict()
    return found._asdict() | {
        "features": {_OTHERWISE.get(name, name): value for name, value in values.items()}
    }

"""What the parts of an import are called, on pages and at the terminal."""

from typing import NamedTuple

_HEADLINES = {
    ("viewings", "added"): "New viewings",
    ("viewings", "changed"): "Changed viewings",
    ("films", "added"): "Films newly watched or rated",
    ("films", "changed"): "Films rated or marked otherwise",
    ("likes", "added"): "New likes",
    ("likes", "removed"): "Liked no longer",
    ("watchlist", "added"): "New on the watchlist",
    ("watchlist", "changed"): "On the watchlist since another day",
    ("watchlist", "removed"): "Off the watchlist",
    ("lists", "added"): "New lists",
    ("lists", "changed"): "Changed lists",
    ("records", "added"): "New records",
    ("records", "changed"): "Changed records",
}


def headline(kind: str, how: str) -> str:
    return _HEADLINES[kind, how]


class Fate(NamedTuple):
    """What became of plays, and why."""

    words: str
    why: str


_FATES = {
    "counted": Fate("They count", "by your rule"),
    "duplicate": Fate("Duplicates", "another source has told the same play"),
    "short": Fate("Short", "not long enough by your rule"),
    "not_music": Fate("Podcasts and audiobooks", "kept, and not counted as music"),
    "not_me": Fate("Not you", "you have said so"),
    "deleted": Fate("Deleted", "by you, earlier"),
    "known": Fate("Here already", "brought or scrobbled before"),
}


def fate(name: str) -> Fate:
    return _FATES[name]

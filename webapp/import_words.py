"""What the parts of an import are called, on pages and at the terminal."""

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

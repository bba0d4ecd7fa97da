"""The filters of the library's lists as a page shows them: chips, orders, addresses to share."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import url_for

from database.library_filters import Filter
from webapp.filter_words import Chip
from webapp.filter_words import chips as _chips
from webapp.filter_words import query as _query

__all__ = ["EITHER", "ORDERS", "Order", "chips", "query", "sorts"]

EITHER = (("", "Any"), ("1", "Yes"), ("0", "No"))
ORDERS: Mapping[str, Mapping[str, str]] = {
    "playlists": {
        "name": "Name", "is_synced": "Synced", "is_analyzed": "Analysed", "public": "Public",
        "collaborative": "Collaborative",
    },
    "albums": {"name": "Name", "release_year": "Year"},
    "tracks": {"name": "Name", "artist": "Artist", "album": "Album", "duration": "Duration"},
    "artists": {"name": "Name", "followers": "Followers"},
}  # fmt: skip
_Words = tuple[tuple[tuple[str, ...], Callable[[Any], str]], ...]


class Order(NamedTuple):
    """A way to sort by, and whether it is the one in use: `way` 'asc', 'desc' or None."""

    words: str
    address: str
    way: str | None


def query(wanted: Filter, *without: str) -> dict[str, Any]:
    """Return what an address says of a filter; of the directions only the one in use."""
    said = _query(wanted, *without)
    used = f"{said.get('sort')}_dir"
    return {
        name: value for name, value in said.items() if not name.endswith("_dir") or name == used
    }


def sorts(kind: str, wanted: Filter) -> list[Order]:
    """Return the orders of a list; that in use leads to its other way round."""
    kept, orders = query(wanted, "sort"), []
    kept = {name: value for name, value in kept.items() if not name.endswith("_dir")}
    for name, words in ORDERS[kind].items():
        way = None
        if wanted.by == name:
            way = "desc" if wanted.is_descending else "asc"
        said = kept | {"sort": name}
        if way == "asc":
            said |= {f"{name}_dir": "desc"}
        orders.append(Order(words, url_for(f"library.{kind}", **said), way))
    return orders


def chips(kind: str, wanted: Filter, artist: str | None) -> list[Chip]:
    """Return what is filtered by; `artist` is the one that is named by number."""
    words = _WORDS[kind]
    if artist is not None:
        name = "artist" if kind == "albums" else "artist_id"
        words = (*words, ((name,), lambda _wanted: f"by {artist}"))
    return _chips(wanted, words, f"library.{kind}", None)


def _part(name: str, words: str) -> tuple[tuple[str, ...], Callable[[Any], str]]:
    return (name,), lambda wanted: f"{words} “{getattr(wanted, name)}”"


def _flag(name: str, yes: str, no: str) -> tuple[tuple[str, ...], Callable[[Any], str]]:
    return (name,), lambda wanted: yes if getattr(wanted, name) else no


_SYNCED = _flag("is_synced", "synced", "not synced")
_ANALYSED = _flag("is_analyzed", "analysed", "not analysed")
_WORDS: Mapping[str, _Words] = {
    "playlists": (
        _part("name", "called"),
        _flag("my_playlists", "my own", "others’"),
        _flag("public", "public", "not public"),
        _flag("private", "private", "not private"),
        _flag("collaborative", "collaborative", "not collaborative"),
        _SYNCED,
        _ANALYSED,
        (("num_tracks_gt",), lambda wanted: f"more than {wanted.num_tracks_gt} tracks"),
        (("num_tracks_lt",), lambda wanted: f"fewer than {wanted.num_tracks_lt} tracks"),
        _part("track_name", "with a track like"),
        _part("artist_name", "with an artist like"),
        _part("album_name", "with an album like"),
    ),
    "albums": (
        (("which",), lambda _wanted: "saved"),
        _part("name", "called"),
        _part("artist_name", "artist like"),
        (("release_year",), lambda wanted: f"of {wanted.release_year}"),
        (("released_after",), lambda wanted: f"after {wanted.released_after}"),
        (("released_before",), lambda wanted: f"before {wanted.released_before}"),
        _SYNCED,
        _ANALYSED,
    ),
    "tracks": (
        (("which",), lambda _wanted: "liked"),
        _part("name", "called"),
        _part("artist", "artist like"),
        _part("album", "album like"),
        _SYNCED,
        _flag("is_analyzed", "with features", "without features"),
    ),
    "artists": (
        (("which",), lambda _wanted: "followed"),
        _part("name", "called"),
        _part("genre", "of the genre"),
        _SYNCED,
    ),
}

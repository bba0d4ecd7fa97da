"""Names as sources write them become those that plays are kept under.

A history names few things often: each is looked at once, and equal ones are one object.
"""

import json
from collections.abc import Iterable
from typing import Any

from core.play_words import credited, with_guests
from core.plays import Context, Named
from worker_jobs.play_imports.rows import Unreadable

LONGEST = 300  # characters of a name: an index of PostgreSQL's holds no more
_MOST_ARTISTS = 50
_MOST_KNOWN = 20_000
_LONGEST_RAW = 2_000
_UUID = (8, 4, 4, 4, 12)


def clean(text: object) -> str:
    """Return a name without what no database keeps; "" for what is no text."""
    if not isinstance(text, str):
        return ""
    bare = text.replace("\0", "").strip()[:LONGEST]
    return bare if bare.isascii() else bare.encode("utf-8", "ignore").decode().strip()


class Names:
    """`Named` by what a source says, each made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Named] = {}

    def by_line(self, line: Any, title: Any, album: Any = "", album_artist: Any = "") -> Named:
        """Return what is credited to one line: "Massive Attack feat. Tricky".

        Raises:
            Unreadable: it has no title or no artist.
        """
        key = (line, title, album, album_artist)
        found = self._known.get(key)
        if found is None:
            found = self._made(credited(clean(line)), title, album, album_artist)
            self._keep(key, found)
        return found

    def by_names(
        self, artists: Iterable[Any], title: Any, album: Any = "", album_artist: Any = ""
    ) -> Named:
        """Return what these artists are credited for, the primary one first.

        Raises:
            Unreadable: as `by_line`.
        """
        key = (*artists, title, album, album_artist, None)
        found = self._known.get(key)
        if found is None:
            found = self._made(map(clean, key[:-4]), title, album, album_artist)
            self._keep(key, found)
        return found

    def spoken(self, kind: str, title: Any, credit: Any, album: Any = "") -> Named:
        """Return an episode of a show, or a chapter of a book."""
        key = (kind, title, credit, album, None, None)
        found = self._known.get(key)
        if found is None:
            found = Named(clean(title), (), clean(album), "", kind, clean(credit))
            self._keep(key, found)
        return found

    def _made(self, artists: Iterable[str], title: Any, album: Any, album_artist: Any) -> Named:
        name = clean(title)
        credited_to = with_guests(filter(None, artists), name)[:_MOST_ARTISTS]
        if not name or not credited_to:
            raise Unreadable("it has no title." if credited_to else "it has no artist.")
        return Named(name, credited_to, clean(album), clean(album_artist))

    def _keep(self, key: tuple[Any, ...], named: Named) -> None:
        remember(self._known, key, named)


def remember(known: dict[Any, Any], key: Any, found: object) -> None:
    """Keep what was found, for the next row that asks; what is too much is forgotten."""
    if len(known) >= _MOST_KNOWN:
        known.clear()
    known[key] = found


class Contexts:
    """`Context` by what a source says, each made once."""

    def __init__(self) -> None:
        self._known: dict[Context, Context] = {}

    def __call__(self, **said: object) -> Context | None:
        words: dict[str, Any] = {name: clean(text) or None for name, text in said.items()}
        found = Context(**words)
        if not any(found):
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        return self._known.setdefault(found, found)


def uuid(text: object) -> str:
    """Return a MusicBrainz id, "" for what is none."""
    if not isinstance(text, str):
        return ""
    bare = text.strip().lower()
    parts = bare.split("-")
    is_one = tuple(map(len, parts)) == _UUID and set("".join(parts)) <= set("0123456789abcdef")
    return bare if is_one else ""


def spotify_id(text: object) -> str:
    """Return the id in "spotify:track:ID" or "https://open.spotify.com/track/ID", else ""."""
    if not isinstance(text, str) or "spotify" not in text or ":local:" in text:
        return ""
    found = text.partition("?")[0].rstrip("/").replace("/", ":").rpartition(":")[2]
    return found if found.isalnum() and found.isascii() and len(found) <= LONGEST else ""


def rest(said: dict[str, Any], known: frozenset[str]) -> dict[str, Any] | None:
    """Return what else a row says, None where that is nothing, or too much to be meant."""
    left = {name: value for name, value in said.items() if name not in known and value}
    if not left:
        return None
    try:
        text = json.dumps(left, allow_nan=False)
    except ValueError:
        return None
    is_fit = len(text) <= _LONGEST_RAW and "\\u0000" not in text and "\\ud" not in text
    return left if is_fit else None

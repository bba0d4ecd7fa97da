"""What one cell of a table, or one word of a file, says: an id, a number, a moment, names."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.cells import as_it_was
from core.library import ArtistTold
from worker_jobs.play_imports import moments
from worker_jobs.play_imports.names import clean
from worker_jobs.play_imports.rows import Unreadable

_MOST_ARTISTS = 50
_ID = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)
_KIND = re.compile(r"spotify[:.]([a-z]+):|open\.spotify\.com/(?:[a-z-]+/)?([a-z]+)/", re.ASCII)
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", re.ASCII)
_RELEASED = re.compile(r"[12][0-9]{3}(-[0-1][0-9](-[0-3][0-9])?)?", re.ASCII)
_NOTHING = frozenset({"", "undefined", "null", "none", "nan", "na", "n/a", "-"})
_YES, _NO = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_COMMA = re.compile(r"(?<!\\),\s*")
_SEMICOLON = re.compile(r"(?<!\\);\s*")
_ESCAPED = re.compile(r"\\([\\,;'\"])")
_NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_WORDS: Mapping[str, Mapping[str, int]] = {
    "pitch_class": {note: number for number, note in enumerate(_NOTES)},
    "mode": {"Major": 1, "major": 1, "Minor": 0, "minor": 0},
    "time_signature": {f"{beats}/4": beats for beats in range(17)},
}


def words(cell: str) -> str:
    """Return a text, "" where there is none."""
    found = clean(as_it_was(cell))
    return "" if found == "undefined" else found


def spotify_id(said: object, kind: str) -> str | None:
    """Return the id in a URI, an address or by itself; None: there is none of this kind.

    >>> spotify_id("spotify:track:2wrJq5XKLnmhRXHIAf9xBa", "track")
    '2wrJq5XKLnmhRXHIAf9xBa'
    >>> spotify_id("spotify:track:2wrJq5XKLnmhRXHIAf9xBa", "album")
    """
    if not isinstance(said, str):
        return None
    text = said.strip().partition("?")[0].rstrip("/")
    if (found := kind_of(text)) is not None and found != kind:
        return None
    last = re.split("[:/]", text)[-1]
    return last if _ID.fullmatch(last) else None


def kind_of(said: object) -> str | None:
    """Return what a URI or an address of Spotify's is of: "track", "episode", "local" and so on."""
    found = _KIND.match(said.removeprefix("https://")) if isinstance(said, str) else None
    return found and (found[1] or found[2])


def number(cell: str, field: str) -> str | int | None:
    """Return what a cell says of one of the features, as `feature_values.sane` takes it.

    >>> number("0,654", "energy"), number("-1", "pitch_class"), number("F#", "pitch_class")
    ('0.654', None, 6)
    """
    text = as_it_was(cell.strip())
    if text.casefold() in _NOTHING or (field == "pitch_class" and text in ("-1", "-1.0")):
        return None
    if text in _WORDS.get(field, ()):
        return _WORDS[field][text]
    return text.replace(",", ".") if "." not in text else text


def whole(cell: str) -> int | None:
    """Return a small whole number; None for what is none.

    >>> whole("3"), whole("3.0"), whole("-1")
    (3, 3, None)
    """
    text = cell.strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None  # noqa: PLR2004 - no album has more


def flag(cell: str) -> bool | None:
    text = cell.strip().casefold()
    return True if text in _YES else False if text in _NO else None


def isrc(cell: str) -> str | None:
    text = cell.strip().upper().replace("-", "")
    return text if _ISRC.fullmatch(text) else None


def released(cell: str) -> str | None:
    text = cell.strip()
    return text if _RELEASED.fullmatch(text) else None


def moment(text: Any, zone: ZoneInfo) -> int | None:
    """Return a moment, or the beginning of a day in `zone`; None for what is none.

    Spotify gives the beginning of 1970 to what it has forgotten the day of.
    """
    try:
        found = moments.iso(text, zone)
    except Unreadable:
        return None
    return found if found > clock.DAY else None


def genres(cell: str) -> tuple[str, ...] | None:
    """Return genres, None where none are named.

    >>> genres("art rock,krautrock"), genres("['pop']"), genres("[]")
    (('art rock', 'krautrock'), ('pop',), None)
    """
    text = _several(cell)
    if text.startswith("["):
        found = [first or second for first, second in _QUOTED.findall(text)]
    else:
        found = re.split("[,;]", text)
    return tuple(filter(None, map(clean, found))) or None


def artists(
    names: str, uris: str, genre_names: str = "", *, has_commas: bool
) -> tuple[ArtistTold, ...]:
    r"""Return the artists that a cell names. `has_commas`: these part them, escaped in a name.

    >>> [one.name for one in artists("Can;Neu!", "", has_commas=False)]
    ['Can', 'Neu!']
    >>> [one.name for one in artists(r"Tyler\, The Creator, Can", "", has_commas=True)]
    ['Tyler, The Creator', 'Can']
    """
    text, ids = _several(names), [spotify_id(uri, "artist") for uri in re.split(r"[,;]\s*", uris)]
    ids = [id_ for id_ in ids if id_]
    found = _parted(text, is_one=len(ids) == 1 and ";" not in text, has_commas=has_commas)
    if len(found) != len(ids):
        # Nobody can say whose they are.
        ids = [None] * len(found)
    genre = genres(genre_names) if len(found) == 1 else None
    told = (ArtistTold(name, id_, genre) for name, id_ in zip(found, ids, strict=True) if name)
    return tuple(dict.fromkeys(told))[:_MOST_ARTISTS]


def _several(cell: str) -> str:
    """Return a cell of several names, of which each has its own length; "" where there is none."""
    text = as_it_was(cell.strip())
    return "" if text == "undefined" else text


def _parted(text: str, *, is_one: bool, has_commas: bool) -> list[str]:
    if text.startswith("[") and text.endswith("]") and _QUOTED.search(text):
        parts = [first or second for first, second in _QUOTED.findall(text)]
    elif is_one:
        parts = [text]
    elif has_commas and ";" not in text:
        parts = _COMMA.split(text)
    else:
        parts = _SEMICOLON.split(text)
    return [name for part in parts if (name := clean(_ESCAPED.sub(r"\1", part)))]

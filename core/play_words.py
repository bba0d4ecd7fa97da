"""How titles and artists of plays are read, compared and told apart."""

import re
import uuid
from collections.abc import Iterable

from core.names import fold
from core.plays import Named, Source, row_key

# Any would do; it stays for ever, or known tracks would be made anew.
_SPACE = uuid.UUID("7b1c1f0e-52a3-4b7e-9f4e-0c8a4b8f5d21")
_FEATURED = r"(?:feat|ft|featuring)\b\.?\s+"
_LINE = re.compile(rf"\s+{_FEATURED}|;|\s•\s", re.IGNORECASE)
_GUESTS = re.compile(rf"\s*[(\[]{_FEATURED}([^)\]]+)[)\]]", re.IGNORECASE)
_REMASTERED = re.compile(
    r"\s*(?:-\s+(?:\d{4}\s+)?(?:digital\s+)?remaster(?:ed)?\b.*"
    r"|[(\[][^)\]]*\bremaster(?:ed)?\b[^)\]]*[)\]])\s*$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*,\s+|\s+&\s+|\s+and\s+")
_ANY_AND = re.compile(rf"\s*[,;&]\s*|\s+•\s+|\s+{_FEATURED}", re.IGNORECASE)
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_PART = "\x1f"


def credited(line: str) -> tuple[str, ...]:
    """Return the artists that one line credits, the primary one first.

    Only where it says so beyond doubt: "Simon & Garfunkel" may be one.

    >>> credited("Massive Attack feat. Tricky")
    ('Massive Attack', 'Tricky')
    """
    return distinct(_LINE.split(line))


def with_guests(artists: Iterable[str], title: str) -> tuple[str, ...]:
    """Return the artists, and after them the guests that the title names.

    >>> with_guests(["American Football"], "Every Wave To Ever Rise (feat. Elizabeth Powell)")
    ('American Football', 'Elizabeth Powell')
    """
    found = _GUESTS.search(title) if "eat" in title or "t." in title else None
    return distinct([*artists, *(_AND.split(found[1]) if found else ())])


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in single spaces, without empty ones and repeats, in their order."""
    seen: dict[str, str] = {}
    for name in names:
        if spaced := " ".join(name.split()):
            seen.setdefault(fold(spaced), spaced)
    return tuple(seen.values())


def song_key(title: str) -> str:
    """Return a title as plays of two sources are compared by it.

    >>> song_key("Don't Stop (feat. Nobody) - 2004 Remaster")
    "don't stop"
    """
    bare = _GUESTS.sub("", _REMASTERED.sub("", title))
    return fold((bare or title).translate(_QUOTES))


def artist_keys(artists: Iterable[str]) -> frozenset[str]:
    """Return artists as plays of two sources are compared by them, joined names taken apart."""
    parts = (part for name in artists for part in _ANY_AND.split(name))
    return frozenset(key for part in parts if (key := fold(part.translate(_QUOTES))))


def msid(named: Named) -> str:
    """Return the UUIDv5 that tells a track from every other: of artists, title and album."""
    artists = " & ".join(map(fold, named.artists)) or fold(named.credit)
    parts = [artists, fold(named.title), fold(named.album), fold(named.album_artist)]
    if named.kind != "music":
        parts.append(named.kind)
    return str(uuid.uuid5(_SPACE, _PART.join(parts)))


def scrobble_key(started_at: int, named: Named) -> int:
    """Return the `row_key` of a play that a player told of, started at a moment.

    Whichever way it tells, whole seconds, the title and the first artist are the same: a player
    that is set up for two protocols brings no play twice.
    """
    lead = _ANY_AND.split(named.artists[0])[0] if named.artists else named.credit
    song = song_key(named.title)
    return row_key(Source.SCROBBLE, started_at // 1_000, fold(lead.translate(_QUOTES)), song)


def album_key(artist: str, title: str) -> str:
    """Return what tells an album from every other."""
    return f"{fold(artist)}{_PART}{fold(title)}"


def credit(artists: Iterable[str]) -> str:
    """Return artists as one line.

    >>> credit(["Massive Attack", "Tricky", "Mazzy Star"])
    'Massive Attack feat. Tricky & Mazzy Star'
    """
    names = list(artists)
    guests = f" feat. {' & '.join(names[1:])}" if names[1:] else ""
    return "".join(names[:1]) + guests

"""Digs out of what somebody plays: their artists, and what the releases of these have in common."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.crate_rows import GENRE, STYLE
from database import play_genres, play_tops
from database.crate_counts import Value
from database.crate_digs import MINUS, MOST_SAID, Dig
from database.crate_search import Crate
from database.listeners import Whose
from database.play_sums import Kind
from database.play_windows import Window

ARTISTS, GENRES = 25, 5  # played most, that are looked at
_STYLES, _GENRES = 3, 2  # of a dig
_LOOKED_AT = 200  # of the values of a facet, the commonest
_LONGEST = 200  # characters of a value


class Taste(NamedTuple):
    """What was played most: artists and genres by name."""

    artists: list[str]
    genres: list[str]


class Similar(NamedTuple):
    """`by`: a dig among those artists, None where the crate has none; `like`: one around them."""

    artists: list[str]
    by: Dig | None
    like: Dig | None


def taste(session: Session, whose: Whose, window: Window) -> Taste:
    artists = play_tops.tops(session, whose, Kind.PRIMARY, window, limit=ARTISTS)
    genres = play_genres.tops(session, whose, window, GENRES)
    return Taste([one.name for one in artists], [one.name for one in genres])


def similar(crate: Crate, played: Taste) -> Similar:
    """Return digs like what was played; what is on the shelf already is left out."""
    by = Dig(artist=tuple(sorted(_sayable(played.artists))))
    # Of none that the crate knows nothing is found; without any it would be everything.
    found = crate.find(by) if by.artist else None
    if not found:
        return Similar(played.artists, None, _around((), _known(crate, played.genres)))
    counted = crate.counts(found, Dig(), _LOOKED_AT)
    styles, genres = _first(counted[STYLE], _STYLES), _first(counted[GENRE], _GENRES)
    return Similar(played.artists, by, _around(styles, genres))


def _sayable(names: Iterable[str]) -> Iterator[str]:
    """Yield the names that a dig can ask for, while there is room in it."""
    room = MOST_SAID
    for name in names:
        room -= len(name.encode())
        if room < 0:
            return
        if name.isprintable() and name.strip() and len(name) <= _LONGEST:
            yield name


def _first(values: Iterable[Value], most: int) -> list[str]:
    common = sorted(values, key=lambda value: (-value.releases, value.name))
    names = (value.name for value in common if value.releases)
    return [name for name in _sayable(names) if not name.startswith(MINUS)][:most]


def _known(crate: Crate, names: Sequence[str]) -> list[str]:
    known = {name for name, _ in crate.values(GENRE)}
    return [name for name in names if name in known][:_GENRES]


def _around(styles: Sequence[str], genres: Sequence[str]) -> Dig | None:
    if styles:
        return Dig(style=tuple(styles), owned="no")
    return Dig(genre=tuple(genres), owned="no") if genres else None

"""In which sequence the posters of a mosaic stand: by what is known of the films, or by colour."""

import unicodedata
from collections.abc import Callable, Sequence

from core.names import fold
from database.mosaic_words import LISTED
from database.viewings import Seen
from worker_jobs.mosaic import arranging, colours
from worker_jobs.mosaic.ahead import Report
from worker_jobs.mosaic.poster_colours import PosterColours

_BY_COLOUR = ("spectrum", "islands")

_KEYS: dict[str, Callable[[Seen], str | int | None]] = {
    "watched": lambda film: film.watched_on,
    "rating": lambda film: film.half_stars,
    "plays": lambda album: album.half_stars,
    "year": lambda film: film.year,
    "title": lambda film: _plain(film.title),
    "artist": lambda film: _plain(film.director) if film.director else None,
}


def _plain(title: str) -> str:
    """Return a title without its accents: É stands where E does."""
    letters = unicodedata.normalize("NFKD", fold(title))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def arranged(films: Sequence[Seen], sequence: str) -> list[Seen]:
    """Return films in one of `mosaic_words.SEQUENCES`; they come with the newest viewing first.

    Those of one key stay as they came. What has no day, rating or year is last both ways.
    By colour they stay as they came, too, until there are posters: see `by_colour`.
    """
    name, is_down = sequence.removeprefix("-"), sequence.startswith("-")
    if name in _BY_COLOUR:
        return list(films)
    if name == LISTED:
        return list(reversed(films)) if is_down else list(films)
    key = _KEYS[name]
    known = [film for film in films if key(film) is not None]
    unknown = [film for film in films if key(film) is None]
    if sequence == "watched":
        # Of one day, too, the oldest viewing first.
        return [*reversed(known), *unknown]
    return [*sorted(known, key=key, reverse=is_down), *unknown]  # type: ignore[arg-type]


def by_colour(
    sequence: str, posters: PosterColours, columns: int, report: Report | None = None
) -> Sequence[int]:
    """Return the films by their numbers, arranged by the colours of their posters.

    In rows of so many `columns`. Where the sequence is not by colour, they stay as they are.
    """
    name = sequence.removeprefix("-")
    if name not in _BY_COLOUR:
        return range(len(posters))
    looked = [colours.unpacked(parts) for parts in posters.all()]
    found = arranging.spectrum([colours.dominant(parts) for parts in looked], columns)
    if name == "islands":
        means = [colours.mean(parts) for parts in looked]
        found = arranging.islands(means, found, columns, report)
    return _mirrored(found, columns) if sequence.startswith("-") else found


def _mirrored(wall: Sequence[int], columns: int) -> Sequence[int]:
    """Turn each row round. All at once, an unfilled last row would push every row sideways."""
    if columns == 1:
        return wall[::-1]
    rows = (wall[start : start + columns] for start in range(0, len(wall), columns))
    return [number for row in rows for number in reversed(row)]

"""In which sequence the posters of a mosaic stand."""

import unicodedata
from collections.abc import Callable, Sequence

from core.names import fold
from database.viewings import Seen

_KEYS: dict[str, Callable[[Seen], str | int | None]] = {
    "watched": lambda film: film.watched_on,
    "rating": lambda film: film.half_stars,
    "year": lambda film: film.year,
    "title": lambda film: _plain(film.title),
}


def _plain(title: str) -> str:
    """Return a title without its accents: É stands where E does."""
    letters = unicodedata.normalize("NFKD", fold(title))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def arranged(films: Sequence[Seen], sequence: str) -> list[Seen]:
    """Return films in one of `mosaic_orders.SEQUENCES`; they come with the newest viewing first.

    Those of one key stay as they came. What has no day, rating or year is last both ways.
    """
    key = _KEYS[sequence.removeprefix("-")]
    known = [film for film in films if key(film) is not None]
    unknown = [film for film in films if key(film) is None]
    if sequence == "watched":
        # Of one day, too, the oldest viewing first.
        return [*reversed(known), *unknown]
    return [*sorted(known, key=key, reverse=sequence.startswith("-")), *unknown]  # type: ignore[arg-type]

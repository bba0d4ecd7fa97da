"""What a mosaic shows, in words, for those who do not see it."""

from collections.abc import Sequence

from database.mosaic_orders import SEQUENCES
from database.viewings import Seen

_NAMED = 10
_KINDS = {"sheet": "Mosaic", "wall": "Wall", "photo": "Picture made"}


def alt(layout: str, name: str, when: str, sequence: str, films: Sequence[Seen]) -> str:
    """Return the picture's alternative text: kind, count, whose, period, sequence, first titles."""
    kind = _KINDS[layout]
    count = f"{len(films)} film posters" if len(films) != 1 else "one film poster"
    titles = ", ".join(_film(film) for film in films[:_NAMED])
    more = ", and more" if len(films) > _NAMED else ""
    order = "" if layout == "photo" else f", {SEQUENCES[sequence]}"
    return f"{kind} of {count}, {name}, {when}{order}: {titles}{more}."


def _film(film: Seen) -> str:
    about = [str(film.year)] if film.year else []
    if film.half_stars:
        stars = f"{film.half_stars / 2:g}"
        about.append(f"{stars} star{'' if film.half_stars == 2 else 's'}")  # noqa: PLR2004
    return f"{film.title} ({', '.join(about)})" if about else film.title

"""What a mosaic shows, in words, for those who do not see it."""

from collections.abc import Sequence

from database.mosaic_words import RECORD_SEQUENCES, SEQUENCES
from database.viewings import Seen

_NAMED = 10
_OF_FILMS = ("film poster", SEQUENCES)
_KINDS = {"sheet": "Mosaic", "wall": "Wall", "photo": "Picture made"}


def alt(layout: str, name: str, when: str, sequence: str, films: Sequence[Seen]) -> str:
    """Return the picture's alternative text: kind, count, whose, period, sequence, first titles."""
    kind = _KINDS[layout]
    is_of_records = bool(films) and films[0].record_id is not None
    what, sequences = ("record cover", RECORD_SEQUENCES) if is_of_records else _OF_FILMS
    count = f"{len(films)} {what}s" if len(films) != 1 else f"one {what}"
    said = _record if is_of_records else _film
    titles = ", ".join(said(film) for film in films[:_NAMED])
    more = ", and more" if len(films) > _NAMED else ""
    order = "" if layout == "photo" else f", {sequences[sequence]}"
    return f"{kind} of {count}, {name}, {when}{order}: {titles}{more}."


def _film(film: Seen) -> str:
    about = [str(film.year)] if film.year else []
    if film.half_stars:
        stars = f"{film.half_stars / 2:g}"
        about.append(f"{stars} star{'' if film.half_stars == 2 else 's'}")  # noqa: PLR2004
    return f"{film.title} ({', '.join(about)})" if about else film.title


def _record(record: Seen) -> str:
    about = [str(record.year)] if record.year else []
    if record.half_stars:
        about.append(f"{record.half_stars} of 10")
    name = f"{record.title} by {record.director}" if record.director else record.title
    return f"{name} ({', '.join(about)})" if about else name

"""What a mosaic shows, in words, for those who do not see it."""

from collections.abc import Callable, Sequence

from database.mosaic_words import PLAY_SEQUENCES, RECORD_SEQUENCES, SEQUENCES
from database.viewings import Seen

_NAMED = 10
_KINDS = {"sheet": "Mosaic", "wall": "Wall", "photo": "Picture made"}


def alt(layout: str, name: str, when: str, sequence: str, films: Sequence[Seen]) -> str:
    """Return the picture's alternative text: kind, count, whose, period, sequence, first titles."""
    kind = _KINDS[layout]
    what, sequences, said = _about(films[0]) if films else _OF_FILMS
    count = f"{len(films)} {what}s" if len(films) != 1 else f"one {what}"
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


def _album(album: Seen) -> str:
    plays = album.half_stars or 0
    name = f"{album.title} by {album.director}" if album.director else album.title
    return f"{name} ({plays:,} play{'s' if plays != 1 else ''})"


_About = tuple[str, dict[str, str], Callable[[Seen], str]]
_OF_FILMS: _About = ("film poster", SEQUENCES, _film)
_OF_RECORDS: _About = ("record cover", RECORD_SEQUENCES, _record)
_OF_ALBUMS: _About = ("album cover", PLAY_SEQUENCES, _album)


def _about(seen: Seen) -> _About:
    if seen.album_id is not None:
        return _OF_ALBUMS
    return _OF_RECORDS if seen.record_id is not None else _OF_FILMS

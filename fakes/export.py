"""A member's export, as the zip that Letterboxd gives: made of the same diaries as the feeds."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence

from fakes.diary import Viewing
from fakes.films import Film

_FILM = ("Date", "Name", "Year", "Letterboxd URI")
_ENTRY = (*_FILM, "Rating", "Rewatch", "Tags", "Watched Date")
_REVIEW = (*_FILM, "Rating", "Rewatch", "Review", "Tags", "Watched Date")

Rows = Iterable[Sequence[object]]


def export(name: str, viewings: Sequence[Viewing]) -> bytes:
    """Return the zip; the oldest entry stands first, as in a real one."""
    seen = sorted(viewings, key=lambda viewing: viewing.watched_on)
    # One line a film, with what was last said of it.
    last = {viewing.film: viewing for viewing in seen}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file, columns, rows in (
            ("profile.csv", ("Username", "Email Address"), [(name, f"{name}@example.org")]),
            ("diary.csv", _ENTRY, (_entry(viewing) for viewing in seen)),
            ("reviews.csv", _REVIEW, _reviews(seen)),
            ("watched.csv", _FILM, (_film(viewing) for viewing in last.values())),
            ("ratings.csv", (*_FILM, "Rating"), _ratings(last.values())),
            ("likes/films.csv", _FILM, (_film(one) for one in last.values() if one.liked)),
        ):
            zipped.writestr(file, _table(columns, rows))
    return made.getvalue()


def _table(columns: Sequence[str], rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _film(viewing: Viewing) -> tuple[object, ...]:
    film = viewing.film
    return viewing.watched_on, film.title, film.year, _address(film)


def _entry(viewing: Viewing) -> tuple[object, ...]:
    return *_start(viewing), _stars(viewing), _again(viewing), "", viewing.watched_on


def _reviews(viewings: Iterable[Viewing]) -> Iterator[tuple[object, ...]]:
    for viewing in viewings:
        if viewing.review:
            said = (_stars(viewing), _again(viewing), viewing.review, "", viewing.watched_on)
            yield *_start(viewing), *said


def _ratings(viewings: Iterable[Viewing]) -> Iterator[tuple[object, ...]]:
    for viewing in viewings:
        if viewing.half_stars:
            yield *_film(viewing), _stars(viewing)


def _start(viewing: Viewing) -> tuple[object, ...]:
    # The address of a viewing, which is not that of its film.
    film, day = viewing.film, viewing.watched_on
    return day, film.title, film.year, f"{_address(film)}{day.toordinal():x}"


def _address(film: Film) -> str:
    return f"https://boxd.it/{film.id:x}"


def _stars(viewing: Viewing) -> str:
    return f"{viewing.half_stars / 2:g}" if viewing.half_stars else ""


def _again(viewing: Viewing) -> str:
    return "Yes" if viewing.rewatch else ""

"""The rows of a Letterboxd export: what each table's columns mean, one row at a time.

Values in, values out. A row that does not fit is told to `Problems` and left
out; joining the tables is the business of `letterboxd`.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from core.names import fold
from worker_jobs.imports.tables import Problems, cells

MAX_TITLE, MAX_ADDRESS, MAX_TEXT = 500, 200, 100_000
_MAX_FOLDED = 2_000  # bytes: some signs become eighteen letters, and an index has its limits
_FIRST_YEAR, _LAST_YEAR = 1870, 2100
_DAY_LENGTH = len("2025-03-01")
_HALF_STARS = {str(half / 2).removesuffix(".0"): half for half in range(1, 11)} | {
    f"{stars}.0": 2 * stars for stars in range(1, 6)
}
# Anything else in that column is no address of Letterboxd, and none to link to.
_ADDRESSES = tuple(
    f"{scheme}://{host}/" for scheme in ("https", "http") for host in ("boxd.it", "letterboxd.com")
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class FilmRow:
    """A film in watched, ratings, likes, watchlist or a list; `uri` is the film's own.

    `on` is the day it was marked, YYYY-MM-DD; `half_stars` 1 to 10, in ratings
    only; `note` in lists only.
    """

    name: str
    year: int | None
    uri: str | None
    on: str | None = None
    half_stars: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class DiaryRow:
    """One viewing. `entry_uri` is the viewing's, `film_uri` the film's as another table tells it.

    `is_uncertain`: two films of this name and year are in the export, and
    `film_uri` is the first of them.
    """

    name: str
    year: int | None
    watched_on: str
    logged_on: str | None
    half_stars: int | None
    is_rewatch: bool
    review: str | None
    tags: str | None
    entry_uri: str | None
    film_uri: str | None = None
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class FilmListing:
    """A list; `slug` tells it apart from the person's others, `films` are in its order."""

    slug: str
    name: str
    description: str | None
    made_on: str | None
    films: tuple[FilmRow, ...]


class Odd(Exception):
    """This row does not fit; the message is the reason."""


class Cells:
    """One row by the names of its columns. A value that does not fit raises Odd."""

    def __init__(self, columns: Mapping[str, int], row: list[str]) -> None:
        # Not how many names there are: a column may be there twice, and the last one counts.
        width = max(columns.values(), default=-1) + 1
        if len(row) != width:
            raise Odd(f"{len(row)} columns where {width} belong.")
        self._columns, self._row = columns, row

    def text(self, column: str, most: int = MAX_TEXT) -> str | None:
        at = self._columns.get(column)
        said = self._row[at].strip() if at is not None else ""
        if len(said) > most:
            raise Odd(f"{column!r} has {len(said):,} characters; {most:,} are the most.")
        return said or None

    def title(self) -> str:
        said = self.text("name", MAX_TITLE)
        if said is None:
            raise Odd("it names no film.")
        if not said.isascii() and len(fold(said).encode()) > _MAX_FOLDED:
            raise Odd("its title is too long.")
        return said

    def year(self) -> int | None:
        said = self.text("year")
        if said is None:
            return None
        if not (said.isascii() and said.isdigit() and _FIRST_YEAR <= int(said[:5]) <= _LAST_YEAR):
            raise Odd(f"{said[:20]!r} is no year.")
        return int(said)

    def day(self, column: str) -> str | None:
        said = self.text(column)
        if said is None:
            return None
        try:
            # fromisoformat also takes 20250301 and weeks.
            if len(said) != _DAY_LENGTH or said[7] != "-":
                raise ValueError  # noqa: TRY301 - the same answer for both
            date.fromisoformat(said)
        except ValueError:
            raise Odd(f"{said[:20]!r} is no day.") from None
        # A diary has few days and says each of them often.
        return sys.intern(said)

    def half_stars(self) -> int | None:
        said = self.text("rating")
        if said is None:
            return None
        if said not in _HALF_STARS:
            raise Odd(f"{said[:20]!r} is no rating from 0.5 to 5.")
        return _HALF_STARS[said]

    def address(self, column: str) -> str | None:
        said = self.text(column)
        return said if said and len(said) <= MAX_ADDRESS and said.startswith(_ADDRESSES) else None


def film_row(row: Cells) -> FilmRow:
    return FilmRow(
        name=row.title(),
        year=row.year(),
        uri=row.address("letterboxd uri") or row.address("url"),
        on=row.day("date"),
        half_stars=row.half_stars(),
        note=row.text("description"),
    )


def diary_row(row: Cells) -> DiaryRow:
    watched_on = row.day("watched date")
    if watched_on is None:
        raise Odd("it has no watched date, so it stands for no viewing.")
    return DiaryRow(
        name=row.title(),
        year=row.year(),
        watched_on=watched_on,
        logged_on=row.day("date"),
        half_stars=row.half_stars(),
        is_rewatch=(row.text("rewatch") or "").casefold() == "yes",
        review=row.text("review"),
        tags=row.text("tags"),
        entry_uri=row.address("letterboxd uri"),
    )


class Table:
    """A csv of an export: its columns by name, and the rows below them."""

    def __init__(self, content: bytes, problems: Problems) -> None:
        self.problems = problems
        self._rows = cells(content, problems)
        self.columns: dict[str, int] = {}
        self.read_columns()

    def read_columns(self) -> None:
        """Take the next row for the names of columns."""
        self.columns = {}
        for _, row in self._rows:
            if not (len(row) == 1 and row[0].startswith("Letterboxd ")):
                self.columns = {name.strip().casefold(): at for at, name in enumerate(row)}
                return

    def has(self, *columns: str) -> bool:
        return all(column in self.columns for column in columns)

    def rows(self, make: Callable[[Cells], Row]) -> Iterator[Row]:
        """Yield what `make` makes of each row that fits."""
        for number, row in self._rows:
            try:
                made = make(Cells(self.columns, row))
            except Odd as odd:
                self.problems.skip(number, str(odd))
            else:
                yield made

    def first(self, make: Callable[[Cells], Row]) -> Row | None:
        """Return what `make` makes of the next row alone, or None if that does not fit."""
        for number, row in self._rows:
            try:
                return make(Cells(self.columns, row))
            except Odd as odd:
                self.problems.skip(number, str(odd))
                return None
        return None

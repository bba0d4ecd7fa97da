"""A table that somebody keeps by themselves: its columns are as they say. Rows in, copies out."""

import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from core.errors import BadFile
from core.names import fold
from database.record_copies import Copy
from database.record_details import LONGEST_NAME, MOST_NAMES, NOT_GIVEN, release_number, split
from database.record_matches import NOT_KNOWN
from database.shelf_columns import FIELDS, Columns, bare, guessed
from worker_jobs.imports.tables import Problems
from worker_jobs.shelf_imports import cell_values, days
from worker_jobs.shelf_imports.doubts import Doubts
from worker_jobs.shelf_imports.table import Row, Table

_SAMPLES, _LOOKED_AT, _LONGEST_SAMPLE = 5, 200, 60
_LONGEST_TITLE, _LONGEST_TEXT, _LONGEST_REMARKS = 400, 200, 20_000
_TEXTS = (
    "colour",
    "edition",
    "copy_number",
    "catalogue_number",
    "barcode",
    "media_condition",
    "sleeve_condition",
    "folder",
)
_SCALES = (5, 10, 100)


def asked(table: Table) -> dict[str, Any]:
    """Return what is to be asked of a table: its columns, some rows, and what is likely."""
    rows = list(islice(table.rows(Problems("")), _LOOKED_AT))
    likely: dict[str, Any] = dict(guessed(table.names))
    ratings = [row(likely["rating"]) for row in rows] if "rating" in likely else []
    return {
        "names": [name or f"column {number}" for number, name in enumerate(table.names, 1)],
        "samples": [
            [row(number)[:_LONGEST_SAMPLE] for number in range(len(table.names))]
            for row in rows[:_SAMPLES]
        ],
        "likely": likely | {"scale": _scale(ratings)},
    }


def _scale(ratings: list[str]) -> str:
    found = [float(said) for text in ratings if (said := text.replace(",", ".")).isdecimal()]
    best = max(found, default=_SCALES[1])
    return str(next((scale for scale in _SCALES if best <= scale), _SCALES[-1]))


def chosen(table: Table, said: dict[str, Any]) -> Columns:
    """Return the columns as likely, but for those that are named: {"title": "Album"}.

    Raises:
        BadFile: there is no such column or field, or none is the title.
    """
    wanted: dict[str, Any] = asked(table)["likely"]
    for field, name in said.items():
        if field not in FIELDS:
            raise BadFile(f"There is no field “{field}”; there are {', '.join(FIELDS)}.")
        if bare(name) not in table.at:
            raise BadFile(
                f"There is no column “{name}”; there are {', '.join(filter(None, table.names))}."
            )
        wanted[field] = table.at[bare(name)]
    if "title" not in wanted:
        raise BadFile(
            "This is neither a Letterboxd export nor a table whose titles are easy to find."
            " Say which column has them, --column title=NAME; there are "
            f"{', '.join(filter(None, table.names))}."
        )
    return Columns.model_validate(wanted)


def copies(table: Table, columns: Columns, problems: Problems, today: date) -> Iterator[Copy]:
    """Yield a copy of each record; a row that is of no use is told to `problems`."""
    yield from _Reader(table, columns, problems, today).copies()


class _Reader:
    def __init__(self, table: Table, columns: Columns, problems: Problems, today: date) -> None:
        self.table, self.columns, self.problems = table, columns, problems
        self.no_date = columns.no_date or today.isoformat()
        self.doubts = Doubts()
        self.seen: dict[str, int] = {}
        self.month_first = columns.purchased_on is not None and days.is_month_first(
            row(columns.purchased_on) for row in table.rows(Problems(problems.name))
        )

    def copies(self) -> Iterator[Copy]:
        for row in self.table.rows(self.problems):
            title = row(self.columns.title)
            if not title or len(title) > _LONGEST_TITLE:
                self.problems.skip(row.number, "it has no title, or a very long one.")
            else:
                yield self._copy(row, title)
        self.doubts.tell(self.problems)

    def _copy(self, row: Row, title: str) -> Copy:
        price = self._price(row)
        rating = self._rating(row)
        on = self._day(row) or self.no_date
        artists = self._names(row, self.columns.artists, parted_by=" / ")
        release = release_number(row(self.columns.discogs_id))
        copy: Copy = {
            "title": title,
            "artists": self._with_countries(row, artists),
            "labels": self._labels(row),
            "year": self._year(row),
            "genre": self._text(row, "genre", 100),
            "format": self._text(row, "format", 100) or NOT_KNOWN,
            "remarks": self._text(row, "remarks", _LONGEST_REMARKS),
            "review": self._text(row, "review", _LONGEST_REMARKS),
            "purchased_on": on,
            "price": price and price.hundredths,
            "currency": price and price.currency,
            "is_digitised": cell_values.is_yes(row(self.columns.is_digitised)),
            "is_active": True,
            "discogs_id": release,
            "ratings": [{"value": rating, "rated_on": on}] if rating else [],
            **{name: self._text(row, name, _LONGEST_TEXT) for name in _TEXTS},
        }
        return copy | {"row_key": self._key(row, copy)}

    def _key(self, row: Row, copy: Copy) -> str:
        """Return what the row is known by, whatever is corrected here later."""
        if copy["discogs_id"]:
            known_by = f"release {copy['discogs_id']}"
        else:
            told = (copy["artists"][0]["name"], copy["title"], copy["format"], copy["year"])
            words = "\n".join(fold(str(one)) for one in (*told, row(self.columns.purchased_on)))
            known_by = hashlib.sha256(words.encode()).hexdigest()[:24]
        nth = self.seen[known_by] = self.seen.get(known_by, 0) + 1
        return f"{known_by}/{nth}"

    def _text(self, row: Row, name: str, longest: int) -> str | None:
        text = row(getattr(self.columns, name))
        return None if cell_values.is_nothing(text) else text[:longest].strip()

    def _names(self, row: Row, column: int | None, *, parted_by: str = ";") -> list[str]:
        names = [name[:LONGEST_NAME] for name in split(row(column).replace(parted_by, ";"))]
        return names[:MOST_NAMES] or [NOT_GIVEN]

    def _labels(self, row: Row) -> list[str]:
        # A band may be called None; that there is no label is what a program says so.
        is_none = cell_values.is_nothing(row(self.columns.labels))
        return [NOT_GIVEN] if is_none else self._names(row, self.columns.labels)

    def _with_countries(self, row: Row, names: list[str]) -> list[dict[str, str | None]]:
        text = row(self.columns.countries)
        countries = text.replace("/", ";").split(";") if len(names) > 1 else [text]
        found = dict(enumerate(" ".join(one.split())[:LONGEST_NAME] for one in countries))
        return [
            {
                "name": name,
                "country": None if cell_values.is_nothing(found.get(at, "")) else found[at],
            }
            for at, name in enumerate(names)
        ]

    def _year(self, row: Row) -> int | None:
        text = row(self.columns.year)
        found = cell_values.year(text)
        if found is None and text != "0" and not cell_values.is_nothing(text):
            self.doubts.about("year", row.number, text)
        return found

    def _day(self, row: Row) -> str | None:
        text = row(self.columns.purchased_on)
        if cell_values.is_nothing(text):
            return None
        found = days.read(text, month_first=self.month_first)
        if found is None:
            self.doubts.about("day", row.number, text)
        return found and found.day

    def _price(self, row: Row) -> cell_values.Price | None:
        text = row(self.columns.price)
        if cell_values.is_nothing(text):
            return None
        found = cell_values.price(text)
        if found is None:
            self.doubts.about("price", row.number, text)
        return found

    def _rating(self, row: Row) -> int | None:
        text = row(self.columns.rating)
        found = cell_values.rating(text, int(self.columns.scale))
        if found is None and text != "0" and not cell_values.is_nothing(text):
            self.doubts.about("rating", row.number, text)
        return found

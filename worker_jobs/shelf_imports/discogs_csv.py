"""A collection as Discogs exports it: rows in, copies of records out. Asks Discogs nothing.

What it has no column for stays open: the genre. The price and the day of purchase it has
where the person keeps fields of these names; other fields of theirs go to the remarks.
"""

import re
from collections.abc import Iterator
from datetime import date

from core.errors import BadFile
from database.record_copies import Copy
from database.record_details import release_number
from database.record_matches import NOT_KNOWN
from worker_jobs.imports.tables import Problems
from worker_jobs.shelf_imports import cell_values, days, discogs_words
from worker_jobs.shelf_imports.days import Moment
from worker_jobs.shelf_imports.doubts import Doubts
from worker_jobs.shelf_imports.table import Row, Table

_HAS = {"artist", "title", "releaseid"}
_COLLECTION = {"collectionfolder", "dateadded"}
_OWN = "collection"  # how the names of a person's own fields begin
_OF_ONES_OWN = re.compile(rf"{_OWN}(?P<space>[ .])\s*(?P<name>.+)", re.IGNORECASE)  # R: dots
PRICES = ("price", "pricepaid", "purchaseprice", "paid", "cost", "preis", "kaufpreis")
BOUGHT = ("purchasedate", "datepurchased", "dateofpurchase", "purchased", "bought", "kaufdatum")
_MEDIA = ("collectionmediacondition", "mediacondition")
_SLEEVE = ("collectionsleevecondition", "sleevecondition")
_NOTES = ("collectionnotes", "notes")
_LONGEST_TITLE, _LONGEST_TEXT, _LONGEST_REMARKS = 400, 200, 20_000
_STARS = 5


class Keys:
    """What copies at Discogs are known by: release, moment added, and which of several.

    To the minute: a spreadsheet forgets the seconds.
    """

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def of(self, release: int, added: Moment | None) -> str:
        """Return the next key of a release that was added then."""
        at = " ".join(filter(None, added or ()))
        known_by = f"{release}/{at}"
        nth = self._seen[known_by] = self._seen.get(known_by, 0) + 1
        return f"{known_by}/{nth}"


def is_discogs(table: Table) -> bool:
    """Say whether Discogs made a table.

    Raises:
        BadFile: it did, but it is no collection.
    """
    names = set(table.at)
    if not names >= _HAS:
        return False
    if "listingid" in names:
        raise BadFile(
            "This is what you sell at Discogs. Export your collection there, and bring that."
        )
    if not names & _COLLECTION and not any(name.startswith(_OWN) for name in names):
        raise BadFile(
            "This is a wantlist of Discogs: it tells what you want, not what you have."
            " Export your collection there, and bring that."
        )
    return True


def copies(table: Table, problems: Problems, today: date) -> Iterator[Copy]:
    """Yield a copy of each record; a row that is of no use is told to `problems`."""
    yield from _Reader(table, problems, today).copies()


class _Reader:
    def __init__(self, table: Table, problems: Problems, today: date) -> None:
        self.table, self.problems, self.today = table, problems, today
        self.at = table.at
        self.price = self._own(PRICES)
        self.bought = self._own(BOUGHT)
        self.media, self.sleeve = self._column(*_MEDIA), self._column(*_SLEEVE)
        self.notes = self._column(*_NOTES)
        known = {self.price, self.bought, self.media, self.sleeve, self.notes}
        self.others = [
            (own["name"].replace(own["space"], " "), number)
            for number, name in enumerate(table.names)
            if (own := _OF_ONES_OWN.fullmatch(name)) and number not in known
        ]
        self.keys, self.doubts = Keys(), Doubts()
        self.month_first = days.is_month_first(
            row(self._column("dateadded")) for row in table.rows(Problems(problems.name))
        )

    def _column(self, *names: str) -> int | None:
        return next((self.at[name] for name in names if name in self.at), None)

    def _own(self, names: tuple[str, ...]) -> int | None:
        return self._column(*(f"{_OWN}{name}" for name in names))

    def copies(self) -> Iterator[Copy]:
        for row in self.table.rows(self.problems):
            title, release = row(self.at["title"]), release_number(row(self.at["releaseid"]))
            if not title or len(title) > _LONGEST_TITLE:
                self.problems.skip(row.number, "it has no title, or a very long one.")
            elif release is None:
                self.problems.skip(row.number, "it has no number of a release.")
            else:
                yield self._copy(row, title, release)
        self.doubts.tell(self.problems)

    def _copy(self, row: Row, title: str, release: int) -> Copy:
        added = self._day(row, self._column("dateadded"))
        bought = self._day(row, self.bought)
        numbers = discogs_words.catalogue_numbers(self._cell(row, "catalog"))
        told = discogs_words.format_of(self._cell(row, "format"))
        price = self._price(row)
        on = (bought or added or Moment(self.today.isoformat(), "")).day
        rating = cell_values.rating(self._cell(row, "rating"), _STARS)
        return {
            "title": title,
            "artists": [
                {"name": name, "country": None}
                for name in discogs_words.artists(self._cell(row, "artist"))
            ],
            "labels": discogs_words.labels(self._cell(row, "label"), len(numbers)),
            "year": cell_values.year(self._cell(row, "released")),
            "genre": None,
            "format": told.format or NOT_KNOWN,
            "colour": told.colour,
            "edition": told.edition,
            "catalogue_number": ", ".join(dict.fromkeys(filter(None, numbers)))[:_LONGEST_TEXT]
            or None,
            "media_condition": self._text(row, self.media),
            "sleeve_condition": self._text(row, self.sleeve),
            "folder": self._text(row, self._column("collectionfolder")),
            "remarks": remarks(
                row(self.notes), [(name, row(number)) for name, number in self.others]
            ),
            "purchased_on": on,
            "price": price and price.hundredths,
            "currency": price and price.currency,
            "is_digitised": False,
            "is_active": True,
            "discogs_id": release,
            "discogs_key": self.keys.of(release, added),
            "ratings": [{"value": rating, "rated_on": on}] if rating else [],
        }

    def _cell(self, row: Row, name: str) -> str:
        return row(self._column(name))

    def _text(self, row: Row, column: int | None) -> str | None:
        text = row(column)
        return None if cell_values.is_nothing(text) else text[:_LONGEST_TEXT]

    def _day(self, row: Row, column: int | None) -> Moment | None:
        text = row(column)
        if cell_values.is_nothing(text):
            return None
        found = days.read(text, month_first=self.month_first)
        if found is None:
            self.doubts.about("day", row.number, text)
        return found

    def _price(self, row: Row) -> cell_values.Price | None:
        text = row(self.price)
        if cell_values.is_nothing(text):
            return None
        found = cell_values.price(text)
        if found is None:
            self.doubts.about("price", row.number, text)
        return found


def remarks(notes: str, others: list[tuple[str, str]]) -> str | None:
    """Return the notes, and below them what stands in a person's own fields, by their names."""
    lines = [] if cell_values.is_nothing(notes) else [notes]
    lines += [f"{name}: {said}" for name, said in others if not cell_values.is_nothing(said)]
    return "\n".join(lines)[:_LONGEST_REMARKS] or None

"""A copy in a collection at Discogs as a copy of a record, like one that its CSV tells of.

Values in, values out. What both tell is told alike, so that one may follow the other.
"""

from collections.abc import Mapping
from datetime import date

from clients.discogs_values import Held
from database.record_copies import Copy
from database.record_details import NOT_GIVEN
from database.record_matches import NOT_KNOWN
from database.shelf_columns import bare
from worker_jobs.shelf_imports import cell_values, days
from worker_jobs.shelf_imports.days import Moment
from worker_jobs.shelf_imports.discogs_csv import BOUGHT, PRICES, Keys, remarks

_MEDIA, _SLEEVE, _NOTES = "mediacondition", "sleevecondition", "notes"
_LONGEST_TEXT = 200


class Reader:
    """Reads one collection from its first copy on: a copy's key counts those before it.

    `folders` and `fields` are their names by number.
    """

    def __init__(self, folders: Mapping[int, str], fields: Mapping[int, str], today: date) -> None:
        self._folders, self._fields, self._today = folders, fields, today
        self._keys = Keys()

    def copy(self, held: Held) -> Copy:
        """Return a copy of the record."""
        release = held.release
        added = _moment(held.added_at)
        said = {bare(self._fields.get(number, "")): text for number, text in held.notes.items()}
        bought = next(filter(None, (days.read(said.get(name, "")) for name in BOUGHT)), None)
        prices = (cell_values.price(said.get(name, "")) for name in PRICES)
        price = next(filter(None, prices), None)
        on = (bought or added).day
        return {
            "title": release.title,
            "artists": [
                {"name": name, "country": None} for name in release.artists or (NOT_GIVEN,)
            ],
            "labels": list(release.labels) or [NOT_GIVEN],
            "year": release.year,
            "genre": release.genre,
            "format": release.format or NOT_KNOWN,
            "colour": held.colour,
            "edition": held.edition,
            "catalogue_number": release.catalogue_number,
            "media_condition": _text(said.get(_MEDIA, "")),
            "sleeve_condition": _text(said.get(_SLEEVE, "")),
            "folder": _text(self._folders.get(held.folder_id, "")),
            "remarks": remarks(said.get(_NOTES, ""), self._others(held)),
            "purchased_on": on,
            "price": price and price.hundredths,
            "currency": price and price.currency,
            "is_digitised": False,
            "is_active": True,
            "discogs_id": release.discogs_id,
            "discogs_key": self._keys.of(release.discogs_id, added),
            "cover_address": release.cover_address,
            "ratings": [{"value": held.rating * 2, "rated_on": on}] if held.rating else [],
        }

    def _others(self, held: Held) -> list[tuple[str, str]]:
        """Return what stands in fields of the person's own, by name, in their order."""
        known = {_MEDIA, _SLEEVE, _NOTES, *BOUGHT, *PRICES}
        return [
            (name, held.notes[number])
            for number, name in self._fields.items()
            if number in held.notes and bare(name) not in known
        ]


def _moment(added_at: str) -> Moment:
    day, _, time = added_at.partition(" ")
    return Moment(day, time[: len("10:54")])


def _text(text: str) -> str | None:
    return None if cell_values.is_nothing(text) else text[:_LONGEST_TEXT]

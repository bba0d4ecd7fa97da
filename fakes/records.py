"""Some hundred records that exist, for the fakes and the demo: titles, artists, labels, songs.

What a collector says of them (when bought, for how much, how liked) is made up from a seed.
"""

import csv
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_LIST = Path(__file__).with_name("records.csv")
_DAYS = 5 * 365
_KEPT_DAYS = 180  # by whom parts with one
_PRICES = (500, 800, 1200, 1500, 1800, 2000, 2200, 2499, 2899, 3500)
_COLOURS = ("black",) * 8 + ("white", "clear", "red")


@dataclass(frozen=True)
class Record:
    artists: tuple[str, ...]
    countries: tuple[str, ...]
    title: str
    year: int
    label: str
    genre: str
    format: str
    songs: tuple[str, ...]

    @property
    def id(self) -> int:
        """The number by which the fake Discogs knows it."""
        return 1_000 + zlib.crc32(f"{self.artists[0]}/{self.title}".encode()) % 9_000_000


class Owned(NamedTuple):
    """A copy of a record, as a collector has it; `removed_on` where it was parted with."""

    record: Record
    bought_on: date
    price: int
    rating: int
    was_gift: bool
    removed_on: date | None

    def copy(self, address: str) -> dict[str, Any]:
        """Return it as a shelf takes it; its cover is to be had below `address`."""
        record, removed_on = self.record, self.removed_on
        sides = ("A", "B", "C", "D")
        a_side = -(-len(record.songs) // 2)
        return {
            "title": record.title,
            "year": record.year,
            "genre": record.genre,
            "format": record.format,
            "artists": [
                {"name": name, "country": country or None}
                for name, country in zip(record.artists, record.countries, strict=True)
            ],
            "labels": [record.label],
            "colour": _COLOURS[record.id % len(_COLOURS)],
            "purchased_on": self.bought_on.isoformat(),
            "price": None if self.was_gift else self.price,
            "currency": "EUR",
            "is_digitised": record.id % 3 == 0,
            "is_active": removed_on is None,
            "removed_on": removed_on and removed_on.isoformat(),
            "discogs_id": record.id,
            "cover_address": f"{address}/covers/{record.id}.jpg" if record.id % 9 else None,
            "ratings": [{"value": self.rating, "rated_on": self.bought_on.isoformat()}]
            if self.rating
            else [],
            "songs": [
                {
                    "position": f"{sides[at // a_side]}{at % a_side + 1}",
                    "title": song,
                    "seconds": 150 + zlib.crc32(song.encode()) % 300,
                    "is_favourite": False,
                }
                for at, song in enumerate(record.songs)
            ],
        }


@cache
def records() -> tuple[Record, ...]:
    with _LIST.open(encoding="utf-8", newline="") as file:
        return tuple(map(_record, csv.DictReader(file)))


def _record(row: dict[str, str]) -> Record:
    return Record(
        tuple(row["artist"].split(";")),
        tuple(row["country"].split(";")),
        row["title"],
        int(row["year"]),
        row["label"],
        row["genre"],
        row["format"],
        tuple(row["songs"].split("|")),
    )


def collection(seed: int, until: date, count: int) -> Iterator[Owned]:
    """Yield what a collector has bought in the five years up to that day, oldest first."""
    given = random.Random(seed)
    chosen = given.sample(records(), count)
    days = sorted(given.sample(range(_DAYS), count))
    for record, day in zip(chosen, days, strict=True):
        bought_on = until - timedelta(days=_DAYS - day)
        rating = min(10, max(1, round(given.gauss(7.5, 1.6))))
        is_gone = _holds(given, 0.08) and day + _KEPT_DAYS < _DAYS
        yield Owned(
            record,
            bought_on,
            given.choice(_PRICES),
            rating if _holds(given, 0.75) else 0,
            _holds(given, 0.15),
            bought_on + timedelta(days=_KEPT_DAYS) if is_gone else None,
        )


def _holds(given: random.Random, often: float) -> bool:
    return given.random() < often

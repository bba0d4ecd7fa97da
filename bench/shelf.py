"""Measure the pages of a large shelf: 20,000 records of 5,000 artists, and their credits.

    python -m bench.shelf [--records 20000] [--artists 5000] [--rounds 40]

The time from a request's beginning to the last byte of its answer, inside the web process
and on SQLite, for a member who is logged in. The shelf is the same at each run.
"""

import argparse
import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from bench import pages
from database import ledger, record_copies, record_names, shelves
from database.engine import Database
from database.ledger import Line
from database.record_copies import Copy

_FIRST = date(1998, 1, 1)
_DAYS = 10_000  # 27 years
_WORDS = ("blue", "train", "night", "river", "stone", "glass", "winter", "paper", "moon", "love")
_COUNTRIES = ("Germany", "Japan", "UK", "US", "France", "Brazil", "Mali", "Jamaica", "Sweden")
_LABELS = 2_000
_BATCH = 1_000
PAGES = (
    "/shelf",
    "/shelf?view=list",
    "/shelf?q=river+glass",
    "/shelf?q=a+e+i",
    "/shelf?q=artist+77",
    "/shelf?sort=artist",
    "/shelf?sort=-artist",
    "/shelf?sort=title",
    "/shelf?sort=-year",
    "/shelf?sort=-rating",
    "/shelf?sort=rating",
    "/shelf?sort=-price",
    "/shelf?genre=Jazz&format=LP",
    "/shelf?artist=artist+12&decade=1970",
    "/shelf?label=label+4&sort=-rating",
    "/shelf?country=Japan",
    "/shelf?rating_from=8&rating_to=10&digitised=no",
    "/shelf?unrated=1",
    "/shelf?cover=none&discogs=none",
    "/shelf?purchased_from=2010-01-01&purchased_to=2012-12-31&sort=purchased",
    "/shelf?whose=everyone&q=moon",
    "/shelf/{record}",
    "/shelf/add",
    "/shelf/day",
    "/shelf/artists",
    "/shelf/artists/{artist}",
    "/shelf/lists",
    "/shelf/lists?which=unrated&without_small=1",
    "/shelf/stats",
    "/shelf/stats?by=artist",
    "/shelf/stats?by=label",
    "/shelf/stats?by=country",
    "/shelf/stats?whose=everyone",
    "/shelf/credits",
    "/shelf/credits?from=2005-01-01&to=2006-12-31",
    "/shelf/credits/all",
    "/shelf/covers",
    "/shelf/imports",
    "/",
)


class Size(NamedTuple):
    records: int
    artists: int


class Furnished(NamedTuple):
    """What addresses are filled in with."""

    record: int
    artist: int


def furnish(db: Database, person_id: int, size: Size) -> Furnished:
    """Fill a person's shelf; each record was paid for, and every ten days a credit came."""
    given = random.Random(7)
    with db.writing(bulk=True) as session:
        shelves.settle(session, person_id, _FIRST)
        lines = [
            Line("Addition", 1, str(_FIRST + timedelta(days=day))) for day in range(0, _DAYS, 10)
        ]
        ledger.book(session, person_id, lines)
    copies = (_copy(given, number, size) for number in range(size.records))
    ids: list[int] = []
    while batch := list(islice(copies, _BATCH)):
        with db.writing(bulk=True) as session:
            found = record_copies.add(session, person_id, batch)
            ledger.book(session, person_id, list(_lines(found, batch)))
        ids += found
    return Furnished(ids[len(ids) // 2], size.artists // 2)


def _copy(given: random.Random, number: int, size: Size) -> Copy:
    # A few artists have made much, most of them little; each at least one.
    artist = number if number < size.artists else int(given.paretovariate(0.5)) % size.artists
    names = [artist] if given.random() < 0.9 else [artist, (artist + 7) % size.artists]
    bought_on = _FIRST + timedelta(days=given.randrange(_DAYS))
    is_active = given.random() < 0.9
    rating = given.randint(1, 10) if given.random() < 0.7 else 0
    return {
        "title": f"{' '.join(given.choice(_WORDS) for _ in range(3)).title()} {number}",
        "year": min(2025, max(1955, round(given.gauss(1985, 15)))),
        "genre": given.choice(record_names.GENRES),
        "format": given.choice(record_names.FORMATS),
        "artists": [
            {"name": f"Artist {name}", "country": _COUNTRIES[name % len(_COUNTRIES)]}
            for name in names
        ],
        "labels": [f"Label {given.randrange(_LABELS)}"],
        "colour": "black",
        "remarks": "Bought at the market on a rainy day." if given.random() < 0.3 else None,
        "purchased_on": str(bought_on),
        "price": given.randint(100, 6_000),
        "currency": "EUR",
        "is_digitised": given.random() < 0.4,
        "is_active": is_active,
        "removed_on": None if is_active else str(bought_on + timedelta(days=400)),
        "discogs_id": number + 1 if given.random() < 0.8 else None,
        "ratings": [{"value": rating, "rated_on": str(bought_on)}] if rating else [],
        "songs": [
            {"position": f"A{at}", "title": f"Song {at}", "seconds": 200, "is_favourite": False}
            for at in range(1, 5)
        ],
    }


def _lines(ids: list[int], copies: list[Copy]) -> Iterator[Line]:
    for record_id, copy in zip(ids, copies, strict=True):
        text = f"{copy['artists'][0]['name']} - {copy['title']} ({copy['year']})"
        yield Line("Purchase", -1, copy["purchased_on"], record_id, text)
        if not copy["is_active"]:
            yield Line("Remove", 1, copy["removed_on"], record_id, text)


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--records", type=int, default=20_000)
    given.add_argument("--artists", type=int, default=5_000)
    given.add_argument("--rounds", type=int, default=40)
    asked = given.parse_args()
    with pages.hall() as hall:
        begun = time.perf_counter()
        made = furnish(hall.db, hall.person_id, Size(asked.records, asked.artists))
        seconds = time.perf_counter() - begun
        print(f"{asked.records} records of {asked.artists} artists, furnished in {seconds:.1f} s")
        filled = [page.format(**made._asdict()) for page in PAGES]
        pages.measure(hall.client, filled, asked.rounds)


if __name__ == "__main__":
    main()

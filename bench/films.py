"""Measure the pages of a large film collection: 20,000 films, 30,000 viewings.

    python -m bench.films [--films 20000] [--viewings 30000] [--rounds 40]

The time from a request's beginning to the last byte of its answer, inside the web process
and on SQLite, for a member who is logged in. The household is the same at each run.
"""

import argparse
import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from bench import pages
from core import clock
from core.names import fold
from database import pictures
from database.engine import Database
from database.models import Film, FilmList, FilmListEntry, FilmMark, FilmSource, Viewing

_FIRST = date(2008, 1, 1)
_DAYS = 6_570  # 18 years
_WORDS = (
    "night",
    "river",
    "stone",
    "glass",
    "winter",
    "paper",
    "garden",
    "moon",
    "mirror",
    "letter",
)
_DIRECTORS = 3_000
_WANTED = 2_000
_LISTS = 25
_BATCH = 2_000
PAGES = (
    "/films",
    "/films?view=list",
    "/films?q=river+glass",
    "/films?q=a+e+i",
    "/films?sort=-title",
    "/films?sort=-year",
    "/films?sort=year",
    "/films?sort=-rating",
    "/films?sort=rating",
    "/films?sort=-watched",
    "/films?sort=watched",
    "/films?decade=1990&sort=-rating",
    "/films?year=1999",
    "/films?stars=4",
    "/films?stars=3.5&stars_to=3.5",
    "/films?seen=2019",
    "/films?liked=1&rewatched=1",
    "/films?poster=none",
    "/films?list={list}",
    "/films?q=moon&decade=2000&stars=3&seen=2020&liked=1&sort=-watched",
    "/films?after={film}::moon",
    "/films?sort=-rating&after={film}:5:moon",
    "/films/{film}",
    "/films/diary",
    "/films/diary?until=2012-06-30",
    "/films/diary/2019-05",
    "/films/watchlist",
    "/films/watchlist?sort=-year",
    "/films/lists",
    "/films/lists/{list}",
    "/films/ratings",
    "/films/years",
    "/films/rewatches",
    "/films/directors",
)


class Size(NamedTuple):
    films: int
    viewings: int


class Furnished(NamedTuple):
    """What addresses are filled in with."""

    film: int
    list: int


def furnish(db: Database, person_id: int, size: Size) -> Furnished:
    """Give the person a collection; somebody else has another half as large."""
    given = random.Random(7)
    with db.writing(bulk=True) as session:
        session.execute(
            insert(FilmSource),
            [
                {"person_id": person_id, "name": "big", "name_folded": "big"},
                {"person_id": None, "name": "other", "name_folded": "other"},
            ],
        )
        mine, other = session.scalars(select(FilmSource.id).order_by(FilmSource.id)).all()
    all_films = size.films + size.films // 2 + _WANTED
    _insert(db, Film, (_film(given, number) for number in range(1, all_films + 1)))
    addresses = (number for number in range(1, all_films + 1) if number % 3)
    with db.writing(bulk=True) as session:
        for number in addresses:
            pictures.save(
                session, _poster(number), sha256=f"{number:064x}", size=40_000, expires_at=0
            )
    _insert(db, Viewing, _viewings(given, mine, size))
    theirs = range(size.films + 1, size.films + size.films // 2 + 1)
    of_other = ({"source_id": other, "film_id": film_id} for film_id in theirs)
    _insert(db, Viewing, (_viewing(given) | about for about in of_other))
    _insert(db, FilmMark, _marks(given, mine, size))
    with db.writing(bulk=True) as session:
        for number in range(_LISTS):
            made = FilmList(source_id=mine, slug=f"list-{number}", name=f"List {number}")
            session.add(made)
            session.flush()
            session.execute(
                insert(FilmListEntry),
                [
                    {"list_id": made.id, "position": at, "film_id": given.randint(1, size.films)}
                    for at in range(1, 1_001 if number == 0 else 101)
                ],
            )
        first = session.scalars(select(FilmList.id).order_by(FilmList.id)).first()
    return Furnished(size.films // 2, first or 0)


def _insert(db: Database, model: type, rows: Iterator[dict[str, Any]]) -> None:
    while batch := list(islice(rows, _BATCH)):
        with db.writing(bulk=True) as session:
            session.execute(insert(model), batch)


def _poster(number: int) -> str:
    return f"https://image.tmdb.org/t/p/w500/{number:06}.jpg"


def _film(given: random.Random, number: int) -> dict[str, Any]:
    words = " ".join(given.choice(_WORDS) for _ in range(given.randint(1, 4)))
    title = f"{words.title()} {number}"
    director = f"Director {int(given.paretovariate(0.6)) % _DIRECTORS}"
    return {
        "id": number,
        "title": title,
        "title_folded": fold(title),
        "year": min(2025, max(1900, round(given.gauss(1995, 20)))),
        "director": director if given.random() < 0.9 else None,
        "uri": f"https://boxd.it/f{number}",
        "poster_address": _poster(number),
        "tmdb_state": "matched",
        "created_at": clock.now(),
    }


def _viewings(given: random.Random, source_id: int, size: Size) -> Iterator[dict[str, Any]]:
    nth: dict[tuple[int, str], int] = {}
    for number in range(size.viewings):
        # Nine films of ten have a day, some of them several.
        is_new = number < size.films * 9 // 10
        film_id = number + 1 if is_new else given.randint(1, size.films)
        day = str(_FIRST + timedelta(days=given.randrange(_DAYS)))
        nth[film_id, day] = nth.get((film_id, day), 0) + 1
        about = {"source_id": source_id, "film_id": film_id, "is_rewatch": not is_new}
        yield _viewing(given) | about | {"watched_on": day, "nth": nth[film_id, day]}


def _viewing(given: random.Random) -> dict[str, Any]:
    has_review = given.random() < 0.3
    return {
        "watched_on": str(_FIRST),
        "nth": 1,
        "half_stars": given.randint(1, 10) if given.random() < 0.8 else None,
        "is_rewatch": False,
        "is_liked": given.random() < 0.1,
        "is_uncertain": False,
        "review": "What a night at the cinema. " * given.randint(1, 20) if has_review else None,
    }


def _marks(given: random.Random, source_id: int, size: Size) -> Iterator[dict[str, Any]]:
    usual = {"source_id": source_id, "watched_on": None, "half_stars": None, "is_liked": False}
    for film_id in range(1, size.films + 1):
        yield usual | {
            "film_id": film_id,
            "watched_on": "2024-01-01",
            "half_stars": given.randint(1, 10) if given.random() < 0.7 else None,
            "is_liked": given.random() < 0.1,
            "wanted_on": None,
        }
    first = size.films + size.films // 2 + 1
    for film_id in range(first, first + _WANTED):
        yield usual | {
            "film_id": film_id,
            "wanted_on": str(_FIRST + timedelta(days=film_id % _DAYS)),
        }


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--films", type=int, default=20_000)
    given.add_argument("--viewings", type=int, default=30_000)
    given.add_argument("--rounds", type=int, default=40)
    asked = given.parse_args()
    with pages.hall() as hall:
        begun = time.perf_counter()
        made = furnish(hall.db, hall.person_id, Size(asked.films, asked.viewings))
        seconds = time.perf_counter() - begun
        print(f"{asked.films} films, {asked.viewings} viewings, furnished in {seconds:.1f} s")
        filled = [page.format(**made._asdict()) for page in PAGES]
        pages.measure(hall.client, filled, asked.rounds)


if __name__ == "__main__":
    main()

"""How many queries a page costs: as many for a full house as for a nearly empty one."""

import secrets

import pytest
from flask import Flask

from core import clock
from core.plays import Heard, Named, Source, row_key
from database import film_marks, film_sources, ledger, recipes, shelf_imports, tasks
from database.film_marks import Listing, Mark
from database.ledger import Line
from database.models import Person
from database.owner import Owner
from database.play_intake import Intake
from database.recipes import Keeping
from tests import factories
from tests.hall import Hall
from tests.web.conftest import Visitor, house


def fill(app: Flask, person_id: int, count: int) -> None:
    """Add as many mosaics, tasks, films and records to what the person has."""
    db = house(app).db
    hall = Hall(db, house(app).settings.pictures)
    for _ in range(count):
        mosaic = hall.hang(person_id)
        with db.writing() as session:
            wanted = Keeping(name=mosaic.title)
            recipes.keep(session, mosaic.public_id, wanted, Owner(person_id))
    with db.writing() as session:
        source = film_sources.source(session, person_id, "bob")
        films: list[tuple[int, str | None]] = []
        for _ in range(count):
            tasks.enqueue(session, "create_mosaic", {}, owner=Owner(person_id))
            film = factories.film(session)
            film.director = f"Director {film.id}"
            film.poster_address = f"https://a.ltrbxd.com/{film.id}.jpg"
            factories.viewing(session, film, source, half_stars=7).is_rewatch = True
            factories.viewing(session, film, source, "2025-03-02")
            films.append((film.id, None))
            mark = Mark(film.id, half_stars=7, is_liked=True, wanted_on="2025-01-01")
            film_marks.save_marks(session, source.id, [mark])
        list_id, _ = film_marks.list_of(session, source.id, Listing("best", "The best"))
        film_marks.put_entries(session, list_id, films)
        owner = session.get_one(Person, person_id)
        for number in range(count):
            record_id = factories.record(session, owner, artists=["Can", f"Artist {number}"])
            line = Line("Purchase", -1, "2025-03-01", record_id, "Can - A record (1971)")
            ledger.book(session, person_id, [line])
            shelf_imports.begin(session, person_id, secrets.token_hex(16), "csv", "my.csv")
    _listen(app, person_id, count)


def _listen(app: Flask, person_id: int, count: int) -> None:
    """Add so many plays of today and of as many years ago, each of an artist of its own."""
    heard = []
    for number in range(2 * count):
        named = Named(f"Track {number}", ("Can", f"Artist {number}"), f"Album {number}")
        begun = clock.now() - number // 2 * clock.HOUR // 2 - number % 2 * 400 * clock.DAY
        # Each more often than the one before: of equals at the end of a list more is asked.
        for nth in range(number + 1):
            start = begun - nth * clock.SECOND
            key = row_key(Source.SCROBBLE, start, number)
            heard.append(Heard(named, start, Source.SCROBBLE, key, duration_ms=200_000))
    with house(app).db.writing() as session:
        Intake(person_id).take(session, heard)


FILMS = [
    "/films",
    "/films?q=film",
    "/films?view=list&sort=-rating",
    "/films?decade=1990&stars=3&seen=2025&liked=1&rewatched=1&poster=none&list=1&sort=-watched",
    "/films.csv",
    "/films.json?seen=2025",
    "/films/diary",
    "/films/diary/2025-03",
    "/films/watchlist",
    "/films/lists/1",
    "/films/ratings",
    "/films/years",
    "/films/rewatches",
    "/films/directors",
    "/films/export.csv",
    "/films/export.json",
]

SHELF = [
    "/shelf",
    "/shelf/covers",
    "/mosaics/new?of=records",
    "/shelf?q=record&view=list",
    "/shelf?artist=can&label=united&genre=rock&format=lp&year=1971&whose=everyone&sort=-rating",
    "/shelf?artist_id=1",
    "/shelf/1",
    "/shelf/imports",
    "/shelf/lists",
    "/shelf/lists.txt?which=unrated",
    "/shelf/stats?whose=everyone",
    "/shelf/stats?by=artist",
    "/shelf/sound?which=not_found",
    "/shelf/credits",
    "/shelf/credits/all",
    "/shelf/artists",
    "/shelf/artists?q=artist&whose=everyone",
    "/shelf/artists/1",
]


LISTENING = [
    "/listening/",
    "/listening/?period=all",
    "/listening/artists?by=ms",
    "/listening/albums",
    "/listening/artists/1",
    "/listening/plays?q=track",
    "/listening/discovery",
    "/listening/how",
    "/listening/search?q=artist",
    "/listening/shelf",
    "/listening/shelf?which=records",
]


@pytest.mark.parametrize(
    "address", ["/", "/tasks", "/mosaics", "/mosaics/recipes", *FILMS, *SHELF, *LISTENING]
)
def test_a_page_costs_the_same_for_many(
    app: Flask, bob: Visitor, count_queries: list[str], address: str
) -> None:
    seen, lengths = [], []
    for how_many in (1, 12):
        fill(app, bob.id, how_many)
        count_queries.clear()
        lengths.append(len(bob.get(address).text))
        seen.append(len(count_queries))

    assert seen[0] == seen[1] > 0
    assert lengths[1] > lengths[0]

"""The collection's pages: finding a film, bringing an export, settling what is meant."""

import io
import re

import pytest
from flask import Flask
from sqlalchemy import select

from database import pictures, tasks
from database.engine import Database
from database.models import FilmCandidate, Person, Viewing
from database.owner import HOUSE
from tests import factories
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def house_db(app: Flask) -> Database:
    return house(app).db


def watch(db: Database, visitor: Visitor, *titles: str) -> None:
    with db.writing() as session:
        own = factories.source(session, session.get_one(Person, visitor.id))
        for title in titles:
            factories.viewing(session, factories.film(session, title), own, half_stars=7)


def bring(visitor: Visitor, file: bytes = b"zipped", name: str = "my.zip", **typed: str) -> str:
    export = (io.BytesIO(file), name)
    answer = visitor.submit("/films/import", export=export, **typed)
    assert answer.status_code == 303
    return str(answer.location)


def test_an_empty_collection_says_what_to_do(bob: Visitor) -> None:
    page = bob.get("/films").text

    assert "No films yet" in page and 'href="/films/import"' in page


def test_the_collection_is_ones_own(bob: Visitor, carol: Visitor, house_db: Database) -> None:
    watch(house_db, bob, "Stalker", "<Ran>")

    page = bob.get("/films").text

    assert "Stalker" in page and "&lt;Ran&gt;" in page and "★★★½" in page
    assert "Stalker" not in carol.get("/films").text


def test_words_find_a_film(bob: Visitor, house_db: Database) -> None:
    watch(house_db, bob, "Stalker", "Ran")

    found = bob.get("/films?q=STALK").text

    assert "Stalker" in found and "Ran<" not in found
    assert "No film of yours is like that" in bob.get("/films?q=nothing").text


def test_a_page_of_films_leads_to_the_next(bob: Visitor, house_db: Database) -> None:
    watch(house_db, bob, *(f"Film no. {number:03}" for number in range(61)))

    first = bob.get("/films").text
    more = re.search(r'rel="next" href="([^"]+)"', first)

    assert "Film no. 060" not in first
    assert more and "Film no. 060" in bob.get(more[1].replace("&amp;", "&")).text


def test_bringing_an_export_is_a_task(bob: Visitor, house_db: Database) -> None:
    address = bring(bob, dry_run="1")

    with house_db.reading() as session:
        task = tasks.get(session, address.rpartition("/")[2], HOUSE)
    assert task.action == "import_films"
    assert (task.args["file_name"], task.args["dry_run"]) == ("my.zip", True)


def test_no_file_is_said_at_the_field(bob: Visitor) -> None:
    answer = bob.submit("/films/import", export=(io.BytesIO(b""), ""))

    assert answer.status_code == 422 and 'href="#export"' in answer.text


def test_what_an_import_did_is_told(bob: Visitor, carol: Visitor, app: Flask) -> None:
    worker = StandIn(house(app).db)
    address = bring(bob)
    problem = "diary.csv, row 17: <no day>"
    body = {"added": 2130, "changed": 3, "skipped": 1, "problems": [problem]}
    worker.finish(worker.take("import_films"), body)

    answer = bob.get(address)
    assert answer.status_code == 303
    page = bob.get(str(answer.location)).text

    assert "2\u202f130" in page and "row 17: &lt;no day&gt;" in page
    assert carol.get(str(answer.location)).status_code == 404


def test_an_import_that_is_not_over_leads_to_its_task(bob: Visitor) -> None:
    address = bring(bob)

    answer = bob.get(f"/films/import/{address.rpartition('/')[2]}")

    assert (answer.status_code, answer.location) == (303, address)


def test_a_tie_is_settled_by_its_person(bob: Visitor, carol: Visitor, house_db: Database) -> None:
    with house_db.writing() as session:
        own = factories.source(session, session.get_one(Person, bob.id))
        leo = factories.film(session, "Leo", 2023, tmdb_state="tie")
        factories.viewing(session, leo, own)
        for number, about in ((11, "a lizard"), (12, "a café")):
            session.add(
                FilmCandidate(
                    film_id=leo.id, kind="movie", tmdb_id=number, title="Leo", overview=about
                )
            )
    assert "a lizard" in bob.get("/films/settle").text
    assert "Of 1 film" in bob.get("/films").text
    typed = {"film_id": str(leo.id), "meant": "movie:12"}
    assert carol.submit("/", to="/films/settle", **typed).status_code == 404

    assert bob.submit("/films/settle", **typed).status_code == 303

    assert "Everything is settled" in bob.get("/films/settle").text
    with house_db.reading() as session:
        task = tasks.listed(session, HOUSE, everybody=True)[0]
    assert (task.action, task.args) == ("match_films", {"film_ids": [leo.id]})


def test_an_uncertain_viewing_is_settled(bob: Visitor, house_db: Database) -> None:
    with house_db.writing() as session:
        own = factories.source(session, session.get_one(Person, bob.id))
        first = factories.film(session, "Cinderella", 1922, uri="https://boxd.it/a")
        other = factories.film(session, "Cinderella", 1922, uri="https://boxd.it/b")
        seen = factories.viewing(session, first, own, is_uncertain=True)
    assert "Cinderella (1922)" in bob.get("/films/settle").text

    typed = {"viewing_id": str(seen.id), "film_id": str(other.id)}
    assert bob.submit("/films/settle", to="/films/settle/viewing", **typed).status_code == 303

    with house_db.reading() as session:
        settled = session.get_one(Viewing, seen.id)
    assert (settled.film_id, settled.is_uncertain) == (other.id, False)


def test_a_form_of_settling_that_makes_no_sense_is_refused(bob: Visitor) -> None:
    answer = bob.submit("/", to="/films/settle", film_id="1", meant="book:1")

    assert answer.status_code == 422


def test_a_poster_at_hand_is_shown(bob: Visitor, app: Flask, house_db: Database) -> None:
    sha256, address = "ab" * 32, "https://a.ltrbxd.com/resized/stalker.jpg"
    with house_db.writing() as session:
        own = factories.source(session, session.get_one(Person, bob.id))
        stalker, ran = factories.film(session, "Stalker"), factories.film(session, "Ran")
        factories.viewing(session, stalker, own).poster_address = address
        factories.viewing(session, ran, own)
        pictures.save(session, address, sha256=sha256, size=6, expires_at=0)
    kept = house(app).settings.posters / "ab" / sha256
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"\x89PNG..")

    page = bob.get("/films").text

    assert f'src="/films/{stalker.id}/poster?v={sha256[:12]}"' in page
    assert f"/films/{ran.id}/poster" not in page
    picture = bob.get(f"/films/{stalker.id}/poster", buffered=True)
    assert (picture.data, picture.mimetype) == (b"\x89PNG..", "image/png")
    assert bob.get(f"/films/{ran.id}/poster").status_code == 404


def test_a_poster_of_somebody_elses_film_is_as_good_as_none(
    bob: Visitor, carol: Visitor, app: Flask, house_db: Database
) -> None:
    """Counting the ids up must not tell which films the house knows."""
    sha256 = "ef" * 32
    with house_db.writing() as session:
        hers, wanted = factories.film(session, "Stalker"), factories.film(session, "Ran")
        factories.viewing(
            session, hers, factories.source(session, session.get_one(Person, carol.id))
        )
        hers.poster_address = wanted.poster_address = "https://a.ltrbxd.com/stalker.jpg"
        pictures.save(session, hers.poster_address, sha256=sha256, size=6, expires_at=0)
    kept = house(app).settings.posters / "ef" / sha256
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"\x89PNG..")
    assert carol.get(f"/films/{hers.id}/poster", buffered=True).status_code == 200

    for number in (hers.id, wanted.id, 9_999):
        answer = bob.get(f"/films/{number}/poster")
        assert answer.status_code == 404
        assert f"There is no film of yours {number}." in answer.text


def test_a_missing_poster_is_said_in_its_own_words(bob: Visitor, house_db: Database) -> None:
    watch(house_db, bob, "Stalker")
    with house_db.reading() as session:
        film_id = session.scalars(select(Viewing.film_id)).one()

    assert "There is no poster of this film at hand." in bob.get(f"/films/{film_id}/poster").text


def test_a_poster_that_is_no_picture_is_not_sent(
    bob: Visitor, app: Flask, house_db: Database
) -> None:
    sha256 = "cd" * 32
    with house_db.writing() as session:
        film = factories.film(session, "Stalker")
        factories.viewing(session, film, factories.source(session, session.get_one(Person, bob.id)))
        film.poster_address = "https://a.ltrbxd.com/x"
        pictures.save(session, film.poster_address, sha256=sha256, size=6, expires_at=0)
    kept = house(app).settings.posters / "cd" / sha256
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"<svg onload=alert(1)>")

    assert bob.get(f"/films/{film.id}/poster").status_code == 404

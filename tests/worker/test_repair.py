"""Repair in the worker: a poster of one's own, another match, posters looked for again."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr
from sqlalchemy import select

from core import clock, folders, room
from core.errors import BadFile, Conflict, NoRoom, NotFound, RemoteError
from core.settings import Settings, load
from database import film_matches, film_posters, pictures, viewings
from database.engine import Database
from database.film_identity import merge
from database.models import Film, FilmCandidate, Person
from database.owner import Owner
from fakes.films import Film as Known
from fakes.films import films, find
from fakes.tmdb import FakeTmdb
from tests import factories
from tests.worker.listening import Listening, begin
from worker_jobs import posters
from worker_jobs.matching import match_films
from worker_jobs.mosaic.pictures import BadPicture
from worker_jobs.reconciling import reconcile
from worker_jobs.repair import find_matches, look_again, replace_poster

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def tmdb() -> Iterator[FakeTmdb]:
    with FakeTmdb() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, tmdb: FakeTmdb, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    known = {"tmdb_token": SecretStr("token"), "tmdb_url": tmdb.url, "tmdb_image_url": tmdb.url}
    made = load().model_copy(update=known)
    folders.make(made)
    return made


def watched(db: Database, person_id: int, known: Known, *, is_known: bool = False) -> int:
    """Have a person watch a film; return its id."""
    with db.writing() as session:
        tmdb_id = known.id if is_known else None
        film = factories.film(session, known.title, known.year, tmdb_id=tmdb_id)
        person = session.get_one(Person, person_id)
        factories.viewing(session, film, factories.source(session, person))
        return film.id


def row(db: Database, film_id: int) -> Film:
    with db.reading() as session:
        return session.get_one(Film, film_id)


def picture(size: tuple[int, int] = (800, 1_200), mode: str = "RGB", kind: str = "JPEG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 40)).convert(mode).save(made, kind)
    return made.getvalue()


def replace(run: Listening, film_id: int, content: bytes) -> str:
    """Bring a picture as a film's poster; return its hash, as the film has it then."""
    (run.settings.uploads / "a.upload").write_bytes(content)
    args = {"film_id": film_id, "upload": "a.upload", "file_name": "poster.jpg"}
    result = replace_poster(args, run)
    assert result["result_url"] == f"/films/{film_id}"
    run.finish()
    return str(row(run.db, film_id).poster_sha256)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (picture(), (800, 1_200)),
        (picture((3_000, 4_500)), (1_000, 1_500)),
        (picture((3_000, 3_000)), (1_000, 1_000)),
        (picture((500, 750), "RGBA", "PNG"), (500, 750)),
        (picture((500, 750), "CMYK"), (500, 750)),
        (picture((500, 750), kind="WEBP"), (500, 750)),
        (picture((1, 10_000)), (1, 1_500)),
    ],
)
def test_a_picture_becomes_the_poster(
    db: Database, run: Listening, alice: int, content: bytes, size: tuple[int, int]
) -> None:
    film_id = watched(db, alice, find("Jaws"))

    sha256 = replace(run, film_id, content)

    path = film_posters.own_path(run.settings.own_posters, sha256)
    with Image.open(path) as shown:
        shown.load()
        assert (shown.size, shown.mode, shown.format) == (size, "RGB", "JPEG")
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert [file.name for file in run.settings.own_posters.iterdir()] == [path.name]


def test_a_film_with_a_poster_of_its_own_needs_no_fetch(
    db: Database, run: Listening, alice: int, tmdb: FakeTmdb
) -> None:
    jaws, ran = (watched(db, alice, find(title)) for title in ("Jaws", "Ran"))
    for film_id, title in ((jaws, "Jaws"), (ran, "Ran")):
        with db.writing() as session:
            address = f"{tmdb.url}/t/p/w500/{find(title).id}.jpg"
            session.get_one(Film, film_id).poster_address = address
    sha256 = replace(run, jaws, picture())

    with db.reading() as session:
        seen = viewings.of_period(session, [1, 2])
    paths = dict(zip((film.title for film in seen), posters.of_films(run, seen), strict=True))

    assert paths["Jaws"] == film_posters.own_path(run.settings.own_posters, sha256)
    assert paths["Ran"] and paths["Ran"].is_relative_to(run.settings.posters)
    assert [asked.route for asked in tmdb.requests] == [f"/t/p/w500/{find('Ran').id}.jpg"]

    film_posters.own_path(run.settings.own_posters, sha256).unlink()
    paths = dict(zip((film.title for film in seen), posters.of_films(run, seen), strict=True))
    assert paths["Jaws"] and paths["Jaws"].is_relative_to(run.settings.posters)


def test_a_picture_that_is_none_changes_nothing(db: Database, run: Listening, alice: int) -> None:
    film_id = watched(db, alice, find("Jaws"))
    sha256 = replace(run, film_id, picture())

    with pytest.raises(BadPicture, match="no JPEG, PNG or WebP"):
        replace(run, film_id, b"<html>")

    assert row(db, film_id).poster_sha256 == sha256
    assert len(list(run.settings.own_posters.iterdir())) == 1


def test_a_film_that_was_joined_meanwhile_fails_the_task(
    db: Database, run: Listening, alice: int
) -> None:
    film_id, kept = (watched(db, alice, find(title)) for title in ("Jaws", "Ran"))
    (run.settings.uploads / "a.upload").write_bytes(picture())
    replace_poster({"film_id": film_id, "upload": "a.upload", "file_name": "x"}, run)
    with db.writing() as session:
        merge(session, film_id, kept)

    with pytest.raises(NotFound):
        run.finish()


def test_a_poster_wants_its_file_its_film_and_room(
    db: Database, run: Listening, alice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    film_id = watched(db, alice, find("Jaws"))
    with db.writing() as session:
        bob = factories.person(session, "bob").id
    args = {"film_id": film_id, "upload": "none.upload", "file_name": "x"}

    with pytest.raises(BadFile, match="bring it again"):
        replace_poster(args, run)
    with pytest.raises(NotFound):
        replace_poster(args, begin(db, run.settings, Owner(bob)))
    monkeypatch.setattr(room, "WATERMARK", 1 << 62)
    with pytest.raises(NoRoom):
        replace(run, film_id, picture())

    assert list(run.settings.own_posters.iterdir()) == []


def test_the_file_goes_when_no_film_shows_it(db: Database, run: Listening, alice: int) -> None:
    folder = run.settings.own_posters
    jaws, ran = (watched(db, alice, find(title)) for title in ("Jaws", "Ran"))
    shown, young, old = (replace(run, jaws, picture((10, number))) for number in (10, 20, 30))
    replace(run, ran, picture((10, 10)))
    replace(run, jaws, picture((10, 40)))
    long_ago = clock.now() / clock.SECOND - 7_200
    for sha256 in (shown, old):
        os.utime(film_posters.own_path(folder, sha256), (long_ago, long_ago))

    reconcile(db, run.settings)

    # What is young may be a poster whose film is about to say so.
    latest = str(row(db, jaws).poster_sha256)
    assert {path.stem for path in folder.iterdir()} == {shown, young, latest}


def test_a_poster_that_is_lost_is_fetched_again(db: Database, run: Listening, alice: int) -> None:
    film_id = watched(db, alice, find("Jaws"))
    sha256 = replace(run, film_id, picture())
    film_posters.own_path(run.settings.own_posters, sha256).unlink()

    reconcile(db, run.settings)

    assert row(db, film_id).poster_sha256 is None


# Another match


def test_the_films_that_may_be_meant_are_offered(db: Database, run: Listening, alice: int) -> None:
    film_id = watched(db, alice, find("Jaws"), is_known=True)

    result = find_matches({"film_id": film_id, "words": "Dune", "year": None}, run)

    assert result["result_url"] == f"/films/settle?film={film_id}"
    with db.reading() as session:
        offered = session.scalars(select(FilmCandidate)).all()
    assert {(one.title, one.year) for one in offered} >= {("Dune", 1984), ("Dune", 2021)}
    assert result["found"] == len(offered)
    film = row(db, film_id)
    assert (film.tmdb_state, film.tmdb_id) == ("tie", find("Jaws").id)


def test_an_address_settles_it_at_once(db: Database, run: Listening, alice: int) -> None:
    film_id, ran = watched(db, alice, find("Jaws"), is_known=True), find("Ran")

    result = find_matches({"film_id": film_id, "words": f"movie/{ran.id}", "year": None}, run)

    film = row(db, film_id)
    assert result["result_url"] == f"/films/{film_id}"
    assert (film.tmdb_state, film.tmdb_id, film.director) == ("matched", ran.id, ran.director)
    assert film.poster_address and film.poster_address.endswith(f"/{ran.id}.jpg")
    with db.reading() as session:
        assert film_posters.find(session, film_id)


def test_what_was_settled_shows_the_poster_of_what_it_is_now(
    db: Database, run: Listening, alice: int
) -> None:
    film_id, other = (watched(db, alice, find(title)) for title in ("Jaws", "Alien"))
    with db.writing() as session:
        film_matches.settle(session, film_id, "movie", find("Ran").id)

    assert match_films({"film_ids": [film_id]}, run) == {"asked": 1}

    with db.reading() as session:
        found = film_posters.find(session, film_id)
        assert film_posters.find(session, other) is None
    assert found and pictures.path_of(run.settings.posters, found.sha256).is_file()


def test_a_film_that_is_here_already_is_led_to(db: Database, run: Listening, alice: int) -> None:
    wrong, right = (watched(db, alice, find(title), is_known=True) for title in ("Jaws", "Ran"))

    result = find_matches({"film_id": wrong, "words": f"movie/{find('Ran').id}", "year": None}, run)

    assert result == {"film": right, "found": 1, "result_url": f"/films/{right}"}


@pytest.mark.parametrize("words", ["movie/77", "no film is called that"])
def test_what_tmdb_does_not_know_changes_nothing(
    db: Database, run: Listening, alice: int, words: str
) -> None:
    film_id = watched(db, alice, find("Jaws"), is_known=True)

    with pytest.raises((NotFound, RemoteError), match=r"no film at TMDB|does not know that film"):
        find_matches({"film_id": film_id, "words": words, "year": 1999}, run)

    assert (row(db, film_id).tmdb_state, row(db, film_id).tmdb_id) == ("unasked", find("Jaws").id)


def test_a_tmdb_that_is_away_is_asked_another_time(
    db: Database, run: Listening, alice: int, tmdb: FakeTmdb
) -> None:
    film_id = watched(db, alice, find("Jaws"))
    tmdb.answers(429, {"Retry-After": "9"})

    with pytest.raises(RemoteError) as caught:
        find_matches({"film_id": film_id, "words": "Dune", "year": None}, run)

    assert caught.value.retry_after == 9
    assert row(db, film_id).tmdb_state == "unasked"


def test_without_a_token_it_says_so(db: Database, settings: Settings, alice: int) -> None:
    film_id = watched(db, alice, find("Jaws"))
    run = begin(db, settings.model_copy(update={"tmdb_token": None}), Owner(alice))

    with pytest.raises(Conflict, match="NEEDLEDROP_TMDB_TOKEN"):
        find_matches({"film_id": film_id, "words": "Dune", "year": None}, run)


# Looking again


def test_a_poster_that_was_nowhere_is_looked_for_again(
    db: Database, run: Listening, alice: int, tmdb: FakeTmdb
) -> None:
    film_id = watched(db, alice, find("Jaws"))
    address = f"{tmdb.url}/t/p/w500/{find('Jaws').id}.jpg"
    with db.writing() as session:
        film = session.get_one(Film, film_id)
        film.tmdb_state, film.poster_address = "matched", address
        pictures.save_missing(session, address, expires_at=1 << 50)

    result = look_again({"film_id": film_id}, run)

    assert result == {"films": 1, "found": 1, "result_url": f"/films/{film_id}"}
    with db.reading() as session:
        found = film_posters.find(session, film_id)
    assert found and pictures.path_of(run.settings.posters, found.sha256).is_file()


def test_all_that_are_missing_are_looked_for(
    db: Database, run: Listening, alice: int, tmdb: FakeTmdb
) -> None:
    had = watched(db, alice, find("Jaws"))
    replace(run, had, picture())
    watched(db, alice, find("Ran"))
    watched(db, alice, next(film for film in films() if not film.has_poster))

    result = look_again({"film_id": None}, run)

    assert result == {"films": 2, "found": 1, "result_url": "/films?poster=none"}
    assert not any(str(find("Jaws").id) in asked.route for asked in tmdb.requests)


def test_without_a_token_the_address_alone_is_asked_for(
    db: Database, settings: Settings, alice: int, tmdb: FakeTmdb
) -> None:
    film_id = watched(db, alice, find("Jaws"))
    with db.writing() as session:
        film = session.get_one(Film, film_id)
        film.poster_address = f"{tmdb.url}/t/p/w500/{find('Jaws').id}.jpg"
    run = begin(db, settings.model_copy(update={"tmdb_token": None}), Owner(alice))

    assert look_again({"film_id": film_id}, run)["found"] == 1
    assert len(tmdb.requests) == 1
    assert row(db, film_id).tmdb_state == "unasked"

"""A film's repair: what its page offers, and what becomes of what is sent."""

import io

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from core.settings import Settings
from database import film_matches, film_posters, pictures, tasks
from database.engine import Database
from database.film_matches import Candidate
from database.models import Film, Person, Task
from database.owner import HOUSE
from tests import factories
from tests.web.conftest import Visitor, house, member

JSON = {"Accept": "application/json"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"tmdb_token": SecretStr("token")})


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def house_db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def film_id(bob: Visitor, house_db: Database) -> int:
    """A film of bob's."""
    with house_db.writing() as session:
        film = factories.film(session, "<Stalker>", 1979)
        own = factories.source(session, session.get_one(Person, bob.id))
        factories.viewing(session, film, own)
        return film.id


def task_of(db: Database, address: str) -> Task:
    with db.reading() as session:
        return tasks.get(session, address.rpartition("/")[2], HOUSE)


def no_tasks(db: Database) -> bool:
    with db.reading() as session:
        return tasks.listed(session, HOUSE, everybody=True) == []


def bring(visitor: Visitor, film_id: int, content: bytes, name: str = "poster.jpg") -> str:
    page = f"/films/{film_id}/repair"
    answer = visitor.submit(page, to=f"/films/{film_id}/poster", poster=(io.BytesIO(content), name))
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_picture_is_received_and_left_to_the_worker(
    bob: Visitor, app: Flask, house_db: Database, film_id: int
) -> None:
    task = task_of(house_db, bring(bob, film_id, b"no picture at all", "../my <poster>.jpg"))

    upload = task.args.pop("upload")
    assert (house(app).settings.uploads / upload).read_bytes() == b"no picture at all"
    assert (task.action, task.lane, task.lock_key) == (
        "replace_poster",
        "quick",
        f"film:{film_id}",
    )
    assert task.args == {"film_id": film_id, "file_name": "my <poster>.jpg"}
    assert "Poster from my &lt;poster&gt;.jpg" in bob.get("/tasks").text


@pytest.mark.parametrize("content", [None, b"x" * 15_000_001])
def test_what_is_no_file_or_too_large_is_said_at_the_field(
    bob: Visitor, app: Flask, house_db: Database, film_id: int, content: bytes | None
) -> None:
    name = "" if content is None else "big.png"
    file = FileStorage(io.BytesIO(content or b""), name)
    token = bob.token(f"/films/{film_id}/repair")
    # Encoded here: the client's own way leaves a temporary file open.
    boundary, body = encode_multipart({"csrf_token": token, "poster": file})

    answer = bob.post(
        f"/films/{film_id}/poster",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )

    assert answer.status_code == 422 and 'href="#poster"' in answer.text
    assert "at most 15 MB." in answer.text
    assert no_tasks(house_db)
    folder = house(app).settings.uploads
    assert not folder.is_dir() or list(folder.iterdir()) == []


def test_a_script_is_answered_in_json(bob: Visitor, film_id: int) -> None:
    token = bob.token(f"/films/{film_id}/repair")
    bob.headers = JSON

    def send(what: str, **typed: object) -> object:
        answer = bob.post(f"/films/{film_id}/{what}", data={"csrf_token": token, **typed})
        return answer.status_code, sorted(answer.get_json())

    assert send("poster") == (422, ["error", "problems"])
    assert send("poster", poster=(io.BytesIO(b"x"), "x.png")) == (202, ["task", "url"])
    assert send("poster/remove") == (200, ["film", "url"])
    assert send("match", words="") == (422, ["error", "problems"])
    assert send("match", words="Stalker") == (202, ["task", "url"])
    assert send("look") == (202, ["task", "url"])


def test_ones_own_poster_is_shown_and_taken_away_again(
    bob: Visitor, app: Flask, house_db: Database, film_id: int
) -> None:
    own, fetched = "ab" * 32, "cd" * 32
    with house_db.writing() as session:
        session.get_one(Film, film_id).poster_address = "https://x/y.jpg"
        pictures.save(session, "https://x/y.jpg", sha256=fetched, size=6, expires_at=0)
        film_posters.set_own(session, film_id, own)
    inside = house(app).settings
    for path, content in (
        (film_posters.own_path(inside.own_posters, own), b"\xff\xd8\xff own"),
        (pictures.path_of(inside.posters, fetched), b"\x89PNG.. fetched"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    page = f"/films/{film_id}/repair"
    assert f"/films/{film_id}/poster?v={own[:12]}" in bob.get("/films").text
    shown = bob.get(f"/films/{film_id}/poster", buffered=True)
    assert (shown.data, shown.mimetype) == (b"\xff\xd8\xff own", "image/jpeg")
    assert "one of your own" in bob.get(page).text

    answer = bob.submit(page, to=f"/films/{film_id}/poster/remove")

    assert (answer.status_code, answer.location) == (303, f"/films/{film_id}")
    shown = bob.get(f"/films/{film_id}/poster", buffered=True)
    assert shown.data == b"\x89PNG.. fetched"
    assert "one of your own" not in bob.get(page).text


def test_the_form_of_another_film_is_filled_in_and_asks_tmdb(
    bob: Visitor, house_db: Database, film_id: int
) -> None:
    page = f"/films/{film_id}/repair"
    shown = bob.get(page).text
    assert 'value="&lt;Stalker&gt;"' in shown and 'value="1979"' in shown
    assert "changes for everyone who has it" in shown

    answer = bob.submit(page, to=f"/films/{film_id}/match", words=" tv/1396 ", year="")

    task = task_of(house_db, str(answer.location))
    assert (task.action, task.args) == (
        "find_matches",
        {"film_id": film_id, "words": "tv/1396", "year": None},
    )


@pytest.mark.parametrize(
    ("words", "year", "problem"),
    [("", "", "words"), ("x" * 201, "", "words"), ("Stalker", "soon", "year")],
)
def test_a_form_that_makes_no_sense_comes_back(
    bob: Visitor, house_db: Database, film_id: int, words: str, year: str, problem: str
) -> None:
    answer = bob.submit(
        f"/films/{film_id}/repair", to=f"/films/{film_id}/match", words=words, year=year
    )

    assert answer.status_code == 422 and f'href="#{problem}"' in answer.text
    assert no_tasks(house_db)


def test_without_a_token_the_page_says_what_is_needed(
    bob: Visitor, app: Flask, house_db: Database, film_id: int
) -> None:
    inside = house(app)
    without = inside.settings.model_copy(update={"tmdb_token": None})
    app.extensions["needledrop"] = type(inside)(without, inside.db)
    page = f"/films/{film_id}/repair"

    assert "NEEDLEDROP_TMDB_TOKEN" in bob.get(page).text
    assert "words" not in bob.get(page).text
    answer = bob.submit(page, to=f"/films/{film_id}/match", words="Stalker")

    assert answer.status_code == 422
    assert no_tasks(house_db)


def test_what_was_found_is_settled_and_leads_to_the_film(
    bob: Visitor, carol: Visitor, house_db: Database, film_id: int
) -> None:
    with house_db.writing() as session:
        other = factories.film(session, "Stalker", 1979, tmdb_id=9)
        own = factories.source(session, session.get_one(Person, bob.id))
        factories.viewing(session, other, own)
        offered = [Candidate("movie", 9, "Stalker", 1979, "A zone"), Candidate("tv", 9, "Stalk")]
        film_matches.offer(session, film_id, offered)
        film_matches.offer(session, other.id, offered)
    page = f"/films/settle?film={film_id}"
    shown = bob.get(page).text
    assert shown.count("<fieldset>") == 1 and "A zone" in shown
    assert "This is settled" in carol.get(page).text
    typed = {"film_id": str(film_id), "meant": "movie:9"}
    assert carol.submit("/", to=page, **typed).status_code == 404

    answer = bob.submit(page, **typed)

    assert (answer.status_code, answer.location) == (303, f"/films/{other.id}")


def test_none_of_them_leads_back_to_the_film(
    bob: Visitor, house_db: Database, film_id: int
) -> None:
    with house_db.writing() as session:
        film_matches.offer(session, film_id, [Candidate("movie", 9, "Stalker")])
    page = f"/films/settle?film={film_id}"

    answer = bob.submit(page, film_id=str(film_id), meant="none")

    assert answer.location == f"/films/{film_id}"
    assert no_tasks(house_db)


def test_a_poster_is_looked_for_again_one_or_all(
    bob: Visitor, house_db: Database, film_id: int
) -> None:
    page = f"/films/{film_id}/repair"
    assert "No poster of this film is at hand" in bob.get(page).text

    one = task_of(house_db, str(bob.submit(page, to=f"/films/{film_id}/look").location))
    wall = "/films?poster=none"
    assert 'action="/films/look"' in bob.get(wall).text
    assert 'action="/films/look"' not in bob.get("/films").text
    all_of_them = task_of(house_db, str(bob.submit(wall, to="/films/look").location))
    once_more = task_of(house_db, str(bob.submit(wall, to="/films/look").location))

    assert (one.action, one.args, one.lane) == ("look_again", {"film_id": film_id}, "quick")
    assert (all_of_them.args, all_of_them.lane) == ({"film_id": None}, "long")
    assert once_more.id == all_of_them.id


def test_somebody_elses_film_is_not_to_be_mended(
    bob: Visitor, carol: Visitor, house_db: Database, film_id: int
) -> None:
    assert bob.get(f"/films/{film_id}/repair").status_code == 200
    assert carol.get(f"/films/{film_id}/repair").status_code == 404

    for what in ("poster", "poster/remove", "match", "look"):
        answer = carol.submit("/", to=f"/films/{film_id}/{what}", words="Stalker")
        assert answer.status_code == 404, what

    assert no_tasks(house_db)

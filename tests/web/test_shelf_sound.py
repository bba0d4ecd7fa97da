"""How records sound, on pages: tried, listed, corrected; by whoever may."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.library import Features
from database import record_sound_pages, record_sounds, track_features
from database.engine import Database
from database.models import LibraryAlbum, Person, Result, Task
from tests import factories, sounds
from tests.web.conftest import Visitor, house, member

JSON = {"Accept": "application/json"}


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def carol(app: Flask) -> Visitor:
    """Somebody else, and no admin."""
    return member(app, "carol")


class Shelf:
    """Two records, one whose sound is known; `other` is an album of the library that neither is."""

    def __init__(self, db: Database, person_id: int) -> None:
        with db.writing() as session:
            person = session.get_one(Person, person_id)
            self.known, self.unknown = (
                factories.record(session, person, title, ["Can & <Co>"])
                for title in ("Tago <Mago>", "100% _")
            )
            for name, energy in (("Tago <Mago>", 0.25), ("Another", 0.75)):
                (id_,) = sounds.tracks(session, sounds.told(artist="Can & <Co>", album=name))
                track_features.put(session, "csv", [(id_, Features(energy=energy, tempo=98.0))])
            self.album, self.other = session.scalars(select(LibraryAlbum.id))
            record_sounds.say(session, self.known, self.album)
            (wanted,) = record_sounds.due(session, person_id).wanted
            record_sounds.keep(session, [record_sounds.Found(wanted, None, None)])


@pytest.fixture
def shelf(db: Database, bob: Visitor) -> Shelf:
    return Shelf(db, bob.id)


def tasks_of(db: Database) -> list[Task]:
    with db.reading() as session:
        query = select(Task).where(Task.action == record_sounds.ACTION)
        return list(session.scalars(query.order_by(Task.id)))


def sound(db: Database, record_id: int) -> record_sound_pages.Listed:
    with db.reading() as session:
        found = record_sound_pages.of(session, record_id)
    assert found
    return found


def test_an_empty_shelf_tells_what_to_do(bob: Visitor) -> None:
    assert "No records yet" in bob.get("/shelf/sound").text


def test_what_is_known_is_a_table_and_what_is_not_a_list(shelf: Shelf, bob: Visitor) -> None:
    known = bob.get("/shelf/sound?by=energy").text
    unknown = bob.get("/shelf/sound?which=not_found").text

    assert "Tago &lt;Mago&gt;" in known and "0.250" in known and "98.000" in known
    assert "100% _" not in known and "None" not in known
    assert 'aria-sort="descending"' in known
    assert "100% _" in unknown and "No album of the library is called like it." in unknown
    assert f"/shelf/{shelf.unknown}/album" in unknown


def test_what_nobody_can_sort_by_is_said(shelf: Shelf, bob: Visitor) -> None:
    answer = bob.get("/shelf/sound?by=colour")

    assert shelf and answer.status_code == 422 and "Choose one of these." in answer.text
    assert bob.get("/shelf/sound?by=colour", headers=JSON).status_code == 422
    assert bob.get("/shelf/sound?page=junk").status_code == 200
    assert "No more records" in bob.get("/shelf/sound?page=99").text


def test_the_button_puts_one_task_in(shelf: Shelf, bob: Visitor, db: Database) -> None:
    assert shelf
    first = bob.submit("/account", to="/shelf/sound")
    second = bob.submit("/account", to="/shelf/sound", again="1")

    assert first.status_code == second.status_code == 303
    assert [task.args["again"] for task in tasks_of(db)] == [False, True]
    assert {task.person_id for task in tasks_of(db)} == {bob.id}
    page = bob.get("/shelf/sound").text
    assert "They are being tried" in page and "Find out how they sound" not in page


def test_the_summary_is_shown(shelf: Shelf, bob: Visitor, db: Database) -> None:
    assert shelf
    summary: dict[str, Any] = {
        "total": 2, "loaded": 1, "unchanged": 0, "not_found": 1, "seconds": 1.5,
        "problems": ["ReccoBeats rests."], "is_whole_shelf": True, "result_url": "/shelf/sound",
    }  # fmt: skip
    for done in (summary, summary | {"total": 1, "is_whole_shelf": False}):
        bob.submit("/account", to="/shelf/sound", **({"again": "1"} if done["total"] == 1 else {}))
        with db.writing() as session:
            task = session.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one()
            task.status, task.finished_at = "COMPLETE", task.created_at
            session.add(Result(task_id=task.id, attempt=1, body=done, created_at=1))

    page = bob.get("/shelf/sound").text

    assert "2 records in all, 1 loaded, 0 unchanged, 1 not found, in 1.5 seconds." in page
    assert "ReccoBeats rests." in page


def test_scripts_get_the_same(shelf: Shelf, bob: Visitor) -> None:
    told = bob.get("/shelf/sound", headers=JSON).json
    assert told is not None

    assert told["counts"] == {"records": 2, "sounds": 1, "not_found": 1, "untried": 0}
    (one,) = told["records"]
    assert (one["record_id"], one["album_id"], one["is_said"]) == (shelf.known, shelf.album, True)
    assert one["features"]["energy"] == 0.25 and one["features"]["key"] is None
    record = bob.get(f"/shelf/{shelf.known}", headers=JSON).json
    assert record is not None and record["sound"] == one


def test_all_of_it_is_a_table_to_take_along(shelf: Shelf, bob: Visitor) -> None:
    assert shelf
    with bob.get("/shelf/sound.csv?which=not_found") as answer:
        (row,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))
    with bob.get("/shelf/sound.csv") as answer:
        (known,) = csv.DictReader(io.StringIO(answer.get_data(as_text=True)))

    assert (row["title"], row["state"], row["energy"]) == ("100% _", "not_found", "")
    assert (known["title"], known["energy"], known["key"]) == ("Tago <Mago>", "0.25", "")


def test_a_record_tells_how_it_sounds(shelf: Shelf, bob: Visitor, carol: Visitor) -> None:
    known, unknown = (bob.get(f"/shelf/{one}").text for one in (shelf.known, shelf.unknown))

    assert "How it sounds" in known and "98.000\u00a0BPM" in known
    assert f"/library/albums/{shelf.album}" in known and "as somebody said" in known
    assert "No album of the library is called like it." in unknown
    assert "It is another album" in known and "Say which album it is" in unknown
    assert "It is another album" not in carol.get(f"/shelf/{shelf.known}").text


def test_one_chooses_among_the_artist_s_albums_or_searches(shelf: Shelf, bob: Visitor) -> None:
    address = f"/shelf/{shelf.unknown}/album"

    page = bob.get(address).text

    assert (
        f'name="album" value="{shelf.album}"' in page
        and f'name="album" value="{shelf.other}"' in page
    )
    found = bob.get(f"{address}?q=another").text
    assert (
        f'name="album" value="{shelf.other}"' in found
        and f'name="album" value="{shelf.album}"' not in found
    )
    assert "No album is like that" in bob.get(f"{address}?q=%25").text


def test_one_says_which_album_it_is(shelf: Shelf, bob: Visitor, db: Database) -> None:
    answer = bob.submit("/account", to=f"/shelf/{shelf.unknown}/album", album=shelf.other)

    assert answer.status_code == 303 and answer.headers["Location"] == f"/shelf/{shelf.unknown}"
    assert sound(db, shelf.unknown).features.energy == 0.75
    (task,) = tasks_of(db)
    assert task.args["record_ids"] == [shelf.unknown]


def test_one_says_that_it_is_none_or_takes_that_back(
    shelf: Shelf, bob: Visitor, db: Database
) -> None:
    bob.submit("/account", to=f"/shelf/{shelf.known}/album", is_none="1")
    assert (sound(db, shelf.known).state, tasks_of(db)) == ("none", [])
    assert "Somebody said that no album" in bob.get(f"/shelf/{shelf.known}").text

    bob.submit("/account", to=f"/shelf/{shelf.known}/album")

    assert (sound(db, shelf.known).is_said, len(tasks_of(db))) == (False, 1)


def test_what_cannot_be_is_said_and_nothing_is_written(
    shelf: Shelf, bob: Visitor, carol: Visitor, db: Database
) -> None:
    address = f"/shelf/{shelf.known}/album"

    assert bob.submit("/account", to=address, album=999).status_code == 404
    assert bob.submit("/account", to=address, album="x").status_code == 422
    assert bob.submit("/account", to="/shelf/999/album", album=shelf.other).status_code == 404
    assert carol.submit("/account", to=address, album=shelf.other).status_code == 403

    assert sound(db, shelf.known).album_id == shelf.album
    assert tasks_of(db) == []


def test_an_admin_corrects_it_in_its_owner_s_name(
    shelf: Shelf, alice: Visitor, bob: Visitor, db: Database
) -> None:
    alice.submit("/account", to=f"/shelf/{shelf.unknown}/album", album=shelf.other)

    assert sound(db, shelf.unknown).album_id == shelf.other
    assert [task.person_id for task in tasks_of(db)] == [bob.id]

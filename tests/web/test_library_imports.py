"""A library in a file is brought by its page: looked at, brought, listed, undone."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.library import ArtistTold, Features, TrackTold
from database import file_playlists, library_imports, play_imports, tasks
from database.engine import Database
from database.file_playlists import FilePlaylist
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.models import LibraryImport, Person, Task
from database.owner import HOUSE
from database.playlists import OnList
from fakes import library, plays
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member
from tests.web.test_play_imports import BODY as PLAYS
from tests.web.test_shelf_imports import args_of, zipped

SUNG = library.tracks(5)
TABLE = library.exportify(SUNG).encode()
BOTH = library.my_spotify_data(SUNG, plays.account(plays.history(5)))
JSON = {"Accept": "application/json"}
BODY: dict[str, Any] = {
    "rows": 41, "tracks": 40, "added": 30, "known": 10, "sounding": 20, "unreadable": 1,
    "values": 1, "liked": 7, "albums": 0, "artists": 0,
    "playlists": [{"id": None, "name": "<Kraut>", "how": "added", "tracks": 41}],
    "more_playlists": 0, "playlists_added": 1, "playlists_changed": 0,
    "files": [
        {"name": "a/Kraut.csv", "format": "Exportify", "rows": 41, "unreadable": 1, "aside": {},
         "values": 1, "why_not": ""},
        {"name": "a/Userdata.json", "format": None, "rows": 0, "unreadable": 0, "aside": {},
         "values": 0, "why_not": "not opened"},
    ],
    "more_files": 0, "aside": {"local": 2}, "problems": ["a, row 7: it names no track."],
    "more_problems": 0, "dry_run": True,
}  # fmt: skip


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def send(visitor: Visitor, content: bytes = TABLE, **said: str) -> Any:
    return visitor.submit("/library/import", export=(io.BytesIO(content), "Kraut.csv"), **said)


def looked_at(app: Flask, visitor: Visitor, **otherwise: Any) -> str:
    """Bring a file for a look that ends so; return its task's id."""
    answer = send(visitor)
    worker = StandIn(house(app).db)
    worker.finish(worker.take(library_imports.ACTION), BODY | otherwise)
    return str(answer.location).rpartition("/")[2]


def begun(db: Database, name: str = "bob") -> LibraryImport:
    """Return an import of somebody's that has ended: a playlist, a sound and what they like."""
    with db.writing() as session:
        person_id = session.scalars(select(Person.id).where(Person.name == name)).one()
        found = library_imports.begin(session, person_id, "d" * 32, "Kraut.csv")
        told = TrackTold("Halleluhwah", (ArtistTold("Can"),))
        ids = LibraryIntake().tracks(session, [told])
        library_imports.put_features(session, found.id, [(ids[0], Features(energy=0.5))])
        playlist = FilePlaylist("Kraut", 0, "v1")
        file_playlists.keep(session, person_id, found.id, playlist, [OnList(ids[0])])
        counted = dict.fromkeys(("added", "known", "playlists_added", "playlists_changed"), 1)
        library_imports.finish(session, found.id, {"track": [Entry(ids[0])]}, counted)
    return found


def test_a_library_is_only_looked_at_unless_it_is_said_otherwise(
    bob: Visitor, db: Database
) -> None:
    looked, at_once = send(bob), send(bob, library.zipped({"a.csv": TABLE}), at_once="1")

    assert [args_of(db, one.location)["dry_run"] for one in (looked, at_once)] == [True, False]
    assert "Import of Kraut.csv" in bob.get(str(looked.location)).text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped("records.csv", "credit_trx.csv"), "“Restore” under Shelf"),
        (zipped("diary.csv", "watched.csv"), "brought under Films"),
        (b"Date,Name,Year,Letterboxd URI\n", "brought under Films"),
        (b"Artist,Title,release_id\n", "brought under Shelf"),
        (plays.extended(plays.history(2)).encode(), "brought under Listening"),
        (b"a,b\n1,2\n", "no table of tracks"),
    ],
    ids=["a shelf", "films", "a diary", "records", "plays", "a table"],
)
def test_what_belongs_elsewhere_is_led_there(
    app: Flask, bob: Visitor, content: bytes, sentence: str
) -> None:
    answer = send(bob, content)

    assert answer.status_code == 422 and sentence in answer.text
    assert list(house(app).settings.uploads.iterdir()) == []


def test_without_a_file_the_form_comes_back(bob: Visitor) -> None:
    answer = bob.submit("/library/import", at_once="1")

    assert answer.status_code == 422 and "Choose a file" in answer.text
    assert 'value="1" checked' in answer.text


@pytest.mark.parametrize("area", ["library", "listening"])
def test_a_file_that_holds_plays_too_brings_both_from_either_page(
    app: Flask, bob: Visitor, db: Database, area: str
) -> None:
    answer = bob.submit(f"/{area}/import", export=(io.BytesIO(BOTH), "my.zip"), at_once="1")

    with db.reading() as session:
        found = {task.action: task for task in session.scalars(select(Task))}
    assert set(found) == {library_imports.ACTION, play_imports.ACTION}
    mine = library_imports.ACTION if area == "library" else play_imports.ACTION
    assert str(answer.location).endswith(found[mine].public_id)
    uploads = {task.args["upload"] for task in found.values()}
    # Each has a name of its own: whoever is done first takes nothing from the other.
    assert len(uploads) == 2
    assert {path.name for path in house(app).settings.uploads.iterdir()} == uploads


def test_either_page_leads_to_what_came_of_the_rest(app: Flask, bob: Visitor, db: Database) -> None:
    bob.submit("/library/import", export=(io.BytesIO(BOTH), "my.zip"))
    worker = StandIn(house(app).db)
    worker.finish(worker.take(library_imports.ACTION), BODY)
    worker.finish(worker.take(play_imports.ACTION), PLAYS)
    with db.reading() as session:
        ids = {task.action: task.public_id for task in session.scalars(select(Task))}

    mine = bob.get(f"/library/import/{ids[library_imports.ACTION]}").text
    other = bob.get(f"/listening/import/{ids[play_imports.ACTION]}").text

    assert f"/tasks/{ids[play_imports.ACTION]}" in mine and "history of plays in it, too" in mine
    assert f"/tasks/{ids[library_imports.ACTION]}" in other and "a library in it, too" in other


def test_what_would_come_of_it_is_told_in_words(app: Flask, bob: Visitor, carol: Visitor) -> None:
    address = f"/library/import/{looked_at(app, bob)}"

    page = bob.get(address).text

    assert "Only looked" in page and "&lt;Kraut&gt;" in page and "Bring it now" in page
    assert "7 liked songs" in page and "Left out: 2 of your own files." in page
    assert "row 7: it names no track." in page and "not opened" in page
    assert "history of plays in it" not in page
    assert bob.get(address, headers=JSON).get_json()["added"] == 30
    assert carol.get(address).status_code == 404


def test_one_playlist_that_was_brought_leads_there_and_to_its_analysis(
    app: Flask, bob: Visitor
) -> None:
    brought = BODY | {"dry_run": False, "playlists": [BODY["playlists"][0] | {"id": 7}]}

    page = bob.get(f"/library/import/{looked_at(app, bob, **brought)}").text

    assert 'href="/library/playlists/7"' in page and 'action="/library/analyses"' in page


def test_what_is_here_already_is_told_so(app: Flask, bob: Visitor) -> None:
    same = [BODY["playlists"][0] | {"how": "same", "id": 7}]
    nothing = {"added": 0, "playlists": same, "playlists_added": 0, "unreadable": 0}

    page = bob.get(f"/library/import/{looked_at(app, bob, **nothing, dry_run=False)}").text

    assert "Nothing was new: all of it is here already." in page


def test_what_was_looked_at_is_brought_without_the_file(
    app: Flask, bob: Visitor, carol: Visitor, db: Database
) -> None:
    address = f"/library/import/{looked_at(app, bob)}"
    assert carol.submit("/account", to=f"{address}/bring").status_code == 404

    answer = bob.submit(address, to=f"{address}/bring")
    again = bob.submit(address, to=f"{address}/bring")

    assert args_of(db, answer.location)["dry_run"] is False
    assert again.location == answer.location


def test_a_file_that_is_gone_is_asked_for_again(app: Flask, bob: Visitor) -> None:
    address = f"/library/import/{looked_at(app, bob)}"
    for path in house(app).settings.uploads.iterdir():
        path.unlink()

    assert 'href="/library/import">Bring it now' in bob.get(address).text
    assert bob.submit("/account", to=f"{address}/bring").status_code == 409


def test_imports_are_listed_and_undone(bob: Visitor, carol: Visitor, db: Database) -> None:
    nothing = bob.get("/library/imports").text
    found = begun(db)

    listed = bob.get("/library/imports").text
    question = bob.get(f"/library/import/{found.public_id}/undo").text
    answer = bob.submit(
        f"/library/import/{found.public_id}/undo", to=f"/library/import/{found.public_id}/undo"
    )

    assert "Nothing was brought yet" in nothing
    assert "1 new tracks, 1 known, 2 playlists" in listed
    assert "1 playlist goes" in question and "1 track sounds goes" in question
    assert "Your liked songs from files go" in question
    assert answer.status_code == 303
    assert bob.get("/library/imports", headers=JSON).get_json()["imports"][0]["import"] == "d" * 32
    assert carol.get(f"/library/import/{found.public_id}/undo").status_code == 404
    assert carol.get("/library/imports", headers=JSON).get_json()["imports"] == []


def test_what_is_undone_is_not_undone_again(bob: Visitor, db: Database) -> None:
    found = begun(db)
    with db.writing() as session:
        session.execute(update(LibraryImport).values(undone_at=clock.now()))

    assert bob.get(f"/library/import/{found.public_id}/undo").status_code == 409
    assert "undone" in bob.get("/library/imports").text


def test_another_task_is_no_import(bob: Visitor, db: Database) -> None:
    with db.writing() as session:
        other = tasks.enqueue(session, "create_mosaic", {}, owner=HOUSE)

    assert bob.get(f"/library/import/{other.public_id}").status_code == 404

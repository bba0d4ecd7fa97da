"""A history of plays is brought by its page: looked at, brought, listed, undone."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from core import clock
from core.plays import Heard, Mark, Named, Source
from database import play_imports, tasks
from database.engine import Database
from database.models import Play, PlayImport
from database.owner import HOUSE
from database.play_intake import Intake
from fakes import plays
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member
from tests.web.test_shelf_imports import args_of, zipped

HISTORY = plays.extended(plays.history(20)).encode()
JSON = {"Accept": "application/json"}
FATES = {"counted": 40, "short": 12, "duplicate": 1, "not_music": 0, "not_me": 0, "deleted": 0}
BODY: dict[str, Any] = {
    "read": 57, "added": 53, "known": 4, "unreadable": 1, **FATES,
    "parts": [
        {
            "fate": "short",
            "count": 12,
            "first": [
                {
                    "title": "<Vitamin C>", "by": "Can", "at": "2025-03-01 20:15",
                    "source": "spotify_extended",
                }
            ],
        }
    ],
    "files": [
        {
            "name": "endsong_0.json", "format": "Spotify, extended history", "rows": 57,
            "unreadable": 1, "aside": {}, "why_not": "",
        },
        {
            "name": "Userdata.json", "format": None, "rows": 0, "unreadable": 0, "aside": {},
            "why_not": "personal, and never opened",
        },
    ],
    "more_files": 0, "aside": {"skipped while it played": 3}, "dry_run": True,
    "problems": ["endsong_0.json, row 7: it has no title."], "more_problems": 0,
}  # fmt: skip


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def send(visitor: Visitor, content: bytes = HISTORY, **said: str) -> Any:
    return visitor.submit("/listening/import", export=(io.BytesIO(content), "my.json"), **said)


def looked_at(app: Flask, visitor: Visitor, **otherwise: Any) -> str:
    """Bring a file for a look that ends so; return its task's id."""
    answer = send(visitor)
    worker = StandIn(house(app).db)
    worker.finish(worker.take(play_imports.ACTION), BODY | otherwise)
    return str(answer.location).rpartition("/")[2]


def test_a_history_is_only_looked_at_unless_it_is_said_otherwise(
    bob: Visitor, db: Database
) -> None:
    looked, at_once = send(bob), send(bob, plays.zipped({"a": HISTORY}), at_once="1")

    assert [args_of(db, one.location)["dry_run"] for one in (looked, at_once)] == [True, False]
    assert "Import of my.json" in bob.get(str(looked.location)).text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped("records.csv", "credit_trx.csv"), "“Restore” under Shelf"),
        (zipped("diary.csv", "watched.csv"), "brought under Films"),
        (b"Date,Name,Year,Letterboxd URI\n", "brought under Films"),
        (b"Artist,Title,release_id\n", "brought under Shelf"),
        (b"a,b\n1,2\n", "not a history of plays"),
    ],
    ids=["a shelf", "films", "a diary", "records", "a table"],
)
def test_what_belongs_elsewhere_is_led_there(
    app: Flask, bob: Visitor, content: bytes, sentence: str
) -> None:
    answer = send(bob, content)

    assert answer.status_code == 422 and sentence in answer.text
    assert list(house(app).settings.uploads.iterdir()) == []


def test_without_a_file_the_form_comes_back(bob: Visitor) -> None:
    answer = bob.submit("/listening/import", at_once="1")

    assert answer.status_code == 422 and "Choose a file" in answer.text
    assert 'value="1" checked' in answer.text


def test_what_would_come_of_it_is_told_in_words(app: Flask, bob: Visitor, carol: Visitor) -> None:
    address = f"/listening/import/{looked_at(app, bob)}"

    page = bob.get(address).text

    assert "Only looked" in page and "Short: 12" in page and "Podcasts" not in page
    assert "&lt;Vitamin C&gt;" in page and "Can · Spotify, extended history" in page
    assert "And 11 more." in page and "row 7: it has no title." in page
    assert "personal, and never opened" in page and "3 skipped while it played." in page
    assert bob.get(address, headers=JSON).get_json()["added"] == 53
    assert carol.get(address).status_code == 404


def test_a_look_at_several_sources_says_that_fewer_may_count(app: Flask, bob: Visitor) -> None:
    file = BODY["files"][0]
    several = [file | {"format": name} for name in ("Last.fm, table", "Maloja")]
    pages = [
        bob.get(f"/listening/import/{looked_at(app, bob, files=files)}").text
        for files in (several, several[:1], [file | {"format": "Needledrop, taken along"}])
    ]

    assert ["Fewer may count" in page for page in pages] == [True, False, True]


def test_a_history_that_is_here_already_is_told_so(app: Flask, bob: Visitor) -> None:
    nothing = {"added": 0, "known": 57, "parts": [], "unreadable": 0, **dict.fromkeys(FATES, 0)}

    page = bob.get(f"/listening/import/{looked_at(app, bob, **nothing, dry_run=False)}").text

    assert "Nothing was new: all of it is here already." in page


def test_what_was_looked_at_is_brought_without_the_file(
    app: Flask, bob: Visitor, carol: Visitor, db: Database
) -> None:
    looked = looked_at(app, bob)
    address = f"/listening/import/{looked}"
    assert carol.submit("/account", to=f"{address}/bring").status_code == 404

    first = bob.submit(address, to=f"{address}/bring")
    again = bob.submit(address, to=f"{address}/bring")

    assert (first.status_code, again.location) == (303, first.location)
    assert args_of(db, first.location) == args_of(db, looked) | {"dry_run": False}


def test_a_file_that_is_gone_is_asked_for_again(app: Flask, bob: Visitor) -> None:
    address = f"/listening/import/{looked_at(app, bob)}"
    for file in house(app).settings.uploads.iterdir():
        file.unlink()

    assert f"{address}/bring" not in bob.get(address).text
    answer = bob.submit("/account", to=f"{address}/bring")
    assert answer.status_code == 409 and "choose it again" in answer.text


def test_until_it_is_over_its_page_is_that_of_the_task(bob: Visitor) -> None:
    task = str(send(bob).location).rpartition("/")[2]

    assert bob.get(f"/listening/import/{task}").location == f"/tasks/{task}"


def imported(db: Database, visitor: Visitor, public_id: str, name: str, rows: int = 0) -> None:
    with db.writing() as session:
        made = play_imports.begin(session, visitor.id, public_id, name)
        heard = [
            Heard(Named(one.title, (one.artist,)), one.at * 1000, Source.LASTFM, one.at)
            for one in plays.history(rows)
        ]
        Intake(visitor.id).take(session, heard, import_id=made.id)
        play_imports.finish(session, made.id, rows, 0)


def test_the_history_tells_of_each_import_and_undoes_it(
    bob: Visitor, carol: Visitor, db: Database
) -> None:
    assert "Nothing was brought yet" in bob.get("/listening/imports").text
    imported(db, bob, "a" * 32, "first.json", rows=3)
    imported(db, bob, "b" * 32, "<second>.json")

    page = bob.get("/listening/imports").text

    assert page.index("&lt;second&gt;.json") < page.index("first.json")
    assert "3 new, 0 known" in page
    assert "first.json" not in carol.get("/listening/imports").text
    told = bob.get("/listening/imports", headers=JSON).get_json()
    assert [one["import"] for one in told["imports"]] == ["b" * 32, "a" * 32]
    undo = f"/listening/import/{'a' * 32}/undo"
    assert undo in page
    first, again = bob.submit(undo), bob.submit(undo)
    assert (first.status_code, again.location) == (303, first.location)
    assert args_of(db, first.location) == {"import": "a" * 32, "file_name": "first.json"}
    with db.writing() as session:
        play_imports.get(session, "b" * 32, HOUSE).undone_at = clock.now()
    late = bob.get(f"/listening/import/{'b' * 32}/undo")
    assert late.status_code == 409 and "undone already" in late.text


def test_before_an_undo_stands_how_many_plays_go_and_stay(bob: Visitor, db: Database) -> None:
    imported(db, bob, "a" * 32, "first.json", rows=3)
    with db.writing() as session:
        session.execute(update(Play).where(Play.id == 1).values(mark=int(Mark.NOT_ME)))

    page = bob.get(f"/listening/import/{'a' * 32}/undo").text

    assert "2 plays go" in page and "1 that you have corrected since stays" in page


def test_an_import_that_runs_is_not_undone(bob: Visitor, db: Database) -> None:
    task = str(send(bob, at_once="1").location).rpartition("/")[2]
    with db.writing() as session:
        play_imports.begin(session, bob.id, task, "my.json")

    answer = bob.get(f"/listening/import/{task}/undo")

    assert answer.status_code == 409 and "not over" in answer.text
    with db.writing() as session:
        tasks.ask_cancel(session, task, HOUSE)
    assert bob.get(f"/listening/import/{task}/undo").status_code == 200


def test_older_imports_are_on_the_next_page(bob: Visitor, db: Database) -> None:
    with db.writing() as session:
        for number in range(play_imports.PAGE + 1):
            play_imports.begin(session, bob.id, f"{number:032}", f"number {number}.json")
        oldest = session.query(PlayImport).order_by(PlayImport.id).offset(1).first()
        assert oldest

    page = bob.get("/listening/imports").text

    assert "number 0.json" not in page and f"before={oldest.id}" in page
    assert "number 0.json" in bob.get(f"/listening/imports?before={oldest.id}").text

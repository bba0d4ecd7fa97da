"""A collection is brought by its page: looked at, its columns chosen, brought, undone."""

import io
import zipfile
from typing import Any

import pytest
from flask import Flask

from core import clock
from database import shelf_history, shelf_imports, tasks
from database.engine import Database
from database.owner import HOUSE
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member

PART = {
    "kind": "records",
    "how": "added",
    "count": 53,
    "first": [{"record": "<Can> – Tago Mago (1971)", "on": "2025-03-01", "what": "LP, Rock"}],
}
BODY: dict[str, Any] = {
    "added": 53, "changed": 0, "same": 4, "skipped": 1, "parts": [PART], "dry_run": True,
    "problems": ["my.csv, row 7: it has no title."], "more_problems": 0, "is_begun_again": False,
}  # fmt: skip
ASK: dict[str, Any] = {
    "dry_run": True,
    "ask": {
        "names": ["Interpret", "Titel", "<b>"],
        "samples": [["Can", "Tago Mago", ""]],
        "likely": {"artists": 0, "title": 1, "scale": "10"},
    },
}
JSON = {"Accept": "application/json"}


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def send(visitor: Visitor, content: bytes = b"a,b\n1,2\n", **said: str) -> Any:
    return visitor.submit("/shelf/import", export=(io.BytesIO(content), "my.csv"), **said)


def looked_at(app: Flask, visitor: Visitor, body: dict[str, Any] = BODY) -> str:
    """Bring a file for a look that ends so; return its task's id."""
    answer = send(visitor)
    worker = StandIn(house(app).db)
    worker.finish(worker.take("import_records"), body)
    return str(answer.location).rpartition("/")[2]


def args_of(db: Database, location: str | None) -> dict[str, Any]:
    with db.reading() as session:
        return tasks.get(session, str(location).rpartition("/")[2], HOUSE).args


def test_a_file_is_only_looked_at_unless_it_is_said_otherwise(bob: Visitor, db: Database) -> None:
    of_discogs = b"Artist,Title,release_id\nCan,Tago Mago,1\n"

    looked, at_once = send(bob, of_discogs), send(bob, of_discogs, at_once="1")
    # Nobody has said yet which of its columns is what.
    other = send(bob, at_once="1")

    dry_runs = [args_of(db, one.location)["dry_run"] for one in (looked, at_once, other)]
    assert dry_runs == [True, False, True]
    assert "Import of my.csv" in bob.get(str(looked.location)).text


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in names:
            made.writestr(name, "x\n")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped("records.csv", "credit_trx.csv"), "“Restore” puts it back"),
        (zipped("diary.csv", "watched.csv"), "brought under Films"),
        (b"\xef\xbb\xbfDate,Name,Year,Letterboxd URI\n", "brought under Films"),
        (zipped("a.csv"), "Bring the csv file"),
        (b"uts,utc_time,artist,album,track\n", "brought under Listening"),
        (zipped("Streaming_History_Audio_2019.json"), "brought under Listening"),
    ],
    ids=["a shelf", "films", "a diary", "a zip", "plays", "a zip of plays"],
)
def test_what_belongs_elsewhere_is_led_there(
    app: Flask, bob: Visitor, content: bytes, sentence: str
) -> None:
    answer = send(bob, content)

    assert answer.status_code == 422 and sentence in answer.text
    assert list(house(app).settings.uploads.iterdir()) == []


def test_nothing_is_called_unchanged_that_an_interrupted_try_has_changed(
    app: Flask, bob: Visitor
) -> None:
    body = BODY | {"parts": [], "dry_run": False, "is_begun_again": True}

    page = bob.get(f"/shelf/import/{looked_at(app, bob, body)}").text

    assert "Nothing has changed" not in page and "begun again" in page


def test_without_a_file_the_form_comes_back(bob: Visitor) -> None:
    answer = bob.submit("/shelf/import", at_once="1")

    assert answer.status_code == 422 and "Choose a table" in answer.text
    assert 'value="1" checked' in answer.text


def test_what_would_change_is_told_in_words(app: Flask, bob: Visitor, carol: Visitor) -> None:
    address = f"/shelf/import/{looked_at(app, bob)}"

    page = bob.get(address).text

    assert "Only looked" in page and "New records: 53" in page
    assert "&lt;Can&gt; – Tago Mago (1971)" in page and "And 52 more." in page
    assert "row 7: it has no title." in page
    assert bob.get(address, headers=JSON).get_json()["added"] == 53
    assert carol.get(address).status_code == 404


def test_what_was_looked_at_is_brought_without_the_file(
    app: Flask, bob: Visitor, carol: Visitor, db: Database
) -> None:
    looked = looked_at(app, bob)
    address = f"/shelf/import/{looked}"
    assert carol.submit("/account", to=f"{address}/bring").status_code == 404

    first = bob.submit(address, to=f"{address}/bring")
    again = bob.submit(address, to=f"{address}/bring")

    assert (first.status_code, again.location) == (303, first.location)
    assert args_of(db, first.location) == args_of(db, looked) | {"dry_run": False}


def test_which_column_is_what_is_asked_and_answered(app: Flask, bob: Visitor, db: Database) -> None:
    address = f"/shelf/import/{looked_at(app, bob, ASK)}"
    page = bob.get(address).text
    assert "Which column is what?" in page and "&lt;b&gt;" in page
    assert '<option value="1" selected>Titel</option>' in page

    wrong = bob.submit(address, to=f"{address}/columns", artists="0", year="2", no_date="x")
    right = bob.submit(address, to=f"{address}/columns", title="1", artists="0", scale="5")

    assert wrong.status_code == 422 and "Say which column is the title." in wrong.text
    assert "A day like 2026-11-24" in wrong.text
    assert '<option value="2" selected>&lt;b&gt;</option>' in wrong.text
    assert right.status_code == 303
    args = args_of(db, right.location)
    assert args["dry_run"] is True
    assert {name: said for name, said in args["columns"].items() if said is not None} == {
        "title": 1, "artists": 0, "scale": "5",
    }  # fmt: skip


def test_a_file_that_is_gone_is_asked_for_again(app: Flask, bob: Visitor) -> None:
    address = f"/shelf/import/{looked_at(app, bob)}"
    asked = f"/shelf/import/{looked_at(app, bob, ASK)}"
    for file in house(app).settings.uploads.iterdir():
        file.unlink()

    assert f"{address}/bring" not in bob.get(address).text
    assert "choose it again" in bob.get(asked).text
    answer = bob.submit("/account", to=f"{address}/bring")
    assert answer.status_code == 409 and "choose it again" in answer.text


def imported(db: Database, visitor: Visitor, public_id: str, name: str = "my.csv") -> None:
    with db.writing() as session:
        made = shelf_imports.begin(session, visitor.id, public_id, "csv", name)
        shelf_imports.finish(session, made.id)


def test_the_history_tells_of_each_import_and_undoes_it(
    bob: Visitor, carol: Visitor, db: Database
) -> None:
    assert "Nothing was brought yet" in bob.get("/shelf/imports").text
    imported(db, bob, "a" * 32, "first.csv")
    imported(db, bob, "b" * 32, "<second>.csv")

    page = bob.get("/shelf/imports").text

    assert page.index("&lt;second&gt;.csv") < page.index("first.csv")
    assert "first.csv" not in carol.get("/shelf/imports").text
    told = bob.get("/shelf/imports", headers=JSON).get_json()
    assert [one["import"] for one in told["imports"]] == ["b" * 32, "a" * 32]
    undo = f"/shelf/import/{'a' * 32}/undo"
    assert undo in page and "Undo first.csv?" in bob.get(undo).text
    first, again = bob.submit(undo), bob.submit(undo)
    assert (first.status_code, again.location) == (303, first.location)
    assert args_of(db, first.location) == {"import": "a" * 32, "file_name": "first.csv"}
    with db.writing() as session:
        shelf_history.get(session, "b" * 32, HOUSE).undone_at = clock.now()
    late = bob.get(f"/shelf/import/{'b' * 32}/undo")
    assert late.status_code == 409 and "undone already" in late.text
    assert "undone" in bob.get("/shelf/imports").text


def test_everything_that_comes_and_goes_is_found_in_one_place(bob: Visitor) -> None:
    page = bob.get("/shelf/in-and-out").text

    for way in ("/shelf/import", "/shelf/imports", "/shelf/discogs", "/shelf/export.zip",
                "/shelf/export.json", "/shelf/restore", "/shelf/reset"):  # fmt: skip
        assert f'href="{way}"' in page

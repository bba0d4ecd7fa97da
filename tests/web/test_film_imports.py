"""What an import would change, row by row; bringing what was looked at; the history and undoing."""

import io
from typing import Any

import pytest
from flask import Flask

from core import clock
from database import film_imports, tasks
from database.engine import Database
from database.film_imports import NewImport
from database.models import FilmImport
from database.owner import HOUSE
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member

PART = {
    "kind": "viewings",
    "how": "changed",
    "count": 53,
    "first": [{"film": "<Ran> (1985)", "on": "2025-03-01", "what": "rating 3.5 → 4"}],
}
BODY: dict[str, Any] = {"added": 0, "changed": 53, "skipped": 0, "problems": [], "parts": [PART]}
JSON = {"Accept": "application/json"}


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def looked_at(app: Flask, visitor: Visitor) -> str:
    """Bring a file for a dry run that ends; return its task's id."""
    answer = visitor.submit("/films/import", export=(io.BytesIO(b"zip"), "my.zip"), dry_run="1")
    worker = StandIn(house(app).db)
    worker.finish(worker.take("import_films"), BODY)
    return str(answer.location).rpartition("/")[2]


def imported(db: Database, visitor: Visitor, public_id: str, name: str = "my.zip") -> None:
    assert visitor.id
    with db.writing() as session:
        import_id, _ = film_imports.begin(session, visitor.id, "bob_b", NewImport(public_id, name))
        parts = [{"kind": "viewings", "how": "added", "count": 2_130}]
        film_imports.end(session, import_id, {"added": 2_130, "parts": parts})


def test_numbers_that_are_not_all_say_so(app: Flask, bob: Visitor) -> None:
    answer = bob.submit("/films/import", export=(io.BytesIO(b"zip"), "my.zip"))
    worker = StandIn(house(app).db)
    worker.finish(worker.take("import_films"), BODY | {"is_begun_again": True})

    page = bob.get(f"/films/import/{str(answer.location).rpartition('/')[2]}").text

    assert "interrupted and begun again" in page
    assert "interrupted" not in bob.get(f"/films/import/{looked_at(app, bob)}").text


def test_the_first_rows_are_told_in_words(app: Flask, bob: Visitor) -> None:
    page = bob.get(f"/films/import/{looked_at(app, bob)}").text

    assert "Changed viewings: 53" in page
    assert "&lt;Ran&gt; (1985)" in page and "rating 3.5 → 4" in page and "1 Mar 2025" in page
    assert "And 52 more." in page


def test_what_was_looked_at_is_brought_without_the_file(
    app: Flask, bob: Visitor, carol: Visitor, db: Database
) -> None:
    looked = looked_at(app, bob)
    address = f"/films/import/{looked}"
    assert f'action="{address}/bring"' in bob.get(address).text
    assert carol.submit("/", to=f"{address}/bring").status_code == 404

    first = bob.submit(address, to=f"{address}/bring")
    again = bob.submit(address, to=f"{address}/bring")

    assert (first.status_code, again.location) == (303, first.location)
    with db.reading() as session:
        task = tasks.get(session, str(first.location).rpartition("/")[2], HOUSE)
        before = tasks.get(session, looked, HOUSE)
    assert task.args == before.args | {"dry_run": False}
    assert bob.submit("/", to=f"/films/import/{task.public_id}/bring").status_code == 404


def test_a_file_that_is_gone_is_asked_for_again(app: Flask, bob: Visitor) -> None:
    address = f"/films/import/{looked_at(app, bob)}"
    for file in house(app).settings.uploads.iterdir():
        file.unlink()

    page = bob.get(address).text

    assert f"{address}/bring" not in page and 'href="/films/import"' in page
    answer = bob.submit("/films/import", to=f"{address}/bring")
    assert answer.status_code == 409 and "choose it again" in answer.text


def test_the_history_tells_of_each_import(bob: Visitor, carol: Visitor, db: Database) -> None:
    assert "Nothing was brought yet" in bob.get("/films/imports").text
    imported(db, bob, "a" * 32, "first.zip")
    imported(db, bob, "b" * 32, "<second>.zip")

    page = bob.get("/films/imports").text

    assert page.index("&lt;second&gt;.zip") < page.index("first.zip")
    assert "New viewings: 2\u202f130" in page
    assert f'href="/films/import/{"b" * 32}/undo"' in page
    assert f'href="/films/import/{"a" * 32}/undo"' not in page
    assert "first.zip" not in carol.get("/films/imports").text
    told = bob.get("/films/imports", headers=JSON).get_json()
    assert [one["import"] for one in told["imports"]] == ["b" * 32, "a" * 32]
    assert told["imports"][0]["counts"]["added"] == 2_130


def test_an_import_is_undone_by_a_task(bob: Visitor, db: Database) -> None:
    imported(db, bob, "a" * 32)
    page = f"/films/import/{'a' * 32}/undo"
    assert "Undo my.zip?" in bob.get(page).text

    first, again = bob.submit(page), bob.submit(page)

    assert (first.status_code, again.location) == (303, first.location)
    with db.reading() as session:
        task = tasks.get(session, str(first.location).rpartition("/")[2], HOUSE)
    assert (task.action, task.args["import"], task.person_id) == ("undo_import", "a" * 32, bob.id)
    assert "Undoing the import of my.zip" in bob.get(str(first.location)).text


def test_what_cannot_be_undone_says_why(bob: Visitor, db: Database) -> None:
    imported(db, bob, "a" * 32)
    imported(db, bob, "b" * 32, "later.zip")

    early = bob.submit("/account", to=f"/films/import/{'a' * 32}/undo")
    assert early.status_code == 409 and "Undo the later import of later.zip first" in early.text
    with db.writing() as session:
        found = film_imports.get(session, "b" * 32, HOUSE)
        found.undone_at = clock.now()
    late = bob.get(f"/films/import/{'b' * 32}/undo")

    assert late.status_code == 409 and "undone already" in late.text
    assert "undone" in bob.get("/films/imports").text


def test_an_import_that_is_not_over_is_not_undone(bob: Visitor, db: Database) -> None:
    answer = bob.submit("/films/import", export=(io.BytesIO(b"zip"), "my.zip"))
    public_id = str(answer.location).rpartition("/")[2]
    assert bob.id
    with db.writing() as session:
        film_imports.begin(session, bob.id, "bob_b", NewImport(public_id, "my.zip"))

    refused = bob.get(f"/films/import/{public_id}/undo")

    assert refused.status_code == 409 and "not over" in refused.text
    assert "not over, or ended early" in bob.get("/films/imports").text


def test_older_imports_are_on_the_next_page(
    bob: Visitor, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_imports, "PAGE", 2)
    for number in range(3):
        imported(db, bob, str(number) * 32, f"{number}.zip")
    with db.reading() as session:
        ids = {one.public_id: one.id for one in session.query(FilmImport)}

    first = bob.get("/films/imports").text
    assert f"before={ids['1' * 32]}" in first and "0.zip" not in first
    page = bob.get(f"/films/imports?before={ids['1' * 32]}").text

    assert "0.zip" in page and "1.zip" not in page


def test_a_page_that_is_just_full_leads_nowhere(
    bob: Visitor, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_imports, "PAGE", 2)
    for number in range(2):
        imported(db, bob, str(number) * 32, f"{number}.zip")

    assert "Older imports" not in bob.get("/films/imports").text
    assert bob.get("/films/imports", headers=JSON).get_json()["before"] is None


def test_the_history_costs_the_same_for_many(
    bob: Visitor, db: Database, count_queries: list[str]
) -> None:
    seen = []
    for how_many in ("a", "bcdefghij"):
        for letter in how_many:
            imported(db, bob, letter * 32, f"{letter}.zip")
        count_queries.clear()
        bob.get("/films/imports")
        seen.append(len(count_queries))

    assert seen[0] == seen[1] > 0

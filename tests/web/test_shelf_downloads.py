"""A shelf to take along: the same records as on the page, or everything there is."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from database import ratings
from database.engine import Database
from database.models import Person
from tests import factories
from tests.web.conftest import Visitor, house, member
from webapp.shelf import downloads


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def bobs(db: Database, bob: Visitor) -> int:
    """Put two records on bob's shelf; return the id of the one that is rated."""
    with db.writing() as session:
        person = session.get_one(Person, bob.id)
        rated = factories.record(session, person, "=Tago Mago", ["Can", "Faust"], colour="blue")
        ratings.rate(session, rated, 9, "2025-04-02")
        factories.record(
            session, person, "Gone", year=None, price=None,
            is_active=False, removed_on="2025-05-01",
        )  # fmt: skip
        return rated


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_records_of_the_page_as_a_table(bob: Visitor, bobs: int) -> None:
    answer = bob.get("/shelf.csv?sort=title")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert 'filename="records.csv"' in answer.headers["Content-Disposition"]
    rated, gone = sorted(table(answer.text), key=lambda row: row["title"])
    assert rated == {
        "id": str(bobs), "artist": "Can / Faust", "title": "'=Tago Mago",
        "label": "United Artists", "genre": "Rock", "year": "1971", "format": "LP",
        "colour": "blue", "edition": "", "copy_number": "", "remarks": "",
        "purchased_on": "2025-03-01", "price": "20.00", "currency": "EUR", "rating": "9",
        "is_digitised": "0", "is_active": "1", "removed_on": "",
    }  # fmt: skip
    assert (gone["year"], gone["price"], gone["is_active"]) == ("", "", "0")


def test_the_filters_hold_for_it_too(bob: Visitor, bobs: int) -> None:
    assert [row["title"] for row in table(bob.get("/shelf.csv?state=removed").text)] == ["Gone"]
    told = bob.get("/shelf.json?artist=faust").json
    assert told and [record["id"] for record in told["records"]] == [bobs]
    assert told["records"][0]["price"] == 20.0 and told["records"][0]["title"] == "=Tago Mago"
    assert bob.get("/shelf.csv?year=12").status_code == 422


def test_many_batches_make_one_whole(
    bob: Visitor, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "_BATCH", 3)
    monkeypatch.setattr("database.shelf_export.BATCH", 3)
    with db.writing() as session:
        person = session.get_one(Person, bob.id)
        made = [factories.record(session, person, f"Record {nth}") for nth in range(10)]
        for record_id in made:
            ratings.rate(session, record_id, 5, "2025-04-02")

    assert len(table(bob.get("/shelf.csv").text)) == 10
    everything = bob.get("/shelf/export.json").json
    assert everything and [row["record_id"] for row in everything["records"]] == made
    assert [row["record_id"] for row in everything["ratings"]] == made


def test_everything_as_a_zip_with_a_stamp(bob: Visitor, bobs: int) -> None:
    answer = bob.get("/shelf/export.zip")

    assert answer.content_type == "application/zip"
    named = answer.headers["Content-Disposition"]
    assert named.startswith('attachment; filename="20') and named.endswith('.zip"')
    with zipfile.ZipFile(io.BytesIO(answer.data)) as opened:
        assert opened.namelist()[:4] == [
            "records.csv", "credit_trx.csv", "ratings.csv", "songs.csv"
        ]  # fmt: skip
        records = table(opened.read("records.csv").decode())
    assert records[0]["record_id"] == str(bobs)


def test_everything_as_json(bob: Visitor, bobs: int) -> None:
    """Must show 7: rating history is exported."""
    told = bob.get("/shelf/export.json").json

    assert told
    record = told["records"][0]
    assert (record["record_id"], record["artist"]) == (bobs, ["Can", "Faust"])
    assert (record["price"], record["is_active"], record["rating"]) == (20.0, True, 9)
    assert [(row["value"], row["rated_on"]) for row in told["ratings"]] == [(9, "2025-04-02")]
    assert told["records"][1]["rating"] is None


def test_who_has_nothing_gets_nothing_and_nobody_anothers(app: Flask, bobs: int) -> None:
    assert bobs
    carol = member(app, "carol")

    assert table(carol.get("/shelf.csv").text) == []
    assert carol.get("/shelf.json").json == {"records": []}
    told = carol.get("/shelf/export.json").json
    assert told and set(map(str, told.values())) == {"[]"}


@pytest.mark.usefixtures("bobs")
def test_the_command_writes_a_file_whole_and_over_none(app: Flask, tmp_path: Path) -> None:
    run: FlaskCliRunner = app.test_cli_runner()
    out = tmp_path / "shelf.zip"

    assert run.invoke(args=["shelf", "export", str(out), "--user", "bob"]).exit_code == 0
    with zipfile.ZipFile(out) as opened:
        assert opened.testzip() is None
    before = out.read_bytes()
    refused = run.invoke(args=["shelf", "export", str(out), "--user", "bob"])
    assert refused.exit_code == 1 and "--force" in refused.output
    assert out.read_bytes() == before
    assert run.invoke(args=["shelf", "export", str(out), "--user", "nobody"]).exit_code == 1
    told = tmp_path / "shelf.JSON"
    done = run.invoke(args=["shelf", "export", str(told), "--user", "bob", "--force"])
    assert done.exit_code == 0 and told.read_text().startswith('{"records":[')
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {out.name, told.name}

"""Restoring and emptying a shelf from its pages, and the exports that are kept of it."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock, kept_exports
from core.store import FOLDER
from database import ledger, shelves
from database.engine import Database
from database.models import Person, Record
from tests import factories
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member
from worker_jobs.registry import JOBS, load
from worker_jobs.run import Stopping, TaskRun

STAMP = "2026-11-24-18-30-12.zip"


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def zipped(titles: str = "Tago Mago") -> io.BytesIO:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as opened:
        opened.writestr(
            "records.csv",
            "record_id,artist,title,genre,record_format,purchase_date,created_at\n"
            f"5,Can,{titles},Rock,LP,2025-03-01,2025-03-01T10:00:00.000Z\n",
        )
    held.seek(0)
    return held


def work(app: Flask, action: str) -> None:
    """Do the task of that action that waits, as a worker would."""
    inside = house(app)
    task = StandIn(inside.db).take(action)
    body = load(action, JOBS)(task.args, TaskRun(inside.db, inside.settings, task, Stopping(0)))
    StandIn(inside.db).finish(task, body)


def titles(db: Database, person_id: int) -> list[str]:
    with db.reading() as session:
        query = select(Record.title).where(Record.person_id == person_id).order_by(Record.id)
        return list(session.scalars(query))


@pytest.fixture
def bobs(db: Database, bob: Visitor) -> Visitor:
    """Bob, with one record, and with all the credits that he can have today."""
    today = clock.today(clock.zone("UTC"))
    with db.writing() as session:
        shelves.settle(session, bob.id, today)
        ledger.add_due(session, bob.id, today)
        factories.record(session, session.get_one(Person, bob.id), "Old one")
    return bob


def look_into(app: Flask, visitor: Visitor, content: io.BytesIO, **said: Any) -> str:
    """Bring a zip and have it looked into; return the address of what came of it."""
    answer = visitor.submit("/shelf/restore", export=(content, "my.zip"), **said)
    assert answer.status_code == 303, answer.text
    work(app, "restore_shelf")
    found = follow(visitor, answer)
    assert found.startswith("/shelf/restore/")
    return found


def follow(visitor: Visitor, answer: TestResponse) -> str:
    """Return where the page of a task that is complete leads."""
    return str(visitor.get(str(answer.location)).location)


def test_a_zip_is_looked_into_first_and_then_restored(
    app: Flask, bobs: Visitor, db: Database
) -> None:
    address = look_into(app, bobs, zipped())

    page = bobs.get(address).text
    assert "nothing was changed" in page and "Can - Tago Mago" in page
    assert 'name="export_first" type="checkbox" value="1" checked' in page
    assert titles(db, bobs.id) == ["Old one"]

    answer = bobs.submit(address, export_first="1")
    work(app, "restore_shelf")
    done = bobs.get(follow(bobs, answer)).text

    assert titles(db, bobs.id) == ["Tago Mago"]
    (kept,) = kept_exports.listed(FOLDER, house(app).settings.exports, bobs.id)
    assert f"/shelf/exports/{kept.name}" in done and "Restored" in done


def test_without_the_tick_nothing_is_exported(app: Flask, bobs: Visitor, db: Database) -> None:
    address = look_into(app, bobs, zipped())

    bobs.submit(address)
    work(app, "restore_shelf")

    assert titles(db, bobs.id) == ["Tago Mago"]
    assert kept_exports.listed(FOLDER, house(app).settings.exports, bobs.id) == []


def test_a_script_that_does_not_say_otherwise_exports_first(
    app: Flask, bobs: Visitor, db: Database
) -> None:
    address = look_into(app, bobs, zipped())

    headers = {"Accept": "application/json", "X-CSRFToken": bobs.token("/shelf/restore")}
    answer = bobs.post(address, json={}, headers=headers)

    assert answer.status_code == 202
    work(app, "restore_shelf")
    assert titles(db, bobs.id) == ["Tago Mago"]
    assert len(kept_exports.listed(FOLDER, house(app).settings.exports, bobs.id)) == 1


def test_rows_that_cannot_be_kept_are_told_and_there_is_no_button(
    app: Flask, bobs: Visitor, db: Database
) -> None:
    address = look_into(app, bobs, zipped(",<b>"))

    page = bobs.get(address).text

    assert "records.csv, row 2" in page and "cannot be restored" in page
    assert "Replace the shelf" not in page
    assert titles(db, bobs.id) == ["Old one"]


def test_without_a_file_the_form_comes_back(bob: Visitor) -> None:
    answer = bob.submit("/shelf/restore", to_five="1")

    assert answer.status_code == 422
    assert "Choose the zip" in answer.text
    assert 'name="to_five" type="checkbox" value="1" checked' in answer.text


def test_a_file_that_is_gone_is_asked_for_again(app: Flask, bobs: Visitor) -> None:
    address = look_into(app, bobs, zipped())
    for upload in house(app).settings.uploads.iterdir():
        upload.unlink()

    assert "Replace the shelf" not in bobs.get(address).text
    assert bobs.submit("/shelf/restore", to=address).status_code == 409


def test_looked_into_by_one_it_is_nobody_elses(app: Flask, bobs: Visitor, db: Database) -> None:
    address = look_into(app, bobs, zipped())
    carol = member(app, "carol")

    assert carol.get(address).status_code == 404
    assert carol.submit("/shelf/restore", to=address).status_code == 404
    assert titles(db, carol.id) == []


def test_a_shelf_is_emptied_by_who_types_their_name(
    app: Flask, bobs: Visitor, db: Database
) -> None:
    page = bobs.get("/shelf/reset").text
    assert "<dt>Records</dt><dd>1</dd>" in page and "checked" in page

    refused = bobs.submit("/shelf/reset", name="alice", export_first="1")
    assert refused.status_code == 422 and "Type your name, bob" in refused.text
    assert 'value="alice"' in refused.text

    answer = bobs.submit("/shelf/reset", name=" BOB ", export_first="1")
    work(app, "reset_shelf")
    done = bobs.get(follow(bobs, answer)).text

    assert titles(db, bobs.id) == []
    (kept,) = kept_exports.listed(FOLDER, house(app).settings.exports, bobs.id)
    assert kept.name in done and "The shelf is empty" in done


def test_an_export_is_listed_fetched_and_deleted_by_its_person_alone(
    app: Flask, bobs: Visitor
) -> None:
    folder = kept_exports.folder_of(house(app).settings.exports, bobs.id)
    folder.mkdir(parents=True)
    (folder / STAMP).write_bytes(b"zip")
    carol = member(app, "carol")

    assert STAMP in bobs.get("/shelf/restore").text
    with bobs.get(f"/shelf/exports/{STAMP}") as answer:
        assert answer.data == b"zip"
        assert STAMP in answer.headers["Content-Disposition"]
    assert STAMP not in carol.get("/shelf/restore").text
    assert carol.get(f"/shelf/exports/{STAMP}").status_code == 404
    assert carol.submit("/shelf/restore", to=f"/shelf/exports/{STAMP}/delete").status_code == 404
    assert bobs.get("/shelf/exports/..%2F..%2Fhouse").status_code == 404

    assert bobs.submit("/shelf/restore", to=f"/shelf/exports/{STAMP}/delete").status_code == 303
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_the_command_restores_what_the_command_exported(
    app: Flask, bobs: Visitor, db: Database, tmp_path: Path
) -> None:
    """Must show 14: export, restore, export is equal; also from the command line."""
    run, out, again = app.test_cli_runner(), tmp_path / "a.zip", tmp_path / "b.zip"
    assert run.invoke(args=["shelf", "export", str(out), "--user", "bob"]).exit_code == 0
    with db.writing() as session:
        factories.record(session, session.get_one(Person, bobs.id), "Since")

    done = run.invoke(args=["shelf", "restore", str(out), "--user", "bob"])

    assert done.exit_code == 0, done.output
    assert "1 records" in done.output and "is kept as exports/" in done.output
    assert titles(db, bobs.id) == ["Old one"]
    assert run.invoke(args=["shelf", "export", str(again), "--user", "bob"]).exit_code == 0
    with zipfile.ZipFile(out) as before, zipfile.ZipFile(again) as after:
        for name in ("records.csv", "credit_trx.csv", "ratings.csv", "songs.csv"):
            assert before.read(name) == after.read(name)
    assert list(house(app).settings.uploads.iterdir()) == []

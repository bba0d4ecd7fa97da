"""A history is taken along by its owner alone, from a browser or a command."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

from flask import Flask
from sqlalchemy import update

from database.models import Person
from tests import factories
from tests.web.conftest import Visitor, house
from tests.web.test_insights import hear


def test_a_zip_holds_everything_of_ones_own(app: Flask, alice: Visitor, bob: Visitor) -> None:
    hear(app, alice, "Vitamin C", times=3, ms_played=200_000)
    hear(app, bob, "Waterloo", ["Abba"])

    answer = alice.get("/listening/export.zip")

    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"].startswith(
        'attachment; filename="needledrop-listening-2'
    )
    with zipfile.ZipFile(BytesIO(answer.data)) as zipped:
        assert zipped.namelist() == ["listening.jsonl", "feedback.jsonl"]
        lines = [json.loads(line) for line in zipped.read("listening.jsonl").splitlines()]
    assert [line["is"] for line in lines] == ["listener", "artist", "track", *["play"] * 3]
    assert not [line for line in lines if "Abba" in str(line)]


def test_maloja_gets_a_file_that_it_knows(app: Flask, alice: Visitor) -> None:
    hear(app, alice, "Vitamin C", times=2, ms_played=200_000)

    answer = alice.get("/listening/export/maloja.json")

    name = answer.headers["Content-Disposition"].partition('filename="')[2].rstrip('"')
    assert name.startswith("maloja_export_") and set(name[14:-5]) <= set("0123456789_")
    told = answer.get_json()
    assert [one["track"]["title"] for one in told["scrobbles"]] == ["Vitamin C"] * 2
    assert [one["duration"] for one in told["scrobbles"]] == [200, 200]


def test_only_a_parent_takes_a_childs_along(app: Flask, alice: Visitor, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        child = factories.person(session, "the little one").id
        mine = update(Person).where(Person.id == child)
        session.execute(mine.values(parent_id=bob.id))

    for address in ("/listening/export.zip", "/listening/export/maloja.json"):
        assert bob.get(f"{address}?person={child}").status_code == 200
        assert bob.get(f"{address}?person={alice.id}").status_code == 403
        assert alice.get(f"{address}?person={bob.id}").status_code == 403
        assert alice.get(f"{address}?person={10**18}").status_code == 404


def test_a_command_writes_either(app: Flask, bob: Visitor, tmp_path: Path) -> None:
    hear(app, bob)
    run = app.test_cli_runner()
    out, other = tmp_path / "bob.zip", tmp_path / "maloja_export_1.json"

    assert run.invoke(args=["listening", "export", str(out), "--user", "bob"]).exit_code == 0
    assert run.invoke(args=["listening", "export", str(other), "--user", "bob"]).exit_code == 0

    assert zipfile.is_zipfile(out)
    assert len(json.loads(other.read_text())["scrobbles"]) == 1
    refused = run.invoke(args=["listening", "export", str(out), "--user", "bob"])
    assert (refused.exit_code, "--force" in refused.output) == (1, True)
    nobody = run.invoke(args=["listening", "export", str(out), "--user", "nobody"])
    assert nobody.exit_code == 1

"""The plug is pulled at any moment: what was acknowledged is there, and whole."""

import os
import random
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from core import folders
from core.settings import load
from database import schema
from database.engine import Database
from tests.conftest import FULL, missing, remove_progress
from tests.faults import careless, power

STATES, TASKS = (1_000, 24) if FULL else (100, 12)


class Broken(Exception):
    """A promise was broken, or the database is damaged."""


def recorded(folder: Path, monkeypatch: pytest.MonkeyPatch, *, is_careless: bool) -> list[str]:
    """Try the real worker in many power cuts; return what was wrong after each of them."""
    if shutil.which("strace") is None:
        missing("strace")
    monkeypatch.setenv("NEEDLEDROP_DATA", str(folder))
    settings = load()
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    db.close()
    before = {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    log = folder.parent / "calls"
    environment = {**os.environ, careless.ASKED: "1" if is_careless else "0"}
    command = [sys.executable, "-m", "tests.faults.acknowledging", str(TASKS)]
    power.record(command, environment, folder, log)
    remove_progress(db)
    done = power.steps(log, folder, before)
    assert sum(step.kind == "ack" for step in done) == 2 * TASKS
    chance, wrong = random.Random(42), []
    with tempfile.TemporaryDirectory() as scratch:
        for number, disk in enumerate(power.cuts(before, done, STATES, chance, least=10)):
            after = Path(scratch, str(number))
            disk.write_out(folder, after)
            try:
                check(after, disk.acknowledged)
            except (Broken, sqlite3.DatabaseError) as error:
                wrong.append(str(error))
            shutil.rmtree(after)
    return wrong


def check(folder: Path, acknowledged: set[str]) -> None:
    with closing(sqlite3.connect(folder / "needledrop.sqlite3")) as db:
        if (answer := db.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            raise Broken(answer)
        status = dict(db.execute("SELECT id, status FROM tasks"))
        files = db.execute("SELECT task_id, json_extract(body, '$.file') FROM results").fetchall()
    for said in acknowledged:
        _, what, number = said.split()
        found = status.get(int(number))
        if found is None or (what == "complete" and found != "COMPLETE"):
            raise Broken(f"acknowledged and lost: {what}")
    for task_id, name in files:
        picture = folder / "pictures" / name
        if status[task_id] != "COMPLETE" or not picture.exists():
            raise Broken("a result without its file")
        if picture.read_bytes() != b"x" * 3_000:
            raise Broken("a result with half a file")


@pytest.mark.slow
def test_nothing_acknowledged_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = recorded(tmp_path / "data", monkeypatch, is_careless=False)

    assert wrong == []


@pytest.mark.slow
def test_the_drill_notices_who_does_not_wait_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = recorded(tmp_path / "data", monkeypatch, is_careless=True)

    assert len(wrong) > STATES / 100

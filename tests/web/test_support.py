"""./run support: what somebody who helps needs to know, and nothing that is nobody's business."""

import json
import socket
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from core.settings import load
from database import people, tasks
from database.models import FilmSource, Grant, LinkedAccount, Task
from database.owner import Owner
from tests import factories
from tests.unit.test_doctor import script
from tests.web.conftest import house
from webapp.support_commands import gathered, packed, support

# Each stands for something that is nobody's business, and is planted below.
SECRETS = {
    "hunter2-tmdb-token",
    "hunter2-discogs",
    "hunter2-spotify",
    "hunter2-google",
    "hunter2-cache",
    "hunter2-secret-key-long-enough-for-one",
    "hunter2-redis",
    "hunter2-in-key-file",
    "hunter2-seal",
    "hunter2-password",
    "hunter2-in-the-log",
    "hunter2-linked",
    "hunter2-granted",
}
NAMES = {
    "Rosalind",
    "rosalinds_films",
    "Feeds-of-Max",
    "rosalind@discogs",
    "Rosalind Ffrench",
    "at-spotify",
    "Somebody Gone",
    "typed in the wrong field",
}
ABOUT = {"Vertigo Special Pressing", "my secret export.zip", "Side by Side"}
GRANT = {
    "provider": "spotify",
    "subject": "rosalind-at-spotify",
    "subject_name": "Rosalind Ffrench",
    "scopes": "",
    "secret": "hunter2-granted",
    "access_expires_at": 1,
    "authorised_at": 1,
    "version": 1,
    "status": "OK",
}
ADDRESSES = {"192.168.7.31", "fe80::12:34ff:fe56:789a", "fd12::5"}


@pytest.fixture
def planted(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house in which every kind of secret is somewhere."""
    settings = house(app).settings
    for name, value in {
        "TMDB_TOKEN": "hunter2-tmdb-token",
        "DISCOGS_TOKEN": "hunter2-discogs",
        "SPOTIFY_CLIENT_SECRET": "hunter2-spotify",
        "GOOGLE_CLIENT_SECRET": "hunter2-google",
        "CACHE_SECRET": "hunter2-cache",
        "SECRET_KEY": "hunter2-secret-key-long-enough-for-one",
        "REDIS_URL": "redis://:hunter2-redis@127.0.0.1:1/0",
    }.items():
        monkeypatch.setenv(f"NEEDLEDROP_{name}", value)
    (settings.data / "secret_key").write_text("hunter2-in-key-file")
    (settings.data / "token.key").write_text("hunter2-seal")
    with house(app).db.writing() as session:
        person = factories.person(session, "Rosalind", password_hash="hunter2-password")
        person.letterboxd_name = "rosalinds_films"
        people.get(session, person.id)
        whose = {"person_id": person.id, "created_at": 1}
        accounts = {"provider": "discogs", "name": "rosalind@discogs", "secret": "hunter2-linked"}
        session.add(LinkedAccount(**whose, **accounts, updated_at=1))
        session.add(FilmSource(name="Feeds-of-Max", name_folded="feeds-of-max"))
        session.add(Grant(**whose, **GRANT))
        fails(session, person.id)
    script(
        tmp_path / "journalctl",
        "echo 'webapp.accounts: wrong password for '\\''rosalind'\\'' from 192.168.7.31'\n"
        "echo 'from fe80::12:34ff:fe56:789a: token=hunter2-in-the-log'\n"
        "echo 'webapp.admin.people: '\\''rosalind'\\'' deleted '\\''Somebody Gone'\\'''\n"
        "echo 'seen from fd12::5'\n"
        "echo 'webapp.accounts.proof: wrong password for \"typed in the wrong field\"'\n"
        "echo 'worker_jobs.loop: task 1 (import_records): my secret export.zip is no export'\n"
        "echo '    ValueError: Vertigo Special Pressing, Side by Side'\n"
        "echo 'key hunter2-in-key-file and hunter2-seal'\n"
        "echo 'rosalind@discogs, FEEDS-OF-MAX, rosalind-at-spotify, Rosalind Ffrench'\n"
        "echo 'the worker says hello'",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return settings.data


def fails(session: Any, person_id: int) -> None:
    """Let a task end with a sentence that tells what it was about."""
    args = {
        "record": "Vertigo Special Pressing",
        "file_name": "my secret export.zip",
        "songs": [{"title": "Side by Side"}],
    }
    made = tasks.enqueue(session, "import_records", args, owner=Owner(person_id))
    sentence = (
        "my secret export.zip is no export: Vertigo Special Pressing, Side by Side, by Rosalind."
    )
    session.flush()
    task = session.get(Task, made.id)
    task.status, task.finished_at, task.error_msg = "ERROR", task.created_at, sentence


def read(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(file) as made:
        return {name: made.read(name).decode() for name in made.namelist()}


@pytest.mark.usefixtures("planted")
def test_nothing_secret_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "support.zip"

    done = CliRunner().invoke(support, [str(file)])

    assert (done.exit_code, "Look through it" in done.output) == (0, True)
    assert file.stat().st_mode & 0o777 == 0o600
    parts = read(file)
    whole = "\n".join(parts.values()).casefold()
    planted = SECRETS | NAMES | ABOUT | ADDRESSES
    assert [one for one in planted if one.casefold() in whole] == []
    assert "hunter2" not in whole and socket.gethostname().casefold() not in whole.split()
    assert "the worker says hello" in parts["log.txt"]


@pytest.mark.usefixtures("planted")
def test_it_tells_what_helps(tmp_path: Path) -> None:
    file = tmp_path / "support.zip"
    CliRunner().invoke(support, [str(file)])

    parts = read(file)

    checks = {check["name"]: check for check in json.loads(parts["doctor.json"])}
    assert checks["database"]["status"] == "ok"
    tables = json.loads(parts["tables.json"])
    assert tables["rows"]["people"] == 1 and tables["rows"]["tasks"] == 1
    assert "CREATE TABLE people" in parts["schema.sql"]
    past = json.loads(parts["tasks.json"])
    assert past["newest"][0]["action"] == "import_records" and "args" not in past["newest"][0]
    assert past["newest"][0]["error_msg"] == "… is no export: …, …, by …."
    assert past["counted"][0] | {"status": "ERROR", "tasks": 1} == past["counted"][0]
    assert json.loads(parts["versions.json"])["packages"]["Flask"]
    assert json.loads(parts["vitals.json"])["workers"] == 0
    assert json.loads(parts["settings.json"])["NEEDLEDROP_TMDB_TOKEN"] == "…"
    assert parts["README.txt"].startswith("What the command `support` gathered")
    assert [name for name in parts if f"\n{name}" not in parts["README.txt"]] == ["README.txt"]


def test_a_file_that_is_there_stays_unless_it_is_forced(planted: Path, tmp_path: Path) -> None:
    file = tmp_path / "support.zip"
    file.write_text("mine")
    assert planted.exists()

    refused = CliRunner().invoke(support, [str(file)])
    assert (refused.exit_code, file.read_text()) == (1, "mine")

    assert CliRunner().invoke(support, [str(file), "--force"]).exit_code == 0
    assert "doctor.json" in read(file)


def test_it_speaks_of_a_house_that_cannot_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "broken"
    (data / "run").mkdir(parents=True)
    (data / "needledrop.sqlite3").write_bytes(b"no database at all" * 1000)
    monkeypatch.setenv("NEEDLEDROP_DATA", str(data))

    parts = dict(gathered(load()))

    assert "file is not a database" in parts["doctor.json"]
    assert parts["tables.json"].startswith("Not to be had: DatabaseError: file is not a database")
    assert zipfile.is_zipfile(zipped(tmp_path, packed(parts.items())))


def test_it_makes_no_database_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path / "new"))

    parts = dict(gathered(load()))

    assert "no database yet" in parts["tables.json"]
    assert list((tmp_path / "new").iterdir()) == []


def zipped(folder: Path, content: bytes) -> Path:
    (folder / "made.zip").write_bytes(content)
    return folder / "made.zip"

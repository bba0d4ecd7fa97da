"""library, as somebody at a terminal gives it: with a real worker, over a fake Spotify."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from pydantic import SecretStr
from sqlalchemy import func, select

from core.settings import Settings, load
from database import children
from database.children import NewChild
from database.engine import Database
from database.models import Analysis, LibraryItem, Notification, Person, Task
from fakes.spotify import CLIENT_ID, CLIENT_SECRET, FakeSpotify, small
from tests import libraries
from tests.spotify import connect
from tests.web.conftest import Visitor, house


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with FakeSpotify(small()) as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, spotify: FakeSpotify, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same for this process and for the worker that a command starts."""
    for name, value in (
        ("DATA", str(tmp_path / "data")),
        ("SPOTIFY_API_URL", spotify.api_url),
        ("SPOTIFY_ACCOUNTS_URL", spotify.url),
        ("SPOTIFY_IMAGE_URL", spotify.url),
        ("SPOTIFY_CLIENT_ID", CLIENT_ID),
        ("SPOTIFY_CLIENT_SECRET", CLIENT_SECRET),
    ):
        monkeypatch.setenv(f"NEEDLEDROP_{name}", value)
    return load().model_copy(
        update={"secret_key": SecretStr("the key of a test, long enough to be one")}
    )


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def filled(db: Database, bob: Visitor) -> libraries.Library:
    with db.writing() as session:
        return libraries.fill(session, bob.id, known=2)


def give(run: FlaskCliRunner, *args: str) -> Result:
    return run.invoke(args=["library", *args])


def test_a_library_is_synced(
    app: Flask, db: Database, run: FlaskCliRunner, bob: Visitor, spotify: FakeSpotify
) -> None:
    connect(db, house(app).settings, bob.id, spotify)

    done = give(run, "sync", "--user", "bob")

    assert done.exit_code == 0, done.output
    assert " playlists, " in done.output and "plays." in done.output
    with db.reading() as session:
        theirs = select(func.count()).where(LibraryItem.person_id == bob.id)
        assert session.scalar(theirs)
        assert session.scalars(select(Notification.operation)).all() == ["sync"]


def test_who_has_connected_nothing_is_told_so(run: FlaskCliRunner, bob: Visitor) -> None:
    done = give(run, "sync")

    assert bob.id and done.exit_code == 1
    assert done.output.startswith("Error: ") and "onnect" in done.output
    assert done.output.count("\n") == 1


def test_an_analysis_is_written_out(
    db: Database, run: FlaskCliRunner, filled: libraries.Library
) -> None:
    done = give(run, "analyze", "playlist", str(filled.playlist), "--user", "bob")

    assert done.exit_code == 0, done.output
    assert "Morning: the sound of 2 of 3 tracks is known." in done.output
    assert "Tempo" in done.output and "100.500\u00a0BPM" in done.output
    with db.reading() as session:
        assert session.scalars(select(Analysis.scope)).one() == str(filled.playlist)


def test_all_tracks_become_a_table_that_can_be_brought_again(
    run: FlaskCliRunner, filled: libraries.Library, tmp_path: Path
) -> None:
    file = tmp_path / "library.csv"

    assert filled and give(run, "export", str(file)).output == f"{file}\n"

    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["track_name"] for row in rows] == ["Song 0", "Song 1", "Song 2"]
    assert [row["tempo"] for row in rows] == ["100.0", "101.0", ""]
    assert rows[0]["sources"] == "csv" and rows[0]["track_id"] == "track0"
    again = give(run, "export", str(file))
    assert again.exit_code == 1 and "--force writes over it" in again.output
    assert give(run, "export", str(file), "--force").exit_code == 0
    assert [one.name for one in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["sync", "--user", "nobody"], "There is no person nobody."),
        (["sync", "--user", "kim"], "This is a child’s profile"),
        (["analyze", "playlist"], "Say which playlist: give its number."),
        (["analyze", "period"], "give days like 2026-01-01..2026-01-31."),
        (["analyze", "liked", "7"], "give no number"),
        (["analyze", "liked", "--user", "kim"], "This is a child’s profile"),
        (["export", "x.csv", "--user", "kim"], "This is a child’s profile"),
        (["export", "/nowhere/x.csv"], "There is no folder /nowhere."),
    ],
)
def test_what_cannot_be_ends_with_1_and_one_line(
    db: Database, run: FlaskCliRunner, bob: Visitor, args: list[str], said: str
) -> None:
    with db.writing() as session:
        children.add(session, bob.id, NewChild(name="kim"))

    done = give(run, *args)

    assert done.exit_code == 1, done.output
    assert done.output.startswith("Error: ") and said in done.output
    assert done.output.count("\n") == 1
    with db.reading() as session:
        assert session.scalars(select(Task.id)).all() == []


def test_a_child_is_brought_no_library(
    db: Database, run: FlaskCliRunner, bob: Visitor, tmp_path: Path
) -> None:
    with db.writing() as session:
        child_id = children.add(session, bob.id, NewChild(name="kim")).id
        assert session.get_one(Person, child_id).parent_id == bob.id
    file = tmp_path / "tracks.csv"
    file.write_text("track_id,track_name,artists,energy,tempo,valence\na,b,c,0.5,9,0.5\n")

    done = run.invoke(args=["import", str(file), "--user", "kim"])

    assert done.exit_code == 1 and "A child’s profile has no library" in done.output
    with db.reading() as session:
        assert session.scalars(select(Task.id)).all() == []

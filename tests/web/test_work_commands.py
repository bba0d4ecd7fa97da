"""mosaic, import and task, as somebody at a terminal gives them: with a real worker, over fakes."""

import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from PIL import Image
from pydantic import SecretStr

from core.settings import ROOT, Settings, load
from database import films, tasks, workers
from database.engine import Database
from database.owner import HOUSE, Owner
from fakes import library, plays
from fakes.diary import Viewing
from fakes.export import export
from fakes.films import find
from fakes.letterboxd import FakeLetterboxd
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house
from webapp import waiting

_PATIENCE_SECONDS = 90


@pytest.fixture
def letterboxd() -> Iterator[FakeLetterboxd]:
    with FakeLetterboxd() as fake:
        yield fake


@pytest.fixture
def settings(
    tmp_path: Path, letterboxd: FakeLetterboxd, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """The same for this process and for the worker that a command starts."""
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NEEDLEDROP_LETTERBOXD_URL", letterboxd.url)
    monkeypatch.setenv("NEEDLEDROP_LETTERBOXD_IMAGE_URL", letterboxd.url)
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
def a_worker(db: Database) -> Iterator["subprocess.Popen[bytes]"]:
    """The real one, at work already."""
    worker = subprocess.Popen([sys.executable, ROOT / "worker.py", "--lanes", "quick,long"])
    try:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not workers.alive(db):
            assert time.monotonic() < until and worker.poll() is None
            time.sleep(0.02)
        yield worker
    finally:
        worker.terminate()
        worker.wait()


def give(run: FlaskCliRunner, *args: str) -> Result:
    return run.invoke(args=list(args))


def refusal(done: Result) -> str:
    """Return the one line of a command that did not end well."""
    assert done.exit_code == 1
    assert done.output.startswith("Error: ") and done.output.count("\n") == 1, done.output
    return done.output


def viewings(*titles: str) -> list[Viewing]:
    return [Viewing(find(title), datetime.now(UTC).date(), half_stars=7) for title in titles]


def put(db: Database, owner: Owner = HOUSE, **args: object) -> str:
    with db.writing() as session:
        return tasks.enqueue(session, "create_mosaic", args, owner=owner).public_id


def size_of(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as opened:
        assert opened.format == "JPEG"
        return opened.size


@pytest.mark.slow
def test_a_mosaic_of_a_name_is_where_it_was_asked_for(
    run: FlaskCliRunner, db: Database, letterboxd: FakeLetterboxd, tmp_path: Path
) -> None:
    letterboxd.member("dave", viewings("Jaws", "Alien"))
    out = tmp_path / "dave.jpg"

    done = give(run, "mosaic", "--letterboxd", "dave", "--scale", "1", "--out", str(out))

    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1] == str(out)
    assert min(size_of(out)) > 100
    assert workers.alive(db) == 0


@pytest.mark.slow
def test_a_mosaic_of_an_export_is_made_by_the_worker_that_is_there(
    run: FlaskCliRunner, app: Flask, a_worker: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    file = tmp_path / "dave.zip"
    file.write_bytes(export("dave", viewings("Jaws", "Alien")))

    done = give(run, "mosaic", "--export", str(file), "--period", "all", "--scale", "1")

    assert a_worker.poll() is None
    assert done.exit_code == 0, done.output
    picture = Path(done.output.splitlines()[-1])
    assert picture.parent == house(app).settings.pictures
    assert min(size_of(picture)) > 100
    assert list(house(app).settings.uploads.iterdir()) == []


@pytest.mark.slow
def test_a_name_that_nobody_has_is_one_line(run: FlaskCliRunner) -> None:
    assert "nobody_there" in refusal(give(run, "mosaic", "--letterboxd", "nobody_there"))


def test_where_it_cannot_be_written_is_said_before_the_wait(
    run: FlaskCliRunner, db: Database, tmp_path: Path
) -> None:
    out = tmp_path / "nowhere" / "x.jpg"

    said = refusal(give(run, "mosaic", "--letterboxd", "dave", "--out", str(out)))

    assert f"there is no folder {out.parent}" in said
    with db.reading() as session:
        assert tasks.listed(session, HOUSE, everybody=True) == []


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit('The data folder is on fire.')", "The data folder is on fire."),
        ("raise SystemExit(0)", "It said nothing."),
    ],
)
def test_a_worker_that_cannot_start_is_not_waited_for(
    run: FlaskCliRunner,
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    said: str,
) -> None:
    (tmp_path / "worker.py").write_text(program)
    monkeypatch.setattr(waiting, "ROOT", tmp_path)

    line = refusal(give(run, "mosaic", "--letterboxd", "dave"))

    assert line.endswith(f"{said}\n")
    with db.reading() as session:
        (task,) = tasks.listed(session, HOUSE, everybody=True)
    assert task.status == "WAITING" and task.public_id in line


@pytest.mark.parametrize("args", [[], ["--letterboxd", "dave", "--export", __file__]])
def test_a_mosaic_is_of_one_thing(run: FlaskCliRunner, args: list[str]) -> None:
    assert "either --letterboxd NAME or --export FILE" in refusal(give(run, "mosaic", *args))


@pytest.mark.slow
def test_an_import_counts_first_then_keeps_and_is_undone(
    run: FlaskCliRunner, db: Database, settings: Settings, bob: Visitor, tmp_path: Path
) -> None:
    file = tmp_path / "bob.zip"
    file.write_bytes(export("bob", viewings("Jaws", "Alien")))

    looked = give(run, "import", str(file), "--user", "Bob", "--dry-run")
    assert (looked.exit_code, count(db, bob)) == (0, 0), looked.output
    assert "2 viewings of 2 films: 2 would be added" in looked.output
    assert "New viewings: 2\n" in looked.output and "  Jaws (1975)  rating" in looked.output
    assert not list(settings.uploads.iterdir())

    kept = give(run, "import", str(file), "--user", "Bob")
    assert (kept.exit_code, count(db, bob)) == (0, 2), kept.output
    assert "2 viewings of 2 films: 2 added" in kept.output
    assert "New viewings: 2\n" in kept.output and "Jaws" not in kept.output

    (listed,) = give(run, "imports", "list", "--user", "Bob").output.splitlines()
    assert listed.endswith("bob.zip")
    undone = give(run, "imports", "undo", listed.split()[0])
    assert (undone.exit_code, count(db, bob)) == (0, 0), undone.output
    assert undone.output.endswith(" taken back.\n")
    assert give(run, "imports", "list", "--user", "Bob").output.endswith("bob.zip  undone\n")
    assert "undone already" in refusal(give(run, "imports", "undo", listed.split()[0]))


def count(db: Database, visitor: Visitor) -> int:
    with db.reading() as session:
        return films.count(session, visitor.id)


@pytest.mark.slow
def test_a_file_that_is_no_export_is_one_line(
    run: FlaskCliRunner, bob: Visitor, tmp_path: Path
) -> None:
    assert bob.id
    file = tmp_path / "letter.zip"
    file.write_bytes(b"Dear Maya, ")

    said = refusal(give(run, "import", str(file), "--user", "bob"))

    assert "neither a Letterboxd export" in said


def test_tasks_are_listed_and_shown(run: FlaskCliRunner, db: Database, bob: Visitor) -> None:
    worker = StandIn(db)
    failed = put(db, letterboxd_username="nobody")
    worker.fail(worker.take(), "nobody has no Letterboxd feed.")
    waiting = put(db, Owner(bob.id), letterboxd_username="dave")

    listed = give(run, "task", "list").output.splitlines()
    shown = give(run, "task", "show", failed)

    assert [line.split()[0] for line in listed] == [waiting, failed]
    assert "WAITING" in listed[0] and "bob" in listed[0] and "Mosaic of dave" in listed[0]
    assert shown.exit_code == 0
    assert shown.output.startswith("Mosaic of nobody: ERROR\nnobody has no Letterboxd feed.\n")
    assert "attempt 1" in shown.output
    assert len(give(run, "task", "list", "--limit", "1").output.splitlines()) == 1
    assert "There is no task 7." in refusal(give(run, "task", "show", "7"))


def test_cancelling_says_what_will_happen(run: FlaskCliRunner, db: Database) -> None:
    worker = StandIn(db)
    running, waiting = put(db), put(db)
    task = worker.take()

    assert give(run, "task", "cancel", waiting).output == "Cancelled.\n"
    assert give(run, "task", "cancel", running).output == "It was asked to stop.\n"
    worker.finish(task, {})
    assert give(run, "task", "cancel", running).output == "It is COMPLETE already.\n"
    assert "There is no task 7." in refusal(give(run, "task", "cancel", "7"))


@pytest.mark.slow
def test_a_collection_is_brought_by_its_content_and_undone(
    run: FlaskCliRunner, bob: Visitor, tmp_path: Path
) -> None:
    assert bob.id
    file = tmp_path / "a name that says nothing"
    file.write_text("Band;Album;Jahr\nCan;Tago Mago;1971\n;;\nNeu!;;1972\n", encoding="utf-8")

    looked = give(run, "import", str(file), "--user", "bob", "--dry-run").output
    kept = give(run, "import", str(file), "--user", "bob", "--column", "remarks=jahr").output

    assert "Records: 1 would be added, 0 would be changed, 0 known, 1 skipped." in looked
    assert "Can – Tago Mago (1971)" in looked
    assert "Records: 1 added, 0 changed, 0 known, 1 skipped." in kept
    (listed,) = give(run, "imports", "list", "--user", "bob").output.splitlines()
    undone = give(run, "imports", "undo", listed.split()[0])
    assert undone.output == "1 taken back.\n"
    wrong = give(run, "import", str(file), "--user", "bob", "--column", "title=Name")
    assert "There is no column “Name”" in refusal(wrong)


def test_a_shelf_that_was_taken_along_is_put_back_elsewhere(
    run: FlaskCliRunner, bob: Visitor, tmp_path: Path
) -> None:
    assert bob.id
    file = tmp_path / "shelf.zip"
    with zipfile.ZipFile(file, "w") as zipped:
        zipped.writestr("records.csv", "record_id\n")
        zipped.writestr("credit_trx.csv", "credit_trx_id\n")

    assert "shelf restore" in refusal(give(run, "import", str(file), "--user", "bob"))


@pytest.mark.slow
def test_a_history_of_plays_is_brought_by_its_content_and_undone(
    run: FlaskCliRunner, bob: Visitor, tmp_path: Path
) -> None:
    assert bob.id
    file = tmp_path / "a name that says nothing"
    file.write_bytes(plays.my_spotify_data(plays.history(20)))

    looked = give(run, "import", str(file), "--user", "bob", "--dry-run").output
    kept = give(run, "import", str(file), "--user", "bob").output
    again = give(run, "import", str(file), "--user", "bob").output

    assert "They count: 20" in looked and "Plays: 20 would be added (20 count," in looked
    assert "MyData/Userdata.json: personal, and never opened" in kept
    assert "Plays: 20 added" in kept and "0 known" in kept
    assert "Plays: 0 added" in again and "20 known" in again
    # The library that is in it, too, is an import of its own.
    assert "Library: 1 tracks added" in kept and "Library: 0 tracks added" in again
    listed = give(run, "imports", "list", "--user", "bob").output.splitlines()
    assert len(listed) == 4
    undone = give(run, "imports", "undo", listed[3].split()[0])
    assert undone.output == "20 taken back.\n"


def test_a_library_is_brought_by_its_content_and_undone(
    run: FlaskCliRunner, bob: Visitor, tmp_path: Path
) -> None:
    assert bob.id
    file = tmp_path / "Kraut.csv"
    file.write_text(library.exportify(library.tracks(5)))

    looked = give(run, "import", str(file), "--user", "bob", "--dry-run").output
    kept = give(run, "import", str(file), "--user", "bob").output
    (listed,) = give(run, "imports", "list", "--user", "bob").output.splitlines()
    undone = give(run, "imports", "undo", listed.split()[0])

    assert "Library: 5 tracks would be added, 0 known, 5 with audio features" in looked
    assert "Kraut.csv: 5 rows (Exportify)" in kept and "playlists: 1 added" in kept
    # A playlist, and how five tracks sound.
    assert undone.output == "6 taken back.\n"

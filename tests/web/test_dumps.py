"""Dumps on their page and at a terminal: admins have them come, members see how it stands."""

import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from pydantic import SecretStr
from sqlalchemy import select

from core import room
from core.settings import Settings, load
from database import crate_imports, crate_sample, crates, dumps, schedules
from database.dumps import Noticed
from database.engine import Database
from database.models import CrateImport, Task
from database.owner import HOUSE
from fakes import dumps as made
from fakes.discogs_data import FakeDiscogsData
from tests.web.conftest import Visitor, house
from worker_jobs.registry import PLANS

PAGE = "/crates/dumps"
VERSION = "20261001"
NAME = f"discogs_{VERSION}_releases.xml.gz"
BODY = gzip.compress(b"<releases>\n</releases>", mtime=0)


@pytest.fixture
def page() -> Iterator[FakeDiscogsData]:
    with FakeDiscogsData() as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, page: FakeDiscogsData, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same for this process and for the worker that a command starts."""
    # As if there were a petabyte more than there is, wherever this is tried.
    monkeypatch.setattr(room, "WATERMARK", -(10**15))
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("NEEDLEDROP_DISCOGS_DATA_URL", page.url)
    return load().model_copy(
        update={"secret_key": SecretStr("the key of a test, long enough to be one")}
    )


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def folder(app: Flask) -> Path:
    return house(app).settings.dumps


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def notice(db: Database) -> None:
    with db.writing() as session:
        rows = [
            Noticed(VERSION, kind, f"http://x/{kind}", 11_300_000_000, "a" * 64)
            for kind in ("releases", "masters")
        ]
        dumps.notice(session, [*rows, Noticed("20261103", "labels", "http://x/l", 1, None)])


def asked(db: Database, action: str) -> list[dict[str, object]]:
    with db.reading() as session:
        return list(session.scalars(select(Task.args).where(Task.action == action)))


def test_a_member_sees_how_it_stands_and_can_change_nothing(db: Database, bob: Visitor) -> None:
    notice(db)
    with db.writing() as session:
        dumps.ask_fetch(session, HOUSE, VERSION, dumps.Wanted())
        session.add(
            CrateImport(
                public_id="a" * 32, version="20260901", scope="all", name="a", created_at=1,
                finished_at=2, counts={"releases": 4000, "videos": 70, "aside": 1},
                problems=[{"record": 17, "release_id": None, "reason": "no XML", "start": "<x"}],
            )
        )  # fmt: skip

    shown = bob.get(PAGE)

    assert shown.status_code == 200
    for words in (VERSION, "20261103 is being put up", "Fetching a dump", "20260901", "no XML"):
        assert words in shown.text
    assert "<form" not in shown.text.partition("<main")[2]


def test_an_admin_is_told_what_it_takes_before_anything_comes(db: Database, alice: Visitor) -> None:
    empty = alice.get(PAGE).text
    assert "Nobody has looked yet" in empty and "11.3 GB" in empty
    notice(db)

    told = alice.get(PAGE).text

    for words in ("11.3 GB", "Free on the disk", "minutes", f"Fetch {VERSION} now"):
        assert words in told
    assert asked(db, dumps.FETCH) == []


def test_an_admin_looks_and_has_a_dump_fetched(db: Database, alice: Visitor) -> None:
    assert alice.submit(PAGE, to=f"{PAGE}/look").status_code == 303
    assert asked(db, dumps.LOOK) == [{}]
    notice(db)

    answer = alice.submit(
        PAGE, to=f"{PAGE}/fetch", version=VERSION, scope="all", more=["masters"], barcodes="1"
    )

    assert answer.status_code == 303 and "/tasks/" in answer.location
    assert asked(db, dumps.FETCH) == [
        {"version": VERSION, "scope": "all", "more": ["masters"], "barcodes": True}
    ]


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({"version": VERSION, "scope": "some"}, 422, "Say videos, or all"),
        ({"version": VERSION, "more": "labels"}, 409, "has no labels yet"),
        ({"version": "20200101"}, 404, "There is no dump 20200101"),
        ({"version": "../etc"}, 422, "The day in the name"),
    ],
)
def test_what_cannot_be_fetched_says_why(
    db: Database, alice: Visitor, said: dict[str, str], status: int, why: str
) -> None:
    notice(db)

    answer = alice.submit(PAGE, to=f"{PAGE}/fetch", **said)

    assert answer.status_code == status and why in answer.text
    assert asked(db, dumps.FETCH) == []


def test_files_in_the_folder_are_known_by_what_is_in_them(
    db: Database, alice: Visitor, folder: Path
) -> None:
    (folder / NAME).write_bytes(BODY)
    (folder / "holiday.zip").write_bytes(b"PK")
    shown = alice.get(PAGE).text
    assert NAME in shown and "holiday.zip is not packed" in shown

    answer = alice.submit(PAGE, to=f"{PAGE}/import", file=NAME, scope="videos")

    assert answer.status_code == 303
    assert asked(db, dumps.IMPORT) == [
        {
            "dumps": {"releases": str(folder / NAME)},
            "version": VERSION,
            "scope": "videos",
            "barcodes": False,
            "sha256": {},
            "anyway": False,
        }
    ]


def test_no_room_is_said_at_the_press_of_the_button(db: Database, alice: Visitor) -> None:
    with db.writing() as session:
        dumps.notice(session, [Noticed(VERSION, "releases", "http://x/r", 10**18, "a" * 64)])

    answer = alice.submit(PAGE, to=f"{PAGE}/fetch", version=VERSION)

    assert answer.status_code == 409 and "GB are free" in answer.text
    assert asked(db, dumps.FETCH) == []


def test_whatever_lies_in_the_folder_the_page_is_had(alice: Visitor, folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.gz")).write_bytes(BODY)
    os.mkfifo(folder / "pipe.gz")
    (folder / "gone.gz").symlink_to("/nowhere")
    (folder / "folder.gz").mkdir()
    (folder / f"{NAME}.part").write_bytes(b"\x1f\x8b")

    shown = alice.get(PAGE)

    assert shown.status_code == 200
    assert "caf?.gz has a name that is no text" in shown.text
    assert "not whole yet" in shown.text
    for name in ("pipe.gz", "gone.gz", "folder.gz"):
        assert name not in shown.text
        assert alice.submit(PAGE, to=f"{PAGE}/import", file=name).status_code == 404
        assert alice.submit(PAGE, to=f"{PAGE}/delete", name=name).status_code == 404


def test_of_several_files_of_releases_the_newest_is_ticked(alice: Visitor, folder: Path) -> None:
    older = "discogs_20250101_releases.xml.gz"
    for name in (older, NAME, "zz.gz"):
        (folder / name).write_bytes(BODY)

    shown = alice.get(PAGE).text

    assert f'value="{NAME}" checked' in shown
    assert f'value="{older}">' in shown and 'value="zz.gz">' in shown


def test_a_form_that_does_not_pass_keeps_what_was_ticked(alice: Visitor, folder: Path) -> None:
    (folder / NAME).write_bytes(BODY)
    (folder / "mine.gz").write_bytes(BODY)
    said = {"file": ["mine.gz"], "scope": "all", "barcodes": "1", "version": "soon", "anyway": "1"}

    shown = alice.submit(PAGE, to=f"{PAGE}/import", **said).text

    assert 'href="#version"' in shown and 'aria-current="true">Dumps' in shown
    _, _, form = shown.partition('id="import"')
    for ticked in ("mine.gz", "all"):
        assert f'value="{ticked}" checked' in form
    for name in ("barcodes", "anyway"):
        assert re.search(f'name="{name}" [^>]*checked', form)
    assert f'value="{NAME}">' in form and 'value="soon"' in form


def test_a_file_that_was_fetched_and_is_gone_is_not_said_to_be_here(
    db: Database, alice: Visitor, folder: Path
) -> None:
    notice(db)
    with db.writing() as session:
        row = dumps.of_version(session, VERSION, ["releases"])[0]
        dumps.fetched(session, row, path=f"dumps/{NAME}", size=len(BODY))
    assert "not fetched" in alice.get(PAGE).text.partition("Masters")[2]

    (folder / NAME).write_bytes(BODY)

    assert re.search(r"Releases<[^>]*>here<", alice.get(PAGE).text)


@pytest.mark.parametrize(("counts", "said"), [({}, "The file is damaged."), (None, "broken off")])
def test_the_crate_that_serves_is_named_beside_an_import_that_failed(
    db: Database, bob: Visitor, counts: dict[str, int] | None, said: str
) -> None:
    with db.writing() as session:
        for public_id, version, name, found in (
            ("a" * 32, "20260901", "a", {"releases": 4000, "videos": 70, "aside": 0}),
            ("b" * 32, VERSION, None, counts),
        ):
            made = CrateImport(public_id=public_id, version=version, scope="all", name=name)
            made.created_at, made.finished_at = 1, None if found is None else 2
            made.counts = found
            made.problems = [{"reason": "The file is damaged."}] if found == {} else None
            session.add(made)

    shown = bob.get(PAGE).text

    assert said in shown
    assert "of 20260901, with 4\u2009000 releases" in shown.replace("\u202f", "\u2009")


def test_what_is_being_imported_is_not_said_to_be_broken_off(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        task = crate_sample.ask(session, HOUSE)
        crate_imports.begin(session, task.public_id, crate_sample.VERSION, "all")

    shown = bob.get(PAGE).text

    assert "not yet" in shown and "broken off" not in shown


@pytest.mark.parametrize(
    ("said", "status", "why"),
    [
        ({}, 422, "Tick the file"),
        ({"file": "../needledrop.sqlite3"}, 404, "There is no file"),
        ({"file": "/etc/passwd"}, 404, "There is no file"),
        ({"file": "holiday.zip"}, 422, "is not packed"),
        ({"file": NAME, "version": "yesterday"}, 422, "The day in the name"),
    ],
)
def test_what_cannot_be_imported_says_why(
    db: Database, alice: Visitor, folder: Path, said: dict[str, str], status: int, why: str
) -> None:
    (folder / NAME).write_bytes(BODY)
    (folder / "holiday.zip").write_bytes(b"PK")

    answer = alice.submit(PAGE, to=f"{PAGE}/import", **said)

    assert answer.status_code == status and why in answer.text
    assert asked(db, dumps.IMPORT) == []


def test_a_file_is_deleted_unless_it_is_being_used(
    db: Database, alice: Visitor, folder: Path
) -> None:
    (folder / NAME).write_bytes(BODY)
    with db.writing() as session:
        task = dumps.ask_look(session, HOUSE)
    assert alice.submit(PAGE, to=f"{PAGE}/delete", name=NAME).status_code == 409
    with db.writing() as session:
        session.delete(session.get_one(Task, task.id))

    assert alice.submit(PAGE, to=f"{PAGE}/delete", name=NAME).status_code == 303

    assert list(folder.iterdir()) == []
    assert alice.submit(PAGE, to=f"{PAGE}/delete", name="../key").status_code == 404


def test_new_dumps_come_by_themselves_once_an_admin_has_said_so(
    db: Database, alice: Visitor
) -> None:
    with db.writing() as session:
        schedules.set_up(session, PLANS, "UTC")
    assert "Nothing is fetched unless" in alice.get(PAGE).text

    answer = alice.submit(PAGE, to=f"{PAGE}/daily", is_on="1", scope="all", more=["labels"])

    assert answer.status_code == 303
    with db.reading() as session:
        is_on, wanted = dumps.daily(session)
    assert is_on and (wanted.scope, wanted.more) == ("all", ("labels",))
    shown = alice.get(PAGE).text
    assert "a new dump is fetched" in shown and "Stop that" in shown


def test_check_tells_of_the_newest_dump_and_fetches_nothing(
    db: Database, run: FlaskCliRunner, page: FakeDiscogsData
) -> None:
    page.puts(VERSION, "releases", BODY)
    page.completes(VERSION)
    page.puts("20261102", "labels", BODY)

    told = run.invoke(args=["crates", "check"])

    assert told.exit_code == 0, told.output
    assert f"The newest dump is {VERSION}" in told.output
    assert "20261102 is being put up" in told.output
    assert asked(db, dumps.FETCH) == []


@pytest.mark.parametrize(
    ("name", "content", "more", "why"),
    [
        (NAME, b"<html>", (), "is not packed"),
        ("mine.gz", BODY, (), "give its version"),
        (NAME, BODY, ("--version", "2026"), "a day like 20261001"),
        (NAME, gzip.compress(b"<artists>", mtime=0), (), "made of releases"),
    ],
)
def test_import_says_at_once_what_is_wrong_with_a_file(
    run: FlaskCliRunner, tmp_path: Path, name: str, content: bytes, more: tuple[str, ...], why: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    told = run.invoke(args=["crates", "import", str(file), *more])

    assert told.exit_code == 1
    assert why in told.output


def test_a_pipe_is_not_waited_for(run: FlaskCliRunner, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / NAME)

    told = run.invoke(args=["crates", "import", str(tmp_path / NAME)])

    assert told.exit_code == 1
    assert told.stderr.count("\n") == 1 and "is no file that can be read twice" in told.stderr


def test_import_makes_the_crate_of_a_file_that_somebody_has(
    db: Database, run: FlaskCliRunner, tmp_path: Path, app: Flask
) -> None:
    file = tmp_path / NAME
    file.write_bytes(made.packed(made.dump([made.plain(1, "Solo", "tHo8dG7aWhE")])))

    told = run.invoke(args=["crates", "import", str(file)])

    assert told.exit_code == 0, told.output
    assert f"1 releases of {VERSION} with 1 videos are in the crate." in told.output
    assert file.is_file(), "what a person brings stays where it is"
    with db.reading() as session:
        last = dumps.last_import(session)
    assert last is not None and (last.version, last.scope) == (VERSION, "videos")
    assert crates.current(house(app).settings.data) is not None

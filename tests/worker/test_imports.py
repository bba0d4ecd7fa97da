"""Imports and what is left of them: whose they are, what guests leave, what has had its time."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from core import clock
from core.errors import BadFile
from core.settings import Settings
from database import film_imports, film_sources, films, pictures, tasks
from database.engine import Database
from database.models import Film, FilmImport, FilmMark, FilmSource, PictureAddress, Viewing
from database.owner import HOUSE, Owner
from fakes.export import export
from tests import factories
from tests.worker.listening import Listening, begin
from tests.worker.test_mosaic_job import month, put
from worker_jobs import clean_up
from worker_jobs.film_sources import from_export
from worker_jobs.imports.job import import_films
from worker_jobs.imports.undo import undo_import

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def diary_alone(name: str) -> bytes:
    """Return the diary of the export of that name, as a file of its own."""
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(export(name, month("Jaws", "Alien")))) as zipped:
        return zipped.read("diary.csv")


def bring(
    db: Database, settings: Settings, person_id: int, content: bytes, name: str
) -> dict[str, Any]:
    args = {"upload": put(settings, content), "file_name": name, "dry_run": False}
    return import_films(args, begin(db, settings, Owner(person_id)))


@pytest.mark.parametrize("letterboxd_name", ["alice_a", None])
def test_a_single_table_belongs_to_the_account_that_is_there(
    db: Database, settings: Settings, letterboxd_name: str | None
) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice", letterboxd_name=letterboxd_name).id
    whole = bring(db, settings, alice, export("alice_a", month("Jaws", "Alien")), "x.zip")

    table = bring(db, settings, alice, diary_alone("alice_a"), "diary.csv")

    assert (whole["added"], table["added"], table["same"]) == (2, 0, 2)
    with db.reading() as session:
        assert session.scalars(select(FilmSource.name)).all() == ["alice_a"]


@pytest.mark.parametrize(("letterboxd_name", "account"), [("alice_a", "alice_a"), (None, "alice")])
def test_a_single_table_alone_belongs_to_the_account_of_its_person(
    db: Database, settings: Settings, letterboxd_name: str | None, account: str
) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice", letterboxd_name=letterboxd_name).id

    bring(db, settings, alice, diary_alone("whoever"), "diary.csv")

    with db.reading() as session:
        assert session.scalars(select(FilmSource.name)).all() == [account]


def test_a_guests_export_changes_no_film_of_the_household_and_leaves_none(
    db: Database, settings: Settings
) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice")
        jaws = factories.film(session, "Jaws", 1975)
        factories.viewing(session, jaws, factories.source(session, alice))
    upload = put(settings, export("maya", month("Jaws", "Alien")))
    run = begin(db, settings, Owner(guest_hash="g"))

    with from_export(run, upload, "x.zip") as brought, db.reading() as session:
        seen = session.scalars(
            select(Viewing.film_id).where(Viewing.source_id == brought.source_id)
        ).all()

    assert jaws.id in seen and len(seen) == 2
    with db.reading() as session:
        assert session.execute(select(Film.id, Film.uri)).all() == [(jaws.id, None)]
        assert session.scalar(select(func.count()).select_from(FilmMark)) == 0
        assert session.scalar(select(func.count()).select_from(FilmSource)) == 1


def test_the_clean_up_drops_what_a_guest_and_a_power_cut_left(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database.unused_films.BATCH", 2)
    with db.writing() as session:
        kept = factories.film(session, "Jaws", 1975)
        factories.viewing(session, kept, factories.source(session))
        left = film_sources.source(session, None, f"{film_sources.OF_GUESTS}1")
        left.fetched_at = clock.now() - 2 * clock.DAY
        young = film_sources.source(session, None, f"{film_sources.OF_GUESTS}2")
        for of in (left, left, young):
            factories.viewing(session, factories.film(session), of)
        for _ in range(5):
            factories.film(session)
        young_id = young.id

    gone = clean_up.clean_up({}, begin(db, settings))

    assert gone["films"] == 5
    with db.reading() as session:
        assert young_id in session.scalars(select(FilmSource.id)).all()
        assert session.scalar(select(func.count()).select_from(FilmSource)) == 2
        assert session.scalar(select(func.count()).select_from(Film)) == 2


def test_the_clean_up_drops_what_tmdb_said_half_a_year_ago(
    db: Database, settings: Settings
) -> None:
    old, young = clock.now() - 200 * clock.DAY, clock.now() - 100 * clock.DAY
    addresses = {
        f"{settings.tmdb_image_url}/t/p/w500/old.jpg": old,
        f"{settings.tmdb_image_url}/t/p/w500/young.jpg": young,
        f"{settings.letterboxd_image_url}/old.jpg": old,
    }
    with db.writing() as session:
        mine = factories.source(session)
        for state, answer in (
            ("tie", [films.Candidate("movie", 1, "Leo")]),
            ("matched", films.Match("movie", 348, "Ridley Scott", "https://x/y.jpg")),
        ):
            film = factories.film(session, state)
            factories.viewing(session, film, mine)
            films.save_match(session, film.id, answer)
        session.execute(update(Film).values(asked_at=old))
        for number, (address, fetched_at) in enumerate(addresses.items()):
            sha256 = str(number) * 64
            pictures.save(session, address, sha256=sha256, size=1, expires_at=old)
            session.execute(
                update(PictureAddress)
                .where(PictureAddress.address == address)
                .values(fetched_at=fetched_at)
            )
            file = pictures.path_of(settings.posters, sha256)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"x")

    clean_up.clean_up({}, begin(db, settings))

    with db.reading() as session:
        states = session.execute(select(Film.tmdb_state, Film.director, Film.poster_address)).all()
        assert set(session.scalars(select(PictureAddress.address))) == set(list(addresses)[1:])
    assert [tuple(row) for row in states] == [("unasked", None, None)] * 2
    assert not pictures.path_of(settings.posters, "0" * 64).exists()
    assert pictures.path_of(settings.posters, "1" * 64).exists()


def task_of(settings: Settings, content: bytes, *, dry_run: bool = False) -> dict[str, Any]:
    return {"upload": put(settings, content), "file_name": "x.zip", "dry_run": dry_run}


def test_what_was_imported_is_undone_and_brought_again(db: Database, settings: Settings) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice").id
    content = export("alice_a", month("Jaws", "Alien"))
    run = begin(db, settings, Owner(alice))
    import_films(task_of(settings, content), run)
    run_stops(db, run)

    undone = undo_import({"import": run.task.public_id}, begin(db, settings, Owner(alice)))
    again = undo_import({"import": run.task.public_id}, begin(db, settings, Owner(alice)))

    assert undone == again
    assert undone["undone"] >= 4 and undone["kept"] == 0
    with db.reading() as session:
        for model in (Film, FilmMark, FilmSource, Viewing):
            assert session.scalar(select(func.count()).select_from(model)) == 0
    assert import_films(task_of(settings, content), begin(db, settings, Owner(alice)))["added"] == 2


def run_stops(db: Database, run: Listening) -> None:
    """End the task that a Listening stands for: no worker has it."""
    with db.writing() as session:
        tasks.ask_cancel(session, run.task.public_id, HOUSE)


def test_an_export_brought_for_a_mosaic_can_be_undone_too(db: Database, settings: Settings) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice").id
    run = begin(db, settings, Owner(alice))
    with from_export(run, put(settings, export("alice_a", month("Jaws"))), "x.zip"):
        pass
    run_stops(db, run)

    undo_import({"import": run.task.public_id}, begin(db, settings, Owner(alice)))

    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Viewing)) == 0


def test_a_dry_run_tells_each_row_and_leaves_the_file_of_the_last_one(
    db: Database, settings: Settings
) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice").id
        older = film_imports.ask(session, Owner(alice), "older.upload", "o.zip", dry_run=True)
        tasks.ask_cancel(session, older.public_id, HOUSE)
    (settings.uploads / "older.upload").write_bytes(b"zip")
    args = task_of(settings, export("alice_a", month("Jaws", "Alien")), dry_run=True)

    told = import_films(args, begin(db, settings, Owner(alice)))

    parts = {(part["kind"], part["how"]): part for part in told["parts"]}
    assert parts["viewings", "added"]["count"] == 2
    assert {row["film"] for row in parts["viewings", "added"]["first"]} == {
        "Jaws (1975)",
        "Alien (1979)",
    }
    assert [file.name for file in settings.uploads.iterdir()] == [args["upload"]]
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(FilmImport)) == 0


def test_a_file_that_is_no_export_is_not_kept_after_a_look(
    db: Database, settings: Settings
) -> None:
    with db.writing() as session:
        alice = factories.person(session, "alice").id
    args = task_of(settings, b"Dear Maya,", dry_run=True)

    with pytest.raises(BadFile):
        import_films(args, begin(db, settings, Owner(alice)))

    assert list(settings.uploads.iterdir()) == []

"""Imports and what is left of them: whose they are, what guests leave, what has had its time."""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from core import clock
from core.settings import Settings
from database import film_sources, films, pictures
from database.engine import Database
from database.models import Film, FilmMark, FilmSource, PictureAddress, Viewing
from database.owner import Owner
from fakes.export import export
from tests import factories
from tests.worker.listening import begin
from tests.worker.test_mosaic_job import month, put
from worker_jobs import clean_up
from worker_jobs.film_sources import from_export
from worker_jobs.imports.job import import_films

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

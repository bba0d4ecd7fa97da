"""A database and its folder of data stay together: beside another one no picture is forgotten."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import CannotStart, WrongFolder
from core.settings import Settings
from database import house, mosaic_files
from database.engine import Database
from tests.hall import Hall
from worker import prepare
from worker_jobs.reconciling import reconcile


@pytest.fixture
def here(db: Database, tmp_path: Path) -> Settings:
    """The first machine of a house, with two pictures in its folder."""
    settings = on(db, tmp_path)
    prepare(settings)
    Hall(db, settings.pictures).hang()
    Hall(db, settings.pictures).hang()
    return settings


def on(db: Database, data: Path) -> Settings:
    url = db.engine.url.render_as_string(hide_password=False)
    return Settings(data=data, database_url=url)


def shown(db: Database) -> set[str]:
    with db.reading() as session:
        return mosaic_files.files(session)


def test_the_next_start_finds_them_as_they_were(db: Database, here: Settings) -> None:
    before = shown(db)

    prepare(here)

    assert len(before) == 2 and shown(db) == before


@pytest.mark.parametrize("had_a_house", [False, True])
def test_a_start_with_another_folder_is_refused_and_forgets_nothing(
    db: Database, here: Settings, tmp_path: Path, had_a_house: bool
) -> None:
    before = shown(db)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if had_a_house:
        (elsewhere / "house").write_text("another\n")

    with pytest.raises(CannotStart, match="which all machines of a house share") as caught:
        prepare(on(db, elsewhere))

    assert str(elsewhere) in str(caught.value) and "\n" not in str(caught.value)
    assert shown(db) == before
    assert {path.name for path in here.pictures.iterdir()} > before


def test_before_the_first_picture_it_is_refused_as_well(db: Database, tmp_path: Path) -> None:
    prepare(on(db, tmp_path))

    with pytest.raises(CannotStart):
        prepare(on(db, tmp_path / "elsewhere"))


def test_a_folder_is_taken_on_by_writing_down_the_id_that_is_named(
    db: Database, here: Settings, tmp_path: Path
) -> None:
    restored = tmp_path / "restored"
    with pytest.raises(CannotStart) as caught:
        prepare(on(db, restored))
    words = str(caught.value).split()
    known, file = words[words.index("write") + 1], words[-1].rstrip(".")

    Path(file).write_text(f"{known}\n")
    prepare(on(db, restored))

    assert here.data != restored
    assert shown(db) == set()


def test_a_folder_that_is_not_mounted_any_more_forgets_nothing(
    db: Database, here: Settings
) -> None:
    before = shown(db)
    here.data.joinpath("house").unlink()
    for path in here.pictures.iterdir():
        path.unlink()

    with pytest.raises(WrongFolder):
        reconcile(db, here)

    assert shown(db) == before


def test_a_new_database_does_not_take_the_pictures_of_another(db: Database, here: Settings) -> None:
    with db.writing() as session:
        session.execute(text("DELETE FROM mosaic_films"))
        session.execute(text("DELETE FROM mosaics"))
        session.execute(text("DELETE FROM house"))

    with pytest.raises(CannotStart, match="holds the pictures of another database"):
        prepare(here)

    assert len(list(here.pictures.iterdir())) == 4
    (here.data / "house").unlink()
    prepare(here)
    assert list(here.pictures.iterdir()) == []


def test_a_first_start_that_was_cut_short_is_taken_up(db: Database, tmp_path: Path) -> None:
    (tmp_path / "house").write_text("cut\n")

    house.settle(db, tmp_path)

    with db.reading() as session:
        assert session.scalar(text("SELECT uuid FROM house")) == "cut"


def test_those_that_start_together_agree(db: Database, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            house.settle(db, tmp_path)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)

    started = [threading.Thread(target=start) for _ in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()

    assert failures == []
    house.check(db, tmp_path)


def test_a_folder_that_cannot_be_written_is_one_sentence(db: Database, tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()

    with pytest.raises(CannotStart, match="cannot be kept"):
        house.settle(db, tmp_path)

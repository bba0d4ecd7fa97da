"""Digs out of what somebody plays, and the sample that stands in for a dump."""

from pathlib import Path

import pytest

from core.crate_rows import ALL
from core.dump_files import RELEASES
from database import crate_sample, crate_similar
from database.crate_digs import Dig
from database.crate_file import Loader
from database.crate_search import Crate
from database.crate_similar import Taste
from database.crate_store_sqlite import SqliteStore
from database.engine import Database
from tests import digging, little_crates
from tests.digging import Pressing
from worker_jobs.discogs_import.making import Order, make


@pytest.fixture
def crate(db: Database, tmp_path: Path) -> Crate:
    pressings = [
        Pressing(1, artists=(4,), style=("Krautrock", "Ambient")),
        Pressing(2, artists=(4,), style=("Krautrock",)),
        Pressing(3, artists=(6,), genre=("Electronic",), style=("House", "Techno", "Dub")),
        Pressing(4, artists=(2,), genre=("Jazz",)),
    ]
    fill = little_crates.with_master(digging.batch(pressings))
    return Crate(little_crates.opened(db, tmp_path, fill))


def test_the_styles_that_their_releases_have_most_make_a_dig(crate: Crate) -> None:
    found = crate_similar.similar(crate, Taste(["CAN", "Bjork", "Nobody"], ["Jazz"]))

    assert found.by == Dig(artist=("CAN", "Bjork", "Nobody"))
    assert found.like == Dig(style=("Ambient", "Dub", "Krautrock"), owned="no")


def test_where_their_releases_have_no_style_it_is_their_genre(crate: Crate) -> None:
    found = crate_similar.similar(crate, Taste(["Artefakt"], []))

    assert found.like == Dig(genre=("Jazz",), owned="no")


def test_of_artists_that_the_crate_does_not_know_the_genres_count(crate: Crate) -> None:
    found = crate_similar.similar(crate, Taste(["Nobody", "x" * 300], ["Jazz", "Polka"]))

    assert found.by is None
    assert found.like == Dig(genre=("Jazz",), owned="no")


def test_of_what_the_crate_does_not_know_at_all_there_is_no_dig(crate: Crate) -> None:
    for played in (Taste(["Nobody"], ["Polka"]), Taste(["x" * 300], [])):
        found = crate_similar.similar(crate, played)

        assert (found.by, found.like) == (None, None)


def test_the_sample_becomes_a_crate_as_any_dump(tmp_path: Path) -> None:
    order = Order(
        dumps={RELEASES: crate_sample.FILE}, version=crate_sample.VERSION, scope=ALL,
        sha256={}, barcodes=False, before=0,
    )  # fmt: skip
    path = tmp_path / "sample.crate"
    make(order, lambda: Loader(path), lambda *_: None)
    crate = Crate(SqliteStore(path))

    found = crate.find(Dig(artist=("can",), decade=("1970",), has_video=True))

    assert crate.about["version"] == crate_sample.VERSION
    assert {row.title for row in crate.page(found, Dig()).rows} >= {"Tago Mago", "Ege Bamyasi"}

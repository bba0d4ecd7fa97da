"""A household on either database, and a Letterboxd for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from database.engine import Database
from fakes.letterboxd import FakeLetterboxd
from tests.faults.house import House


@pytest.fixture
def letterboxd() -> Iterator[FakeLetterboxd]:
    with FakeLetterboxd() as fake:
        yield fake


@pytest.fixture
def house(db: Database, tmp_path: Path, letterboxd: FakeLetterboxd) -> Iterator[House]:
    made = House(
        db,
        tmp_path,
        tmp_path / "worker.log",
        letterboxd_url=letterboxd.url,
        letterboxd_image_url=letterboxd.url,
    )
    yield made
    made.stop()

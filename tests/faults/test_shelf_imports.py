"""A worker is killed half way through a collection, and half way through taking it back."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from database import shelf_history
from database.models import (
    Artist,
    CreditTransaction,
    Record,
    RecordArtist,
    RecordChange,
    RecordOrigin,
    ShelfImport,
)
from database.owner import Owner
from tests import factories
from tests.faults.house import House, wait
from tests.worker.test_shelf_imports import collection, many

_ROWS = 1_600
_OF_RECORDS = (Record, RecordArtist, RecordOrigin, RecordChange)


@pytest.mark.slow
def test_killed_half_way_a_collection_comes_whole_and_goes_whole(house: House) -> None:
    uploads = house.data / "uploads"
    uploads.mkdir(exist_ok=True)
    (uploads / "a.upload").write_bytes(collection(*many(_ROWS)))
    with house.db.writing() as session:
        owner = Owner(factories.person(session, "alice").id)
        brought = shelf_history.ask(session, owner, "a.upload", "my.csv")

    kill_once(house, lambda there: there >= _ROWS // 4)
    house.start("long")
    assert house.wait_for(brought.id, "COMPLETE", seconds=120).attempt == 2

    assert {count(house, table) for table in _OF_RECORDS} == {_ROWS}
    assert loads(house) == _ROWS
    with house.db.reading() as session:
        (kept,) = session.scalars(select(ShelfImport))
        assert kept.counts == {"added": _ROWS, "changed": 0}
    wait(lambda: not (uploads / "a.upload").exists(), 60, "the file to be gone")

    house.stop()
    with house.db.writing() as session:
        undone = shelf_history.ask_undo(session, brought.public_id, owner)
    kill_once(house, lambda there: there <= _ROWS * 3 // 4)
    house.start("long")
    assert house.wait_for(undone.id, "COMPLETE", seconds=120).attempt == 2

    assert {count(house, table) for table in (*_OF_RECORDS, Artist)} == {0}
    assert loads(house) == 0
    with house.db.reading() as session:
        (kept,) = session.scalars(select(ShelfImport))
        assert kept.counts == {"added": _ROWS, "changed": 0, "undone": _ROWS, "kept": 0}


def kill_once(house: House, is_half_way: Callable[[int], bool]) -> None:
    worker = house.start("long")
    wait(lambda: is_half_way(count(house, Record)), 60, "it to be half way")
    worker.kill()
    worker.wait()
    assert 0 < count(house, Record) < _ROWS


def count(house: House, table: type[Any]) -> int:
    with house.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def loads(house: House) -> int:
    """Return how many records are booked as brought; the day's credit may be there, too."""
    query = select(func.count()).where(CreditTransaction.kind == "Initial Load")
    with house.db.reading() as session:
        return session.scalar(query) or 0

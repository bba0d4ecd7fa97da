"""A worker is killed half way through a history of plays, and half way through taking it back."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from database import play_imports
from database.models import Play, PlayImport
from database.owner import Owner
from fakes import plays
from tests import factories
from tests.faults.house import House, wait
from tests.plays import recounted, sums, tallies

_PLAYS = 30_000


@pytest.mark.slow
def test_killed_half_way_a_history_comes_whole_and_goes_whole(house: House) -> None:
    uploads = house.data / "uploads"
    uploads.mkdir(exist_ok=True)
    (uploads / "a.upload").write_text(plays.extended(plays.history(_PLAYS)), encoding="utf-8")
    with house.db.writing() as session:
        owner = Owner(factories.person(session, "alice").id)
        brought = play_imports.ask(session, owner, "a.upload", "history.json")

    kill_once(house, lambda there: there > 0)
    house.start("long")
    assert house.wait_for(brought.id, "COMPLETE", seconds=120).attempt == 2

    assert count(house) == _PLAYS
    assert_sums_are_right(house)
    with house.db.reading() as session:
        (kept,) = session.scalars(select(PlayImport))
        assert kept.counts and (kept.counts["added"], kept.counts["known"]) == (_PLAYS, 0)

    house.stop()
    with house.db.writing() as session:
        undone = play_imports.ask_undo(session, brought.public_id, owner)
    kill_once(house, lambda there: there < _PLAYS)
    house.start("long")
    assert house.wait_for(undone.id, "COMPLETE", seconds=120).attempt == 2

    assert count(house) == 0
    assert_sums_are_right(house)
    with house.db.reading() as session:
        (kept,) = session.scalars(select(PlayImport))
        assert kept.counts and (kept.counts["undone"], kept.counts["kept"]) == (_PLAYS, 0)


def kill_once(house: House, is_half_way: Callable[[int], bool]) -> None:
    worker = house.start("long")
    wait(lambda: is_half_way(count(house)), 60, "it to be half way")
    worker.kill()
    worker.wait()
    assert 0 < count(house) < _PLAYS


def count(house: House) -> int:
    with house.db.reading() as session:
        return session.scalar(select(func.count()).select_from(Play)) or 0


def assert_sums_are_right(house: House) -> None:
    with house.db.reading() as session:
        assert (sums(session), tallies(session)) == recounted(session)

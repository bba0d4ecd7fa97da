"""Which records want a cover, counted and in order, on both databases."""

from sqlalchemy.orm import Session

from core import clock
from database import record_covers
from database.models import Record, Task
from database.owner import Owner
from database.record_covers import Missing, Wanted
from tests import factories

NOW = 100 * clock.DAY


def test_records_never_asked_about_come_first_and_others_after_a_month(session: Session) -> None:
    alice, bob = (factories.person(session, name) for name in ("alice", "bob"))
    asked, recent, fresh, bare, shown = (
        factories.record(session, alice, title, **said)
        for title, said in {
            "asked": {"musicbrainz_id": "m"},
            "recent": {"cover_address": "a"},
            "fresh": {"cover_address": "b", "musicbrainz_id": "n"},
            "bare": {},
            "shown": {"cover_address": "c", "cover_sha256": "ab"},
        }.items()
    )
    factories.record(session, bob, "theirs", cover_address="d")
    session.get_one(Record, asked).cover_asked_at = NOW - 31 * clock.DAY
    session.get_one(Record, recent).cover_asked_at = NOW - 29 * clock.DAY
    session.flush()

    found = record_covers.due(session, alice.id, NOW, 10)

    assert found == [Wanted(fresh, "b", "n"), Wanted(asked, None, "m")]
    assert record_covers.due(session, alice.id, NOW, 1) == found[:1]
    assert record_covers.missing(session, alice.id, NOW) == Missing(total=4, due=2, unknown=1)
    assert record_covers.all_hashes(session) == {"ab"}
    assert bare and shown


def test_the_same_order_while_one_is_open_is_the_same_task(session: Session) -> None:
    alice = factories.person(session, "alice")
    owner = Owner(alice.id)

    everything = [record_covers.order(session, owner) for _ in range(2)]
    some = [record_covers.order(session, owner, ids) for ids in ([2, 1], [1, 2], [1])]

    assert everything[0].id == everything[1].id
    assert some[0].id == some[1].id != some[2].id
    assert session.get_one(Task, some[0].id).args == {"record_ids": [1, 2]}
    assert session.get_one(Task, everything[0].id).args == {"record_ids": None}


def test_a_lost_cover_is_forgotten_by_all_that_showed_it(session: Session) -> None:
    alice = factories.person(session, "alice")
    ids = [factories.record(session, alice, cover_sha256=sha256) for sha256 in ("ab", "ab", "cd")]

    record_covers.say_gone(session, ["ab"])

    session.expire_all()
    assert [session.get_one(Record, one).cover_sha256 for one in ids] == [None, None, "cd"]

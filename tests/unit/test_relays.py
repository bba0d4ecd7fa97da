"""Plays that wait to be sent on, on both databases."""

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from core import clock
from core.play_words import scrobble_key
from core.plays import Heard, Named, Source
from core.relayed import LASTFM, LISTENBRAINZ
from database import linked_accounts, relays, scrobbles
from database.engine import Database
from database.models import Relay, RelayedPlay, Task
from database.owner import HOUSE
from tests import factories
from tests.stand_in import StandIn

AT = 1_780_000_000_000


@pytest.fixture
def alice(session: Session) -> int:
    return factories.person(session, "alice").id


def link(session: Session, person_id: int, provider: str = LISTENBRAINZ) -> None:
    linked_accounts.put(session, person_id, provider, "sealed")
    tried = linked_accounts.sealed(session, person_id, provider)
    assert tried
    linked_accounts.confirm(session, person_id, provider, tried, "ada")
    relays.start(session, person_id, provider)


def keep(session: Session, person_id: int, *titles: str) -> None:
    heard = []
    for number, title in enumerate(titles):
        named, at = Named(title, ("Can",)), AT + number * clock.MINUTE
        heard.append(Heard(named, at, Source.SCROBBLE, scrobble_key(at, named)))
    scrobbles.keep(session, person_id, heard)


def titles(session: Session, person_id: int, most: int = 100) -> list[str]:
    found = relays.batch(session, person_id, LISTENBRAINZ, most)
    return [one.said["track_metadata"]["track_name"] for one in found]


def test_what_waited_for_longest_goes_first_and_what_is_sent_is_forgotten(
    session: Session, alice: int
) -> None:
    link(session, alice)
    keep(session, alice, "One", "Two", "Three")

    assert titles(session, alice, 2) == ["One", "Two"]
    ids = [one.id for one in relays.batch(session, alice, LISTENBRAINZ, 2)]
    relays.say_sent(session, alice, LISTENBRAINZ, ids, refused=1)

    assert titles(session, alice) == ["Three"]
    shown = relays.shown(session, alice)[LISTENBRAINZ]
    assert (shown.sent, shown.refused, shown.waiting) == (1, 1, 1)


def test_each_service_has_a_queue_of_its_own(session: Session, alice: int) -> None:
    link(session, alice)
    link(session, alice, LASTFM)
    keep(session, alice, "One")

    relays.unlink(session, alice, LASTFM)

    assert titles(session, alice) == ["One"]
    assert list(relays.shown(session, alice)) == [LISTENBRAINZ]
    assert session.scalars(select(Relay.provider)).all() == [LISTENBRAINZ]


def test_several_plays_are_one_order_and_one_that_is_under_way_is_none(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "_GATHERING", 0)
    with db.writing() as session:
        alice = factories.person(session, "alice").id
        link(session, alice)
        keep(session, alice, "One")
        keep(session, alice, "One", "Two")
    task = StandIn(db).take(relays.RELAY)
    assert (task.person_id, task.args) == (
        HOUSE.person_id,
        {"person_id": alice, "provider": LISTENBRAINZ},
    )
    with db.reading() as session:
        assert len(session.scalars(select(Task)).all()) == 1

    with db.writing() as session:
        keep(session, alice, "One", "Two", "Three")

    with db.reading() as session:
        assert len(session.scalars(select(Task)).all()) == 2


def test_what_was_in_vain_says_so_and_waits(session: Session, alice: int) -> None:
    link(session, alice)
    keep(session, alice, "One")
    session.delete(session.scalars(select(Task)).one())
    (waiting,) = relays.batch(session, alice, LISTENBRAINZ, 10)
    until = clock.now() + clock.HOUR

    relays.put_off(session, alice, LISTENBRAINZ, ids=[waiting.id], said="Away.", until=until)

    assert relays.batch(session, alice, LISTENBRAINZ, 10)[0].tries == 1
    assert relays.shown(session, alice)[LISTENBRAINZ].said == "Away."
    assert session.scalars(select(Task.run_at)).one() == until


def test_stopped_it_keeps_what_waits_until_it_is_linked_anew(session: Session, alice: int) -> None:
    link(session, alice)
    keep(session, alice, "One")

    relays.stop(session, alice, LISTENBRAINZ, "No.")
    keep(session, alice, "One", "Two")

    assert titles(session, alice) == []
    assert relays.waiting(session, alice, LISTENBRAINZ) == 2
    link(session, alice)
    assert titles(session, alice) == ["One", "Two"]
    assert relays.shown(session, alice)[LISTENBRAINZ].said is None


def test_an_account_that_was_not_tried_gets_nothing(session: Session, alice: int) -> None:
    linked_accounts.put(session, alice, LISTENBRAINZ, "sealed")

    keep(session, alice, "One")

    assert session.scalars(select(RelayedPlay)).all() == []
    assert relays.shown(session, alice)[LISTENBRAINZ].name == ""


def test_the_lock_of_listening_comes_before_any_row_of_somebody_s(
    session: Session, alice: int
) -> None:
    link(session, alice)
    said: list[str] = []
    connection = session.connection()

    def note(*given: object) -> None:
        said.append(str(given[2]))

    event.listen(connection, "before_cursor_execute", note)
    keep(session, alice, "Halleluhwah")
    event.remove(connection, "before_cursor_execute", note)

    held = [one for one in said if "FOR UPDATE" in one or not one.lstrip().startswith("SELECT")]
    assert "house_versions" in held[0]

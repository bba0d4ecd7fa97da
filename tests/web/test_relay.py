"""Sending plays on, on its page: a key that is shown to nobody, how it goes, and the end of it."""

import pytest
from flask import Flask
from pydantic import SecretStr

from core import sealing
from core.plays import Heard, Named, Source, row_key
from core.relayed import LASTFM, LISTENBRAINZ
from database import linked_accounts, relays, scrobbles, tasks
from database.engine import Database
from database.models import Task
from database.owner import HOUSE
from tests.web.conftest import Visitor, house, member

JSON = {"Accept": "application/json"}
PAGE = "/listening/relay"
TOKEN = "11111111-2222-4333-8444-555555555555"
KEYS = {"key": "k" * 32, "secret": "s" * 32, "session": "t" * 32}


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


def linked(app: Flask, person_id: int) -> None:
    """Link an account at ListenBrainz, and let a play wait."""
    sealed = sealing.seal(house(app).settings.data, SecretStr(TOKEN))
    with house(app).db.writing() as session:
        linked_accounts.put(session, person_id, LISTENBRAINZ, sealed)
        tried = linked_accounts.sealed(session, person_id, LISTENBRAINZ)
        assert tried
        linked_accounts.confirm(session, person_id, LISTENBRAINZ, tried, "vinyl_ada")
        relays.start(session, person_id, LISTENBRAINZ)
        named, at = Named("Paperhouse", ("Can",)), 1_780_000_000_000
        heard = Heard(named, at, Source.SCROBBLE, row_key(Source.SCROBBLE, at))
        scrobbles.keep(session, person_id, [heard])


def task_of(db: Database, address: str) -> Task:
    with db.reading() as session:
        return tasks.get(session, address.rpartition("/")[2], HOUSE)


@pytest.mark.parametrize(
    ("provider", "given"), [(LISTENBRAINZ, {"token": f"  {TOKEN}\n"}), (LASTFM, KEYS)]
)
def test_what_is_given_is_sealed_and_tried_and_stands_nowhere_else(
    app: Flask, db: Database, bob: Visitor, provider: str, given: dict[str, str]
) -> None:
    answer = bob.submit(PAGE, to=f"{PAGE}/{provider}", **given)

    task = task_of(db, answer.location)
    assert (task.action, task.args) == ("link_relay", {"provider": provider})
    with db.reading() as session:
        kept = linked_accounts.sealed(session, bob.id, provider)
    assert kept
    opened = sealing.unseal(house(app).settings.data, kept.secret).get_secret_value()
    assert all(secret.strip() in opened for secret in given.values())
    assert not any(secret.strip() in kept.secret for secret in given.values())
    shown = bob.get(PAGE).text
    assert "has not been tried yet" in shown
    assert not any(secret.strip() in shown for secret in given.values())


@pytest.mark.parametrize(
    ("provider", "given"),
    [
        (LISTENBRAINZ, {"token": "short"}),
        (LISTENBRAINZ, {"token": "two words and more"}),
        (LASTFM, KEYS | {"secret": ""}),
        (LASTFM, KEYS | {"session": "ümlauts in here"}),
    ],
)
def test_what_cannot_be_a_key_is_not_kept_nor_sent_back(
    db: Database, bob: Visitor, provider: str, given: dict[str, str]
) -> None:
    answer = bob.submit(PAGE, to=f"{PAGE}/{provider}", **given)

    assert answer.status_code == 422
    assert "Please look again" in answer.text
    assert not any(secret in answer.text for secret in given.values() if len(secret) > 8)
    with db.reading() as session:
        assert linked_accounts.sealed(session, bob.id, provider) is None


def test_each_sees_how_it_goes_with_their_own(app: Flask, bob: Visitor, carol: Visitor) -> None:
    linked(app, bob.id)

    shown = bob.get(PAGE).text
    told = bob.get(PAGE, headers=JSON).get_json()["relays"]

    assert "vinyl_ada" in shown
    assert [(one["provider"], one["name"], one["waiting"]) for one in told] == [
        (LISTENBRAINZ, "vinyl_ada", 1)
    ]
    assert "vinyl_ada" not in carol.get(PAGE).text
    assert carol.get(PAGE, headers=JSON).get_json() == {"relays": []}


def test_why_it_does_not_go_on_is_said(app: Flask, db: Database, bob: Visitor) -> None:
    linked(app, bob.id)
    with db.writing() as session:
        relays.put_off(
            session, bob.id, LISTENBRAINZ, ids=[], said="ListenBrainz did not answer.", until=0
        )
    assert "ListenBrainz did not answer. It is tried again by itself." in bob.get(PAGE).text

    with db.writing() as session:
        relays.stop(session, bob.id, LISTENBRAINZ, "ListenBrainz refused the token.")
    assert "Nothing is sent any more." in bob.get(PAGE).text


def test_stopped_it_leaves_nothing(app: Flask, db: Database, bob: Visitor) -> None:
    linked(app, bob.id)

    answer = bob.submit(PAGE, to=f"{PAGE}/{LISTENBRAINZ}/unlink")

    assert answer.status_code == 303
    with db.reading() as session:
        assert linked_accounts.sealed(session, bob.id, LISTENBRAINZ) is None
        assert relays.waiting(session, bob.id, LISTENBRAINZ) == 0


def test_there_is_no_other_service(bob: Visitor) -> None:
    assert bob.submit(PAGE, to=f"{PAGE}/discogs", token=TOKEN).status_code == 404

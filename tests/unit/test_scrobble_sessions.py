"""Players that are let in: sessions kept as hashes, and Last.fm's tokens that wait."""

from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound, TooMany
from database import people, scrobble_grants, scrobble_sessions, tokens
from database.models import Person, ScrobbleSession, Token
from database.people import NewPerson
from database.scrobble_grants import Expired, NotApproved
from database.scrobble_sessions import AUDIOSCROBBLER, LASTFM, Player


@pytest.fixture
def alice(session: Session) -> Person:
    wanted = NewPerson(username="alice", password="correct horse battery staple")
    return people.add(session, wanted, zone="UTC")


@pytest.fixture
def token(session: Session, alice: Person, tmp_path: Path) -> Token:
    tokens.add(session, alice.id, "deck", folder=tmp_path)
    return session.scalars(select(Token)).one()


def test_a_session_is_found_by_its_key_and_its_protocol_alone(
    session: Session, alice: Person
) -> None:
    key = scrobble_sessions.begin(session, alice.id, Player(LASTFM, "deck"))

    found = scrobble_sessions.find(session, key, LASTFM)

    assert found is not None and found[0].id == alice.id
    assert key not in found[1].secret_hash
    assert scrobble_sessions.find(session, key, AUDIOSCROBBLER) is None
    assert scrobble_sessions.find(session, key[:-1], LASTFM) is None


def test_a_handshake_serves_once_and_a_token_for_each_second(
    session: Session, alice: Person, token: Token
) -> None:
    player = Player(AUDIOSCROBBLER, "deck", token.id)
    scrobble_sessions.begin(session, alice.id, player, handshake=1)

    with pytest.raises(Conflict):
        scrobble_sessions.begin(session, alice.id, player, handshake=1)
    scrobble_sessions.begin(session, alice.id, player, handshake=2)

    assert len(scrobble_sessions.listed(session, alice.id)) == 2


def test_of_one_player_the_oldest_sessions_end_and_of_another_none(
    session: Session, alice: Person
) -> None:
    other = scrobble_sessions.begin(session, alice.id, Player(LASTFM, "another"))
    first = scrobble_sessions.begin(session, alice.id, Player(LASTFM, "deck"))
    for _ in range(scrobble_sessions.MOST):
        last = scrobble_sessions.begin(session, alice.id, Player(LASTFM, "deck"))

    assert scrobble_sessions.find(session, first, LASTFM) is None
    assert scrobble_sessions.find(session, last, LASTFM) is not None
    assert scrobble_sessions.find(session, other, LASTFM) is not None


def test_of_sessions_of_one_moment_the_newest_stays(session: Session, alice: Person) -> None:
    first = scrobble_sessions.begin(session, alice.id, Player(LASTFM, "deck"))
    for _ in range(scrobble_sessions.MOST - 1):
        second = scrobble_sessions.begin(session, alice.id, Player(LASTFM, "deck"))
    # All of one moment, which is told apart by their numbers alone.
    session.execute(update(ScrobbleSession).values(created_at=clock.now() + clock.MINUTE))

    scrobble_sessions.begin(session, alice.id, Player(LASTFM, "deck"))

    assert scrobble_sessions.find(session, first, LASTFM) is None
    assert scrobble_sessions.find(session, second, LASTFM) is not None


def test_the_one_in_use_is_listed_first_with_its_token(
    session: Session, alice: Person, token: Token
) -> None:
    scrobble_sessions.begin(session, alice.id, Player(LASTFM, "old", token.id))
    scrobble_sessions.begin(session, alice.id, Player(LASTFM, "new"))
    row = session.scalars(select(ScrobbleSession).where(ScrobbleSession.client == "old")).one()
    assert scrobble_sessions.is_to_be_used(row)
    scrobble_sessions.use(session, row.id)

    found = scrobble_sessions.listed(session, alice.id)

    assert [(one.client, one.label) for one in found] == [("old", "deck"), ("new", None)]
    session.refresh(row)
    assert not scrobble_sessions.is_to_be_used(row)


def test_a_session_ends_with_its_token_and_by_its_person_alone(
    session: Session, alice: Person, token: Token
) -> None:
    scrobble_sessions.begin(session, alice.id, Player(LASTFM, "deck", token.id))
    scrobble_sessions.begin(session, alice.id, Player(LASTFM, "shelf"))
    tokens.remove(session, alice.id, token.id)
    left = scrobble_sessions.listed(session, alice.id)

    with pytest.raises(NotFound):
        scrobble_sessions.end(session, alice.id + 1, left[0].id)
    scrobble_sessions.end(session, alice.id, left[0].id)

    assert [one.client for one in left] == ["shelf"]
    assert scrobble_sessions.listed(session, alice.id) == []


def test_a_token_waits_is_approved_of_and_serves_once(session: Session, alice: Person) -> None:
    token = scrobble_grants.ask(session, "a player")
    with pytest.raises(NotApproved):
        scrobble_grants.take(session, token, "a player")
    with pytest.raises(Expired):
        scrobble_grants.approve(session, token, "another player", alice.id)

    scrobble_grants.approve(session, token, "a player", alice.id)
    with pytest.raises(Expired):
        scrobble_grants.approve(session, token, "a player", alice.id)
    with pytest.raises(Expired):
        scrobble_grants.take(session, token, "another player")

    assert scrobble_grants.take(session, token, "a player").id == alice.id
    with pytest.raises(Expired):
        scrobble_grants.take(session, token, "a player")


def test_those_that_wait_too_long_make_room(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrobble_grants, "MOST", 1)
    scrobble_grants.ask(session, "a player")
    with pytest.raises(TooMany):
        scrobble_grants.ask(session, "a player")

    monkeypatch.setattr(scrobble_grants, "LASTS", 0)

    assert scrobble_grants.ask(session, "a player")


def test_a_token_is_known_by_its_md5_where_its_key_is(
    session: Session, alice: Person, tmp_path: Path
) -> None:
    plain = tokens.add(session, alice.id, "script")
    sealed = tokens.add(session, alice.id, "deck", folder=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def find(secret: str, folder: Path = tmp_path, name: str = "ALICE") -> str | None:
        wanted = tokens.md5(secret)
        found = tokens.find_md5(session, name, folder, lambda md5: md5 == wanted)
        return found.label if found else None

    assert find(sealed) == "deck"
    assert find(plain) is None
    assert find(sealed, name="bob") is None
    # A database without the key beside it is of no use.
    assert find(sealed, elsewhere) is None
    assert tokens.md5(sealed) not in str(session.scalars(select(Token.md5_sealed)).all())

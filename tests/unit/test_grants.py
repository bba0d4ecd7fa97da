"""Consents in the database: put, renewed by one at a time, ended, wiped; on both databases."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock, sealing
from core.consents import (
    GOOGLE,
    LONGEST_SECONDS,
    OK,
    RECONNECT,
    SPOTIFY,
    Account,
    Tokens,
    ends_at,
)
from core.errors import Conflict
from database import consent_ends, grants, people, tasks
from database.engine import Database
from database.grant_store import GrantStore
from database.grants import OtherAccount, TakenAccount
from database.models import Grant, Task
from database.owner import Owner
from tests import factories

ADA = Account("subject-ada", "Ada at Spotify")
READS = ("playlist-read-private", "user-top-read")


def tokens(number: int = 1, *, seconds: int = 3_600, scopes: str | None = None) -> Tokens:
    return Tokens(SecretStr(f"access-{number}"), SecretStr(f"refresh-{number}"), seconds, scopes)


def put(
    session: Session, folder: Path, person_id: int, account: Account = ADA,
    provider: str = SPOTIFY, made: Tokens | None = None,
) -> int:  # fmt: skip
    return grants.put(
        session, folder, person_id, provider,
        account=account, tokens=made or tokens(), scopes=READS,
    )  # fmt: skip


@pytest.fixture
def ada(db: Database) -> int:
    with db.writing() as session:
        return factories.person(session, "ada").id


@pytest.fixture
def store(db: Database, ada: int, tmp_path: Path) -> GrantStore:
    with db.writing() as session:
        grant_id = put(session, tmp_path, ada)
    return GrantStore(db, tmp_path, grant_id, SPOTIFY)


def row(db: Database) -> Grant:
    with db.reading() as session:
        return session.scalars(select(Grant)).one()


def change(db: Database, **values: object) -> None:
    with db.writing() as session:
        session.execute(update(Grant).values(**values))


def test_a_page_is_told_all_but_the_secret(session: Session, tmp_path: Path) -> None:
    person = factories.person(session)
    put(session, tmp_path, person.id)

    shown = grants.find(session, person.id, SPOTIFY)

    assert shown is not None and shown.is_ok
    assert (shown.subject_name, shown.scopes, shown.last_error) == (ADA.name, READS, None)
    assert shown.reconnect_by == ends_at(SPOTIFY, shown.authorised_at)
    assert "refresh-1" not in str(shown) and grants.listed(session, person.id) == {SPOTIFY: shown}
    assert grants.find(session, person.id, GOOGLE) is None


def test_what_was_granted_counts_and_not_what_was_asked(session: Session, tmp_path: Path) -> None:
    person = factories.person(session)

    put(session, tmp_path, person.id, made=tokens(scopes="user-top-read"))

    shown = grants.find(session, person.id, SPOTIFY)
    assert shown is not None and shown.scopes == ("user-top-read",)


def test_neither_token_stands_in_the_database(store: GrantStore, db: Database) -> None:
    kept = row(db)

    assert kept.secret and "refresh" not in kept.secret and "access-1" not in kept.secret
    held = store.read()
    assert held.access == SecretStr("access-1") and held.refresh == SecretStr("refresh-1")
    assert held.is_fresh and 3_590 < held.seconds <= 3_600


def test_a_new_consent_takes_the_place_of_one_that_ended(
    store: GrantStore, db: Database, ada: int, tmp_path: Path
) -> None:
    store.take_lease(1, "me", 30)
    store.end(1, "Refresh token revoked")

    with db.writing() as session:
        put(session, tmp_path, ada, made=tokens(2))

    held, kept = store.read(), row(db)
    assert held.refresh == SecretStr("refresh-2") and held.status == OK
    assert (kept.lease_by, kept.lease_until, kept.last_error, kept.version) == (None, None, None, 3)


def test_a_new_consent_is_not_undone_by_the_end_of_the_one_before(
    store: GrantStore, db: Database, ada: int, tmp_path: Path
) -> None:
    version = store.read().version
    with db.writing() as session:
        put(session, tmp_path, ada, made=tokens(2))

    assert store.end(version, "Refresh token revoked") is None
    assert not store.save(version, tokens(3), SecretStr("refresh-1"))
    assert store.read().refresh == SecretStr("refresh-2")


def test_an_account_is_of_one_person(session: Session, tmp_path: Path) -> None:
    ada, bob = factories.person(session), factories.person(session)
    put(session, tmp_path, ada.id)

    with pytest.raises(TakenAccount):
        put(session, tmp_path, bob.id)
    with pytest.raises(TakenAccount):
        put(session, tmp_path, bob.id, Account("newer", "Ada", ADA.subject))

    assert grants.whose(session, SPOTIFY, ADA) == ada.id
    assert grants.whose(session, GOOGLE, ADA) is None


def test_connecting_again_as_another_account_is_refused(session: Session, tmp_path: Path) -> None:
    ada = factories.person(session)
    put(session, tmp_path, ada.id)

    with pytest.raises(OtherAccount, match="Ada at Spotify"):
        put(session, tmp_path, ada.id, Account("another", "Bob"))

    shown = grants.find(session, ada.id, SPOTIFY)
    assert shown is not None and shown.subject == ADA.subject


def test_an_account_that_is_known_by_a_name_that_may_change_gets_its_lasting_one(
    session: Session, tmp_path: Path
) -> None:
    ada = factories.person(session)
    put(session, tmp_path, ada.id, Account("ada1815", "Ada"))

    put(session, tmp_path, ada.id, Account("lasting", "Ada", "ada1815"))

    shown = grants.find(session, ada.id, SPOTIFY)
    assert shown is not None and shown.subject == "lasting"


def test_only_one_gets_the_lease(store: GrantStore) -> None:
    version = store.read().version

    assert [store.take_lease(version, me, 30) for me in ("one", "two")] == [True, False]
    store.release("two")
    assert not store.take_lease(version, "two", 30)
    store.release("one")
    assert store.take_lease(version, "two", 30)


def test_no_lease_is_given_of_another_version_or_of_what_has_ended(store: GrantStore) -> None:
    assert not store.take_lease(7, "me", 30)

    assert store.end(1, "revoked") == "revoked"

    assert not store.take_lease(2, "me", 30)


@pytest.mark.parametrize("off", [-clock.SECOND, clock.DAY])
def test_a_lease_of_somebody_who_died_or_of_a_wrong_clock_ends(
    store: GrantStore, db: Database, off: int
) -> None:
    change(db, lease_by="dead", lease_until=clock.now() + off)

    assert store.take_lease(1, "me", 30)


def test_who_looked_at_the_clock_before_another_took_the_lease_gets_none(
    store: GrantStore, db: Database
) -> None:
    """Of two at once on PostgreSQL: waiting for the row takes time."""
    change(db, lease_by="faster", lease_until=clock.now() + 30 * clock.SECOND + clock.SECOND)

    assert not store.take_lease(1, "me", 30)


def test_what_came_late_is_kept_as_long_as_nobody_was_faster(store: GrantStore) -> None:
    """A lease that ran out meanwhile is no reason to throw a rotated token away."""
    store.take_lease(1, "slow", -1)

    assert store.save(1, tokens(2), SecretStr("refresh-1"))

    assert not store.save(1, tokens(3), SecretStr("refresh-1"))
    assert store.read().access == SecretStr("access-2")


def test_an_answer_without_a_refresh_token_keeps_the_one_before(store: GrantStore) -> None:
    assert store.save(1, tokens(2)._replace(refresh=None), SecretStr("refresh-1"))

    held = store.read()
    assert (held.access, held.refresh) == (SecretStr("access-2"), SecretStr("refresh-1"))


@pytest.mark.parametrize("scopes", [None, "user-top-read"])
def test_an_answer_may_say_what_is_granted_now(
    store: GrantStore, db: Database, scopes: str | None
) -> None:
    store.save(1, tokens(2, scopes=scopes), SecretStr("refresh-1"))

    assert row(db).scopes == (scopes or " ".join(READS))


def test_an_end_wipes_the_secret_and_says_why(store: GrantStore, db: Database) -> None:
    assert store.end(1, "Refresh token revoked") == "Refresh token revoked"

    kept, held = row(db), store.read()
    assert (kept.secret, kept.status, kept.last_error) == (None, RECONNECT, "Refresh token revoked")
    assert (held.status, held.access, held.last_error) == (RECONNECT, None, "Refresh token revoked")


@pytest.mark.parametrize(("days", "is_hinted"), [(7, True), (9, False)])
def test_a_consent_that_google_ends_within_days_hints_at_an_app_in_testing(
    db: Database, ada: int, tmp_path: Path, days: int, *, is_hinted: bool
) -> None:
    with db.writing() as session:
        grant_id = put(session, tmp_path, ada, provider=GOOGLE)
    change(db, authorised_at=clock.now() - days * clock.DAY)

    why = GrantStore(db, tmp_path, grant_id, GOOGLE).end(1, "Token has been expired or revoked")

    assert why is not None and ("publish it" in why) == is_hinted


def test_without_its_key_it_has_ended_and_nothing_is_wiped(
    store: GrantStore, db: Database, tmp_path: Path
) -> None:
    key = (tmp_path / "token.key").read_text()
    (tmp_path / "token.key").unlink()

    assert store.read().status == RECONNECT
    assert row(db).status == RECONNECT and row(db).secret

    (tmp_path / "token.key").write_text(key)
    assert store.read().access == SecretStr("access-1")
    assert row(db).status == OK


def test_secrets_of_two_rows_cannot_be_exchanged(
    store: GrantStore, db: Database, tmp_path: Path
) -> None:
    with db.writing() as session:
        bob = factories.person(session)
        other = put(session, tmp_path, bob.id, Account("bob", "Bob"), made=tokens(2))
    with db.writing() as session:
        mine = select(Grant.secret).where(Grant.subject == ADA.subject).scalar_subquery()
        session.execute(update(Grant).where(Grant.id == other).values(secret=mine))

    stolen = GrantStore(db, tmp_path, other, SPOTIFY).read()

    assert (stolen.status, stolen.access, stolen.refresh) == (RECONNECT, None, None)
    assert store.read().status == OK


@pytest.mark.parametrize("seconds", [-5, 0, 59, LONGEST_SECONDS * 9])
def test_a_token_is_fresh_for_a_minute_at_least_and_a_day_at_most(
    store: GrantStore, db: Database, seconds: int
) -> None:
    store.save(1, tokens(2, seconds=seconds), SecretStr("refresh-1"))

    assert store.read().is_fresh == (seconds > LONGEST_SECONDS)
    change(db, access_expires_at=clock.now() + 400 * clock.DAY)
    assert not store.read().is_fresh, "the clock went back by a year"


def test_a_consent_that_was_dropped_meanwhile_is_none(
    store: GrantStore, db: Database, ada: int, tmp_path: Path
) -> None:
    with db.writing() as session:
        assert grants.drop(session, tmp_path, ada, SPOTIFY) is None

    assert store.read().status == RECONNECT
    assert not store.take_lease(1, "me", 30)
    assert not store.save(1, tokens(2), SecretStr("refresh-1")) and store.end(1, "x") is None


def test_dropping_wipes_and_calls_off_what_was_to_be_done(session: Session, tmp_path: Path) -> None:
    ada, bob = factories.person(session), factories.person(session)
    for person, subject in ((ada, "a"), (bob, "b")):
        put(session, tmp_path, person.id, Account(subject, subject))
        for action in ("sync_library", "import_plays"):
            tasks.enqueue(session, action, {}, owner=Owner(person.id))

    grants.drop(session, tmp_path, ada.id, SPOTIFY)

    assert list(session.scalars(select(Grant.subject))) == ["b"]
    ended = select(Task.person_id, Task.action).where(Task.status == "CANCELLED")
    assert [tuple(one) for one in session.execute(ended)] == [(ada.id, "sync_library")]


def test_google_is_told_by_a_task_that_holds_the_token_sealed(
    session: Session, tmp_path: Path
) -> None:
    ada = factories.person(session)
    put(session, tmp_path, ada.id, provider=GOOGLE)

    made = grants.drop(session, tmp_path, ada.id, GOOGLE)

    assert made is not None
    task = session.get_one(Task, made.id)
    assert task.action == "revoke_consent" and task.person_id is None
    assert "refresh-1" not in str(task.args)
    opened = sealing.unseal(tmp_path, task.args["sealed"], about=grants.revocation(GOOGLE))
    assert opened == SecretStr("refresh-1")


def test_those_whose_consent_holds(store: GrantStore, db: Database, ada: int) -> None:
    with db.reading() as session:
        assert grants.linked(session, SPOTIFY) == [ada] and grants.linked(session, GOOGLE) == []

    store.end(1, "over")

    with db.reading() as session:
        assert grants.linked(session, SPOTIFY) == []


def test_what_the_provider_tells_is_kept(session: Session, tmp_path: Path) -> None:
    ada = factories.person(session)
    put(session, tmp_path, ada.id)

    grants.set_profile(session, ada.id, SPOTIFY, {"tracks": 7})
    grants.confirm(session, ada.id, SPOTIFY, "Countess")

    shown = grants.find(session, ada.id, SPOTIFY)
    assert shown is not None and shown.profile == {"tracks": 7} and shown.profile_at
    assert shown.subject_name == "Countess"


def test_consents_go_with_their_person(session: Session, tmp_path: Path) -> None:
    factories.person(session, is_admin=True)
    ada = factories.person(session)
    put(session, tmp_path, ada.id)

    people.remove(session, ada.id)

    assert list(session.scalars(select(Grant.id))) == []


def test_the_last_days_of_a_consent_are_counted(session: Session, tmp_path: Path) -> None:
    now = clock.now()
    for number, left in enumerate((0.5, 6.5, 7.5, 29.5)):
        person = factories.person(session)
        grant_id = put(session, tmp_path, person.id, Account(f"s{number}", "x"))
        ends = now + int(left * clock.DAY)
        session.execute(update(Grant).where(Grant.id == grant_id).values(reconnect_by=ends))

    ending = {days: len(consent_ends.on_day(session, now, days)) for days in (30, 7, 1)}

    assert ending == {30: 1, 7: 1, 1: 1}


def test_several_keys_open_and_the_first_seals(tmp_path: Path) -> None:
    old = sealing.seal(tmp_path, SecretStr("old"))
    kept = (tmp_path / "token.key").read_text()
    (tmp_path / "token.key").write_text(f"{Fernet.generate_key().decode()}\n{kept}\n")

    new = sealing.seal(tmp_path, SecretStr("new"))
    assert sealing.unseal(tmp_path, old) == SecretStr("old")
    (tmp_path / "token.key").write_text((tmp_path / "token.key").read_text().split()[0])
    assert sealing.unseal(tmp_path, new) == SecretStr("new")
    with pytest.raises(Conflict):
        sealing.unseal(tmp_path, old)


@pytest.mark.parametrize(("sealed_as", "opened_as"), [("a", "b"), ("a", ""), ("", "a")])
def test_what_is_about_one_thing_opens_as_no_other(
    tmp_path: Path, sealed_as: str, opened_as: str
) -> None:
    sealed = sealing.seal(tmp_path, SecretStr("secret"), about=sealed_as)

    assert sealing.unseal(tmp_path, sealed, about=sealed_as) == SecretStr("secret")
    with pytest.raises(Conflict):
        sealing.unseal(tmp_path, sealed, about=opened_as)

"""Secrets of accounts elsewhere: sealed, of no use without the key, gone when unlinked."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import key_file, sealing
from core.errors import Conflict
from database import linked_accounts, people
from database.linked_accounts import DISCOGS, Sealed
from database.models import LinkedAccount
from tests import factories

SECRET = "the-token-of-somebody-at-discogs"


def test_what_was_sealed_is_opened_again(tmp_path: Path) -> None:
    sealed = sealing.seal(tmp_path, SecretStr(SECRET))

    assert SECRET not in sealed
    assert sealing.unseal(tmp_path, sealed).get_secret_value() == SECRET
    assert sealing.seal(tmp_path, SecretStr(SECRET)) != sealed


def test_two_that_want_the_first_key_at_once_get_the_same(tmp_path: Path) -> None:
    made = iter(["one", "two"])
    both = Barrier(2)

    def make() -> str:
        # Both have found that there is none.
        both.wait(timeout=60)
        return next(made)

    with ThreadPoolExecutor() as threads:
        ways = [threads.submit(key_file.read_or_make, tmp_path / "key", make) for _ in range(2)]
        keys = {way.result() for way in ways}

    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_the_key_is_for_this_user_alone(tmp_path: Path) -> None:
    sealing.seal(tmp_path, SecretStr(SECRET))

    assert [file.name for file in tmp_path.iterdir()] == ["token.key"]
    assert (tmp_path / "token.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("key", [None, "", "nonsense", "é" * 44])
def test_without_its_key_it_says_to_link_anew(tmp_path: Path, key: str | None) -> None:
    sealed = sealing.seal(tmp_path, SecretStr(SECRET))
    (tmp_path / "token.key").unlink()
    if key is not None:
        (tmp_path / "token.key").write_text(key)

    with pytest.raises(Conflict, match="link it anew"):
        sealing.unseal(tmp_path, sealed)


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAAA" + "x" * 90])
def test_what_was_not_sealed_is_not_opened(tmp_path: Path, sealed: str) -> None:
    with pytest.raises(Conflict):
        sealing.unseal(tmp_path, sealed)


def test_a_secret_has_no_name_until_it_was_tried(session: Session) -> None:
    person = factories.person(session)

    linked_accounts.put(session, person.id, DISCOGS, "sealed")

    account = linked_accounts.find(session, person.id, DISCOGS)
    assert account is not None and account.name == ""
    assert linked_accounts.sealed(session, person.id, DISCOGS) == Sealed("", "sealed")


def test_a_page_is_told_the_name_and_never_the_secret(session: Session) -> None:
    person = factories.person(session)
    linked_accounts.put(session, person.id, DISCOGS, "sealed")

    known = linked_accounts.confirm(session, person.id, DISCOGS, Sealed("", "sealed"), "ada")

    account = linked_accounts.find(session, person.id, DISCOGS)
    assert known and account is not None and account.name == "ada"
    assert "sealed" not in map(str, account)


def test_linking_anew_forgets_the_one_before(session: Session) -> None:
    person = factories.person(session)
    linked_accounts.put(session, person.id, DISCOGS, "one")
    linked_accounts.confirm(session, person.id, DISCOGS, Sealed("", "one"), "ada")

    linked_accounts.put(session, person.id, DISCOGS, "two")

    assert linked_accounts.sealed(session, person.id, DISCOGS) == Sealed("", "two")
    assert not linked_accounts.confirm(session, person.id, DISCOGS, Sealed("ada", "one"), "ada")
    linked_accounts.drop(session, person.id, DISCOGS, Sealed("ada", "one"))
    assert linked_accounts.sealed(session, person.id, DISCOGS) == Sealed("", "two")


def test_unlinking_leaves_nothing_and_takes_nobody_elses(session: Session) -> None:
    ada, bob = factories.person(session), factories.person(session)
    linked_accounts.put(session, ada.id, DISCOGS, "hers")
    linked_accounts.put(session, bob.id, DISCOGS, "his")

    linked_accounts.drop(session, ada.id, DISCOGS)

    assert list(session.scalars(select(LinkedAccount.secret))) == ["his"]


def test_a_persons_secrets_go_with_the_person(session: Session) -> None:
    factories.person(session, is_admin=True)
    ada = factories.person(session)
    linked_accounts.put(session, ada.id, DISCOGS, "hers")

    people.remove(session, ada.id)

    assert list(session.scalars(select(LinkedAccount.secret))) == []

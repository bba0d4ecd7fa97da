"""Guessing who is there and what they know: the same work for every name, and all of it noted."""

import logging
import re

import pytest
from argon2 import PasswordHasher
from flask import Flask

from database import children
from database.children import NewChild
from tests.web.conftest import PASSWORD, Visitor, house, member

HERE = "127.0.0.1"
OTHER = "another long password"


@pytest.fixture
def bob(app: Flask) -> Visitor:
    return member(app, "bob")


@pytest.fixture
def guest(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by what each password is held against: by its costs, without salt and hash."""
    seen, verify = list[str](), PasswordHasher.verify

    def counted(self: PasswordHasher, stored: str, password: str) -> bool:
        seen.append(stored.rpartition("$")[0].rpartition("$")[0])
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    return seen


def test_a_name_that_nobody_has_is_as_much_work_as_one_that_is_known(
    app: Flask, bob: Visitor, guest: Visitor, hashed: list[str]
) -> None:
    """One hash of the same costs each: who is there cannot be told by the time that it takes."""
    with house(app).db.writing() as session:
        children.add(session, bob.id, NewChild(name="kim"))
    work, answers = [], set()
    for name in ("bob", "BOB", "nobody", "kim", "a" * 190):
        hashed.clear()
        answer = guest.submit("/login", username=name, password="wrong password")
        # But for the name and the token of the form they are one answer.
        answers.add((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text)))
        work.append(list(hashed))

    assert all(one == ["$argon2id$v=19$m=19456,t=2,p=1"] for one in work), work
    assert len(answers) == 1


def test_each_that_concerns_a_login_is_noted_with_who_and_from_where(
    app: Flask, bob: Visitor, guest: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    alice = member(app, "alice", is_admin=True)

    def notes(person: Visitor, page: str, to: str, **typed: str) -> str:
        caplog.clear()
        person.submit(page, to=to, **typed)
        ours = [line for line in caplog.records if line.name.startswith("webapp.")]
        return "\n".join(line.getMessage() for line in ours)

    account = "/account"
    told = [
        notes(guest, "/login", "/login", username="nobody", password="wrong password"),
        notes(guest, "/login", "/login", username="bob", password=PASSWORD),
        notes(guest, account, "/logout"),
        notes(bob, account, f"{account}/password", current="wrong", new=OTHER),
        notes(bob, account, f"{account}/password", current=PASSWORD, new=OTHER),
        notes(bob, account, f"{account}/tokens", label="phone", password=OTHER),
        notes(bob, account, f"{account}/tokens/1/remove"),
        notes(bob, account, f"{account}/sessions/end-others"),
        notes(alice, "/admin/people", "/admin/people", username="dave", password=PASSWORD),
        notes(alice, "/admin/people", f"/admin/people/{bob.id}/admin", is_admin="1"),
        notes(alice, "/admin/people", f"/admin/people/{bob.id}/password", password=PASSWORD),
    ]
    guest.get("/login")
    told += [
        notes(guest, "/login", "/login", username="eve", password="wrong password")
        for _ in range(6)
    ]

    who = ["nobody", *["bob"] * 7, *["alice"] * 3, *["eve"] * 6]
    for name, line in zip(who, told, strict=True):
        assert name in line and HERE in line, told
        assert PASSWORD not in line and OTHER not in line
    assert "refused unread" in told[-1]

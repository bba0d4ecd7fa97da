"""An app on a data folder of its own, and people with browsers: a guest, alice (admin), bob."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import event
from werkzeug.test import TestResponse

from core.settings import Settings, load
from database import people, sessions
from database.people import NewPerson
from database.sessions import Browser
from tests.conftest import remove_progress
from webapp import create_app
from webapp.database import House
from webapp.limits import limiter

PASSWORD = "correct horse battery staple"
HOME = "http://localhost"


@dataclass
class Visitor:
    """Somebody with a browser: sends the form that a page shows, its token with it."""

    client: FlaskClient
    id: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, **said: Any) -> TestResponse:
        return self.client.get(address, **{"headers": self.headers, **said})

    def post(self, address: str, **said: Any) -> TestResponse:
        """Send what comes from our own page, but without the form's token."""
        headers = {"Origin": HOME, **self.headers, **said.pop("headers", {})}
        return self.client.post(address, headers=headers, **said)

    def submit(self, page: str, *, to: str = "", **typed: Any) -> TestResponse:
        return self.post(to or page, data={"csrf_token": self.token(page), **typed})

    def token(self, page: str) -> str:
        shown = self.client.get(page).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        assert found, f"{page} has no form with a token"
        return found[1]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path / "data"))
    return load().model_copy(
        update={"secret_key": SecretStr("the key of a test, long enough to be one")}
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    made.config["TESTING"] = True
    limiter.reset()
    yield made
    db = house(made).db
    db.close()
    remove_progress(db)


@pytest.fixture
def public_url() -> str:
    return "https://films.example.org"


@pytest.fixture
def over_https(settings: Settings, public_url: str) -> Iterator[Flask]:
    own = settings.model_copy(update={"public_url": public_url})
    made = create_app(own)
    made.config["TESTING"] = True
    yield made
    house(made).db.close()
    remove_progress(house(made).db)


def house(app: Flask) -> House:
    found: House = app.extensions["needledrop"]
    return found


@pytest.fixture
def guest(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture
def alice(app: Flask) -> Visitor:
    """The admin."""
    return member(app, "alice", is_admin=True)


@pytest.fixture
def bob(app: Flask) -> Visitor:
    return member(app, "bob")


def member(app: Flask, name: str, *, is_admin: bool = False) -> Visitor:
    """Make an account and a browser in which it is logged in."""
    client = app.test_client()
    with house(app).db.writing() as session:
        wanted = NewPerson(username=name, password=PASSWORD)
        person = people.add(session, wanted, zone="UTC", is_admin=is_admin)
        secret = sessions.begin(session, person.id, Browser("a test", "127.0.0.1"))
    with client.session_transaction() as cookie:
        cookie["sid"] = secret
    return Visitor(client, person.id)


@pytest.fixture
def count_queries(app: Flask) -> Iterator[list[str]]:
    """Grows by each statement that reaches the database."""
    engine = house(app).db.engine
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)

"""An app on a data folder of its own, and people with browsers: a guest, alice (admin), bob."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from pydantic import SecretStr
from sqlalchemy import event
from werkzeug.test import TestResponse

from core import folders
from core.settings import ROOT, Settings, load
from database import people, sessions
from database.engine import Database
from database.sessions import Browser
from tests import factories, hosts
from tests.conftest import _empty, remove_progress
from webapp import create_app, move_in
from webapp.database import House
from webapp.limits import limiter

PASSWORD = "correct horse battery staple"
_COMPILED: dict[str, bytes] = {}


_IN_OUR_PROCESS = {"caplog", "count_queries", "monkeypatch"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where webs on other hosts answer, leave out the tests that reach into the app's process."""
    if not hosts.WEBS:
        return
    here = Path(__file__).parent
    apart = [
        item
        for item in items
        if item.path.parent == here
        and isinstance(item, pytest.Function)
        and _IN_OUR_PROCESS.intersection(signature(item.function).parameters)
    ]
    config.hook.pytest_deselected(items=apart)
    items[:] = [item for item in items if item not in apart]


class Templates(BytecodeCache):
    """Compiled templates, kept for all apps of this process: they take longer than the pages."""

    def load_bytecode(self, bucket: Bucket) -> None:
        if found := _COMPILED.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        _COMPILED[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


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
def settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path / "data"))
    own: dict[str, Any] = {"secret_key": SecretStr("the key of a test, long enough to be one")}
    if hosts.WEBS:
        own |= _shared(request, tmp_path)
    return load().model_copy(update=own)


def _shared(request: pytest.FixtureRequest, folder: Path) -> dict[str, str]:
    """Return where what all hosts share is to be found, empty."""
    url: str = request.getfixturevalue("postgres_url")
    db = Database(url, folder)
    _empty(db)
    db.close()
    shared = {"database_url": url.replace("+psycopg", "")}
    return shared | {"redis_url": request.getfixturevalue("redis_url")}


class _Kept(NamedTuple):
    """An app that the next test may have as well, with what it was set up with."""

    app: Flask
    settings: Settings
    config: dict[str, Any]
    extensions: dict[str, Any]
    limits: dict[str, Any]


_KEPT: list[_Kept] = []


@pytest.fixture
def app(settings: Settings, new_sqlite: Path) -> Iterator[Flask]:
    """An app on a folder of its own; of the same settings otherwise it is made once a process.

    Its hundreds of routes take longer to compile than most tests to run.
    """
    _lay_down(new_sqlite, settings)
    apart = settings.model_copy(update={"data": ROOT})
    kept = next((one for one in _KEPT if one.settings == apart), None)
    if kept is None:
        made = create_app(settings)
        made.config["TESTING"] = True
        made.jinja_env.bytecode_cache = Templates()
        kept = _Kept(made, apart, dict(made.config), dict(made.extensions), dict(vars(limiter)))
        _KEPT.append(kept)
    else:
        kept.app.config.clear()
        kept.app.config.update(kept.config)
        kept.app.extensions.clear()
        kept.app.extensions.update(kept.extensions)
        # There is one for all apps: another may have had it count in a Redis that is gone.
        vars(limiter).update(kept.limits)
        move_in(kept.app, settings)
    limiter.reset()
    with hosts.answering_for(kept.app, settings):
        yield kept.app
    db = house(kept.app).db
    db.close()
    remove_progress(db)


def _lay_down(new_sqlite: Path, settings: Settings) -> None:
    """Have an app that is on SQLite find its tables."""
    if settings.database_file and not settings.database_file.exists():
        folders.make(settings)
        shutil.copy(new_sqlite, settings.database_file)


@pytest.fixture
def public_url() -> str:
    return "https://films.example.org"


@pytest.fixture
def over_https(settings: Settings, public_url: str, new_sqlite: Path) -> Iterator[Flask]:
    _lay_down(new_sqlite, settings)
    own = settings.model_copy(update={"public_url": public_url})
    made = create_app(own)
    made.config["TESTING"] = True
    made.jinja_env.bytecode_cache = Templates()
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
        person = factories.person(session, name, is_admin=is_admin, password_hash=_stored())
        secret = sessions.begin(session, person.id, Browser("a test", "127.0.0.1"))
    with client.session_transaction() as cookie:
        cookie["sid"] = secret
    return Visitor(client, person.id)


@cache
def _stored() -> str:
    """Return the password as the database has it: made to be slow, and once is enough."""
    return people.hashed(PASSWORD)


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

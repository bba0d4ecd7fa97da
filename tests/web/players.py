"""Players as they speak the older protocols, for tests: what they send, and what they are told."""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import Flask
from lxml import etree
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from core import clock
from core.plays import Standing
from database import tokens
from database.models import Play, Track
from tests.web.conftest import house
from webapp import player_key
from webapp.player_key import Pair


def md5(said: str) -> str:
    return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()


def token_of(app: Flask, person_id: int, label: str = "a player") -> str:
    inside = house(app)
    with inside.db.writing() as session:
        return tokens.add(session, person_id, label, folder=inside.settings.data)


def own_pair(app: Flask) -> Pair:
    with app.app_context():
        return player_key.pair()


def now() -> int:
    return clock.now() // clock.SECOND


def heard(app: Flask, person_id: int) -> list[tuple[str, str, int]]:
    """Return what counts of a person's plays: credit, title and second, the first one first."""
    query = select(Track.credit, Track.title, Play.started_at).join(
        Track, Track.id == Play.track_id
    )
    query = query.where(Play.person_id == person_id, Play.standing == int(Standing.COUNTED))
    with house(app).db.reading() as session:
        rows = session.execute(query.order_by(Play.started_at, Track.title)).all()
    return [(credit, title, at // clock.SECOND) for credit, title, at in rows]


def count_rows(app: Flask, table: Any) -> int:
    with house(app).db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@dataclass
class LastfmPlayer:
    """A program that speaks Last.fm's protocol, with the key and secret that it was given."""

    app: Flask
    key: str = "a key that is built in"
    secret: str = ""
    session_key: str = ""
    address: str = "/2.0/"
    agent: str = "Tonearm/2.1"

    def signed(self, said: dict[str, str]) -> dict[str, str]:
        whole = {"api_key": self.key, **said}
        if self.session_key:
            whole["sk"] = self.session_key
        if self.secret:
            line = "".join(f"{name}{whole[name]}" for name in sorted(whole) if name != "format")
            whole["api_sig"] = md5(line + self.secret)
        return whole

    def call(self, method: str, **said: str) -> TestResponse:
        headers = {"User-Agent": self.agent}
        data = self.signed({"method": method, **said})
        return self.app.test_client().post(self.address, data=data, headers=headers)

    def ask(self, method: str, **said: str) -> Any:
        """Return the answer in JSON."""
        answer = self.call(method, format="json", **said)
        assert answer.status_code == 200
        return answer.get_json()

    def ask_xml(self, method: str, **said: str) -> etree._Element:
        answer = self.call(method, **said)
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        return etree.fromstring(answer.data)

    def log_in(self, name: str, token: str) -> "LastfmPlayer":
        self.session_key = ""
        told = self.ask("auth.getMobileSession", username=name, password=token)
        self.session_key = told["session"]["key"]
        return self

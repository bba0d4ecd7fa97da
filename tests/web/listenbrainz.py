"""A client of ListenBrainz', for tests: it sends as one does, and reads what it is told."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from core import clock
from database import tokens
from tests.web.conftest import house

NOON = 1_750_000_000


def listen(seconds: Any = NOON, title: Any = "Vitamin C", **said: Any) -> dict[str, Any]:
    """Return a listen; `said` is its additional_info, or names its artist or release."""
    metadata = {"artist_name": said.pop("artist_name", "Can"), "track_name": title}
    if "release_name" in said:
        metadata["release_name"] = said.pop("release_name")
    whole: dict[str, Any] = {"track_metadata": metadata | {"additional_info": said}}
    return whole if seconds is None else {"listened_at": seconds, **whole}


@dataclass
class Client:
    """Somebody's player."""

    app: Flask
    token: str
    mount: str = "/1"

    @classmethod
    def of(cls, app: Flask, person_id: int) -> "Client":
        with house(app).db.writing() as session:
            return cls(app, tokens.add(session, person_id, "a player"))

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._ask("GET", path, query_string=query or None)

    def post(self, path: str, body: Any = None, **query: Any) -> TestResponse:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        return self._ask("POST", path, data=data, query_string=query or None)

    def _ask(self, method: str, path: str, **said: Any) -> TestResponse:
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        address = self.mount + path
        return self.app.test_client().open(address, method=method, headers=headers, **said)

    def submit(self, *listens: dict[str, Any], kind: str = "", **query: Any) -> TestResponse:
        kind = kind or ("single" if len(listens) == 1 else "import")
        body = {"listen_type": kind, "payload": list(listens)}
        return self.post("/submit-listens", body, **query)

    def listens(self, user: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(f"/user/{user}/listens", **query)
        assert answer.status_code == 200, answer.text
        told: list[dict[str, Any]] = answer.get_json()["payload"]["listens"]
        return told

    def seconds(self, user: str, **query: Any) -> list[int]:
        return [one["listened_at"] - NOON for one in self.listens(user, **query)]

    def count(self, user: str) -> int:
        told: int = self.get(f"/user/{user}/listen-count").get_json()["payload"]["count"]
        return told


def told(answer: TestResponse) -> tuple[int, Any]:
    """Return the status and the code that the body repeats: players look at that."""
    return answer.status_code, answer.get_json().get("code")


def now() -> int:
    return clock.now() // clock.SECOND

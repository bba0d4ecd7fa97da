"""Every address of the API's document, asked whatever may come: it gives no answer it does not tell.

schemathesis makes up the requests, the same ones each time: about what is there, about what
is not, and such as break their own description.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import delete, select, update

from core import kept_exports
from core.releases import Release
from database import film_imports, ratings, shelf_history, shelf_imports, tasks, tokens
from database.film_imports import NewImport
from database.models import FilmList, Person, Rating, Song, Task
from database.owner import Owner
from tests import factories
from tests.hall import Hall
from tests.stand_in import StandIn
from tests.web.conftest import HOME, Visitor, house
from webapp.limits import limiter

_CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_PART = {"kind": "records", "how": "added", "count": 1, "first": [{"what": "", "on": None}]}
_COUNTED = {"added": 1, "changed": 0, "same": 0, "skipped": 0, "parts": [_PART], "dry_run": True}
_GONE = dict.fromkeys(("records", "ratings", "songs", "credits", "balance", "changed_at"), 0)
_RELEASE = Release(7, "Tago Mago", ("Can",), ("UA",)).as_json()
# Tasks that have ended, by the beginning of the endpoints that show what came of them.
_ENDED: dict[str, tuple[str, dict[str, Any]]] = {
    "films.": ("import_films", _COUNTED),
    "shelf.restored": ("restore_shelf", {"gone": _GONE, "export": None, "result_url": "/"}),
    "shelf.replace": ("restore_shelf", {"gone": _GONE, "export": None, "result_url": "/"}),
    "shelf.releases": ("find_releases", {"found": [_RELEASE]}),
    "shelf.": (shelf_history.ACTION, _COUNTED),
    "tasks.": ("create_mosaic", {}),
}
_NUMBERS = {"seq": 1, "rating_id": 1}


def steadily(examples: int) -> Any:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture
def script(app: Flask, alice: Visitor) -> dict[str, str]:
    """What a script of hers sends along."""
    with house(app).db.writing() as session:
        token = tokens.add(session, alice.id, "a script")
    return {"Accept": "application/json", "Authorization": f"Bearer {token}"}


@pytest.fixture
def document(app: Flask, script: dict[str, str]) -> dict[str, Any]:
    """The document, in the strictest reading: what it does not name is not there."""
    told: dict[str, Any] = app.test_client().get("/api/openapi.json", headers=script).get_json()
    for schema in told["components"]["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)
    return told


@pytest.fixture
def operations(app: Flask, document: dict[str, Any]) -> list[APIOperation]:
    schema = openapi.from_dict(deepcopy(document))
    schema.app = app
    return [found.ok() for found in schema.get_all_operations()]


class Things:
    """What is in the house, as addresses name it."""

    def __init__(self, app: Flask, person_id: int) -> None:
        self.app, self.person_id = app, person_id
        self.ended = {start: self._ended(*one) for start, one in _ENDED.items()}
        hung = Hall(house(app).db, house(app).settings.pictures).hang_large(person_id)
        self.mosaic = hung.public_id
        with house(app).db.writing() as session:
            alice = session.get_one(Person, person_id)
            film = factories.film(session, "Ran", 1985)
            source = factories.source(session, alice)
            factories.viewing(session, film, source, half_stars=9)
            film_imports.begin(session, person_id, "a", NewImport(self.ended["films."], "a.zip"))
            shelf_imports.begin(session, person_id, self.ended["shelf."], "csv", "a.csv")
            self.film_id = film.id
"""

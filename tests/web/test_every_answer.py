"""Every address of the API's document, asked whatever may come, answers as it tells.

schemathesis makes up the requests, the same ones each time: about what is there, about what
is not, and such as break their own description.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as examined
from hypothesis.strategies import SearchStrategy
from pydantic import SecretStr
from schemathesis import Case, GenerationMode, openapi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.settings import Settings
from database import tokens
from tests.web.conftest import HOME, Visitor, house
from tests.web.furnished import Furnished

_CHECKS: list[Any] = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
# What each of these wants to succeed, in this order: the last one takes the record away.
_WELL_ASKED: dict[str, dict[str, Any]] = {
    "mosaics_make_post": {"letterboxd_username": "dave"},
    "mosaics_at_size_post": {"size": "hd"},
    "mosaics_make_recipe_post": {},
    "films_find_matches_post": {"words": "Ran"},
    "films_bring_now_post": {},
    "shelf_buy_post": {"title": "Future Days", "genre": "Rock", "purchased_on": "2026-01-02"},
    "shelf_settle_rules_post": {"credits_from": "2026-01-02"},
    "shelf_find_releases_post": {"words": "Can Tago Mago"},
    "shelf_find_release_post": {},
    "shelf_link_discogs_post": {"token": "a" * 40},
    "shelf_bring_collection_post": {},
    "shelf_choose_post": {"title": 0},
    "shelf_bring_now_post": {},
    "shelf_replace_post": {"export_first": True},
    "shelf_reset_post": {"name": "alice"},
    "shelf_remove_post": {"removed_on": "2026-01-03"},
    "shelf_reactivate_post": {"purchased_on": "2026-01-04", "price": "19.90"},
    "shelf_delete_post": {"title": "Tago Mago"},
}
# Without a worker it is not ready.
_NEVER = {("health_ready_get", 200)}


class Seen(NamedTuple):
    operation: str
    status: int


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With the keys that some addresses want; nobody is asked with them."""
    keys = {"tmdb_token": SecretStr("t"), "discogs_token": SecretStr("d")}
    return settings.model_copy(update=keys)


@pytest.fixture
def script(app: Flask, alice: Visitor) -> dict[str, str]:
    """What a script of hers sends along."""
    with house(app).db.writing() as session:
        token = tokens.add(session, alice.id, "a script")
    return {"Accept": "application/json", "Authorization": f"Bearer {token}"}


@pytest.fixture
def operations(app: Flask, script: dict[str, str]) -> list[APIOperation]:
    """All that the document tells, in the strictest reading: what it does not name is not there."""
    told = app.test_client().get("/api/openapi.json", headers=script).get_json()
    for schema in told["components"]["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)
    schema = openapi.from_dict(told)
    schema.app = _read_out(app.wsgi_app)
    found = [one.ok() for one in schema.get_all_operations()]
    return sorted(found, key=lambda one: one.method)


def _read_out(app: Any) -> Any:
    """Close each answer when it is read, as a server does."""

    def call(environ: Any, start: Any) -> list[bytes]:
        pieces = app(environ, start)
        try:
            return [b"".join(pieces)]
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    return call


def test_a_member_gets_no_answer_that_is_untold(
    app: Flask, alice: Visitor, operations: list[APIOperation], script: dict[str, str]
) -> None:
    things, seen = Furnished(app, alice.id), set[Seen]()
    for operation in operations:
        named = things.named_by(_id(operation))
        for cases, examples in _asked(operation, named):
            things.make_room()
            seen.update(_sent(cases, examples, script))
    for name, body in _WELL_ASKED.items():
        operation = next(one for one in operations if _id(one) == name)
        things.make_room()
        seen.add(_send(_well_asked(operation, things.named_by(name), body), script))

    told = {
        Seen(_id(operation), int(status))
        for operation in operations
        for status in operation.definition.raw["responses"]
        if int(status) < 300
    }
    assert told - seen == _NEVER


def test_a_stranger_is_let_in_nowhere_but_where_it_is_told(
    app: Flask, alice: Visitor, operations: list[APIOperation]
) -> None:
    things = Furnished(app, alice.id)
    for operation in operations:
        named = things.named_by(_id(operation))
        is_open = {} in operation.definition.raw.get("security", [])
        cases = next(_asked(operation, named))[0]
        things.make_room()
        for _, status in _sent(
            cases, 1, {"Accept": "application/json", "Authorization": "Token x"}
        ):
            assert status == 401 or is_open, operation.label


def _id(operation: APIOperation) -> str:
    return str(operation.definition.raw["operationId"])


def _asked(
    operation: APIOperation, named: dict[str, Any]
) -> Iterator[tuple[SearchStrategy[Case], int]]:
    """Yield what may be asked, and so many examples of each."""
    path = {one.name: named[one.name] for one in operation.path_parameters}
    yield operation.as_strategy(path_parameters=path), 5
    if path:
        yield operation.as_strategy(), 2
    if operation.query or operation.body:
        yield operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=path), 3


def _well_asked(operation: APIOperation, named: dict[str, Any], body: dict[str, Any]) -> Case:
    path = {one.name: named[one.name] for one in operation.path_parameters}
    kinds = [one.media_type for one in operation.body]
    if not kinds:
        return operation.Case(path_parameters=path)
    kind = kinds[0]
    return operation.Case(path_parameters=path, body=body, media_type=kind)


def _sent(cases: SearchStrategy[Case], examples: int, headers: dict[str, str]) -> list[Seen]:
    found: list[Seen] = []

    @examined(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def send(case: Case) -> None:
        found.append(_send(case, headers))

    send()
    return found


def _send(case: Case, headers: dict[str, str]) -> Seen:
    answer = case.call(headers=headers, base_url=HOME)
    case.validate_response(answer, checks=_CHECKS)
    # That it is not ready is what this one is there to say.
    assert answer.status_code < 500 or case.path == "/readyz"
    return Seen(_id(case.operation), answer.status_code)

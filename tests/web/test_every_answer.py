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
from schemathesis import APIOperation, Case, GenerationMode, openapi
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.settings import Settings
from database import tokens
from tests.web.conftest import HOME, Visitor, house
from tests.web.furnished import Furnished

Operation = APIOperation[Any, Any, Any, Any]
Asked = Case[Any]
_CHECKS: list[Any] = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_SECRET = "of the cache"
_UUID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
_AT = "2026-01-02T20:15"
_LISTEN = {
    "listened_at": 1_700_000_000,
    "track_metadata": {"artist_name": "Can", "track_name": "Vitamin C"},
}
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
    "accounts_try_connection_post": {},
    "crates_add_releases_post": {"release": [1, 2]},
    "crates_add_dig_post": {"dig": "q=tago"},
    "crates_make_playlist_post": {"title": "Deep", "keep_basket": True},
    "crates_look_for_playlists_post": {},
    "crates_go_on_post": {},
    "crates_api_suggest_get": {"field": "artist", "q": "can"},
    "crates_api_values_get": {"kind": "style"},
    "crates_choose_post": {"release": 1, "video": []},
    "crates_cap_post": {"per_release": 1},
    "crates_check_videos_post": {},
    "crates_take_out_post": {"release": 1},
    "library_compare_get": {"a": 1, "b": 1},
    "library_analyse_post": {"kind": "liked"},
    "library_make_get": {"of": "liked"},
    "library_make_playlist_post": {"of": "liked", "name": "Best"},
    "library_describe_post": {"description": "For the morning."},
    "library_sync_post": {"resource": "playlist", "item": 1},
    "listening_take_post": {"export": '[{"ts": "2024-01-01T00:00:00Z", "ms_played": 1}]'},
    "library_take_post": {"export": "track_name,artist,energy,tempo,valence\na,b,0.5,9,0.5\n"},
    "library_bring_now_post": {},
    "listening_link_relay_post": {"token": "a" * 36},
    "insights_invalidate_post": {},
    "scrobble_submit_listens_post": {"listen_type": "single", "payload": [_LISTEN]},
    "scrobble_delete_listen_post": {"listened_at": 1_700_000_000, "recording_msid": _UUID},
    "scrobble_give_feedback_post": {"recording_msid": _UUID, "score": 1},
    "scrobble_show_feedback_for_get": {"recording_msids": _UUID},
    "scrobble_show_feedback_for_post": {"recording_msids": [_UUID]},
    "scrobble_show_latest_import_get": {"user_name": "alice"},
    "listening_put_in_play_post": {"title": "Halleluhwah", "artists": "Can", "at": _AT},
    "listening_change_play_post": {"title": "Vitamin C", "artists": "Can", "at": _AT},
    "listening_delete_play_post": {},
    "listening_log_spin_post": {"at": _AT},
    "listening_say_not_me_post": {"artist": "Can"},
    "listening_set_counting_post": {"rule": "all"},
    "listening_say_same_post": {"into": 2},
    "listening_say_album_post": {"album": 1, "is_same": True},
    "listening_add_child_post": {"name": "Ida"},
    "listening_add_route_post": {"words": "kitchen"},
    "listening_remove_route_post": {},
    "listening_remove_child_post": {},
    "shelf_edit_post": {"title": "Tago Mago"},
    "shelf_say_which_post": {"is_none": True},
    "shelf_delete_post": {"title": "Tago Mago"},
}
# Without a worker it is not ready, and where there is a crate nobody needs the sample.
_NEVER = {"health_ready_get", "crates_try_sample_post"}


class Seen(NamedTuple):
    operation: str
    status: int


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With the keys that some addresses want; nobody is asked with them."""
    keys = {"tmdb_token": SecretStr("t"), "discogs_token": SecretStr("d")}
    keys["cache_secret"] = SecretStr(_SECRET)
    return settings.model_copy(update=keys)


@pytest.fixture
def script(app: Flask, alice: Visitor) -> dict[str, str]:
    """What a script of hers sends along."""
    with house(app).db.writing() as session:
        token = tokens.add(session, alice.id, "a script")
    return {
        "Accept": "application/json",
        "Authorization": f"Bearer {token}",
        "X-Invalidation-Secret": _SECRET,
    }


@pytest.fixture
def operations(app: Flask, script: dict[str, str]) -> list[Operation]:
    """All that the document tells, in the strictest reading: what it does not name is not there."""
    told = app.test_client().get("/api/openapi.json", headers=script).get_json()
    for schema in told["components"]["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)
    schema = openapi.from_dict(told)
    schema.app = _read_out(app.wsgi_app)
    found: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
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


@pytest.mark.slow
def test_a_member_gets_no_answer_that_is_untold(
    app: Flask, alice: Visitor, operations: list[Operation], script: dict[str, str]
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

    succeeded = {one.operation for one in seen if one.status < 400}
    assert {_id(one) for one in operations} - succeeded == _NEVER


def test_a_stranger_is_let_in_nowhere_but_where_it_is_told(
    app: Flask, alice: Visitor, operations: list[Operation]
) -> None:
    things = Furnished(app, alice.id)
    for operation in operations:
        named = things.named_by(_id(operation))
        is_open = {} in operation.definition.raw.get("security", [])
        cases = next(_asked(operation, named))[0]
        things.make_room()
        # Last.fm's own refusals are 200, and the cache asks for a secret of its own.
        is_open = is_open or operation.path in ("/2.0", "/cache/invalidate")
        for _, status in _sent(
            cases, 1, {"Accept": "application/json", "Authorization": "Token x"}
        ):
            assert status == 401 or is_open, operation.label


def _id(operation: Operation) -> str:
    return str(operation.definition.raw["operationId"])


def _asked(
    operation: Operation, named: dict[str, Any]
) -> Iterator[tuple[SearchStrategy[Asked], int]]:
    """Yield what may be asked, and so many examples of each."""
    path = {one.name: named[one.name] for one in operation.path_parameters}
    yield operation.as_strategy(path_parameters=path), 4
    if path:
        yield operation.as_strategy(), 1
    if operation.query or operation.body:
        yield operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=path), 2


def _well_asked(operation: Operation, named: dict[str, Any], body: dict[str, Any]) -> Asked:
    path = {one.name: named[one.name] for one in operation.path_parameters}
    kinds = [one.media_type for one in operation.body]
    if not kinds:
        return operation.Case(path_parameters=path, query=body)
    return operation.Case(path_parameters=path, body=body, media_type=kinds[0])


def _sent(cases: SearchStrategy[Asked], examples: int, headers: dict[str, str]) -> list[Seen]:
    found: list[Seen] = []

    @examined(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def send(case: Asked) -> None:
        found.append(_send(case, headers))

    send()
    return found


def _send(case: Asked, headers: dict[str, str]) -> Seen:
    answer = case.call(headers=headers, base_url=HOME)
    case.validate_response(answer, checks=_CHECKS)
    # That it is not ready is what this one is there to say.
    assert answer.status_code < 500 or case.path == "/readyz"
    return Seen(_id(case.operation), answer.status_code)

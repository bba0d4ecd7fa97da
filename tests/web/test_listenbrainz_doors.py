"""The addresses of players as a whole: mounts, slashes, CORS, failures that players understand."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from tests.web.conftest import Visitor, house
from tests.web.listenbrainz import Client, listen, told

BODY = json.dumps({"listen_type": "single", "payload": [listen()]})
MOUNTS = ("/1", "/apis/listenbrainz/1")
MALOJA = "/apis/mlj_1/newscrobble"


@pytest.fixture
def bobs(app: Flask, bob: Visitor) -> Client:
    return Client.of(app, bob.id)


@pytest.mark.parametrize(
    "address",
    [
        "/1/submit-listens",
        "/1/submit-listens/",
        "/1//submit-listens",
        "//1/submit-listens",
        "///1///submit-listens//",
        "/apis/listenbrainz/1/submit-listens",
        "/apis/listenbrainz//1/submit-listens/",
    ],
)
def test_an_address_is_taken_as_it_was_put_together(app: Flask, bobs: Client, address: str) -> None:
    # Put into the path itself: a client would read "//1" as a host.
    answer = app.test_client().post(
        "/",
        data=BODY,
        headers={"Authorization": f"Token {bobs.token}"},
        environ_overrides={"PATH_INFO": address},
    )

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_pages_keep_their_slashes(bob: Visitor) -> None:
    assert bob.get("/films//1").status_code in (308, 404)
    assert bob.get("/").status_code == 200


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/json", "application/x-www-form-urlencoded"]
)
def test_the_body_is_read_whatever_it_is_called(app: Flask, bobs: Client, kind: str | None) -> None:
    headers = {"Authorization": f"Token {bobs.token}"}

    answer = app.test_client().post(
        "/1/submit-listens", data=BODY, content_type=kind, headers=headers
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("mount", MOUNTS)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", "/submit-listens", 405),
        ("POST", "/user/bob/listens", 405),
        ("GET", "/user/nobody/listens", 404),
        ("POST", "/submit-listens", 400),
        ("GET", "/user/%00/listens", 400),
        ("PUT", "/submit-listens", 405),
        ("DELETE", "/user/bob/listens", 405),
        ("POST", "/nothing/here", 404),
    ],
)
def test_every_failure_is_json_with_its_code(
    app: Flask, bobs: Client, mount: str, method: str, path: str, status: int
) -> None:
    # Not a scheme that the rest of the house knows: only the second word counts here.
    headers = {"Authorization": f"Key {bobs.token}", "Accept": "text/html"}

    answer = app.test_client().open(mount + path, method=method, headers=headers)

    assert told(answer) == (status, status)
    assert answer.mimetype == "application/json" and answer.get_json()["error"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_failure_of_ours_is_500_in_json(app: Flask, bobs: Client) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(*_: Any) -> None:
        raise RuntimeError("of a test")

    event.listen(house(app).db.engine, "before_cursor_execute", broken)

    assert told(bobs.submit(listen())) == (500, 500)


def test_a_locked_database_is_503_and_when_to_come_again(app: Flask, bobs: Client) -> None:
    db = house(app).db
    # A connection that has said once for how long it waits does not say so again.
    event.listen(db.engine, "checkout", lambda link, *_: link.execute("PRAGMA busy_timeout=50"))
    bobs.submit(listen())
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = bobs.submit(listen())

    assert told(answer) == (503, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert bobs.submit(listen()).status_code == 200


def test_a_full_disk_is_busy_to_a_player_which_comes_again(app: Flask, bobs: Client) -> None:
    """Told by another number, players would throw the play away."""

    def full(*_: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    engine = house(app).db.engine
    event.listen(engine, "before_cursor_execute", full)
    try:
        answer = bobs.submit(listen())
    finally:
        event.remove(engine, "before_cursor_execute", full)

    assert told(answer) == (503, 503)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("address", ["/1/validate-token", "/1/user/bob/listens", MALOJA])
def test_whoever_guesses_tokens_is_held_up_and_a_valid_one_never(
    app: Flask, bobs: Client, address: str
) -> None:
    method = "POST" if address == MALOJA else "GET"
    guess = {"Authorization": "Token made-up"}

    answers = [
        app.test_client().open(address, method=method, headers=guess, json={}) for _ in range(25)
    ]

    assert told(answers[0]) in ((200, 200), (401, 401))
    assert told(answers[-1]) == (429, 429) and int(answers[-1].headers["Retry-After"]) > 0
    assert bobs.submit(listen()).status_code == 200


def test_what_leads_to_nothing_elsewhere_still_has_to_come_from_a_page(bob: Visitor) -> None:
    for address in ("/nothing", "/api/v1/nothing", "/1nothing", "/tasks"):
        assert bob.client.post(address).status_code == 403, address


def test_nothing_but_these_doors_is_at_their_addresses(app: Flask) -> None:
    """What leads to nothing there is told without a look at where it came from."""
    mounts = (*MOUNTS, "/2.0", "/np_1.2", "/protocol_1.2", "/apis")
    views = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if any(rule.rule == mount or rule.rule.startswith(f"{mount}/") for mount in mounts)
    }

    assert len(views) > 20
    marked = {name for name, view in app.view_functions.items() if hasattr(view, "by_token_alone")}
    assert views <= marked


def test_pages_of_anywhere_may_ask(app: Flask, bobs: Client) -> None:
    asked = {"Origin": "https://open.example", "Access-Control-Request-Method": "POST"}
    before = app.test_client().options("/1/submit-listens", headers=asked)
    headers = {"Origin": "https://open.example", "Authorization": f"Token {bobs.token}"}
    after = app.test_client().post("/1/submit-listens", data=BODY, headers=headers)

    assert (before.status_code, after.status_code) == (200, 200)
    for answer in (before, after):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "OPTIONS, POST"
        assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
        assert answer.headers["Access-Control-Max-Age"] == "21600"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in app.test_client().get("/login").headers


def test_no_cookie_opens_a_door(bob: Visitor) -> None:
    assert bob.get("/account").status_code == 200
    assert told(bob.get("/1/user/bob/listens")) == (401, 401)
    assert told(bob.post("/1/submit-listens", data=BODY)) == (401, 401)


def test_a_token_is_never_asked_to_wait(bobs: Client) -> None:
    answers = [bobs.get("/validate-token") for _ in range(150)]

    assert {answer.status_code for answer in answers} == {200}
    # A client of ListenBrainz' sleeps by these, if they are there.
    assert not [name for name, _ in answers[-1].headers if "ratelimit" in name.casefold()]


def test_another_host_is_refused_in_json(app: Flask, bobs: Client) -> None:
    headers = {"Host": "evil.example", "Authorization": f"Token {bobs.token}"}

    assert told(app.test_client().get("/1/validate-token", headers=headers)) == (400, 400)


def test_nobody_takes_us_for_koito(app: Flask) -> None:
    assert told(app.test_client().get("/apis/web/v1/stats")) == (404, 404)

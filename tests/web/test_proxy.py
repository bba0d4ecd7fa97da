"""Behind a proxy and without: whose word counts for where a request comes from."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.settings import ROOT
from database.engine import Database
from database.models import PersonSession
from tests.conftest import remove_progress
from tests.hall import BYTES, Hall
from tests.web.conftest import PASSWORD, Visitor, house, member
from webapp.forwarded import SENDS_PICTURES, Forwarded

AFAR, NEAR = "203.0.113.66", "127.0.0.1"
PAGE = "https://films.example.org"
_START_SECONDS = 90


def knows_the_reasons(app: Flask, caller: str, said: str) -> bool:
    """Say whether a caller passes for one of this machine, who says to be somebody else."""
    headers = {"X-Forwarded-For": said, "X-Forwarded-Host": "evil.example"} if said else {}
    client = app.test_client()
    answer = client.get("/readyz", headers=headers, environ_overrides={"REMOTE_ADDR": caller})
    return "reasons" in (answer.json or {})


@pytest.mark.parametrize(
    ("caller", "said", "knows"),
    [
        (NEAR, "", True),
        (NEAR, AFAR, True),
        ("::1", AFAR, True),
        ("::ffff:127.0.0.1", AFAR, True),
        ("192.168.1.77", NEAR, False),
        ("", NEAR, True),
        ("", AFAR, False),
        ("", "", False),
        ("localhost", NEAR, True),
        ("localhost", AFAR, False),
        ("localhost", "", False),
        ("", "unknown", False),
    ],
)
def test_without_a_proxy_a_callers_own_word_counts_for_nothing(
    app: Flask, caller: str, said: str, knows: bool
) -> None:
    assert knows_the_reasons(app, caller, said) is knows


@pytest.mark.parametrize(
    ("caller", "said", "knows"),
    [
        (NEAR, AFAR, False),
        ("::1", AFAR, False),
        ("::ffff:127.0.0.1", AFAR, False),
        (NEAR, f"{NEAR}, {AFAR}", False),
        (NEAR, f"{AFAR}, {NEAR}", True),
        (NEAR, "", True),
        ("192.168.1.77", NEAR, False),
        (AFAR, NEAR, False),
    ],
)
def test_behind_a_proxy_of_this_machine_its_last_word_counts(
    over_https: Flask, caller: str, said: str, knows: bool
) -> None:
    assert knows_the_reasons(over_https, caller, said) is knows


@pytest.mark.parametrize(
    ("caller", "is_believed"), [("", True), ("localhost", True), (NEAR, False), (AFAR, False)]
)
def test_that_a_proxy_sends_pictures_is_believed_on_a_socket_file_alone(
    app: Flask, bob: Visitor, caller: str, is_believed: bool
) -> None:
    mosaic = Hall(house(app).db, house(app).settings.pictures).hang(bob.id)

    answer = bob.get(
        f"/mosaics/{mosaic.public_id}.jpg",
        headers={"X-Accel-Pictures": "yes"},
        environ_overrides={"REMOTE_ADDR": caller},
    )

    assert answer.status_code == 200
    assert answer.headers.get("X-Accel-Redirect") == (
        f"/_pictures/{mosaic.file}" if is_believed else None
    )
    assert answer.data == (b"" if is_believed else BYTES)
    assert answer.headers["ETag"] == f'"{mosaic.sha256}"'
    answer.close()


@pytest.mark.parametrize(("caller", "is_believed"), [("", True), (NEAR, False), ("::1", False)])
def test_another_proxy_of_this_machine_sends_no_pictures(caller: str, is_believed: bool) -> None:
    heard: list[bool] = []

    def behind(environ: dict[str, Any], _start: object) -> list[bytes]:
        heard.append(SENDS_PICTURES in environ)
        return []

    asked = {"REMOTE_ADDR": caller, SENDS_PICTURES: "yes"}
    Forwarded(behind, has_proxy=True)(asked, lambda *_: lambda _: None)

    assert heard == [is_believed]


def test_who_may_not_see_a_picture_is_led_nowhere(app: Flask, bob: Visitor) -> None:
    mosaic = Hall(house(app).db, house(app).settings.pictures).hang(bob.id)

    answer = member(app, "carol").get(
        f"/mosaics/{mosaic.public_id}.jpg",
        headers={"X-Accel-Pictures": "yes"},
        environ_overrides={"REMOTE_ADDR": ""},
    )

    assert answer.status_code == 404
    assert "X-Accel-Redirect" not in answer.headers


def test_behind_a_proxy_one_strangers_guesses_slow_nobody_else(over_https: Flask) -> None:
    member(over_https, "bob")

    strangers = [log_in(over_https, AFAR, f"nobody {number}") for number in range(9)]

    assert 429 in strangers
    assert log_in(over_https, "198.51.100.7", "bob") == 303
    with house(over_https).db.reading() as session:
        seen = session.scalars(select(PersonSession.address)).all()
    assert "198.51.100.7" in seen


def log_in(app: Flask, caller: str, name: str) -> int:
    """Try it from that address, as the proxy passes it on; return the status."""
    client = app.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = caller
    client.environ_base["HTTP_X_FORWARDED_PROTO"] = "https"
    typed = {"username": name, "password": PASSWORD}
    # As gunicorn and waitress hear it, by http; the name of the house as nginx passes it on.
    at = {"base_url": "http://films.example.org"}
    shown = client.get("/login", **at).text
    typed["csrf_token"] = shown.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.post("/login", data=typed, headers={"Origin": PAGE}, **at).status_code


def test_behind_a_proxy_a_form_is_taken_without_a_referer(over_https: Flask) -> None:
    client = over_https.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = AFAR
    client.environ_base["HTTP_X_FORWARDED_PROTO"] = "https"
    at = {"base_url": "http://films.example.org"}
    shown = client.get("/login", **at).text
    token = shown.partition('name="csrf_token" value="')[2].partition('"')[0]
    typed = {"csrf_token": token, "username": "nobody", "password": PASSWORD}

    taken = client.post("/login", **at, data=typed, headers={"Origin": PAGE})
    plain = {"Origin": "http://films.example.org"}
    refused = client.post("/login", **at, data=typed, headers=plain)

    assert taken.status_code == 422
    assert refused.status_code == 403


@pytest.mark.parametrize(("public_url", "knows"), [(PAGE, False), ("", True)])
def test_the_server_itself_lets_through_what_is_to_count(
    tmp_path: Path, public_url: str, knows: bool
) -> None:
    with socket.socket() as probe:
        probe.bind((NEAR, 0))
        port = probe.getsockname()[1]
    own = {name: said for name, said in os.environ.items() if not name.startswith("NEEDLEDROP_")}
    own |= {"NEEDLEDROP_DATA": str(tmp_path), "NEEDLEDROP_PUBLIC_URL": public_url}
    own |= {"NEEDLEDROP_HOST": NEAR, "NEEDLEDROP_PORT": str(port)}
    server = subprocess.Popen([sys.executable, "server.py"], env=own, cwd=ROOT)
    try:
        assert ("reasons" in _readyz(server, port, {})) is True
        assert ("reasons" in _readyz(server, port, {"X-Forwarded-For": AFAR})) is knows
    finally:
        server.terminate()
        server.wait()
        db = Database(f"sqlite:///{tmp_path / 'needledrop.sqlite3'}", tmp_path / "run")
        db.close()
        remove_progress(db)


def _readyz(server: "subprocess.Popen[bytes]", port: int, headers: dict[str, str]) -> str:
    asked = urllib.request.Request(f"http://{NEAR}:{port}/readyz", headers=headers)
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None:
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return str(json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                return str(json.load(refused))
        except OSError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
    pytest.fail("the server ended")

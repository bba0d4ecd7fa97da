"""What holds for every request and every answer: host, origin, cookies, headers, sizes."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from core.errors import CannotStart
from core.settings import ROOT, Settings
from database import tokens
from tests.web.conftest import HOME, PASSWORD, Visitor, house, member
from webapp import create_app, secret

ORDER = {"letterboxd_username": "dave", "period": "month"}
FILE = b'--x\r\nContent-Disposition: form-data; name="export"; filename="e.zip"\r\n\r\n'


# --- where a request comes from


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "192.168.1.4", "[fd00::1]:8000", "needledrop.local"]
)
def test_it_answers_to_its_own_names(guest: Visitor, host: str) -> None:
    assert guest.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.local.example", "a b", "[nonsense", ""]
)
def test_it_does_not_answer_to_any_other(guest: Visitor, host: str) -> None:
    answer = guest.get("/tasks", headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.headers.get("Location", "")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8001"},
        {"Origin": "", "Referer": "http://evil.example/localhost"},
        {"Origin": HOME, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HOME, "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_site_does_nothing(bob: Visitor, headers: dict[str, str]) -> None:
    typed = {"csrf_token": bob.token("/"), **ORDER}

    assert bob.post("/mosaics", data=typed, headers=headers).status_code == 403


def test_a_form_from_nowhere_does_nothing(bob: Visitor) -> None:
    typed = {"csrf_token": bob.token("/"), **ORDER}

    assert bob.client.post("/mosaics", data=typed).status_code == 403


def test_a_form_without_its_token_does_nothing(bob: Visitor) -> None:
    assert bob.post("/mosaics", data=ORDER).status_code == 400
    assert bob.post("/mosaics", data={"csrf_token": "made up", **ORDER}).status_code == 400


def test_a_form_of_somebody_else_does_nothing(alice: Visitor, bob: Visitor) -> None:
    typed = {"csrf_token": alice.token("/"), **ORDER}

    assert bob.post("/mosaics", data=typed).status_code == 400


@pytest.mark.parametrize("said", [{"Origin": HOME}, {"Referer": f"{HOME}/"}])
def test_a_form_of_our_own_is_taken(bob: Visitor, said: dict[str, str]) -> None:
    typed = {"csrf_token": bob.token("/"), **ORDER}

    assert bob.client.post("/mosaics", data=typed, headers=said).status_code == 303


# --- tokens


@pytest.fixture
def bobs_token(app: Flask, bob: Visitor) -> str:
    with house(app).db.writing() as session:
        return tokens.add(session, bob.id, "a script")


def test_a_token_needs_neither_origin_nor_form_token(guest: Visitor, bobs_token: str) -> None:
    headers = {"Authorization": f"Bearer {bobs_token}", "Accept": "application/json"}

    answer = guest.client.post("/mosaics", json=ORDER, headers=headers)

    assert answer.status_code == 202
    assert guest.client.get((answer.json or {})["url"], headers=headers).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Origin": HOME}, {"Origin": "http://evil.example"}])
def test_a_script_that_forgot_its_token_is_told_so(guest: Visitor, headers: dict[str, str]) -> None:
    asked = {"json": {}, "headers": headers}
    answer = guest.client.patch("/api/v1/browser/playlists/1", **asked)
    page = guest.client.post("/account/spotify/disconnect", **asked)

    assert (answer.status_code, answer.get_json()) == (401, {"error": "Log in, or send a token."})
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert page.status_code in (400, 403)


def test_beside_a_token_the_cookie_counts_for_nothing(alice: Visitor, bobs_token: str) -> None:
    assert alice.get("/admin").status_code == 200

    mixed = alice.get("/admin", headers={"Authorization": f"Bearer {bobs_token}"})
    wrong = alice.get("/tasks", headers={"Authorization": "Bearer made-up"})

    assert mixed.status_code == 403
    assert wrong.status_code == 401
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_empty_token_is_no_way_around_the_forms_token(alice: Visitor) -> None:
    for said in ("Bearer ", "Basic YWxpY2U6eA==", "Bearer"):
        answer = alice.client.post("/mosaics", data=ORDER, headers={"Authorization": said})
        assert answer.status_code == 403, said


# --- answers


@pytest.mark.parametrize("address", ["/", "/login", "/tasks", "/nothing/here", "/healthz"])
def test_every_answer_carries_the_headers(bob: Visitor, address: str) -> None:
    headers = bob.get(address).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for part in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in headers
    assert "Strict-Transport-Security" not in headers
    assert "charset=utf-8" in headers["Content-Type"] or "json" in headers["Content-Type"]


def test_the_stylesheet_may_be_kept(guest: Visitor) -> None:
    with guest.get("/static/style.css") as answer:
        assert "no-store" not in answer.headers["Cache-Control"]


def test_trace_is_not_answered(guest: Visitor) -> None:
    assert guest.client.open("/", method="TRACE").status_code in (403, 405)


def test_a_failure_shows_a_number_and_nothing_else(
    app: Flask, bob: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError("the secret of the house")

    monkeypatch.setitem(app.view_functions, "tasks.index", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    answer = bob.get("/tasks")

    assert answer.status_code == 500
    assert "secret of the house" not in answer.text
    number = answer.text.partition("Number for the log: ")[2].partition("<")[0].strip()
    assert number and number == answer.headers["X-Request-ID"]
    assert "secret of the house" in caplog.text


@pytest.mark.parametrize(
    ("address", "kind", "size"),
    [
        ("/login", "application/x-www-form-urlencoded", 1_000_001),
        ("/tasks", "application/x-www-form-urlencoded", 1_000_001),
        ("/mosaics", "application/x-www-form-urlencoded", 1_000_001),
        ("/mosaics", "application/json", 1_000_001),
        ("/films/import", "application/json", 1_000_001),
        ("/mosaics", "multipart/form-data; boundary=x", 41_000_001),
        (f"/mosaics/{'a' * 32}/delete", "multipart/form-data; boundary=x", 1_000_001),
        ("/login", "multipart/form-data; boundary=x", 1_000_001),
    ],
)
def test_a_body_beyond_its_limit_is_refused(
    bob: Visitor, address: str, kind: str, size: int
) -> None:
    headers = {"X-CSRFToken": bob.token("/")}
    body = (FILE if "multipart" in kind else b"") + b"y" * size

    answer = bob.post(address, data=body, content_type=kind, headers=headers)

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("/mosaics", 303),
        ("/films/import", 303),
        ("/shelf/import", 303),
        ("/shelf/restore", 303),
        ("/listening/import", 422),
        ("/library/import", 422),
    ],
)
def test_a_file_may_be_larger(bob: Visitor, to: str, said: int) -> None:
    body = FILE + b"z" * 3_000_000 + b"\r\n--x--\r\n"
    headers = {"X-CSRFToken": bob.token("/")}

    answer = bob.post(
        to, data=body, content_type="multipart/form-data; boundary=x", headers=headers
    )

    # Where it is opened at once it is none that is known there, and that is said.
    assert answer.status_code == said


# --- cookies


def _cookie(app: Flask, **said: Any) -> str:
    """Return the cookie that a page with a form sets."""
    return app.test_client().get("/", **said).headers["Set-Cookie"]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    cookie = _cookie(app)

    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_over_https_the_cookie_stays_there(over_https: Flask) -> None:
    at = {"base_url": "https://films.example.org"}

    cookie = _cookie(over_https, **at)

    assert cookie.startswith("__Host-session=") and "Secure" in cookie and "Path=/" in cookie
    assert "Domain" not in cookie
    answer = over_https.test_client().get("/", **at)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "public_url",
    [
        "https://needledrop.local",
        "https://films.lan",
        "https://films.home.arpa:8443",
        "https://pi",
        "https://192.168.1.4",
        "https://[fd00::1]:8000",
        "http://films.example.org",
    ],
)
def test_where_no_certificate_is_trusted_https_is_not_demanded_for_ever(over_https: Flask) -> None:
    answer = over_https.test_client().get("/")

    assert "Strict-Transport-Security" not in answer.headers


def test_a_form_over_https_is_taken(over_https: Flask) -> None:
    visitor = member(over_https, "Maya")
    with visitor.client.session_transaction() as old:
        sid = old["sid"]
    at = {"base_url": "https://films.example.org"}
    with visitor.client.session_transaction(**at) as cookie:
        cookie["sid"] = sid
    shown = visitor.client.get("/", **at).text
    token = shown.partition('name="csrf_token" value="')[2].partition('"')[0]
    page = {"Origin": "https://films.example.org", "Referer": "https://films.example.org/"}

    answer = visitor.client.post(
        "/mosaics", data={"csrf_token": token, **ORDER}, headers=page, **at
    )

    assert answer.status_code == 303


def test_a_cookie_from_the_future_still_counts(
    bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small machine's clock starts in the past until the network tells it the time."""
    with monkeypatch.context() as later:
        later.setattr("itsdangerous.timed.time.time", lambda: 4_000_000_000.0)
        token = bob.token("/")

    answer = bob.post("/mosaics", data={"csrf_token": token, **ORDER})

    assert answer.status_code == 303


def test_a_cookie_that_was_changed_is_no_login(app: Flask, bob: Visitor) -> None:
    found = bob.client.get_cookie("session")
    assert found
    guest = app.test_client()
    # Not the last sign: of that not every bit counts.
    before, changed, after = found.value[:-9], found.value[-9], found.value[-8:]
    guest.set_cookie("session", f"{before}{'A' if changed != 'A' else 'B'}{after}")

    assert guest.get("/tasks").status_code == 303


# --- the start


def test_the_key_is_made_once_and_for_this_user_alone(settings: Settings) -> None:
    own = settings.model_copy(update={"secret_key": None})
    own.data.mkdir()

    assert secret.key(own) == secret.key(own)
    assert len(secret.key(own)) == 64
    assert (own.data / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in own.data.iterdir()] == ["secret_key"]
    given = own.model_copy(update={"secret_key": SecretStr("given")})
    assert secret.key(given) == "given"


def test_a_data_folder_that_cannot_be_written_is_one_sentence(settings: Settings) -> None:
    Path(settings.data).write_text("a file stands where the folder should be")

    with pytest.raises(CannotStart, match=r"data folder .* cannot be written .*NEEDLEDROP_DATA"):
        create_app(settings)


def test_the_web_process_starts_without_what_only_the_worker_needs() -> None:
    code = (
        "import sys, webapp, webapp.accounts, webapp.admin, webapp.films, webapp.mosaics, "
        "webapp.tasks, server; print(*sys.modules)"
    )

    loaded = _loaded(code)

    heavy = {"PIL", "lxml", "numpy", "requests", "alembic", "redis", "cryptography", "argon2"}
    assert not heavy & loaded


def _loaded(code: str) -> set[str]:
    import os
    import tempfile

    with tempfile.TemporaryDirectory() as data:
        own = {name: said for name, said in os.environ.items() if "NEEDLEDROP_" not in name}
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=own | {"NEEDLEDROP_DATA": data},
            capture_output=True,
            text=True,
            check=True,
        )
    return set(done.stdout.split())


# --- the log


def test_a_name_cannot_write_lines_into_the_log(
    guest: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    for name in ("alice\nCRITICAL forged", "alice' CRITICAL forged"):
        guest.submit("/login", username=name, password=PASSWORD)

    assert '"alice\' CRITICAL forged"' in caplog.text
    assert "\nCRITICAL" not in caplog.text
    assert PASSWORD not in caplog.text

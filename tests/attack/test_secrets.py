"""Codes, states, verifiers and tokens: in no log, no address, no page, no cookie, no database."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import text

from core import log_setup
from core.settings import Settings
from tests.web.conftest import PASSWORD, house
from tests.web.connecting import AT_HOME, LOOPBACK, PAGE, Walker, walker
from tests.web.consenting import CLIENT_SECRET, Account, Consenting

LIKE_A_TOKEN = re.compile(r"(?:access|refresh|code)-[0-9]+")


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """The log as the program writes it, with all there is to say."""
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    log_setup.start(logging.DEBUG)
    yield capsys
    root.handlers[:] = kept
    root.setLevel(level)


def secrets_of(led: str, spotify: Consenting) -> set[str]:
    """Return all that was secret on a walk that came back by that address."""
    said = {name: values[0] for name, values in parse_qs(urlsplit(led).query).items()}
    sent = [parse_qs(asked.body.decode()) for asked in spotify.requests if asked.body]
    verifiers = {value for body in sent for value in body.get("code_verifier", [])}
    assert len(verifiers) == 1
    return {said["state"], said["code"], CLIENT_SECRET, *verifiers, "refresh-1", "access-2"}


def check(words: str, found: set[str]) -> None:
    assert not [secret for secret in found if secret in words]


def test_nothing_of_a_walk_stays_where_others_look(
    spotify: Consenting, victim: Walker, log: pytest.CaptureFixture[str]
) -> None:
    led = spotify.allow(victim.sets_out(next="/films"))

    answer = victim.get(led)

    found = secrets_of(led, spotify)
    check(str(answer.headers) + answer.text, found)
    check(log.readouterr().err, found)
    check("".join(victim.get(page).text for page in (PAGE, "/account", "/tasks", "/")), found)
    with victim.client.session_transaction(base_url=LOOPBACK) as cookie:
        check(str(dict(cookie)), found)


def test_nothing_of_a_walk_is_readable_in_the_folder_of_data(
    spotify: Consenting, victim: Walker, settings: Settings
) -> None:
    led = spotify.allow(victim.sets_out())
    on_the_way = _all_of(settings.data)
    victim.get(led)

    # Counted like code-1, the made-up ones may be in it by chance: those of ours cannot be.
    found = {secret for secret in secrets_of(led, spotify) if not LIKE_A_TOKEN.fullmatch(secret)}
    check(on_the_way + _all_of(settings.data), found)


def _all_of(folder: Path) -> str:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != "token.key")
    return "".join(file.read_bytes().decode("latin-1") for file in files)


def test_when_it_breaks_in_the_middle_the_log_tells_of_it_without_them(
    app: Flask, spotify: Consenting, victim: Walker, log: pytest.CaptureFixture[str]
) -> None:
    app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    led = spotify.allow(victim.sets_out())
    with house(app).db.engine.begin() as connection:
        connection.execute(text("DROP TABLE grants"))

    answer = victim.get(led)

    said = log.readouterr().err
    assert answer.status_code in (500, 503) and "grants" in said
    check(said + answer.text, secrets_of(led, spotify))
    # This page does stand at an address with a code in it: nothing that it loads is told that.
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("spotify")
def test_of_a_callback_that_is_refused_nothing_is_written(
    app: Flask, log: pytest.CaptureFixture[str]
) -> None:
    said = {"code": "hush-hush", "state": "hush-hush", "error_description": "<b>hush-hush</b>"}

    answer = walker(app).get(f"/account/spotify/callback?{urlencode(said)}")

    assert answer.location == "/login"
    assert "hush" not in log.readouterr().err + str(answer.headers)


@pytest.mark.usefixtures("spotify")
def test_what_spotify_says_of_an_error_is_not_shown(victim: Walker) -> None:
    """Neither as markup nor as words: whoever makes the address chooses them."""
    for error in ("access_denied", "invalid_scope", "<img src=x onerror=hush()>"):
        state = parse_qs(urlsplit(victim.sets_out()).query)["state"][0]
        said = {"error": error, "error_description": "<script>hush</script>", "state": state}
        answer = victim.get(f"/account/spotify/callback?{urlencode(said)}")
        assert answer.location == f"{PAGE}#spotify"
        shown = victim.get(PAGE).text
        assert "hush" not in shown and "note-problem" in shown


def test_a_name_at_spotify_is_shown_as_text(spotify: Consenting, victim: Walker) -> None:
    spotify.whose = Account("x", "<script>alert(1)</script>", "x")
    victim.connects(spotify)

    shown = victim.get(PAGE).text

    assert "<script>alert" not in shown and "&lt;script&gt;alert" in shown


def test_an_answer_on_the_way_is_kept_by_nobody_and_tells_nobody(
    app: Flask, spotify: Consenting, victim: Walker
) -> None:
    far = walker(app, "victim", AT_HOME)
    led = spotify.allow(victim.sets_out())
    answers = [
        victim.post("/account/spotify/connect"),
        far.post("/account/spotify/connect", password=PASSWORD),
        walker(app).post("/login/spotify"),
        victim.get(led),
        victim.get(led),
    ]

    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    # Ours has forms on it: without a referrer these would come from nowhere.
    assert {answer.headers["Referrer-Policy"] for answer in answers[:3]} == {"same-origin"}
    assert {answer.headers["Referrer-Policy"] for answer in answers[3:]} == {"no-referrer"}

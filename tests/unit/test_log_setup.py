"""No secret gets into a log, in whatever words it comes; and each line tells what it is about."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import pytest
from pydantic import SecretStr

from core import at_hand, log_setup
from core.settings import Settings

Said = Callable[[], list[dict[str, Any]]]
log = logging.getLogger("words")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:] = kept
    root.setLevel(level)
    log_setup._hidden.clear()
    at_hand.end_request()
    at_hand.end_task()


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return what was logged so far, a line each; the test starts the log itself.

    A log that is started while fixtures are made closes pytest's own.
    """
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def broken(value: str, msg: str, *args: str, level: int = logging.INFO) -> logging.LogRecord:
    """Return the record of an error whose own words are `value`."""

    def breaks() -> None:
        raise ValueError(value)

    try:
        breaks()
    except ValueError:
        error = sys.exc_info()
    return logging.LogRecord("words", level, "x", 1, msg, args, error)


@pytest.mark.parametrize(
    "words",
    [
        "GET /callback?code=hunter2&state=hunter2",
        "Authorization: Bearer hunter2",
        "{'Authorization': 'Token hunter2'}",
        '{"token": "hunter2"}',
        "access_token=hunter2 refresh_token: hunter2",
        "client_secret=hunter2&x=1",
        "code_verifier=hunter2&oauth_verifier=hunter2",
        "api-key: hunter2",
        "PASSWORD = 'hunter2'",
        "postgresql://house:hunter2@db/needledrop",
        "redis://:hunter2@cache:6379/0",
        "https://api.example/3/find?api_key=hunter2",
    ],
)
@pytest.mark.parametrize("form", [log_setup._Line("%(message)s"), log_setup._Json()])
def test_a_secret_is_blotted_out(words: str, form: logging.Formatter) -> None:
    record = broken(words, "it said %s", words)

    line = form.format(record)

    assert "it said" in line
    assert "ValueError" in line
    assert "hunter2" not in line


def test_what_a_setting_keeps_secret_is_blotted_out_wherever_it_stands(said: Said) -> None:
    given = Settings(tmdb_token=SecretStr("hunter2-of-tmdb"), discogs_token=SecretStr("hunter2"))
    log_setup.start()
    log_setup.hide_secrets(given)

    log.info("GET /3/find/hunter2-of-tmdb/and/hunter2")

    assert said()[0]["message"] == "GET /3/find/…/and/…"


def test_what_is_no_secret_stays() -> None:
    line = log_setup._Line("%(message)s")
    words = "task 7 (create_mosaic): 12 of 30, https://letterboxd.com/dave/rss/ took 0.2 s"
    record = logging.LogRecord("x", logging.INFO, "x", 1, words, None, None)

    assert line.format(record) == words


def test_a_line_tells_of_the_request_and_the_task_at_hand(said: Said) -> None:
    log_setup.start()

    log.info("before")
    at_hand.begin_request("ab12cd34")
    log.info("within")
    at_hand.end_request()
    at_hand.begin_task(7)
    log.info("at work")
    at_hand.end_task()
    log.info("after")

    about = [{name: line.get(name) for name in ("request", "task")} for line in said()]
    assert about == [
        {"request": None, "task": None},
        {"request": "ab12cd34", "task": None},
        {"request": None, "task": 7},
        {"request": None, "task": None},
    ]


def test_on_a_terminal_it_says_so_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    log_setup.start()

    at_hand.begin_request("ab12cd34")
    log.warning("the disk is nearly full")
    at_hand.end_request()
    at_hand.begin_task(7)
    log.warning("task 7 (clean_up): no room")
    log.warning("no room")

    lines = [line.partition(" words: ")[2] for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        "the disk is nearly full [request ab12cd34]",
        "task 7 (clean_up): no room",
        "no room [task 7]",
    ]


@pytest.mark.parametrize("breaks", ["\n", "\r", "\r\n", "\x1b[2K", "\x85", "\u2028", "\0"])
def test_nobodys_name_begins_a_line(breaks: str) -> None:
    name = f"dave{breaks}2026-11-26 ERROR webapp: the house burns"
    record = broken(name, "no %s", name)

    for form in (log_setup._Line("%(message)s"), log_setup._Journal(), log_setup._Json()):
        first, *others = form.format(record).splitlines()
        assert "burns" in first
        assert all(line.removeprefix("<6>").startswith("    ") for line in others)
        assert "\x1b" not in "".join(others)


@pytest.mark.parametrize(
    ("level", "number"),
    [(logging.CRITICAL, 3), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (10, 7)],
)
def test_to_the_journal_each_line_has_its_priority(level: int, number: int) -> None:
    record = broken("7 of 9", "it broke", level=level)

    lines = log_setup._Journal().format(record).splitlines()

    assert lines[0] == f"<{number}>words: it broke"
    assert len(lines) > 2 and all(line.startswith(f"<{number}>") for line in lines)


def test_the_journal_is_known_by_what_systemd_says(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(reader), os.fdopen(writer, "w") as stream:
        place = os.fstat(writer)
        for told, form in (
            (f"{place.st_dev}:{place.st_ino}", log_setup._Journal),
            (f"{place.st_dev}:{place.st_ino + 1}", log_setup._Json),
            ("", log_setup._Json),
        ):
            monkeypatch.setenv("JOURNAL_STREAM", told)
            assert type(_form_of(stream, monkeypatch)) is form


def _form_of(stream: TextIO, monkeypatch: pytest.MonkeyPatch) -> logging.Formatter:
    with monkeypatch.context() as here:
        here.setattr(sys, "stderr", stream)
        return log_setup._form()


def test_a_request_that_waits_is_no_line_of_its_own(said: Said) -> None:
    log_setup.start()

    logging.getLogger("waitress.queue").warning("Task queue depth is 25")

    assert said() == []

"""No secret gets into a log, in whatever words it comes."""

import logging

import pytest

from core import log_setup


@pytest.mark.parametrize(
    "words",
    [
        "GET /callback?code=hunter2&state=hunter2",
        "Authorization: Bearer hunter2",
        "{'Authorization': 'Token hunter2'}",
        '{"token": "hunter2"}',
        "access_token=hunter2 refresh_token: hunter2",
        "client_secret=hunter2&x=1",
        "api-key: hunter2",
        "PASSWORD = 'hunter2'",
        "postgresql://house:hunter2@db/needledrop",
        "redis://:hunter2@cache:6379/0",
        "https://api.example/3/find?api_key=hunter2",
    ],
)
def test_a_secret_is_blotted_out(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    try:
        log_setup.start()
        try:
            int(words)
        except ValueError:
            logging.getLogger("words").exception("it said %s", words)
    finally:
        root.handlers[:] = kept
        root.setLevel(level)

    said = capsys.readouterr().err
    assert "it said" in said
    assert "ValueError" in said
    assert "hunter2" not in said


def test_what_is_no_secret_stays() -> None:
    line = log_setup._Line("%(message)s")
    words = "task 7 (create_mosaic): 12 of 30, https://letterboxd.com/dave/rss/ took 0.2 s"
    record = logging.LogRecord("x", logging.INFO, "x", 1, words, None, None)

    assert line.format(record) == words

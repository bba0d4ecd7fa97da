"""A request has a number, by which its log lines and its tasks are found."""

import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from core import at_hand
from database import tasks
from database.models import Task
from database.owner import HOUSE
from tests.web.conftest import Visitor, house
from webapp.database import writing

GIVEN = "0123456789abcdef0123456789abcdef"
BEHIND = {"REMOTE_ADDR": ""}  # on a socket file


def number(visitor: Visitor, given: str | None = None, **environ: str) -> str:
    headers = {"X-Request-ID": given} if given is not None else {}
    return visitor.get("/healthz", headers=headers, environ_overrides=environ).headers[
        "X-Request-ID"
    ]


def test_each_has_its_own(guest: Visitor) -> None:
    seen = {number(guest) for _ in range(5)}

    assert len(seen) == 5
    assert at_hand.request() == ""


def test_a_proxy_gives_it_and_nobody_else(guest: Visitor) -> None:
    assert number(guest, GIVEN, **BEHIND) == GIVEN
    assert number(guest, GIVEN, REMOTE_ADDR="192.168.1.7") != GIVEN
    assert number(guest, GIVEN) != GIVEN


@pytest.mark.parametrize(
    "odd", ["", "short", "x" * 65, "with space", "a\tb-------", "ä" * 8, "{}" * 8]
)
def test_an_odd_one_is_not_taken(guest: Visitor, odd: str) -> None:
    assert number(guest, odd, **BEHIND) != odd


@pytest.fixture
def lines() -> Iterator[list[tuple[str, str]]]:
    """What is logged, each with the request that was at hand."""
    found: list[tuple[str, str]] = []

    class _Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((at_hand.request(), record.getMessage()))

    handler, root = _Handler(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield found
    root.removeHandler(handler)
    root.setLevel(level)


def test_every_line_of_a_request_has_it_also_where_that_breaks(
    app: Flask, bob: Visitor, lines: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        logging.getLogger("words").info("about to break")
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "tasks.index", broken)
    app.config["PROPAGATE_EXCEPTIONS"] = False

    answer = bob.get("/tasks")

    given = answer.headers["X-Request-ID"]
    assert answer.status_code == 500 and given in answer.text
    assert {words for request, words in lines if request == given} >= {
        "about to break",
        "Exception on /tasks [GET]",
    }


def test_a_page_of_what_is_not_our_fault_shows_none(guest: Visitor) -> None:
    answer = guest.get("/nothing/here")

    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] not in answer.text


def test_the_task_that_it_puts_in_tells_of_it(
    app: Flask, guest: Visitor, lines: list[tuple[str, str]]
) -> None:
    order = {"letterboxd_username": "dave", "period": "month"}
    answer = guest.submit("/", to="/mosaics", **order)

    given = answer.headers["X-Request-ID"]
    with house(app).db.reading() as session:
        task = tasks.get(session, answer.location.rpartition("/")[2], HOUSE)
        history = tasks.events(session, task.id)
    assert [(kind, said) for _, _, kind, said in history] == [("queued", f"request {given}")]
    assert (given, f"task {task.id} (create_mosaic) is asked for") in lines


def test_what_puts_itself_in_tells_of_none(app: Flask) -> None:
    with app.app_context(), writing() as session:
        made = tasks.enqueue(session, "clean_up", {}, owner=HOUSE)

    with house(app).db.reading() as session:
        assert session.get(Task, made.id) is not None
        assert [said for *_, said in tasks.events(session, made.id)] == [None]

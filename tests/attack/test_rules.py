"""What holds for every answer of every address, and for every question: asking changes nothing."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.wrappers import Response

from attack.steps import SHARED
from tests.attack.everywhere import Door, Everywhere
from tests.web.conftest import HOME, Visitor, house, member
from tests.web.test_access import CAROLS_ALONE, NOWHERE, ROWS, script_of

# By CORS for pages elsewhere that play music: a token alone counts there.
_PLAYERS = ("scrobble.",)
# These two have a task look at Spotify: nobody waits for that.
_WRITES = {"library_api.profile", "library_api.playlist_at_spotify"}
# The picture there is of an artist, which is for all; tests/web/test_access.py tries it.
_SHARED = "library.image"
# Besides pictures: a browser may keep a picture's PDF, and a document that tells of nobody.
_KEPT = {"mosaics.pdf", "api.openapi"}
_WRITTEN = ("INSERT", "UPDATE", "DELETE", "REPLACE")


@pytest.fixture
def alice(app: Flask) -> Visitor:
    return member(app, "alice", is_admin=True)


@pytest.fixture
def everywhere(app: Flask, alice: Visitor) -> Everywhere:
    return Everywhere(app, alice.id)


@pytest.fixture
def written(app: Flask) -> Iterator[list[str]]:
    """Grows by each statement that changes something."""
    engine, seen = house(app).db.engine, list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith(_WRITTEN):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_every_answer_keeps_the_rules_and_asking_changes_nothing(
    app: Flask, everywhere: Everywhere, alice: Visitor, written: list[str]
) -> None:
    guest, broken = Visitor(app.test_client()), list[str]()
    for door in everywhere.doors("GET"):
        written.clear()
        for who in (guest, alice):
            with who.get(door.address()) as answer:
                answer.get_data()
            broken += [f"{door.rule}: {rule}" for rule in _broken_by(answer, door)]
        if written and door.rule.endpoint not in _WRITES:
            broken.append(f"{door.rule}: {written[0]}")
    assert "\n".join(broken) == ""


def _broken_by(answer: Response, door: Door) -> list[str]:
    headers, is_player = answer.headers, door.rule.endpoint.startswith(_PLAYERS)
    policy, kept = headers["Content-Security-Policy"], headers["Cache-Control"]
    is_text = (answer.mimetype or "").startswith("text/")
    is_picture = (answer.mimetype or "").startswith("image/")
    rules = {
        f"allows much: {policy}": policy.startswith("default-src 'none'")
        and "unsafe" not in policy
        and "*" not in policy,
        "may be framed": "frame-ancestors 'none'" in policy or "sandbox" in policy,
        "is taken for something else": headers["X-Content-Type-Options"] == "nosniff",
        "tells where it was": headers["Referrer-Policy"] in ("same-origin", "no-referrer"),
        "is part of another's page": is_player
        or headers["Cross-Origin-Resource-Policy"] == "same-origin",
        "is read by another's page": is_player or "Access-Control-Allow-Origin" not in headers,
        "takes another's cookie": "Access-Control-Allow-Credentials" not in headers,
        "has no charset": not is_text or "charset=utf-8" in headers["Content-Type"].lower(),
        f"is kept: {kept}": door.area == "static"
        or "no-store" in kept
        or ("private" in kept and (door.rule.endpoint in _KEPT or is_picture)),
        "has an open cookie": all(
            "HttpOnly" in cookie and "SameSite=Lax" in cookie
            for cookie in headers.getlist("Set-Cookie")
        ),
    }
    return [rule for rule, is_kept in rules.items() if not is_kept]


def test_what_is_one_persons_is_not_there_for_another(
    app: Flask, everywhere: Everywhere, alice: Visitor
) -> None:
    """By the very addresses by which it is there for whoever it is of."""
    bob, script, wrong, tried = member(app, "bob"), script_of(app, alice), list[str](), 0
    token = {"csrf_token": bob.token("/account")}
    for door in sorted(everywhere.doors("GET", "POST", "PUT", "PATCH"), key=_turn):
        row = set(ROWS[door.rule.endpoint].split())
        if not {"own", "theirs"} & row or door.rule.endpoint == _SHARED:
            continue
        everywhere.make_room()
        asked, sent = door.address(), None if door.method == "GET" else token
        with bob.client.open(
            asked, method=door.method, data=sent, headers={"Origin": HOME}
        ) as answer:
            if answer.status_code != NOWHERE:
                wrong.append(f"{door.method} {door.rule}: {answer.status_code} for another")
        with script.client.open(asked, method=door.method, headers=script.headers) as answer:
            if (answer.status_code == NOWHERE) != (door.rule.endpoint in CAROLS_ALONE):
                wrong.append(f"{door.method} {door.rule}: {answer.status_code} for its owner")
        tried += 1
    assert "\n".join(wrong) == ""
    assert tried > 70


def _turn(door: Door) -> tuple[bool, bool, bool]:
    """Sort what takes something away behind what asks for it, and before that what shows it."""
    view = door.rule.endpoint
    deletes = any(word in view for word in ("delete", "remove", "forget", "undo", "replace"))
    return door.method != "GET", deletes, view == "mosaics.share"


def test_a_house_is_asked_for_all_that_is_somebodys(everywhere: Everywhere) -> None:
    """The probe of ./run attack passes over what is shown to all, and over nothing else."""
    kept = {"films.film", "films.poster", "library.image"}
    shared = set[str]()
    for door in everywhere.doors("GET"):
        if re.match(SHARED, door.address()):
            shared.add(door.rule.endpoint)
    own = {endpoint for endpoint in shared if {"own", "theirs"} & set(ROWS[endpoint].split())}

    assert own == kept
    assert {"shelf.record", "listening.artist", "crates.release", "library.album"} < shared


def test_a_method_that_an_address_does_not_have_does_nothing(
    app: Flask, everywhere: Everywhere, alice: Visitor, written: list[str]
) -> None:
    """HEAD is GET without its body, OPTIONS tells what there is, nothing else is taken."""
    odd = ("DELETE", "PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND")
    has: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        has.setdefault(rule.rule, set()).update(rule.methods or ())
    headers, broken = {"Origin": "http://localhost"}, list[str]()
    for nth, door in enumerate(everywhere.doors("GET", "POST", "PUT", "PATCH")):
        method = odd[nth % len(odd)]
        written.clear()
        for asked in {method, "OPTIONS"} - (has[door.rule.rule] - {"OPTIONS"}):
            with alice.client.open(door.address(), method=asked, headers=headers) as answer:
                answer.get_data()
            told = answer.status_code
            # Players are refused in the words of their protocols, which have no statuses.
            is_player = door.rule.endpoint.startswith(_PLAYERS)
            is_fine = told == 200 if asked == "OPTIONS" or is_player else 400 <= told < 500
            is_fine = is_fine or (is_player and told in (400, 401, 405))
            if not is_fine or written:
                broken.append(f"{asked} {door.rule}: {told} {written[:1]}")
    assert "\n".join(broken) == ""

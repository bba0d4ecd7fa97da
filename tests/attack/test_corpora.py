"""What nobody types but somebody sends, at every address: no failure, nothing told, nothing done.

As a guest, and by a token as the admin, who gets furthest.
"""

import io
import itertools
import json
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core import log_setup
from database import tokens
from tests.attack.everywhere import Door, Everywhere
from tests.web.conftest import Visitor, house, member

EVIL = "evil.example"
SCRIPT = '"><script>alert(1)</script>'
FORGED = "FORGED by somebody"
_SUM = "{{1787*1789}}"
_LONG = "a" * 5_000
# As they stand in an address.
PARTS = [
    "..%2f..%2f..%2f..%2fetc%2fpasswd",
    "../../../../etc/passwd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "%2e%2e/%2e%2e/secret_key",
    "....//....//etc/passwd",
    "%2fetc%2fpasswd",
    "%c0%ae%c0%ae%2fetc%2fpasswd",
    "file:%2f%2f%2fetc%2fpasswd",
    "style.css%00.jpg",
    f"a%0d%0aX-Evil:%201%0d%0a{quote(FORGED)}",
    "%ff%fe",
    "%e2%80%ae%f0%9f%92%a9",
    "-1",
    "9" * 30,
    "1e9",
    "%25s%25n%7b0%7d",
    "'%20OR%20'1'='1",
    quote(SCRIPT, safe=""),
    quote(_SUM),
    _LONG,
]
# As they are typed.
WORDS = [
    "../../../../etc/passwd",
    f"x\r\nX-Evil: 1\r\n{FORGED}",
    "' OR '1'='1' --",
    '1"; DROP TABLE people; --',
    SCRIPT,
    _SUM,
    "\ud800",
    "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH JOINER}\x1b[2J\x7f",
    f"http://{EVIL}/",
    f"//{EVIL}",
    "javascript:alert(1)",
    "9" * 5_000,
    "-9223372036854775809",
    "NaN",
    "1e400",
    "%s%n{0}",
    _LONG,
    "true",
    "[]",
    "",
]
HEADERS = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-Forwarded-Proto": "https",
    "Forwarded": f"for=127.0.0.1;host={EVIL};proto=https",
    "X-Real-IP": "127.0.0.1",
    "X-Original-URL": "/admin",
    "X-Rewrite-URL": "/admin",
    "X-Accel-Redirect": "/_pictures/x",
    "X-Accel-Pictures": "yes",
    "X-Sendfile": "/etc/passwd",
    "X-HTTP-Method-Override": "DELETE",
    "X-HTTP-Method": "PUT",
    "X-Method-Override": "PATCH",
}
FIELDS = ("of_no_meaning", "_method")
ODD = {
    "Accept": f"text/html;q={_LONG}, */*;q=x",
    "Accept-Language": "\xff;q=-1",
    "Range": "bytes=" + ",".join(f"{nth}-{nth}" for nth in range(900)),
    "If-None-Match": '"',
    "If-Modified-Since": "Mon, 99 Nonsense 99999 99:99:99",
    "If-Range": "x",
    "User-Agent": f"\x1b[2J{FORGED}{_LONG}",
    "Referer": "http://[",
    "Cookie": f'session={_LONG}; a="; session=.e30.x.y',
    "Content-Type": "multipart/form-data",
    "X-Request-ID": f"{FORGED}",
}
AFAR = {"REMOTE_ADDR": "192.168.1.7"}
_READY = "health.ready"  # without a worker the house is not, and says so
_TELLING = ["Traceback (most", "root:x:0", "sqlalchemy.", "sqlite3.", "psycopg.", str(1787 * 1789)]


class Watched:
    """Asks, and looks at each answer."""

    def __init__(self, everywhere: Everywhere) -> None:
        self._secrets, self._paths = everywhere.secrets, everywhere.paths
        self._asked, self._faults = 0, list[str]()

    def ask(self, who: Visitor, door: Door, address: str, **said: Any) -> TestResponse:
        headers = {**who.headers, **said.pop("headers", {})}
        answer = who.client.open(address, method=door.method, headers=headers, **said)
        with answer:
            answer.get_data()
        self._asked += 1
        for fault in self._faults_of(answer, who, door):
            asked = f"{door.method} {address[:150]} {str(said)[:300]}"
            self._faults.append(f"{door.rule.endpoint}: {fault}: {asked}")
        return answer

    def _faults_of(self, answer: TestResponse, who: Visitor, door: Door) -> Iterator[str]:
        if answer.status_code >= 500 and door.rule.endpoint != _READY:
            yield f"a failure, {answer.status_code}"
        if "X-Evil" in answer.headers:
            yield "a header of theirs"
        if urlsplit(answer.headers.get("Location", "")).netloc not in ("", "localhost"):
            yield f"leads to {answer.headers['Location']}"
        text = answer.get_data().decode(errors="replace")
        # Where the folder is, is told to the admin alone.
        told = (*_TELLING, *self._secrets, *(() if who.id else self._paths))
        yield from (f"tells {word}" for word in told if word in text)
        if answer.mimetype == "text/html" and SCRIPT in text:
            yield "a script"

    def see(self, door: Door, *, is_so: bool, what: str) -> None:
        if not is_so:
            self._faults.append(f"{door.rule.endpoint}, {door.method}: {what}")

    def has_seen(self, at_least: int) -> None:
        assert "\n".join(self._faults) == ""
        assert self._asked >= at_least


@pytest.fixture
def everywhere(app: Flask, admin: Visitor) -> Everywhere:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Everywhere(app, admin.id)


@pytest.fixture
def watched(everywhere: Everywhere) -> Watched:
    return Watched(everywhere)


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """A script of the admin's."""
    alice = member(app, "alice", is_admin=True)
    with house(app).db.writing() as session:
        token = tokens.add(session, alice.id, "a script")
    return Visitor(app.test_client(), alice.id, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def guest(app: Flask) -> Visitor:
    return Visitor(app.test_client())


@pytest.fixture(autouse=True)
def log() -> Iterator[io.StringIO]:
    """The log as it would be read, in both of its forms; nobody else begins a line of it."""
    lines, root = io.StringIO(), logging.getLogger()
    handlers = [logging.StreamHandler(lines) for _ in range(2)]
    handlers[0].setFormatter(log_setup._Line("%(levelname)s %(name)s: %(message)s"))
    handlers[1].setFormatter(log_setup._Json())
    level = root.level
    root.setLevel(logging.INFO)
    for handler in handlers:
        root.addHandler(handler)
    yield lines
    for handler in handlers:
        root.removeHandler(handler)
    root.setLevel(level)
    begun = ("INFO ", "WARNING ", "ERROR ", "    ", '{"at": ')
    said = lines.getvalue().splitlines()
    assert [line for line in said if not line.startswith(begun)] == []
    assert all(json.loads(line) for line in said if line.startswith("{"))


def test_no_part_of_an_address_leads_anywhere_else(
    everywhere: Everywhere, watched: Watched, guest: Visitor, admin: Visitor
) -> None:
    """Traversal, NUL, control characters, scripts, too long, too large, for each part alone."""
    turns, tried = itertools.cycle(PARTS), set[tuple[str, str]]()
    for door in everywhere.doors("GET", "POST", "PUT", "PATCH"):
        for name in door.named:
            # All of them once an area, and some at every door.
            is_new = (door.area, name) not in tried
            tried.add((door.area, name))
            for part in PARTS if is_new else itertools.islice(turns, 2):
                watched.ask(admin, door, door.address(**{name: part}))
            watched.ask(guest, door, door.address(**{name: next(turns)}))
    watched.has_seen(1_000)


def test_nothing_asked_breaks_a_page(
    everywhere: Everywhere, watched: Watched, guest: Visitor, admin: Visitor
) -> None:
    """Each parameter of an area alone; at each address all that it knows, each of them twice."""
    turns, tried = itertools.cycle(WORDS), set[tuple[str, str]]()
    for door in everywhere.doors("GET"):
        names = everywhere.fields(door)
        for name in names:
            if (door.area, name) not in tried:
                asked = _query([(name, next(turns))])
                watched.ask(admin, door, door.address(), query_string=asked)
            tried.add((door.area, name))
        asked = _query([(name, next(turns)) for name in names * 2])
        for who in (admin, guest):
            watched.ask(who, door, door.address(), query_string=asked)
    watched.has_seen(700)


def _query(asked: list[tuple[str, str]]) -> str:
    return "&".join(
        f"{name}={quote(value, safe='', errors='surrogatepass')}" for name, value in asked
    )


def test_nothing_sent_breaks_a_form(
    everywhere: Everywhere, watched: Watched, guest: Visitor, admin: Visitor
) -> None:
    """Odd values in every field, as a form and as JSON of any shape; the same field twice."""
    turns = itertools.cycle(WORDS)
    shapes = itertools.cycle(['{"a":' * 3_000, "[[1]]", "null", '"x"', '{"a": 1, "a": 2}', "{"])
    for door in everywhere.doors("POST", "PUT", "PATCH"):
        names = everywhere.fields(door)
        address, typed = door.address(), {name: next(turns) for name in names}
        twice = _query([(name, next(turns)) for name in names * 2])
        form = "application/x-www-form-urlencoded"
        watched.ask(admin, door, f"{address}?{twice}", data=twice, content_type=form)
        watched.ask(admin, door, address, json=typed)
        watched.ask(admin, door, address, json={name: [{"a": None}] for name in names})
        watched.ask(admin, door, address, data=next(shapes), content_type="application/json")
        watched.ask(admin, door, address, data=b"--x\r\n\r\n", content_type="multipart/form-data")
        watched.ask(guest, door, address, data=twice, content_type=form)
    watched.has_seen(800)


def test_no_header_makes_anybody_somebody_else(
    everywhere: Everywhere, watched: Watched, guest: Visitor, admin: Visitor
) -> None:
    """Forged for a proxy, for another method: each answer is what it is without them."""
    for door in everywhere.doors("GET", "POST", "PUT", "PATCH"):
        for who in (guest, admin) if door.method == "GET" else (guest,):
            said = [{}, {}] if door.method == "GET" else [{"data": {it: "PUT"}} for it in FIELDS]
            at = {"environ_overrides": AFAR}
            plain = watched.ask(who, door, door.address(), **at, **said[0])
            forged = watched.ask(who, door, door.address(), headers=HEADERS, **at, **said[1])
            is_same, text = _told(forged) == _told(plain), forged.get_data()
            watched.see(door, is_so=is_same, what=f"{_told(forged)} for {_told(plain)}")
            watched.see(door, is_so=EVIL.encode() not in text, what="says who it was told to be")
        if door.method == "GET":
            watched.ask(admin, door, door.address(), headers=ODD)
    watched.has_seen(1_000)


def _told(answer: TestResponse) -> tuple[int, str, list[str], bool]:
    names = {name.lower() for name, _ in answer.headers} - {"set-cookie", "vary"}
    # Some lead to one of many, at random.
    to = re.sub(r"\d+", "1", answer.headers.get("Location", ""))
    # Why the house is not ready is told to this machine alone.
    return answer.status_code, to, sorted(names), b'"reasons"' in answer.get_data()


def test_to_another_name_nothing_is_answered(
    everywhere: Everywhere, watched: Watched, guest: Visitor
) -> None:
    """DNS rebinding."""
    for door in everywhere.doors("GET", "POST", "PUT", "PATCH"):
        answer = watched.ask(guest, door, door.address(), headers={"Host": EVIL})
        text = answer.get_data(as_text=True)
        # Last.fm's own refusals are 200, with the reason in them.
        is_refused = answer.status_code == 400 or "does not answer to that name" in text
        watched.see(door, is_so=is_refused and EVIL not in text, what="answers to any name")
    watched.has_seen(350)


class _Endless(io.RawIOBase):
    """A body that goes on for as long as it is read."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        into[:] = b"a" * len(into)
        self.read_bytes += len(into)
        return len(into)


def test_a_body_of_100_mb_is_refused_before_it_is_read(
    everywhere: Everywhere, watched: Watched, guest: Visitor, admin: Visitor
) -> None:
    kinds = itertools.cycle(
        ["multipart/form-data; boundary=x", "application/json", "application/x-www-form-urlencoded"]
    )
    refused = 0
    for door in everywhere.doors("POST", "PUT", "PATCH"):
        for who in (guest, admin):
            body = _Endless()
            large: Mapping[str, Any] = {"CONTENT_LENGTH": "100000000", "wsgi.input": body}
            kind = next(kinds)
            answer = watched.ask(
                who, door, door.address(), content_type=kind, environ_overrides=dict(large)
            )
            refused += answer.status_code == 413
            watched.see(door, is_so=body.read_bytes < 100_000, what=f"reads {body.read_bytes}")
    watched.has_seen(300)
    # The rest refused for another reason, or look at no body.
    assert refused > 100

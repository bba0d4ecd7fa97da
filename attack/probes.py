"""Holes looked for by hand: each probe asks as an attacker would and looks at what comes back."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

from attack.browsing import Answer, Browser, Form, Site, kind

_MARK = "\"'><nd-mark x=1>"
_PASSWD = "root:x:0:0"  # noqa: S105 - how a file begins
_VALUES = (
    _MARK,
    "') --",
    "../../../../../../../../etc/passwd",
    "//evil.example/",
    "\0",
    "9" * 30,
    "",
)
_ELSEWHERE = ("https://evil.example/", "/\\evil.example/", "/\t/evil.example/")
_ELSEWHERE_HOST = "evil.example"
_LEADS = frozenset({"next", "to", "url", "back", "return", "return_to"})
_SQL_SAID = re.compile(
    r"OperationalError|ProgrammingError|syntax error|unrecognized token|unterminated", re.IGNORECASE
)
_BEYOND_ANY_FILE = 64 << 20
_PAGES_LOOKED_AT = 60
# A file, and not what one is asked for.
_SEGMENTS = ("..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd")


class Finding(NamedTuple):
    kind: str
    where: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.where}"


@dataclass
class Attempt:
    """Who tries, on what they have found, and a second person to whom other things belong."""

    browser: Browser
    site: Site
    other: Browser | None
    others_site: Site | None
    shared: re.Pattern[str]
    canary: "Canary"

    def parameters(self) -> Iterator[tuple[str, dict[str, str], str]]:
        """Yield each parameter of each kind of path once: the path, a whole query, its name."""
        known = set()
        for path, said, name in self._asked_with():
            if (kind(path), name) not in known:
                known.add((kind(path), name))
                yield path, said, name

    def _asked_with(self) -> Iterator[tuple[str, dict[str, str], str]]:
        for address in self.site.queries.values():
            path, _, query = address.partition("?")
            said = dict(parse_qsl(query, keep_blank_values=True))
            for name in said:
                yield path, said, name
        for form in self.site.forms.values():
            if form.method == "GET":
                for name in form.fields:
                    yield urlsplit(form.action).path, dict(form.fields), name

    def posts(self) -> Iterator[Form]:
        for form in self.site.forms.values():
            if form.method == "POST" and not form.ends_session:
                yield form


def stored(on: Attempt) -> Iterator[Finding]:
    for form in on.posts():
        on.browser.send(form, dict.fromkeys(form.fields, _MARK))
    shown = on.browser.crawl(["/"], _PAGES_LOOKED_AT)
    for path, answer in shown.pages.items():
        if answer.is_page and "<nd-mark" in answer.text:
            yield Finding("stored script", kind(path))


def values(on: Attempt) -> Iterator[Finding]:
    """Ask with each parameter set to each of these, and look for everything in each answer."""
    for path, said, name in on.parameters():
        where = f"{kind(path)} ({name})"
        tried = [*_VALUES, f"{on.canary.url}/{name}"]
        if said[name].startswith("/") or name in _LEADS:
            tried += _ELSEWHERE
        for value in tried:
            on.canary.came.clear()
            answer = on.browser.get(path, {**said, name: value})
            for called in _seen(answer):
                yield Finding(called, where)
            if on.canary.came:
                yield Finding("SSRF", where)


def _seen(answer: Answer) -> Iterator[str]:
    if answer.is_page and "<nd-mark" in answer.text:
        yield "reflected script"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and _SQL_SAID.search(answer.text):
        yield "SQL injection"
    if _PASSWD in answer.text:
        yield "path traversal"
    where = answer.headers.get("location", "").replace("\\", "/").replace("\t", "")
    if urlsplit(where).hostname == _ELSEWHERE_HOST:
        yield "open redirect"


def files(on: Attempt) -> Iterator[Finding]:
    for folder in {kind(path).partition("?")[0].rpartition("/")[0] for path in on.site.pages}:
        for segment in _SEGMENTS:
            if _PASSWD in on.browser.get(f"{quote(folder)}/{segment}").text:
                yield Finding("path traversal", folder)


def forged(on: Attempt) -> Iterator[Finding]:
    """CSRF: a form on another page, in a browser that is logged in here."""
    for form in on.posts():
        answer = on.browser.post(form.action, form.fields, {"Origin": "https://evil.example"})
        if 0 < answer.status < HTTPStatus.BAD_REQUEST:
            yield Finding("missing CSRF protection", f"{form.method} {kind(form.action)}")


def uploads(on: Attempt) -> Iterator[Finding]:
    for form in on.posts():
        if form.file_field:
            answer = on.browser.form_with_file(form, _BEYOND_ANY_FILE)
            if 0 < answer.status < HTTPStatus.BAD_REQUEST:
                yield Finding("unbounded upload", kind(form.action))


def others(on: Attempt) -> Iterator[Finding]:
    """IDOR: what only the other was led to, asked for by its number."""
    if on.other is None or on.others_site is None:
        return
    for path in on.others_site.pages:
        is_numbered = kind(path) != path and "?" not in path
        if not is_numbered or path in on.site.pages or on.shared.match(path):
            continue
        theirs, ours = on.other.get(path), on.browser.get(path)
        if theirs.status == ours.status == HTTPStatus.OK:
            yield Finding("IDOR", kind(path))


def broken(on: Attempt) -> Iterator[Finding]:
    for said in on.browser.broken:
        yield Finding("error 500", kind(said))


# In this order: the last tells what went wrong in all of them.
PROBES: tuple[Callable[[Attempt], Iterator[Finding]], ...] = (
    values,
    stored,
    files,
    forged,
    uploads,
    others,
    broken,
)
KINDS = frozenset(
    {
        "reflected script",
        "stored script",
        "open redirect",
        "SQL injection",
        "SSRF",
        "path traversal",
        "missing CSRF protection",
        "unbounded upload",
        "IDOR",
        "error 500",
    }
)


def probe(
    browser: Browser, other: Browser | None, *, shared: str = "$", most: int = 150
) -> list[Finding]:
    """Try everything as this person; return each kind of finding once for a place.

    `shared` matches the paths of what people of a house show each other.
    """
    with canary() as listening:
        site = browser.crawl(["/"], most)
        others_site = other.crawl(["/"], most) if other else None
        on = Attempt(browser, site, other, others_site, re.compile(shared), listening)
        found = [finding for one in PROBES for finding in one(on)]
    return list(dict.fromkeys(found))


class Canary(NamedTuple):
    url: str
    came: list[str]


@contextmanager
def canary() -> Iterator[Canary]:
    """Somebody who is called by nobody but a server that goes where it is sent."""
    came: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Canary(f"http://127.0.0.1:{server.server_port}", came)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

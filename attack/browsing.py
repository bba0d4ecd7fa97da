"""Somebody with a browser who reads what pages link to and what their forms ask for."""

import http.client
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

_SECONDS = 30
_MOST_BYTES = 4 << 20
_FORM = "application/x-www-form-urlencoded"
# What ends the session with which everything else is tried.
_ENDS_IT = re.compile(r"/logout|/account/(password|sessions)|/login\b|/setup\b")
_NUMBER = re.compile(r"(?<=[/=])(?:\d+|[0-9a-f-]{16,}|[\w-]{20,})(?=[/.&]|$)")


class Answer(NamedTuple):
    """`status` is 0 where the line was cut before there was an answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def is_page(self) -> bool:
        return self.headers.get("content-type", "").startswith("text/html")


@dataclass(frozen=True)
class Form:
    page: str
    method: str
    action: str
    fields: Mapping[str, str]
    file_field: str = ""

    @property
    def ends_session(self) -> bool:
        return bool(_ENDS_IT.search(self.action))


@dataclass
class Site:
    """What one person found: the pages, one form of each kind, one address of each kind."""

    pages: dict[str, Answer] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    queries: dict[str, str] = field(default_factory=dict)


class Browser:
    """Keeps cookies, follows nothing; `broken` is what was answered with 5xx."""

    def __init__(self, url: str, address: str = "127.0.0.1") -> None:
        self.url, self._address = url, address
        self._place = urlsplit(url).netloc
        self.cookies: dict[str, str] = {}
        self.asked = 0
        self.broken: list[str] = []

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(
        self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        said = {"Origin": self.url, "Content-Type": _FORM, **(headers or {})}
        return self.ask("POST", path, urlencode(fields).encode(), said)

    def send(self, form: Form, fields: Mapping[str, str]) -> Answer:
        """Send a form as its page shows it now, with other words in it."""
        fresh = read(self.get(form.page)).token if form.page else ""
        token = {"csrf_token": fresh} if fresh else {}
        return self.post(form.action, {**form.fields, **fields, **token})

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        self.asked += 1
        said = {**({"Cookie": self.cookie} if self.cookies else {}), **(headers or {})}
        line = http.client.HTTPConnection(
            self._place, timeout=_SECONDS, source_address=(self._address, 0)
        )
        try:
            line.request(method, path, body, said)
            came = line.getresponse()
            text = came.read(_MOST_BYTES).decode(errors="replace")
        except (OSError, http.client.HTTPException, UnicodeError):
            return Answer(0, {}, "")
        finally:
            line.close()
        for name, value in came.getheaders():
            if name.lower() == "set-cookie":
                called, _, rest = value.partition("=")
                self.cookies[called] = rest.partition(";")[0]
        # That it is busy or not ready is no fault of what was asked.
        if came.status in (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY):
            self.broken.append(f"{method} {path[:200]}: {came.status}")
        known = {name.lower(): value for name, value in came.getheaders()}
        return Answer(came.status, known, text)

    def log_in(self, name: str, password: str) -> None:
        """Log in by the form.

        Raises:
            RuntimeError: it does not succeed.
        """
        token = read(self.get("/login")).token
        said = {"username": name, "password": password, "csrf_token": token}
        if self.post("/login", said).status != HTTPStatus.SEE_OTHER:
            raise RuntimeError(f"{name} cannot log in at {self.url}")

    def form_with_file(self, form: Form, size: int) -> Answer:
        """Send a form with a file of so many bytes."""
        shown = read(self.get(form.page))
        mark = secrets.token_hex(8)
        part = f'--{mark}\r\nContent-Disposition: form-data; name="'
        head = "".join(
            f'{part}{key}"\r\n\r\n{value}\r\n'
            for key, value in {**form.fields, "csrf_token": shown.token}.items()
        )
        head += (
            f'{part}{form.file_field}"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n'
        )
        tail = f"\r\n--{mark}--\r\n".encode()
        length = len(head.encode()) + size + len(tail)
        headers = {
            "Origin": self.url,
            "Content-Type": f"multipart/form-data; boundary={mark}",
            "Content-Length": str(length),
        }
        return self.ask("POST", form.action, _pieces(head.encode(), size, tail), headers)

    def crawl(self, starts: Iterable[str], most: int) -> Site:
        """Read so many pages, of each kind a few, from these on."""
        site, waiting = Site(), list(starts)
        kinds: dict[str, int] = {}
        known = set(waiting)
        while waiting and len(site.pages) < most:
            path = waiting.pop(0)
            answer = site.pages[path] = self.get(path)
            if where := answer.headers.get("location"):
                links = [where]
            else:
                seen = read(answer, path)
                links = seen.links
                for form in seen.forms:
                    site.forms.setdefault(f"{form.method} {kind(form.action)}", form)
            for link in self._own(path, links):
                alike = kind(link)
                if link not in known and kinds.get(alike, 0) < 2 and not _ENDS_IT.search(link):
                    kinds[alike] = kinds.get(alike, 0) + 1
                    known.add(link)
                    waiting.append(link)
                    if "?" in link:
                        site.queries.setdefault(alike, link)
        return site

    def _own(self, page: str, links: Iterable[str]) -> Iterator[str]:
        for link in links:
            try:
                whole = urlsplit(urljoin(f"{self.url}{page}", link))
            except ValueError:
                continue
            if whole.netloc == self._place:
                yield whole.path + (f"?{whole.query}" if whole.query else "")


def kind(address: str) -> str:
    """Return what an address has in common with those that differ in a number or a value."""
    path, _, query = address.partition("?")
    names = sorted({name for name, _ in parse_qsl(query, keep_blank_values=True)})
    return _NUMBER.sub("N", path) + (f"?{'&'.join(names)}" if names else "")


def read(answer: Answer, page: str = "") -> "_Reader":
    """Return what stands in a page."""
    reader = _Reader(page)
    if answer.is_page:
        reader.feed(answer.text)
    return reader


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self._page = page
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.token = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "form":
            method = said.get("method", "get").upper()
            action = urljoin(self._page, said.get("action", "")) or self._page
            self.forms.append(Form(self._page, method, action, {}))
        elif tag in ("input", "select", "textarea", "button") and said.get("name"):
            self._take(said)

    def _take(self, said: Mapping[str, str]) -> None:
        name, value, sort = said["name"], said.get("value", ""), said.get("type", "text")
        if name == "csrf_token":
            self.token = value
        if not self.forms:
            return
        last = self.forms[-1]
        if sort == "file":
            self.forms[-1] = replace(last, file_field=name)
        elif name not in last.fields and name != "csrf_token":
            self.forms[-1] = replace(last, fields={**last.fields, name: value})


def _pieces(head: bytes, size: int, tail: bytes) -> Iterator[bytes]:
    yield head
    piece = b"\0" * (1 << 16)
    for _ in range(size // len(piece)):
        yield piece
    yield b"\0" * (size % len(piece))
    yield tail

"""Somebody's browser, for the benches: one connection that is kept, cookies, forms.

It notes how each request ended and how long that took, and takes no failure back: a connection
that was closed under it counts as one, though a browser would ask again.
"""

import http.client
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_JSON = {"Accept": "application/json"}
_OPEN = ("WAITING", "PROGRESSING")


class Asked(NamedTuple):
    """A request that has ended; `status` 0: it was not answered."""

    what: str
    status: int
    seconds: float

    @property
    def is_failure(self) -> bool:
        return self.status == 0 or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR


class Answer(NamedTuple):
    """`location`: where a redirect leads, as a path."""

    status: int
    body: bytes
    location: str

    def json(self) -> Any:
        return json.loads(self.body)


class Unexpected(Exception):
    """A page is not what whoever uses it would need it to be."""


class Visitor:
    """`address` is the one it comes from: what is counted by address is counted for it alone."""

    def __init__(self, port: int, address: str = "127.0.0.1", patience: float = 60.0) -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=patience, source_address=(address, 0)
        )
        self._origin = f"http://127.0.0.1:{port}"
        self._cookies: dict[str, str] = {}
        self.asked: list[Asked] = []

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask once; an answer with the status 0 is none."""
        said = {"Origin": self._origin, "Cookie": self.cookie, **(headers or {})}
        begun = time.monotonic()
        try:
            self._connection.request(method, path, body, said)
            answer = self._connection.getresponse()
            found = Answer(answer.status, answer.read(), _path(answer.getheader("Location")))
            self._keep(answer.headers.get_all("Set-Cookie", []))
        except (OSError, http.client.HTTPException):
            self._connection.close()
            found = Answer(0, b"", "")
        taken = time.monotonic() - begun
        self.asked.append(Asked(f"{method} {path.partition('?')[0]}", found.status, taken))
        return found

    def see(self, path: str) -> Answer:
        """Open a page, and whatever it leads to."""
        answer = self.ask("GET", path)
        for _ in range(3):
            if not answer.location:
                break
            answer = self.ask("GET", answer.location)
        return answer

    def send(
        self,
        page: str,
        fields: Mapping[str, str],
        *,
        to: str = "",
        file: tuple[str, Path] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form that stands on `page`, with a file in a field if one is given.

        Raises:
            Unexpected: there is no form.
        """
        shown = self.see(page)
        token = _TOKEN.search(shown.body.decode())
        if token is None:
            raise Unexpected(f"{page} answered {shown.status}, without a form")
        typed: dict[str, Any] = {"csrf_token": token[1], **fields}
        if file is None:
            kind, body = "application/x-www-form-urlencoded", urlencode(typed).encode()
        else:
            name, path = file
            typed[name] = FileStorage(BytesIO(path.read_bytes()), path.name)
            boundary, body = encode_multipart(typed)
            kind = f"multipart/form-data; boundary={boundary}"
        return self.ask("POST", to or page, body, {"Content-Type": kind, **(headers or {})})

    def order(self, page: str, fields: Mapping[str, str], **how: Any) -> str:
        """Send a form that puts in a task; return where that is.

        Raises:
            Unexpected: it is refused.
        """
        answer = self.send(page, fields, **how)
        if not answer.location.startswith("/tasks/"):
            raise Unexpected(f"{how.get('to') or page} answered {answer.status}: {answer.body!r}")
        return answer.location

    def state(self, task: str) -> dict[str, Any]:
        """Return how a task stands, as scripts are told; empty where nobody answers."""
        answer = self.ask("GET", task, headers=_JSON)
        return dict(answer.json()) if answer.status == HTTPStatus.OK else {}

    def wait(
        self, task: str, seconds: float, every: float, meanwhile: Callable[[], object] = int
    ) -> dict[str, Any]:
        """Ask for a task until it has ended; return how.

        Raises:
            Unexpected: it does not end in time.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            state = self.state(task)
            if state and state["status"] not in _OPEN:
                return state
            meanwhile()
            time.sleep(every)
        raise Unexpected(f"{task} has not ended after {seconds:.0f} s")

    @property
    def cookie(self) -> str:
        """What it says of itself: for another browser of the same person."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def close(self) -> None:
        self._connection.close()

    def _keep(self, said: Iterable[str]) -> None:
        for line in said:
            for name, one in SimpleCookie(line).items():
                self._cookies[name] = one.value


def _path(location: str | None) -> str:
    found = urlsplit(location or "")
    return f"{found.path}?{found.query}" if found.query else found.path


def share(asked: Iterable[Asked], part: float) -> float:
    """Return how many milliseconds that part of the requests took at the most."""
    times = sorted(one.seconds for one in asked)
    return 1000 * times[min(len(times) - 1, int(part * len(times)))] if times else 0.0

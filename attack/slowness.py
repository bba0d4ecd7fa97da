"""Who sends slowly, too much, or too often: whether others still get their pages."""

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from attack.browsing import Browser, read
from attack.tools import debian, run

_CONNECTIONS = 200
_SLOW_SECONDS = 10
# slowhttptest comes to its end by itself; so long it may take.
_MOST_SECONDS = 60
_HEADER_BYTES = 1 << 20
_LOGINS, _ADDRESSES, _AT_ONCE = 500, 5, 8
_LOGINS_A_SECOND = 20
_P95 = 0.95
_WAIT_SECONDS = 10.0
_EVERY_SECONDS = 0.1
# A page that takes longer than this is one that somebody gives up on.
_MOST_MS = 300.0
# How long is watched before, to tell what the guessing adds.
_QUIET_SECONDS = 5


class Watched(NamedTuple):
    """What somebody else saw meanwhile: how long each page took, and how many never came."""

    seconds: list[float]
    lost: int

    @property
    def p95_ms(self) -> float:
        times = sorted(self.seconds) or [0.0]
        return times[min(len(times) - 1, int(len(times) * _P95))] * 1000


class Watcher(NamedTuple):
    seconds: list[float]
    statuses: list[int]

    @property
    def saw(self) -> Watched:
        return Watched(self.seconds, sum(not _is_served(one) for one in self.statuses))


@contextmanager
def watching(url: str, path: str = "/", cookie: str = "") -> Iterator[Watcher]:
    """Ask for a page again and again from another address, as long as this is open."""
    seen, done = Watcher([], []), threading.Event()

    def ask() -> None:
        while not done.wait(_EVERY_SECONDS):
            begun = time.monotonic()
            seen.statuses.append(_status(url, path, cookie))
            seen.seconds.append(time.monotonic() - begun)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _is_served(status: int) -> bool:
    # An empty house sends everybody to where it is set up: that is a page, too.
    return 0 < status < HTTPStatus.INTERNAL_SERVER_ERROR


def _status(url: str, path: str, cookie: str) -> int:
    line = http.client.HTTPConnection(
        urlsplit(url).netloc, timeout=_WAIT_SECONDS, source_address=("127.0.0.9", 0)
    )
    try:
        line.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = line.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    else:
        return answer.status
    finally:
        line.close()


def slow(url: str, mode: str, path: str, folder: Path) -> list[str]:
    """Hold up so many connections at once; "-H": with headers, "-B": with a body.

    Raises:
        ToolMissing: slowhttptest is not there.
        RuntimeError: it did not connect.
    """
    command = [
        *(debian("slowhttptest"), mode, "-c", str(_CONNECTIONS), "-r", str(_CONNECTIONS)),
        *("-i", "2", "-l", str(_SLOW_SECONDS), "-p", "5", "-u", f"{url}{path}"),
    ]
    with watching(url) as seen:
        said = run(command, _MOST_SECONDS, folder)
    if not re.search(r"connected:\D*(?:\d+m)*[1-9]|Exit status", said.text):
        raise RuntimeError(f"slowhttptest did not connect: {said.text[-300:]}")
    if seen.saw.lost:
        kinds = {"-H": "slow headers", "-B": "slow bodies"}
        return [f"{kinds[mode]}: {seen.saw.lost} of {len(seen.statuses)} pages did not come"]
    return []


def long_header(url: str) -> list[str]:
    """Send a header of a megabyte: it is refused, and not by a fault."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), _WAIT_SECONDS) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {place.netloc}\r\nX-Long: ".encode())
        try:
            line.sendall(b"a" * _HEADER_BYTES + b"\r\n\r\n")
            said = line.recv(64)
        except OSError:
            said = b""
    status = int(said.split()[1]) if said.startswith(b"HTTP/") else 0
    if status and not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return [f"a header of a megabyte: {status}"]
    if not _is_served(_status(url, "/", "")):
        return ["a header of a megabyte: nobody is served after it"]
    return []


class Guessed(NamedTuple):
    findings: list[str]
    tried: str


def logins(url: str, name: str, page: str, cookie: str) -> Guessed:
    """Guess passwords of one account from several addresses while its owner reads pages."""
    statuses: list[int] = []
    guess = _guesser(url, name, statuses)
    with watching(url, page, cookie) as quiet:
        time.sleep(_QUIET_SECONDS)
    with watching(url, page, cookie) as seen, ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(guess, range(_LOGINS)))
    refused = statuses.count(HTTPStatus.TOO_MANY_REQUESTS)
    found = []
    # Five go through from each address before it is slowed down, and a few after pauses.
    if refused < _LOGINS / 2:
        found.append(f"guessing passwords: only {refused} of {_LOGINS} were refused with 429")
    if seen.saw.lost:
        found.append(f"guessing passwords: {seen.saw.lost} pages of others did not come")
    if seen.saw.p95_ms >= _MOST_MS:
        found.append(f"guessing passwords: others wait {seen.saw.p95_ms:.0f} ms (p95)")
    tried = (
        f"{_LOGINS} logins, {refused} × 429;"
        f" others' pages p95 {seen.saw.p95_ms:.0f} ms, {quiet.saw.p95_ms:.0f} ms before"
    )
    return Guessed(found, tried)


def _guesser(url: str, name: str, statuses: list[int]) -> Callable[[int], None]:
    browsers = [Browser(url, f"127.0.1.{number}") for number in range(1, _ADDRESSES + 1)]
    tokens = [_token(browser) for browser in browsers]
    begun = time.monotonic()

    def guess(number: int) -> None:
        browser, token = browsers[number % _ADDRESSES], tokens[number % _ADDRESSES]
        time.sleep(max(0.0, begun + number / _LOGINS_A_SECOND - time.monotonic()))
        said = {"username": name, "password": f"guess {number}", "csrf_token": token}
        statuses.append(browser.post("/login", said).status)

    return guess


def _token(browser: Browser) -> str:
    return read(browser.get("/login")).token

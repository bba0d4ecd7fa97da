"""The houses that are attacked: ours, as `./run demo` starts it, and the one full of holes."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from attack.browsing import Browser
from core.settings import PREFIX, ROOT
from tests.attack import vulnerable

_START_SECONDS = 120
_STOP_SECONDS = 30


@dataclass(frozen=True)
class House:
    """Where it is, who lives there with which password, and what it has written of itself.

    `unlinked`: addresses with a query that anybody may ask and that no page links to.
    """

    url: str
    member: tuple[str, str]
    other: tuple[str, str]
    log: Path
    unlinked: tuple[str, ...] = ()

    def guest(self) -> Browser:
        return Browser(self.url)

    def as_member(self) -> Browser:
        return _logged_in(self.url, self.member)

    def as_other(self) -> Browser:
        return _logged_in(self.url, self.other)


def _logged_in(url: str, who: tuple[str, str]) -> Browser:
    browser = Browser(url)
    browser.log_in(*who)
    return browser


@contextmanager
def ours(folder: Path) -> Iterator[House]:
    """Start server, worker and the services that they ask, with a household of two."""
    port, data, log = free_port(), folder / "data", folder / "house.log"
    environment = {f"{PREFIX}HOST": "127.0.0.1", f"{PREFIX}PORT": str(port)}
    command = [sys.executable, f"{ROOT}/demo.py", "--data", str(data)]
    with started(command, port, log, environment):
        passwords = json.loads((data / "household.json").read_text())["passwords"]
        admin, member = passwords.items()
        yield House(f"http://127.0.0.1:{port}", member, admin, log, asked_by_anybody(member[0]))


def asked_by_anybody(name: str) -> tuple[str, ...]:
    """Return what guests and players ask with values in the address.

    Without the old players' handshake: after some wrong ones it is answered otherwise, whatever
    is asked, and a scanner that compares answers takes that for its own doing.
    """
    number = secrets.token_hex(16)
    asked: dict[str, dict[str, str]] = {
        "/": {"task": number},
        "/login": {"next": "/shelf"},
        "/mosaics/new": {"of": "feed", "letterboxd_username": "maya", "period": "month"},
        "/account/spotify/callback": {"state": number, "code": number},
        "/apis/listenbrainz/1/validate-token": {"token": str(uuid.uuid4())},
        "/2.0/": {"method": "user.getInfo", "user": name, "api_key": number},
    }
    return tuple(f"{path}?{urlencode(said)}" for path, said in asked.items())


@contextmanager
def planted(folder: Path, *options: str) -> Iterator[House]:
    """Start the site with the holes, with a bob and an alice."""
    port, log = free_port(), folder / "vulnerable.log"
    command = [sys.executable, "-m", "tests.attack.vulnerable", str(port), *options]
    bob, alice = ("bob", vulnerable.PASSWORD), ("alice", vulnerable.PASSWORD)
    with started(command, port, log, {}):
        yield House(f"http://127.0.0.1:{port}", bob, alice, log)


@contextmanager
def started(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    """Run a program until it is no longer needed, what it says in `log`.

    Raises:
        RuntimeError: it does not answer on its port.
    """
    own = {name: said for name, said in os.environ.items() if not name.startswith(PREFIX)}
    with log.open("ab") as out:
        program = subprocess.Popen(
            command, cwd=ROOT, env=own | dict(environment), stdout=out, stderr=out
        )
    try:
        _wait_for(port, program)
        yield
    finally:
        program.send_signal(signal.SIGTERM)
        try:
            program.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _wait_for(port: int, program: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and program.poll() is None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/")
            line.getresponse()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            line.close()
    raise RuntimeError(f"{program.args!r} does not answer on port {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

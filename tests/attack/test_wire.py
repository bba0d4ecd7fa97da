"""What is sent to a port by hand: smuggled, doubled, endless. Both servers, as they are set up."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from core.settings import ROOT
from database.engine import Database
from tests.conftest import remove_progress

_HERE = "127.0.0.1"
_PATIENCE = 60


class Server(NamedTuple):
    """A server, and by which of the SMUGGLED it goes on with what comes after them."""

    program: list[str]
    lenient: frozenset[str] = frozenset()


# waitress believes the chunks, as RFC 9112 says, and does not hang up, as that says as well.
# No proxy is in front of it, and nginx passes on neither both nor what it has not understood.
WAITRESS = Server([sys.executable, "server.py"], frozenset({"length and chunks"}))
GUNICORN = Server(
    [sys.executable, "-m", "gunicorn", "--config", "deploy/pi/gunicorn_conf.py", "server:app"]
)


@pytest.fixture(scope="module", params=[WAITRESS, GUNICORN], ids=["waitress", "gunicorn"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.param
    return found


@pytest.fixture(scope="module")
def port(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("wire")
    with socket.create_server((_HERE, 0)) as probe:
        port = int(probe.getsockname()[1])
    own = {name: said for name, said in os.environ.items() if not name.startswith("NEEDLEDROP_")}
    own |= {"NEEDLEDROP_DATA": str(folder), "NEEDLEDROP_HOST": _HERE}
    own |= {"NEEDLEDROP_PORT": str(port)}
    program = [*server.program, *(("--bind", f"{_HERE}:{port}") if server == GUNICORN else ())]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(program, env=own, cwd=ROOT, stdout=log, stderr=log)
    try:
        _wait_for(running, port)
        yield port
        assert "Traceback" not in (folder / "log").read_text()
    finally:
        running.terminate()
        running.wait()
        db = Database(f"sqlite:///{folder / 'needledrop.sqlite3'}", folder / "run")
        db.close()
        remove_progress(db)


def _wait_for(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((_HERE, port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server does not answer")


def _statuses(port: int, *pieces: bytes) -> list[int]:
    """Send these; return the status of each answer that comes until the other end hangs up."""
    heard = b""
    with socket.create_connection((_HERE, port), timeout=_PATIENCE) as line:
        try:
            for piece in pieces:
                line.sendall(piece)
            line.shutdown(socket.SHUT_WR)
            while piece := line.recv(65_536):
                heard += piece
        except (ConnectionError, BrokenPipeError):
            # Hung up on what was still being sent.
            heard += _rest(line)
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", heard)]


def _rest(line: socket.socket) -> bytes:
    try:
        return line.recv(65_536)
    except OSError:
        return b""


_HOST = b"Host: 127.0.0.1\r\n"
_FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
_POST, _GET = b"POST /login HTTP/1.1\r\n" + _HOST, b"GET /healthz HTTP/1.1\r\n" + _HOST
_SECOND = _GET + b"Connection: close\r\n\r\n"
# A proxy in front might read each of these in another way; then the rest is somebody else's.
SMUGGLED = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 0\r\n\r\nabcd",
    "a length with a sign": b"Content-Length: +4\r\n\r\nabcd",
    "a length below none": b"Content-Length: -1\r\n\r\n",
    "chunks by another name": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Content-Length : 4\r\n\r\nabcd",
    "a chunk of no size": b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a chunk of a signed size": b"Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
    "a chunk that goes on": b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
}


def test_what_can_be_read_in_two_ways_is_not_read(port: int, server: Server) -> None:
    """No request that hides behind another one is answered as one that was taken."""
    for name, head in SMUGGLED.items():
        first, *more = _statuses(port, _POST + _FORM + head + _SECOND)
        assert 400 <= first <= 501, (name, first)
        assert more == [] or name in server.lenient, (name, first, more)


def test_what_is_too_much_is_refused_and_the_next_one_is_answered(port: int) -> None:
    megabyte = b"a" * 1_000_000
    large = _POST + b"Content-Length: 100000000\r\n" + _FORM + b"\r\n"
    for name, pieces in {
        "a header": [_GET + b"X-Long: ", megabyte, b"\r\n\r\n"],
        "an address": [b"GET /", megabyte, b" HTTP/1.1\r\n" + _HOST + b"\r\n"],
        "headers": [_GET, b"X-A: b\r\n" * 100_000, b"\r\n"],
        "a body": [large, *[megabyte] * 100],
        "no end": [large, megabyte],
    }.items():
        found = _statuses(port, *pieces)
        assert all(400 <= status < 500 for status in found), (name, found)
        assert _statuses(port, _SECOND) == [200], name


def test_no_method_but_those_of_pages_is_taken(port: int) -> None:
    for line in (b"TRACE / HTTP/1.1", b"CONNECT a:1 HTTP/1.1", b"get /healthz HTTP/1.1"):
        found = _statuses(port, line + b"\r\n" + _HOST + b"Connection: close\r\n\r\n")
        assert all(400 <= status <= 501 for status in found), (line, found)


def test_two_names_are_none(port: int) -> None:
    found = _statuses(
        port, b"GET /healthz HTTP/1.1\r\n" + _HOST * 2 + b"Host: evil.example\r\n\r\n"
    )
    assert all(status == 400 for status in found), found

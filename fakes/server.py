"""A service on loopback that answers well until it is told to misbehave.

What it answers is up to the fake of each service; this knows connections and
the ways in which they go wrong.
"""

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl, urlsplit

DRIP_SECONDS = 0.01
_FLOOD = b"10000\r\n" + b"x" * 65_536 + b"\r\n"  # one chunk


@dataclass(frozen=True)
class Asked:
    """A request that arrived; `path` includes the query, names of `headers` are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    method: str = "GET"

    @property
    def route(self) -> str:
        return urlsplit(self.path).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


NOT_FOUND = Reply(404, {"Content-Type": "text/plain"}, b"Not found")


class Fake:
    """A service on loopback; `with` starts and stops it.

    The verbs that make it misbehave hold for paths below `path_prefix` and, if
    `times` is given, for so many requests; the earliest that fits is taken.
    Any thread may call them at any time.
    """

    def __init__(self, port: int = 0) -> None:
        """Take the port, any free one by default; answering begins with `with`."""
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._lock = threading.Lock()
        self._faults: list[_Fault] = []
        self.closing = threading.Event()
        self.requests: list[Asked] = []
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, asked: Asked) -> Reply:  # noqa: ARG002 - for the service's own fake
        """Answer a request when nothing is wrong."""
        return NOT_FOUND

    def behaves(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()

    def slow(self, seconds: float, *, times: int | None = None, path_prefix: str = "/") -> None:
        """Answer well, but only after a while."""

        def act(line: "_Line", asked: Asked) -> None:
            self.closing.wait(seconds)
            line.send(self.reply(asked))

        self._add(act, times, path_prefix)

    def answers(
        self,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        times: int | None = None,
        path_prefix: str = "/",
    ) -> None:
        """Answer with exactly this."""
        said = Reply(status, headers or {}, body)
        self._add(lambda line, _asked: line.send(said), times, path_prefix)

    def html(self, *, times: int | None = None, path_prefix: str = "/") -> None:
        """Answer with a page and status 200, as a hotspot's login does."""
        page = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Log in</body></html>"
        self.answers(200, {"Content-Type": "text/html"}, page, times=times, path_prefix=path_prefix)

    def redirects_to(self, url: str, *, times: int | None = None, path_prefix: str = "/") -> None:
        self.answers(302, {"Location": url}, times=times, path_prefix=path_prefix)

    def drops(self, *, times: int | None = None, path_prefix: str = "/") -> None:
        """Hang up in the middle of the body."""

        def act(line: "_Line", asked: Asked) -> None:
            said = self.reply(asked)
            line.begin(said, len(said.body) + 1)
            line.wfile.write(said.body[: len(said.body) // 2])
            line.close_connection = True

        self._add(act, times, path_prefix)

    def truncates(self, *, times: int | None = None, path_prefix: str = "/") -> None:
        """Answer half of the body as if that were all."""

        def act(line: "_Line", asked: Asked) -> None:
            said = self.reply(asked)
            line.send(Reply(said.status, said.headers, said.body[: len(said.body) // 2]))

        self._add(act, times, path_prefix)

    def endless(self, *, times: int | None = None, path_prefix: str = "/") -> None:
        """Begin a body that comes drop by drop and never ends."""

        def act(line: "_Line", asked: Asked) -> None:
            line.begin(self.reply(asked), None)
            while not self.closing.wait(DRIP_SECONDS):
                line.wfile.write(b"1\r\nx\r\n")

        self._add(act, times, path_prefix)

    def floods(self, *, times: int | None = None, path_prefix: str = "/") -> None:
        """Begin a body that comes as fast as it is taken and never ends."""

        def act(line: "_Line", asked: Asked) -> None:
            line.begin(self.reply(asked), None)
            while not self.closing.is_set():
                line.wfile.write(_FLOOD)

        self._add(act, times, path_prefix)

    def drips_headers(self, *, times: int | None = None, path_prefix: str = "/") -> None:
        """Begin headers that come drop by drop and never end."""
        self.drips(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", times=times, path_prefix=path_prefix)

    def drips(
        self, start: bytes, drop: bytes, *, times: int | None = None, path_prefix: str = "/"
    ) -> None:
        """Send `start` as it stands, headers and all, then `drop` again and again."""

        def act(line: "_Line", _asked: Asked) -> None:
            line.wfile.write(start)
            while not self.closing.wait(DRIP_SECONDS):
                line.wfile.write(drop)

        self._add(act, times, path_prefix)

    def _add(self, act: "_Act", times: int | None, path_prefix: str) -> None:
        with self._lock:
            self._faults.append(_Fault(act, times, path_prefix))

    def act_for(self, asked: Asked) -> "_Act":
        """Note the request and return what is to be done about it."""
        with self._lock:
            self.requests.append(asked)
            for fault in self._faults:
                if asked.path.startswith(fault.path_prefix) and fault.left != 0:
                    fault.left = None if fault.left is None else fault.left - 1
                    return fault.act
        return lambda line, asked: line.send(self.reply(asked))


class _Line(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a small body waits 40 ms for its headers to be confirmed
    server: "_Server"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        asked = Asked(self.path, headers, body, self.command)
        try:
            self.server.fake.act_for(asked)(self, asked)
        except OSError:
            self.close_connection = True  # the client has had enough

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - their names in the library

    def send(self, reply: Reply) -> None:
        self.begin(reply, len(reply.body))
        if reply.status != HTTPStatus.NOT_MODIFIED:
            self.wfile.write(reply.body)

    def begin(self, reply: Reply, length: int | None) -> None:
        """Send status and headers; `length` None announces a body in chunks."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet; `Fake.requests` is the log."""


_Act = Callable[[_Line, Asked], None]


@dataclass
class _Fault:
    act: _Act
    left: int | None  # requests that it still holds for; None: all
    path_prefix: str


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: Fake, port: int) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", port), _Line)

    def handle_error(self, request: object, client_address: object) -> None:
        # A client that hangs up is what the faults are for; the rest would be a bug of ours.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

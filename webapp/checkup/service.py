"""What runs: systemd's units where there are any, and the web, asked as a browser would."""

import socket
import subprocess
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

from core import by_hand
from core.settings import Settings
from webapp.checkup.check import Check, better

SOCKET = Path("/run/needledrop/web.sock")
_UNITS = (
    "needledrop-web.socket",
    "needledrop-web.service",
    "needledrop-worker.service",
    "needledrop-backup.timer",
)
# The web's own service begins with the first request.
_MAY_REST = "needledrop-web.service"
_WAIT_SECONDS = 5.0
_OK, _OUT_OF_ORDER = 200, 503
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
_ELSEWHERE = "192.0.2.1"  # an address that nobody has
_OTHERWISE = "It was started with other settings than these: start it again."


class Answer(NamedTuple):
    """`cookies`: the headers that set them, with all that they say."""

    status: int
    cookies: list[str]
    body: bytes


def look(settings: Settings, way_in: Path = SOCKET) -> list[Check]:
    return [*units(), *web(settings, way_in)]


def units(folder: Path = Path("/etc/systemd/system")) -> list[Check]:
    """Look whether the units run, where they are installed."""
    there = [unit for unit in _UNITS if (folder / unit).exists()]
    if not there:
        return []
    try:
        command = ["systemctl", "is-active", *there]
        asked = subprocess.run(  # noqa: S603 - its arguments are those above
            command, capture_output=True, text=True, timeout=_WAIT_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return [Check("units", "warn", "systemctl does not answer", "Is systemd running?")]
    states = dict(zip(there, asked.stdout.split(), strict=False))
    down = [
        f"{unit} is {states.get(unit, 'unknown')}"
        for unit in there
        if states.get(unit) not in _fine(unit)
    ]
    detail = "; ".join(down) if down else f"{len(there)} installed, all active"
    hint = "journalctl -u 'needledrop-*' -n 50 tells why; sudo systemctl start UNIT starts one."
    return [better("units", not down, detail, hint, otherwise="fail")]


def _fine(unit: str) -> tuple[str, ...]:
    return ("active", "inactive") if unit == _MAY_REST else ("active",)


def web(settings: Settings, way_in: Path) -> list[Check]:
    """Ask the web whether it lives, whom it believes, and which cookies it sets.

    At its port; where nobody is there, at the socket that systemd has for it.
    """
    is_behind = way_in.exists() and not _listens(settings)
    line = _Line(settings, way_in if is_behind else None)
    where = f"socket {way_in}" if is_behind else f"port {settings.port}"
    try:
        alive = line.ask("/healthz")
        if alive.status != _OK or b'"ok"' not in alive.body:
            hint = "Is it another program's? Stop that one, or set NEEDLEDROP_PORT."
            return [Check("web", "fail", f"what answers at {where} is not Needledrop", hint)]
        checks = [Check("web", "ok", f"answers at {where}")]
        return [*checks, *_about(settings, line, is_behind=is_behind)]
    except (OSError, HTTPException) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        return [
            Check("web", "warn", f"no answer at {where}: {said}", f"{by_hand.start()} starts it.")
        ]


def _about(settings: Settings, line: "_Line", *, is_behind: bool) -> list[Check]:
    login = line.ask("/login")
    if login.status == _OUT_OF_ORDER:
        return []  # A house that shows no page gives away nothing of its settings.
    is_https = settings.public_url.startswith("https://")
    ready = line.ask("/readyz", {"X-Forwarded-For": _ELSEWHERE})
    # Why it is not ready is told to this machine alone: with that header it is another one.
    believes = b'"reasons"' not in ready.body
    detail = "believed, as a proxy's" if believes else "dropped: there is no proxy"
    is_right = believes == (is_https or is_behind)
    proxy = better("proxy headers", is_right, detail, _OTHERWISE, otherwise="warn")
    named = [cookie for cookie in login.cookies if "session=" in cookie.partition(";")[0]]
    over_https = [cookie for cookie in named if cookie.startswith("__Host-") and "Secure" in cookie]
    detail = "sent over https alone" if over_https else "sent over plain http as well"
    is_right = not named or bool(over_https) == is_https
    return [proxy, better("cookies", is_right, detail, _OTHERWISE, otherwise="warn")]


class _Line:
    """A way to the web: a connection for each question."""

    def __init__(self, settings: Settings, way_in: Path | None) -> None:
        self._host = _EVERYWHERE.get(settings.host, settings.host)
        self._port, self._way_in = settings.port, way_in

    def ask(self, address: str, headers: dict[str, str] | None = None) -> Answer:
        with closing(self._connected()) as connection:
            connection.request("GET", address, headers={"Host": "localhost", **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get_all("Set-Cookie", []), answer.read())

    def _connected(self) -> HTTPConnection:
        connection = HTTPConnection(self._host, self._port, timeout=_WAIT_SECONDS)
        if self._way_in is not None:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(_WAIT_SECONDS)
            connection.sock.connect(str(self._way_in))
        return connection


def _listens(settings: Settings) -> bool:
    try:
        host = _EVERYWHERE.get(settings.host, settings.host)
        socket.create_connection((host, settings.port), _WAIT_SECONDS).close()
    except OSError:
        return False
    return True

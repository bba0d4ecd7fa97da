"""Hosts on a network: namespaces of this machine's kernel, with a bridge between them.

On the bridge are the servers that all of them share. What a host sends goes over a wire of its
own, which can be cut.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote

from bench import postgres

USER, PASSWORD = "needledrop", "a password of no house"
_REDIS_PORT = 6379
_START_SECONDS = 60


class NoNetwork(Exception):
    """This user may not make namespaces, or there is no iproute2."""


class Network:
    """Gone at the end of `with`, with all of its hosts; what runs on them is to be ended before."""

    def __init__(self) -> None:
        self._name = f"nd{os.getpid()}"
        self._prefix = f"10.83.{os.getpid() % 250 + 1}"
        self._hosts = 0
        self._undo = ExitStack()
        self.address = f"{self._prefix}.1"
        self.range = f"{self._prefix}.0/24"

    def __enter__(self) -> Self:
        try:
            _ip("link", "add", self._name, "type", "bridge")
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            raise NoNetwork from error
        self._undo.callback(_ip, "link", "delete", self._name)
        _ip("address", "add", f"{self.address}/24", "dev", self._name)
        _ip("link", "set", self._name, "up")
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def host(self) -> "Host":
        """Add a host to it."""
        self._hosts += 1
        made = Host(f"{self._name}h{self._hosts}", f"{self._prefix}.{self._hosts + 10}")
        _ip("netns", "add", made.name)
        self._undo.callback(_ip, "netns", "delete", made.name)
        wire = ("link", "add", made.wire, "type", "veth", "peer", "name", "eth0")
        _ip(*wire, "netns", made.name)
        _ip("link", "set", made.wire, "master", self._name, "up")
        _ip("-netns", made.name, "address", "add", f"{made.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-netns", made.name, "link", "set", device, "up")
        return made


class Host:
    """`command` is what a command is put behind that is to run there."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address, self.wire = name, address, f"{name}w"
        self.command = ["ip", "netns", "exec", name]

    def cut(self) -> None:
        """Pull the wire out: nobody is told, on either side."""
        _ip("link", "set", self.wire, "down")

    def join(self) -> None:
        _ip("link", "set", self.wire, "up")

    def sent(self) -> int:
        """Return how many bytes have come from it, as they were counted on the other end."""
        return int(Path(f"/sys/class/net/{self.wire}/statistics/rx_bytes").read_text())

    def end_all(self) -> None:
        """Kill what still runs there."""
        for pid in _ip("netns", "pids", self.name).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def _ip(*words: str) -> str:
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


class Shared(NamedTuple):
    """What all hosts share: the addresses of a database and of a Redis.

    `local_url` is the server's own for whoever may do anything, on this machine alone.
    """

    database_url: str
    redis_url: str
    local_url: str


@contextmanager
def servers(network: Network) -> Iterator[Shared]:
    """Run PostgreSQL and Redis on the bridge, behind a password.

    Raises:
        SystemExit: one of them is not on this machine.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nd-hosts-")))
        kept = stack.enter_context(postgres.server(folder, network.address, network.range))
        kept.let_in(USER, PASSWORD)
        stack.enter_context(_redis(network.address, folder))
        secret = quote(PASSWORD)
        yield Shared(
            f"postgresql://{USER}:{secret}@{network.address}/{USER}",
            f"redis://:{secret}@{network.address}:{_REDIS_PORT}/0",
            kept.url,
        )


@contextmanager
def _redis(address: str, folder: Path) -> Iterator[None]:
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("This needs a Redis as well: sudo apt install redis-server")
    options = ["--bind", address, "--port", str(_REDIS_PORT), "--requirepass", PASSWORD]
    command = [program, *options, "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as started:
        try:
            wait_for_port(address, _REDIS_PORT)
            yield
        finally:
            started.terminate()


def wait_for_port(address: str, port: int) -> None:
    """Wait until somebody answers there.

    Raises:
        TimeoutError: nobody does.
    """
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection((address, port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise TimeoutError(f"nobody answers at {address}:{port}") from None
            time.sleep(0.02)
        else:
            return

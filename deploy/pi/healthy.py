"""Waits until a house is ready: python healthy.py SOCKET SECONDS UNIT … For install.sh.

It gives up early where systemd has started one of the units again and again.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from typing import Any

_LOOK_SECONDS = 0.5
_HOPELESS = 4  # starts by systemd, of its own accord


class _OnSocketFile(HTTPConnection):
    def __init__(self, file: str) -> None:
        super().__init__("localhost", timeout=10)
        self._file = file

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._file)


def main(file: str, seconds: float, *units: str) -> int:
    """Ask until it is ready; return 1, having said why, if it is not so in time."""
    until = time.monotonic() + seconds
    while (said := reasons(file)) and time.monotonic() < until and restarts(units) < _HOPELESS:
        time.sleep(_LOOK_SECONDS)
    for reason in said:
        sys.stderr.write(f"{reason}\n")
    return 1 if said else 0


def reasons(file: str) -> list[str]:
    """Return why the house is not ready, an empty list if it is."""
    line = _OnSocketFile(file)
    try:
        line.request("GET", "/readyz", headers={"X-Forwarded-For": "127.0.0.1"})
        body: Any = json.loads(line.getresponse().read(65_536))
        told = body.get("reasons", [body.get("status")])
    except (OSError, HTTPException, ValueError, AttributeError) as error:
        return [f"The pages do not answer: {error}."]
    finally:
        line.close()
    return [str(reason) for reason in told]


def restarts(units: Sequence[str]) -> int:
    """Return how often the one that ends most has been started again since somebody did it."""
    asked = subprocess.run(  # noqa: S603 - install.sh names them
        ["/usr/bin/systemctl", "show", "--property=NRestarts", "--value", *units],
        capture_output=True,
        text=True,
        check=True,
    )
    return max(map(int, asked.stdout.split()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2]), *sys.argv[3:]))

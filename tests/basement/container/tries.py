"""Runs as a service of the house: tries what none of them may do, and prints what came of it."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

_PLACES = (
    "/etc/passwd", "/etc/needledrop/x", "/usr/x", "/usr/local/lib/needledrop/current/x", "/boot/x",
    "/home/x", "/root/x", "/var/log/x", "/var/lib/x", "/proc/sys/kernel/hostname", "/sys/x",
    "/dev/sda", "/var/lib/needledrop/tried", "/tmp/tried",  # noqa: S108 - a folder of its own
)  # fmt: skip


def tried(what: Callable[[], object]) -> str:
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"


def main() -> None:
    found: dict[str, object] = {
        place: tried(lambda place=place: Path(place).open("ab").close())  # type: ignore[misc]
        for place in _PLACES
    }
    found["secret"] = tried(Path("/etc/needledrop/secret_key").read_bytes)
    handed = Path(os.environ["CREDENTIALS_DIRECTORY"], "needledrop_secret_key")
    found["handed over"] = len(handed.read_text())
    found["raw socket"] = tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
    found["another user"] = tried(lambda: os.setuid(0))
    found["chroot"] = tried(lambda: os.chroot("/"))
    found["first process"] = Path("/proc/1").exists()
    print(json.dumps(found))  # noqa: T201 - into the file that its unit names


if __name__ == "__main__":
    main()

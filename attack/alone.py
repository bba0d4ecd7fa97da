"""A network of one's own: only loopback is there, and whatever calls outside is counted."""

import fcntl
import os
import shutil
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

from attack.tools import run

_MARK = "NEEDLEDROP_ATTACK_ALONE"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1
_REQUEST = "16sh14x"
# Of a net that is kept for documents: nobody is there.
_NOBODY = ("192.0.2.1", 9)


def go() -> bool:
    """Start this program again in a network of its own; say whether it is there by now."""
    if os.environ.get(_MARK):
        del os.environ[_MARK]
        _raise_loopback()
        return True
    unshare = shutil.which("unshare")
    options = ["-n"] if os.geteuid() == 0 else ["-rn"]
    if unshare is None or run([unshare, *options, "true"], 10).code:
        return False
    os.environ[_MARK] = "1"
    return os.execv(unshare, ["unshare", *options, *sys.orig_argv])  # noqa: S606 - no shell is meant


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack(_REQUEST, b"lo", 0)
        flags = struct.unpack(_REQUEST, fcntl.ioctl(any_socket, _GET_FLAGS, asked))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack(_REQUEST, b"lo", flags | _UP))


def calls() -> int:
    """Return how often somebody in this network wanted to go where no way leads."""
    names, values = (
        line.split()
        for line in Path("/proc/self/net/snmp").read_text().splitlines()
        if line.startswith("Ip:")
    )
    return int(values[names.index("OutNoRoutes")])


def is_counted() -> bool:
    """Call outside once: the control."""
    before = calls()
    with socket.socket() as line, suppress(OSError):
        line.settimeout(1)
        line.connect(_NOBODY)
    return calls() > before

"""What a service tells systemd, where that has started it: ready, still going round, stopping."""

import logging
import os
import socket
import time

log = logging.getLogger(__name__)

_PINGS = 4  # in the time after which it would be taken for hung


class Notice:
    """The line to systemd; where nobody listens, each word costs a look at a number."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        allowed = int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6
        self._every = allowed / _PINGS
        self._due = 0.0 if self._address and allowed else float("inf")  # by time.monotonic()

    def ready(self) -> None:
        """Say that the work has begun."""
        self._say("READY=1")

    def going_round(self) -> None:
        """Say that the main loop turns. Only the loop itself may: another thread turns always."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + self._every
            self._say("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the end has begun, in good order."""
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        # An address that begins with @ is no file but a name of the kernel's.
        where = self._address.replace("@", "\0", 1) if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.sendto(word.encode(), where)
        except OSError as error:
            log.warning("systemd cannot be told %s: %s", word, error.strerror)

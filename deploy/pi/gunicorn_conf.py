"""How gunicorn serves the pages of an installed house; systemd hands the socket over.

One process of four threads below 2 GB of memory, two above. What each line is for stands
beside it; docs/pi.md has the figures.
"""

import os
import sys
import time
from typing import Any

from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

_MANY_BYTES = 1_900_000_000  # a machine sold with 2 GB shows a little less

_PIECE = 65_536
_PAUSE_SECONDS = 5


class _InOnePiece:
    """A line to a browser that keeps what is said until there is much of it, or it is all."""

    def __init__(self, line: Any) -> None:
        self._line, self._held = line, bytearray()

    def sendall(self, data: bytes) -> None:
        self._held += data
        if len(self._held) >= _PIECE:
            self.flush()

    def sendfile(self, *what: Any, **how: Any) -> int:
        self.flush()
        return int(self._line.sendfile(*what, **how))

    def flush(self) -> None:
        self._line.sendall(self._held)
        self._held.clear()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._line, name)


class InOnePiece(ThreadWorker):  # type: ignore[misc]
    """Reads a request to its end, and sends an answer's head together with its body.

    Of one that is killed between head and body nginx has told the browser the head already, and
    cannot ask anybody else. And whom it cannot send the rest of a file to, it takes for broken,
    whatever that one has answered.
    """

    def init_process(self) -> None:
        from core.errors import CannotStart

        try:
            super().init_process()
        except CannotStart as error:
            # Not at once: systemd, or the parent, tries again, for as long as it takes.
            time.sleep(_PAUSE_SECONDS)
            # Once there were pages, what is missing comes back: another process tries it. The
            # first one ends the whole service, which tells systemd, and an update that waits.
            if self.booted or self.age > 1:
                raise
            sys.stderr.write(f"{error}\n")
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    def handle_request(self, req: Any, conn: Any) -> Any:
        line = conn.sock
        conn.sock = _InOnePiece(line)
        try:
            goes_on = super().handle_request(req, conn)
            while req.body.read(_PIECE):
                pass
            conn.sock.flush()
        finally:
            conn.sock = line
        return goes_on


bind: list[str] = []  # the socket is handed over
worker_class = InOnePiece
threads = 4
workers = 1 if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < _MANY_BYTES else 2
# Loaded once before the fork it would save memory only while idle, and children would share
# what the parent had opened.
preload_app = False

# The default of 2 s ends just as a page that polls every 2 s asks again.
keepalive = 75
timeout = 60
graceful_timeout = 30  # longer than somebody waits for the lock of the database
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094

# A sign of life that is written to a card makes a healthy process look hung.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn makes a file without a name in it
# It would be made in the home directory, which is hidden.
control_socket_disable = True
accesslog = None  # nginx logs requests, the program what happened
# Whom to believe is decided in webapp/forwarded.py, and there alone.
forwarded_allow_ips = "*"


def post_fork(_server: Any, _worker: Any) -> None:
    from core import log_setup, memory

    memory.spare()
    memory.lend()
    log_setup.start()


def post_worker_init(worker: Any) -> None:
    # Here alone: the parent loads nothing of ours, and stays small.
    from core import log_setup, memory
    from server import app, greet
    from webapp.database import KEY

    house = app.extensions[KEY]
    log_setup.hide_secrets(house.settings)
    if worker.age == 1:
        greet(house)
    memory.settle()

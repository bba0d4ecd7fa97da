"""The pages as gunicorn starts them: what cannot start ends and says why, what ran goes on."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from core.settings import ROOT
from tests.faults.house import wait
from tests.faults.postgres import Server

pytestmark = pytest.mark.slow

_PATIENCE_SECONDS = 120
_BOOT_ERROR = 3
_SERVE = [sys.executable, "-OO", "-m", "gunicorn", "-c", "deploy/pi/gunicorn_conf.py"]


class Pages:
    """gunicorn over a folder of data; it ends with the test."""

    def __init__(self, folder: Path, processes: int = 1, **settings: str) -> None:
        kept = {name: said for name, said in os.environ.items() if name[:11] != "NEEDLEDROP_"}
        kept |= {f"NEEDLEDROP_{name.upper()}": said for name, said in settings.items()}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*_SERVE, "-b", f"127.0.0.1:{self._port}", "-w", str(processes), "server:app"],
                cwd=ROOT, env=kept, stdout=log, stderr=log,
            )  # fmt: skip

    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def answer(self) -> bool:
        line = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            line.request("GET", "/readyz")
            # 503 is an answer, too: no worker runs here.
            return b"worker" in line.getresponse().read()
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    def children(self) -> list[int]:
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.mark.parametrize("processes", [1, 2])
def test_pages_that_cannot_start_end_with_their_sentence(tmp_path: Path, processes: int) -> None:
    (tmp_path / "data").write_text("a file, and no folder")
    pages = Pages(tmp_path, processes, data=str(tmp_path / "data"))
    try:
        status = pages.process.wait(_PATIENCE_SECONDS)
    finally:
        pages.end()

    said = pages.said()
    assert status == _BOOT_ERROR, said
    # One that was made anew meanwhile may say it as well.
    assert 1 <= said.count(f"data folder {tmp_path / 'data'}") <= processes + 1
    assert "Traceback" not in said


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.start()
    yield made
    made.remove()


def test_pages_that_ran_outlast_a_database_that_is_away(server: Server, tmp_path: Path) -> None:
    """A process is made again meanwhile, and comes to nothing until the database is back."""
    pages = Pages(tmp_path, data=str(tmp_path / "data"), database_url=server.url)
    try:
        wait(pages.answer, _PATIENCE_SECONDS, "the pages")
        server.stop("fast")
        os.kill(pages.children()[0], signal.SIGKILL)
        sentence = "The database cannot be opened"
        wait(lambda: pages.said().count(sentence) > 1, _PATIENCE_SECONDS, "two that cannot start")
        assert pages.process.poll() is None
        server.start()
        wait(pages.answer, _PATIENCE_SECONDS, "the pages again")
    finally:
        pages.end()

    assert "Traceback" not in pages.said()

"""The worker as a service of systemd: when it says what."""

import socket
from pathlib import Path

import pytest

from database.engine import Database
from tests.worker.conftest import StartWorker

_PATIENCE_SECONDS = 90


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_it_says_that_it_begins_goes_round_and_ends(
    db: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    assert db.is_sqlite
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(_PATIENCE_SECONDS)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        start_worker: StartWorker = request.getfixturevalue("start_worker")
        worker = start_worker()

        said = [line.recv(100) for _ in range(3)]
        worker.terminate()
        while said[-1] != b"STOPPING=1":
            said.append(line.recv(100))
        worker.wait(timeout=_PATIENCE_SECONDS)

        assert said[:3] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        assert set(said[3:]) <= {b"WATCHDOG=1", b"STOPPING=1"}

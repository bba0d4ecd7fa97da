"""./run with the real programs: it starts, it stops, it stands up again, it says what is wrong."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest

pytestmark = pytest.mark.slow

_PATIENCE_SECONDS = 90

ProcessesOf = Callable[[Path], dict[int, str]]


class House:
    """A house that was started, and what it has said so far."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        given = {"NEEDLEDROP_PORT": str(self.port), "NEEDLEDROP_HOST": "127.0.0.1", **settings}
        self.process = subprocess.Popen(
            [folder / "run"],
            env=without_settings() | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout
        self._said.extend(self.process.stdout)

    @property
    def said(self) -> str:
        return "".join(self._said)

    def wait_until_up(self, path: str = "/healthz", seconds: float = _PATIENCE_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not self._answers(path):
            assert self.process.poll() is None, f"it ended: {self.said}"
            assert time.monotonic() < until, f"it is not up: {self.said}"
            time.sleep(0.05)

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=2) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def ended(self) -> int:
        status = self.process.wait(timeout=_PATIENCE_SECONDS)
        self._listener.join()
        return status


def without_settings() -> dict[str, str]:
    return {name: said for name, said in os.environ.items() if not name.startswith("NEEDLEDROP_")}


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


@pytest.fixture
def start() -> Iterator[Callable[..., House]]:
    started: list[House] = []

    def make(folder: Path, **settings: str) -> House:
        started.append(House(folder, **settings))
        return started[-1]

    yield make
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
        one.ended()
        assert one.process.stdout
        one.process.stdout.close()


def wait_for(condition: Callable[[], object], what: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def named(processes: dict[int, str], program: str) -> set[int]:
    return {pid for pid, line in processes.items() if f"/{program}" in line}


def test_it_starts_is_ready_and_ends_without_a_trace(
    house: Path, start: Callable[..., House], processes_of: ProcessesOf
) -> None:
    running = start(house)
    running.wait_until_up("/readyz")
    assert "/setup?code=" in running.said
    assert "Setting up" not in running.said

    running.process.send_signal(signal.SIGTERM)

    assert running.ended() == 0
    assert processes_of(house) == {}
    assert "Traceback" not in running.said
    assert (house / "data/needledrop.sqlite3").exists()
    assert (house / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("program", ["server.py", "worker.py"])
def test_a_killed_one_is_started_again(
    house: Path, start: Callable[..., House], processes_of: ProcessesOf, program: str
) -> None:
    running = start(house)
    running.wait_until_up("/readyz")
    before = named(processes_of(house), program)

    for pid in before:
        os.kill(pid, signal.SIGKILL)

    wait_for(lambda: named(processes_of(house), program) - before, f"no new {program}")
    running.wait_until_up("/readyz")
    assert "was ended by SIGKILL; it is started again." in running.said


def test_a_busy_port_is_one_sentence(house: Path, start: Callable[..., House]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        running = start(house, NEEDLEDROP_PORT=str(port))

        assert running.ended() == 1
    assert f"{port}" in running.said
    assert "Traceback" not in running.said


def test_a_folder_that_cannot_be_is_one_sentence(
    house: Path, start: Callable[..., House], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()

    running = start(house, NEEDLEDROP_DATA=str(tmp_path / "file"))

    assert running.ended() == 1
    assert str(tmp_path / "file") in running.said
    assert "Traceback" not in running.said


def test_an_unknown_setting_is_one_sentence(house: Path, start: Callable[..., House]) -> None:
    running = start(house, NEEDLEDROP_PROT="80")

    assert running.ended() == 1
    assert "NEEDLEDROP_PROT is not a setting; did you mean NEEDLEDROP_PORT?" in running.said
    assert "Traceback" not in running.said


def command(
    house: Path, *arguments: str, cwd: Path, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [house / "run", *arguments],
        cwd=cwd,
        input=said,
        env=without_settings() | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_command_finds_a_file_where_the_caller_stands(house: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    (elsewhere / "diary.csv").write_text("Date,Name,Year,Letterboxd URI,Rating\n")
    # Neither of these is any business of ours.
    (elsewhere / ".env").write_text("NEEDLEDROP_PORT=nonsense\n")
    (elsewhere / "core.py").write_text("raise SystemExit('the wrong core')\n")

    missing = command(house, "import", "none.csv", "--user", "nobody", cwd=elsewhere)
    there = command(house, "import", "diary.csv", "--user", "nobody", cwd=elsewhere)

    assert missing.returncode == 1
    assert "'none.csv' does not exist" in missing.stderr
    assert there.returncode == 1
    assert there.stderr.startswith("Error: ")
    assert "nobody" in there.stderr


@pytest.mark.parametrize(
    "given",
    ["nonsense", "run", "shell", "routes", "user", "token add maya", "doctor --x", "demo --x"],
)
def test_wrong_usage_is_one_sentence(house: Path, tmp_path: Path, given: str) -> None:
    done = command(house, *given.split(), cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    assert "python" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("given", ["user list", "doctor"])
@pytest.mark.parametrize("address", ["nonsense", "mysql://host/name", "postgresql://host:port/n"])
def test_a_wrong_database_is_one_sentence(
    house: Path, tmp_path: Path, given: str, address: str
) -> None:
    done = command(house, *given.split(), cwd=tmp_path, NEEDLEDROP_DATABASE_URL=address)

    assert done.returncode == 1
    assert "NEEDLEDROP_DATABASE_URL: " in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_it_works_through_a_link_from_another_folder(house: Path, tmp_path: Path) -> None:
    (tmp_path / "needledrop").symlink_to(house / "run")

    said = subprocess.run(
        [tmp_path / "needledrop", "doctor", "--json"],
        cwd="/",
        env=without_settings(),
        capture_output=True,
        text=True,
        check=False,
    )

    checks = {check["name"]: check for check in json.loads(said.stdout)["checks"]}
    assert checks["data folder"]["detail"].startswith(str(house / "data"))


def test_a_fresh_clone_sets_itself_up(bare_house: Path, start: Callable[..., House]) -> None:
    """The one test that really installs: a minute at the most, from a cache or an index."""
    running = start(bare_house)
    running.wait_until_up("/readyz", seconds=180)
    assert "Setting up" in running.said
    running.process.terminate()
    assert running.ended() == 0
    stamp = bare_house / ".venv/requirements.txt.stamp"
    stamped_at = stamp.stat().st_mtime_ns

    again = start(bare_house)
    again.wait_until_up("/readyz")

    assert "Setting up" not in again.said
    assert stamp.stat().st_mtime_ns == stamped_at

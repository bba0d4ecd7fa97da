"""./run demo with the real programs: a household to look at, that is still there the next time."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.settings import ROOT
from database import people
from database.engine import Database
from tests.conftest import remove_progress
from tests.house.test_run import ProcessesOf, free_port, wait_for, without_settings

pytestmark = pytest.mark.slow


class Demo:
    """A demo that was started, and what it has said so far."""

    def __init__(self, house: Path, data: Path, **more: str) -> None:
        self.data, self.port = data, free_port()
        # Settings of a real house; none of them is the demo's business.
        around = {"NEEDLEDROP_DATABASE_URL": "nonsense", "NEEDLEDROP_TMDB_TOKEN": "real"} | more
        own = {"NEEDLEDROP_PORT": str(self.port), "NEEDLEDROP_HOST": "127.0.0.1"}
        self._log = data.with_suffix(f".{self.port}.log")
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [house / "run", "demo", "--data", data],
                env=without_settings() | around | own,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._log.read_text()

    def wait_until_ready(self) -> None:
        wait_for(self._is_ready, "the demo is not ready")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.said
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as found:
                return bool(found.status == 200)
        except OSError:
            return False

    def ended(self) -> int:
        return self.process.wait(timeout=90)


@pytest.fixture
def start(house: Path, tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    started: list[Demo] = []

    def make(**more: str) -> Demo:
        started.append(Demo(house, tmp_path / "demo", **more))
        return started[-1]

    yield make
    for demo in started:
        if demo.process.poll() is None:
            demo.process.terminate()
        demo.ended()


def names(data: Path) -> list[str]:
    (data / "run").mkdir(exist_ok=True)
    db = Database(f"sqlite:///{data / 'needledrop.sqlite3'}", data / "run")
    try:
        with db.reading() as session:
            return [person.name for person in people.listed(session)]
    finally:
        db.close()
        remove_progress(db)


def forget_jonas(data: Path) -> None:
    db = Database(f"sqlite:///{data / 'needledrop.sqlite3'}", data / "run")
    with db.writing() as session:
        people.remove(session, people.named(session, "Jonas").id)
    db.close()


def test_it_shows_a_household_and_the_next_start_finds_it_as_it_was_left(
    house: Path, start: Callable[..., Demo], processes_of: ProcessesOf
) -> None:
    first = start()
    first.wait_until_ready()
    assert names(first.data) == ["Jonas", "Maya"]
    assert first.said.count("password") == 2

    first.process.terminate()

    assert first.ended() == 0
    assert processes_of(house) == {}
    assert "Traceback" not in first.said

    forget_jonas(first.data)
    again = start()
    again.wait_until_ready()
    assert names(again.data) == ["Maya"]
    line = next(line for line in first.said.splitlines() if "Maya" in line)
    assert line in again.said


def test_who_had_not_moved_in_when_it_was_cut_short_does_so_the_next_time(
    house: Path, start: Callable[..., Demo]
) -> None:
    first = start()
    first.wait_until_ready()
    first.process.terminate()
    first.ended()
    forget_jonas(first.data)
    (first.data / "moved-in").unlink()

    again = start()
    again.wait_until_ready()

    assert house.exists()
    assert names(again.data) == ["Jonas", "Maya"]


def test_ctrl_c_while_they_move_in_is_one_word(
    house: Path, start: Callable[..., Demo], processes_of: ProcessesOf
) -> None:
    demo = start()
    wait_for(lambda: any(" people" in line for line in processes_of(house).values()), "no move")

    os.killpg(demo.process.pid, signal.SIGINT)

    assert demo.ended() == 1
    assert demo.said == "Stopped.\n"
    wait_for(lambda: not processes_of(house), "somebody is left")


def begin(data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "demo.py", "--data", data],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.parametrize("kept", ["", "{", "[]", "{}", '{"day": "2025-01-01"'])
def test_a_household_that_was_cut_is_one_sentence(tmp_path: Path, kept: str) -> None:
    (tmp_path / "household.json").write_text(kept)

    done = begin(tmp_path)

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "to begin anew" in done.stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = begin(tmp_path / "file" / "demo")

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and str(tmp_path / "file" / "demo") in done.stderr

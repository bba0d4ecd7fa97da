"""Redis dies, hangs and comes back: pages go on, and what was left out is counted."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from core import in_memory
from core.counters import Board
from tests.conftest import _free_port, _wait_for_port, missing
from tests.faults.house import wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse, Pollers

_INSIGHT = "/insights/global/total/listens"
_PAGES = (_INSIGHT, "/", "/shelf", "/tasks")


class Server:
    """A Redis of the test's own, on the same port each time it starts."""

    def __init__(self, folder: Path) -> None:
        self._program = shutil.which("redis-server") or ""
        if not self._program:
            missing("Redis")
        self._folder = folder
        self.port = _free_port()
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command = [self._program, *options, "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _wait_for_port(self.port)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def remembers(self) -> bool:
        """Say whether the house has put an answer into it."""
        try:
            with Redis(port=self.port, socket_timeout=5) as link:
                return any(True for _ in link.scan_iter("needledrop:*"))
        except RedisError:
            return False


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.kill()


def _left_out(house: OpenHouse) -> int:
    """Return how often the house did without its Redis."""
    board = Board(in_memory.folder(house.data / "needledrop.sqlite3") / "counts")
    counted = board.read()
    board.close()
    return counted.get("cache failure", 0) + counted.get("cache skip", 0)


def _is_quiet(house: OpenHouse, others: Pollers) -> bool:
    """Say whether forty pages are answered with it; a busy machine may have missed it once."""
    before = _left_out(house)
    others.have_seen(40)
    return _left_out(house) == before


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_go_on_while_redis_hangs_is_dead_and_is_back(
    open_house: OpenHouse, redis: Server
) -> None:
    house = open_house
    house.environment["NEEDLEDROP_REDIS_URL"] = f"redis://127.0.0.1:{redis.port}/0"
    house.start_web()
    with Browser(house.url) as maya:
        maya.log_in("maya")
        with Pollers(maya, *_PAGES) as others:
            wait(redis.remembers, PATIENCE_SECONDS, "it to be asked")
            wait(lambda: _is_quiet(house, others), 2 * PATIENCE_SECONDS, "it to be missed no more")

            slowest = []
            for away, back in ((redis.pause, redis.go_on), (redis.kill, redis.start)):
                others.since_now()
                before = _left_out(house)
                away()
                # Whoever orders is counted there, too.
                task = maya.order("nobody")
                assert maya.told_of(task)["status"] == "WAITING"
                wait(lambda: _left_out(house) > before + 5, PATIENCE_SECONDS, "it to be missed")  # noqa: B023
                others.have_seen(100)
                slowest.append(f"{others.slowest:.2f} s")
                back()
                with Redis(port=redis.port, socket_timeout=5) as link:
                    link.flushall()
                wait(redis.remembers, 2 * PATIENCE_SECONDS, "it to be asked again")
                assert set(others.told) == {"200"}
    print(f"the slowest page while it hung, and while it was dead: {', '.join(slowest)}")  # noqa: T201
    assert "Traceback" not in house.said()

"""The network is slow, cut, or full of rubbish: each task says why, and the worker is as it was."""

import gzip
import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from core import clock
from database import wake
from database.models import FilmSource, Task
from fakes.diary import diary
from fakes.letterboxd import FakeLetterboxd
from tests.conftest import FULL
from tests.faults.house import Process, runners, wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse
from worker_jobs.loop import BROKE

_MB = 1 << 20
_GROWS_MB = 32
_AGAIN_SECONDS = 900
_INSIDE = "http://169.254.169.254/"
Misbehave = Callable[[FakeLetterboxd, str], None]


def _resets(fake: FakeLetterboxd, path: str) -> None:
    """Cut the line without a word."""

    def act(line: object, _asked: object) -> None:
        link: socket.socket = line.connection  # type: ignore[attr-defined]
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        link.close()
        raise ConnectionResetError

    fake._add(act, None, path)


def _bomb(fake: FakeLetterboxd, path: str) -> None:
    packed = gzip.compress(bytes(100 * _MB), 6)
    fake.answers(200, {"Content-Encoding": "gzip"}, packed, path_prefix=path)


def _in_the_headers(fake: FakeLetterboxd, path: str) -> None:
    """Hang up before the headers are over."""

    def act(line: object, _asked: object) -> None:
        line.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: app")  # type: ignore[attr-defined]
        line.close_connection = True  # type: ignore[attr-defined]

    fake._add(act, None, path)


QUICK: dict[str, Misbehave] = {
    "asked too often": lambda fake, path: fake.answers(
        429, {"Retry-After": str(_AGAIN_SECONDS)}, path_prefix=path
    ),
    "trouble": lambda fake, path: fake.answers(500, path_prefix=path),
    "garbage": lambda fake, path: fake.answers(200, body=b"\xff\xfe<<no", path_prefix=path),
    "a login page": lambda fake, path: fake.html(path_prefix=path),
    "nothing": lambda fake, path: fake.answers(200, path_prefix=path),
    "half a body": lambda fake, path: fake.drops(path_prefix=path),
    "half as if all": lambda fake, path: fake.truncates(path_prefix=path),
    "half a header": _in_the_headers,
    "a reset": _resets,
    "a bomb": _bomb,
    "a flood": lambda fake, path: fake.floods(path_prefix=path),
    "into the house": lambda fake, path: fake.redirects_to(_INSIDE, path_prefix=path),
    "a circle": lambda fake, path: fake.redirects_to(f"{fake.url}{path}", path_prefix=path),
}
# These take as long as the program is patient.
SLOW: dict[str, Misbehave] = {
    "a hang": lambda fake, path: fake.slow(600, path_prefix=path),
    "drops": lambda fake, path: fake.endless(path_prefix=path),
    "drops of headers": lambda fake, path: fake.drips_headers(path_prefix=path),
}
FAULTS = QUICK | SLOW if FULL else QUICK


class Looks:
    """What a runner takes: threads, open files, memory."""

    def __init__(self, worker: Process) -> None:
        (self.pid,) = runners(worker)
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        said = dict(line.split(":", 1) for line in lines)
        self.threads = int(said["Threads"])
        self.bytes = int(said["VmRSS"].split()[0]) * 1024
        self.files = len(list(Path(f"/proc/{self.pid}/fd").iterdir()))


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_the_network_does_is_told_and_costs_the_worker_nothing(
    open_house: OpenHouse, letterboxd: FakeLetterboxd
) -> None:
    house = open_house
    letterboxd.member("good", diary(1, datetime.now(UTC).date(), count=2))
    house.start_web()
    worker = house.start("quick")
    with Browser(house.url) as maya:
        maya.log_in("maya")
        _done(house, maya, maya.order("good"))
        wait(lambda: not house.in_hand(), PATIENCE_SECONDS, "the runner to be idle")
        before = Looks(worker)

        for nth, (fault, misbehave) in enumerate(FAULTS.items()):
            letterboxd.member(f"member{nth}")
            misbehave(letterboxd, f"/member{nth}/rss")
            told = _told(house, maya, maya.order(f"member{nth}"))
            assert told["error_msg"].endswith(".") and told["error_msg"] != BROKE, fault
            assert told["status"] in ("WAITING", "ERROR"), fault
            if fault == "asked too often":
                _is_not_asked_again(house)
            letterboxd.behaves()
            _let_it_be_asked(house)

        _done(house, maya, maya.order("good"))
        wait(lambda: not house.in_hand(), PATIENCE_SECONDS, "the runner to be idle")
        after = Looks(worker)
        assert (after.pid, after.threads) == (before.pid, before.threads)
        assert after.files <= before.files + 2
        assert after.bytes < before.bytes + _GROWS_MB * _MB
    assert "Traceback" not in house.said()


def _told(house: OpenHouse, who: Browser, task: str) -> dict[str, str]:
    """Return what its page tells once its first try is over."""
    told: dict[str, str] = {}

    def is_over() -> bool:
        # What it told then is kept: the next try may begin at any moment.
        told.update(who.told_of(task))
        return told["status"] != "PROGRESSING" and bool(told["error_msg"])

    wait(is_over, 3 * PATIENCE_SECONDS, f"{task} to fail: {house.ends()[task]}")
    return told


def _done(house: OpenHouse, who: Browser, task: str) -> None:
    wait(lambda: house.ends()[task] == "COMPLETE", PATIENCE_SECONDS, "a mosaic")
    assert who.told_of(task)["result_url"]


def _is_not_asked_again(house: OpenHouse) -> None:
    with house.db.reading() as session:
        (task,) = session.query(Task).where(Task.status == "WAITING")
    assert task.run_at - task.changed_at >= _AGAIN_SECONDS * clock.SECOND


def _let_it_be_asked(house: OpenHouse) -> None:
    """Forget what waits, and that the service is to be let alone."""
    with house.db.writing() as session:
        waiting = update(Task).where(Task.status == "WAITING")
        session.execute(waiting.values(run_at=clock.now() + clock.DAY))
        session.execute(update(FilmSource).values(not_before=None))
        wake.for_certain(session)

"""Measure task pages: 50 browsers polling while the worker makes mosaics without a pause.

    python -m bench.web [--pollers 50] [--seconds 20] [--idle]

A real server and a real worker over a temporary data folder; Letterboxd is a fake in a
process of its own. Every browser has one connection and asks once a second, as a task's
page does while it is young.
"""

import argparse
import http.client
import multiprocessing
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from core import clock
from core.settings import ROOT
from database import mosaic_orders, tasks
from database.engine import Database
from database.mosaic_asked import FeedOrder
from database.owner import HOUSE, Owner

_START_SECONDS = 20
_EVERY_SECONDS = 1.0
_MOSAICS = 200


class Asked(NamedTuple):
    seconds: float
    status: int  # 0: no answer at all


class House(NamedTuple):
    port: int
    db: Database

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _letterboxd(tell: Connection) -> None:
    from fakes.letterboxd import FakeLetterboxd

    with FakeLetterboxd() as fake:
        for number in range(_MOSAICS):
            fake.member(f"member{number}")
        tell.send(fake.url)
        threading.Event().wait()


@contextmanager
def house(*, is_busy: bool) -> Iterator[House]:
    """Run the program over an empty data folder; with `is_busy` its worker has work for long."""
    here, there = multiprocessing.Pipe()
    fake = multiprocessing.Process(target=_letterboxd, args=(there,), daemon=True)
    fake.start()
    letterboxd = here.recv()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        probe.close()
        data = Path(folder)
        own = {key: value for key, value in os.environ.items() if not key.startswith("NEEDLEDROP_")}
        own |= {"NEEDLEDROP_DATA": folder, "NEEDLEDROP_PORT": str(port)}
        own |= {"NEEDLEDROP_HOST": "127.0.0.1", "NEEDLEDROP_LETTERBOXD_URL": letterboxd}
        own |= {"NEEDLEDROP_LETTERBOXD_IMAGE_URL": letterboxd}
        programs = ["server.py", "worker.py"] if is_busy else ["server.py"]
        running = [
            subprocess.Popen([sys.executable, name], env=own, cwd=ROOT, stdout=subprocess.DEVNULL)
            for name in programs
        ]
        db = Database(f"sqlite:///{data / 'needledrop.sqlite3'}", data / "run")
        try:
            _wait_for(port)
            yield House(port, db)
        finally:
            for program in running:
                program.terminate()
            for program in running:
                program.wait()
            db.close()
            fake.kill()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    sys.exit("The server does not answer.")


def guest(of: House) -> tuple[str, Owner]:
    """Ask for a mosaic as a guest; return the cookies, and who that guest is."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with browser.open(of.url) as page:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    assert token
    typed = {"csrf_token": token[1], "letterboxd_username": "member0", "period": "last30"}
    form = urllib.parse.urlencode(typed).encode()
    asked = urllib.request.Request(f"{of.url}/mosaics", form)  # noqa: S310 - our own server
    asked.add_header("Origin", of.url)
    with browser.open(asked) as page:
        public_id = urllib.parse.urlsplit(page.url).path.rpartition("/")[2]
    with of.db.reading() as session:
        task = tasks.get(session, public_id, Owner(is_admin=True))
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    return cookies, Owner(guest_hash=task.guest_hash)


def fill(of: House, owner: Owner) -> str:
    """Give the worker work for longer than this takes; return a task that stays open."""
    with of.db.writing() as session:
        for number in range(_MOSAICS):
            order = FeedOrder(letterboxd_username=f"member{number}", period="last30", scale=3)
            # The house's own: a guest may not have as many open.
            mosaic_orders.place(session, order, owner=HOUSE, zone="UTC")
        later = clock.now() + clock.HOUR
        order_args = {"letterboxd_username": "polled"}
        made = tasks.enqueue(session, "create_mosaic", order_args, owner=owner, run_at=later)
    return made.public_id


def poll(of: House, path: str, cookies: str, until: float, seen: list[Asked]) -> None:
    """Be one browser: ask, wait for the rest of the second, ask again."""
    connection = http.client.HTTPConnection("127.0.0.1", of.port, timeout=10)
    while (begun := time.monotonic()) < until:
        try:
            connection.request("GET", path, headers={"Cookie": cookies})
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            connection.close()
            status = 0
        taken = time.monotonic() - begun
        seen.append(Asked(taken, status))
        time.sleep(max(0.0, _EVERY_SECONDS - taken))


def run(of: House, pollers: int, seconds: float) -> list[Asked]:
    cookies, owner = guest(of)
    path = f"/tasks/{fill(of, owner)}"
    until = time.monotonic() + seconds
    seen: list[Asked] = []
    browsers = []
    for _ in range(pollers):
        browsers.append(threading.Thread(target=poll, args=(of, path, cookies, until, seen)))
        browsers[-1].start()
        # They do not all press the button at the same moment.
        time.sleep(_EVERY_SECONDS / pollers)
    for browser in browsers:
        browser.join()
    return seen


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--pollers", type=int, default=50)
    given.add_argument("--seconds", type=float, default=20)
    given.add_argument("--idle", action="store_true", help="without a worker beside them")
    asked = given.parse_args()
    with house(is_busy=not asked.idle) as of:
        seen = run(of, asked.pollers, asked.seconds)
    times = sorted(one.seconds * 1000 for one in seen)
    wrong = [one for one in seen if one.status != http.HTTPStatus.OK]
    print(f"{asked.pollers} browsers, {len(seen)} answers, {len(wrong)} errors")
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)):
        print(f"{name} {times[min(len(times) - 1, int(share * len(times)))]:.1f} ms")


if __name__ == "__main__":
    main()

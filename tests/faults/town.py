"""A house on several hosts: two webs and three workers, each on its own, with shared servers.

The folder of data is this machine's own for all of them, as a network's file system would be.
"""

import itertools
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import requests
from sqlalchemy import select, text

from bench.hosts import Host, Network, NoNetwork, servers, wait_for_port
from core.settings import ROOT
from database import schema
from database.engine import Database
from database.models import Result
from fakes.letterboxd import FakeLetterboxd
from fakes.server import Fake
from tests.conftest import missing
from tests.faults.house import House, Process
from tests.faults.jobs import EFFECT, ENDS

NAME = "needledrop.local"  # by which browsers know it, whichever web answers
_PORT = 8000
_PATIENCE_SECONDS = 60
_STOP_SECONDS = 15
_COUNTED = text("SELECT day, units FROM quota_days WHERE day LIKE :those")


class Town:
    """`house` has the workers and the queue; `webs` are where pages are to be had."""

    def __init__(
        self, house: House, network: Network, letterboxd: FakeLetterboxd, redis_url: str
    ) -> None:
        self.house, self.network, self.letterboxd = house, network, letterboxd
        self.redis_url = redis_url
        self.webs: list[str] = []
        self._started: list[subprocess.Popen[bytes]] = []

    def start_web(self) -> None:
        host = self.network.host()
        own = {"NEEDLEDROP_HOST": host.address, "NEEDLEDROP_PORT": str(_PORT)}
        with (self.house.data / "web.log").open("ab") as log:
            made = subprocess.Popen(
                [*host.command, sys.executable, str(ROOT / "server.py")],
                cwd=ROOT,
                env=self.house.environment | own,
                stdout=log,
                stderr=log,
            )
        self._started.append(made)
        wait_for_port(host.address, _PORT)
        self.webs.append(f"http://{host.address}:{_PORT}")

    def start_worker(self, *lanes: str) -> tuple[Host, Process]:
        host = self.network.host()
        self.house.environment["NEEDLEDROP_TEST_HOST"] = host.name
        return host, self.house.start(*(lanes or ("quick,long",)), before=host.command)

    def where(self) -> dict[int, str]:
        """Return on which host each task was done whose result says so."""
        with self.house.db.reading() as session:
            rows = session.execute(select(Result.task_id, Result.body)).all()
        return {row.task_id: row.body["host"] for row in rows if "host" in row.body}

    def effects(self) -> dict[int, int]:
        """Return how often each task had an effect."""
        with self.house.db.reading() as session:
            rows = session.execute(_COUNTED, {"those": f"{EFFECT}%"}).all()
        return {int(row.day.removeprefix(EFFECT)): row.units for row in rows}

    def ends(self) -> dict[int, list[int]]:
        """Return which attempts of each task came to their end, in effect or not."""
        found = defaultdict[int, list[int]](list)
        for line in (self.house.data / ENDS).read_text().splitlines():
            task_id, attempt = map(int, line.split())
            found[task_id].append(attempt)
        return found

    def stop(self) -> None:
        self.house.stop()
        for process in self._started:
            process.send_signal(signal.SIGTERM)
        for process in self._started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            process.kill()
            process.wait()


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Make the network, the servers and an empty database."""
    with ExitStack() as stack:
        try:
            network = stack.enter_context(Network())
        except NoNetwork:
            missing("The right to make a network of namespaces")
        letterboxd = FakeLetterboxd()
        _lend(letterboxd, network.address)
        stack.enter_context(letterboxd)
        shared = stack.enter_context(servers(network))
        (folder / "run").mkdir(parents=True)
        db = Database(shared.database_url.replace("://", "+psycopg://"), folder / "run")
        stack.callback(db.close)
        schema.ensure(db)
        house = House(
            db,
            folder,
            folder / "worker.log",
            redis_url=shared.redis_url,
            letterboxd_url=letterboxd.url,
            letterboxd_image_url=letterboxd.url,
        )
        made = Town(house, network, letterboxd, shared.redis_url)
        stack.callback(made.stop)
        yield made


def _lend(fake: Fake, address: str) -> None:
    """Have a service that was not started yet answer on the bridge."""
    server = fake._server
    server.socket.close()
    server.socket = socket.create_server((address, server.server_port))
    fake.url = f"http://{address}:{server.server_port}"


class Browser:
    """Somebody's, whom a balancer sends to another web with each request."""

    def __init__(self, webs: Sequence[str]) -> None:
        self._webs = itertools.cycle(webs)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"Host": NAME, "Origin": f"http://{NAME}"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def ask(self, method: str, path: str, **said: Any) -> requests.Response:
        address = f"{next(self._webs)}{path}"
        return self._session.request(method, address, timeout=20, allow_redirects=False, **said)

    def submit(self, page: str, *, to: str, **said: Any) -> requests.Response:
        """Send the form that a page shows: the page is of the one web, the answer of the other."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.ask("GET", page).text)
        assert token, f"{page} has no form"
        typed = {"csrf_token": token[1], **said.pop("data", {})}
        answer = self.ask("POST", to, data=typed, **said)
        assert answer.status_code == 303, answer.text
        return answer

    def result_of(self, task: str) -> str:
        """Wait for a task, and return where its result is."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            answer = self.ask("GET", task, headers={"Accept": "application/json"})
            state = json.loads(answer.text)
            if state["status"] not in ("WAITING", "PROGRESSING"):
                assert state["status"] == "COMPLETE", state
                return str(state["result_url"])
            time.sleep(0.1)
        raise AssertionError(f"{task} does not end")

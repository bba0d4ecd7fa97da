"""A household with its doors open: its programs as processes, and people at its pages."""

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import requests
from sqlalchemy import select, text

from core import folders
from core.settings import ROOT, Settings
from database import people, schema
from database.engine import Database
from database.models import Record, Task
from database.people import NewPerson
from tests.conftest import _free_port
from tests.faults.house import House, wait

PATIENCE_SECONDS = 120.0
_JSON = {"Accept": "application/json"}
_ALL = {"period": "all", "scale": "1"}
_BOUGHT = {"artists": "Can", "genre": "Rock", "format": "LP", "purchased_on": "2026-01-02"}
_PASSWORD = "correct horse battery"
_STOP_SECONDS = 15
_PAUSE_SECONDS = 0.02


class OpenHouse(House):
    """One that also has pages, on a port of its own."""

    def __init__(self, db: Database, data: Path, log: Path, **settings: str) -> None:
        super().__init__(db, data, log, **settings)
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment |= {
            "NEEDLEDROP_HOST": "127.0.0.1",
            "NEEDLEDROP_PORT": str(self.port),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.processes: list[subprocess.Popen[bytes]] = []

    def run(
        self, *command: str | Path, before: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen[bytes]:
        """Start a program of the house as a process of its own."""
        with self._log.open("ab") as log:
            made = subprocess.Popen(
                [*before, sys.executable, *map(str, command)],
                cwd=ROOT,
                env=self.environment | environment,
                stdout=log,
                stderr=log,
            )
        self.processes.append(made)
        return made

    def start_web(
        self, *, before: Sequence[str] = (), **environment: str
    ) -> subprocess.Popen[bytes]:
        made = self.run(ROOT / "server.py", before=before, **environment)
        self.wait_for_pages()
        return made

    def wait_for_pages(self) -> None:
        wait(self._answers, PATIENCE_SECONDS, "the pages to answer")

    def _answers(self) -> bool:
        with Browser(self.url) as anybody:
            return anybody.status("/healthz") == "200"

    def close(self) -> None:
        """End whatever was started: told to first, and then by force."""
        self.stop()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            process.kill()
            process.wait()
        self.processes.clear()

    def admit(self, name: str) -> None:
        """Give somebody an account."""
        with self.db.writing() as session:
            people.add(session, NewPerson(username=name, password=_PASSWORD), zone="UTC")

    def records(self) -> list[str]:
        """Return the titles of all records that are kept."""
        with self.db.reading() as session:
            return list(session.scalars(select(Record.title)))

    def is_sound(self) -> bool:
        with self.db.reading() as session:
            return bool(session.scalar(text("PRAGMA integrity_check")) == "ok")

    def ends(self) -> dict[str, str]:
        """Return how each task stands, by the address of its page."""
        with self.db.reading() as session:
            rows = session.execute(select(Task.public_id, Task.status)).all()
        return {f"/tasks/{row.public_id}": row.status for row in rows}


def settled(data: Path, **said: Any) -> Database:
    """Make the folders and the tables of a house on SQLite, and return its database."""
    settings = Settings(data=data, **said)
    folders.make(settings)
    db = Database(settings.database, settings.running)
    schema.ensure(db)
    return db


class Browser:
    """Somebody's: what it is answered is a status, or "none" where nobody answers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Origin"] = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def another(self) -> "Browser":
        """Return one more of the same person."""
        made = Browser(self._url)
        made._session.cookies.update(self._session.cookies)
        return made

    def ask(self, method: str, path: str, **said: Any) -> requests.Response:
        return self._session.request(
            method, f"{self._url}{path}", timeout=PATIENCE_SECONDS, allow_redirects=False, **said
        )

    def status(self, path: str) -> str:
        try:
            return str(self.ask("GET", path).status_code)
        except requests.RequestException:
            return "none"

    def submit(
        self, page: str, *, to: str = "", data: Mapping[str, str], **said: Any
    ) -> requests.Response:
        """Send the form that a page shows."""
        shown = self.ask("GET", page)
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
        if token is None:
            assert shown.status_code >= 400, f"{page} has no form"
            return shown
        return self.ask("POST", to or page, data={"csrf_token": token[1], **data}, **said)

    def log_in(self, name: str) -> None:
        sent = self.submit("/login", data={"username": name, "password": _PASSWORD})
        assert sent.status_code == 303, sent.text

    def is_logged_in(self) -> bool:
        return self.status("/account") == "200"

    def buy(self, title: str) -> requests.Response:
        """Put a record on the shelf; 303: it is there."""
        return self.submit("/shelf/add", data={**_BOUGHT, "title": title})

    def order(self, name: str) -> str:
        """Order a mosaic of somebody's feed; return the address of its task."""
        sent = self.submit("/", to="/mosaics", data={"letterboxd_username": name, **_ALL})
        assert sent.status_code == 303, sent.text
        return sent.headers["Location"]

    def told_of(self, task: str) -> dict[str, Any]:
        """Return what the page of a task tells."""
        told: dict[str, Any] = self.ask("GET", task, headers=_JSON).json()
        return told


class Pollers:
    """People who look at pages without pause while something befalls the house."""

    def __init__(self, who: "Browser", *pages: str, count: int = 4) -> None:
        """`pages`: what each of `count` browsers of this person asks for in turn."""
        self._who, self._pages = who, pages
        self._ends = threading.Event()
        self._lock = threading.Lock()
        self.told: Counter[str] = Counter()
        self.slowest = 0.0
        self._since = 0.0
        self._threads = [threading.Thread(target=self._poll) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def since_now(self) -> None:
        """Forget what was answered so far, and what was asked before now."""
        with self._lock:
            self.told.clear()
            self.slowest = 0.0
            self._since = time.monotonic()

    def have_seen(self, count: int) -> None:
        """Wait until so many more answers have come."""
        until = self.told.total() + count
        wait(lambda: self.told.total() >= until, PATIENCE_SECONDS, f"{count} answers")

    def _poll(self) -> None:
        with self._who.another() as somebody:
            while True:
                for page in self._pages:
                    if self._ends.wait(_PAUSE_SECONDS):
                        return
                    began = time.monotonic()
                    told = somebody.status(page)
                    with self._lock:
                        if began >= self._since:
                            self.told[told] += 1
                            self.slowest = max(self.slowest, time.monotonic() - began)

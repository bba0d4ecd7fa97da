"""A real server with a small household, and Chromium to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Response,
    StorageState,
    sync_playwright,
)

from core.settings import ROOT
from database import film_marks, people
from database.engine import Database
from database.film_marks import Listing, Mark
from database.models import FilmCandidate
from database.people import NewPerson
from fakes.letterboxd import FakeLetterboxd
from tests import factories
from tests.conftest import missing
from tests.hall import Hall
from tests.stand_in import StandIn

ADMIN, MEMBER, PASSWORD = "Maya", "Ben", "correct horse battery"
_START_SECONDS = 90
Process = subprocess.Popen[bytes]


@dataclass
class House:
    """The running program, and a way to its database behind its back."""

    url: str
    db: Database
    hall: Hall
    worker: StandIn
    admin_id: int
    member_id: int


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`python server.py` on a free port and a data folder of its own; Maya is its admin.

    Ben lives there too, and has not done anything yet.
    """
    data = tmp_path_factory.mktemp("house")
    own = _settings(data, NEEDLEDROP_TMDB_TOKEN="of nobody's")
    flask = [sys.executable, "-m", "flask", "--app", "server"]
    for who in ([ADMIN, "--admin"], [MEMBER]):
        add = [*flask, "user", "add", *who, "--password-stdin"]
        subprocess.run(add, input=PASSWORD, text=True, env=own, cwd=ROOT, check=True)
    with _serving(own, data) as url, closing(_database(data)) as db:
        hall = Hall(db, data / "pictures", jpeg=_picture(tmp_path_factory.mktemp("pictures")))
        yield House(url, db, hall, StandIn(db), *_settle_in(db))


@dataclass
class Works:
    """The program with its own worker, and a Letterboxd whose members a test makes up."""

    url: str
    letterboxd: FakeLetterboxd
    pictures: Path
    worker: Process

    def runners(self) -> list[int]:
        """Return the pids of those that do the worker's tasks."""
        pid = self.worker.pid
        return [int(it) for it in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture(scope="session")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    """`server.py` and `worker.py` on a data folder of their own; Maya and Ben have no films yet."""
    data = tmp_path_factory.mktemp("works")
    with FakeLetterboxd() as letterboxd:
        own = _settings(
            data,
            NEEDLEDROP_LETTERBOXD_URL=letterboxd.url,
            NEEDLEDROP_LETTERBOXD_IMAGE_URL=letterboxd.url,
        )
        with _serving(own, data) as url, _started("worker.py", own, data) as worker:
            with closing(_database(data)) as db, db.writing() as session:
                for name in (ADMIN, MEMBER):
                    wanted = NewPerson(username=name, password=PASSWORD)
                    people.add(session, wanted, zone="UTC", is_admin=name == ADMIN)
            yield Works(url, letterboxd, data / "pictures", worker)


def _settings(data: Path, **given: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("NEEDLEDROP_")}
    port = str(_free_port())
    own |= {"NEEDLEDROP_DATA": str(data), "NEEDLEDROP_PORT": port, "NEEDLEDROP_HOST": "127.0.0.1"}
    return own | given


@contextmanager
def _serving(own: dict[str, str], data: Path) -> Iterator[str]:
    """Run the web process, and give its address once it answers."""
    url = f"http://127.0.0.1:{own['NEEDLEDROP_PORT']}"
    with _started("server.py", own, data) as server:
        _wait_for(f"{url}/healthz", server, data / "server.py.log")
        yield url


@contextmanager
def _started(program: str, own: dict[str, str], data: Path) -> Iterator[Process]:
    """Run a program, with what it starts in a group of its own."""
    with (
        (data / f"{program}.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, program],
            env=own,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def _database(data: Path) -> Database:
    return Database(f"sqlite:///{data / 'needledrop.sqlite3'}", data / "run")


def _wait_for(url: str, server: Process, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the server does not answer: {log.read_text()}")


def _picture(folder: Path) -> bytes:
    file = folder / "mosaic.jpg"
    Image.new("RGB", (1290, 1010), (50, 50, 50)).save(file)
    return file.read_bytes()


def _settle_in(db: Database) -> tuple[int, int]:
    """Give Maya some films, and doubts about two of them; return her id and Ben's."""
    with db.writing() as session:
        maya, ben = (people.named(session, name) for name in (ADMIN, MEMBER))
        own = factories.source(session, maya, "maya")
        long_title = "Jeanne Dielman, 23, quai du Commerce, 1080 Bruxelles"
        for title, year in (("Stalker", 1979), ("Ran", 1985), (long_title, 1975)):
            film = factories.film(session, title, year)
            seen = factories.viewing(session, film, own, f"{year + 40}-03-01", half_stars=9)
            seen.review, seen.tags = "Rain on the floor.\n\nAgain.", "cinema, with Ben"
            film_marks.save_marks(session, own.id, [Mark(film.id, wanted_on="2014-01-01")])
        factories.viewing(session, film, own, f"{year + 45}-03-01").is_rewatch = True
        listing = Listing("best", "The best", "Those to take along.", "2024-01-01")
        list_id, _ = film_marks.list_of(session, own.id, listing)
        film_marks.put_entries(session, list_id, [(film.id, "all 201 minutes")])
        leo = factories.film(session, "Leo", 2023, tmdb_state="tie")
        factories.viewing(session, leo, own)
        for number, about in ((11, "A lizard"), (12, "A café owner")):
            session.add(
                FilmCandidate(
                    film_id=leo.id, kind="movie", tmdb_id=number, title="Leo", overview=about
                )
            )
        first = factories.film(session, "Cinderella", 1922, uri="https://boxd.it/a")
        factories.film(session, "Cinderella", 1922, uri="https://boxd.it/b")
        factories.viewing(session, first, own, is_uncertain=True)
        return maya.id, ben.id


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # The same engine; without the windows nobody looks at it takes half the processor time.
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        missing("Chromium")
        return
    with sync_playwright() as playwright:
        # As root, and with little shared memory, in tests only.
        flags = ["--no-sandbox", "--disable-dev-shm-usage"]
        made = playwright.chromium.launch(executable_path=program, args=flags)
        yield made
        made.close()


@pytest.fixture(scope="session")
def logged_in(browser: Browser, house: House) -> StorageState:
    """Maya's cookies."""
    return cookies_of(ADMIN, browser, house.url)


@pytest.fixture(scope="session")
def ben_logged_in(browser: Browser, house: House) -> StorageState:
    return cookies_of(MEMBER, browser, house.url)


def cookies_of(name: str, browser: Browser, url: str) -> StorageState:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/login")
    page.get_by_label("Name", exact=False).first.fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    cookies = context.storage_state()
    context.close()
    return cookies


@contextmanager
def watched(
    browser: Browser, url: str, cookies: StorageState | None = None, **how: Any
) -> Iterator[Page]:
    """Give a page, on a desk unless `how` says else; an error on its console fails the test."""
    errors: list[tuple[str, str]] = []
    asked: set[str] = set()
    context = browser.new_context(storage_state=cookies, base_url=url, **how)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(("", str(error))))
    page.on("console", lambda said: _hear(said, errors))
    page.on("response", lambda answer: _note(answer, asked))
    yield page
    context.close()
    # Chromium counts a page that answers 404, or 422 with our form once more, among the errors.
    assert [text for address, text in errors if address not in asked] == []


def _hear(said: ConsoleMessage, errors: list[tuple[str, str]]) -> None:
    if said.type == "error":
        is_answer = said.text.startswith("Failed to load resource: the server responded")
        errors.append((str(said.location["url"]) if is_answer else "", said.text))


def _note(answer: Response, asked: set[str]) -> None:
    # A sketch may be gone by the time the page that shows it asks for it.
    if answer.request.is_navigation_request() or answer.url.endswith("/sketch.jpg"):
        asked.add(answer.url)


@pytest.fixture
def page(browser: Browser, house: House, logged_in: StorageState) -> Iterator[Page]:
    """A page of Maya's."""
    with watched(browser, house.url, logged_in) as made:
        yield made


@pytest.fixture
def ben_page(browser: Browser, house: House, ben_logged_in: StorageState) -> Iterator[Page]:
    with watched(browser, house.url, ben_logged_in) as made:
        yield made


@pytest.fixture
def guest_page(browser: Browser, house: House) -> Iterator[Page]:
    with watched(browser, house.url) as made:
        yield made

"""A real server with a small household, and Chromium to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState, sync_playwright

from core.settings import ROOT
from database.engine import Database
from tests import factories
from tests.conftest import missing
from tests.hall import Hall
from tests.stand_in import StandIn

MEMBER, PASSWORD = "Maya", "correct horse battery"
_START_SECONDS = 20


@dataclass
class House:
    """The running program, and a way to its database behind its back."""

    url: str
    db: Database
    hall: Hall
    worker: StandIn
    admin_id: int


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """`python server.py` on a free port and a data folder of its own; Maya is its admin."""
    data, port = tmp_path_factory.mktemp("house"), _free_port()
    own = {name: value for name, value in os.environ.items() if not name.startswith("NEEDLEDROP_")}
    own |= {"NEEDLEDROP_DATA": str(data), "NEEDLEDROP_PORT": str(port)}
    own |= {"NEEDLEDROP_HOST": "127.0.0.1"}
    flask = [sys.executable, "-m", "flask", "--app", "server"]
    add = [*flask, "user", "add", MEMBER, "--admin", "--password-stdin"]
    subprocess.run(add, input=PASSWORD, text=True, env=own, cwd=ROOT, check=True)
    log = (data / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "server.py"], env=own, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{port}"
    db = Database(f"sqlite:///{data / 'needledrop.sqlite3'}", data / "run")
    try:
        _wait_for(f"{url}/healthz", server, data / "server.log")
        hall = Hall(db, data / "pictures", jpeg=_picture(tmp_path_factory.mktemp("pictures")))
        yield House(url, db, hall, StandIn(db), _settle_in(db))
    finally:
        server.terminate()
        server.wait()
        log.close()
        db.close()


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
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


def _settle_in(db: Database) -> int:
    """Give Maya some films; return her id."""
    from sqlalchemy import select

    from database.models import Person

    with db.writing() as session:
        maya = session.scalars(select(Person)).one()
        own = factories.source(session, maya, "maya")
        long_title = "Jeanne Dielman, 23, quai du Commerce, 1080 Bruxelles"
        for title, year in (("Stalker", 1979), ("Ran", 1985), (long_title, 1975)):
            film = factories.film(session, title, year)
            factories.viewing(session, film, own, f"{year + 40}-03-01", half_stars=9)
        return maya.id


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
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
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{house.url}/login")
    page.get_by_label("Name", exact=False).first.fill(MEMBER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    cookies = context.storage_state()
    context.close()
    return cookies


def _hear(said: ConsoleMessage, errors: list[str]) -> None:
    # Chromium counts an answer 422, our form once more, among the errors.
    if said.type == "error" and "status of 422" not in said.text:
        errors.append(said.text)


def _watched(page: Page, errors: list[str]) -> Page:
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: _hear(said, errors))
    return page


@pytest.fixture
def page(browser: Browser, house: House, logged_in: StorageState) -> Iterator[Page]:
    """A page of Maya's on a desk; an error on its console fails the test."""
    errors: list[str] = []
    context = browser.new_context(storage_state=logged_in, base_url=house.url)
    yield _watched(context.new_page(), errors)
    context.close()
    assert errors == []


@pytest.fixture
def guest_page(browser: Browser, house: House) -> Iterator[Page]:
    errors: list[str] = []
    context = browser.new_context(base_url=house.url)
    yield _watched(context.new_page(), errors)
    context.close()
    assert errors == []

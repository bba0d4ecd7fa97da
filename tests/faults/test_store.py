"""A house whose hosts share no folder: pictures and uploads go by way of a store."""

import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from database import workers
from database.engine import Database
from database.models import Mosaic
from fakes import plays
from fakes.diary import Viewing
from fakes.films import films
from fakes.letterboxd import FakeLetterboxd
from tests.faults.house import wait
from tests.faults.open_house import PATIENCE_SECONDS, Browser, OpenHouse
from tests.faults.promises import everything_holds
from tests.s3_server import BUCKET, OTHER_BUCKET, S3Server

pytestmark = pytest.mark.slow

_OPEN = ("WAITING", "PROGRESSING")
_WORKER = Path("worker.py")
_JSON = {"Accept": "application/json"}


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """Return a server's: a file of SQLite is of one host alone."""
    return postgres_url


class Hosts:
    """Two webs and a worker, each with a folder of data of its own."""

    def __init__(
        self, db: Database, folder: Path, letterboxd: FakeLetterboxd, **settings: str
    ) -> None:
        self.db, self._folder = db, folder
        self._settings = settings | {
            "letterboxd_url": letterboxd.url,
            "letterboxd_image_url": letterboxd.url,
        }
        self.started: list[OpenHouse] = []
        self.one, self.two, self.working = map(self.host, ("one", "two", "working"))

    def host(self, name: str, **settings: str) -> OpenHouse:
        data = self._folder / name
        made = OpenHouse(self.db, data, self._folder / f"{name}.log", **self._settings | settings)
        self.started.append(made)
        return made

    def work(self) -> None:
        self.working.run(_WORKER)
        wait(lambda: workers.alive(self.db) > 0, PATIENCE_SECONDS, "a runner to live")

    def kill_worker(self) -> None:
        """End it, runners and all, without a word."""
        worker = self.working.processes.pop()
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        wait(lambda: workers.alive(self.db) == 0, PATIENCE_SECONDS, "its runners to end")

    def close(self) -> None:
        for host in self.started:
            host.close()


@pytest.fixture
def hosts(
    db: Database, tmp_path: Path, letterboxd: FakeLetterboxd, s3: S3Server
) -> Iterator[Hosts]:
    made = Hosts(db, tmp_path, letterboxd, **s3.settings())
    today = datetime.now(UTC).date()
    letterboxd.member("dave", [Viewing(film, today) for film in films()[:6]])
    made.one.admit("maya")
    yield made
    made.close()


def ended(browser: Browser, task: str) -> dict[str, Any]:
    """Wait for a task; return what its page tells."""
    told: list[dict[str, Any]] = []

    def is_over() -> bool:
        told[:] = [browser.told_of(task)]
        return told[0]["status"] not in _OPEN

    wait(is_over, PATIENCE_SECONDS, f"{task} to end")
    assert told[0]["status"] == "COMPLETE", told[0]
    return told[0]


def at(browser: Browser, host: OpenHouse) -> Browser:
    """Return the same person at another web, as a balancer sends them there."""
    made = Browser(host.url)
    made._session.cookies.update(browser._session.cookies)
    return made


def pictures(db: Database) -> list[str]:
    with db.reading() as session:
        return [f"/mosaics/{one}.jpg" for one in session.scalars(select(Mosaic.public_id))]


def mine(host: OpenHouse, folder: str) -> list[str]:
    return sorted(path.name for path in (host.data / folder).iterdir())


def test_what_one_web_takes_and_a_worker_makes_another_web_shows(
    hosts: Hosts, s3: S3Server
) -> None:
    hosts.one.start_web()
    hosts.two.start_web()
    hosts.work()
    with Browser(hosts.one.url) as maya:
        maya.log_in("maya")
        ended(maya, maya.order("dave"))
        with at(maya, hosts.two) as there:
            (address,) = pictures(hosts.db)
            shown = [who.ask("GET", address) for who in (maya, there)]
            assert [one.status_code for one in shown] == [200, 200]
            assert shown[0].content == shown[1].content != b""
            page = address.removesuffix(".jpg")
            beside = ("/preview.jpg", "/zoom.json", "/tiles/0/0/0.jpg", ".pdf")
            assert {f"{end}: {there.status(page + end)}" for end in beside} == {
                f"{end}: 200" for end in beside
            }

            # A file that is looked at first: to the one web, then brought at the other.
            brought = {"export": ("endsong.json", plays.extended(plays.history(300)))}
            sent = maya.submit("/listening/import", data={}, files=brought)
            looked = ended(there, sent.headers["Location"])["result_url"]
            assert sum(name.startswith("uploads/") for name in s3.objects()) == 1
            sent = there.submit(looked, to=f"{looked}/bring", data={})
            told = ended(maya, sent.headers["Location"])["result_url"]
            assert maya.ask("GET", told, headers=_JSON).json()["added"] == 300
            wait(lambda: not _below(s3, "uploads"), PATIENCE_SECONDS, "the file to go")

            assert len(_below(s3, "pictures")) == 3
            assert there.submit(f"{page}/delete", data={}).status_code == 303
    assert _below(s3, "pictures") == set()
    assert mine(hosts.two, "pictures") == []
    assert set(everything_holds(hosts.db)) == {"COMPLETE"}


def _below(s3: S3Server, folder: str) -> set[str]:
    return {name for name in s3.objects() if name.startswith(f"{folder}/")}


def test_while_the_store_is_away_people_are_told_and_tasks_wait(hosts: Hosts, s3: S3Server) -> None:
    hosts.one.start_web()
    hosts.work()
    with Browser(hosts.one.url) as maya:
        maya.log_in("maya")
        ended(maya, maya.order("dave"))
        (address,) = pictures(hosts.db)

        s3.stop()

        shown = maya.ask("GET", address)
        assert shown.status_code == 503 and shown.headers["Retry-After"]
        assert "does not answer" in shown.text and "<title>" in shown.text
        assert maya.status(address.removesuffix(".jpg")) == "200"
        brought = {"export": ("endsong.json", plays.extended(plays.history(30)))}
        refused = maya.submit("/listening/import", data={"at_once": "1"}, files=brought)
        assert refused.status_code == 503
        assert mine(hosts.one, "uploads") == []
        task = maya.order("dave")
        wait(
            lambda: (
                maya.told_of(task)["status"] == "WAITING"
                and "store" in (maya.told_of(task)["error_msg"] or "")
            ),
            PATIENCE_SECONDS,
            "the task to be put off",
        )

        s3.start()

        ended(maya, task)
        assert maya.status(address) == "200"
    assert set(everything_holds(hosts.db)) == {"COMPLETE"}


def test_a_worker_that_is_killed_and_comes_back_with_nothing_loses_nothing(
    hosts: Hosts, s3: S3Server
) -> None:
    """Its folder is gone with it, as that of a container is."""
    hosts.one.start_web()
    hosts.work()
    with Browser(hosts.one.url) as maya:
        maya.log_in("maya")
        ended(maya, maya.order("dave"))
        before = _below(s3, "pictures")
        tasks = [
            maya.submit(
                "/", to="/mosaics", data={"letterboxd_username": "dave", "layout": layout, **scale}
            ).headers["Location"]
            for layout, scale in _ORDERS
        ]
        # On a machine that is quick enough all of it may be over by now.
        wait(
            lambda: bool(hosts.working.in_hand()) or not hosts.working.open_tasks(),
            PATIENCE_SECONDS,
            "work to begin",
        )

        hosts.kill_worker()
        shutil.rmtree(hosts.working.data)
        # What a worker leaves that dies between a file and its row.
        s3.put("pictures/0123456789abcdef.1.jpg", like=min(before))
        hosts.work()

        for task in tasks:
            ended(maya, task)
        shown = [maya.status(address) for address in pictures(hosts.db)]
        assert shown == ["200"] * (1 + len(tasks))
    found = _below(s3, "pictures")
    assert before < found
    assert len(found) == 3 * (1 + len(tasks))
    assert set(everything_holds(hosts.db)) == {"COMPLETE"}


_ORDERS = [("sheet", {"scale": "3"}), ("wall", {"columns": "2"}), ("wall", {"columns": "3"})]


def test_a_worker_at_the_bucket_of_another_house_refuses_to_start(
    hosts: Hosts, s3: S3Server
) -> None:
    hosts.one.start_web()
    hosts.work()
    with Browser(hosts.one.url) as maya:
        ended(maya, maya.order("dave"))
        there = s3.objects()
        elsewhere = hosts.host("working", store_url=s3.url.replace(BUCKET, OTHER_BUCKET))

        assert elsewhere.run(_WORKER).wait(PATIENCE_SECONDS) == 1

        assert "set NEEDLEDROP_STORE_URL to that one" in elsewhere.said()
        (address,) = pictures(hosts.db)
        assert maya.status(address) == "200"
    assert s3.objects() == there
    assert s3.objects(OTHER_BUCKET) == set()

"""A house on several hosts does what one on a single machine does, and survives a cut wire."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import text

from database import people, workers
from database.people import NewPerson
from fakes import plays
from fakes.diary import Viewing
from fakes.films import films
from tests.faults.house import wait
from tests.faults.promises import everything_holds, files_and_rows_agree
from tests.faults.town import Browser, Town, town

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1", "10.83.0.0/16"])]

_TASKS = 30
_JSON = {"Accept": "application/json"}
_PASSWORD = "correct horse battery"


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path / "data") as made:
        yield made


def test_a_walk_over_two_webs_and_three_workers(hosts: Town) -> None:
    """Every request goes to the other web; what one has begun, the other goes on with."""
    today = datetime.now(UTC).date()
    hosts.letterboxd.member("dave", [Viewing(film, today) for film in films()[:6]])
    for _ in range(2):
        hosts.start_web()
    for _ in range(3):
        hosts.start_worker()
    with hosts.house.db.writing() as session:
        people.add(session, NewPerson(username="Maya", password=_PASSWORD), zone="UTC")

    with Browser(hosts.webs) as guest:
        asked = {"letterboxd_username": "dave", "period": "month"}
        made = guest.result_of(guest.submit("/", to="/mosaics", data=asked).headers["Location"])
        assert made == "/user/dave"
        assert guest.ask("GET", "/listening/").headers["Location"].startswith("/login")
        shown = [guest.ask("GET", made).text for _ in hosts.webs]
        (picture,) = {_picture_on(page) for page in shown}
        both = [guest.ask("GET", picture) for _ in hosts.webs]
        assert [one.status_code for one in both] == [200, 200]
        assert both[0].content == both[1].content

    with Browser(hosts.webs) as maya:
        maya.submit("/login", to="/login", data={"username": "Maya", "password": _PASSWORD})
        brought = {"export": ("endsong.json", plays.extended(plays.history(300)))}
        sent = maya.submit(
            "/listening/import", to="/listening/import", data={"at_once": "1"}, files=brought
        )
        told = maya.result_of(sent.headers["Location"])
        counts = [maya.ask("GET", told, headers=_JSON).json() for _ in hosts.webs]
        assert counts[0] == counts[1]
        assert counts[0]["added"] == 300
        lists = [maya.ask("GET", "/listening/imports").text for _ in hosts.webs]
        assert all("endsong.json" in page for page in lists)

    with Redis.from_url(hosts.redis_url) as shared:
        assert shared.dbsize() > 0
    assert files_and_rows_agree(hosts.house.db, hosts.house.pictures) == 1
    assert set(everything_holds(hosts.house.db)) == {"COMPLETE"}
    assert not list((hosts.house.data / "uploads").iterdir())


def _picture_on(page: str) -> str:
    found = re.search(r"/mosaics/[0-9a-f]+\.jpg", page)
    assert found, page
    return found[0]


def _is_up(hosts: Town, count: int) -> None:
    wait(lambda: workers.alive(hosts.house.db) == count, 120, f"{count} runners to live")


def test_all_workers_share_the_tasks_and_each_is_done_once(hosts: Town) -> None:
    names = {hosts.start_worker("quick")[0].name for _ in range(3)}
    _is_up(hosts, 3)

    found = [hosts.house.enqueue("where", seconds=0.1) for _ in range(_TASKS)]

    hosts.house.wait_till_done(180)
    assert everything_holds(hosts.house.db) == {"COMPLETE": _TASKS}
    assert all(hosts.house.task(task_id).attempt == 1 for task_id in found)
    assert set(hosts.where().values()) == names
    assert min(Counter(hosts.where().values()).values()) > 1


_PATIENCE = """
    SELECT current_setting('tcp_keepalives_idle'), current_setting('tcp_keepalives_interval'),
           current_setting('tcp_keepalives_count'), current_setting('tcp_user_timeout')
"""


@pytest.mark.parametrize("action", ["where", "hold"])
def test_a_host_that_is_cut_off_loses_its_task_and_goes_on_later(hosts: Town, action: str) -> None:
    """`hold`: it is in the middle of a transaction, and has or wants a row that all others want."""
    lost, worker = hosts.start_worker("quick")
    for _ in range(2):
        hosts.start_worker("quick")
    _is_up(hosts, 3)
    found = [hosts.house.enqueue(action, seconds=1.0) for _ in range(_TASKS // 2)]
    wait(lambda: len(hosts.house.in_hand()) == 3, 120, "all of them to work")

    # By default the server asks after two hours, and so long a lost worker would seem to live.
    with hosts.house.db.reading() as session:
        assert session.execute(text(_PATIENCE)).one() == ("4", "2", "3", "10000")

    lost.cut()
    hosts.house.wait_till_done(120)

    assert everything_holds(hosts.house.db) == {"COMPLETE": len(found)}
    assert sum(hosts.house.task(task_id).crashes for task_id in found) == 1
    assert workers.alive(hosts.house.db) == 2
    assert lost.name not in {hosts.where()[task_id] for task_id in found[3:]}
    assert worker.poll() is None

    lost.join()
    _is_up(hosts, 3)
    more = [hosts.house.enqueue("where", seconds=0.2) for _ in range(_TASKS)]
    hosts.house.wait_till_done(180)
    assert everything_holds(hosts.house.db) == {"COMPLETE": len(found) + len(more)}
    assert lost.name in {hosts.where()[task_id] for task_id in more}

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
from fakes.export import export
from fakes.films import films
from tests.conftest import FULL
from tests.faults.abroad import abroad
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

    with Browser(hosts.webs) as maya, Browser(hosts.webs) as stranger:
        maya.submit("/login", to="/login", data={"username": "Maya", "password": _PASSWORD})
        _a_mosaic_from_its_file_to_its_end(maya, stranger, [Viewing(films()[0], today)])
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


def _a_mosaic_from_its_file_to_its_end(
    owner: Browser, stranger: Browser, seen: list[Viewing]
) -> None:
    """The file lies with the one web, a worker reads it, both show what comes of it, or neither."""
    brought = {"export": ("export.zip", export("maya", seen))}
    asked = {"of": "export", "period": "all"}
    sent = owner.submit("/", to="/mosaics", data=asked, files=brought)
    page = owner.result_of(sent.headers["Location"])
    ends = (".jpg", ".pdf", "/zoom", "/zoom.json", "/tiles/0/0/0.jpg")
    shows = [f"{page}{end}" for end in ends]
    for path in shows:
        one, other = owner.ask("GET", path), owner.ask("GET", path)
        assert [one.status_code, other.status_code] == [200, 200], path
        assert path.endswith("/zoom") or one.content == other.content
        assert [stranger.ask("GET", path).status_code for _ in range(2)] == [404, 404]
    owner.submit(page, to=f"{page}/share", data={"members": "1"})
    assert all("Keep it to yourself" in owner.ask("GET", page).text for _ in range(2))
    owner.submit(f"{page}/delete", to=f"{page}/delete")
    left = [owner.ask("GET", path).status_code for path in [page, *shows] for _ in range(2)]
    assert set(left) == {404}


def _picture_on(page: str) -> str:
    found = re.search(r"/mosaics/[0-9a-f]+\.jpg", page)
    assert found, page
    return found[0]


_SOME = (
    "unit/test_workers.py",
    "worker/test_worker.py::test_a_task_is_done",
    "worker/test_worker.py::test_a_killed_workers_task_is_done_by_the_next",
    "worker/test_worker.py::test_what_may_pass_is_tried_again",
    "worker/test_worker.py::test_tasks_of_one_account_never_overlap",
    "web/test_tasks.py::test_an_open_task_reloads_its_page_and_says_how_far_it_is",
    "web/test_tasks.py::test_a_running_task_is_stopping_until_it_has_stopped",
)
_ALL = (
    "unit/test_tasks.py",
    "unit/test_workers.py",
    "unit/test_schedules.py",
    "unit/test_progress.py",
    "unit/test_library_tasks.py",
    "unit/test_notifications.py",
    "worker/test_worker.py",
    "worker/test_corrections.py",
    "worker/test_shelf_day.py",
    "web/test_tasks.py",
    "web/test_mosaics.py",
    "web/test_recipes.py",
    "web/test_film_imports.py",
    "web/test_play_imports.py",
    "web/test_shelf_imports.py",
    "web/test_library_imports.py",
)
_TESTED, _SECONDS = (_ALL, 2_700) if FULL else (_SOME, 300)
_A_START = 20_000  # bytes: what a program sends that begins on a database, and more


def test_the_tests_of_tasks_pass_over_two_webs_and_three_workers(tmp_path: Path) -> None:
    """Each worker that they start is on the next host; each request goes to the other web."""
    with abroad(tmp_path) as hosts:
        told = hosts.test(_TESTED, _SECONDS)

    assert told.troubled == [], told.said
    assert told.number >= len(_TESTED)
    assert len(told.busy) == 5
    assert min(told.busy.values()) > _A_START, told.busy


def _is_up(hosts: Town, count: int) -> None:
    wait(lambda: workers.alive(hosts.house.db) == count, 120, f"{count} runners to live")


def test_all_workers_share_the_tasks_and_each_is_done_once(hosts: Town) -> None:
    names = {hosts.start_worker("quick")[0].name for _ in range(3)}
    _is_up(hosts, 3)

    found = [hosts.house.enqueue("where", seconds=0.1) for _ in range(_TASKS)]

    hosts.house.wait_till_done(180)
    assert everything_holds(hosts.house.db) == {"COMPLETE": _TASKS}
    assert all(hosts.house.task(task_id).attempt == 1 for task_id in found)
    assert hosts.effects() == dict.fromkeys(found, 1)
    assert set(hosts.where().values()) == names
    assert min(Counter(hosts.where().values()).values()) > 1


_PATIENCE = """
    SELECT current_setting('tcp_keepalives_idle'), current_setting('tcp_keepalives_interval'),
           current_setting('tcp_keepalives_count'), current_setting('tcp_user_timeout')
"""


@pytest.mark.parametrize("action", ["where", "hold"])
def test_a_host_that_is_cut_off_loses_its_task_and_goes_on_later(hosts: Town, action: str) -> None:
    """`where`: it does it to the end and says so late, when another has done it meanwhile.

    `hold`: it is in the middle of a transaction, and has or wants a row that all others want.
    """
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
    (begun_anew,) = [task_id for task_id in found if hosts.house.task(task_id).crashes]
    assert hosts.house.task(begun_anew).attempt == 2
    assert workers.alive(hosts.house.db) == 2
    assert lost.name not in {hosts.where()[task_id] for task_id in found[3:]}
    assert worker.poll() is None

    lost.join()
    _is_up(hosts, 3)
    more = [hosts.house.enqueue("where", seconds=0.2) for _ in range(_TASKS)]
    hosts.house.wait_till_done(180)
    assert everything_holds(hosts.house.db) == {"COMPLETE": len(found) + len(more)}
    assert lost.name in {hosts.where()[task_id] for task_id in more}
    # What the lost one did to its end counts for nothing, though it was the first to be there.
    assert set(hosts.ends()[begun_anew]) == ({1, 2} if action == "where" else {2})
    assert hosts.effects() == dict.fromkeys([*found, *more], 1)

"""A task's page: how far it is, the way on from it, and that it is nobody else's business."""

import io
import re

import pytest
from flask import Flask

from database import tasks
from database.owner import Owner
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house, member

JSON = {"Accept": "application/json"}


@pytest.fixture
def carol(app: Flask) -> Visitor:
    return member(app, "carol")


@pytest.fixture
def worker(app: Flask) -> StandIn:
    return StandIn(house(app).db)


def ask(visitor: Visitor, name: str = "dave") -> str:
    """Ask for a mosaic; return the address of its task."""
    answer = visitor.submit("/", to="/mosaics", letterboxd_username=name, period="month")
    assert answer.status_code == 303
    return str(answer.location)


def refresh(page: str) -> str | None:
    found = re.search(r'http-equiv="refresh" content="(\d+)"', page)
    return found[1] if found else None


def test_an_open_task_reloads_its_page_and_says_how_far_it_is(
    bob: Visitor, worker: StandIn
) -> None:
    address = ask(bob)
    assert "Waiting for its turn" in bob.get(address).text

    worker.say(worker.take(), "Fetching posters", 23, 50)

    page = bob.get(address).text
    assert "Fetching posters" in page and "23 of 50" in page
    assert re.search(r'<progress[^>]* value="23" max="50"', page)
    assert refresh(page) == "1"


def test_reloading_can_be_stopped_and_begun_again(bob: Visitor) -> None:
    address = ask(bob)

    assert f'href="{address}?live=0"' in bob.get(address).text
    still = bob.get(f"{address}?live=0").text
    assert refresh(still) is None
    assert f'href="{address}">Update this page by itself' in still


def test_a_waiting_task_says_how_many_go_first(bob: Visitor, carol: Visitor) -> None:
    ask(carol, "first")

    assert "behind 1 other" in bob.get(ask(bob)).text


def test_complete_leads_to_the_result(bob: Visitor, worker: StandIn) -> None:
    address = ask(bob)
    worker.finish(worker.take(), {"mosaic": "m", "result_url": "/user/dave"})

    answer = bob.get(address)

    assert (answer.status_code, answer.location) == (303, "/user/dave")


def test_error_leads_home_with_the_message_and_the_name(bob: Visitor, worker: StandIn) -> None:
    address = ask(bob, "nobody_there")
    worker.fail(worker.take(), "nobody_there has no Letterboxd feed.")

    answer = bob.get(address)
    assert (answer.status_code, answer.location) == (303, f"/?task={address.split('/')[-1]}")
    home = bob.get(str(answer.location)).text

    assert "nobody_there has no Letterboxd feed." in home
    assert 'value="nobody_there"' in home


def test_somebody_elses_error_is_not_shown_at_home(
    bob: Visitor, carol: Visitor, worker: StandIn
) -> None:
    address = ask(bob, "secret")
    worker.fail(worker.take(), "secret has no Letterboxd feed.")

    assert "secret" not in carol.get(f"/?task={address.split('/')[-1]}").text


def test_a_try_that_failed_says_when_the_next_is(bob: Visitor, worker: StandIn) -> None:
    address = ask(bob)
    worker.fail(worker.take(), "Letterboxd does not answer.", retry_after=60)

    page = bob.get(address).text

    assert "Trying again soon" in page and "Letterboxd does not answer." in page


def test_cancelling_a_waiting_task(bob: Visitor) -> None:
    address = ask(bob)

    answer = bob.submit(address, to=f"{address}/cancel")

    assert (answer.status_code, answer.location) == (303, address)
    page = bob.get(address).text
    assert "Cancelled" in page and refresh(page) is None


def test_a_running_task_is_stopping_until_it_has_stopped(bob: Visitor, worker: StandIn) -> None:
    address = ask(bob)
    task = worker.take()
    bob.submit(address, to=f"{address}/cancel")
    assert "Stopping…" in bob.get(address).text

    worker.stop(task)

    assert "Run again" in bob.get(address).text


def test_a_task_whose_file_is_gone_is_not_run_again(guest: Visitor) -> None:
    typed = {"of": "export", "period": "all", "export": (io.BytesIO(b"zipped"), "my.zip")}
    address = str(guest.submit("/", to="/mosaics", **typed).location)
    guest.submit(address, to=f"{address}/cancel")
    assert "Run again" not in guest.get(address).text

    answer = guest.submit("/", to=f"{address}/again")

    assert answer.status_code == 409
    assert "bring the file again" in answer.text


def test_a_failed_task_can_be_tried_again_from_home(bob: Visitor, worker: StandIn) -> None:
    address = ask(bob)
    worker.fail(worker.take(), "Letterboxd does not answer.")
    home = str(bob.get(address).location)
    assert f'action="{address}/again"' in bob.get(home).text

    answer = bob.submit(home, to=f"{address}/again")

    assert answer.status_code == 303 and answer.location != address
    assert "Waiting for its turn" in bob.get(str(answer.location)).text


def test_a_failed_export_is_not_tried_again_and_leaves_the_name_alone(
    bob: Visitor, worker: StandIn
) -> None:
    typed = {"of": "export", "period": "year:2020", "export": (io.BytesIO(b"no zip"), "my.zip")}
    address = str(bob.submit("/", to="/mosaics", **typed).location)
    worker.fail(worker.take(), "This is no export of Letterboxd's.")

    home = bob.get(str(bob.get(address).location)).text

    assert "This is no export" in home and f"{address}/again" not in home
    assert 'name="letterboxd_username" type="text" value=""' in home
    assert '<option value="year:2020" selected>' in home
    assert "None" not in home


def test_running_again_is_a_new_task(bob: Visitor) -> None:
    address = ask(bob)
    bob.submit(address, to=f"{address}/cancel")

    answer = bob.submit(address, to=f"{address}/again")

    assert answer.status_code == 303 and answer.location != address


def test_a_script_is_told_the_same(bob: Visitor, worker: StandIn) -> None:
    address = ask(bob)
    task = worker.take()
    worker.say(task, "Building", 3, 4)
    told = bob.client.get(address, headers=JSON)
    assert told.json == {
        "task": address.split("/")[-1],
        "action": "create_mosaic",
        "status": "PROGRESSING",
        "progress_msg": "Building",
        "error_msg": None,
        "done": 3,
        "of": 4,
        "result_url": None,
    }

    worker.finish(task, {"result_url": "/user/dave"})

    told = bob.client.get(address, headers=JSON)
    assert told.status_code == 200
    assert told.json and (told.json["status"], told.json["result_url"]) == (
        "COMPLETE",
        "/user/dave",
    )


def test_a_script_reads_an_error_as_an_answer(bob: Visitor, worker: StandIn) -> None:
    address = ask(bob)
    worker.fail(worker.take(), "dave has no films for this period.")

    told = bob.client.get(address, headers=JSON)

    assert told.status_code == 200
    assert told.json and told.json["error_msg"] == "dave has no films for this period."


@pytest.mark.parametrize("who", ["carol", "guest"])
def test_a_task_is_nobody_elses(
    request: pytest.FixtureRequest, who: str, bob: Visitor, alice: Visitor
) -> None:
    stranger: Visitor = request.getfixturevalue(who)
    address = ask(bob)

    assert stranger.get(address).status_code == 404
    assert stranger.submit("/", to=f"{address}/cancel").status_code == 404
    assert stranger.submit("/", to=f"{address}/again").status_code == 404
    assert alice.get(address).status_code == 200


def test_a_guest_keeps_their_own(guest: Visitor) -> None:
    assert guest.get(ask(guest)).status_code == 200


def test_the_list_holds_ones_own_and_the_admins_everybodys(
    bob: Visitor, carol: Visitor, alice: Visitor
) -> None:
    assert "Nothing has been asked for yet" in bob.get("/tasks").text
    ask(bob, "of_bob")
    ask(carol, "of_carol")

    mine, all_of_them = bob.get("/tasks").text, alice.get("/tasks").text

    assert "of_bob" in mine and "of_carol" not in mine
    assert "of_bob" in all_of_them and "of_carol" in all_of_them
    assert "of_carol" not in alice.get("/tasks?whose=own").text


def test_a_page_of_the_list_leads_to_the_next(bob: Visitor, app: Flask) -> None:
    with house(app).db.writing() as session:
        for number in range(51):
            args = {"letterboxd_username": f"name{number}"}
            tasks.enqueue(session, "create_mosaic", args, owner=Owner(bob.id))

    first = bob.get("/tasks").text
    older = re.search(r'rel="next" href="([^"]+)"', first)

    assert older and "name0<" in bob.get(older[1].replace("&amp;", "&")).text

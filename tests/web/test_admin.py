"""Looking after the house: its people and what runs by itself."""

from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import clock, counters, hardware
from core.plays import Heard, Named, Source
from database import (
    backups,
    children,
    goodbyes,
    people,
    provider_paces,
    schedules,
    tasks,
    tokens,
)
from database.children import NewChild
from database.models import PersonSession, Task
from database.owner import HOUSE, Owner
from database.play_intake import Intake
from database.schedules import Plan
from tests.web.conftest import PASSWORD, Visitor, house

OTHER = "another long password"


def test_a_person_is_added_and_can_log_in(alice: Visitor, guest: Visitor) -> None:
    added = alice.submit("/admin/people", username="carol", password=PASSWORD)

    assert added.status_code == 303
    assert guest.submit("/login", username="carol", password=PASSWORD).status_code == 303
    assert guest.get("/admin").status_code == 403


def test_a_new_password_logs_them_out(
    app: Flask, alice: Visitor, bob: Visitor, guest: Visitor
) -> None:
    with house(app).db.writing() as session:
        his, hers = (tokens.add(session, one.id, "a script") for one in (bob, alice))
    page = f"/admin/people/{bob.id}"
    assert alice.submit(page, to=f"{page}/password", password="short").status_code == 422

    assert alice.submit(page, to=f"{page}/password", password=OTHER).status_code == 303

    assert bob.get("/account").status_code == 303
    for token, status in ((his, 401), (hers, 200)):
        said = {"Authorization": f"Bearer {token}"}
        assert guest.get("/films", headers=said).status_code == status
    assert guest.submit("/login", username="bob", password=OTHER).status_code == 303


def test_ones_own_password_takes_the_current_one_first(alice: Visitor, guest: Visitor) -> None:
    page = f"/admin/people/{alice.id}"

    refused = alice.submit(page, to=f"{page}/password", password=OTHER)

    assert refused.status_code == 409
    assert "your account" in refused.text
    assert guest.submit("/login", username="alice", password=PASSWORD).status_code == 303


def test_other_rights_begin_with_a_new_session(alice: Visitor, bob: Visitor) -> None:
    page = f"/admin/people/{bob.id}"

    alice.submit(page, to=f"{page}/admin", is_admin="1")

    assert bob.get("/account").status_code == 303
    assert alice.get("/admin").status_code == 200


@pytest.mark.parametrize("said", [{}, {"is_admin": "perhaps"}])
def test_rights_stay_as_they_are_unless_it_is_said_which(
    app: Flask, alice: Visitor, bob: Visitor, said: dict[str, str]
) -> None:
    page = f"/admin/people/{bob.id}"
    alice.submit(page, to=f"{page}/admin", is_admin="1")

    assert alice.submit(page, to=f"{page}/admin", **said).status_code == 422

    with house(app).db.reading() as session:
        assert people.get(session, bob.id).is_admin


def test_who_did_what_to_whom_is_in_the_log(
    alice: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "webapp.admin")
    alice.submit("/admin/people", username="carol", password=PASSWORD)
    page = f"/admin/people/{alice.id + 1}"
    alice.submit(page, to=f"{page}/password", password=OTHER)
    alice.submit(page, to=f"{page}/admin", is_admin="1")
    alice.submit(f"{page}/delete", name="carol")

    said = [record.getMessage() for record in caplog.records if "webapp.admin" in record.name]

    assert len(said) == 4
    assert all("'alice'" in one and "'carol'" in one and "127.0.0.1" in one for one in said)
    assert not any(PASSWORD in one or OTHER in one for one in said)


def test_the_last_admin_stays(app: Flask, alice: Visitor, bob: Visitor, guest: Visitor) -> None:
    page = f"/admin/people/{alice.id}"

    assert alice.submit(page, to=f"{page}/admin", is_admin="0").status_code == 409
    gone = alice.submit(f"{page}/delete", name="alice")
    assert gone.status_code == 409
    with house(app).db.reading() as session:
        assert people.get(session, alice.id).is_admin

    alice.submit(page, to=f"/admin/people/{bob.id}/admin", is_admin="1")
    left = alice.submit(page, to=f"{page}/admin", is_admin="0")
    assert (left.status_code, left.location) == (303, "/")
    assert alice.get("/admin").status_code == 403
    assert guest.submit("/login", username="bob", password=PASSWORD).status_code == 303
    assert guest.get("/admin").status_code == 200


def test_a_person_goes_with_all_that_is_theirs(app: Flask, alice: Visitor, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        tasks.enqueue(session, "create_mosaic", {}, owner=Owner(bob.id))
    page = f"/admin/people/{bob.id}/delete"
    assert alice.submit(page, name="bib").status_code == 422

    assert alice.submit(page, name=" BOB ").status_code == 303

    assert bob.get("/account").status_code == 303
    with house(app).db.reading() as session:
        assert [one.name for one in people.listed(session)] == ["alice"]
        assert session.scalar(select(func.count()).select_from(Task)) == 0
        kept = session.scalars(select(PersonSession.person_id)).all()
    assert set(kept) == {alice.id}


def test_who_has_many_plays_goes_by_a_task(
    app: Flask, alice: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(goodbyes, "AT_ONCE", 0)
    one = Heard(Named("Spoon", ("Can",)), 1_700_000_000_000, Source.LASTFM, 1)
    with house(app).db.writing() as session:
        kim = children.add(session, bob.id, NewChild(name="Kim"))
        Intake(kim.id).take(session, [one])
    page = f"/admin/people/{bob.id}/delete"
    shown = alice.get(page).text
    assert "1 play " in shown and "profile of Kim" in shown

    assert "/tasks/" in alice.submit(page, name="bob").location

    assert bob.get("/account").status_code == 303
    with house(app).db.reading() as session:
        task = session.scalars(select(Task)).one()
        assert (task.action, task.person_id) == ("remove_person", alice.id)
    assert "no password" in alice.get(f"/admin/people/{bob.id + 1}").text


def test_a_schedule_is_switched_off_and_on(app: Flask, alice: Visitor) -> None:
    db = house(app).db
    with db.writing() as session:
        schedules.set_up(session, [Plan("clean up", "clean_up", "daily 03:47")], "UTC")
    toggle = "/admin/schedules/clean up/toggle"

    alice.submit("/admin", to=toggle, is_on="0")
    with db.reading() as session:
        assert not schedules.listed(session)[0].is_enabled
    alice.submit("/admin", to=toggle, is_on="1")
    with db.reading() as session:
        row = schedules.listed(session)[0]

    assert row.is_enabled
    assert row.next_run_at > clock.now()


def test_the_overview_tells_how_the_house_is(
    app: Flask, alice: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, now = house(app).settings.data, clock.now()
    shown = alice.get("/admin").text
    assert "Nobody was asked" in shown and "held back" not in shown and "never" in shown
    monkeypatch.setattr(hardware, "throttling", lambda: 0x40001)
    monkeypatch.setattr(hardware, "celsius", lambda: 61.2)
    place = backups.folder(data)
    place.mkdir(exist_ok=True)
    (place / backups.name(now - clock.HOUR, "1a2b3c4d")).write_bytes(b"a backup")
    with house(app).db.writing() as session:
        tasks.enqueue(session, "create_mosaic", {}, owner=HOUSE)
        provider_paces.rest(session, "spotify", now + clock.HOUR, "The day's quota is used up.")
    counters.add("calls", "Spotify", 34)
    counters.add("refusals", "Spotify")

    shown = unescape(" ".join(alice.get("/admin").text.split()))

    assert "too little voltage, it is throttled, earlier" in shown
    assert "61 °C" in shown
    assert "34 since the machine was started, 1 refused as too often" in shown
    assert "The day's quota is used up." in shown
    assert "1 waiting, the first since" in shown and "8 B, read back" in shown


def test_it_costs_the_same_for_many_services_and_tasks(
    app: Flask, alice: Visitor, count_queries: list[str]
) -> None:
    seen = []
    for _ in range(2):
        count_queries.clear()
        assert alice.get("/admin").status_code == 200
        seen.append(len(count_queries))
        with house(app).db.writing() as session:
            for number in range(20):
                provider_paces.rest(session, f"one {number}", clock.now() + clock.HOUR, None)
                tasks.enqueue(session, "create_mosaic", {}, owner=HOUSE)

    assert seen[0] == seen[1]


@pytest.mark.parametrize("address", ["/admin/people/999", "/admin/people/999/delete"])
def test_nobody_is_not_there(alice: Visitor, address: str) -> None:
    assert alice.get(address).status_code == 404


def test_the_overview_costs_the_same_for_many(
    app: Flask, alice: Visitor, count_queries: list[str]
) -> None:
    seen = []
    for _ in range(2):
        count_queries.clear()
        alice.get("/admin/people")
        seen.append(len(count_queries))
        with house(app).db.writing() as session:
            for number in range(10):
                name = f"person {len(seen)} {number}"
                wanted = people.NewPerson(username=name, password=PASSWORD)
                people.add(session, wanted, zone="UTC")

    assert seen[0] == seen[1]

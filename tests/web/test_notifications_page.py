"""The page of notifications, and how many are new in every page's header."""

import re

import pytest
from flask import Flask
from sqlalchemy import text

from database import library_tasks, notifications
from database.owner import Owner
from tests import libraries
from tests.stand_in import StandIn
from tests.web.conftest import Visitor, house


@pytest.fixture
def told(app: Flask, alice: Visitor) -> list[str]:
    """Tell alice of an analysis that has failed and of a sync under way; return the tasks."""
    owner = Owner(alice.id)
    with house(app).db.writing() as session:
        kept = libraries.fill(session, alice.id, name="<b>Morning")
        first = library_tasks.ask_analyze(session, owner, "playlist", str(kept.playlist))
        second = library_tasks.ask_sync(session, owner, "library", parts=["playlists"])
    worker = StandIn(house(app).db)
    worker.fail(worker.take("analyze"), "Nobody knows these tracks.")
    return [first.public_id, second.public_id]


def news(page: str) -> str:
    found = re.search(r"<span>(News[^<]*)</span>", page)
    assert found
    return found[1]


def test_it_says_what_became_of_everything(alice: Visitor, told: list[str]) -> None:
    page = alice.get("/notifications").text

    assert "Analysis of the playlist “&lt;b&gt;Morning”" in page
    assert "Nobody knows these tracks." in page
    assert "Sync of your library: playlists" in page and f"/tasks/{told[1]}" in page
    assert f"/tasks/{told[0]}" not in page
    assert page.index("Sync of") < page.index("Analysis of")


def test_the_header_counts_what_is_new(alice: Visitor, told: list[str]) -> None:
    before = news(alice.get("/account").text)

    seen = alice.submit("/notifications", to="/notifications/1/ack")
    again = alice.submit("/notifications", to="/notifications/1/ack")
    one = news(alice.get("/account").text)
    alice.submit("/notifications", to="/notifications/ack")

    assert told and before == "News (2)" and one == "News (1)"
    assert (seen.status_code, again.status_code) == (303, 303)
    page = alice.get("/notifications").text
    assert news(page) == "News" and "seen all" not in page


def test_of_others_nothing_is_seen(bob: Visitor, told: list[str]) -> None:
    """Must show 5: a failure reaches its person only."""
    page = bob.get("/notifications").text

    assert told and news(page) == "News" and "Nothing here" in page
    assert bob.submit("/account", to="/notifications/1/ack").status_code == 404


def test_older_ones_stand_on_further_pages(app: Flask, alice: Visitor) -> None:
    with house(app).db.writing() as session:
        for nth in range(notifications.PAGE + 1):
            notifications.started(session, alice.id, str(nth), "track", "4uLU6h", "sync", {})

    first, second = (alice.get(f"/notifications?page={page}").text for page in (1, 2))

    assert first.count("Sync of a track") == 2 * notifications.PAGE
    assert second.count("Sync of a track") == 2
    assert "Older ones" in first and "Older ones" not in second and "Newer ones" in second
    assert news(first) == f"News ({notifications.PAGE + 1})"
    for odd in ("0", "-3", "x", "9" * 30):
        assert alice.get(f"/notifications?page={odd}").status_code == 200


def test_a_page_is_shown_where_they_cannot_be_counted(app: Flask, alice: Visitor) -> None:
    with house(app).db.writing() as session:
        session.execute(text("ALTER TABLE notifications RENAME TO gone"))

    assert news(alice.get("/account").text) == "News"


def test_the_number_costs_one_question(alice: Visitor, count_queries: list[str]) -> None:
    alice.get("/account")

    assert sum("FROM notifications" in one for one in count_queries) == 1


def test_a_guest_has_none(guest: Visitor, count_queries: list[str]) -> None:
    assert "News" not in guest.get("/login").text
    assert not any("notifications" in one for one in count_queries)

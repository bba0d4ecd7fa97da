"""The basket becomes a playlist at YouTube: its form, how far it is, what it says went wrong."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from core.consents import GOOGLE_SCOPES
from database import baskets, youtube_playlists
from database.baskets import Find
from database.engine import Database
from database.models import Grant, Result, Task, YoutubePlaylist, YoutubeVideo
from database.youtube_filling import FILL
from tests import factories
from tests.web.conftest import Visitor, house
from tests.youtube import ids

JSON = {"Accept": "application/json"}
FORM = "/crates/playlists/new"


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def connect(db: Database, person_id: int, status: str = "OK") -> None:
    with db.writing() as session:
        session.add(
            Grant(
                person_id=person_id, provider="google", subject="UC-bob", subject_name="Bob",
                scopes=" ".join(GOOGLE_SCOPES), access_expires_at=0, authorised_at=0, version=1,
                status=status, created_at=0,
            )
        )  # fmt: skip


def put_in(db: Database, person_id: int, many: int = 3) -> list[str]:
    finds = [
        Find(id_, f"Video <{number}>", 60, 7, "Artefakt (2)", "Falling Into The Light", "Delsin")
        for number, id_ in enumerate(ids(many))
    ]
    with db.writing() as session:
        baskets.add(session, person_id, finds)
    return ids(many)


def tasks_of(db: Database, action: str = FILL) -> list[Task]:
    with db.reading() as session:
        query = select(Task).where(Task.action == action).order_by(Task.id)
        return list(session.scalars(query))


def videos(db: Database) -> list[str]:
    with db.reading() as session:
        query = select(YoutubeVideo.video_id).order_by(YoutubeVideo.position)
        return list(session.scalars(query))


def left(db: Database, person_id: int) -> int:
    with db.reading() as session:
        return baskets.figures(session, person_id).videos


def made(db: Database, bob: Visitor) -> str:
    """Have a playlist asked for; return its address."""
    connect(db, bob.id)
    put_in(db, bob.id)
    assert bob.submit(FORM, to="/crates/playlists", title="Deep").status_code == 303
    with db.reading() as session:
        public_id = session.scalars(select(YoutubePlaylist.public_id)).one()
    return f"/crates/playlists/{public_id}"


def test_what_is_chosen_becomes_a_playlist_and_the_basket_is_empty(
    db: Database, bob: Visitor
) -> None:
    connect(db, bob.id)
    chosen = put_in(db, bob.id)
    with db.writing() as session:
        baskets.choose(session, bob.id, 7, chosen[:2])
    page = bob.get(FORM).text
    assert "<strong>2</strong> videos" in page and 'value="Discogs Playlist"' in page

    answer = bob.submit(FORM, to="/crates/playlists", title="Deep", description="In there")

    (task,) = tasks_of(db)
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.public_id}")
    assert videos(db) == chosen[:2] and left(db, bob.id) == 0


def test_the_basket_may_be_kept(db: Database, bob: Visitor) -> None:
    connect(db, bob.id)
    put_in(db, bob.id)

    bob.submit(FORM, to="/crates/playlists", keep_basket="1")

    assert left(db, bob.id) == len(videos(db)) == 3


def test_how_many_days_it_takes_is_said_before(db: Database, bob: Visitor) -> None:
    connect(db, bob.id)
    put_in(db, bob.id, 397)

    page = bob.get(FORM).text
    assert "about 198 a day" in page and "about 3 days" in page


@pytest.mark.parametrize("status", [None, "RECONNECT"])
def test_without_a_consent_nothing_is_taken(db: Database, bob: Visitor, status: str | None) -> None:
    if status:
        connect(db, bob.id, status)
    put_in(db, bob.id)

    assert "/account/connections" in bob.get(FORM).text
    answer = bob.post(
        "/crates/playlists", json={}, headers=JSON | {"X-CSRFToken": bob.token("/account")}
    )

    assert answer.status_code == 409 and "Google is not connected" in answer.get_json()["error"]
    assert left(db, bob.id) == 3 and not tasks_of(db)


def test_an_empty_basket_is_said_to_be(db: Database, bob: Visitor) -> None:
    connect(db, bob.id)

    assert "Nothing is chosen" in bob.get(FORM).text


@pytest.mark.parametrize(
    "typed", [{"title": "a < b"}, {"title": "x" * 141}, {"description": "<b>"}, {"into": "no id!"}]
)
def test_what_youtube_would_not_take_comes_back(
    db: Database, bob: Visitor, typed: dict[str, str]
) -> None:
    connect(db, bob.id)
    put_in(db, bob.id)

    answer = bob.submit(FORM, to="/crates/playlists", **typed)

    assert answer.status_code == 422 and "Please look again" in answer.text
    assert left(db, bob.id) == 3


def test_ones_own_are_looked_for_and_added_to(db: Database, bob: Visitor) -> None:
    connect(db, bob.id)
    put_in(db, bob.id)
    assert bob.submit(FORM, to="/crates/playlists/look").status_code == 303
    (task,) = tasks_of(db, youtube_playlists.LIST)
    body = {"playlists": [["PL1", "Old finds", 12]]}
    with db.writing() as session:
        session.add(Result(task_id=task.id, attempt=1, body=body, created_at=1))

    assert '<option value="PL1">Old finds (12)</option>' in bob.get(FORM).text
    assert bob.submit(FORM, to="/crates/playlists", into="PL2").status_code == 409
    assert bob.submit(FORM, to="/crates/playlists", into="PL1").status_code == 303

    with db.reading() as session:
        row = session.scalars(select(YoutubePlaylist)).one()
    assert (row.youtube_id, row.title, row.is_existing) == ("PL1", "Old finds", True)


def test_its_page_says_how_far_it_is_and_what_failed(db: Database, bob: Visitor) -> None:
    address = made(db, bob)
    said = "1 of 3 added, the rest tomorrow from 09:00."
    with db.writing() as session:
        session.execute(update(YoutubePlaylist).values(said=said, youtube_id="PL9"))
        of = YoutubeVideo.position
        session.execute(update(YoutubeVideo).where(of == 0).values(state="added"))
        session.execute(
            update(YoutubeVideo).where(of == 2).values(state="dead", reason="It is private.")
        )

    page = bob.get(address).text

    assert "<strong>1 of 3</strong> added, 1 still to be added, 1 that cannot be played" in page
    assert said in page and "https://www.youtube.com/playlist?list=PL9" in page
    assert page.index("It is private.") < page.index("Video &lt;0&gt;")
    assert "Go on" not in page and "How far it is" in page
    assert "1 of 3 added" in bob.get("/crates/playlists").text


def test_the_page_of_its_task_says_when_it_goes_on(db: Database, bob: Visitor) -> None:
    made(db, bob)
    said = "1 of 3 added, the rest tomorrow from 09:00."
    with db.writing() as session:
        session.execute(update(Task).values(error_msg=said, run_at=4_000_000_000_000))
    (task,) = tasks_of(db)

    page = bob.get(f"/tasks/{task.public_id}").text

    assert f"goes on by itself, 2 Oct 2096, 07:06: {said}" in page
    assert "Going on later" in page and "waiting for" not in page


def test_what_has_stopped_can_be_gone_on_with(db: Database, bob: Visitor) -> None:
    address = made(db, bob)
    with db.writing() as session:
        session.execute(update(Task).values(status="ERROR", finished_at=1))
        session.execute(update(YoutubePlaylist).values(said="YouTube did not answer."))
    page = bob.get(address).text
    assert "Go on" in page and "YouTube did not answer." in page

    assert bob.submit(address, to=f"{address}/go-on").status_code == 303

    assert [task.status for task in tasks_of(db)] == ["ERROR", "WAITING"]
    with db.writing() as session:
        session.execute(update(YoutubePlaylist).values(finished_at=1))
    assert bob.submit("/account", to=f"{address}/go-on").status_code == 409


def test_what_is_gone_at_youtube_can_be_made_anew(db: Database, bob: Visitor) -> None:
    address = made(db, bob)
    with db.writing() as session:
        session.execute(update(Task).values(status="ERROR", finished_at=1))
        session.execute(update(YoutubePlaylist).values(said="It was deleted."))
        session.execute(update(YoutubeVideo).values(state="added"))
    page = bob.get(address).text

    assert "Make it anew" in page and "youtube.com/playlist" not in page


def test_what_is_done_or_has_stopped_can_be_taken_off_the_list(
    db: Database, bob: Visitor, alice: Visitor
) -> None:
    address = made(db, bob)
    assert "Take off the list" not in bob.get(address).text
    assert bob.submit("/account", to=f"{address}/delete").status_code == 409
    with db.writing() as session:
        session.execute(update(YoutubePlaylist).values(finished_at=1, youtube_id="PL9", part=2))
    # It is full, and its task is about to end.
    assert bob.submit("/account", to=f"{address}/delete").status_code == 409
    with db.writing() as session:
        session.execute(update(Task).values(status="COMPLETE", finished_at=1))
        halted = factories.youtube_playlist(session, bob.id, title="Halted").public_id

    assert alice.submit("/account", to=f"{address}/delete").status_code == 404
    assert bob.submit(address, to=f"{address}/delete").location == "/crates/playlists"

    page = bob.get("/crates/playlists").text
    assert "“Deep (part 2)” is off the list. What is at YouTube stays." in page
    assert bob.get(address).status_code == 404 and videos(db) == []
    bob.submit(f"/crates/playlists/{halted}", to=f"/crates/playlists/{halted}/delete")
    assert "None was made yet" in bob.get("/crates/playlists").text


def test_a_script_is_told_how_far_it_is(db: Database, bob: Visitor) -> None:
    address = made(db, bob)

    with db.writing() as session:
        session.execute(update(YoutubeVideo).values(item_id=""))
    told = bob.get(address, headers=JSON).get_json()
    listed = bob.get("/crates/playlists", headers=JSON).get_json()["playlists"]

    assert listed == [told["playlist"]]
    counts = {"waiting": 3, "added": 0, "dead": 0, "duplicate": 0, "failed": 0}
    assert (told["playlist"]["counts"], told["playlist"]["state"]) == (counts, "under way")
    assert [one["video_id"] for one in told["videos"]] == ids(3)
    assert {one["item_id"] for one in told["videos"]} == {None}

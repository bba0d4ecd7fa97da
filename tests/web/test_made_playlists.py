"""Playlists out: lists to take along, what has one made at Spotify, and how far that is."""

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core.consents import SPOTIFY_READS, SPOTIFY_WRITES
from core.library import ArtistTold, TrackTold
from core.settings import Settings
from database import library_items, notifications, tasks
from database.engine import Database
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.models import Grant, MadePlaylist, Playlist, Task
from tests import factories, libraries
from tests.libraries import Library
from tests.web.conftest import Visitor, house
from tests.web.test_listening_pages import CAN, NEU, bring

JSON = {"Accept": "application/json"}
LIKED = "/library/make?of=liked"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With an app at Spotify."""
    return settings.model_copy(update={"spotify_client_id": "an-app"})


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def filled(db: Database, bob: Visitor) -> Library:
    with db.writing() as session:
        return libraries.fill(session, bob.id)


def connect(db: Database, person_id: int, *, writes: bool = True, status: str = "OK") -> None:
    """Let somebody have connected Spotify, to read or to write as well."""
    scopes = SPOTIFY_READS + (SPOTIFY_WRITES if writes else ())
    with db.writing() as session:
        session.add(
            Grant(
                person_id=person_id, provider="spotify", subject="somebody", subject_name="Ada",
                scopes=" ".join(scopes), access_expires_at=0, authorised_at=0, version=1,
                status=status, created_at=0,
            )
        )  # fmt: skip


def put_in(db: Database) -> list[Task]:
    with db.reading() as session:
        return list(session.scalars(select(Task).order_by(Task.id)))


def made(db: Database) -> MadePlaylist:
    with db.reading() as session:
        return session.scalars(select(MadePlaylist)).one()


def test_the_page_leads_to_every_list(filled: Library, bob: Visitor) -> None:
    page = bob.get("/library/make").text
    leads = re.findall(r'href="(/library/make\?[^"]+)"', page)

    assert len(leads) == 6 and filled
    for address in leads:
        assert bob.get(address.replace("&amp;", "&")).status_code == 200, address
    for path in (
        f"playlists/{filled.playlist}?tab=tracks",
        f"albums/{filled.album}",
        f"artists/{filled.artist}",
        "liked",
    ):
        assert "/library/make?of=" in bob.get(f"/library/{path}").text, path


def test_a_list_says_how_many_spotify_knows(db: Database, filled: Library, bob: Visitor) -> None:
    assert filled
    with db.writing() as session:
        bare = LibraryIntake().tracks(session, [TrackTold("Of a file", (ArtistTold("Nobody"),))])
        library_items.replace(session, bob.id, "track", "file", [Entry(bare[0], None)])

    page = bob.get(LIKED).text

    assert "3 of 4" in page and "the others are left out" in page
    assert "not known at Spotify" in page


def test_the_happiest_come_first_and_say_how_happy(filled: Library, bob: Visitor) -> None:
    page = bob.get(f"{LIKED}&by=valence").text

    assert filled and "Liked songs: happiest first" in page
    assert page.index("Song 2") < page.index("Song 1") < page.index("Song 0")
    assert "0.200" in page


def test_what_was_played_most_is_listed_too(db: Database, bob: Visitor) -> None:
    bring(db, bob.id, [(CAN, "2024-01-01T20:15"), (CAN, "2024-01-02T20:15")])
    bring(db, bob.id, [(NEU, "2024-02-02T20:15")])

    address = "/library/make?of=top&since=2024-01-01&until=2024-02-01"
    assert "Most played 2024-01-01 to 2024-02-01" in bob.get(address).text
    told = bob.get(address, headers=JSON).get_json()["tracks"]
    assert [(one["track_name"], one["plays"]) for one in told] == [(CAN.title, 2)]
    assert address.split("?")[1].replace("&", "&amp;") in (
        bob.get("/listening/tracks?since=2024-01-01&until=2024-02-01").text
    )


@pytest.mark.parametrize("of", ["top", "forgotten", "owned", "liked"])
def test_where_there_is_nothing_it_says_what_to_do(bob: Visitor, of: str) -> None:
    answer = bob.get(f"/library/make?of={of}")

    assert answer.status_code == 200 and "No tracks like that" in answer.text


def test_where_nobody_knows_how_tracks_sound_they_have_no_such_order(
    db: Database, bob: Visitor
) -> None:
    with db.writing() as session:
        libraries.fill(session, bob.id, known=0)

    assert "Of none of them it is known how they sound" in bob.get(f"{LIKED}&by=valence").text


def test_how_many_are_shown_of_more_is_said(filled: Library, bob: Visitor) -> None:
    page = f"/library/playlists/{filled.playlist}"

    assert f"of=playlist&amp;item={filled.playlist}&amp;limit=500" in bob.get(page).text
    assert "These are the first 2: “Choose otherwise”" in bob.get(f"{LIKED}&limit=2").text
    assert "These are the first" not in bob.get(LIKED).text


def test_what_makes_no_sense_comes_back_with_a_sentence(filled: Library, bob: Visitor) -> None:
    assert filled
    for query in (
        "of=all",
        "of=playlist",
        "of=liked&limit=501",
        "of=top&since=soon",
        "of=top&by=x",
    ):
        answer = bob.get(f"/library/make?{query}")
        assert answer.status_code == 422 and "Please look again" in answer.text, query
        assert bob.get(f"/library/make?{query}", headers=JSON).status_code == 422, query
    assert bob.get("/library/make?of=playlist&item=99").status_code == 404


def test_anothers_playlist_makes_no_list(filled: Library, alice: Visitor) -> None:
    assert alice.get(f"/library/make?of=playlist&item={filled.playlist}").status_code == 404


def test_a_file_needs_no_account_and_holds_no_formula(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        odd = TrackTold("=1+1", (ArtistTold("@SUM(A1)"), ArtistTold("Can")), None, "odd")
        ids = LibraryIntake().tracks(session, [odd])
        library_items.replace(session, bob.id, "track", "spotify", [Entry(ids[0], None)])

    answer = bob.get(f"{LIKED}&format=csv")
    row = next(csv.DictReader(io.StringIO(answer.text)))

    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    assert (row["track_name"], row["artists"], row["track_id"]) == (
        "'=1+1",
        "'@SUM(A1); Can",
        "odd",
    )


def test_the_button_puts_in_a_task_and_settles_what_is_on_it(
    db: Database, filled: Library, bob: Visitor
) -> None:
    connect(db, bob.id)
    page = bob.get(f"{LIKED}&by=tempo").text
    hidden = dict(re.findall(r'type="hidden" name="(of|by|limit)" value="([^"]+)"', page))

    answer = bob.submit(LIKED, to="/library/make", **hidden, name="Fast & loud", description="")

    assert answer.status_code == 303 and hidden == {"of": "liked", "by": "tempo"}
    (task,) = put_in(db)
    row = made(db)
    assert (task.action, task.args, task.lock_key) == (
        "make_playlist",
        {"made_id": row.id},
        f"spotify:{bob.id}",
    )
    assert row.uris == [f"spotify:track:track{nth}" for nth in (2, 1, 0)] and filled
    with db.reading() as session:
        (told,) = notifications.listed(session, bob.id)
    assert (told.resource, told.operation, told.extras) == (
        "playlist",
        "sync",
        {"makes": "Fast & loud"},
    )
    assert "Making the playlist “Fast &amp; loud”" in bob.get("/notifications").text


def test_pressed_twice_it_is_one_playlist(db: Database, filled: Library, bob: Visitor) -> None:
    connect(db, bob.id)
    said = {"of": "liked", "name": "Best"}
    first = bob.submit(LIKED, to="/library/make", **said)

    assert bob.submit(LIKED, to="/library/make", **said).location == first.location
    assert made(db) and len(put_in(db)) == 1 and filled
    bob.submit(LIKED, to="/library/make", **said | {"limit": "2"})
    assert len(put_in(db)) == 2


def test_what_is_typed_wrong_comes_back_with_the_list(
    db: Database, filled: Library, bob: Visitor
) -> None:
    connect(db, bob.id)
    for said in ({"name": ""}, {"name": "x" * 101}, {"name": "a", "description": "b" * 271}):
        answer = bob.submit(LIKED, to="/library/make", of="liked", **said)

        assert answer.status_code == 422 and "Please look again" in answer.text, said
        assert "Song 1" in answer.text
    assert bob.submit(LIKED, to="/library/make", name="a").status_code == 422
    assert put_in(db) == [] and filled


@pytest.mark.parametrize(
    ("grant", "words"),
    [
        (None, "Connect Spotify"),
        ({"writes": False}, "Allow it"),
        ({"status": "RECONNECT"}, "Connect Spotify"),
    ],
)
def test_without_leave_to_write_the_page_says_how_to_give_it(
    db: Database, filled: Library, bob: Visitor, grant: dict[str, Any] | None, words: str
) -> None:
    assert filled
    if grant is not None:
        connect(db, bob.id, **grant)

    page = bob.get(LIKED).text
    found = re.search(r'href="(/account/connections\?[^"]+)"', page)

    assert found and words in page and "Make it at Spotify" not in page
    assert found[1] == (
        "/account/connections?scopes=write&amp;next=/library/make?of%3Dliked#spotify"
    )
    onward = bob.get(found[1].replace("&amp;", "&")).text
    is_over = grant == {"status": "RECONNECT"}
    assert ('name="next" value="/library/make?of=liked"' in onward) is not is_over
    answer = bob.submit("/account", to="/library/make", of="liked", name="Best")
    assert answer.status_code == 409 and put_in(db) == []


def test_nothing_is_made_of_what_spotify_does_not_know(db: Database, bob: Visitor) -> None:
    connect(db, bob.id)
    with db.writing() as session:
        bare = LibraryIntake().tracks(session, [TrackTold("Of a file", (ArtistTold("Nobody"),))])
        library_items.replace(session, bob.id, "track", "file", [Entry(bare[0], None)])

    answer = bob.submit(LIKED, to="/library/make", of="liked", name="Best")
    assert answer.status_code == 409 and "nothing to put on it" in answer.text
    answer = bob.submit(LIKED, to="/library/make", of="liked", name="Best", look="1")
    assert answer.status_code == 303
    (sought,) = made(db).sought or []
    assert (sought["after"], sought["title"], sought["artist"]) == (0, "Of a file", "Nobody")


def test_those_made_are_listed_with_how_far_they_are(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        factories.made_playlist(session, bob.id, name="Done", done=2, spotify_id="x", finished_at=1)
        stopped = factories.made_playlist(session, bob.id, name="Halted", done=1, left_out=3)

    page = bob.get("/library/made").text
    assert "https://open.spotify.com/playlist/x" in page and "3 left out" in page
    assert page.count("Go on") == 2  # the button, and what it is read out as

    answer = bob.submit("/library/made", to=f"/library/made/{stopped.public_id}/go-on")
    assert answer.status_code == 303
    assert f'href="{answer.location}"' in bob.get("/library/made").text
    told = bob.get("/library/made", headers=JSON).get_json()["playlists"]
    assert [(one["name"], one["state"], one["done"], one["tracks"]) for one in told] == [
        ("Halted", "under way", 1, 2),
        ("Done", "made", 2, 2),
    ]
    assert bob.get("/library/made?format=csv").mimetype == "text/csv"


def test_one_that_stopped_says_why(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        row = factories.made_playlist(session, bob.id)
    task = bob.submit("/library/made", to=f"/library/made/{row.public_id}/go-on").location
    with db.writing() as session:
        found = session.scalars(select(Task)).one()
        session.execute(
            update(Task).values(status="ERROR", error_msg="Spotify is away.", finished_at=1)
        )
        assert tasks.is_open(session, str(found.dedup_key)) is False

    page = bob.get("/library/made").text
    assert "Stopped: Spotify is away." in page and task not in page


def test_what_is_made_is_not_gone_on_with(db: Database, bob: Visitor, alice: Visitor) -> None:
    with db.writing() as session:
        row = factories.made_playlist(session, bob.id, finished_at=1)
    address = f"/library/made/{row.public_id}/go-on"

    assert bob.submit("/account", to=address).status_code == 409
    assert alice.submit("/account", to=address).status_code == 404
    assert put_in(db) == []


def test_what_is_made_or_has_stopped_can_be_taken_off_the_list(
    db: Database, bob: Visitor, alice: Visitor
) -> None:
    with db.writing() as session:
        told = {"name": "Old <one>", "spotify_id": "x", "finished_at": 1}
        old = factories.made_playlist(session, bob.id, **told)
        halted = factories.made_playlist(session, bob.id, name="Halted")
        other = factories.made_playlist(session, bob.id, name="Another")
    bob.submit("/library/made", to=f"/library/made/{other.public_id}/go-on")
    page = bob.get("/library/made").text
    assert "Take Old &lt;one&gt; off" in page and "Take Halted off" in page
    assert "Take Another off" not in page

    for one, status in ((other, 409), (halted, 303), (old, 303)):
        address = f"/library/made/{one.public_id}/delete"
        assert alice.submit("/account", to=address).status_code == 404
        assert bob.submit("/library/made", to=address).status_code == status

    assert "“Old &lt;one&gt;” is off the list" in bob.get("/library/made").text
    left = bob.get("/library/made", headers=JSON).get_json()["playlists"]
    assert [one["name"] for one in left] == ["Another"]


def test_what_a_task_is_still_at_stays_on_the_list(db: Database, bob: Visitor) -> None:
    """It is made, and being taken into the library."""
    with db.writing() as session:
        row = factories.made_playlist(session, bob.id)
    address = f"/library/made/{row.public_id}"
    bob.submit("/library/made", to=f"{address}/go-on")
    with db.writing() as session:
        session.execute(update(MadePlaylist).values(finished_at=1))

    assert bob.submit("/account", to=f"{address}/delete").status_code == 409
    assert made(db).id == row.id


def test_more_of_them_cost_no_more_questions(
    db: Database, bob: Visitor, count_queries: list[str]
) -> None:
    seen = []
    for many in (1, 20):
        with db.writing() as session:
            for _ in range(many):
                factories.made_playlist(session, bob.id)
        count_queries.clear()
        assert bob.get("/library/made").status_code == 200
        seen.append(len(count_queries))

    assert seen[0] == seen[1]


def test_ones_own_playlist_is_described(
    db: Database, filled: Library, bob: Visitor, alice: Visitor
) -> None:
    page = f"/library/playlists/{filled.playlist}"
    address = f"{page}/description"
    assert "Describe it" not in bob.get(page).text
    connect(db, bob.id)
    assert "Describe it" in bob.get(page).text

    assert bob.submit(page, to=address, description="x" * 301).status_code == 422
    assert alice.submit("/account", to=address, description="x").status_code == 404
    assert put_in(db) == []
    assert bob.submit(page, to=address, description="").status_code == 303
    (task,) = put_in(db)
    assert task.action == "describe_playlist"
    assert task.args == {"playlist_id": filled.playlist, "description": ""}


def test_anothers_playlist_in_ones_library_is_not_described(
    db: Database, filled: Library, bob: Visitor
) -> None:
    connect(db, bob.id)
    with db.writing() as session:
        session.execute(update(Playlist).values(owner_id="a.friend"))
    page = f"/library/playlists/{filled.playlist}"

    assert "Describe it" not in bob.get(page).text
    assert bob.submit(page, to=f"{page}/description", description="x").status_code == 409
    assert put_in(db) == []

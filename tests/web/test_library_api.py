"""The library's API: shapes, filters, pages, and the tasks that it puts in."""

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core import clock
from core.consents import SPOTIFY_WRITES
from core.library import PlaylistTold
from core.plays import Heard, Named, Source
from database import library_items, library_tasks, listings, tokens
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.models import Grant, LibraryTrack, Person, Playlist, Task
from database.owner import Owner
from database.play_intake import Intake
from tests import libraries
from tests.libraries import Library
from tests.stand_in import StandIn
from tests.web.conftest import HOME, Visitor, house

V1 = "/api/v1"
_PLAYLIST = {
    "id", "name", "spotify_id", "num_tracks", "is_synced", "is_analyzed", "description",
    "owner_id", "version", "image_url", "public", "shared",
}  # fmt: skip
_TRACK = {
    "id", "name", "spotify_id", "duration", "spotify_url", "album_id", "album_name", "album_art",
    "artists", "features",
}  # fmt: skip


@dataclass
class Script:
    """What a script of somebody's asks with: a token, and no cookie."""

    app: Flask
    headers: dict[str, str]

    def ask(self, method: str, path: str, **said: Any) -> tuple[int, Any]:
        with self.app.test_client().open(
            V1 + path, method=method, headers=self.headers, **said
        ) as answer:
            return answer.status_code, answer.get_json(silent=True)

    def get(self, path: str) -> Any:
        status, body = self.ask("GET", path)
        assert status == 200, body
        return body


def script_of(app: Flask, who: Visitor) -> Script:
    with house(app).db.writing() as session:
        token = tokens.add(session, who.id, "a script")
    return Script(app, {"Authorization": f"Bearer {token}"})


@pytest.fixture
def script(app: Flask, alice: Visitor) -> Script:
    return script_of(app, alice)


@pytest.fixture
def kept(app: Flask, alice: Visitor) -> Library:
    with house(app).db.writing() as session:
        return libraries.fill(session, alice.id)


@pytest.fixture
def linked(app: Flask, alice: Visitor) -> None:
    link(app, alice.id)


def link(app: Flask, person_id: int, **said: Any) -> None:
    plain: dict[str, Any] = {"status": "OK", "profile": None}
    with house(app).db.writing() as session:
        session.add(
            Grant(
                person_id=person_id, provider="spotify", subject=f"s{person_id}",
                subject_name="Ali", scopes="", access_expires_at=1, authorised_at=1, version=1,
                created_at=1, **plain | said,
            )
        )  # fmt: skip


def task(app: Flask, public_id: str) -> Task:
    with house(app).db.reading() as session:
        return session.scalars(select(Task).where(Task.public_id == public_id)).one()


def waiting(app: Flask) -> list[str]:
    with house(app).db.reading() as session:
        return list(session.scalars(select(Task.action).order_by(Task.id)))


def test_a_playlist_is_told_with_its_analysis_and_tracks(
    app: Flask, alice: Visitor, script: Script, kept: Library
) -> None:
    before = script.get(f"/browser/playlists/{kept.playlist}")["data"]
    with house(app).db.writing() as session:
        libraries.analyse(session, alice.id, "playlist", str(kept.playlist))

    data = script.get(f"/browser/playlists/{kept.playlist}")["data"]

    assert before["computations"] is None and before["playlist"]["is_analyzed"] is False
    assert data["playlist"].keys() >= _PLAYLIST
    assert (data["playlist"]["version"], data["playlist"]["public"]) == ("snap1", False)
    assert data["playlist"]["is_analyzed"] and data["playlist"]["is_synced"]
    assert data["computations"].keys() >= {"superlatives", "averages", "count", "coverage"}
    assert [one["id"] for one in data["tracks"]] == kept.tracks
    first = data["tracks"][0]
    assert first.keys() >= _TRACK
    assert first["spotify_url"] == "https://open.spotify.com/track/track0"
    assert (first["album_name"], first["duration"]) == ("Tago Mago", 200_000)
    assert first["features"]["key"] == 0 and first["sources"]["key"] == "csv"
    assert first["artists"][0].keys() == {"id", "name", "spotify_id"}


def test_an_album_and_a_single_track_are_told_alike(
    app: Flask, alice: Visitor, script: Script, kept: Library
) -> None:
    """Must show 7: also when they are analysed twice."""
    for _ in range(2):
        with house(app).db.writing() as session:
            libraries.analyse(session, alice.id, "album", str(kept.album))
            libraries.analyse(session, alice.id, "track", str(kept.tracks[0]))

    album = script.get(f"/browser/albums/{kept.album}")["data"]
    track = script.get(f"/browser/tracks/{kept.tracks[0]}")["data"]

    assert album["computations"]["coverage"]["tracks"] == 3
    assert (album["album"]["release_year"], album["album"]["artists"][0]["name"]) == (1971, "Can")
    assert [one["name"] for one in album["album"]["tracks"]] == ["Song 0", "Song 1", "Song 2"]
    assert track["computations"]["coverage"]["tracks"] == 1
    assert track["track"]["features"]["tempo"] == 100.0


def test_filters_stand_in_the_address(app: Flask, alice: Visitor, script: Script) -> None:
    """Must show 6: "private" lists no public one."""
    names = ("Alpha", "beta", "gamma")
    with house(app).db.writing() as session:
        told = [
            PlaylistTold(name, name, "s", "somebody", is_public=public)
            for name, public in zip(names, (True, False, None), strict=True)
        ]
        ids = LibraryIntake().playlists(session, told)
        library_items.replace(session, alice.id, "playlist", "spotify", map(Entry, ids))

    def listed(query: str) -> list[str]:
        return [one["name"] for one in script.get(f"/browser/playlists?{query}")["data"]]

    assert listed("private=1") == listed("private=true") == ["beta"]
    assert listed("private=0") == ["Alpha", "gamma"]
    assert listed("public=TRUE") == ["Alpha"]
    assert listed("sort=name&name_dir=desc") == ["gamma", "beta", "Alpha"]
    assert listed("name=A&num_tracks_lt=1&page_size=2&page=2") == ["gamma"]
    assert listed("public=1&public=0&nonsense=x") == ["Alpha"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/browser/playlists?public=yes", "public"),
        ("/browser/playlists?sort=owner", "sort"),
        ("/browser/playlists?num_tracks_gt=many", "num_tracks_gt"),
        ("/browser/playlists?page_size=101", "page_size"),
        ("/browser/albums?release_year=soon", "release_year"),
        ("/browser/albums?artist=Can", "artist"),
        ("/library/tracks?page_size=51", "page_size"),
        ("/library/albums?offset=-1", "offset"),
        ("/library/artists?last=nobody", "last"),
        ("/playback/recent?limit=51", "limit"),
        ("/playback/recent?limit=0", "limit"),
        ("/notifications?unacknowledged=maybe", "unacknowledged"),
    ],
)
def test_what_is_wrong_is_named(script: Script, path: str, named: str) -> None:
    status, body = script.ask("GET", path)

    assert status == 400 and body["error"].startswith(f"{named}: ")


def test_pages_of_what_is_stored(script: Script, kept: Library) -> None:
    first = script.get("/browser/playlists")
    past = script.get("/browser/playlists?page=7&page_size=3")
    tracks = script.get(f"/browser/playlists/{kept.playlist}?page_size=2&page=2")

    assert first["pagination"] == {"total": 1, "per_page": 10, "page": 1, "num_pages": 1}
    assert past == {
        "data": [],
        "pagination": {"total": 1, "per_page": 3, "page": 7, "num_pages": 1},
    }
    assert [one["id"] for one in tracks["data"]["tracks"]] == kept.tracks[2:]


def test_lists_of_spotifys_are_those_last_fetched(
    app: Flask, alice: Visitor, script: Script, kept: Library
) -> None:
    assert script.get("/library/tracks")["fetched_at"] is None
    which = listings.Which(alice.id, listings.TRACKS)
    with house(app).db.writing() as session:
        listings.add(session, which, listings.Place(None), listings.Came([], None, 3, {}))

    every = script.get("/library/tracks")
    by_page = script.get("/library/tracks?page=2&page_size=2")
    by_offset = script.get("/library/tracks?page=9&offset=1&page_size=1")

    assert every["fetched_at"] <= clock.now() and every["task_id"] is None
    assert (every["page"], every["page_size"], every["total"]) == (1, 20, 3)
    assert [one["id"] for one in every["data"]] == kept.tracks
    assert [one["id"] for one in by_page["data"]] == kept.tracks[2:]
    assert [one["id"] for one in by_offset["data"]] == [kept.tracks[1]]
    assert script.get("/library/tracks?page=50")["data"] == []
    assert script.get("/library/playlists")["data"][0]["id"] == kept.playlist
    assert script.get("/library/albums")["data"][0]["tracks"][0]["id"] == kept.tracks[0]


def test_a_list_names_the_task_that_fetches_it(
    app: Flask, alice: Visitor, script: Script, kept: Library
) -> None:
    with house(app).db.writing() as session:
        made = library_tasks.ask_sync(session, Owner(alice.id), "library")

    assert kept and script.get("/library/playlists")["task_id"] == made.public_id


def test_artists_follow_one_another_by_the_last_one(
    app: Flask, alice: Visitor, script: Script
) -> None:
    """Must show 1: a cursor reaches each once."""
    with house(app).db.writing() as session:
        told = [libraries.CAN._replace(name=f"A{n}", spotify_id=f"id{n}") for n in range(5)]
        ids = LibraryIntake().artists(session, told)
        library_items.replace(session, alice.id, "artist", "spotify", map(Entry, ids))

    seen, last = [], ""
    while True:
        page = script.get(f"/library/artists?page_size=2{last}")
        seen += [one["name"] for one in page["data"]]
        if page["last"] is None:
            break
        last = f"&last={page['last']}"

    assert seen == ["A0", "A1", "A2", "A3", "A4"] and page["total"] == 5


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "/library/playlists", "sync_library"),
        ("POST", "/library/artists", "sync_library"),
        ("POST", "/browser/playlists?is_synced=0", "sync_library"),
        ("POST", "/browser/albums", "sync_library"),
        ("PUT", "/browser/playlists/{playlist}", "full_sync"),
        ("PUT", "/browser/albums/{album}", "full_sync"),
        ("PUT", "/browser/tracks/{track}", "full_sync"),
        ("PATCH", "/browser/playlists/{playlist}", "sync_playlist"),
        ("PATCH", "/browser/albums/{album}", "sync_album"),
        ("PATCH", "/browser/tracks/{track}", "sync_track"),
        ("PUT", "/playback/recent", "read_recent"),
        ("POST", "/playback/recent/", "read_recent"),
    ],
)
def test_what_is_to_be_fetched_becomes_a_task(
    app: Flask, script: Script, kept: Library, method: str, path: str, action: str
) -> None:
    path = path.format(playlist=kept.playlist, album=kept.album, track=kept.tracks[0])

    answers = [script.ask(method, path) for _ in range(2)]

    (status, body), again = answers
    assert status == 202 and body["status"] == "WAITING" and body["message"]
    assert task(app, body["task_id"]).action == action
    assert again == answers[0]  # the same request is the same task


def test_analysing_needs_no_spotify(app: Flask, script: Script, kept: Library) -> None:
    said = {"operation": "analyze"}

    status, body = script.ask("PATCH", f"/browser/playlists/{kept.playlist}", json=said)

    made = task(app, body["task_id"])
    assert (status, made.action) == (202, "analyze")
    assert made.args == {"kind": "playlist", "scope": str(kept.playlist)}


def test_what_came_in_a_file_is_analysed_and_never_fetched(
    app: Flask, script: Script, kept: Library
) -> None:
    """Must show 11: a CSV alone is enough."""
    with house(app).db.writing() as session:
        session.execute(update(Playlist).values(spotify_id=None))
    address = f"/browser/playlists/{kept.playlist}"

    whole, synced = script.ask("PUT", address), script.ask("PATCH", address)

    assert task(app, whole[1]["task_id"]).action == "analyze"
    assert synced[0] == 409 and "file" in synced[1]["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/library/tracks"),
        ("PUT", "/browser/playlists/{playlist}"),
        ("PATCH", "/browser/albums/{album}"),
        ("PUT", "/playback/recent"),
    ],
)
def test_without_an_account_at_spotify_nothing_is_put_in(
    app: Flask, script: Script, kept: Library, method: str, path: str
) -> None:
    path = path.format(playlist=kept.playlist, album=kept.album)

    status, body = script.ask(method, path)

    assert status == 409 and "Connections" in body["error"] and waiting(app) == []


def test_a_description_is_put_in_for_a_playlist_of_ones_own(
    app: Flask, alice: Visitor, script: Script, kept: Library
) -> None:
    address = f"/browser/playlists/{kept.playlist}"
    said = {"description": "For the <evening>."}
    link(app, alice.id, profile={"id": "nobody"})
    others = script.ask("PATCH", address, json=said)
    with house(app).db.writing() as session:
        session.execute(update(Grant).values(profile={"id": "somebody"}))
    not_allowed = script.ask("PATCH", address, json=said)
    with house(app).db.writing() as session:
        session.execute(update(Grant).values(scopes=" ".join(SPOTIFY_WRITES)))

    own = script.ask("PATCH", address, json=said)
    wrong = [
        script.ask("PATCH", address, json={"description": text})
        for text in ("", "a\nb", "x" * 301, 7)
    ]

    assert others[0] == 409 and "your own" in others[1]["error"]
    assert not_allowed[0] == 409 and "has to be allowed" in not_allowed[1]["error"]
    made = task(app, own[1]["task_id"])
    assert (own[0], made.action) == (202, "describe_playlist")
    assert made.args == {"playlist_id": kept.playlist} | said
    assert {status for status, _ in wrong} == {400}
    assert all(body["error"].startswith("description: ") for _, body in wrong)


def test_too_much_at_once_is_refused(app: Flask, script: Script) -> None:
    with house(app).db.writing() as session:
        person = session.scalars(select(Person.id)).one()
        ids = [libraries.fill(session, person, name=f"P{n}").playlist for n in range(21)]

    said = {"operation": "analyze"}
    answers = [script.ask("PATCH", f"/browser/playlists/{one}", json=said) for one in ids]

    assert {status for status, _ in answers[:20]} == {202}
    assert answers[20][0] == 429 and len(waiting(app)) == 20


def test_a_thing_by_its_id_at_spotify_is_fetched_where_it_is_not_there(
    app: Flask, alice: Visitor, script: Script, kept: Library
) -> None:
    assert script.ask("GET", "/library/tracks/unknown")[0] == 404
    assert script.get("/library/tracks/track0")["data"]["id"] == kept.tracks[0]
    link(app, alice.id)

    unknown = script.ask("GET", "/library/tracks/unknown")
    fresh = script.get(f"/library/playlists/plMorning{alice.id}")
    with house(app).db.writing() as session:
        session.execute(update(Playlist).values(synced_at=1))
        session.execute(update(LibraryTrack).values(duration_ms=None))
    stale = script.get(f"/library/playlists/plMorning{alice.id}")
    partial = script.get("/library/tracks/track0")

    assert unknown[0] == 202 and unknown[1]["data"] is None
    assert task(app, unknown[1]["task_id"]).args == {"spotify_id": "unknown"}
    assert fresh["data"]["id"] == kept.playlist and fresh["task_id"] is None
    assert task(app, stale["task_id"]).action == "sync_playlist"
    assert task(app, partial["task_id"]).action == "sync_track"
    assert script.ask("GET", "/library/tracks/a-b%20c")[0] == 404


def test_how_a_track_sounds_is_asked_for_where_nobody_knows(
    app: Flask, script: Script, alice: Visitor
) -> None:
    with house(app).db.writing() as session:
        kept = libraries.fill(session, alice.id, known=1)

    known = script.get("/library/tracks/track0/analysis")
    data = script.get("/library/tracks/track0/analysis/data/")
    unknown = script.ask("GET", "/library/tracks/track1/analysis")

    assert known == data and known["data"]["loudness"] == -10 and known["task_id"] is None
    assert unknown[0] == 202 and unknown[1]["data"] is None
    assert task(app, unknown[1]["task_id"]).args["scope"] == str(kept.tracks[1])
    assert script.ask("GET", "/library/tracks/nothing/analysis")[0] == 404


def test_how_much_is_synced_and_analysed(script: Script, kept: Library) -> None:
    assert kept and script.get("/browser/playlists/meta") == {
        "total_synced": 1, "total_analyzed": 0, "total_synced_tracks": 3,
        "total_analyzed_tracks": 3, "total_unanalyzed_tracks": 0, "total_tracks": 3,
    }  # fmt: skip
    assert script.get("/browser/albums/meta") == {
        "total_synced": 0, "total_analyzed": 0, "total_tracks": 3,
    }  # fmt: skip


def test_all_recent_plays_come_back_in_ones_own_zone(
    app: Flask, alice: Visitor, script: Script
) -> None:
    """Must show 8."""
    begun = 1_735_689_600_000  # midnight of 2025, UTC
    heard = [
        Heard(Named(f"T{n}", ("Can", "Neu!"), "A"), begun + n * clock.MINUTE, Source.SPOTIFY_API, n)
        for n in range(60)
    ]
    with house(app).db.writing() as session:
        session.execute(update(Person).values(zone="Asia/Kolkata"))
        Intake(alice.id).take(session, heard)

    (last,) = script.get("/playback/recent")["data"]
    every = script.get("/playback/recent?limit=50")["data"]

    assert last.keys() >= {"id", "played_at", "track", "album", "artists", "image_url"}
    assert (last["track"], last["artists"], last["album"]) == ("T59", ["Can", "Neu!"], "A")
    assert last["played_at"] == "2025-01-01T06:29:00+05:30"
    assert [one["track"] for one in every] == [f"T{n}" for n in range(59, 9, -1)]


def test_answers_are_told_only_to_their_person(
    app: Flask, bob: Visitor, script: Script, kept: Library
) -> None:
    other = script_of(app, bob)

    assert other.ask("GET", f"/browser/playlists/{kept.playlist}")[0] == 404
    assert other.get("/browser/playlists")["data"] == []
    assert other.get("/library/tracks")["data"] == []
    assert script.get("/browser/playlists")["pagination"]["total"] == 1


def test_a_browser_needs_the_sessions_token_to_change_something(
    alice: Visitor, kept: Library
) -> None:
    address = f"{V1}/browser/playlists/{kept.playlist}"
    said = {"operation": "analyze"}
    origin = {"Origin": HOME}

    refused = alice.client.patch(address, json=said, headers=origin)
    token = {"X-CSRFToken": alice.token("/account")}
    taken = alice.client.patch(address, json=said, headers=origin | token)
    elsewhere = {"Origin": "http://evil.example"} | token

    assert refused.status_code == 400 and taken.status_code == 202
    assert alice.client.patch(address, json=said, headers=elsewhere).status_code == 403
    assert alice.client.get(address).get_json()["data"]["playlist"]["id"] == kept.playlist


def test_a_list_costs_as_many_questions_however_long_it_is(
    app: Flask, alice: Visitor, script: Script, count_queries: list[str]
) -> None:
    paths = ("/browser/playlists", "/browser/albums", "/library/tracks", "/library/albums")
    script.get("/browser/playlists")  # the first one notes that the token is in use
    seen = []
    for tracks in (3, 12):
        with house(app).db.writing() as session:
            libraries.fill(session, alice.id, tracks=tracks, name=f"P{tracks}")
        count_queries.clear()
        for path in paths:
            script.get(path)
        seen.append(len(count_queries))

    assert seen[0] == seen[1]


def test_notifications_are_listed_and_acknowledged(
    app: Flask, alice: Visitor, bob: Visitor, script: Script, kept: Library
) -> None:
    link(app, alice.id)
    address = f"/browser/playlists/{kept.playlist}"
    first = script.ask("PATCH", address)[1]["task_id"]
    second = script.ask("PUT", address)[1]["task_id"]
    worker = StandIn(house(app).db)
    worker.fail(worker.take("sync_playlist"), "Spotify does not show it.")

    told = script.get("/notifications?page_size=1&page=2")
    failed = told["data"][0]
    acked = [script.ask("POST", f"/notifications/{failed['id']}/ack") for _ in range(2)]
    left = script.get("/notifications?unacknowledged=1")["data"]

    assert told["pagination"] == {"total": 2, "per_page": 1, "page": 2, "num_pages": 2}
    assert (failed["task_id"], failed["type"], failed["user_id"]) == (
        first, "task_failed", alice.id,
    )  # fmt: skip
    assert failed["extras"]["error"] == "Spotify does not show it."
    assert (failed["resource"], failed["resource_id"], failed["operation"]) == (
        "playlist", str(kept.playlist), "sync",
    )  # fmt: skip
    assert acked == [(204, None)] * 2
    assert [(one["task_id"], one["operation"]) for one in left] == [(second, "full_sync")]
    other = script_of(app, bob)
    assert other.get("/notifications")["data"] == []
    assert other.ask("POST", f"/notifications/{failed['id']}/ack")[0] == 404
    assert script.ask("POST", "/notifications/ack")[0] == 204
    assert script.get("/notifications?unacknowledged=true")["pagination"]["total"] == 0

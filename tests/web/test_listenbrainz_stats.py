"""What ListenBrainz' addresses tell of tops, hours and days, and what is loved and hated."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from core.plays import Mark
from core.settings import Settings
from database import people, play_edits
from database.engine import Database
from database.models import Play
from tests.web.conftest import Visitor, house
from tests.web.listenbrainz import NOON, Client, listen, now, told

UUID = "2e3ba3a6-3e9d-4b7b-b0c9-2a3d0a0b6c11"
OTHER = UUID.replace("2e", "3e")
RANGES = (
    "week", "month", "quarter", "half_yearly", "year",
    "this_week", "this_month", "this_year", "all_time",
)  # fmt: skip


@pytest.fixture
def settings(settings: Settings, db: Database, database_url: str) -> Settings:
    """Both databases, each empty at first."""
    assert db
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def bobs(app: Flask, bob: Visitor) -> Client:
    return Client.of(app, bob.id)


@pytest.fixture
def heard(bobs: Client) -> Client:
    """Three plays of one track of two artists, and one of another, long ago."""
    both = {"artist_names": ["Massive Attack", "Tricky"], "artist_mbids": [UUID, OTHER]}
    about = {"artist_name": "Massive Attack feat. Tricky", "release_name": "Protection", **both}
    several = [listen(NOON + 300 * at, "Karmacoma", **about) for at in range(3)]
    ids = {"recording_mbid": UUID, "release_mbid": OTHER}
    bobs.submit(*several, listen(NOON - 40 * 86_400, "Spoon", release_name="Ege Bamyasi", **ids))
    return bobs


def payload(client: Client, what: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/stats/user/bob/{what}", **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()["payload"]
    return found


def test_the_artists_are_each_credited_one(heard: Client) -> None:
    found = payload(heard, "artists", count=2)

    assert [(one["artist_name"], one["listen_count"], one["artist_mbid"])
            for one in found["artists"]] == [
        ("Massive Attack", 3, UUID), ("Tricky", 3, OTHER),
    ]  # fmt: skip
    assert (found["count"], found["offset"], found["total_artist_count"]) == (2, 0, 3)
    assert (found["user_id"], found["range"]) == ("bob", "all_time")
    assert found["from_ts"] < NOON < found["to_ts"]
    assert abs(found["last_updated"] - now()) < 60


def test_the_releases_and_their_groups(heard: Client) -> None:
    releases = payload(heard, "releases")
    groups = payload(heard, "release-groups")

    assert [(one["release_name"], one["artist_name"], one["listen_count"], one["release_mbid"])
            for one in releases["releases"]] == [
        ("Protection", "Massive Attack", 3, None), ("Ege Bamyasi", "Can", 1, OTHER),
    ]  # fmt: skip
    assert releases["total_release_count"] == groups["total_release_group_count"] == 2
    assert groups["release_groups"][0]["release_group_name"] == "Protection"


def test_the_recordings_name_their_artists_and_release(heard: Client) -> None:
    found = payload(heard, "recordings", offset=1)

    spoon = found["recordings"][0]
    assert (spoon["track_name"], spoon["artist_name"], spoon["release_name"]) == (
        "Spoon", "Can", "Ege Bamyasi",
    )  # fmt: skip
    assert (spoon["recording_mbid"], spoon["release_mbid"], spoon["listen_count"]) == (
        UUID, OTHER, 1,
    )  # fmt: skip
    assert (found["count"], found["offset"], found["total_recording_count"]) == (1, 1, 2)


def test_beyond_the_last_there_is_an_empty_list(heard: Client) -> None:
    found = payload(heard, "artists", offset=10**17)

    assert (found["artists"], found["count"], found["total_artist_count"]) == ([], 0, 3)


@pytest.mark.parametrize(
    "what",
    ["artists", "releases", "release-groups", "recordings", "listening-activity", "daily-activity"],
)
def test_a_range_without_plays_is_204_and_one_that_is_none_400(heard: Client, what: str) -> None:
    for span in RANGES:
        assert heard.get(f"/stats/user/bob/{what}", range=span).status_code in (200, 204)
    empty = heard.get(f"/stats/user/bob/{what}", range="this_week")
    assert (empty.status_code, empty.data) == (204, b"")
    assert told(heard.get(f"/stats/user/bob/{what}", range="decade")) == (400, 400)


@pytest.mark.parametrize("query", [{"count": -1}, {"offset": -1}, {"count": "x"}])
def test_a_part_that_is_none_is_refused(heard: Client, query: dict[str, Any]) -> None:
    assert told(heard.get("/stats/user/bob/artists", **query)) == (400, 400)


def test_days_and_hours_are_the_persons_own(app: Flask, bob: Visitor) -> None:
    with house(app).db.writing() as session:
        people.change(session, bob.id, zone="Asia/Tokyo", letterboxd_name=None)
    bobs = Client.of(app, bob.id)
    evening = datetime(2025, 12, 31, 20, 30, tzinfo=UTC)  # 05:30 of a Thursday in Tokyo

    bobs.submit(listen(int(evening.timestamp())))

    daily = payload(bobs, "daily-activity")["daily_activity"]
    assert list(map(len, daily.values())) == [24] * 7
    assert daily["Thursday"][5] == {"hour": 5, "listen_count": 1}
    assert sum(one["listen_count"] for hours in daily.values() for one in hours) == 1
    years = payload(bobs, "listening-activity")["listening_activity"]
    assert years[0]["time_range"] == "2026" and years[0]["listen_count"] == 1


def test_the_activity_adds_up_to_all_plays(heard: Client) -> None:
    found = payload(heard, "listening-activity")["listening_activity"]

    assert sum(one["listen_count"] for one in found) == heard.count("bob") == 4
    assert found[0].keys() == {"from_ts", "to_ts", "time_range", "listen_count"}


def test_what_is_marked_away_counts_nowhere(app: Flask, heard: Client) -> None:
    with house(app).db.writing() as session:
        spoon = session.query(Play).order_by(Play.started_at).first()
        assert spoon is not None
        edit = play_edits.begin(session, spoon.person_id, "not-me", "a guest")
        play_edits.mark_whole(session, edit, [spoon.id], Mark.NOT_ME)

    assert heard.count("bob") == 3
    assert payload(heard, "recordings")["total_recording_count"] == 1


# --- what is loved and hated


def give(client: Client, score: Any, **ids: Any) -> tuple[int, Any]:
    return told(client.post("/feedback/recording-feedback", {"score": score, **ids}))


def given(client: Client, **query: Any) -> list[tuple[str | None, str | None, int]]:
    answer = client.get("/feedback/user/bob/get-feedback", **query).get_json()
    return [(one["recording_msid"], one["recording_mbid"], one["score"])
            for one in answer["feedback"]]  # fmt: skip


def test_a_recording_is_loved_hated_or_neither(bobs: Client) -> None:
    assert give(bobs, 1, recording_msid=UUID) == (200, None)
    give(bobs, -1, recording_mbid=OTHER)
    assert given(bobs) == [(None, OTHER, -1), (UUID, None, 1)]
    assert given(bobs, score=1) == [(UUID, None, 1)]

    give(bobs, -1, recording_msid=UUID, recording_mbid=OTHER)
    assert given(bobs) == [(UUID, OTHER, -1)]

    give(bobs, 0, recording_mbid=OTHER)
    assert given(bobs) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"score": 1},
        {"recording_msid": UUID},
        {"recording_msid": UUID, "score": 2},
        {"recording_msid": UUID, "score": "1"},
        {"recording_msid": UUID, "score": True},
        {"recording_msid": UUID, "score": 1.0},
        {"recording_msid": "none", "score": 1},
        {"recording_msid": "", "score": 1},
        {"recording_mbid": None, "score": 1},
        {"recording_msid": UUID, "score": 1, "user_name": "bob"},
        [],
    ],
)
def test_feedback_that_is_none_is_refused(bobs: Client, sent: Any) -> None:
    assert told(bobs.post("/feedback/recording-feedback", sent)) == (400, 400)


def test_feedback_comes_in_parts_and_with_names_where_they_are_known(bobs: Client) -> None:
    bobs.submit(listen(NOON, "Spoon", release_name="Ege Bamyasi"))
    give(bobs, 1, recording_msid=UUID)
    give(bobs, 1, recording_msid=bobs.listens("bob")[0]["recording_msid"])

    answer = bobs.get("/feedback/user/bob/get-feedback", metadata="True", count=1).get_json()

    assert (answer["count"], answer["total_count"], answer["offset"]) == (1, 2, 0)
    newest = answer["feedback"][0]
    assert newest["track_metadata"] == {
        "artist_name": "Can", "track_name": "Spoon", "release_name": "Ege Bamyasi",
    }  # fmt: skip
    assert newest["user_id"] == "bob" and abs(newest["created"] - now()) < 60
    assert (
        "track_metadata"
        not in bobs.get("/feedback/user/bob/get-feedback").get_json()["feedback"][0]
    )
    for wrong in ({"metadata": "perhaps"}, {"score": 0}, {"score": "x"}, {"count": -1}):
        assert told(bobs.get("/feedback/user/bob/get-feedback", **wrong)) == (400, 400)


def test_feedback_is_asked_for_recordings(bobs: Client) -> None:
    give(bobs, 1, recording_msid=UUID)
    give(bobs, -1, recording_mbid=OTHER)
    address = "/feedback/user/bob/get-feedback-for-recordings"
    query = {"recording_msids": f"{UUID}, {OTHER}", "recording_mbids": OTHER}
    lists = {"recording_msids": [UUID, OTHER], "recording_mbids": [OTHER]}

    by_address, by_body = bobs.get(address, **query), bobs.post(address, lists)

    assert by_address.get_json() == by_body.get_json()
    scores = [(one["recording_msid"], one["recording_mbid"], one["score"])
              for one in by_address.get_json()["feedback"]]  # fmt: skip
    assert scores == [(UUID, None, 1), (OTHER, None, 0), (None, OTHER, -1)]
    for wrong in ({}, {"recording_msids": "x"}, {"recording_msids": ","}):
        assert told(bobs.get(address, **wrong)) == (400, 400)
        assert told(bobs.post(address, wrong)) == (400, 400)

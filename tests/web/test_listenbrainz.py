"""ListenBrainz' addresses: what is sent is kept once, and told again as it was."""

import json
from typing import Any

import pytest
from flask import Flask

from core.settings import Settings
from database import listeners, now_playing
from database.engine import Database
from database.models import Listener, Play, PlayEdit, PlayRoute, RelayedPlay
from tests import factories
from tests.web.conftest import Visitor, house, member
from tests.web.listenbrainz import NOON, Client, listen, told
from tests.web.players import count_rows

UUID = "2e3ba3a6-3e9d-4b7b-b0c9-2a3d0a0b6c11"


@pytest.fixture
def settings(settings: Settings, db: Database, database_url: str) -> Settings:
    """Both databases, each empty at first."""
    assert db
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def bobs(app: Flask, bob: Visitor) -> Client:
    return Client.of(app, bob.id)


def open_to_all(app: Flask, person_id: int) -> None:
    with house(app).db.writing() as session:
        listeners.settle(session, person_id)
        session.get_one(Listener, person_id).is_public = True


def keep_private(app: Flask, person_id: int) -> None:
    with house(app).db.writing() as session:
        listeners.settle(session, person_id)
        session.get_one(Listener, person_id).is_shared = False


# --- who asks


def test_a_token_is_valid_by_header_and_by_address(bobs: Client) -> None:
    known = {"code": 200, "message": "Token valid.", "valid": True, "user_name": "bob"}

    assert bobs.get("/validate-token").get_json() == known
    token, bobs.token = bobs.token, ""
    assert bobs.get("/validate-token", token=token).get_json() == known


def test_a_token_of_nobody_is_told_with_200_and_none_with_400(bobs: Client) -> None:
    bobs.token = "of nobody"
    answer = bobs.get("/validate-token")

    assert answer.status_code == 200
    assert answer.get_json() == {"code": 200, "message": "Token invalid.", "valid": False}
    bobs.token = ""
    assert told(bobs.get("/validate-token")) == (400, 400)


@pytest.mark.parametrize("header", ["Token {}", "token {}", "BEARER {}", "bearer  {}", "Key {}"])
def test_a_token_is_the_second_word_whatever_the_first(
    app: Flask, bobs: Client, header: str
) -> None:
    headers = {"Authorization": header.format(bobs.token)}
    body = json.dumps({"listen_type": "single", "payload": [listen()]})

    answer = app.test_client().post("/1/submit-listens", data=body, headers=headers)

    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("header", [None, "", "Token", "Token of-nobody"])
def test_without_a_token_nothing_is_taken(bob: Visitor, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = bob.client.post("/1/submit-listens", data="{}", headers=headers)

    assert told(answer) == (401, 401)


# --- what is sent is kept


def test_a_listen_comes_back_as_it_was_sent(bobs: Client) -> None:
    info = {
        "artist_names": ["Massive Attack", "Tricky"],
        "artist_mbids": [UUID, UUID.replace("2e", "3e")],
        "release_mbid": UUID.replace("2e", "4e"),
        "recording_mbid": UUID.replace("2e", "5e"),
        "duration_ms": 319_000,
        "duration_played": 300,
        "isrc": "GBAAA9400333",
        "spotify_id": "https://open.spotify.com/track/1rrgWMXGCGHru5bIRxGFV0",
        "media_player": "mpd",
        "music_service": "spotify.com",
        "submission_client": "Navidrome",
        "submission_client_version": "0.58.0",
        "tracknumber": 3,
        "tags": ["trip hop"],
        "origin_url": "https://example.org/karmacoma",
        "something": {"of": ["our", "own"]},
    }
    names = {"artist_name": "Massive Attack / Tricky", "release_name": "Protection"}
    bobs.submit(listen(NOON, "Karmacoma", **names, **info))

    found = bobs.listens("bob")[0]

    metadata = found["track_metadata"]
    msid = metadata["additional_info"].pop("recording_msid")
    assert metadata == {"track_name": "Karmacoma", **names, "additional_info": info}
    assert found["recording_msid"] == msid
    assert (found["listened_at"], found["user_name"]) == (NOON, "bob")
    assert isinstance(found["inserted_at"], int)


def test_what_a_listen_does_not_say_is_an_object_all_the_same(bobs: Client) -> None:
    bare = {"listened_at": NOON, "track_metadata": {"artist_name": "Can", "track_name": "Spoon"}}
    bobs.submit(bare)

    metadata = bobs.listens("bob")[0]["track_metadata"]

    assert metadata["additional_info"].keys() == {"artist_names", "recording_msid"}
    assert "release_name" not in metadata


def test_what_is_sent_again_adds_nothing(app: Flask, bobs: Client) -> None:
    several = [listen(NOON), listen(NOON + 300, "Spoon")]
    for _ in range(3):
        assert bobs.submit(*several).get_json() == {"status": "ok"}
    bobs.mount = "/apis/listenbrainz/1"
    bobs.submit(several[0])

    assert bobs.count("bob") == count_rows(app, Play) == 2


def test_two_tracks_of_one_second_are_two(bobs: Client) -> None:
    bobs.submit(listen(NOON), listen(NOON, "Spoon"), listen(NOON, artist_name="Neu!"))

    assert bobs.count("bob") == 3


def test_a_listen_by_two_protocols_is_one(app: Flask, bobs: Client) -> None:
    bobs.submit(listen(NOON, release_name="Ege Bamyasi"))
    said = {"key": bobs.token, "artist": "Can", "title": "Vitamin C", "time": str(NOON)}

    app.test_client().post("/apis/mlj_1/newscrobble", data=said)

    assert bobs.count("bob") == 1


def test_what_plays_now_is_told_until_it_is_over(bobs: Client) -> None:
    playing = listen(None, duration_ms=180_000, submission_client="Pano Scrobbler", shade="blue")
    answer = bobs.submit(playing, kind="playing_now", return_msid="true")

    found = bobs.get("/user/bob/playing-now").get_json()["payload"]

    assert answer.get_json()["recording_msid"]
    assert (found["count"], found["user_id"], found["playing_now"]) == (1, "bob", True)
    told_again = found["listens"][0]
    assert told_again["playing_now"] is True and "listened_at" not in told_again
    assert told_again["track_metadata"]["additional_info"]["shade"] == "blue"
    assert bobs.count("bob") == 0

    bobs.submit(listen(None, "Halleluhwah", duration_ms=1), kind="playing_now")
    over = bobs.get("/user/bob/playing-now").get_json()["payload"]
    assert (over["count"], over["listens"]) == (0, [])


def test_the_client_that_said_it_says_that_it_is_over(bobs: Client) -> None:
    bobs.submit(listen(None, submission_client="Pano Scrobbler"), kind="playing_now")

    assert told(bobs.post("/playing-now/delete", {"client": "Navidrome"})) == (404, 404)
    assert bobs.get("/user/bob/playing-now").get_json()["payload"]["count"] == 1
    assert bobs.post("/playing-now/delete", {"client": "Pano Scrobbler"}).status_code == 200
    assert bobs.get("/user/bob/playing-now").get_json()["payload"]["count"] == 0
    assert bobs.post("/playing-now/delete").status_code == 200


def test_what_plays_in_a_childs_room_is_the_childs(app: Flask, bob: Visitor, bobs: Client) -> None:
    with house(app).db.writing() as session:
        kim = factories.person(session, "Kim")
        kim.parent_id = bob.id
        session.add(
            PlayRoute(
                person_id=bob.id, to_person_id=kim.id, words="kids", from_hour=0, until_hour=24,
                created_at=0,
            )
        )  # fmt: skip
        kim_id = kim.id
    bobs.submit(listen(None, "Lullaby", submission_client="Kids room"), kind="playing_now")
    bobs.submit(listen(None, "Spoon", submission_client="Pano Scrobbler"), kind="playing_now")

    def playing() -> dict[int, str]:
        with house(app).db.reading() as session:
            found = now_playing.current(session, [bob.id, kim_id])
        return {one.person_id: one.title for one in found}

    assert playing() == {bob.id: "Spoon", kim_id: "Lullaby"}
    assert bobs.post("/playing-now/delete", {"client": "Kids room"}).status_code == 200
    assert playing() == {bob.id: "Spoon"}


def test_an_old_history_is_not_sent_on(app: Flask, bobs: Client) -> None:
    bobs.submit(listen(NOON), kind="import")

    assert count_rows(app, RelayedPlay) == 0


# --- which are asked for


@pytest.fixture
def six(bobs: Client) -> Client:
    """Six listens, a second apart."""
    bobs.submit(
        *(listen(NOON + at, f"Track {at}", release_name=f"Album {at % 2}") for at in range(6))
    )
    return bobs


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ({}, [5, 4, 3, 2, 1, 0]),
        ({"count": 2}, [5, 4]),
        ({"count": 0}, []),
        ({"count": 5_000}, [5, 4, 3, 2, 1, 0]),
        ({"max_ts": NOON + 4}, [3, 2, 1, 0]),
        ({"max_ts": NOON + 4, "count": 2}, [3, 2]),
        ({"min_ts": NOON + 1}, [5, 4, 3, 2]),
        ({"min_ts": NOON + 1, "count": 2}, [3, 2]),
        ({"min_ts": NOON, "max_ts": NOON + 5}, [4, 3, 2, 1]),
        ({"min_ts": NOON, "max_ts": NOON + 5, "count": 2}, [4, 3]),
        ({"max_ts": NOON}, []),
        ({"max_ts": 9 * 10**17}, [5, 4, 3, 2, 1, 0]),
    ],
)
def test_bounds_are_without_themselves_and_the_newest_come_first(
    six: Client, query: dict[str, int], seconds: list[int]
) -> None:
    assert six.seconds("bob", **query) == seconds


@pytest.mark.parametrize(
    "query",
    [
        {"count": -1},
        {"count": "many"},
        {"min_ts": NOON, "max_ts": NOON},
        {"min_ts": NOON + 1, "max_ts": NOON},
        {"max_ts": "9" * 40},
        {"max_ts": "1e9"},
    ],
)
def test_bounds_that_are_none_are_refused(six: Client, query: dict[str, Any]) -> None:
    assert told(six.get("/user/bob/listens", **query)) == (400, 400)


def test_the_first_and_the_last_are_told_beside_any_part(six: Client) -> None:
    found = six.get("/user/BOB/listens", count=1).get_json()["payload"]

    assert (found["oldest_listen_ts"], found["latest_listen_ts"]) == (NOON, NOON + 5)
    assert (found["count"], found["user_id"]) == (1, "bob")


def test_where_nothing_was_heard_all_is_zero(bobs: Client) -> None:
    found = bobs.get("/user/bob/listens").get_json()["payload"]

    assert found == {
        "count": 0, "user_id": "bob", "listens": [], "latest_listen_ts": 0, "oldest_listen_ts": 0,
    }  # fmt: skip
    assert bobs.count("bob") == 0


# --- whose are asked for


READS = (
    "/user/{}/listens",
    "/user/{}/listen-count",
    "/user/{}/playing-now",
    "/latest-import?user_name={}",
    "/feedback/user/{}/get-feedback",
    f"/feedback/user/{{}}/get-feedback-for-recordings?recording_msids={UUID}",
    "/stats/user/{}/artists",
    "/stats/user/{}/releases",
    "/stats/user/{}/release-groups",
    "/stats/user/{}/recordings",
    "/stats/user/{}/listening-activity",
    "/stats/user/{}/daily-activity",
)


@pytest.mark.parametrize("address", READS)
def test_reads_want_a_token_of_the_house_unless_somebody_opened_theirs(
    app: Flask, six: Client, address: str
) -> None:
    other = Client.of(app, member(app, "carol").id)
    guest, nobody = Client(app, ""), Client(app, "of nobody")

    assert other.get(address.format("bob")).status_code == 200
    assert told(other.get(address.format("dave"))) == (404, 404)
    for refused in (guest, nobody):
        assert told(refused.get(address.format("bob"))) == (401, 401)
        assert told(refused.get(address.format("dave"))) == (401, 401)
    with house(app).db.reading() as session:
        bob = session.query(Listener).one().person_id
    keep_private(app, bob)
    assert told(other.get(address.format("bob"))) == (403, 403)
    assert six.get(address.format("bob")).status_code == 200
    open_to_all(app, bob)
    assert guest.get(address.format("bob")).status_code == 200


# --- taking one away


def test_a_listen_is_deleted_by_its_second_and_its_msid(app: Flask, six: Client) -> None:
    gone = six.listens("bob")[2]
    asked = {name: gone[name] for name in ("listened_at", "recording_msid")}
    for _ in range(2):
        assert six.post("/delete-listen", asked).get_json() == {"status": "ok"}

    assert six.seconds("bob") == [5, 4, 2, 1, 0]
    assert six.count("bob") == 5
    assert count_rows(app, Play) == 6 and count_rows(app, PlayEdit) == 1


def test_what_was_deleted_does_not_come_back_when_it_is_sent_again(six: Client) -> None:
    gone = six.listens("bob")[0]
    six.post("/delete-listen", {name: gone[name] for name in ("listened_at", "recording_msid")})

    six.submit(listen(NOON + 5, "Track 5"))

    assert six.count("bob") == 5


def test_somebody_elses_listen_stays(app: Flask, six: Client) -> None:
    other = Client.of(app, member(app, "carol").id)
    found = six.listens("bob")[0]

    other.post("/delete-listen", {name: found[name] for name in ("listened_at", "recording_msid")})

    assert six.count("bob") == 6


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"listened_at": NOON},
        {"recording_msid": UUID},
        {"listened_at": str(NOON), "recording_msid": UUID},
        {"listened_at": True, "recording_msid": UUID},
        {"listened_at": 10**30, "recording_msid": UUID},
        {"listened_at": NOON, "recording_msid": "none"},
        {"listened_at": NOON, "recording_msid": ""},
        {"listened_at": NOON, "recording_msid": 7},
    ],
)
def test_a_deletion_that_names_no_listen_is_refused(six: Client, body: Any) -> None:
    assert told(six.post("/delete-listen", body)) == (400, 400)


# --- how far a client has brought what


def test_the_latest_import_never_goes_back(bobs: Client) -> None:
    for seconds in (500, 400):
        assert bobs.post("/latest-import", {"ts": seconds}).get_json() == {"status": "ok"}
    bobs.post("/latest-import", {"ts": 7, "service": "librefm"})

    found = bobs.get("/latest-import", user_name="bob").get_json()
    other = bobs.get("/latest-import", user_name="bob", service="librefm").get_json()

    assert (found["musicbrainz_id"], found["latest_import"]) == ("bob", 500)
    assert other["latest_import"] == 7
    assert told(bobs.get("/latest-import")) == (400, 400)
    assert told(bobs.post("/latest-import", {"ts": "then"})) == (400, 400)
    assert told(bobs.post("/latest-import", {"ts": -1})) == (400, 400)

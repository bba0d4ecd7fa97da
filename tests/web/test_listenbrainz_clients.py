"""Players as they are, against the running house: liblistenbrainz, and what others send."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from flask import Flask
from liblistenbrainz import Listen, ListenBrainz
from liblistenbrainz.errors import InvalidAuthTokenException, ListenBrainzAPIException

from tests.web.conftest import Visitor
from tests.web.listenbrainz import NOON, Client
from tests.web.serving import served

UUID = "2e3ba3a6-3e9d-4b7b-b0c9-2a3d0a0b6c11"


@pytest.fixture
def host(app: Flask) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def bobs(app: Flask, bob: Visitor) -> Client:
    return Client.of(app, bob.id)


@pytest.fixture
def library(host: str, bobs: Client) -> ListenBrainz:
    """The client library, logged in with bob's token."""
    made = ListenBrainz(api_base_url=f"http://{host}")
    made.set_auth_token(bobs.token)
    return made


def ask(
    host: str, method: str, address: str, body: Any = None, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    """Ask with just these headers: no library adds a Content-Type."""
    link = HTTPConnection(host, timeout=90)
    try:
        sent = None if body is None else json.dumps(body).encode()
        link.request(method, address, sent, headers)
        answer = link.getresponse()
        return answer.status, json.loads(answer.read() or b"null"), dict(answer.headers)
    finally:
        link.close()


# --- liblistenbrainz


def test_liblistenbrainz_submits_and_reads_back(library: ListenBrainz, bobs: Client) -> None:
    several = [
        Listen(
            "Vitamin C", "Can", NOON + at, "Ege Bamyasi", recording_mbid=UUID, tags=["krautrock"]
        )
        for at in range(30)
    ]

    library.submit_single_listen(several[0])
    library.submit_multiple_listens(several)

    found = library.get_listens("bob", count=2)
    assert [one.listened_at for one in found] == [NOON + 29, NOON + 28]
    assert (found[0].track_name, found[0].artist_name, found[0].release_name) == (
        "Vitamin C", "Can", "Ege Bamyasi",
    )  # fmt: skip
    assert found[0].recording_mbid == UUID and found[0].tags == ["krautrock"]
    assert len(library.get_listens("bob")) == 25
    assert [one.listened_at for one in library.get_listens("bob", max_ts=NOON + 1)] == [NOON]
    assert [one.listened_at for one in library.get_listens("bob", min_ts=NOON + 28)] == [NOON + 29]
    assert library.get_user_listen_count("bob") == bobs.count("bob") == 30


def test_liblistenbrainz_says_what_plays_now(library: ListenBrainz) -> None:
    assert library.get_playing_now("bob") is None

    library.submit_playing_now(Listen("Vitamin C", "Can"))

    assert library.get_playing_now("bob").track_name == "Vitamin C"


def test_liblistenbrainz_deletes_what_it_has_read(library: ListenBrainz, bobs: Client) -> None:
    library.submit_single_listen(Listen("Vitamin C", "Can", NOON))

    library.delete_listen(library.get_listens("bob")[0])

    assert bobs.count("bob") == 0


def test_liblistenbrainz_loves_a_recording(library: ListenBrainz) -> None:
    library.submit_user_feedback(1, UUID)

    found = library.get_user_feedback("bob", 1, metadata=True)["feedback"]

    assert [one["recording_mbid"] for one in found] == [UUID]
    assert library.get_user_feedback("bob", -1, metadata=None)["total_count"] == 0


def test_liblistenbrainz_reads_the_tops(library: ListenBrainz) -> None:
    assert library.get_user_artists("bob") is None
    library.submit_single_listen(Listen("Vitamin C", "Can", NOON, "Ege Bamyasi"))

    for found, several in (
        (library.get_user_artists("bob"), "artists"),
        (library.get_user_releases("bob"), "releases"),
        (library.get_user_release_groups("bob"), "release_groups"),
        (library.get_user_recordings("bob", time_range="all_time"), "recordings"),
    ):
        assert [one["listen_count"] for one in found["payload"][several]] == [1]


def test_liblistenbrainz_is_told_what_is_wrong(host: str, library: ListenBrainz) -> None:
    with pytest.raises(InvalidAuthTokenException):
        ListenBrainz(api_base_url=f"http://{host}").set_auth_token("of nobody")
    with pytest.raises(ListenBrainzAPIException) as refused:
        library.submit_single_listen(Listen("Vitamin C", "Can", NOON * 1_000))
    assert refused.value.status_code == 400
    assert "listened_at is too high" in refused.value.message


# --- as other players ask


def test_navidrome_logs_in_with_a_body_in_its_get(host: str, bobs: Client) -> None:
    base, sent = "/1/", {"Authorization": f"Token {bobs.token}"}
    json_type = {"Content-Type": "application/json; charset=UTF-8"}
    login = {"listen_type": "", "payload": None}
    found = ask(host, "GET", f"{base}validate-token", login, **sent, **json_type)
    info = {
        "submission_client": "Navidrome", "submission_client_version": "0.58.0", "tracknumber": 3,
        "duration_ms": 214_000, "artist_names": ["Can"], "recording_mbid": UUID,
    }  # fmt: skip
    metadata = {
        "artist_name": "Can", "track_name": "Vitamin C", "release_name": "Ege Bamyasi",
        "additional_info": info,
    }  # fmt: skip
    playing = {"listen_type": "playing_now", "payload": [{"track_metadata": metadata}]}
    heard = {"listened_at": NOON, "track_metadata": metadata}
    single = {"listen_type": "single", "payload": [heard]}

    answers = [
        ask(host, "POST", f"{base}submit-listens", body, **sent, **json_type)
        for body in (playing, single)
    ]

    assert found[:2] == (
        200, {"code": 200, "message": "Token valid.", "valid": True, "user_name": "bob"},
    )  # fmt: skip
    assert [answer[:2] for answer in answers] == [(200, {"status": "ok"})] * 2
    assert bobs.listens("bob")[0]["track_metadata"]["additional_info"]["duration_ms"] == 214_000


def test_multi_scrobbler_looks_for_the_listen_before_it_sends_it(host: str, bobs: Client) -> None:
    sent = {"Authorization": f"Token {bobs.token}"}
    assert ask(host, "GET", "/apis/web/v1/stats")[0] == 404
    # Its address is stripped of /1/ and put together again.
    around = f"/1/user/bob/listens?count=100&min_ts={NOON - 300}&max_ts={NOON + 300}"
    before = ask(host, "GET", f"/{around}", **sent)
    info = {
        "submission_client": "multi-scrobbler", "submission_client_version": "0.10.0",
        "original_submission_client": "Jellyfin", "duration": 214.4, "duration_played": 200,
        "artist_names": ["Can"], "release_artist_name": "Can",
    }  # fmt: skip
    metadata = {"artist_name": "Can", "track_name": "Vitamin C", "additional_info": info}
    body = {"listen_type": "single",
            "payload": [{"listened_at": NOON, "track_metadata": metadata}]}  # fmt: skip

    answer = ask(host, "POST", "/1//submit-listens", body, **sent)

    after = ask(host, "GET", around, **sent)[1]["payload"]["listens"]
    assert before[0] == 200 and before[1]["payload"]["listens"] == []
    assert answer[:2] == (200, {"status": "ok"})
    assert [one["listened_at"] for one in after] == [NOON]
    told = after[0]["track_metadata"]["additional_info"]
    assert told["original_submission_client"] == "Jellyfin"
    assert told["duration_played"] == 200


def test_pano_scrobbler_says_what_plays_and_asks_for_it(host: str, bobs: Client) -> None:
    sent = {"Authorization": f"token {bobs.token}"}
    info = {"media_player": "com.spotify.music", "submission_client": "Pano Scrobbler"}
    metadata = {"artist_name": "Can", "track_name": "Spoon", "additional_info": info}
    body = {"listen_type": "playing_now", "payload": [{"track_metadata": metadata}]}

    ask(host, "POST", "/1/submit-listens", body, **sent, **{"Content-Type": "application/json"})

    found = ask(host, "GET", "/1/user/bob/playing-now", **sent)[1]["payload"]
    assert [one["track_metadata"]["track_name"] for one in found["listens"]] == ["Spoon"]


def test_web_scrobbler_sends_to_the_full_address_from_a_page_of_its_own(
    host: str, bobs: Client
) -> None:
    own = {"Origin": "chrome-extension://hhinaapppaileiechjoiifaancjggfjm"}
    address = "/apis/listenbrainz/1/submit-listens"
    wanted = {"Access-Control-Request-Headers": "authorization,content-type"}
    before = ask(host, "OPTIONS", address, **own, **wanted)
    metadata = {
        "artist_name": "Can", "track_name": "Vitamin C",
        "additional_info": {
            "submission_client": "Web Scrobbler", "music_service_name": "Bandcamp",
            "origin_url": "https://can.bandcamp.example/track/vitamin-c", "duration": 214,
        },
    }  # fmt: skip
    body = {"listen_type": "single",
            "payload": [{"listened_at": NOON, "track_metadata": metadata}]}  # fmt: skip

    answer = ask(host, "POST", address, body, Authorization=f"Token {bobs.token}", **own)

    assert before[0] == 200
    assert "Authorization" in before[2]["Access-Control-Allow-Headers"]
    assert answer[:2] == (200, {"status": "ok"})
    assert answer[2]["Access-Control-Allow-Origin"] == "*"
    told = bobs.listens("bob")[0]["track_metadata"]["additional_info"]
    assert told["music_service_name"] == "Bandcamp"
    assert told["origin_url"].endswith("vitamin-c")

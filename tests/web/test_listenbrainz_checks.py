"""What ListenBrainz refuses is refused, and what it takes is taken: its list, in our words."""

import json
from typing import Any

import pytest
from flask import Flask

from tests.web.conftest import Visitor
from tests.web.listenbrainz import NOON, Client, listen, now, told

UUID = "2e3ba3a6-3e9d-4b7b-b0c9-2a3d0a0b6c11"
_DAYS = 24 * 86_400


@pytest.fixture
def bobs(app: Flask, bob: Visitor) -> Client:
    return Client.of(app, bob.id)


def with_(**metadata: Any) -> dict[str, Any]:
    whole = {"artist_name": "Can", "track_name": "Spoon"} | metadata
    return {"listened_at": NOON, "track_metadata": whole}


def body(kind: Any = "single", **more: Any) -> dict[str, Any]:
    return {"listen_type": kind, "payload": [listen()]} | more


# --- the request as a whole


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"   ",
        b"{",
        b"listen_type=single",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"listen_type":"single","payload":[' + b'{"a":' * 50_000,
        b"null",
        b"7",
        b"[]",
        b"{}",
        {"listen_type": "single"},
        {"payload": [listen()]},
        body(payload={}),
        body(payload="x"),
        body(payload=None),
        body(payload=[]),
        body(payload=[None]),
        body(payload=[[]]),
        body(payload=["listen"]),
        body(kind="batch"),
        body(kind=None),
        body(kind=["single"]),
        body(payload=[listen(), listen(NOON + 1)]),
        body("playing_now", payload=[listen(None), listen(None)]),
        body("import", payload=[listen(NOON + at) for at in range(1_001)]),
        body("import", payload=[listen(), listen(NOON + 1) | {"listened_at": None}]),
    ],
)
def test_a_request_that_is_none_is_refused_as_a_whole(bobs: Client, sent: Any) -> None:
    assert told(bobs.post("/submit-listens", sent)) == (400, 400)
    assert bobs.count("bob") == 0


def test_a_thousand_listens_are_taken(bobs: Client) -> None:
    several = [listen(NOON + at, f"Track {at % 50}") for at in range(1_000)]

    assert bobs.submit(*several).status_code == 200
    assert bobs.count("bob") == 1_000


def test_listens_may_be_10240_bytes_each_on_the_average(bobs: Client) -> None:
    large = listen(NOON, lyrics="la " * 3_500)

    assert told(bobs.submit(large)) == (400, 400)
    assert bobs.submit(large, listen(NOON + 1)).status_code == 200


def test_a_body_beyond_what_listenbrainz_takes_is_413(bobs: Client) -> None:
    assert told(bobs.post("/submit-listens", b" " * 10_240_001)) == (413, 413)


# --- when


@pytest.mark.parametrize("seconds", [1_033_430_400, str(NOON), f" {NOON} ", float(NOON)])
def test_a_second_is_a_number_or_one_in_words(bobs: Client, seconds: Any) -> None:
    assert bobs.submit(listen(seconds)).status_code == 200


def test_a_player_may_be_ahead_by_an_hour(bobs: Client) -> None:
    assert bobs.submit(listen(now() + 3_500)).status_code == 200
    assert told(bobs.submit(listen(now() + 3_700))) == (400, 400)


@pytest.mark.parametrize(
    "seconds",
    [
        None, "", "then", True, [NOON], {"at": NOON}, 1.5, 0, -NOON, 1_033_430_399,
        NOON * 1_000, NOON * 1_000_000_000, str(NOON * 1_000), "1_750_000_000", "9" * 400, 1e300,
    ],
)  # fmt: skip
def test_what_is_no_second_is_refused(bobs: Client, seconds: Any) -> None:
    sent = {"listen_type": "single", "payload": [listen() | {"listened_at": seconds}]}

    assert told(bobs.post("/submit-listens", sent)) == (400, 400)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000])
def test_what_is_no_number_in_json_is_refused(bobs: Client, number: str) -> None:
    sent = json.dumps(body()).replace(str(NOON), number).encode()

    assert told(bobs.post("/submit-listens", sent)) == (400, 400)
    # Nor where nothing of ours looks at it: the answers would be no JSON any more.
    deep = json.dumps(body(payload=[listen(shade=["here"])])).replace('"here"', number)
    assert told(bobs.post("/submit-listens", deep.encode())) == (400, 400)


def test_json_is_in_utf_8_and_in_nothing_else(bobs: Client) -> None:
    """In others a NUL would pass, and as bytes half a letter."""
    sent = json.dumps(body(payload=[listen(title="Spoon")]))
    nul = json.dumps(body(payload=[listen(title="Spoon\0")]))

    assert bobs.post("/submit-listens", b"\xef\xbb\xbf" + sent.encode()).status_code == 200
    for encoding in ("utf-16", "utf-32"):
        assert told(bobs.post("/submit-listens", nul.encode(encoding))) == (400, 400)
    half = sent.encode().replace(b"Spoon", b"Sp\xed\xa0\x80n")
    assert told(bobs.post("/submit-listens", half)) == (400, 400)


def test_what_plays_now_has_no_second(bobs: Client) -> None:
    assert told(bobs.submit(listen(), kind="playing_now")) == (400, 400)
    assert told(bobs.submit(listen(None))) == (400, 400)


@pytest.mark.parametrize("kind", ["single", "playing_now"])
def test_a_listen_has_no_other_keys(bobs: Client, kind: str) -> None:
    one = listen(NOON if kind == "single" else None) | {"user_name": "bob"}

    assert told(bobs.submit(one, kind=kind)) == (400, 400)


# --- what


@pytest.mark.parametrize("metadata", [None, "Can - Spoon", [], 7])
def test_what_was_heard_is_an_object(bobs: Client, metadata: Any) -> None:
    assert told(bobs.submit({"listened_at": NOON, "track_metadata": metadata})) == (400, 400)
    assert told(bobs.submit({"listened_at": NOON})) == (400, 400)


@pytest.mark.parametrize("name", ["artist_name", "track_name"])
@pytest.mark.parametrize("said", [None, "", " \t ", ["Can"], {"a": 1}, 7, True])
def test_artist_and_title_are_names(bobs: Client, name: str, said: Any) -> None:
    assert told(bobs.submit(with_(**{name: said}))) == (400, 400)
    without = with_()
    del without["track_metadata"][name]
    assert told(bobs.submit(without)) == (400, 400)


def test_a_release_is_a_name_and_left_out_where_it_is_empty(bobs: Client) -> None:
    for said in (None, 7, ["Tago Mago"]):
        assert told(bobs.submit(with_(release_name=said))) == (400, 400)
    assert bobs.submit(with_(release_name="  ")).status_code == 200
    assert "release_name" not in bobs.listens("bob")[0]["track_metadata"]


@pytest.mark.parametrize("said", ["", [], "x", 7])
def test_additional_info_is_an_object(bobs: Client, said: Any) -> None:
    assert told(bobs.submit(with_(additional_info=said))) == (400, 400)


@pytest.mark.parametrize(
    ("info", "milliseconds"),
    [
        ({"duration": 180}, 180_000),
        ({"duration": "180"}, 180_000),
        ({"duration": 1222.6}, 1_222_000),
        ({"duration_ms": "1222.6"}, 1_222),
        ({"duration": _DAYS}, _DAYS * 1_000),
        ({"duration_ms": _DAYS * 1_000}, _DAYS * 1_000),
    ],
)
def test_a_length_is_seconds_or_milliseconds(
    bobs: Client, info: dict[str, Any], milliseconds: int
) -> None:
    bobs.submit(listen(**info))

    info_told = bobs.listens("bob")[0]["track_metadata"]["additional_info"]
    assert info_told["duration_ms"] == milliseconds and "duration" not in info_told


@pytest.mark.parametrize(
    "info",
    [
        {"duration": 180, "duration_ms": 180_000},
        {"duration": 0},
        {"duration": 0.9},
        {"duration": -180},
        {"duration": _DAYS + 1},
        {"duration_ms": _DAYS * 1_000 + 1},
        {"duration": "3:00"},
        {"duration": None},
        {"duration": [180]},
        {"duration": "nan"},
        {"duration": "1e999"},
        {"duration_ms": "inf"},
    ],
)
def test_a_length_that_is_none_is_refused(bobs: Client, info: dict[str, Any]) -> None:
    assert told(bobs.submit(listen(**info))) == (400, 400)


def test_fifty_tags_of_64_letters_are_taken(bobs: Client) -> None:
    tags = [f"{at:064}" for at in range(50)]

    assert bobs.submit(listen(tags=tags)).status_code == 200
    assert bobs.listens("bob")[0]["track_metadata"]["additional_info"]["tags"] == tags
    for refused in ([*tags, "one more"], ["a" * 65], "krautrock", [7], None, {"a": "b"}):
        assert told(bobs.submit(listen(tags=refused))) == (400, 400)


@pytest.mark.parametrize(
    "name", ["release_mbid", "recording_mbid", "release_group_mbid", "track_mbid"]
)
def test_an_id_is_one_of_musicbrainz_or_empty(bobs: Client, name: str) -> None:
    for taken in (UUID, UUID.upper(), "", None):
        assert bobs.submit(listen(**{name: taken})).status_code == 200
    for refused in ("none", 7, [UUID], {"id": UUID}, UUID + "1"):
        assert told(bobs.submit(listen(**{name: refused}))) == (400, 400)


@pytest.mark.parametrize("name", ["artist_mbids", "work_mbids"])
def test_several_ids_are_a_list(bobs: Client, name: str) -> None:
    for taken in ([UUID], [], [UUID, ""]):
        assert bobs.submit(listen(**{name: taken})).status_code == 200
    for refused in (UUID, [7], ["none"], {"id": UUID}):
        assert told(bobs.submit(listen(**{name: refused}))) == (400, 400)


@pytest.mark.parametrize(
    "one",
    [
        listen(title="Spoon\0"),
        listen(artist_name="\0"),
        listen(release_name="Tago\0Mago"),
        listen(deep={"er": [{"still": "a\0b"}]}),
        listen(**{"a\0b": 1}),
        listen(title="\ud800"),
        listen(deep=["\udfff"]),
    ],
)
def test_what_no_database_keeps_is_refused_wherever_it_stands(
    bobs: Client, one: dict[str, Any]
) -> None:
    assert told(bobs.submit(one)) == (400, 400)


def test_what_only_looks_like_a_nul_is_kept(bobs: Client) -> None:
    bobs.submit(listen(title="\\u0000", note="😀 \\ud83d"))

    metadata = bobs.listens("bob")[0]["track_metadata"]
    assert metadata["track_name"] == "\\u0000"
    assert metadata["additional_info"]["note"] == "😀 \\ud83d"


def test_long_names_are_cut_and_still_the_same_when_they_come_again(bobs: Client) -> None:
    one = listen(title="t" * 4_000, artist_name="a" * 4_000, release_name="r" * 1_500)
    for _ in range(2):
        assert bobs.submit(one).status_code == 200

    assert bobs.count("bob") == 1
    assert bobs.listens("bob")[0]["track_metadata"]["track_name"] == "t" * 300


def test_the_checks_come_after_the_token(app: Flask) -> None:
    assert told(Client(app, "of nobody").post("/submit-listens", b"{")) == (401, 401)

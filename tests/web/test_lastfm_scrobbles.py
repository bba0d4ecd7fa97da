"""What players tell by Last.fm's protocol: plays, one or many, what plays now, what is loved."""

import pytest
from flask import Flask

from database import now_playing
from database.models import Feedback, Play, PlayContext, Track
from tests.web.conftest import Visitor, house
from tests.web.players import LastfmPlayer, count_rows, heard, now, own_pair, token_of

TRACK = {"artist": "Can", "track": "Vitamin C"}


@pytest.fixture
def token(app: Flask, bob: Visitor) -> str:
    return token_of(app, bob.id)


@pytest.fixture
def player(app: Flask, token: str) -> LastfmPlayer:
    return LastfmPlayer(app).log_in("bob", token)


def batch(size: int, first: int, **more: str) -> dict[str, str]:
    """Return plays of a minute each, the names of their fields with an index."""
    said: dict[str, str] = {}
    for n in range(size):
        plays = {"artist": "Neu!", "track": f"Hallogallo {n}", "timestamp": str(first + 60 * n)}
        said |= {f"{name}[{n}]": value for name, value in (plays | more).items()}
    return said


def test_one_play_is_told_as_an_object_with_its_numbers_as_numbers(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    at = now() - 600

    told = player.ask(
        "track.scrobble", **TRACK, timestamp=str(at), album="Ege Bamyasi", duration="214",
        albumArtist="Can", trackNumber="4", chosenByUser="1", streamId="1", context="",
    )  # fmt: skip

    assert told["scrobbles"]["@attr"] == {"accepted": 1, "ignored": 0}
    scrobble = told["scrobbles"]["scrobble"]
    assert scrobble["track"] == {"corrected": "0", "#text": "Vitamin C"}
    assert scrobble["albumArtist"] == {"corrected": "0", "#text": "Can"}
    assert scrobble["timestamp"] == str(at)
    assert scrobble["ignoredMessage"] == {"code": "0", "#text": ""}
    assert heard(app, bob.id) == [("Can", "Vitamin C", at)]
    with house(app).db.reading() as session:
        assert session.get_one(Track, 1).duration_ms == 214_000
        assert session.get_one(PlayContext, 1).client == "Tonearm"
        assert session.get_one(PlayContext, 1).client_version == "2.1"
        assert session.get_one(Play, 1).raw == {"tracknumber": "4"}


def test_in_xml_a_play_has_its_children_in_the_protocols_order(player: LastfmPlayer) -> None:
    told = player.ask_xml("track.scrobble", **TRACK, timestamp=str(now() - 600))

    assert dict(told.attrib) == {"status": "ok"}
    assert dict(told[0].attrib) == {"accepted": "1", "ignored": "0"}
    children = [child.tag for child in told[0][0]]
    assert children == ["track", "artist", "album", "albumArtist", "timestamp", "ignoredMessage"]
    assert dict(told[0][0][0].attrib) == {"corrected": "0"}


def test_fifty_at_once_are_told_as_a_list(app: Flask, bob: Visitor, player: LastfmPlayer) -> None:
    """A batch of 50, as players keep them while they are offline."""
    told = player.ask("track.scrobble", **batch(50, now() - 4_000))

    assert told["scrobbles"]["@attr"] == {"accepted": 50, "ignored": 0}
    assert [one["track"]["#text"] for one in told["scrobbles"]["scrobble"]][:2] == [
        "Hallogallo 0",
        "Hallogallo 1",
    ]
    assert len(heard(app, bob.id)) == 50


def test_a_batch_may_have_gaps(player: LastfmPlayer) -> None:
    said = {name: one for name, one in batch(3, now() - 600).items() if not name.endswith("[1]")}

    assert player.ask("track.scrobble", **said)["scrobbles"]["@attr"]["accepted"] == 2


def test_fifty_one_are_too_many(app: Flask, player: LastfmPlayer) -> None:
    assert player.ask("track.scrobble", **batch(51, now() - 4_000))["error"] == 6
    assert count_rows(app, Play) == 0


def test_what_is_sent_again_is_accepted_and_adds_nothing(app: Flask, player: LastfmPlayer) -> None:
    said = batch(3, now() - 600)
    player.ask("track.scrobble", **said)

    told = player.ask("track.scrobble", **said)

    assert told["scrobbles"]["@attr"] == {"accepted": 3, "ignored": 0}
    assert count_rows(app, Play) == 3


def test_two_tracks_in_one_second_both_stay(app: Flask, bob: Visitor, player: LastfmPlayer) -> None:
    at = str(now() - 600)
    player.ask("track.scrobble", artist="Can", track="Spoon", timestamp=at)
    player.ask("track.scrobble", artist="Can", track="Sing Swan Song", timestamp=at)

    assert len(heard(app, bob.id)) == 2


def test_a_player_of_two_protocols_brings_no_play_twice(
    app: Flask, player: LastfmPlayer, token: str
) -> None:
    at = now() - 600
    player.ask("track.scrobble", **TRACK, timestamp=str(at))
    about = {"artist_name": "Can", "track_name": "Vitamin C", "release_name": "Ege Bamyasi"}

    answer = app.test_client().post(
        "/1/submit-listens",
        json={"listen_type": "single", "payload": [{"listened_at": at, "track_metadata": about}]},
        headers={"Authorization": f"Token {token}"},
    )

    assert answer.status_code == 200
    assert count_rows(app, Play) == 1


@pytest.mark.parametrize(
    ("away", "code"), [(-40 * 365 * 86_400, "3"), (7_200, "4"), (-10 * 365 * 86_400, "0")]
)
def test_only_a_time_that_cannot_be_is_ignored(
    app: Flask, player: LastfmPlayer, away: int, code: str
) -> None:
    told = player.ask("track.scrobble", **TRACK, timestamp=str(now() + away))

    assert told["scrobbles"]["scrobble"]["ignoredMessage"]["code"] == code
    assert told["scrobbles"]["@attr"]["ignored"] == int(code != "0")
    assert count_rows(app, Play) == int(code == "0")


@pytest.mark.parametrize(
    "said",
    [
        {"artist": "Can", "timestamp": "1700000000"},
        {"artist": " ", "track": "Spoon", "timestamp": "1700000000"},
        {"artist": "Can", "track": "Spoon"},
        {"artist": "Can", "track": "Spoon", "timestamp": "yesterday"},
        {"artist": "Can", "track": "Spoon", "timestamp": "1" * 40},
        {"artist": "Can", "track": "Spoon\0", "timestamp": "1700000000"},
        {"artist[0]": "Can", "track[0]": "Spoon", "timestamp[1]": "1700000000"},
    ],
)
def test_what_is_missing_or_none_is_error_6(
    app: Flask, player: LastfmPlayer, said: dict[str, str]
) -> None:
    assert player.ask("track.scrobble", **said)["error"] == 6
    assert count_rows(app, Play) == 0


def test_an_odd_length_or_id_costs_no_play(app: Flask, bob: Visitor, player: LastfmPlayer) -> None:
    player.ask(
        "track.scrobble", **TRACK, timestamp=str(now()), duration="nan", mbid="none", trackNumber=""
    )

    assert len(heard(app, bob.id)) == 1


def test_a_name_that_is_too_long_is_cut_and_known_again(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    long = {"artist": "C" * 2_000, "track": "S" * 2_000, "timestamp": str(now())}
    for _ in range(2):
        assert player.ask("track.scrobble", **long)["scrobbles"]["@attr"]["accepted"] == 1

    assert [row[:2] for row in heard(app, bob.id)] == [("C" * 300, "S" * 300)]


def test_who_asks_is_told_apart_before_what_is_asked(app: Flask) -> None:
    """A player that lost its session logs in anew at error 9; at 6 it would throw the play away."""
    stranger = LastfmPlayer(app, session_key="0" * 32)

    for method in ("track.scrobble", "track.updateNowPlaying", "track.love"):
        assert stranger.ask(method)["error"] == 9, method


def test_what_xml_knows_no_letter_for_breaks_no_answer(player: LastfmPlayer) -> None:
    told = player.ask_xml(
        "track.scrobble", artist="A & <B>\x01", track='"\x0c\ufffe"', timestamp=str(now())
    )

    assert told[0][0].findtext("artist") == "A & <B>"


def test_nobody_tells_without_a_session(app: Flask) -> None:
    stranger = LastfmPlayer(app, session_key="0" * 32)

    assert stranger.ask("track.scrobble", **TRACK, timestamp=str(now()))["error"] == 9
    stranger.session_key = ""
    assert stranger.ask("track.scrobble", **TRACK, timestamp=str(now()))["error"] == 9


def test_a_login_in_the_browser_counts_for_nothing(bob: Visitor) -> None:
    answer = bob.client.post(
        "/2.0/?format=json", data={"method": "track.love", "api_key": "a", **TRACK}
    )

    assert answer.get_json()["error"] == 9


@pytest.mark.parametrize("method", ["track.scrobble", "track.love", "auth.getMobileSession"])
def test_nothing_is_told_by_an_address(app: Flask, player: LastfmPlayer, method: str) -> None:
    """GET of what writes is error 6: addresses stand in logs."""
    said = player.signed({"method": method, **TRACK, "timestamp": str(now()), "format": "json"})

    assert app.test_client().get("/2.0/", query_string=said).get_json()["error"] == 6


@pytest.mark.parametrize("address", ["/2.0", "/2.0/", "/2.0//", "/apis/audioscrobbler/2.0/"])
def test_both_mounts_answer_with_and_without_a_slash(player: LastfmPlayer, address: str) -> None:
    player.address = address

    assert player.ask("TRACK.SCROBBLE", **TRACK, timestamp=str(now()))["scrobbles"]


def test_no_method_and_an_unknown_one_are_error_3(app: Flask, player: LastfmPlayer) -> None:
    assert player.ask("track.dance")["error"] == 3
    told = player.ask_xml("track.dance")
    assert told.get("status") == "failed" and told[0].get("code") == "3"
    assert app.test_client().get("/2.0/").status_code == 200


def test_json_is_had_by_the_accept_header_too(app: Flask, player: LastfmPlayer) -> None:
    data = player.signed({"method": "track.love", **TRACK})

    answer = app.test_client().post("/2.0/", data=data, headers={"Accept": "application/json"})

    assert answer.get_json() == {}


def test_a_form_without_a_content_type_is_read(app: Flask, player: LastfmPlayer) -> None:
    said = f"method=track.love&artist=Can&track=Spoon&format=json&sk={player.session_key}"

    assert app.test_client().post("/2.0/", data=said.encode()).get_json() == {}


def test_every_answer_may_be_read_by_pages_of_anywhere(app: Flask, player: LastfmPlayer) -> None:
    for answer in (player.call("user.getInfo"), player.call("none"), player.call("track.love")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer.headers
    assert app.test_client().options("/2.0/").status_code == 200


def test_what_fails_on_the_way_is_told_the_protocols_way(app: Flask) -> None:
    answer = app.test_client().get("/2.0/nothing/here?format=json")

    assert (answer.status_code, answer.get_json()["error"]) == (200, 7)


def test_what_plays_now_is_known_until_it_is_over(
    app: Flask, bob: Visitor, player: LastfmPlayer
) -> None:
    told = player.ask("track.updateNowPlaying", **TRACK, duration="200", album="Ege Bamyasi")

    assert told["nowplaying"]["artist"] == {"corrected": "0", "#text": "Can"}
    assert told["nowplaying"]["ignoredMessage"]["code"] == "0"
    with house(app).db.reading() as session:
        playing = now_playing.of(session, bob.id)
    assert playing is not None
    assert (playing.artist, playing.title, playing.client) == ("Can", "Vitamin C", "Tonearm")
    assert playing.until - playing.since == 200_000
    assert count_rows(app, Play) == 0


def test_what_is_loved_is_loved_whatever_album_it_was_on(app: Flask, player: LastfmPlayer) -> None:
    for n, album in enumerate(("Ege Bamyasi", "Anthology")):
        player.ask("track.scrobble", **TRACK, album=album, timestamp=str(now() - 600 * (n + 1)))

    player.ask("track.love", **TRACK)
    player.ask("track.love", **TRACK)
    loved = player.ask("user.getLovedTracks")["lovedtracks"]
    recent = player.ask("user.getRecentTracks", extended="1")["recenttracks"]["track"]
    player.ask("track.unlove", artist="CAN", track="vitamin c")

    assert [one["name"] for one in loved["track"]] == ["Vitamin C"]
    assert [one["loved"] for one in recent] == ["1", "1"]
    assert count_rows(app, Feedback) == 0


def test_what_nobody_played_can_be_loved(app: Flask, player: LastfmPlayer) -> None:
    player.ask("track.love", artist="Neu!", track="Isi")

    loved = player.ask("user.getLovedTracks")["lovedtracks"]

    assert loved["track"][0]["artist"]["name"] == "Neu!"
    assert loved["track"][0]["date"]["uts"].isdecimal()
    assert count_rows(app, Play) == 0


def test_with_the_houses_own_pair_what_writes_is_signed(app: Flask, token: str) -> None:
    pair = own_pair(app)
    player = LastfmPlayer(app, *pair).log_in("bob", token)
    assert player.ask("track.love", **TRACK) == {}

    player.secret = "another"

    assert player.ask("track.love", **TRACK)["error"] == 13

"""What programs read by Last.fm's protocol, in JSON and XML, and who may."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from core import clock
from database.models import Listener
from tests.web.conftest import Visitor, house
from tests.web.players import LastfmPlayer, now, token_of

DAY = 86_400


@pytest.fixture
def player(app: Flask, bob: Visitor) -> LastfmPlayer:
    return LastfmPlayer(app).log_in("bob", token_of(app, bob.id))


@pytest.fixture
def history(player: LastfmPlayer) -> int:
    """Seven plays of four tracks; return when the latest began."""
    latest = now() - 1_000
    lines = [
        ("Can", "Vitamin C", "Ege Bamyasi", 0),
        ("Can", "Vitamin C", "Ege Bamyasi", 300),
        ("Can", "Spoon", "Ege Bamyasi", 600),
        ("Neu!", "Hallogallo", "Neu!", 20 * DAY),
        ("Neu!", "Hallogallo", "Neu!", 20 * DAY + 700),
        ("Neu!", "Hallogallo", "Neu!", 100 * DAY),
        ("Faust feat. Slapp Happy", "Krautrock", "", 500 * DAY),
    ]
    said: dict[str, str] = {}
    for n, (artist, track, album, ago) in enumerate(lines):
        play = {"artist": artist, "track": track, "album": album, "timestamp": latest - ago}
        said |= {f"{name}[{n}]": str(one) for name, one in play.items()}
    player.ask("track.scrobble", **said)
    return latest


def share(app: Flask, person_id: int, **said: bool) -> None:
    with house(app).db.writing() as session:
        session.execute(update(Listener).where(Listener.person_id == person_id).values(**said))


def names(told: dict[str, Any], thing: str) -> list[tuple[str, str]]:
    return [(one["name"], one["playcount"]) for one in told[thing]]


def test_the_latest_plays_come_first_with_their_pages(player: LastfmPlayer, history: int) -> None:
    told = player.ask("user.getRecentTracks", user="bob", limit="3", page="2")["recenttracks"]

    assert told["@attr"] == {
        "user": "bob", "page": "2", "perPage": "3", "totalPages": "3", "total": "7",
    }  # fmt: skip
    assert [one["name"] for one in told["track"]] == ["Hallogallo", "Hallogallo", "Hallogallo"]
    assert told["track"][0]["date"]["uts"] == str(history - 20 * DAY)
    assert told["track"][0]["artist"] == {"mbid": "", "#text": "Neu!"}
    assert told["track"][0]["album"] == {"mbid": "", "#text": "Neu!"}
    last = player.ask("user.getRecentTracks", page="7", limit="1")["recenttracks"]["track"][0]
    assert last["artist"]["#text"] == "Faust feat. Slapp Happy"


@pytest.mark.usefixtures("history")
def test_extended_names_the_artist_in_full(player: LastfmPlayer) -> None:
    told = player.ask("user.getRecentTracks", extended="1", limit="1")["recenttracks"]

    assert told["track"][0]["artist"] == {"name": "Can", "mbid": "", "url": ""}
    assert told["track"][0]["loved"] == "0"


def test_a_date_is_written_in_english(player: LastfmPlayer) -> None:
    player.ask("track.scrobble", artist="Can", track="Spoon", timestamp="1700000000")

    track = player.ask("user.getRecentTracks")["recenttracks"]["track"][0]

    assert track["date"] == {"uts": "1700000000", "#text": "14 Nov 2023, 22:13"}


def test_from_and_to_belong_to_the_range(player: LastfmPlayer, history: int) -> None:
    said = {"from": str(history - 600), "to": str(history - 300)}

    told = player.ask("user.getRecentTracks", **said)["recenttracks"]

    assert [one["name"] for one in told["track"]] == ["Vitamin C", "Spoon"]
    assert told["@attr"]["total"] == "2"


@pytest.mark.usefixtures("history")
def test_what_plays_now_comes_on_top_of_the_limit_without_a_date(player: LastfmPlayer) -> None:
    player.ask("track.updateNowPlaying", artist="Harmonia", track="Watussi")

    told = player.ask("user.getRecentTracks", limit="2")["recenttracks"]
    in_xml = player.ask_xml("user.getRecentTracks", limit="2")
    second = player.ask("user.getRecentTracks", limit="2", page="2")["recenttracks"]

    assert [one["name"] for one in told["track"]] == ["Watussi", "Vitamin C", "Vitamin C"]
    assert told["track"][0]["@attr"] == {"nowplaying": "true"}
    assert "date" not in told["track"][0]
    assert in_xml[0][0].get("nowplaying") == "true" and in_xml[0][1].get("nowplaying") is None
    assert len(second["track"]) == 2


def test_without_plays_the_list_is_empty_and_no_failure(player: LastfmPlayer) -> None:
    told = player.ask("user.getRecentTracks", user="bob")["recenttracks"]

    assert told["track"] == []
    assert told["@attr"]["total"] == "0" and told["@attr"]["totalPages"] == "0"


@pytest.mark.usefixtures("history")
def test_in_xml_the_pages_are_attributes_of_the_first_child(player: LastfmPlayer) -> None:
    for method in ("getRecentTracks", "getLovedTracks", "getTopArtists", "getTopTracks"):
        told = player.ask_xml(f"user.{method}", user="bob")
        assert {"user", "page", "perPage", "totalPages", "total"} <= set(told[0].attrib)


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("overall", [("Can", "3"), ("Neu!", "3"), ("Faust", "1"), ("Slapp Happy", "1")]),
        ("", [("Can", "3"), ("Neu!", "3"), ("Faust", "1"), ("Slapp Happy", "1")]),
        ("7day", [("Can", "3")]),
        ("1month", [("Can", "3"), ("Neu!", "2")]),
        ("3month", [("Can", "3"), ("Neu!", "2")]),
        ("6month", [("Can", "3"), ("Neu!", "3")]),
        ("12month", [("Can", "3"), ("Neu!", "3")]),
    ],
)
@pytest.mark.usefixtures("history")
def test_a_period_goes_back_from_now(
    player: LastfmPlayer, period: str, expected: list[tuple[str, str]]
) -> None:
    told = player.ask("user.getTopArtists", user="bob", period=period)["topartists"]

    assert names(told, "artist") == expected
    assert told["@attr"]["total"] == str(len(expected))


@pytest.mark.usefixtures("history")
def test_the_whole_pages_follow_the_limit_that_is_given(player: LastfmPlayer) -> None:
    """A program that asks for 500 at once is not told of pages of 50."""
    told = player.ask("user.getTopTracks", user="bob", limit="500")["toptracks"]
    clamped = player.ask("user.getTopTracks", user="bob", limit="5000")["toptracks"]

    assert (told["@attr"]["perPage"], told["@attr"]["totalPages"]) == ("500", "1")
    assert clamped["@attr"]["perPage"] == "1000"
    assert [one["@attr"]["rank"] for one in told["track"]] == ["1", "2", "3", "4"]


@pytest.mark.usefixtures("history")
def test_albums_and_tracks_name_themselves_before_their_artist(player: LastfmPlayer) -> None:
    for method, thing in (("user.getTopAlbums", "album"), ("user.getTopTracks", "track")):
        told = player.ask_xml(method, user="bob")
        first = told[0].find(thing)
        assert first is not None
        every = [one.text for one in first.iter("name")]
        assert len(every) == 2 and every[1] in ("Can", "Neu!")


def test_an_unknown_period_is_error_6(player: LastfmPlayer) -> None:
    assert player.ask("user.getTopArtists", period="fortnight")["error"] == 6


@pytest.mark.usefixtures("history")
def test_info_tells_who_one_is(player: LastfmPlayer) -> None:
    told = player.ask("user.getInfo")["user"]

    assert (told["name"], told["playcount"], told["artist_count"]) == ("bob", "7", "4")
    assert abs(int(told["registered"]["unixtime"]) - now()) < 600
    assert player.ask_xml("user.getInfo", user="BOB")[0].findtext("name") == "bob"


@pytest.mark.usefixtures("history")
def test_things_are_known_by_their_names(player: LastfmPlayer) -> None:
    artist = player.ask("artist.getInfo", artist="can", username="bob")["artist"]
    album = player.ask("album.getInfo", artist="Can", album="ege bamyasi")["album"]
    track = player.ask("track.getInfo", artist="Faust", track="krautrock")["track"]

    assert (artist["name"], artist["stats"]["userplaycount"]) == ("Can", "3")
    assert (album["name"], album["userplaycount"]) == ("Ege Bamyasi", "3")
    assert (track["name"], track["userplaycount"], track["userloved"]) == ("Krautrock", "1", "0")
    assert player.ask("artist.getInfo", artist="Nobody")["error"] == 7


@pytest.mark.usefixtures("history")
def test_a_token_reads_in_the_header_or_in_place_of_the_key(app: Flask, bob: Visitor) -> None:
    token = token_of(app, bob.id)
    reader = LastfmPlayer(app, key=token)
    said = {"method": "user.getInfo", "format": "json"}

    by_header = app.test_client().get(
        "/2.0/", query_string=said, headers={"Authorization": f"Bearer {token}"}
    )
    in_the_address = app.test_client().get(
        "/2.0/", query_string=said | {"user": "bob", "api_key": token}
    )

    assert reader.ask("user.getInfo", user="bob")["user"]["playcount"] == "7"
    assert by_header.get_json()["user"]["name"] == "bob"
    assert in_the_address.get_json()["error"] == 17


@pytest.mark.usefixtures("history")
def test_what_is_not_public_is_read_by_the_household_alone(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    stranger = LastfmPlayer(app)
    other = LastfmPlayer(app).log_in("alice", token_of(app, alice.id))

    for method in ("getRecentTracks", "getTopAlbums", "getLovedTracks", "getInfo"):
        assert stranger.ask(f"user.{method}", user="bob")["error"] == 17
        assert stranger.ask(f"user.{method}", user="nobody")["error"] == 17
        assert "error" not in other.ask(f"user.{method}", user="bob")
    assert other.ask("user.getInfo", user="nobody")["error"] == 7
    share(app, bob.id, is_public=True)
    assert stranger.ask("user.getInfo", user="bob")["user"]["playcount"] == "7"


def test_what_somebody_keeps_to_themselves_another_does_not_read(
    app: Flask, alice: Visitor, player: LastfmPlayer
) -> None:
    hers = LastfmPlayer(app).log_in("alice", token_of(app, alice.id))
    hers.ask("track.scrobble", artist="Can", track="Spoon", timestamp=str(now()))
    share(app, alice.id, is_shared=False)

    assert player.ask("user.getRecentTracks", user="alice")["error"] == 17


@pytest.mark.usefixtures("history")
def test_a_stranger_learns_nothing_of_what_others_hear(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    hers = LastfmPlayer(app).log_in("alice", token_of(app, alice.id))
    for n in range(2):
        hers.ask("track.scrobble", artist="Can", track="Spoon", timestamp=str(now() - 900 * n))
    hers.ask("track.scrobble", artist="Harmonia", track="Watussi", timestamp=str(now()))
    share(app, bob.id, is_public=True)
    stranger = LastfmPlayer(app)

    told = stranger.ask("artist.getInfo", artist="Can", username="bob")["artist"]["stats"]

    assert (told["playcount"], told["userplaycount"]) == ("3", "3")
    assert stranger.ask("artist.getInfo", artist="Harmonia", username="bob")["error"] == 7
    assert hers.ask("artist.getInfo", artist="Can")["artist"]["stats"]["playcount"] == "5"


@pytest.mark.parametrize("limit", [2, 40])
def test_a_page_costs_the_same_questions_however_long(
    player: LastfmPlayer, count_queries: list[str], limit: int
) -> None:
    said: dict[str, str] = {}
    for n in range(limit):
        play = {"artist": f"Band {n}", "track": f"Song {n}", "timestamp": now() - 300 * n}
        said |= {f"{name}[{n}]": str(one) for name, one in play.items()}
    player.ask("track.scrobble", **said)
    player.ask("user.getInfo")
    count_queries.clear()

    player.ask("user.getRecentTracks", extended="1", limit=str(limit))
    player.ask("user.getTopTracks", limit=str(limit))

    assert len(count_queries) < 45, len(count_queries)
    assert clock.now()

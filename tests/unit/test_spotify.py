"""Spotify: what it tells, in either spelling, page by page."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.spotify import Spotify, Unreadable, image_bases, is_image
from core.errors import RemoteError
from core.library import (
    EPISODE,
    LOCAL,
    MISSING,
    AlbumTold,
    ArtistTold,
    EntryTold,
    Features,
    Page,
    PlaylistTold,
    ProfileTold,
    TrackTold,
)
from core.settings import Settings
from fakes.spotify import FakeSpotify, Library
from fakes.spotify_library import Entry, Episode, Local
from fakes.spotify_shapes import SPELLINGS
from tests.asking_spotify import asking

JSON = {"Content-Type": "application/json"}
ARTIST = {"id": "art1", "name": "Can"}
TRACK: dict[str, Any] = {"id": "trk1", "name": "Pinch", "type": "track", "artists": [ARTIST]}
PLAYLIST: dict[str, Any] = {
    "id": "lst1", "name": "Morning", "snapshot_id": "AAA/+1", "owner": {"id": "ada"},
}  # fmt: skip


@pytest.fixture
def fake() -> Iterator[FakeSpotify]:
    with FakeSpotify() as made:
        yield made


@pytest.fixture
def spotify(fake: FakeSpotify) -> Iterator[Spotify]:
    with asking(fake) as made:
        yield made


@pytest.fixture
def recorded(fake: FakeSpotify, samples: Path) -> Callable[[str], None]:
    """Let the next answers be one that was recorded."""

    def play(name: str) -> None:
        body = (samples / "spotify" / "fixtures" / f"{name}.json").read_bytes()
        fake.answers(200, JSON, body)

    return play


def answers(fake: FakeSpotify, body: Any) -> None:
    fake.answers(200, JSON, json.dumps(body).encode())


def rows(*items: Any, **otherwise: Any) -> dict[str, Any]:
    usual = {"items": items, "limit": 50, "offset": 0, "next": None, "total": len(items)}
    return usual | otherwise


def everything(ask: Callable[[str | None], Page[Any]]) -> list[Any]:
    """Read a list to its end."""
    page = ask(None)
    found = list(page.items)
    while page.cursor is not None:
        page = ask(page.cursor)
        found += page.items
    return found


def test_a_recorded_playlist_is_read_in_both_spellings(
    spotify: Spotify, recorded: Callable[[str], None]
) -> None:
    recorded("playlist_1")

    assert spotify.playlist("1Cp6VQCKf2VL4sP09jN9oX") == PlaylistTold(
        "1Cp6VQCKf2VL4sP09jN9oX",
        "To find",
        "AAAAAqEcxS92ddZ6R83Q8TWFhYshm18s",
        "1112264649",
        "Joost Lekkerkerker",
        is_public=True,
        description="",
        tracks_total=1,
        image="https://i.scdn.co/image/ab67616d00001e022f41071676f4f50842581fb4",
    )


@pytest.mark.parametrize(
    ("name", "title", "total"),
    [("playlist_2", "Starred", 2), ("playlist_3", "Pain", 3), ("new_playlist", "New Playlist", 0)],
)
def test_a_recorded_playlist_is_read_in_the_old_spelling(
    spotify: Spotify, recorded: Callable[[str], None], name: str, title: str, total: int
) -> None:
    recorded(name)

    told = spotify.playlist("any")

    assert (told.name, told.tracks_total) == (title, total)


def test_recorded_entries_are_read(spotify: Spotify, recorded: Callable[[str], None]) -> None:
    recorded("playlist_items")
    maribou = ArtistTold("Maribou State", "7zrkALJ9ayRjzysp4QYoEg")
    andreya = ArtistTold("Andreya Triana", "6SKEuFZYhaTytrhtJjgnO2")

    page = spotify.playlist_items("1Cp6VQCKf2VL4sP09jN9oX")

    image = "https://i.scdn.co/image/ab67616d00001e022f41071676f4f50842581fb4"  # of 300 pixels
    album = AlbumTold(
        "All I Need",
        (maribou, andreya),
        "7cynQpUNbqg7ZqYQu11Yng",
        kind="single",
        released="2025-01-13",
        tracks_total=5,
        image=image,
    )
    track = TrackTold(
        "All I Need",
        (maribou, andreya),
        album,
        "3ZL9gPzeCnKG9l5SB1SlcZ",
        "GBCFB2300770",
        227_934,
        1,
        1,
        is_explicit=False,
    )
    assert page == Page([EntryTold(track, 1_753_823_515_000, "1112264649")], None, 1, {})


@pytest.mark.parametrize(("name", "why"), [("playlist_2", LOCAL), ("playlist_3", EPISODE)])
def test_recorded_things_that_are_no_tracks_are_counted(
    fake: FakeSpotify, spotify: Spotify, samples: Path, name: str, why: str
) -> None:
    file = samples / "spotify" / "fixtures" / f"{name}.json"
    tracks = json.loads(file.read_bytes())["tracks"]
    answers(fake, tracks)

    page = spotify.playlist_items("any")

    assert page.skipped == {why: 1}
    assert len(page.items) == len(tracks["items"]) - 1


@pytest.mark.parametrize(
    ("name", "items", "total"),
    [("current_user_playlist_1", 48, 94), ("current_user_playlist_2", 47, 111)],
)
def test_recorded_lists_of_playlists_are_read(
    spotify: Spotify, recorded: Callable[[str], None], name: str, items: int, total: int
) -> None:
    recorded(name)

    page = spotify.playlists()

    # 47 of 48: the one that is missing counts, or every page behind would be read one row late.
    assert (len(page.items), page.cursor, page.total) == (items, "48", total)
    assert all(one.snapshot and one.owner_id and one.tracks_total is not None for one in page.items)


def test_markup_in_a_description_is_taken_out(
    spotify: Spotify, recorded: Callable[[str], None]
) -> None:
    recorded("current_user_playlist_2")

    told = spotify.playlists().items[0].description or ""

    assert told.startswith("You listened to freedom and ")
    assert "<" not in told
    assert "&" not in told


def test_recorded_liked_songs_are_read(spotify: Spotify, recorded: Callable[[str], None]) -> None:
    recorded("saved_tracks")

    page = spotify.liked()

    assert (len(page.items), page.total, page.skipped) == (48, 5_320, {})
    first = page.items[0]
    assert (first.track.name, first.track.isrc) == ("Cold Silver", "USYFZ2565101")
    assert (first.added_at, first.added_by) == (1_771_853_306_000, None)


def test_recorded_albums_are_read_and_the_one_that_is_null_is_counted(
    spotify: Spotify, recorded: Callable[[str], None]
) -> None:
    recorded("saved_albums_shortened")

    page = spotify.saved_albums()

    assert (page.skipped, page.cursor) == ({MISSING: 1}, None)
    assert [one.album.name for one in page.items][1:] == ["In Waves", "Legends"]
    first = page.items[0]
    assert len(first.tracks) == first.album.tracks_total == 39
    assert first.album.label == "Napalm Records Handels GmbH"
    assert first.album.copyright == (
        "(C) 2026 Napalm Records Handels GmbH / (P) 2026 Napalm Records Handels GmbH"
    )
    assert first.tracks[0].album == first.album
    assert page.items[1].album.copyright == "2024 Young"


def test_a_recorded_album_is_read_with_its_tracks(
    spotify: Spotify, recorded: Callable[[str], None]
) -> None:
    recorded("get_album")

    told = spotify.album("3IqzqH6ShrRtie9Yd2ODyG")

    assert (told.album.name, told.album.released) == ("SINGLARITY", "2020-12-18")
    assert (len(told.tracks), told.tracks[0].name) == (11, "All Your Friends")


def test_recorded_tracks_of_an_album_are_read(
    spotify: Spotify, recorded: Callable[[str], None]
) -> None:
    recorded("album_tracks")

    page = spotify.album_tracks("any")

    assert (len(page.items), page.cursor) == (18, None)
    assert (page.items[0].album, page.items[0].isrc, page.items[0].number) == (None, None, 1)


def test_a_recorded_artist_is_read(spotify: Spotify, recorded: Callable[[str], None]) -> None:
    recorded("artist")

    image = "https://i.scdn.co/image/ab676161000051748d8ac7290d0fe2d12fb6e4d9"
    assert spotify.artist("any") == ArtistTold(
        "Pitbull", "0TnOYISbd1XYRBk9myaseg", None, 12_425_030, image, is_whole=True
    )


def test_recorded_artists_are_read_by_the_cursor(
    spotify: Spotify, recorded: Callable[[str], None]
) -> None:
    recorded("followed_artists")

    page = spotify.followed()

    assert (len(page.items), page.total, page.cursor) == (48, 83, "7CajNmpbOovFoOoasH2HaY")
    # As if that page were the one behind itself: it would go round for ever.
    assert spotify.followed("7CajNmpbOovFoOoasH2HaY").cursor is None


def test_recorded_plays_are_read(spotify: Spotify, recorded: Callable[[str], None]) -> None:
    recorded("recently_played_tracks")

    plays = spotify.recent()

    assert len(plays) == 48
    assert plays[0].played_at == 1_772_050_520_497
    assert plays[0].track.isrc == "GXF972482646"


def test_a_code_of_a_recording_in_small_letters_is_one(
    spotify: Spotify, recorded: Callable[[str], None]
) -> None:
    recorded("recently_played_tracks")

    codes = {play.track.isrc for play in spotify.recent()}

    assert None not in codes
    assert all(code == (code or "").upper() for code in codes)


def test_recorded_top_artists_are_read(spotify: Spotify, recorded: Callable[[str], None]) -> None:
    recorded("top_artists")

    page = spotify.top_artists("long_term")

    assert (len(page.items), page.cursor, page.total) == (48, "48", 198)
    assert page.items[0].genres == ("power metal",)


def test_recorded_features_are_read(fake: FakeSpotify, spotify: Spotify, samples: Path) -> None:
    file = samples / "spotify" / "fixtures" / "audio_features.json"
    answers(fake, {"audio_features": [None, json.loads(file.read_bytes())]})

    assert spotify.audio_features(["11dFghVXANMlKmJXsNCbNl", "other"]) == {
        "11dFghVXANMlKmJXsNCbNl": Features(
            danceability=0.696,
            energy=0.905,
            speechiness=0.103,
            acousticness=0.011,
            instrumentalness=0.000905,
            liveness=0.302,
            valence=0.625,
            loudness=-2.743,
            tempo=114.944,
            pitch_class=2,
            mode=1,
            time_signature=4,
            duration_ms=207_960,
        )
    }


def test_the_recorded_profile_and_picture_are_read(
    spotify: Spotify, recorded: Callable[[str], None], fake: FakeSpotify
) -> None:
    recorded("current_user")
    image = "https://i.scdn.co/image/ab6775700000ee8546569a64d252247acb1491bc"
    told = ProfileTold("id:1112264649", "Joost Lekkerkerker", image, "premium", "1112264649")

    assert spotify.me() == told

    fake.behaves()
    recorded("playlist_cover_image")
    assert spotify.playlist_image("any") == (
        "https://image-cdn-fa.spotifycdn.com/image/ab67706c0000bebb8d0ce13d55f634e290f744ba"
    )


def test_an_account_is_known_by_what_never_changes(fake: FakeSpotify, spotify: Spotify) -> None:
    assert spotify.me() == ProfileTold(
        "account0ada", "Ada", f"{fake.url}/image/ada.plays-300", "premium", "ada.plays"
    )


def test_an_account_without_a_name_is_called_by_its_id(fake: FakeSpotify, spotify: Spotify) -> None:
    answers(fake, {"id": "ada.plays", "display_name": None, "product": None, "images": None})

    assert spotify.me() == ProfileTold("id:ada.plays", "ada.plays", user_id="ada.plays")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_library_is_read_whole_in_any_spelling(
    fake: FakeSpotify, spotify: Spotify, spelling: str
) -> None:
    fake.spelling = spelling
    songs = [fake.library.track(f"Song {number}") for number in range(120)]
    key = fake.library.playlist("Long", songs)

    found = everything(lambda cursor: spotify.playlist_items(key, cursor))

    assert [one.track.spotify_id for one in found] == songs
    assert [one.added_at for one in found] == sorted(one.added_at for one in found)
    totals = {one.name: one.tracks_total for one in everything(spotify.playlists)}
    assert totals["Long"] == 120
    assert fake.calls["/playlists/ID/items"] == 3


def test_what_cannot_be_kept_is_counted_by_why(fake: FakeSpotify, spotify: Spotify) -> None:
    song = fake.library.track("Song")
    things = [song, Local("A", "B"), None, Episode("e", "Talk"), song, Local("C", "D")]
    key = fake.library.playlist("Odd", things)
    fake.library.playlists[key].entries.insert(0, None)

    page = spotify.playlist_items(key)

    assert [one.track.spotify_id for one in page.items] == [song, song]
    assert page.skipped == {MISSING: 2, LOCAL: 2, EPISODE: 1}
    assert page.total == 7


def test_an_old_entry_names_neither_when_nor_who(fake: FakeSpotify, spotify: Spotify) -> None:
    key = fake.library.playlist("Old")
    fake.library.playlists[key].entries = [Entry(fake.library.track("Song"), None, None)]

    (entry,) = spotify.playlist_items(key).items

    assert (entry.added_at, entry.added_by) == (None, None)


def test_short_pages_and_pages_of_nulls_are_not_the_end(
    fake: FakeSpotify, spotify: Spotify
) -> None:
    songs = [fake.library.track(f"Song {number}") for number in range(230)]
    key = fake.library.playlist("Long", [*songs[:50], *[None] * 100, *songs[150:]])
    fake.shortens = 1

    found = everything(lambda cursor: spotify.playlist_items(key, cursor))

    # Each page but the last holds back its last row; no row comes twice, none is left out.
    wanted = [songs[number] for number in range(230) if not 50 <= number < 150]
    del wanted[99], wanted[49]
    assert [one.track.spotify_id for one in found] == wanted


def test_an_address_in_an_answer_is_never_followed(fake: FakeSpotify, spotify: Spotify) -> None:
    for number in range(60):
        fake.library.playlist(f"Playlist {number}")

    everything(spotify.playlists)

    # Where it says that its next page is, there is nothing any more.
    assert fake.calls == {"/me/playlists": 2}
    assert [one.query["offset"] for one in fake.requests] == ["0", "50"]


@pytest.mark.parametrize(
    ("said", "cursor"),
    [
        ({"next": None, "total": 500}, None),
        ({"next": "x", "total": 100}, None),
        ({"next": "x", "total": 101}, "100"),
        ({"next": "x", "total": None}, "100"),
        ({"next": "x", "total": "many"}, "100"),
        ({"next": "x", "total": 500, "limit": 20}, "70"),
        ({"next": "x", "total": 500, "limit": 10**9}, "100"),
        ({"next": "x", "total": 500, "limit": 0}, "100"),
        ({"next": "x", "total": 500, "limit": None}, "100"),
        ({"next": "x", "total": None, "items": []}, None),
        ({"next": "x", "total": 500, "items": []}, "100"),
        ({"next": 7, "total": 500, "offset": 0}, "100"),
    ],
)
def test_the_next_page_begins_where_we_count_it(
    fake: FakeSpotify, spotify: Spotify, said: dict[str, Any], cursor: str | None
) -> None:
    answers(fake, rows({"track": TRACK}) | said)

    assert spotify.liked("50").cursor == cursor


def test_a_list_that_says_that_it_never_ends_does(fake: FakeSpotify, spotify: Spotify) -> None:
    answers(fake, rows({"track": TRACK}, next="x", total=None))

    assert spotify.liked("199950").cursor is None


def test_artists_are_followed_to_the_end(fake: FakeSpotify, spotify: Spotify) -> None:
    names = [f"Artist {number:03}" for number in range(120)]
    fake.library.followed = [fake.library.catalogue.artist(name) for name in names]

    assert [one.name for one in everything(spotify.followed)] == names
    assert fake.calls["/me/following"] == 3


def test_a_track_an_album_and_an_artist_are_asked_for_by_id(
    fake: FakeSpotify, spotify: Spotify
) -> None:
    key = fake.library.catalogue.track("Together", "Neu!", "Neu! 75", guests=["Can"])
    track = fake.library.catalogue.tracks[key]

    told = spotify.track(key)

    assert [one.name for one in told.artists] == ["Neu!", "Can"]
    assert told.album is not None
    assert told.album.spotify_id == track.album_id
    assert spotify.album(track.album_id).album.name == "Neu! 75"
    assert spotify.artist(track.artist_ids[1]).name == "Can"


def test_an_id_is_nothing_but_a_piece_of_an_address(fake: FakeSpotify, spotify: Spotify) -> None:
    for key in ("", "a/b", "a?x=1", "a#y", "../me", "..", "%2e%2e", "a b", "\u0663"):
        with pytest.raises(Unreadable):
            spotify.track(key)

    assert fake.requests == []


def test_recent_plays_are_asked_for_after_a_moment(fake: FakeSpotify, spotify: Spotify) -> None:
    plays = fake.library.recent

    later = spotify.recent(plays[2][1])

    assert [one.played_at for one in later] == [at for _, at in plays[:2]]
    assert fake.requests[0].query == {"limit": "50", "after": str(plays[2][1])}
    assert spotify.recent(plays[0][1]) == []


def test_top_lists_are_read_by_span(fake: FakeSpotify, spotify: Spotify) -> None:
    fake.library.top_tracks["short_term"] = fake.library.top_tracks["long_term"][:2]

    assert len(spotify.top_tracks("short_term").items) == 2
    assert len(spotify.top_tracks("long_term").items) == 10
    assert [one.name for one in spotify.top_artists("medium_term").items] == ["Can", "Neu!"]


def test_counts_are_told_of_all_kinds_and_one_that_is_refused_is_left_out(
    fake: FakeSpotify, spotify: Spotify
) -> None:
    fake.library.shows = 3
    assert spotify.counts() == {
        "artists": 2, "albums": 2, "tracks": 9, "playlists": 5, "shows": 3,
    }  # fmt: skip
    assert fake.calls.total() == 5

    fake.refuses("Forbidden", path_prefix="/v1/me/shows")
    assert "shows" not in spotify.counts()


def test_features_are_known_by_id_and_never_by_place(fake: FakeSpotify, spotify: Spotify) -> None:
    fake.has_features = True
    known = list(fake.library.catalogue.features)
    unknown = fake.library.track("Unknown")

    told = spotify.audio_features([unknown, "no,id", "", *reversed(known)])

    assert set(told) == set(known)
    for key in known:
        assert told[key].energy == fake.library.catalogue.features[key]["energy"]
    assert fake.requests[0].query["ids"] == ",".join([unknown, *reversed(known)])
    assert spotify.audio_features(["", "no,id"]) == {}
    assert len(fake.requests) == 1


def test_a_playlist_is_made_for_nobody_else_filled_and_described(
    fake: FakeSpotify, spotify: Spotify
) -> None:
    songs = [fake.library.track(f"Song {number}") for number in range(100)]

    made = spotify.make_playlist("Of the summer", "Two\r\nlines")
    spotify.add(made.spotify_id, [f"spotify:track:{song}" for song in songs])

    assert made.is_public is False
    assert made.description == "Two  lines"
    stored = fake.library.playlists[made.spotify_id]
    assert [entry.thing for entry in stored.entries if entry] == songs

    spotify.describe(made.spotify_id, "Rock & <b>roll</b>\n'n' more")
    assert stored.description == "Rock & <b>roll</b> 'n' more"
    # What comes back is what was written.
    assert spotify.playlist(made.spotify_id).description == stored.description


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None},
        {"id": "with spaces"},
        {"id": ""},
        {"name": None},
        {"name": "\0"},
        {"artists": None},
        {"artists": [None, {"name": ""}, {"id": "x"}]},
        {"artists": "Can"},
    ],
)
def test_a_track_without_what_it_needs_is_missing(
    fake: FakeSpotify, spotify: Spotify, odd: dict[str, Any]
) -> None:
    answers(fake, rows({"track": TRACK | odd}, {"track": TRACK}))

    page = spotify.liked()

    assert [one.track.spotify_id for one in page.items] == ["trk1"]
    assert page.skipped == {MISSING: 1}


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ({"external_ids": {"isrc": "us-hm8-08-65849"}}, {"isrc": "USHM80865849"}),
        ({"external_ids": {"isrc": "unknown"}}, {"isrc": None}),
        ({"external_ids": None}, {"isrc": None}),
        ({"duration_ms": 0}, {"duration_ms": None}),
        ({"duration_ms": -1}, {"duration_ms": None}),
        ({"duration_ms": 10**30}, {"duration_ms": None}),
        ({"duration_ms": "long"}, {"duration_ms": None}),
        ({"explicit": "perhaps"}, {"is_explicit": None}),
        ({"name": "P\0" + "x" * 9_000}, {"name": "P" + "x" * 499}),
        ({"album": 7}, {"album": None}),
        ({"album": {"name": ""}}, {"album": None}),
        ({"type": None}, {"name": "Pinch"}),
    ],
)
def test_an_odd_value_costs_itself_and_no_track(
    fake: FakeSpotify, spotify: Spotify, odd: dict[str, Any], kept: dict[str, Any]
) -> None:
    answers(fake, TRACK | odd)

    told = spotify.track("trk1")

    assert {name: getattr(told, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("date", "precision", "kept"),
    [
        ("1972-11-29", "day", "1972-11-29"),
        ("1972-11", "month", "1972-11"),
        ("1972", "year", "1972"),
        ("1972-01-01", "year", "1972"),
        ("1972-11-01", "month", "1972-11"),
        ("1972-11-29", None, "1972-11-29"),
        ("1972-02-30", "day", "1972"),
        ("1972-13", "month", "1972"),
        ("0000", "year", None),
        ("0000-00-00", "day", None),
        ("soon", "day", None),
        (None, None, None),
        (1972, "year", None),
    ],
)
def test_a_release_is_as_precise_as_it_is_known(
    fake: FakeSpotify, spotify: Spotify, date: Any, precision: Any, kept: str | None
) -> None:
    album = {"id": "alb1", "name": "Ege Bamyasi", "artists": [ARTIST]}
    answers(fake, album | {"release_date": date, "release_date_precision": precision})

    assert spotify.album("alb1").album.released == kept


@pytest.mark.parametrize(
    ("sides", "chosen"),
    [
        ([640, 300, 64], 300),
        ([64, 640], 640),
        ([64, 160], 160),
        ([1000, 500], 500),
        ([None], None),
        ([None, 640], 640),
    ],
)
def test_the_picture_is_as_wide_as_a_page_needs(
    fake: FakeSpotify, spotify: Spotify, sides: list[int | None], chosen: int | None
) -> None:
    images = [{"url": f"https://i.scdn.co/{side}", "width": side, "height": side} for side in sides]
    answers(fake, [*images, None, {"url": "javascript:alert(1)", "width": 300}])

    assert spotify.playlist_image("any") == f"https://i.scdn.co/{chosen}"


@pytest.mark.parametrize("said", [[], None, [None], [{"url": None}], {"url": "x"}])
def test_no_picture_is_none(fake: FakeSpotify, spotify: Spotify, said: Any) -> None:
    answers(fake, said)

    assert spotify.playlist_image("any") is None


@pytest.mark.parametrize(
    "odd",
    [{"id": None}, {"snapshot_id": None}, {"snapshot_id": ""}, {"owner": None}, {"owner": {}}],
)
def test_a_playlist_without_what_it_needs_is_no_playlist(
    fake: FakeSpotify, spotify: Spotify, odd: dict[str, Any]
) -> None:
    answers(fake, rows(PLAYLIST | odd, PLAYLIST))
    page = spotify.playlists()
    assert (len(page.items), page.skipped) == (1, {MISSING: 1})

    fake.behaves()
    answers(fake, PLAYLIST | odd)
    with pytest.raises(RemoteError, match="do not understand"):
        spotify.playlist("lst1")


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ({"name": ""}, {"name": "Untitled"}),
        ({"description": None}, {"description": None}),
        ({"description": ""}, {"description": ""}),
        ({"description": "AT&amp;T &lt;3 &#x27;em"}, {"description": "AT&T <3 'em"}),
        ({"public": None}, {"is_public": None}),
        ({"collaborative": None}, {"is_collaborative": False}),
        ({"tracks": {"total": 3}}, {"tracks_total": 3}),
        ({"items": {"total": 4}, "tracks": {"total": 3}}, {"tracks_total": 4}),
        ({"items": None, "tracks": {"total": 3}}, {"tracks_total": 3}),
        ({"items": []}, {"tracks_total": None}),
        ({"images": None}, {"image": None}),
    ],
)
def test_of_a_playlist_what_is_not_said_is_not_known(
    fake: FakeSpotify, spotify: Spotify, odd: dict[str, Any], kept: dict[str, Any]
) -> None:
    answers(fake, PLAYLIST | odd)

    told = spotify.playlist("lst1")

    assert {name: getattr(told, name) for name in kept} == kept


@pytest.mark.parametrize(
    "entry",
    [
        {"track": TRACK},
        {"item": TRACK},
        {"item": TRACK, "track": TRACK},
        {"item": TRACK | {"track": True, "episode": False}},
        {"item": None, "track": TRACK},
        {"item": True, "track": TRACK},
    ],
)
def test_what_is_in_an_entry_is_found_by_either_name(
    fake: FakeSpotify, spotify: Spotify, entry: dict[str, Any]
) -> None:
    answers(fake, rows(entry))

    assert [one.track.name for one in spotify.playlist_items("any").items] == ["Pinch"]


def test_pictures_may_lie_where_those_of_the_real_one_do() -> None:
    real = Settings()

    for host in ("i.scdn.co", "mosaic.scdn.co", "image-cdn-ak.spotifycdn.com"):
        assert is_image(real, f"https://{host}/image/ab67")
    for address in (
        "https://scdn.co.evil.example/x",
        "https://evilscdn.co/x",
        "http://i.scdn.co/x",
        "https://i.scdn.co:444/x",
        "https://i.scdn.co@evil.example/x",
    ):
        assert not is_image(real, address)
    stand_in = Settings(spotify_image_url="http://127.0.0.1:9")
    assert image_bases(stand_in) == ("http://127.0.0.1:9",)


def test_the_token_goes_in_a_header_and_in_no_address(fake: FakeSpotify, spotify: Spotify) -> None:
    spotify.me()

    assert fake.requests[0].headers["authorization"] == "Bearer a-token"
    assert "a-token" not in fake.requests[0].path


def test_a_library_is_made_for_a_test_in_a_few_words() -> None:
    with FakeSpotify(Library(account_id=None)) as fake, asking(fake) as spotify:
        fake.library.like(fake.library.track("One"), fake.library.track("Two"))

        assert [one.track.name for one in spotify.liked().items] == ["Two", "One"]
        assert (spotify.me().subject, spotify.me().formerly) == ("id:ada.plays", "id:ada.plays")

"""What the filters of a library find, in which order, and whose it is; on both databases."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.library import AlbumTold, ArtistTold, Features, PlaylistTold, TrackTold
from database import library_items, library_lists, library_meta, playlists, track_features
from database.library_filters import AlbumFilter, ArtistFilter, PlaylistFilter, TrackFilter
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.library_lists import Page
from database.models import Analysis, Grant, Person, Playlist
from database.playlists import OnList
from tests.factories import person

ALL = Page(50)
_NEVER = 1


def told(name: str, artist: str, album: str, year: int = 1971, **said: Any) -> TrackTold:
    by = ArtistTold(artist, spotify_id=f"ar-{artist}")
    on = AlbumTold(album, (by,), spotify_id=f"al-{album}", released=str(year))
    return TrackTold(name, (by,), on, spotify_id=f"tr-{name}", **{"duration_ms": 1000} | said)


VITAMIN = told("Vitamin C", "Can", "Ege Bamyasi", 1972)
SPOON = told("Spoon", "Can", "Ege Bamyasi", 1972)
HERO = told("Hero", "Neu!", "Neu! 75", 1975)
HUNDRED = told("100%", "Österreich", "a_b", 1992, duration_ms=None)


def listed(spotify_id: str, name: str, **said: Any) -> PlaylistTold:
    return PlaylistTold(spotify_id, name, f"snap-{spotify_id}", **{"owner_id": "bob-1"} | said)


@pytest.fixture
def bob(session: Session) -> Person:
    return person(session, "bob")


@pytest.fixture
def ids(session: Session, bob: Person) -> dict[str, int]:
    """Give bob a library with most kinds of things in it; carol has a playlist of her own."""
    intake = LibraryIntake()
    tracks = intake.tracks(session, [VITAMIN, SPOON, HERO, HUNDRED])
    lists = intake.playlists(
        session,
        [
            listed("p1", "Krautrock", is_public=True),
            listed("p2", "100% mine", is_public=False, is_collaborative=True),
            listed("p3", "Their mix", owner_id="spotify"),
            listed("p4", "Carol's", owner_id="carol", is_public=False),
        ],
    )
    fill(session, lists[0], tracks[:3])
    fill(session, lists[1], [tracks[3]])
    saved = intake.albums(session, [AlbumTold("Tago Mago", (ArtistTold("Can"),), "al-tago")])
    carol = person(session, "carol")
    for whose, item_ids in ((bob.id, lists[:3]), (carol.id, lists[3:])):
        put(session, whose, "playlist", item_ids)
    put(session, bob.id, "track", [tracks[1]])
    put(session, bob.id, "album", saved)
    named = dict(zip(("vitamin", "spoon", "hero", "hundred"), tracks, strict=True))
    named |= dict(zip(("p1", "p2", "p3", "p4"), lists, strict=True)) | {"tago": saved[0]}
    features = [(named["vitamin"], Features(energy=0.5))]
    track_features.put(session, "csv", features)
    analysed(session, bob.id, "playlist", named["p2"])
    grant(session, bob.id)
    return named


def fill(session: Session, playlist_id: int, track_ids: list[int]) -> None:
    entries = [OnList(track_id, None, None) for track_id in track_ids]
    snapshot = session.get_one(Playlist, playlist_id).told_snapshot
    playlists.fill(session, playlist_id, entries, snapshot, {})


def put(session: Session, person_id: int, kind: str, item_ids: list[int]) -> None:
    library_items.replace(session, person_id, kind, "spotify", map(Entry, item_ids))


def analysed(session: Session, person_id: int, kind: str, item_id: int) -> None:
    session.add(
        Analysis(
            person_id=person_id, kind=kind, scope=str(item_id), version=f"{kind}:{item_id}",
            title="", digest="", track_ids=[], data={}, created_at=1, updated_at=1,
        )
    )  # fmt: skip
    session.flush()


def grant(session: Session, person_id: int, **said: Any) -> None:
    session.add(
        Grant(
            person_id=person_id, provider="spotify", subject="account-bob", subject_name="Bob",
            scopes="", access_expires_at=1, authorised_at=1, version=1, created_at=1,
            **{"status": "OK", "profile": {"id": "bob-1"}} | said,
        )
    )  # fmt: skip
    session.flush()


def names(found: library_lists.Listed[Any]) -> list[str]:
    assert found.total == len(found.items)
    return [one.name for one in found.items]


EVERY = ["100% mine", "Krautrock", "Their mix"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, EVERY),
        ({"name": "KRAUT"}, ["Krautrock"]),
        ({"name": "%"}, ["100% mine"]),
        ({"name": "_"}, []),
        ({"public": "1"}, ["Krautrock"]),
        ({"public": "0"}, ["100% mine", "Their mix"]),
        ({"private": "true"}, ["100% mine"]),
        ({"private": "false"}, ["Krautrock", "Their mix"]),
        ({"collaborative": "1"}, ["100% mine"]),
        ({"collaborative": "0"}, ["Krautrock", "Their mix"]),
        ({"my_playlists": "1"}, ["100% mine", "Krautrock"]),
        ({"my_playlists": "0"}, ["Their mix"]),
        ({"is_synced": "1"}, ["100% mine", "Krautrock"]),
        ({"is_synced": "0"}, ["Their mix"]),
        ({"is_analyzed": "1"}, ["100% mine"]),
        ({"is_analyzed": "0"}, ["Krautrock", "Their mix"]),
        ({"num_tracks_gt": "1"}, ["Krautrock"]),
        ({"num_tracks_gt": "0", "num_tracks_lt": "3"}, ["100% mine"]),
        ({"num_tracks_lt": "1"}, ["Their mix"]),
        ({"track_name": "spoon"}, ["Krautrock"]),
        ({"artist_name": "ÖSTER"}, ["100% mine"]),
        ({"album_name": "neu!"}, ["Krautrock"]),
        ({"album_name": "a_b"}, ["100% mine"]),
        ({"track_name": "hero", "artist_name": "can"}, []),
        ({"track_name": "hero", "artist_name": "neu"}, ["Krautrock"]),
        ({"name": "m", "is_synced": "1", "collaborative": "1"}, ["100% mine"]),
    ],
)
def test_filters_of_playlists_hold_all_at_once(
    session: Session, bob: Person, ids: dict[str, int], said: dict[str, Any], found: list[str]
) -> None:
    wanted = PlaylistFilter(**said)

    assert ids and names(library_lists.playlists(session, bob.id, wanted, ALL)) == found


@pytest.mark.parametrize(
    ("sort", "way", "found"),
    [
        ("name", "desc", EVERY[::-1]),
        ("public", "asc", ["100% mine", "Krautrock", "Their mix"]),
        ("public", "desc", ["Krautrock", "100% mine", "Their mix"]),
        ("collaborative", "desc", ["100% mine", "Krautrock", "Their mix"]),
        ("is_synced", "asc", ["Their mix", "100% mine", "Krautrock"]),
        ("is_analyzed", "asc", ["Krautrock", "Their mix", "100% mine"]),
        ("is_analyzed", "desc", ["100% mine", "Krautrock", "Their mix"]),
    ],
)
def test_playlists_stand_in_the_order_that_is_asked(
    session: Session, bob: Person, ids: dict[str, int], sort: str, way: str, found: list[str]
) -> None:
    """What is not known stands last, either way round."""
    wanted = PlaylistFilter.model_validate({"sort": sort, f"{sort}_dir": way})

    assert ids and names(library_lists.playlists(session, bob.id, wanted, ALL)) == found


def test_a_direction_of_another_order_is_none(
    session: Session, bob: Person, ids: dict[str, int]
) -> None:
    wanted = PlaylistFilter(sort="name", public_dir="desc")

    assert ids and names(library_lists.playlists(session, bob.id, wanted, ALL)) == EVERY
    assert not wanted.is_filtered and PlaylistFilter(public=False).is_filtered


@pytest.mark.parametrize(
    "said",
    [
        {"public": "yes"}, {"is_synced": "2"}, {"sort": "owner"}, {"name_dir": "down"},
        {"num_tracks_gt": "-1"}, {"num_tracks_lt": "many"}, {"name": "x" * 201},
    ],
)  # fmt: skip
def test_a_filter_says_what_is_wrong(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PlaylistFilter(**said)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ["a_b", "Ege Bamyasi", "Neu! 75", "Tago Mago"]),
        ({"which": "saved"}, ["Tago Mago"]),
        ({"name": "NEU"}, ["Neu! 75"]),
        ({"artist_name": "can"}, ["Ege Bamyasi", "Tago Mago"]),
        ({"artist_name": "öster"}, ["a_b"]),
        ({"release_year": "1972"}, ["Ege Bamyasi"]),
        ({"released_before": "1975"}, ["Ege Bamyasi"]),
        ({"released_after": "1972"}, ["a_b", "Neu! 75"]),
        ({"released_after": "1972", "released_before": "1992"}, ["Neu! 75"]),
        ({"is_analyzed": "1"}, []),
        ({"is_synced": "0"}, ["a_b", "Ege Bamyasi", "Neu! 75", "Tago Mago"]),
        ({"sort": "release_year"}, ["Ege Bamyasi", "Neu! 75", "a_b", "Tago Mago"]),
        (
            {"sort": "release_year", "release_year_dir": "desc"},
            ["a_b", "Neu! 75", "Ege Bamyasi", "Tago Mago"],
        ),
    ],
)
def test_filters_of_albums(
    session: Session, bob: Person, ids: dict[str, int], said: dict[str, Any], found: list[str]
) -> None:
    assert ids and names(library_lists.albums(session, bob.id, AlbumFilter(**said), ALL)) == found


def test_albums_of_an_artist_are_found_by_number(
    session: Session, bob: Person, ids: dict[str, int]
) -> None:
    neu = library_lists.track(session, ids["hero"]).artists[0].id

    wanted = AlbumFilter(artist=neu, artist_name="ne")
    assert names(library_lists.albums(session, bob.id, wanted, ALL)) == ["Neu! 75"]
    other = AlbumFilter(artist=neu, artist_name="can")
    assert names(library_lists.albums(session, bob.id, other, ALL)) == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ["100%", "Hero", "Spoon", "Vitamin C"]),
        ({"which": "liked"}, ["Spoon"]),
        ({"name": "vita"}, ["Vitamin C"]),
        ({"artist": "can"}, ["Spoon", "Vitamin C"]),
        ({"album": "a_b"}, ["100%"]),
        ({"is_synced": "1"}, ["Hero", "Spoon", "Vitamin C"]),
        ({"is_synced": "0"}, ["100%"]),
        ({"is_analyzed": "1"}, ["Vitamin C"]),
        ({"is_analyzed": "0"}, ["100%", "Hero", "Spoon"]),
        ({"sort": "album", "album_dir": "desc"}, ["Hero", "Spoon", "Vitamin C", "100%"]),
        ({"sort": "duration"}, ["Hero", "Spoon", "Vitamin C", "100%"]),
        ({"sort": "artist"}, ["Spoon", "Vitamin C", "Hero", "100%"]),
    ],
)
def test_filters_of_tracks(
    session: Session, bob: Person, ids: dict[str, int], said: dict[str, Any], found: list[str]
) -> None:
    assert ids and names(library_lists.tracks(session, bob.id, TrackFilter(**said), ALL)) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ["Can", "Neu!", "Österreich"]),
        ({"which": "followed"}, ["Neu!"]),
        ({"name": "ÖSTER"}, ["Österreich"]),
        ({"genre": "Krautrock"}, ["Neu!"]),
        ({"genre": "ÉLAN  vital"}, ["Neu!"]),
        ({"genre": "rock"}, []),
        ({"genre": "%"}, []),
        ({"is_synced": "1"}, ["Neu!"]),
        ({"sort": "followers"}, ["Neu!", "Can", "Österreich"]),
    ],
)
def test_filters_of_artists(
    session: Session, bob: Person, ids: dict[str, int], said: dict[str, Any], found: list[str]
) -> None:
    neu = ArtistTold("Neu!", "ar-Neu!", ("Krautrock", "Élan Vital"), 75, is_whole=True)
    put(session, bob.id, "artist", LibraryIntake().artists(session, [neu]))

    assert ids and names(library_lists.artists(session, bob.id, ArtistFilter(**said), ALL)) == found


def test_a_page_knows_how_many_there_are(
    session: Session, bob: Person, ids: dict[str, int]
) -> None:
    seen = [
        library_lists.playlists(session, bob.id, PlaylistFilter(), Page(2, skip))
        for skip in (0, 2, 4)
    ]

    assert ids and [len(one.items) for one in seen] == [2, 1, 0]
    assert [one.total for one in seen] == [3, 3, 3]


def test_anothers_playlist_is_not_there(session: Session, bob: Person, ids: dict[str, int]) -> None:
    with pytest.raises(NotFound):
        library_lists.playlist(session, bob.id, ids["p4"])

    assert library_lists.playlist(session, bob.id, ids["p1"]).is_own
    assert not library_lists.playlist(session, bob.id, ids["p3"]).is_own


def test_what_another_has_analysed_is_not_analysed(
    session: Session, bob: Person, ids: dict[str, int]
) -> None:
    analysed(session, person(session, "dave").id, "playlist", ids["p1"])

    assert not library_lists.playlist(session, bob.id, ids["p1"]).is_analyzed
    assert library_lists.playlist(session, bob.id, ids["p2"]).is_analyzed


def test_how_much_is_synced_and_analysed(
    session: Session, bob: Person, ids: dict[str, int]
) -> None:
    fill(session, ids["p2"], [ids["hundred"], ids["hero"], ids["hero"]])

    of_playlists = library_meta.of_playlists(session, bob.id)
    of_albums = library_meta.of_albums(session, bob.id)

    assert of_playlists == (2, 1, 4, 1, 3, 4)
    assert of_albums == (0, 0, 4)
    nobody = person(session, "dave").id
    assert library_meta.of_playlists(session, nobody) == (0, 0, 0, 0, 0, 0)
    assert library_meta.of_albums(session, nobody) == (0, 0, 0)

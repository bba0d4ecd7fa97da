"""What the pages of the library read: tracks in their order, how much they are, whose they are."""

from collections.abc import Callable

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.library import ArtistTold, Features, TrackTold
from database import (
    library_albums,
    library_home,
    library_items,
    library_pages,
    library_rows,
    library_settings,
    listings,
    notifications,
    playlists,
    track_features,
)
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.library_rows import Extent
from database.library_settings import Wishes
from database.listings import Which
from database.models import LibraryImport, LibraryTrack, Listing, Playlist
from database.playlists import OnList
from tests import factories, libraries

FILES = "file"


@pytest.fixture
def alice(session: Session) -> int:
    return factories.person(session, "alice").id


@pytest.fixture
def bob(session: Session) -> int:
    return factories.person(session, "bob").id


def test_a_playlist_is_read_in_its_order_with_its_repeats(session: Session, alice: int) -> None:
    made = libraries.fill(session, alice)
    a, b, _ = made.tracks
    entries = [OnList(one, None, None) for one in (b, a, b)]
    playlists.fill(session, made.playlist, entries, "snap2")

    rows = library_rows.of_playlist(session, made.playlist)
    assert [row.id for row in rows] == [b, a, b]
    assert [artist.name for artist in rows[0].artists] == ["Can", "Neu!"]
    assert [
        row.id for row in library_rows.of_playlist(session, made.playlist, skip=1, limit=1)
    ] == [a]
    assert library_rows.extent_of_playlist(session, made.playlist) == Extent(3, 2, 2, 602_000)


def test_a_playlist_is_stale_where_nothing_was_heard_of_it_for_a_week(
    session: Session, alice: int, bob: int
) -> None:
    made = libraries.fill(session, alice)
    old = clock.now() - 8 * clock.DAY

    assert not playlists.is_stale(session, alice, made.playlist)
    session.execute(update(Playlist).values(synced_at=old))
    assert playlists.is_stale(session, alice, made.playlist)
    listings.say_read(session, Which(alice, listings.PLAYLISTS))
    assert not playlists.is_stale(session, alice, made.playlist)
    assert playlists.is_stale(session, bob, made.playlist)
    session.execute(update(Playlist).values(told_snapshot="snap2"))
    assert playlists.is_stale(session, alice, made.playlist)
    session.execute(update(Playlist).values(told_snapshot="snap1"))
    session.execute(update(Listing).values(fetched_at=old))
    assert playlists.is_stale(session, alice, made.playlist)
    listings.say_read(session, Which(alice, listings.of_playlist(made.playlist), "snap1"))
    assert not playlists.is_stale(session, alice, made.playlist)
    session.execute(update(Playlist).values(synced_at=None))
    assert playlists.is_stale(session, alice, made.playlist)


def test_a_list_without_tracks_is_nothing(session: Session, alice: int) -> None:
    made = libraries.fill(session, alice, tracks=0)

    assert library_rows.extent_of_playlist(session, made.playlist) == Extent(0, 0, 0, 0)
    assert library_rows.of_playlist(session, made.playlist) == []


def test_liked_songs_stand_once_the_last_first(session: Session, alice: int, bob: int) -> None:
    made = libraries.fill(session, alice)
    libraries.fill(session, bob)
    a, b, c = made.tracks
    liked = [Entry(c, 3_000), Entry(a, 1_000)]
    library_items.replace(session, alice, "track", "spotify", liked)
    library_items.replace(session, alice, "track", FILES, [Entry(a, 5_000), Entry(b, None)])

    rows = library_rows.liked(session, alice)
    assert [(row.id, row.added_at) for row in rows] == [(a, 5_000), (c, 3_000), (b, None)]
    assert [row.id for row in library_rows.liked(session, alice, skip=1, limit=1)] == [c]
    assert library_rows.extent_of_liked(session, alice).entries == 3


def test_an_album_is_read_by_its_numbers(session: Session, alice: int) -> None:
    made = libraries.fill(session, alice)
    session.execute(
        update(LibraryTrack).where(LibraryTrack.id == made.tracks[0]).values(disc=2, number=1)
    )
    unnumbered = update(LibraryTrack).where(LibraryTrack.id == made.tracks[1])
    session.execute(unnumbered.values(number=None))

    rows = library_rows.of_album(session, made.album)
    assert [row.id for row in rows] == [made.tracks[2], made.tracks[1], made.tracks[0]]
    assert library_rows.extent_of_album(session, made.album).tracks == 3


def test_of_an_artist_only_what_is_in_ones_own_library_is_shown(
    session: Session, alice: int, bob: int
) -> None:
    made = libraries.fill(session, alice)
    other = LibraryIntake().tracks(session, [TrackTold("Unheard", (libraries.CAN,), None, "x")])
    library_items.replace(session, bob, "track", "spotify", [Entry(other[0], None)])

    of_alice = library_rows.of_artist(session, alice, made.artist)
    assert [row.name for row in of_alice] == ["Song 0", "Song 1", "Song 2"]
    assert [row.name for row in library_rows.of_artist(session, bob, made.artist)] == ["Unheard"]
    assert library_rows.extent_of_artist(session, bob, made.artist).tracks == 1
    albums = library_pages.albums_of_artist(session, alice, made.artist)
    assert [(album.name, album.year) for album in albums] == [("Tago Mago", 1971)]
    assert library_pages.albums_of_artist(session, bob, made.artist) == []


def test_a_playlist_is_its_persons(session: Session, alice: int, bob: int) -> None:
    made = libraries.fill(session, alice)

    assert library_pages.playlist(session, alice, made.playlist).name == "Morning"
    with pytest.raises(NotFound):
        library_pages.playlist(session, bob, made.playlist)
    assert library_pages.playlists_with(session, bob, made.tracks[0]) == []
    session.execute(update(Playlist).values(person_id=bob))
    assert library_pages.playlist(session, bob, made.playlist).name == "Morning"
    assert [one.name for one in library_pages.playlists_with(session, bob, made.tracks[0])] == [
        "Morning"
    ]


@pytest.mark.parametrize("find", [library_albums.get, library_pages.track, library_pages.artist])
def test_what_is_not_there_is_not_found(
    session: Session, find: Callable[[Session, int], object]
) -> None:
    with pytest.raises(NotFound):
        find(session, 99)


def test_how_something_is_kept(session: Session, alice: int, bob: int) -> None:
    made = libraries.fill(session, alice)
    library_items.replace(session, bob, "album", FILES, [Entry(made.album, None)])

    assert library_pages.kept_as(session, alice, "album", made.album) == 1_700_000_000_000
    assert library_pages.kept_as(session, bob, "album", made.album) == 0
    assert library_pages.kept_as(session, bob, "artist", made.artist) is None
    names = [artist.name for artist in library_pages.artists_of_album(session, made.album)]
    assert names == ["Can"]


def test_the_source_that_is_believed_first_stands_in_front(session: Session, alice: int) -> None:
    made = libraries.fill(session, alice)
    track_features.put(session, "manual", [(made.tracks[0], Features(energy=1))])

    said = library_pages.features(session, alice, made.tracks[0])
    assert [(one.features.source, one.file_name) for one in said] == [
        ("manual", None),
        ("csv", None),
    ]


def test_a_file_is_named_to_who_brought_it_alone(session: Session, alice: int, bob: int) -> None:
    made = libraries.fill(session, alice, known=0)
    brought = LibraryImport(
        public_id="a" * 32, person_id=alice, file_name="secret.csv", created_at=clock.now()
    )
    session.add(brought)
    session.flush()
    track_features.put(session, "csv", [(made.tracks[0], Features(energy=0.5))], brought.id)

    for person_id, name in ((alice, "secret.csv"), (bob, None)):
        said = library_pages.features(session, person_id, made.tracks[0])
        assert [one.file_name for one in said] == [name]


def test_what_is_under_way_is_found_until_it_is_over(
    session: Session, alice: int, bob: int
) -> None:
    notifications.started(session, alice, "a" * 32, "playlist", "7", "sync", {})
    notifications.started(session, alice, "b" * 32, "library", None, "sync", {})

    for resource, item, task in (("playlist", 7, "a" * 32), ("library", None, "b" * 32)):
        found = library_pages.under_way(session, alice, resource, item)
        assert found is not None and found.task_id == task
        assert library_pages.under_way(session, bob, resource, item) is None
    assert library_pages.under_way(session, alice, "playlist", 8) is None


def test_a_library_is_counted(session: Session, alice: int, bob: int) -> None:
    libraries.fill(session, alice, tracks=4)
    libraries.fill(session, alice, tracks=4, name="Evening")
    analysis = libraries.analyse(session, alice, "liked")

    assert library_home.counts(session, alice) == (2, 4, 1, 1)
    assert library_home.counts(session, bob) == (0, 0, 0, 0)
    assert (library_home.tracks(session, alice), library_home.tracks(session, bob)) == (4, 0)
    assert [one.id for one in library_home.analysed(session, alice)] == [analysis]
    assert (
        library_home.analysed(session, alice, skip=1) == library_home.analysed(session, bob) == []
    )


def test_what_is_wished_is_kept(session: Session, alice: int, bob: int) -> None:
    assert library_settings.get(session, alice) == library_settings.USUAL

    for wishes in (Wishes(), Wishes(uses_reccobeats=True, syncs_daily=True)):
        library_settings.put(session, alice, wishes)
        session.expire_all()
        assert library_settings.get(session, alice) == wishes
    assert library_settings.get(session, bob) == library_settings.USUAL


def test_a_track_without_an_album_or_a_length_is_shown(session: Session) -> None:
    told = TrackTold("", (ArtistTold(""),), None, "odd")
    ids = LibraryIntake().tracks(session, [told])

    row = library_rows.of_ids(session, ids)[ids[0]]
    assert (row.album, row.duration_ms, row.has_features) == (None, None, False)
    assert library_rows.of_ids(session, [99]) == {}

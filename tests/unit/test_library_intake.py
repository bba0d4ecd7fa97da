"""What is told of a library is kept once, and what says nothing new writes nothing."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.library import AlbumTold, ArtistTold, PlaylistTold, TrackTold
from database import library_items, listings, playlists
from database.engine import Database
from database.library_intake import LibraryIntake
from database.library_items import SPOTIFY, TRACK, Entry
from database.library_told import LONGEST
from database.listings import Came, Place, Staged, Which
from database.models import Base, LibraryAlbum, LibraryArtist, LibraryTrack, Playlist
from database.playlists import OnList
from tests import factories

CAN = ArtistTold("Can", "art1")
NEU = ArtistTold("Neu!", "art2")
EGE = AlbumTold(
    "Ege Bamyasi", (CAN,), "alb1", kind="album", released="1972-11-29", tracks_total=7,
    image="https://i.scdn.co/image/a",
)  # fmt: skip
PINCH = TrackTold(
    "Pinch", (CAN, NEU), EGE, "trk1", "DEA611000001", 566_000, 1, 1, is_explicit=False
)
MORNING = PlaylistTold(
    "lst1", "Morning", "snap1", "ada", "Ada", is_public=True, description="Early & quiet"
)


def all_rows(session: Session) -> dict[str, list[Any]]:
    """Return every row of every table of the library."""
    session.flush()
    session.expire_all()
    return {
        name: sorted(map(tuple, session.execute(select(table))), key=repr)
        for name, table in Base.metadata.tables.items()
        if name.startswith(("library_", "playlist", "listing"))
    }


def one(session: Session, table: type[Any]) -> Any:
    session.expire_all()
    (found,) = session.scalars(select(table))
    return found


def test_what_is_told_is_there(session: Session) -> None:
    (id_,) = LibraryIntake().tracks(session, [PINCH])

    track, album = one(session, LibraryTrack), one(session, LibraryAlbum)
    assert (track.id, track.album_id, track.credit) == (id_, album.id, "Can, Neu!")
    assert (track.artist_folded, track.song_key) == ("can", "pinch")
    assert (album.release_year, album.credit, album.synced_at) == (1972, "Can", None)
    names = session.scalars(select(LibraryArtist.name).order_by(LibraryArtist.id))
    assert list(names) == ["Can", "Neu!"]


def test_the_same_twice_changes_no_row(session: Session) -> None:
    intake = LibraryIntake()
    told = [PINCH, PINCH._replace(spotify_id="trk2", name="Vitamin C")]
    first = intake.tracks(session, told), intake.playlists(session, [MORNING])
    before = all_rows(session)

    assert (LibraryIntake().tracks(session, told), intake.playlists(session, [MORNING])) == first
    assert all_rows(session) == before


@pytest.mark.parametrize("only_fills", [False, True])
def test_what_is_not_said_overwrites_nothing(session: Session, *, only_fills: bool) -> None:
    LibraryIntake().tracks(session, [PINCH])
    LibraryIntake().playlists(session, [MORNING])
    before = all_rows(session)
    intake = LibraryIntake(only_fills=only_fills)

    intake.tracks(session, [TrackTold("Pinch", (), AlbumTold("", (), "alb1"), "trk1")])
    intake.tracks(session, [TrackTold("", (), None, "trk1")])
    intake.playlists(session, [MORNING._replace(description=None, is_public=None, owner_name=None)])

    assert all_rows(session) == before


def test_what_is_said_anew_changes_what_was_known(session: Session) -> None:
    intake = LibraryIntake()
    intake.tracks(session, [PINCH])
    intake.playlists(session, [MORNING])

    intake.tracks(session, [PINCH._replace(name="Pinch (live)", artists=(NEU,), number=2)])
    intake.playlists(session, [MORNING._replace(name="Evening", description="", snapshot="snap2")])

    track, playlist = one(session, LibraryTrack), one(session, Playlist)
    assert (track.name, track.credit, track.number) == ("Pinch (live)", "Neu!", 2)
    assert (playlist.name, playlist.description) == ("Evening", "")
    assert (playlist.told_snapshot, playlist.snapshot) == ("snap2", None)


def test_a_file_fills_gaps_and_changes_nothing(session: Session) -> None:
    told = PINCH._replace(isrc=None)
    (id_,) = LibraryIntake().tracks(session, [told])

    other = PINCH._replace(name="PINCH", artists=(ArtistTold("CAN"),), duration_ms=1)
    assert LibraryIntake(only_fills=True).tracks(session, [other]) == [id_]

    track = one(session, LibraryTrack)
    assert (track.name, track.credit, track.duration_ms) == ("Pinch", "Can, Neu!", 566_000)
    assert track.isrc == "DEA611000001"


def test_what_has_no_id_is_known_by_its_names(session: Session) -> None:
    told = TrackTold("Hallogallo", (ArtistTold("Neu!"),), AlbumTold("Neu!", (ArtistTold("Neu!"),)))
    spelt = TrackTold(
        "  HALLOGALLO ", (ArtistTold("NEU!"),), AlbumTold("neu!", (ArtistTold("neu!"),))
    )

    first, again = LibraryIntake().tracks(session, [told, spelt])
    (later,) = LibraryIntake().tracks(session, [spelt])
    (other,) = LibraryIntake().tracks(session, [told._replace(album=None)])

    assert first == again == later != other
    assert one(session, LibraryArtist).name == "Neu!"


def test_what_came_by_name_takes_the_id_that_comes_later(session: Session) -> None:
    bare = PINCH._replace(
        spotify_id=None, album=AlbumTold("Ege Bamyasi", (ArtistTold("Can"),)),
        artists=(ArtistTold("Can"), ArtistTold("Neu!")),
    )  # fmt: skip
    (by_name,) = LibraryIntake(only_fills=True).tracks(session, [bare])

    (by_id,) = LibraryIntake().tracks(session, [PINCH])
    (by_name_again,) = LibraryIntake(only_fills=True).tracks(session, [bare])

    assert by_name == by_id == by_name_again
    assert one(session, LibraryTrack).spotify_id == "trk1"
    assert one(session, LibraryAlbum).spotify_id == "alb1"


def test_two_of_one_name_stay_two_and_the_name_alone_is_the_first(session: Session) -> None:
    intake = LibraryIntake()

    one_, other = intake.artists(session, [ArtistTold("Air", "a1"), ArtistTold("Air", "a2")])

    assert one_ != other
    assert intake.artists(session, [ArtistTold("AIR")]) == [one_]


def test_names_in_a_file_do_not_replace_artists_that_are_known_by_id(session: Session) -> None:
    (other,) = LibraryIntake().artists(session, [ArtistTold("Can", "another")])
    LibraryIntake().tracks(session, [PINCH])
    before = all_rows(session)

    LibraryIntake().tracks(session, [PINCH._replace(artists=(ArtistTold("Can"),))])

    assert other and all_rows(session)["library_track_artists"] == before["library_track_artists"]


def test_an_artist_is_whole_once_and_an_empty_list_is_no_news(session: Session) -> None:
    intake = LibraryIntake()
    intake.artists(session, [CAN])
    assert one(session, LibraryArtist).details_at is None

    intake.artists(session, [CAN._replace(genres=("krautrock",), followers=9, is_whole=True)])
    before = all_rows(session)
    intake.artists(session, [CAN._replace(genres=(), is_whole=True)])

    assert one(session, LibraryArtist).genres == ["krautrock"]
    assert one(session, LibraryArtist).details_at is not None
    assert all_rows(session) == before


def test_another_picture_is_fetched_and_the_old_one_shown_meanwhile(session: Session) -> None:
    LibraryIntake().albums(session, [EGE])
    album = one(session, LibraryAlbum)
    album.image_sha256, album.image_at = "a" * 64, 1_000
    session.flush()

    LibraryIntake().albums(session, [EGE])
    assert one(session, LibraryAlbum).image_at == 1_000
    LibraryIntake().albums(session, [EGE._replace(image="https://i.scdn.co/image/b")])

    assert one(session, LibraryAlbum).image_at is None
    assert one(session, LibraryAlbum).image_sha256 == "a" * 64


@pytest.mark.parametrize("name", ["", "\0", "x" * 5_000, "\ufdfa" * 900, "\ud800x", "a\0b"])
def test_odd_names_do_no_harm(session: Session, name: str) -> None:
    told = PINCH._replace(name=name, artists=(ArtistTold(name, "odd"),))

    (id_,) = LibraryIntake().tracks(session, [told])

    assert LibraryIntake().tracks(session, [told]) == [id_]
    assert len(one(session, LibraryTrack).name) <= LONGEST


def test_a_track_may_have_many_artists(session: Session) -> None:
    artists = tuple(ArtistTold(f"Artist {number} {'x' * 80}", f"a{number}") for number in range(99))

    (id_,) = LibraryIntake().tracks(session, [PINCH._replace(artists=artists)])

    assert LibraryIntake().tracks(session, [PINCH._replace(artists=artists)]) == [id_]


# What is on lists


def tracks(session: Session, count: int) -> list[int]:
    told = [
        PINCH._replace(spotify_id=f"t{number}", name=f"Song {number}") for number in range(count)
    ]
    return LibraryIntake().tracks(session, told)


def test_a_playlist_keeps_order_repeats_and_when_each_was_added(session: Session) -> None:
    a, b, c = tracks(session, 3)
    (id_,) = LibraryIntake().playlists(session, [MORNING])
    wanted = [OnList(b, 20, "ada"), OnList(a, None, None), OnList(b, 30, "ben")]

    assert playlists.fill(session, id_, wanted, "snap1", {"local": 2})
    assert playlists.entries(session, id_) == wanted
    before = all_rows(session)
    assert not playlists.fill(session, id_, wanted, "snap1", {"local": 2})
    assert all_rows(session) == before

    assert playlists.fill(session, id_, [OnList(c, 1, None)], "snap2")
    assert playlists.entries(session, id_) == [OnList(c, 1, None)]
    found = one(session, Playlist)
    assert (found.num_tracks, found.snapshot, found.skipped) == (1, "snap2", None)


def test_a_library_is_replaced_each_thing_once(session: Session) -> None:
    alice = factories.person(session, "alice").id
    wanted = [Entry(7, 1), Entry(8, 2), Entry(7, 3)]

    assert library_items.replace(session, alice, TRACK, SPOTIFY, wanted)
    assert library_items.of(session, alice, TRACK, SPOTIFY) == [Entry(7, 1), Entry(8, 2)]
    assert not library_items.replace(session, alice, TRACK, SPOTIFY, wanted)
    assert library_items.replace(session, alice, TRACK, SPOTIFY, [Entry(8, 2)])
    assert library_items.of(session, alice, TRACK, SPOTIFY) == [Entry(8, 2)]
    assert library_items.replace(session, alice, TRACK, SPOTIFY, [])


def came(cursor: str | None, *ids: int) -> Came:
    return Came(list(map(Staged, ids)), cursor, 4, {"local": 1})


def test_a_list_goes_on_where_it_was(session: Session) -> None:
    which = Which(factories.person(session, "alice").id, listings.TRACKS)
    start = listings.place(session, which, since=0)
    assert start == Place(None)

    assert listings.add(session, which, start, came("50", 1, 2)) is None
    place = listings.place(session, which, since=0)
    assert place == Place("50", done=2)
    whole = listings.add(session, which, place, came(None, 3))

    assert whole == list(map(Staged, (1, 2, 3)))
    assert listings.skipped(session, which) == {"local": 2}
    assert listings.place(session, which, since=0).is_read
    assert listings.place(session, which, since=10**15) == Place(None)


def test_another_version_begins_anew(session: Session) -> None:
    which = Which(factories.person(session, "alice").id, "playlist:1", "snap1")
    listings.add(session, which, Place(None), came("50", 1, 2))

    newer = which._replace(version="snap2")
    assert listings.place(session, newer, since=0) == Place(None)
    whole = listings.add(session, newer, Place(None), came(None, 9))

    assert whole == [Staged(9)]


def test_half_of_an_old_list_begins_anew(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.writing() as session:
        which = Which(factories.person(session, "alice").id, listings.TRACKS)
        listings.add(session, which, Place(None), came("50", 1, 2))
    late = clock.now() + 2 * clock.HOUR
    monkeypatch.setattr("core.clock.now", lambda: late)

    with db.reading() as session:
        assert listings.place(session, which, since=late) == Place(None)
        assert listings.place(session, which, since=0).cursor == "50"


def test_halves_that_nobody_reads_on_are_dropped(session: Session) -> None:
    alice = factories.person(session, "alice").id
    half, whole = Which(alice, listings.TRACKS), Which(alice, listings.ALBUMS)
    listings.add(session, half, Place(None), came("50", 1, 2))
    listings.add(session, whole, Place(None), came(None, 3))

    listings.drop_halves(session, clock.now() - 1_000)
    assert listings.place(session, half, since=0).done == 2
    listings.drop_halves(session, clock.now() + 1_000)

    assert listings.place(session, half, since=0) == Place(None)
    assert listings.place(session, whole, since=0).is_read
    assert session.scalars(select(Base.metadata.tables["listing_entries"].c.item_id)).all() == []

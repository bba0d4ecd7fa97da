"""What came from Spotify is forgotten, and what others have, files brought or was played stays."""

from sqlalchemy import select

from core.library import ArtistTold, TrackTold
from core.settings import Settings
from database import goodbyes, library_items, library_tasks
from database.engine import Database
from database.library_intake import LibraryIntake
from database.library_items import FILE, TRACK, Entry
from database.models import (
    LibraryAlbum,
    LibraryArtist,
    LibraryItem,
    LibraryTrack,
    Listing,
    Play,
    Playlist,
    PlaylistTrack,
    Task,
    TrackFeatures,
)
from database.owner import HOUSE, Owner
from fakes.spotify import FakeSpotify, Library
from tests import factories
from tests.spotify import connect
from tests.worker.at_spotify.conftest import count, names
from tests.worker.listening import Listening, begin
from worker_jobs.library_forgetting import forget_library
from worker_jobs.spotify_sync.job import sync_library

ALL = {"parts": None}
TABLES = (Playlist, PlaylistTrack, LibraryTrack, LibraryAlbum, LibraryArtist, LibraryItem, Listing)


def test_nothing_is_left_but_what_was_played(
    db: Database, settings: Settings, run: Listening, ada: int
) -> None:
    sync_library(ALL, run)

    forget_library({}, begin(db, settings, Owner(ada)))

    assert {table.__name__: count(db, table) for table in TABLES} == {
        table.__name__: 0 for table in TABLES
    }
    assert count(db, Play) == 10
    assert forget_library({}, begin(db, settings, Owner(ada)))["rows"] == 0


def test_what_somebody_else_has_stays(
    db: Database, settings: Settings, run: Listening, ada: int, spotify: FakeSpotify
) -> None:
    theirs = Library("ben.plays", "Ben", "account0ben", catalogue=spotify.library.catalogue)
    theirs.playlists = {
        id_: one for id_, one in spotify.library.playlists.items() if one.name == "Morning"
    }
    spotify.libraries[theirs.owner_id] = theirs
    with db.writing() as session:
        ben = factories.person(session, "ben").id
    connect(db, settings, ben, spotify, theirs)
    sync_library(ALL, run)
    sync_library(ALL, begin(db, settings, Owner(ben)))

    forget_library({}, begin(db, settings, Owner(ada)))

    assert names(db, ben, "playlist", Playlist) == ["Morning"]
    assert (count(db, PlaylistTrack), count(db, LibraryTrack)) == (4, 4)
    assert count(db, LibraryArtist) == 1


def test_what_came_in_a_file_or_was_said_by_hand_stays(
    db: Database, settings: Settings, run: Listening, ada: int
) -> None:
    with db.writing() as session:
        told = [TrackTold(f"Mine {number}", (ArtistTold("Faust"),)) for number in range(2)]
        liked, described = LibraryIntake().tracks(session, told)
        library_items.replace(session, ada, TRACK, FILE, [Entry(liked)])
        session.add(TrackFeatures(track_id=described, source="manual", fetched_at=1, tempo=99.0))
    sync_library(ALL, run)

    forget_library({}, begin(db, settings, Owner(ada)))

    with db.reading() as session:
        assert set(session.scalars(select(LibraryTrack.id))) == {liked, described}
    assert names(db, ada, TRACK, LibraryTrack) == ["Mine 0"]


def test_what_only_somebody_had_who_leaves_goes_with_them(
    db: Database, settings: Settings, run: Listening, ada: int
) -> None:
    sync_library(ALL, run)
    with db.writing() as session:
        factories.person(session, "root", is_admin=True)
        goodbyes.ask(session, ada, HOUSE)
    assert count(db, LibraryTrack)

    with db.reading() as session:
        query = select(Task.args, Task.person_id).where(Task.action == library_tasks.FORGET)
        asked = session.execute(query).one()
    forget_library(asked.args, begin(db, settings, HOUSE))

    assert asked.person_id is None
    assert [table.__name__ for table in TABLES if count(db, table)] == []

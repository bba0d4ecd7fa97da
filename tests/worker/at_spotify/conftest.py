"""Somebody who has connected Spotify, a Run of theirs, and what is in the library then."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core import folders
from core.settings import Settings, load
from database import playlists
from database.engine import Database
from database.models import Base, LibraryItem, LibraryTrack, Playlist
from database.owner import Owner
from fakes.spotify import FakeSpotify, Library, small
from tests import factories
from tests.spotify import connect, settings_for
from tests.worker.listening import Listening, begin

# When a list was looked at, and when somebody's plays were: all that two syncs differ in.
_MOVES = {"listings", "library_settings"}


@pytest.fixture
def spotify() -> Iterator[FakeSpotify]:
    with FakeSpotify(small()) as fake:
        yield fake


@pytest.fixture
def settings(tmp_path: Path, spotify: FakeSpotify, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NEEDLEDROP_DATA", str(tmp_path))
    made = settings_for(load(), spotify)
    folders.make(made)
    return made


@pytest.fixture
def ada(db: Database, settings: Settings, spotify: FakeSpotify) -> int:
    with db.writing() as session:
        person_id = factories.person(session, "ada").id
    connect(db, settings, person_id, spotify)
    return person_id


@pytest.fixture
def run(db: Database, settings: Settings, ada: int) -> Listening:
    return begin(db, settings, Owner(ada))


def rows(db: Database) -> dict[str, list[Any]]:
    """Return every row of the library, and of what was played."""
    with db.reading() as session:
        return {
            name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for name, table in Base.metadata.tables.items()
            if name.startswith(("library_", "playlist", "listing", "plays", "tracks"))
            and name not in _MOVES
        }


def names(db: Database, person_id: int, kind: str, table: type[Any]) -> list[str]:
    """Return what somebody has of a kind, in order."""
    with db.reading() as session:
        query = select(table.name).join(LibraryItem, LibraryItem.item_id == table.id)
        query = query.where(LibraryItem.person_id == person_id, LibraryItem.kind == kind)
        return list(session.scalars(query.order_by(LibraryItem.position)))


def on_list(db: Database, name: str) -> list[str]:
    """Return the names of the tracks on a playlist."""
    with db.reading() as session:
        playlist_id = session.scalars(select(Playlist.id).where(Playlist.name == name)).one()
        ids = [one.track_id for one in playlists.entries(session, playlist_id)]
        query = select(LibraryTrack.id, LibraryTrack.name)
        called = {row.id: row.name for row in session.execute(query)}
        return [called[id_] for id_ in ids]


def playlist(db: Database, name: str) -> Playlist:
    with db.reading() as session:
        return session.scalars(select(Playlist).where(Playlist.name == name)).one()


def count(db: Database, table: type[Any]) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def of(library: Library, name: str) -> str:
    """Return Spotify's id of a playlist."""
    return next(one.id for one in library.playlists.values() if one.name == name)


def like_many(spotify: FakeSpotify, many: int) -> None:
    spotify.library.like(*(spotify.library.track(f"Liked {number}") for number in range(many)))


def offsets(spotify: FakeSpotify, route: str) -> list[int]:
    """Return at which offsets a list was asked for, in order."""
    return [int(one.query["offset"]) for one in spotify.requests if one.route == route]

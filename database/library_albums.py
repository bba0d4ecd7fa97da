"""Albums of the library: which have all their tracks here."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database.library_items import ALBUM, SPOTIFY
from database.models import LibraryAlbum, LibraryItem


class Partial(NamedTuple):
    """An album some of whose tracks are missing."""

    id: int
    spotify_id: str
    name: str


def get(session: Session, album_id: int) -> LibraryAlbum:
    """Return an album.

    Raises:
        NotFound: there is none.
    """
    found = session.get(LibraryAlbum, album_id)
    if found is None:
        raise NotFound("album", album_id)
    return found


def say_whole(session: Session, album_ids: Collection[int]) -> None:
    """Note that all tracks of these albums are there; of which that is known nothing changes."""
    whole = update(LibraryAlbum).where(
        LibraryAlbum.id.in_(sorted(album_ids)), LibraryAlbum.synced_at.is_(None)
    )
    session.execute(whole.values(synced_at=clock.now()))


def partial(session: Session, person_id: int, limit: int) -> list[Partial]:
    """Return albums that somebody saved and whose tracks are not all there, the newest first."""
    query = select(LibraryAlbum.id, LibraryAlbum.spotify_id, LibraryAlbum.name)
    query = query.join(LibraryItem, LibraryItem.item_id == LibraryAlbum.id).where(
        LibraryItem.person_id == person_id,
        LibraryItem.kind == ALBUM,
        LibraryItem.origin == SPOTIFY,
        LibraryAlbum.synced_at.is_(None),
    )
    found = session.execute(query.order_by(LibraryItem.position).limit(limit))
    return [Partial(id_, str(spotify_id), name) for id_, spotify_id, name in found]

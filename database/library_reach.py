"""What is in somebody's library: what they have there, and what stands on that.

Playlists are each person's own. Albums, tracks and artists are kept once for the household; in
somebody's library is what they saved, liked or follow, and what is on a playlist or an album there.
"""

from sqlalchemy import ColumnElement, Select, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from database.models import (
    LibraryItem,
    LibraryTrack,
    Playlist,
    PlaylistTrack,
)

Column = InstrumentedAttribute[int]


def has(person_id: int, kind: str, item_id: Column) -> ColumnElement[bool]:
    """Return what holds where somebody has that item of a kind itself."""
    return item_id.in_(_items(person_id, kind))


def playlists(person_id: int) -> ColumnElement[bool]:
    """Return what holds for the rows of `playlists` that are theirs."""
    return or_(Playlist.person_id == person_id, has(person_id, "playlist", Playlist.id))


def tracks(person_id: int) -> ColumnElement[bool]:
    """Return what holds for the rows of `library_tracks` that are in their library.

    One list of them, made once: to look for each track in each playlist takes seconds.
    """
    on_playlist = (
        select(PlaylistTrack.track_id)
        .join(Playlist, Playlist.id == PlaylistTrack.playlist_id)
        .where(playlists(person_id))
    )
    on_album = select(LibraryTrack.id).where(LibraryTrack.album_id.in_(_items(person_id, "album")))
    return LibraryTrack.id.in_(union_all(_items(person_id, "track"), on_playlist, on_album))


def _items(person_id: int, kind: str) -> Select[int]:
    query = select(LibraryItem.item_id)
    return query.where(LibraryItem.person_id == person_id, LibraryItem.kind == kind)

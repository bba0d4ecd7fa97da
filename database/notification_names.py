"""What that is called which notifications are about."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from database import library_reach
from database.models import LibraryAlbum, LibraryArtist, LibraryTrack, Playlist
from database.notifications import Notified

# By the resource, and its id as the notification has it.
Names = Mapping[tuple[str, str], str]

_TABLES: dict[str, Any] = {
    "playlist": Playlist, "album": LibraryAlbum, "track": LibraryTrack, "artist": LibraryArtist,
}  # fmt: skip
_LONGEST = 18  # what is longer is no number of ours; Spotify's ids have 22 signs


def of(session: Session, person_id: int, found: Sequence[Notified]) -> Names:
    """Return the names of what is there, by our numbers; of playlists the person's own alone."""
    names: dict[tuple[str, str], str] = {}
    for resource, table in _TABLES.items():
        said = {one.resource_id or "" for one in found if one.resource == resource}
        ids = [int(one) for one in said if _is_number(one)]
        if not ids:
            continue
        may = library_reach.playlists(person_id) if table is Playlist else true()
        query = select(table.id, table.name).where(table.id.in_(ids), may)
        names |= {(resource, str(id_)): name for id_, name in session.execute(query)}
    return names


def _is_number(said: str) -> bool:
    return said.isdecimal() and said.isascii() and len(said) <= _LONGEST

"""What is in somebody's library: playlists, liked tracks, saved albums, followed artists, tops."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, GoneMeanwhile, NotFound
from database.models import LibraryAlbum, LibraryArtist, LibraryItem, LibraryTrack, Playlist
from database.play_rows import in_many, write_many

PLAYLIST, TRACK, ALBUM, ARTIST = "playlist", "track", "album", "artist"
SPOTIFY, FILE = "spotify", "file"
ASKED = "asked"  # for by name, and in no list that Spotify tells of

_TABLES: dict[str, type[Playlist] | type[LibraryTrack] | type[LibraryAlbum] | type[LibraryArtist]]
_TABLES = {PLAYLIST: Playlist, TRACK: LibraryTrack, ALBUM: LibraryAlbum, ARTIST: LibraryArtist}
_PUT = """
    INSERT INTO library_items (person_id, kind, origin, position, item_id, added_at)
         VALUES (:person_id, :kind, :origin, :position, :item_id, :added_at)
    ON CONFLICT (person_id, kind, origin, position)
      DO UPDATE SET item_id = excluded.item_id, added_at = excluded.added_at
"""


class Entry(NamedTuple):
    item_id: int
    added_at: int | None = None


def replace(
    session: Session, person_id: int, kind: str, origin: str, entries: Iterable[Entry]
) -> bool:
    """Let these, in this order and each once, be all of a kind that came from there.

    Writes only the places that change; False: none did.
    """
    wanted: dict[int, Entry] = {}
    for entry in entries:
        wanted.setdefault(entry.item_id, entry)
    known = of(session, person_id, kind, origin)
    changed = [
        (person_id, kind, origin, position, entry.item_id, entry.added_at)
        for position, entry in enumerate(wanted.values())
        if position >= len(known) or known[position] != entry
    ]
    write_many(session, _PUT, changed)
    is_shorter = len(wanted) < len(known)
    if is_shorter:
        over = delete(LibraryItem).where(*_those(person_id, kind, origin))
        session.execute(over.where(LibraryItem.position >= len(wanted)))
    return bool(changed) or is_shorter


def ask_for(session: Session, person_id: int, kind: str, item_id: int) -> None:
    """Let an item be in somebody's library that is not, because they asked for it."""
    theirs = select(LibraryItem.item_id).where(
        LibraryItem.person_id == person_id,
        LibraryItem.kind == kind,
        LibraryItem.item_id == item_id,
    )
    if session.scalar(theirs.limit(1)) is None:
        asked = of(session, person_id, kind, ASKED)
        replace(session, person_id, kind, ASKED, [*asked, Entry(item_id, clock.now())])


def of(
    session: Session, person_id: int, kind: str, origin: str, limit: int | None = None
) -> list[Entry]:
    """Return what is there of a kind from there, in order; at most so many."""
    query = select(LibraryItem.item_id, LibraryItem.added_at)
    query = query.where(*_those(person_id, kind, origin))
    query = query.order_by(LibraryItem.position).limit(limit)
    return [Entry(*row) for row in session.execute(query)]


def there(session: Session, kind: str, item_ids: Collection[int]) -> set[int]:
    """Return those of these items of a kind that there are."""
    key = _TABLES[kind].id
    return {row[0] for row in in_many(session, select(key), key, item_ids)}


def check_there(session: Session, kind: str, item_ids: Collection[int]) -> None:
    """Go on only if all these items of a kind are there.

    Raises:
        GoneMeanwhile: somebody else's forgetting has dropped one before it was on a list.
    """
    if not set(item_ids) <= there(session, kind, set(item_ids)):
        raise GoneMeanwhile


def spotify_id_of(session: Session, kind: str, item_id: int) -> str:
    """Return what Spotify calls a thing of ours.

    Raises:
        NotFound: there is none.
        Conflict: it came in a file, which did not say.
    """
    table = _TABLES[kind]
    query = select(table.spotify_id, table.name).where(table.id == item_id)
    found = session.execute(query).first()
    if found is None:
        raise NotFound(kind, item_id)
    spotify_id, name = found
    if spotify_id is None:
        raise Conflict(f"“{name}” came in a file: Spotify cannot be asked about it.")
    return str(spotify_id)


def _those(person_id: int, kind: str, origin: str) -> Sequence[ColumnElement[bool]]:
    return (
        LibraryItem.person_id == person_id,
        LibraryItem.kind == kind,
        LibraryItem.origin == origin,
    )

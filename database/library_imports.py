"""Libraries that were brought in files: begun and ended, listed and undone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict
from core.library import Features
from database import (
    file_features,
    file_playlists,
    import_tasks,
    library_items,
    library_statements,
    library_unused,
)
from database.import_tasks import Listed
from database.library_intake import alone
from database.library_items import ALBUM, ARTIST, FILE, PLAYLIST, TRACK, Entry
from database.library_statements import Statement
from database.models import LibraryImport, LibraryTrack, Person, Playlist
from database.owner import Owner
from database.play_rows import in_many
from database.tasks import Enqueued

ACTION, UNDO = "import_library", "undo_library_import"
PAGE = 50
UNDO_BATCH = 5_000
LISTS = (TRACK, ALBUM, ARTIST)


class Undoing(NamedTuple):
    """What an undo would take back: playlists, and of how many tracks how they sound.

    `renewed`: of how many more playlists what was on them before comes back.
    """

    playlists: int
    renewed: int
    features: int
    lists: list[str]


class Batch(NamedTuple):
    """What was done at once; once it `is_over`, what was done of the import in all."""

    undone: int
    is_over: bool = False


def begin(session: Session, person_id: int, public_id: str, file_name: str) -> LibraryImport:
    """Keep that an import begins; one that begins once more is the same. `public_id`: its task's.

    Raises:
        Conflict: it was undone, and does not begin again.
    """
    found = session.scalar(select(LibraryImport).where(LibraryImport.public_id == public_id))
    if found is not None and found.undone_at is not None:
        raise Conflict("This import is undone.")
    if found is None:
        found = LibraryImport(
            public_id=public_id,
            person_id=person_id,
            file_name=file_name,
            created_at=clock.now(),
        )
        session.add(found)
        session.flush()
    return found


def new(session: Session, track_ids: Collection[int], since: int) -> set[int]:
    """Return those of these tracks that came into the library since an import began."""
    query = select(LibraryTrack.id).where(LibraryTrack.created_at >= since)
    return {row.id for row in in_many(session, query, LibraryTrack.id, track_ids)}


def known(session: Session, keys: Collection[str]) -> set[str]:
    """Return those of these ids of Spotify's, or keys of names, by which a track is in the library.

    Some that only their names tell may be there by another spelling.
    """
    by_id = in_many(session, select(LibraryTrack.spotify_id), LibraryTrack.spotify_id, keys)
    by_name = in_many(session, select(LibraryTrack.names_key), LibraryTrack.names_key, keys)
    return {row[0] for row in (*by_id, *by_name)}


def put_features(session: Session, import_id: int, rows: Sequence[tuple[int, Features]]) -> int:
    """Keep how tracks sound; return of how many that is news."""
    return file_features.put(session, import_id, rows)


def finish(
    session: Session,
    import_id: int,
    lists: Mapping[str, Sequence[Entry]],
    counted: Mapping[str, int],
    *,
    cut: Collection[str] = (),
) -> dict[str, Any]:
    """Put what somebody likes in the place of what a file said before; keep how it has ended.

    `cut`: those of `lists` whose file ended in the middle; of them, what is there stays. Counts
    are `counted`, with "features" (of how many tracks the import has told how they sound) and
    "lists" (those that it has replaced).
    """
    found = session.get_one(LibraryImport, import_id)
    alone(session)
    replaced = [
        kind
        for kind, entries in lists.items()
        if _replace(session, found, kind, entries, is_cut=kind in cut)
    ]
    # An earlier attempt may have got so far.
    kinds = sorted({*replaced, *(found.counts or {}).get("lists", [])})
    told = file_features.number(session, import_id)
    counts = {**counted, "features": told, "lists": kinds}
    found.counts = counts
    return counts


def _replace(
    session: Session, found: LibraryImport, kind: str, entries: Sequence[Entry], *, is_cut: bool
) -> bool:
    """Put a list in the place of the one before, which is kept for an undo; False: it stays."""
    before = library_items.of(session, found.person_id, kind, FILE)
    if is_cut and before:
        return False
    library_items.check_there(session, kind, [entry.item_id for entry in entries])
    if not library_items.replace(session, found.person_id, kind, FILE, entries):
        return False
    if (maker := _maker(session, found, kind)) is not None:
        library_statements.keep(session, kind, [Statement(found.person_id, maker, before)])
    return True


def _maker(session: Session, found: LibraryImport, kind: str) -> int | None:
    """Return the latest import of a person's before this one that has made a list."""
    query = select(LibraryImport.id, LibraryImport.counts).where(
        LibraryImport.person_id == found.person_id,
        LibraryImport.undone_at.is_(None),
        LibraryImport.id < found.id,
    )
    for import_id, counts in session.execute(query.order_by(LibraryImport.id.desc())):
        if kind in (counts or {}).get("lists", []):
            return int(import_id)
    return None


def listed(
    session: Session, owner: Owner, *, before: int | None = None, limit: int = PAGE
) -> list[Listed]:
    """Return the person's imports, the newest first; `before`: the last id of the page before."""
    return import_tasks.listed(session, LibraryImport, owner, before=before, limit=limit)


def get(session: Session, public_id: str, owner: Owner) -> LibraryImport:
    """Return an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return import_tasks.get(session, LibraryImport, public_id, owner)


def is_there(session: Session, public_id: str) -> bool:
    """Say whether an import of a library is called so."""
    return bool(session.scalar(select(exists().where(LibraryImport.public_id == public_id))))


def check_undo(session: Session, found: LibraryImport) -> None:
    """Go on only if an import may be undone now.

    Raises:
        Conflict: it is undone already, or is not over.
    """
    import_tasks.check_over(session, found)


def undoing(session: Session, found: LibraryImport) -> Undoing:
    """Return what an undo would take back."""
    ids = list(session.scalars(select(Playlist.id).where(Playlist.import_id == found.id)))
    renewed = len(library_statements.of(session, PLAYLIST, ids))
    told = file_features.number(session, found.id)
    lists = [kind for kind in LISTS if kind in _lists(session, found)]
    return Undoing(len(ids) - renewed, renewed, told, lists)


def _lists(session: Session, found: LibraryImport) -> set[str]:
    """Return the lists of what somebody likes that an import has made, and none since."""
    mine = set((found.counts or {}).get("lists", []))
    query = select(LibraryImport.counts).where(
        LibraryImport.person_id == found.person_id,
        LibraryImport.undone_at.is_(None),
        LibraryImport.id > found.id,
    )
    for counts in session.scalars(query):
        mine -= set((counts or {}).get("lists", []))
    return mine


def ask(session: Session, owner: Owner, upload: str, file_name: str, **said: Any) -> Enqueued:
    """Put in the task that brings a file in DATA/uploads; `said` may hold "dry_run".

    Raises:
        Conflict: it would be a child's library.
    """
    if owner.person_id is not None:
        _check_grown_up(session, owner.person_id)
    return import_tasks.ask(session, ACTION, owner, upload=upload, file_name=file_name, **said)


def _check_grown_up(session: Session, person_id: int) -> None:
    if session.scalar(select(Person.parent_id).where(Person.id == person_id)) is not None:
        raise Conflict("A child’s profile has no library: it is for who plays are of, and no more.")


def looked_at(session: Session, person_id: int) -> list[str]:
    """Return the files that the person's dry runs have read, and that no open task is to read."""
    return import_tasks.looked_at(session, person_id, ACTION)


def ask_undo(session: Session, public_id: str, owner: Owner) -> Enqueued:
    """Put in the task that undoes an import.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: as in `check_undo`.
    """
    found = get(session, public_id, owner)
    check_undo(session, found)
    return import_tasks.ask_undo(session, UNDO, found, of=ACTION)


def take_back(session: Session, public_id: str) -> Batch:
    """Take back a part of an import; at last say that it is undone.

    Playlists go first, then what somebody likes, then how tracks sound; with each what hangs on
    nothing any more. What an earlier import has said of them comes back.

    Raises:
        Conflict: as in `check_undo`.
    """
    # Before its row: who takes in holds that lock, and then notes what this import has said.
    alone(session)
    query = select(LibraryImport).where(LibraryImport.public_id == public_id)
    found = session.scalars(query.with_for_update()).one()
    if found.undone_at is not None:
        return Batch((found.counts or {}).get("undone", 0), is_over=True)
    check_undo(session, found)
    # What it has said, and a later one otherwise, does not come back.
    library_unused.drop_tracks(session, library_statements.forget_lists(session, found.id))
    undone = (
        _drop_playlist(session, found)
        or _drop_lists(session, found)
        or _drop_features(session, found)
    )
    counts = {**(found.counts or {})}
    counts["undone"] = counts.get("undone", 0) + undone
    found.counts = counts
    if not undone:
        found.undone_at = clock.now()
        return Batch(counts["undone"], is_over=True)
    return Batch(undone)


def _drop_playlist(session: Session, found: LibraryImport) -> int:
    query = select(Playlist.id).where(Playlist.import_id == found.id).order_by(Playlist.id)
    playlist_id = session.scalar(query.limit(1))
    if playlist_id is None:
        return 0
    tracks = file_playlists.take_back(session, found.person_id, playlist_id)
    library_unused.drop_tracks(session, tracks)
    return 1


def _drop_lists(session: Session, found: LibraryImport) -> int:
    lists = _lists(session, found)
    drops = {
        TRACK: library_unused.drop_tracks,
        ALBUM: library_unused.drop_albums,
        ARTIST: library_unused.drop_artists,
    }
    undone = 0
    for kind in sorted(lists):
        items = [one.item_id for one in library_items.of(session, found.person_id, kind, FILE)]
        library_items.replace(session, found.person_id, kind, FILE, _before(session, found, kind))
        drops[kind](session, items)
        undone += len(items)
    found.counts = {**(found.counts or {}), "lists": []}
    return undone


def _before(session: Session, found: LibraryImport, kind: str) -> list[Entry]:
    """Return what was on a list before, and is still there; the next undo does not find it."""
    told = library_statements.newest(session, kind, found.person_id)
    if told is None:
        return []
    library_statements.forget(session, kind, told.import_id, [found.person_id])
    entries = [Entry(*one) for one in told.said]
    there = library_items.there(session, kind, [entry.item_id for entry in entries])
    return [entry for entry in entries if entry.item_id in there]


def _drop_features(session: Session, found: LibraryImport) -> int:
    ids = file_features.take_back(session, found.id, UNDO_BATCH)
    library_unused.drop_tracks(session, ids)
    return len(ids)

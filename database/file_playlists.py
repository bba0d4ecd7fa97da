"""Playlists that came in a file: each is its person's alone, and known by its name again."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database import library_items, library_statements, playlists
from database.library_intake import alone
from database.library_items import FILE, PLAYLIST, TRACK, Entry
from database.library_statements import Statement
from database.models import Analysis, Playlist
from database.playlists import OnList

LONGEST = 300  # characters of a name
_LONGEST_FOLDED = 600

How = Literal["added", "changed", "same"]


class Found(NamedTuple):
    """A playlist of somebody's from a file; `snapshot` tells what is on it."""

    id: int
    snapshot: str | None


class FilePlaylist(NamedTuple):
    """What a file says of a playlist. `nth`: of those of its name in what was brought, from 0.

    `is_whole`: the file did not end in the middle of it.
    """

    name: str
    nth: int
    snapshot: str
    description: str | None = None
    skipped: dict[str, int] | None = None
    is_whole: bool = True


class Kept(NamedTuple):
    id: int
    how: How


def of(session: Session, person_id: int) -> dict[str, list[Found]]:
    """Return somebody's playlists from files, by their folded names, as they came."""
    query = select(Playlist.name_folded, Playlist.id, Playlist.snapshot).where(
        Playlist.person_id == person_id, Playlist.spotify_id.is_(None)
    )
    found: dict[str, list[Found]] = defaultdict(list)
    for name, id_, snapshot in session.execute(query.order_by(Playlist.id)):
        found[name].append(Found(id_, snapshot))
    return found


def how(known: dict[str, list[Found]], told: FilePlaylist) -> How:
    """Say what becomes of a playlist that is brought, by what is known."""
    found = _same(known, told)
    if found is None:
        return "added"
    return "same" if found.snapshot == told.snapshot else "changed"


def _same(known: dict[str, list[Found]], told: FilePlaylist) -> Found | None:
    of_name = known.get(folded(told.name), [])
    return of_name[told.nth] if told.nth < len(of_name) else None


def keep(
    session: Session,
    person_id: int,
    import_id: int,
    told: FilePlaylist,
    entries: Sequence[OnList],
) -> Kept:
    """Keep a playlist; one of this name that is there already is it, and gets what is on it now.

    Unless its file ended in the middle: then what is there stays.
    """
    alone(session)
    known = of(session, person_id)
    found, becomes = _same(known, told), how(known, told)
    if found and (becomes == "same" or not told.is_whole):
        return Kept(found.id, "same")
    library_items.check_there(session, TRACK, [entry.track_id for entry in entries])
    playlist_id = found.id if found else _add(session, person_id, told)
    playlist = session.get_one(Playlist, playlist_id)
    _keep_for_undo(session, playlist, import_id)
    playlist.import_id = import_id
    playlist.description = told.description or playlist.description
    playlist.tracks_total = len(entries)
    playlists.fill(session, playlist_id, entries, told.snapshot, told.skipped)
    _list(session, person_id)
    return Kept(playlist_id, becomes)


def _add(session: Session, person_id: int, told: FilePlaylist) -> int:
    now = clock.now()
    added = Playlist(
        person_id=person_id,
        name=told.name[:LONGEST],
        name_folded=folded(told.name),
        is_collaborative=False,
        num_tracks=0,
        created_at=now,
        updated_at=now,
    )
    session.add(added)
    session.flush()
    return added.id


def folded(name: str) -> str:
    return fold(name[:LONGEST])[:_LONGEST_FOLDED]


def _keep_for_undo(session: Session, playlist: Playlist, import_id: int) -> None:
    """Keep what another import has said of a playlist that is about to be renewed."""
    if playlist.import_id in (None, import_id):
        return
    said = {
        "snapshot": playlist.snapshot,
        "description": playlist.description,
        "skipped": playlist.skipped,
        "tracks": playlists.entries(session, playlist.id),
    }
    library_statements.keep(session, PLAYLIST, [Statement(playlist.id, playlist.import_id, said)])


def take_back(session: Session, person_id: int, playlist_id: int) -> list[int]:
    """Take back what was brought last of a playlist; return the tracks that were on it.

    What an earlier import has said of it comes back; without one it goes, with its analyses.
    """
    track_ids = [entry.track_id for entry in playlists.entries(session, playlist_id)]
    before = library_statements.newest(session, PLAYLIST, playlist_id)
    if before is None:
        _drop(session, person_id, playlist_id)
    else:
        _put_back(session, before)
    return track_ids


def _put_back(session: Session, before: Statement) -> None:
    """Let a playlist be what an import has said of it, without what there is no more."""
    playlist = session.get_one(Playlist, before.item_id)
    version = f"version:{playlist.id}:{playlist.snapshot}"
    undone = delete(Analysis).where(Analysis.kind == PLAYLIST, Analysis.version == version)
    session.execute(undone, execution_options={"synchronize_session": False})
    entries = [OnList(*entry) for entry in before.said["tracks"]]
    there = library_items.there(session, TRACK, {entry.track_id for entry in entries})
    entries = [entry for entry in entries if entry.track_id in there]
    playlist.import_id, playlist.tracks_total = before.import_id, len(entries)
    playlist.description = before.said["description"]
    playlists.fill(session, playlist.id, entries, before.said["snapshot"], before.said["skipped"])
    library_statements.forget(session, PLAYLIST, before.import_id, [playlist.id])


def _drop(session: Session, person_id: int, playlist_id: int) -> None:
    analyses = delete(Analysis).where(Analysis.kind == PLAYLIST, Analysis.scope == str(playlist_id))
    session.execute(analyses)
    session.execute(delete(Playlist).where(Playlist.id == playlist_id))
    _list(session, person_id)


def _list(session: Session, person_id: int) -> None:
    """Let all of them be in their person's library, by name."""
    query = select(Playlist.id).where(
        Playlist.person_id == person_id, Playlist.spotify_id.is_(None)
    )
    ids = session.scalars(query.order_by(Playlist.name_folded, Playlist.id))
    entries = [Entry(id_) for id_ in ids]
    library_items.replace(session, person_id, PLAYLIST, FILE, entries)

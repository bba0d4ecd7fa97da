"""What becomes of a library that is brought: taken in batch by batch, or only looked at."""

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from core.library import AlbumTold, ArtistTold, EntryTold, Features, TrackTold
from database import file_playlists, library_imports
from database.engine import Database
from database.file_playlists import FilePlaylist
from database.library_intake import LibraryIntake
from database.library_items import Entry
from database.library_told import names_key
from database.models import LibraryImport
from database.playlists import OnList
from worker_jobs.library_imports.rows import PLAYLIST, Over, Row

_NAMELESS = "Playlist"


class ToldPlaylist(NamedTuple):
    """A playlist in words. `id`: None where it was only looked at."""

    id: int | None
    name: str
    how: str
    tracks: int


class Keeper(Protocol):
    """Takes rows in batches, all of one list, and then what they belong to.

    `counts`: "rows", "tracks" (each once), of which "added" were not in the library, and
    "sounding" of which it is said how they sound.
    """

    counts: Counter[str]
    playlists: list[ToldPlaylist]

    def take(self, rows: Sequence[Row]) -> None: ...
    def end(self, over: Over) -> None: ...


class _Versions:
    """Knows a playlist by its name again, and by what is on it whether it is another version."""

    def __init__(self) -> None:
        self._digest = blake2b(digest_size=16)
        self._of_name: Counter[str] = Counter()

    def sign(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if isinstance(row.item, EntryTold):
                self._digest.update(f"{_key(row.item.track)} {row.item.added_at}\n".encode())

    def told(self, over: Over) -> FilePlaylist:
        name = over.name or _NAMELESS
        folded = file_playlists.folded(name)
        nth = self._of_name[folded]
        self._of_name[folded] += 1
        snapshot, self._digest = self._digest.hexdigest(), blake2b(digest_size=16)
        skipped = dict(over.skipped) or None
        return FilePlaylist(name, nth, snapshot, over.description, skipped, over.is_whole)


def _key(track: TrackTold) -> str:
    """Return what a track is known by again, here and in another file."""
    if track.spotify_id:
        return track.spotify_id
    return names_key(track.artists, track.name, track.album.name if track.album else "")


class Taking:
    """Keeps all of it; safe to repeat, for what is there already is known again."""

    def __init__(self, db: Database, person_id: int, begun: LibraryImport) -> None:
        self._db, self._person_id = db, person_id
        self._import_id, self._since = begun.id, begun.created_at
        self._intake, self._versions = LibraryIntake(only_fills=True), _Versions()
        self._seen: set[int] = set()
        self._sounding: set[int] = set()
        self._entries: list[OnList] = []
        self._items: list[Entry] = []
        self.lists: dict[str, list[Entry]] = {}
        self.cut: set[str] = set()
        self.playlists: list[ToldPlaylist] = []
        self.counts: Counter[str] = Counter()

    def take(self, rows: Sequence[Row]) -> None:
        self._versions.sign(rows)
        with self._db.writing(bulk=True) as session:
            self._take_tracks(session, rows)
            albums = [row.item for row in rows if isinstance(row.item, AlbumTold)]
            artists = [row.item for row in rows if isinstance(row.item, ArtistTold)]
            self._items += map(Entry, self._intake.albums(session, albums))
            self._items += map(Entry, self._intake.artists(session, artists))

    def _take_tracks(self, session: Session, rows: Sequence[Row]) -> None:
        entries = [row.item for row in rows if isinstance(row.item, EntryTold)]
        ids = self._intake.tracks(session, [entry.track for entry in entries])
        told: dict[int, Features] = {}
        for id_, entry, row in zip(ids, entries, rows, strict=False):
            self._entries.append(OnList(id_, entry.added_at, entry.added_by))
            # Of a track that comes again, the first row tells.
            if row.features is not None and id_ not in self._sounding:
                told.setdefault(id_, row.features)
        fresh = set(ids) - self._seen
        self._seen |= fresh
        self._sounding |= told.keys()
        self.counts["tracks"] += len(fresh)
        self.counts["added"] += len(library_imports.new(session, fresh, self._since))
        self.counts["sounding"] += len(told)
        library_imports.put_features(session, self._import_id, list(told.items()))

    def end(self, over: Over) -> None:
        told = self._versions.told(over)
        entries, items = self._entries, self._items
        self._entries, self._items = [], []
        if over.kind == PLAYLIST:
            self._keep(told, _once(entries) if over.is_set else entries)
            return
        items += [Entry(entry.track_id, entry.added_at) for entry in entries]
        self.lists.setdefault(over.kind, []).extend(items)
        if not over.is_whole:
            self.cut.add(over.kind)

    def _keep(self, told: FilePlaylist, entries: list[OnList]) -> None:
        with self._db.writing(bulk=True) as session:
            kept = file_playlists.keep(session, self._person_id, self._import_id, told, entries)
        self.playlists.append(ToldPlaylist(kept.id, told.name, kept.how, len(entries)))


def _once(entries: Sequence[OnList]) -> list[OnList]:
    """Return entries without those of a track that has come before."""
    found: dict[int, OnList] = {}
    for entry in entries:
        found.setdefault(entry.track_id, entry)
    return list(found.values())


class Looking:
    """Says what would become of it, and changes nothing."""

    def __init__(self, db: Database, person_id: int) -> None:
        self._db, self._versions = db, _Versions()
        with db.reading() as session:
            self._known = file_playlists.of(session, person_id)
        self._seen: set[str] = set()
        self._sounding: set[str] = set()
        self._on_list: set[str] = set()
        self._rows = 0
        self.lists: Counter[str] = Counter()
        self.playlists: list[ToldPlaylist] = []
        self.counts: Counter[str] = Counter()

    def take(self, rows: Sequence[Row]) -> None:
        self._versions.sign(rows)
        tracks = {_key(row.item.track): row for row in rows if isinstance(row.item, EntryTold)}
        self._rows += len(rows)
        self._on_list |= tracks.keys()
        fresh = tracks.keys() - self._seen
        sounding = {key for key, row in tracks.items() if row.features} - self._sounding
        self._seen |= fresh
        self._sounding |= sounding
        with self._db.reading() as session:
            known = library_imports.known(session, fresh)
        self.counts["tracks"] += len(fresh)
        self.counts["added"] += len(fresh) - len(known)
        self.counts["sounding"] += len(sounding)

    def end(self, over: Over) -> None:
        told = self._versions.told(over)
        tracks = len(self._on_list) if over.is_set and self._on_list else self._rows
        self._on_list, self._rows = set(), 0
        if over.kind == PLAYLIST:
            how = file_playlists.how(self._known, told)
            self.playlists.append(ToldPlaylist(None, told.name, how, tracks))
        else:
            self.lists[over.kind] += tracks

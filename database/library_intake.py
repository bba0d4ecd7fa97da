"""Takes playlists, albums, tracks and artists into the library: the only way in.

Whatever has a Spotify id is known by it, else by its names. What is not said never overwrites
what is known, and what says nothing new writes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import clock
from core.library import AlbumTold, ArtistTold, PlaylistTold, TrackTold
from database import library_told
from database.library_told import Row
from database.models import (
    LibraryAlbum,
    LibraryAlbumArtist,
    LibraryArtist,
    LibraryTrack,
    LibraryTrackArtist,
    Playlist,
)
from database.play_rows import in_many, write_many

_LOCK = 4721  # of PostgreSQL, for whoever takes in or forgets
_ALWAYS = frozenset({"created_at", "updated_at"})
_ONCE = frozenset({"details_at"})

Table = type[LibraryArtist] | type[LibraryAlbum] | type[LibraryTrack] | type[Playlist]
Links = type[LibraryAlbumArtist] | type[LibraryTrackArtist]


class _Kept(NamedTuple):
    """A table, and by which column its rows are found that have no Spotify id."""

    table: Table
    by_name: str


_ARTISTS = _Kept(LibraryArtist, "name_folded")
_ALBUMS = _Kept(LibraryAlbum, "names_key")
_TRACKS = _Kept(LibraryTrack, "names_key")
_PLAYLISTS = _Kept(Playlist, "name_folded")


def alone(session: Session) -> None:
    """Keep other processes from taking in or forgetting until this transaction ends.

    On SQLite the one writer is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


class LibraryIntake:
    """Each verb keeps what it is given in one transaction, and returns the ids in its order.

    `only_fills`: what is known stays, and gaps alone are filled: for files, which are older than
    what Spotify says and may spell worse.
    """

    def __init__(self, *, only_fills: bool = False) -> None:
        self._only_fills = only_fills

    def artists(self, session: Session, told: Sequence[ArtistTold]) -> list[int]:
        alone(session)
        return self._keep(session, _ARTISTS, [library_told.artist(one) for one in told])

    def albums(self, session: Session, told: Sequence[AlbumTold]) -> list[int]:
        alone(session)
        credited = _flat(one.artists for one in told)
        artists = self._by_told(session, credited)
        ids = self._keep(session, _ALBUMS, [library_told.album(one) for one in told])
        links = {id_: one.artists for id_, one in zip(ids, told, strict=True) if one.artists}
        self._credit(session, LibraryAlbumArtist, links, artists)
        return ids

    def tracks(self, session: Session, told: Sequence[TrackTold]) -> list[int]:
        alone(session)
        named = list(dict.fromkeys(one.album for one in told if one.album is not None))
        albums = dict(zip(named, self.albums(session, named), strict=True))
        artists = self._by_told(session, _flat(one.artists for one in told))
        rows = [library_told.track(one, albums[one.album] if one.album else None) for one in told]
        ids = self._keep(session, _TRACKS, rows)
        links = {id_: one.artists for id_, one in zip(ids, told, strict=True) if one.artists}
        self._credit(session, LibraryTrackArtist, links, artists)
        return ids

    def playlists(self, session: Session, told: Sequence[PlaylistTold]) -> list[int]:
        """Keep what is said of playlists; what is on them is `database/playlists.py`'s business."""
        alone(session)
        return self._keep(session, _PLAYLISTS, [library_told.playlist(one) for one in told])

    def _by_told(self, session: Session, told: Sequence[ArtistTold]) -> dict[ArtistTold, int]:
        ids = self._keep(session, _ARTISTS, [library_told.artist(one) for one in told])
        return dict(zip(told, ids, strict=True))

    def _keep(self, session: Session, kept: _Kept, rows: Sequence[Row]) -> list[int]:
        """Bring the rows of a table up to date, those with a Spotify id first."""
        if not rows:
            return []
        with_id = _joined([row for row in rows if row["spotify_id"]], "spotify_id")
        without = _joined([row for row in rows if not row["spotify_id"]], kept.by_name)
        ids = self._write(session, kept, with_id, _known_by_id(session, kept, with_id))
        by_name = self._write(session, kept, without, _known_by_name(session, kept, without))
        return [
            ids[row["spotify_id"]] if row["spotify_id"] else by_name[row[kept.by_name]]
            for row in rows
        ]

    def _write(
        self, session: Session, kept: _Kept, rows: Mapping[str, Row], known: Mapping[str, Row]
    ) -> dict[str, int]:
        """Add and change; return the ids by the keys of `rows`."""
        new = {key: row for key, row in rows.items() if key not in known}
        changed = []
        for key, row in rows.items():
            if key in known and (change := self._change(known[key], row)):
                changed.append(change)
        if new:
            _add(session, kept.table, list(new.values()))
        _change_many(session, kept.table, changed)
        ids = {key: row["id"] for key, row in known.items()}
        return ids | (_ids(session, kept, new) if new else {})

    def _change(self, known: Row, told: Row) -> Row:
        """Return the id and all columns that are to be others; nothing where none is."""
        # One that is named alone is no better than what goes by its id.
        fills = self._only_fills or (known["spotify_id"] and not told["spotify_id"])
        unsaid = _unsaid(told)
        found = {
            name: value
            for name, value in told.items()
            if _is_said(value, known[name])
            and value != known[name]
            and name not in unsaid
            and (known[name] is None or not (fills or name in _ONCE))
        }
        if "image_address" in found:
            found["image_at"] = None
        return {"id": known["id"]} | found if found else {}

    def _credit(
        self,
        session: Session,
        table: Links,
        told: Mapping[int, Sequence[ArtistTold]],
        artists: Mapping[ArtistTold, int],
    ) -> None:
        """Link to the artists in their order; names without ids change no links that are there."""
        owner, column = _owner(table)
        query: Select[*tuple[Any, ...]] = select(column, table.position, table.artist_id)
        known: dict[int, list[int]] = {}
        for id_, _, artist_id in sorted(in_many(session, query, column, list(told))):
            known.setdefault(id_, []).append(artist_id)
        wanted: dict[int, list[int]] = {}
        for id_, credited in told.items():
            ids = list(dict.fromkeys(artists[one] for one in credited))
            is_sure = all(one.spotify_id for one in credited) and not self._only_fills
            if ids != known.get(id_) and (is_sure or id_ not in known):
                wanted[id_] = ids
        over = [{owner: id_} for id_ in sorted(wanted) if id_ in known]
        write_many(session, f"DELETE FROM {table.__tablename__} WHERE {owner} = :{owner}", over)  # noqa: S608 - names of ours
        write_many(
            session,
            f"INSERT INTO {table.__tablename__} ({owner}, position, artist_id)"  # noqa: S608 - names of ours
            f" VALUES (:{owner}, :position, :artist_id)",
            [
                {owner: id_, "position": position, "artist_id": artist_id}
                for id_, ids in sorted(wanted.items())
                for position, artist_id in enumerate(ids)
            ],
        )


def _owner(table: Links) -> tuple[str, InstrumentedAttribute[int]]:
    if table is LibraryAlbumArtist:
        return "album_id", LibraryAlbumArtist.album_id
    return "track_id", LibraryTrackArtist.track_id


def _flat(groups: Any) -> list[ArtistTold]:
    return list(dict.fromkeys(one for group in groups for one in group))


def _is_said(value: Any, known: Any) -> bool:
    """Say whether a value is news at all; an empty list is none where something is known."""
    return value is not None and not (value == [] and known is not None)


def _unsaid(told: Row) -> frozenset[str]:
    """Return the columns that say too little: Spotify empties the names of what it took out."""
    found = frozenset[str]()
    if not told["name"]:
        found |= {"name", "name_folded", "names_key", "song_key"}
    if not told.get("credit", "of a playlist or an artist"):
        found |= {"credit", "artist_folded", "names_key"}
    return found


def _joined(rows: Sequence[Row], key: str) -> dict[str, Row]:
    """Return the rows by their keys; of several with the same, what each of them says."""
    found: dict[str, Row] = {}
    for row in rows:
        known = found.setdefault(row[key], row)
        if known is not row:
            said = {name: value for name, value in row.items() if _is_said(value, known[name])}
            found[row[key]] = known | said
    return found


def _columns(kept: _Kept) -> list[InstrumentedAttribute[Any]]:
    names = [column.name for column in kept.table.__table__.columns]
    return [getattr(kept.table, name) for name in names if name not in _ALWAYS]


def _known_by_id(session: Session, kept: _Kept, rows: Mapping[str, Row]) -> dict[str, Row]:
    """Return what is known of these, by Spotify id; what had only a name takes the id of one."""
    if not rows:
        return {}
    query = select(*_columns(kept))
    found = {
        row.spotify_id: row._asdict()
        for row in in_many(session, query, kept.table.spotify_id, list(rows))
    }
    missing = {row[kept.by_name]: key for key, row in rows.items() if key not in found}
    if kept is _PLAYLISTS or not missing:
        return found
    nameless = query.where(kept.table.spotify_id.is_(None))
    named: InstrumentedAttribute[Any] = getattr(kept.table, kept.by_name)
    for row in in_many(session, nameless, named, list(missing)):
        found.setdefault(missing[getattr(row, kept.by_name)], row._asdict())
    return found


def _known_by_name(session: Session, kept: _Kept, rows: Mapping[str, Row]) -> dict[str, Row]:
    """Return what is known of these, by name; of several the first that Spotify knows."""
    query = select(*_columns(kept))
    named: InstrumentedAttribute[Any] = getattr(kept.table, kept.by_name)
    found: dict[str, Row] = {}
    rows_ = in_many(session, query, named, list(rows)) if rows else ()
    for row in sorted(rows_, key=lambda row: (row.spotify_id is None, row.id)):
        found.setdefault(getattr(row, kept.by_name), row._asdict())
    return found


def _ids(session: Session, kept: _Kept, rows: Mapping[str, Row]) -> dict[str, int]:
    """Return the ids of rows that were just added."""
    is_by_id = next(iter(rows.values()))["spotify_id"] is not None
    key = kept.table.spotify_id if is_by_id else getattr(kept.table, kept.by_name)
    query: Select[*tuple[Any, ...]] = select(key, kept.table.id).order_by(kept.table.id)
    if not is_by_id:
        query = query.where(kept.table.spotify_id.is_(None))
    found: dict[str, int] = {}
    for name, id_ in in_many(session, query, key, list(rows)):
        found.setdefault(name, id_)
    return found


def _add(session: Session, table: Table, rows: Sequence[Row]) -> None:
    now = clock.now()
    names = [*rows[0], *_ALWAYS]
    usual = {"num_tracks": 0} if table is Playlist else {}
    names += usual
    write_many(
        session,
        f"INSERT INTO {table.__tablename__} ({', '.join(names)})"  # noqa: S608 - names of ours
        f" VALUES (:{', :'.join(names)})",
        [_stored(row) | usual | {"created_at": now, "updated_at": now} for row in rows],
    )


def _change_many(session: Session, table: Table, changes: Sequence[Row]) -> None:
    """Change rows, those of the same columns together."""
    now = clock.now()
    by_columns: dict[tuple[str, ...], list[Row]] = {}
    for change in changes:
        by_columns.setdefault(tuple(sorted(change.keys() - {"id"})), []).append(change)
    for columns, rows in by_columns.items():
        said = ", ".join(f"{name} = :{name}" for name in columns)
        write_many(
            session,
            f"UPDATE {table.__tablename__} SET {said}, updated_at = :now WHERE id = :id",  # noqa: S608 - names of ours
            [_stored(row) | {"now": now} for row in sorted(rows, key=lambda row: row["id"])],
        )


def _stored(row: Row) -> Row:
    return {
        name: json.dumps(value, separators=(",", ":")) if isinstance(value, list) else value
        for name, value in row.items()
    }

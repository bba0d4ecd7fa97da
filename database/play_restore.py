"""Puts back what a history that was taken along tells beside its plays.

What is here already stays as it is: names that are known, settings of somebody with plays,
and plays that were here before. Each verb is safe to repeat.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

from sqlalchemy import Select, exists, insert, select, update
from sqlalchemy.orm import Session

from core import clock, play_words
from core.carried import (
    AlbumSaid,
    ArtistSaid,
    Carried,
    EditSaid,
    ListenerSaid,
    MarkSaid,
    TrackSaid,
)
from core.names import fold
from core.plays import Heard, Source
from database import listeners, play_settling, record_names
from database.models import (
    Album,
    Artist,
    ArtistGenre,
    Genre,
    Listener,
    Play,
    PlayEdit,
    Track,
)
from database.play_names import Names
from database.play_rows import in_many, pairs, write_many

Said = TypeVar("Said", ListenerSaid, ArtistSaid, AlbumSaid, TrackSaid, EditSaid, MarkSaid)

_MARKS = 2_000  # in one transaction
_ADD_ALBUMS = """
    INSERT INTO albums (title, title_folded, credit, artist_id, names_key, musicbrainz_id,
                        spotify_id, created_at)
    VALUES (:title, :title_folded, :credit, :artist_id, :names_key, :musicbrainz_id,
            :spotify_id, :now)
"""
_SAY_ARTIST = """
    UPDATE artists
       SET counts_as = :counts_as, country = :country, musicbrainz_id = :musicbrainz_id,
           spotify_id = :spotify_id
     WHERE id = :id
"""
_SAY_ALBUM = "UPDATE albums SET counts_as = :counts_as WHERE id = :id"
_SAY_TRACK = "UPDATE tracks SET counts_as = :counts_as, duration_ms = :duration_ms WHERE id = :id"
_SAY_PLAY = """
    UPDATE plays SET mark = :mark, marked_by = :marked_by, made_by = :made_by WHERE id = :id
"""


class Restorer:
    """Serves one import of one person; what it keeps is committed by whoever calls it."""

    def __init__(self, person_id: int, import_id: int) -> None:
        self._person_id, self._import_id = person_id, import_id
        self._names = Names()
        # By their numbers in the file: what each counts as here, and what was made by this.
        self._tracks: dict[int, int] = {}
        self._made: set[int] = set()
        self._edits: dict[int, int] = {}

    def keep(self, session: Session, said: Sequence[Carried]) -> None:
        """Keep settings, names and edits; marks come after their plays, to `mark`."""
        if not said:
            return
        listeners.lock(session)
        for listener in _of(said, ListenerSaid):
            self._settle(session, listener)
        if artists := _of(said, ArtistSaid):
            _keep_artists(session, artists)
        if albums := _of(said, AlbumSaid):
            _keep_albums(session, albums)
        if tracks := _of(said, TrackSaid):
            self._keep_tracks(session, tracks)
        if edits := _of(said, EditSaid):
            self._keep_edits(session, edits)

    def _settle(self, session: Session, said: ListenerSaid) -> None:
        has_plays = exists().where(Play.person_id == self._person_id)
        if said.rule not in listeners.RULES or session.scalar(select(has_plays)):
            return
        listeners.settle(session, self._person_id)
        # No sums yet that a household would have to have, or not. Who may read them is said anew.
        values = {"rule": said.rule, "is_joint": said.is_joint, "is_shared": said.is_shared}
        session.execute(
            update(Listener).where(Listener.person_id == self._person_id).values(**values)
        )

    def _keep_tracks(self, session: Session, said: Sequence[TrackSaid]) -> None:
        heard = [
            Heard(one.named, 0, Source.MANUAL, 0, duration_ms=one.duration_ms, ids=one.ids)
            for one in said
        ]
        known = self._names.known(session, heard)
        ids = self._names.keep(session, heard)
        new = {
            id_: one
            for one, id_ in zip(said, ids, strict=True)
            if one.named not in known and id_ not in self._made
        }
        self._made |= new.keys()
        counts_as = pairs(session, select(Track.id, Track.counts_as), Track.id, ids)
        rows = []
        for one, id_ in zip(said, ids, strict=True):
            if new.get(id_) is one:
                counts_as[id_] = self._same(one, id_, counts_as[id_])
                row = {"id": id_, "counts_as": counts_as[id_], "duration_ms": one.duration_ms}
                rows.append(row)
            self._tracks[one.number] = counts_as[id_] or id_
        write_many(session, _SAY_TRACK, rows)
        self._names.say(
            session,
            [one for one, id_ in zip(heard, ids, strict=True) if id_ in new],
            [id_ for id_ in ids if id_ in new],
        )

    def _same(self, said: TrackSaid, id_: int, alike: int | None) -> int | None:
        """Return what a new track counts as; `alike`: one that differs by its album alone."""
        if said.counts_as in self._tracks:
            same = self._tracks[said.counts_as]
            return None if same == id_ else same
        # Alike were apart where they come from; to others here nobody has said so.
        return None if alike in self._made else alike

    def _keep_edits(self, session: Session, said: Sequence[EditSaid]) -> None:
        wanted = {self._public_id(session, one): one for one in said}
        query = select(PlayEdit.public_id, PlayEdit.id)
        known = pairs(session, query, PlayEdit.public_id, wanted)
        for public_id, one in wanted.items():
            if public_id not in known:
                edit = PlayEdit(
                    public_id=public_id,
                    person_id=self._person_id,
                    kind=one.kind,
                    said=one.said,
                    plays=one.plays,
                    before={"is_over": True},
                    created_at=one.created_at,
                )
                session.add(edit)
                session.flush()
                known[public_id] = edit.id
            self._edits[one.number] = known[public_id]

    def _public_id(self, session: Session, said: EditSaid) -> str:
        """Return the edit's own id, or for somebody else in its house one that follows from it."""
        query = select(PlayEdit.person_id).where(PlayEdit.public_id == said.public_id)
        if session.scalar(query) in (None, self._person_id):
            return said.public_id
        told = f"{self._person_id}:{said.public_id}".encode()
        return blake2b(told, digest_size=16).hexdigest()

    def mark(self, session: Session, said: Sequence[MarkSaid]) -> None:
        """Correct plays of this import as they were; those here before are let be."""
        listeners.lock(session)
        wanted = {one.row_key: one for one in said}
        query = select(Play.id, Play.row_key, Play.started_at)
        query = query.where(Play.person_id == self._person_id, Play.import_id == self._import_id)
        query = query.where(Play.mark.is_(None), Play.made_by.is_(None))
        found = list(in_many(session, query, Play.row_key, wanted))
        write_many(session, _SAY_PLAY, [self._marked(wanted[row.row_key], row.id) for row in found])
        session.expire_all()
        moments = [row.started_at for row in found if wanted[row.row_key].mark is not None]
        if moments:
            play_settling.settle(session, self._person_id, moments, everything=True)

    def _marked(self, said: MarkSaid, play_id: int) -> dict[str, Any]:
        return {
            "id": play_id,
            "mark": said.mark,
            "marked_by": self._edits.get(said.marked_by or 0),
            "made_by": self._edits.get(said.made_by or 0),
        }


def batched(said: Sequence[MarkSaid]) -> Iterable[Sequence[MarkSaid]]:
    """Yield marks so many that one transaction is short."""
    for start in range(0, len(said), _MARKS):
        yield said[start : start + _MARKS]


def _of(said: Sequence[Carried], kind: type[Said]) -> list[Said]:
    return [one for one in said if isinstance(one, kind)]


def _keep_artists(session: Session, said: Sequence[ArtistSaid]) -> None:
    names = [one.name for one in said] + [one.counts_as for one in said if one.counts_as]
    folded = {fold(name) for name in names}
    known = _by(session, select(Artist.name_folded, Artist.id), Artist.name_folded, folded)
    ids = record_names.keep(session, Artist, names)
    query = select(Artist.id, Artist.counts_as)
    roots = pairs(session, query, Artist.id, list(ids.values()))
    rows = []
    for one in said:
        id_ = ids[fold(one.name)]
        if fold(one.name) in known:
            continue
        same = ids[fold(one.counts_as)] if one.counts_as else None
        same = None if same is None else roots[same] or same
        rows.append(
            {
                "id": id_,
                "counts_as": None if same == id_ else same,
                "country": one.country or None,
                "musicbrainz_id": one.musicbrainz_id or None,
                "spotify_id": one.spotify_id or None,
            }
        )
        roots[id_] = rows[-1]["counts_as"]
    write_many(session, _SAY_ARTIST, rows)
    _keep_genres(session, {ids[fold(one.name)]: one.genres for one in said if one.genres})


def _keep_genres(session: Session, said: dict[int, tuple[str, ...]]) -> None:
    """Keep the genres of artists of whom nobody says any."""
    query = select(ArtistGenre.artist_id).distinct()
    known = {row[0] for row in in_many(session, query, ArtistGenre.artist_id, list(said))}
    new = {artist_id: names for artist_id, names in said.items() if artist_id not in known}
    ids = record_names.keep(session, Genre, [name for names in new.values() for name in names])
    links = {(artist_id, ids[fold(name)]) for artist_id, names in new.items() for name in names}
    rows = [{"artist_id": artist_id, "genre_id": genre_id} for artist_id, genre_id in sorted(links)]
    if rows:
        session.execute(insert(ArtistGenre), rows)


def _keep_albums(session: Session, said: Sequence[AlbumSaid]) -> None:
    wanted = {play_words.album_key(one.credit, one.title): one for one in said}
    query = select(Album.names_key, Album.id)
    known = _by(session, query, Album.names_key, wanted)
    artists = record_names.keep(session, Artist, [one.credit for one in said if one.credit])
    rows = [
        {
            "title": one.title,
            "title_folded": fold(one.title),
            "credit": one.credit,
            "artist_id": artists.get(fold(one.credit)),
            "names_key": key,
            "musicbrainz_id": one.musicbrainz_id or None,
            "spotify_id": one.spotify_id or None,
            "now": clock.now(),
        }
        for key, one in wanted.items()
        if key not in known
    ]
    write_many(session, _ADD_ALBUMS, rows)
    same = {
        key: play_words.album_key(*one.counts_as)
        for key, one in wanted.items()
        if key not in known and one.counts_as is not None
    }
    ids = _by(session, query, Album.names_key, {*same, *same.values()})
    roots = pairs(session, select(Album.id, Album.counts_as), Album.id, list(ids.values()))
    counts = [
        {"id": ids[key], "counts_as": roots[ids[other]] or ids[other]}
        for key, other in same.items()
        if other in ids and other != key
    ]
    write_many(session, _SAY_ALBUM, counts)


def _by(
    session: Session, query: Select[*tuple[Any, ...]], column: Any, values: Iterable[str]
) -> dict[str, int]:
    return pairs(session, query, column, list(values))

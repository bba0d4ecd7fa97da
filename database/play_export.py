"""Everything of a person's listening, to be carried away: in batches, each a read of its own.

Names come before what counts as them, tracks before plays, plays before what was corrected of
them: whoever reads it needs to look back, and never ahead. Nothing is told of plays that came
after the beginning.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from core import clock, play_words
from core.carried import VERSION
from core.plays import Mark, Named, Source
from database import listeners
from database.engine import Database
from database.models import (
    Album,
    Artist,
    ArtistGenre,
    Feedback,
    Genre,
    Person,
    Play,
    PlayContext,
    PlayEdit,
    Track,
    TrackArtist,
    TrackName,
)
from database.play_rows import in_many

Line = dict[str, Any]

BATCH = 2_000
_CONTEXT = tuple(
    column for column in PlayContext.__table__.columns if column.name not in ("id", "digest")
)


class Whose(NamedTuple):
    """A person's plays up to the one that is the last one now, and their tracks."""

    person_id: int
    last_id: int
    track_ids: list[int]


def begin(db: Database, person_id: int) -> Whose:
    with db.reading() as session:
        last = session.scalar(select(func.max(Play.id)).where(Play.person_id == person_id)) or 0
    found: list[int] = []
    query = select(Track.id, Track.counts_as).order_by(Track.id).limit(BATCH)
    query = query.where(exists().where(Play.track_id == Track.id, Play.person_id == person_id))
    at, others = 0, set[int]()
    while rows := _read(db, query.where(Track.id > at)):
        found += [row.id for row in rows]
        others.update(row.counts_as for row in rows if row.counts_as is not None)
        at = rows[-1].id
    return Whose(person_id, last, sorted({*found, *others}))


def lines(db: Database, person_id: int) -> Iterator[Line]:
    """Yield all there is as objects, each with what it `is`."""
    whose = begin(db, person_id)
    yield _listener(db, person_id)
    yield from _artists(db, whose)
    yield from _albums(db, whose)
    yield from _tracks(db, whose)
    yield from _edits(db, person_id)
    yield from _plays(db, whose)
    yield from _marks(db, whose)


def feedback(db: Database, person_id: int) -> Iterator[Line]:
    """Yield what somebody loves and hates, as ListenBrainz tells it."""
    query = select(Feedback).where(Feedback.person_id == person_id)
    query = query.order_by(Feedback.id).limit(BATCH)
    last = 0
    while rows := _read(db, query.where(Feedback.id > last)):
        for (row,) in rows:
            yield {
                "recording_msid": row.msid,
                "recording_mbid": row.mbid,
                "score": row.score,
                "created": row.created_at // clock.SECOND,
            }
        last = rows[-1][0].id


def _listener(db: Database, person_id: int) -> Line:
    with db.reading() as session:
        person = session.get_one(Person, person_id)
        listener = listeners.get(session, person_id)
    return {
        "needledrop": "listening",
        "version": VERSION,
        "is": "listener",
        "name": person.name,
        "zone": person.zone,
        "rule": listener.rule,
        "is_joint": listener.is_joint,
        "is_shared": listener.is_shared,
    }


def _artists(db: Database, whose: Whose) -> Iterator[Line]:
    with db.reading() as session:
        links = select(TrackArtist.artist_id).distinct()
        ids = {row[0] for row in in_many(session, links, TrackArtist.track_id, whose.track_ids)}
        by_album = select(Album.artist_id).where(Album.artist_id.is_not(None))
        ids |= {row[0] for row in in_many(session, by_album, Album.id, _album_ids(session, whose))}
        for some in _in_order(session, Artist, ids):
            genres = _genres(session, some)
            same = aliased(Artist)
            query = select(Artist, same.name).outerjoin(same, same.id == Artist.counts_as)
            rows = session.execute(query.where(Artist.id.in_(some)))
            told = {row[0].id: _artist(*row, genres.get(row[0].id)) for row in rows}
            yield from (told[id_] for id_ in some)


def _artist(artist: Artist, counts_as: str | None, genres: list[str] | None) -> Line:
    return _said(
        {
            "is": "artist",
            "name": artist.name,
            "counts_as": counts_as,
            "country": artist.country,
            "musicbrainz_id": artist.musicbrainz_id,
            "spotify_id": artist.spotify_id,
            "genres": genres,
        }
    )


def _genres(session: Session, artist_ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(ArtistGenre.artist_id, Genre.name)
    query = query.join(Genre, Genre.id == ArtistGenre.genre_id).order_by(Genre.name_folded)
    found: dict[int, list[str]] = {}
    for artist_id, name in in_many(session, query, ArtistGenre.artist_id, artist_ids):
        found.setdefault(artist_id, []).append(name)
    return found


def _album_ids(session: Session, whose: Whose) -> set[int]:
    query = select(Track.album_id).distinct().where(Track.album_id.is_not(None))
    own = {row[0] for row in in_many(session, query, Track.id, whose.track_ids)}
    same = select(Album.counts_as).where(Album.counts_as.is_not(None))
    return own | {row[0] for row in in_many(session, same, Album.id, own)}


def _albums(db: Database, whose: Whose) -> Iterator[Line]:
    with db.reading() as session:
        for some in _in_order(session, Album, _album_ids(session, whose)):
            same = aliased(Album)
            query = select(Album, same.credit, same.title)
            query = query.outerjoin(same, same.id == Album.counts_as)
            rows = session.execute(query.where(Album.id.in_(some)))
            told = {row[0].id: _album(*row) for row in rows}
            yield from (told[id_] for id_ in some)


def _album(album: Album, credit: str | None, title: str | None) -> Line:
    return _said(
        {
            "is": "album",
            "title": album.title,
            "credit": album.credit,
            "counts_as": None if title is None else [credit, title],
            "musicbrainz_id": album.musicbrainz_id,
            "spotify_id": album.spotify_id,
        }
    )


def _in_order(
    session: Session, kind: type[Artist] | type[Album] | type[Track], ids: Sequence[int] | set[int]
) -> Iterator[list[int]]:
    """Yield these ids in batches, those that count as others last."""
    query = select(kind.id, kind.counts_as)
    rows = sorted((row[1] is not None, row[0]) for row in in_many(session, query, kind.id, ids))
    for start in range(0, len(rows), BATCH):
        yield [id_ for _, id_ in rows[start : start + BATCH]]


def _tracks(db: Database, whose: Whose) -> Iterator[Line]:
    with db.reading() as session:
        batches = list(_in_order(session, Track, whose.track_ids))
    for some in batches:
        with db.reading() as session:
            credited, names = _credited(session, some), _names(session, some)
            query = select(Track, Album.title, Album.credit)
            query = query.outerjoin(Album, Album.id == Track.album_id).where(Track.id.in_(some))
            rows = {row[0].id: row for row in session.execute(query)}
        for id_ in some:
            track, album, by = rows[id_]
            named = as_named(track, credited.get(id_, []), album or "", by or "")
            yield _track(track, named, names.get(id_))


def _credited(session: Session, track_ids: Sequence[int]) -> dict[int, list[str]]:
    query = select(TrackArtist.track_id, Artist.name)
    query = query.join(Artist, Artist.id == TrackArtist.artist_id)
    query = query.order_by(TrackArtist.track_id, TrackArtist.position)
    found: dict[int, list[str]] = {}
    for track_id, name in in_many(session, query, TrackArtist.track_id, track_ids):
        found.setdefault(track_id, []).append(name)
    return found


def _names(session: Session, track_ids: Sequence[int]) -> dict[int, list[list[str]]]:
    query = select(TrackName.track_id, TrackName.scheme, TrackName.value)
    query = query.order_by(TrackName.track_id, TrackName.scheme, TrackName.value)
    found: dict[int, list[list[str]]] = {}
    for track_id, *name in in_many(session, query, TrackName.track_id, track_ids):
        found.setdefault(track_id, []).append(name)
    return found


def as_named(track: Track, credited: Sequence[str], album: str, by: str) -> Named:
    """Return what a source called a track: that by which its `msid` was made, if it can be told.

    Guests whom the title names came after the artists that the source named; of an album the
    artist was named, or was the track's own.
    """
    credit = "" if track.credit == play_words.credit(credited) else track.credit
    wanted = Named(track.title, tuple(credited), album, by, track.kind, credit)
    for many in range(len(credited), 0, -1) or (0,):
        for album_artist in ("", by):
            named = wanted._replace(artists=tuple(credited[:many]), album_artist=album_artist)
            if play_words.msid(named) == track.msid:
                return named
    return wanted


def _track(track: Track, named: Named, ids: list[list[str]] | None) -> Line:
    return _said(
        {
            "is": "track",
            "number": track.id,
            "kind": None if named.kind == "music" else named.kind,
            "title": named.title,
            "artists": list(named.artists),
            "album": named.album or None,
            "album_artist": named.album_artist or None,
            "credit": named.credit or None,
            "counts_as": track.counts_as,
            "duration_ms": track.duration_ms,
            "ids": ids,
        }
    )


def _edits(db: Database, person_id: int) -> Iterator[Line]:
    """Yield the corrections of plays that stand; merges stand with the names."""
    query = select(PlayEdit).where(
        PlayEdit.person_id == person_id,
        PlayEdit.undone_at.is_(None),
        PlayEdit.kind.not_like("merge%"),
    )
    query = query.order_by(PlayEdit.id).limit(BATCH)
    last = 0
    while rows := _read(db, query.where(PlayEdit.id > last)):
        for (row,) in rows:
            yield {
                "is": "edit",
                "number": row.id,
                "public_id": row.public_id,
                "kind": row.kind,
                "said": row.said,
                "plays": row.plays,
                "created_at": row.created_at,
            }
        last = rows[-1][0].id


def _plays(db: Database, whose: Whose) -> Iterator[Line]:
    """Yield plays by their beginning, and before the first of them its context."""
    told: set[int] = set()
    columns = (
        Play.track_id, Play.source, Play.row_key, Play.ms_played, Play.duration_ms, Play.ended_at,
        Play.context_id, Play.raw,
    )  # fmt: skip
    for rows in by_beginning(db, whose, columns):
        if new := {row.context_id for row in rows if row.context_id is not None} - told:
            yield from _contexts(db, new)
            told |= new
        for row in rows:
            yield _said(
                {
                    "is": "play",
                    "at": row.started_at,
                    "track": row.track_id,
                    "source": Source(row.source).name,
                    "row_key": row.row_key,
                    "ms_played": row.ms_played,
                    "duration_ms": row.duration_ms,
                    "ended_at": row.ended_at,
                    "context": row.context_id,
                    "raw": row.raw,
                }
            )


def by_beginning(
    db: Database, whose: Whose, columns: Sequence[Any], *wanted: ColumnElement[bool]
) -> Iterator[Sequence[Any]]:
    """Yield id, beginning and these columns of plays in batches, by beginning and id."""
    query = select(Play.id, Play.started_at, *columns)
    query = query.where(Play.person_id == whose.person_id, Play.id <= whose.last_id, *wanted)
    query = query.order_by(Play.started_at, Play.id).limit(BATCH)
    rows = _read(db, query)
    while rows:
        yield rows
        last = rows[-1]
        after = tuple_(Play.started_at, Play.id) > (last.started_at, last.id)
        rows = _read(db, query.where(Play.started_at >= last.started_at, after))


def _contexts(db: Database, ids: set[int]) -> Iterator[Line]:
    with db.reading() as session:
        rows = list(in_many(session, select(PlayContext.id, *_CONTEXT), PlayContext.id, ids))
    for row in rows:
        said = row._asdict()
        yield _said({"is": "context", "number": said.pop("id"), **said})


def _marks(db: Database, whose: Whose) -> Iterator[Line]:
    columns = (Play.row_key, Play.mark, Play.marked_by, Play.made_by)
    is_corrected = Play.mark.is_not(None) | Play.made_by.is_not(None)
    for rows in by_beginning(db, whose, columns, is_corrected):
        for row in rows:
            yield _said(
                {
                    "is": "mark",
                    "row_key": row.row_key,
                    "mark": None if row.mark is None else Mark(row.mark).name,
                    "marked_by": row.marked_by,
                    "made_by": row.made_by,
                }
            )


def _said(line: Line) -> Line:
    return {name: value for name, value in line.items() if value is not None}


def _read(db: Database, query: Any) -> Sequence[Any]:
    with db.reading() as session:
        return session.execute(query).all()

"""The names that a history is carried away with: artists, albums, tracks, as they are called here.

What counts as another comes after it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from core import play_words
from core.plays import Named
from database.engine import Database
from database.models import Album, Artist, ArtistGenre, Genre, Track, TrackArtist, TrackName
from database.play_rows import in_many

Line = dict[str, Any]

BATCH = 2_000


def artists(db: Database, track_ids: Sequence[int]) -> Iterator[Line]:
    """Yield those whom tracks and their albums are credited to."""
    with db.reading() as session:
        links = select(TrackArtist.artist_id).distinct()
        ids = {row[0] for row in in_many(session, links, TrackArtist.track_id, track_ids)}
        album_ids = _album_ids(session, track_ids)
        by_album = select(Album.artist_id).where(Album.artist_id.is_not(None))
        ids |= {row[0] for row in in_many(session, by_album, Album.id, album_ids)}
        same = select(Artist.counts_as).where(Artist.counts_as.is_not(None))
        ids |= {row[0] for row in in_many(session, same, Artist.id, ids)}
        batches = list(_in_order(session, Artist, ids))
    for some in batches:
        with db.reading() as session:
            genres = _genres(session, some)
            root = aliased(Artist)
            query = select(Artist, root.name).outerjoin(root, root.id == Artist.counts_as)
            rows = session.execute(query.where(Artist.id.in_(some)))
            told = {row[0].id: _artist(*row, genres.get(row[0].id)) for row in rows}
        yield from (told[id_] for id_ in some if id_ in told)


def _artist(artist: Artist, counts_as: str | None, genres: list[str] | None) -> Line:
    return said(
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


def _album_ids(session: Session, track_ids: Sequence[int]) -> set[int]:
    query = select(Track.album_id).distinct().where(Track.album_id.is_not(None))
    own = {row[0] for row in in_many(session, query, Track.id, track_ids)}
    same = select(Album.counts_as).where(Album.counts_as.is_not(None))
    return own | {row[0] for row in in_many(session, same, Album.id, own)}


def albums(db: Database, track_ids: Sequence[int]) -> Iterator[Line]:
    with db.reading() as session:
        batches = list(_in_order(session, Album, _album_ids(session, track_ids)))
    for some in batches:
        with db.reading() as session:
            root = aliased(Album)
            query = select(Album, root.credit, root.title)
            query = query.outerjoin(root, root.id == Album.counts_as)
            rows = session.execute(query.where(Album.id.in_(some)))
            told = {row[0].id: _album(*row) for row in rows}
        yield from (told[id_] for id_ in some if id_ in told)


def _album(album: Album, credit: str | None, title: str | None) -> Line:
    return said(
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


def tracks(db: Database, track_ids: Sequence[int]) -> Iterator[Line]:
    with db.reading() as session:
        batches = list(_in_order(session, Track, track_ids))
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
    return said(
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


def said(line: Line) -> Line:
    """Return a line without what it does not say."""
    return {name: value for name, value in line.items() if value is not None}

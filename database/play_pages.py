"""What the pages of an artist, an album and a track tell: from sums, indexes and a few plays."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import TextClause, bindparam, func, select, text
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import play_ranks
from database.listeners import Whose
from database.models import Album, Artist, PlaySum, Track, TrackArtist, TrackName
from database.play_rows import pairs
from database.play_sums import Kind
from database.play_tops import Top

Model = TypeVar("Model", Artist, Album, Track)

_MONTHS_A_YEAR = 12

# The tracks, as sources name them, whose plays are an artist's, an album's or a track's.
SPELT = {
    Kind.ARTIST: """
        songs AS (
            SELECT DISTINCT tracks.id
              FROM artists
              JOIN track_artists ON track_artists.artist_id = artists.id
              JOIN tracks ON tracks.id = track_artists.track_id AND tracks.counts_as IS NULL
             WHERE artists.id = :item OR artists.counts_as = :item
        ), spelt AS (
            SELECT id FROM songs
             UNION ALL
            SELECT tracks.id FROM songs JOIN tracks ON tracks.counts_as = songs.id
        )
    """,
    Kind.ALBUM: """
        spelt AS (
            SELECT tracks.id
              FROM albums
              JOIN tracks ON tracks.album_id = albums.id
             WHERE albums.id = :item OR albums.counts_as = :item
        )
    """,
    Kind.TRACK: """
        spelt AS (SELECT id FROM tracks WHERE id = :item OR counts_as = :item)
    """,
}
# Two steps into an index for each track and person, however many plays there are.
_ENDS = """
    WITH {spelt}
    SELECT person_id, MIN(first_at), MAX(last_at)
      FROM (SELECT people.id AS person_id,
                   (SELECT MIN(started_at) FROM plays
                     WHERE plays.track_id = spelt.id AND plays.person_id = people.id
                       AND plays.standing = 0) AS first_at,
                   (SELECT MAX(started_at) FROM plays
                     WHERE plays.track_id = spelt.id AND plays.person_id = people.id
                       AND plays.standing = 0) AS last_at
              FROM spelt CROSS JOIN people
             WHERE people.id IN :people) AS ends
     WHERE first_at IS NOT NULL
     GROUP BY person_id
"""
_MONTHS = """
    WITH {spelt}
    SELECT plays.day / 100 AS month, COUNT(*) AS plays, SUM(plays.ms) AS ms
      FROM plays
     WHERE plays.track_id IN (SELECT id FROM spelt) AND plays.person_id IN :people
       AND plays.standing = 0
     GROUP BY plays.day / 100
     ORDER BY month
"""
_SONGS = """
    WITH {spelt}
    SELECT tracks.id, tracks.title, tracks.credit, sums.plays, sums.ms
      FROM songs
      JOIN play_sums AS sums ON sums.whose = :whose AND sums.kind = 4 AND sums.span = 0
                            AND sums.item = songs.id
      JOIN tracks ON tracks.id = songs.id
     ORDER BY sums.plays DESC, tracks.title_folded, tracks.id
     LIMIT :limit
"""
_ALBUMS = """
    WITH {spelt}, known AS (
        SELECT DISTINCT COALESCE(albums.counts_as, albums.id) AS id
          FROM spelt
          JOIN tracks ON tracks.id = spelt.id
          JOIN albums ON albums.id = tracks.album_id
    )
    SELECT albums.id, albums.title, albums.credit, sums.plays, sums.ms
      FROM known
      JOIN play_sums AS sums ON sums.whose = :whose AND sums.kind = 3 AND sums.span = 0
                            AND sums.item = known.id
      JOIN albums ON albums.id = known.id
     ORDER BY sums.plays DESC, albums.title_folded, albums.id
     LIMIT :limit
"""
_ON_ALBUM = """
    WITH {spelt}, heard AS (
        SELECT plays.track_id, COUNT(*) AS plays
          FROM plays
         WHERE plays.track_id IN (SELECT id FROM spelt) AND plays.person_id IN :people
           AND plays.standing = 0
         GROUP BY plays.track_id
    )
    SELECT songs.id, songs.title, songs.credit, CAST(SUM(heard.plays) AS BIGINT) AS plays, 0
      FROM heard
      JOIN tracks ON tracks.id = heard.track_id
      JOIN tracks AS songs ON songs.id = COALESCE(tracks.counts_as, tracks.id)
     GROUP BY songs.id, songs.title, songs.credit, songs.title_folded
     ORDER BY plays DESC, songs.title_folded, songs.id
     LIMIT :limit
"""


class Ends(NamedTuple):
    """The moments of somebody's first and last play of something."""

    first: int
    last: int


class Month(NamedTuple):
    """`month`: YYYYMM."""

    month: int
    plays: int
    ms: int


class Told(NamedTuple):
    plays: int
    ms: int


def artist(session: Session, artist_id: int) -> Artist:
    """Return an artist.

    Raises:
        NotFound: there is none.
    """
    return _found(session, Artist, artist_id)


def album(session: Session, album_id: int) -> Album:
    """Return an album.

    Raises:
        NotFound: there is none.
    """
    return _found(session, Album, album_id)


def track(session: Session, track_id: int) -> Track:
    """Return a track.

    Raises:
        NotFound: there is none.
    """
    return _found(session, Track, track_id)


def _found(session: Session, model: type[Model], item: int) -> Model:
    found = session.get(model, item)
    if found is None:
        raise NotFound(model.__name__.lower(), item)
    return found


def ends(session: Session, kind: Kind, item: int, person_ids: Collection[int]) -> dict[int, Ends]:
    """Return the first and the last play that counts, by person; of an artist any credit."""
    asked = {"item": item, "people": list(person_ids)}
    rows = session.execute(_with(_ENDS, kind), asked)
    return {person_id: Ends(first, last) for person_id, first, last in rows}


def months(session: Session, whose: Whose, kind: Kind, item: int) -> list[Month]:
    """Return each month in which something was played. An album's and a track's are few plays."""
    if kind is Kind.ARTIST:
        return _summed_months(session, whose, item)
    asked = {"item": item, "people": list(whose.person_ids)}
    return [
        Month(month, plays, int(ms))
        for month, plays, ms in session.execute(_with(_MONTHS, kind), asked)
    ]


def _summed_months(session: Session, whose: Whose, artist_id: int) -> list[Month]:
    mine = (PlaySum.whose == whose.id, PlaySum.kind == int(Kind.ARTIST), PlaySum.item == artist_id)
    years = session.scalars(
        select(PlaySum.span).where(*mine, PlaySum.span.in_(play_ranks.years(session, whose)))
    )
    spans = [year * 100 + month for year in years for month in range(1, _MONTHS_A_YEAR + 1)]
    query = select(PlaySum.span, PlaySum.plays, PlaySum.ms)
    query = query.where(*mine, PlaySum.span.in_(spans)).order_by(PlaySum.span)
    return [Month(*row) for row in session.execute(query)]


def songs_of(session: Session, whose: Whose, artist_id: int, limit: int) -> list[Top]:
    """Return the tracks that credit an artist, the most played first."""
    asked = {"item": artist_id, "whose": whose.id, "limit": limit}
    return [Top(*row) for row in session.execute(_with(_SONGS, Kind.ARTIST), asked)]


def albums_of(session: Session, whose: Whose, artist_id: int, limit: int) -> list[Top]:
    """Return the albums that tracks of an artist are on, with all the plays of the album."""
    asked = {"item": artist_id, "whose": whose.id, "limit": limit}
    return [Top(*row) for row in session.execute(_with(_ALBUMS, Kind.ARTIST), asked)]


def on_album(session: Session, whose: Whose, album_id: int, limit: int) -> list[Top]:
    """Return the tracks of an album by their plays on this one; they add up to the album's."""
    asked = {"item": album_id, "people": list(whose.person_ids), "limit": limit}
    return [Top(*row) for row in session.execute(_with(_ON_ALBUM, Kind.ALBUM), asked)]


def listened_by(
    session: Session, kind: Kind, item: int, person_ids: Sequence[int]
) -> dict[int, Told]:
    """Return how often and how long each of these people played something."""
    query = select(PlaySum.whose, PlaySum.plays, PlaySum.ms).where(
        PlaySum.whose.in_(person_ids),
        PlaySum.kind == int(kind),
        PlaySum.span == text("0"),
        PlaySum.item == item,
    )
    return {whose: Told(plays, ms) for whose, plays, ms in session.execute(query)}


def credits_of(session: Session, track_id: int) -> list[tuple[int, str]]:
    """Return (id, name) of a track's artists, the primary one first; an alias by what it is."""
    query = (
        select(Artist.id, Artist.name, Artist.counts_as)
        .join(TrackArtist, TrackArtist.artist_id == Artist.id)
        .where(TrackArtist.track_id == track_id)
        .order_by(TrackArtist.position)
    )
    return [(row.counts_as or row.id, row.name) for row in session.execute(query)]


def artists_of(session: Session, track_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the names of the artists of some tracks, the primary one first."""
    query = (
        select(TrackArtist.track_id, Artist.name)
        .join(Artist, Artist.id == TrackArtist.artist_id)
        .where(TrackArtist.track_id.in_(track_ids))
    )
    found: dict[int, list[str]] = {}
    in_order = query.order_by(TrackArtist.track_id, TrackArtist.position)
    for track_id, name in session.execute(in_order):
        found.setdefault(track_id, []).append(name)
    return found


def album_of(session: Session, album_id: int | None) -> Album | None:
    """Return the album that a track is on, or what that one counts as."""
    found = session.get(Album, album_id) if album_id is not None else None
    if found is None or found.counts_as is None:
        return found
    return session.get(Album, found.counts_as)


def counts_as_artist(session: Session, artist_id: int | None) -> int | None:
    """Return an artist's id, or that of the one whom it is an alias of."""
    if artist_id is None:
        return None
    query = select(func.coalesce(Artist.counts_as, Artist.id)).where(Artist.id == artist_id)
    return session.scalar(query)


def names_elsewhere(session: Session, track_id: int) -> list[tuple[str, str]]:
    """Return (scheme, value) of what a track and its other spellings are called elsewhere."""
    spelt = select(Track.id).where((Track.id == track_id) | (Track.counts_as == track_id))
    query = select(TrackName.scheme, TrackName.value).where(TrackName.track_id.in_(spelt))
    return [(scheme, value) for scheme, value in session.execute(query.distinct().limit(20))]


def spellings(session: Session, kind: Kind, item: int) -> list[str]:
    """Return the other names under which something came in."""
    named: Any = {
        Kind.ARTIST: (Artist, Artist.name),
        Kind.ALBUM: (Album, Album.title),
        Kind.TRACK: (Track, Track.title),
    }[kind]
    model, name = named
    query = select(name).where(model.counts_as == item).order_by(name).distinct().limit(20)
    return list(session.scalars(query))


def albums_with_covers(session: Session, album_ids: Collection[int]) -> Mapping[int, str]:
    """Return which of these albums have a picture: its hash by id."""
    query = select(Album.id, Album.cover_sha256).where(Album.cover_sha256.is_not(None))
    return pairs(session, query, Album.id, album_ids)


def _with(query: str, kind: Kind) -> TextClause:
    asked = text(query.format(spelt=SPELT[kind]))
    return asked.bindparams(bindparam("people", expanding=True)) if ":people" in query else asked

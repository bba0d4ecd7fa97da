"""What is known of an artist, album or track that a program names by Last.fm's protocol."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from core import play_words
from core.names import fold
from core.plays import Heard, Named, Source
from database import listeners
from database.models import Album, Artist, PlaySum, Track, TrackName
from database.play_names import Names
from database.play_rows import pairs
from database.play_sums import Kind

_LEADS = text("""
    SELECT track_artists.track_id, artists.name, artists.musicbrainz_id AS mbid
      FROM track_artists
      JOIN artists ON artists.id = track_artists.artist_id
     WHERE track_artists.position = 0 AND track_artists.track_id IN :tracks
""").bindparams(bindparam("tracks", expanding=True))
_MBIDS = text("""
    SELECT track_id, MIN(value) FROM track_names
     WHERE scheme = 'mbid' AND track_id IN :tracks
     GROUP BY track_id
""").bindparams(bindparam("tracks", expanding=True))
_NAMED = {
    Kind.ARTIST: text("SELECT name, '', NULL FROM artists WHERE id = :item"),
    Kind.ALBUM: text("SELECT title, credit, NULL FROM albums WHERE id = :item"),
    Kind.TRACK: text("SELECT title, credit, duration_ms FROM tracks WHERE id = :item"),
}


class Known(NamedTuple):
    """Something with its plays that count: one person's, and the household's.

    `listeners`: how many of the household have any.
    """

    name: str
    credit: str
    mbid: str
    duration_ms: int | None
    plays: int
    all_plays: int
    listeners: int


def leads(session: Session, tracks: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return the first artist of each track, by name and by what MusicBrainz calls them."""
    rows = session.execute(_LEADS, {"tracks": sorted(set(tracks))})
    return {track_id: (name, mbid or "") for track_id, name, mbid in rows}


def mbids(session: Session, kind: Kind, items: Collection[int]) -> Mapping[int, str]:
    """Return what MusicBrainz calls these artists, albums or tracks, where it is known."""
    if not items:
        return {}
    if kind is Kind.TRACK:
        rows = session.execute(_MBIDS, {"tracks": sorted(items)})
        return {track_id: mbid for track_id, mbid in rows}  # noqa: C416 - rows
    table = Album if kind is Kind.ALBUM else Artist
    query = select(table.id, table.musicbrainz_id).where(table.musicbrainz_id.is_not(None))
    return pairs(session, query, table.id, items)


def artist_mbids(session: Session, names: Collection[str]) -> Mapping[str, str]:
    """Return what MusicBrainz calls artists of these names, by the folded name."""
    query = select(Artist.name_folded, Artist.musicbrainz_id)
    query = query.where(Artist.musicbrainz_id.is_not(None))
    return pairs(session, query, Artist.name_folded, {fold(name) for name in names})


def find_artist(session: Session, name: str) -> int | None:
    """Return the artist that is called this, or whose alias is."""
    query = select(func.coalesce(Artist.counts_as, Artist.id))
    return session.scalar(query.where(Artist.name_folded == fold(name)))


def find_album(session: Session, artist: str, title: str) -> int | None:
    query = select(func.coalesce(Album.counts_as, Album.id))
    return session.scalar(query.where(Album.names_key == play_words.album_key(artist, title)))


def find_track(session: Session, artist: str, title: str) -> int | None:
    """Return the track of that title, by those who are credited or the first of them."""
    query = select(Track.id, Track.credit, Track.counts_as)
    query = query.where(Track.title_folded == fold(title), Track.kind == "music")
    wanted = fold(artist)
    rows = session.execute(query.order_by(Track.id)).all()
    for row in rows:
        if fold(row.credit) == wanted:
            return _counted(row)
    if not rows:
        return None
    first = leads(session, [row.id for row in rows])
    fits = (row for row in rows if fold(first.get(row.id, ("", ""))[0]) == wanted)
    return next(map(_counted, fits), None)


def keep_track(session: Session, named: Named) -> str:
    """Return the `msid` of a track that somebody names, which is kept if it is not known yet."""
    # What is not known is added under the lock of listening.
    listeners.lock(session)
    item = find_track(session, play_words.credit(named.artists), named.title)
    if item is not None:
        return session.get_one(Track, item).msid
    Names().keep(session, [Heard(named, started_at=0, source=Source.SCROBBLE, row_key=0)])
    return play_words.msid(named)


def ids(session: Session, named: Named) -> list[tuple[str, str]]:
    """Return what a track and those that count as it are called: an `msid`, or a MusicBrainz id.

    The other one of each pair is empty.
    """
    item = find_track(session, play_words.credit(named.artists), named.title)
    if item is None:
        return []
    same = or_(Track.id == item, Track.counts_as == item)
    msids = [(msid, "") for msid in session.scalars(select(Track.msid).where(same))]
    query = select(TrackName.value).join(Track, Track.id == TrackName.track_id)
    mbids_ = session.scalars(query.where(same, TrackName.scheme == "mbid"))
    return [*msids, *(("", mbid) for mbid in mbids_)]


def _counted(row: Any) -> int:
    found: int = row.counts_as or row.id
    return found


def known(session: Session, kind: Kind, item: int, person_id: int) -> Known:
    """Return an artist, album or track, with its plays of the household and of one person."""
    name, credit, duration_ms = session.execute(_NAMED[kind], {"item": item}).one()
    us = listeners.household(session)
    sums = select(PlaySum.whose, PlaySum.plays).where(
        PlaySum.whose.in_({us.id, person_id, *us.person_ids}),
        PlaySum.kind == int(kind),
        PlaySum.span == 0,
        PlaySum.item == item,
        PlaySum.plays > 0,
    )
    plays = {whose: found for whose, found in session.execute(sums)}  # noqa: C416 - rows
    mbid = mbids(session, kind, [item]).get(item, "")
    heard_by = len(plays.keys() & set(us.person_ids))
    own = plays.get(person_id, 0)
    return Known(name, credit, mbid, duration_ms, own, plays.get(us.id, 0), heard_by)

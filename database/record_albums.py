"""Which albums records are.

A record is an album of one of its artists that has its MusicBrainz' id, or its title without
what editions add; and what a person says of a record goes before that.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, delete, func, or_, select, text
from sqlalchemy.orm import Session

from core.album_words import album_key
from core.names import fold
from database.listeners import Whose
from database.models import Album, Artist, PlaySum, Record, RecordAlbum, RecordArtist
from database.play_rows import in_many
from database.play_sums import Kind

_AS_ALBUM = func.coalesce(Album.counts_as, Album.id)
_AS_ARTIST = func.coalesce(Artist.counts_as, Artist.id)


class Said(NamedTuple):
    """What a person said of a record."""

    record_id: int
    album_id: int
    is_same: bool


class _Known(NamedTuple):
    """An album as it is compared; `album_id` and `artist_id` are what these count as."""

    album_id: int
    artist_id: int
    key: str
    musicbrainz_id: str | None


def asked() -> Select[*tuple[Any, ...]]:
    """Return a question for records, as the functions here and their callers read them."""
    return select(
        Record.id,
        Record.title,
        Record.artist,
        Record.purchased_on,
        Record.price,
        Record.currency,
        Record.musicbrainz_id,
    )


def of(
    session: Session, records: Sequence[Any], whose: Whose | None = None
) -> Mapping[int, set[int]]:
    """Return which albums records are; of `whose`, only those that they played."""
    ids = [record.id for record in records]
    artists = artists_of(session, ids)
    by_artist: dict[int, list[_Known]] = defaultdict(list)
    for album in _by_artists(session, set().union(*artists.values()), whose):
        by_artist[album.artist_id].append(album)
    found: dict[int, set[int]] = defaultdict(set)
    for record in records:
        key = album_key(record.title)
        for album in (it for artist_id in artists[record.id] for it in by_artist[artist_id]):
            is_shared = record.musicbrainz_id and record.musicbrainz_id == album.musicbrainz_id
            if is_shared or album.key == key:
                found[record.id].add(album.album_id)
    told = said(session, ids)
    played = plays(session, whose, {one.album_id for one in told}) if whose else None
    for record_id, album_id, is_same in told:
        if not is_same:
            found[record_id].discard(album_id)
        elif played is None or album_id in played:
            found[record_id].add(album_id)
    return found


def beside(session: Session, record_id: int) -> set[int]:
    """Return the albums of a record's artists: those that it may be."""
    artists = artists_of(session, [record_id])[record_id]
    return {album.album_id for album in _by_artists(session, artists)}


def called(session: Session, artists: Collection[str], title: str, whose: Whose) -> dict[int, int]:
    """Return the albums of that title by any of these artists, and how often `whose` played them.

    Those that they never played are left out.
    """
    folded = {fold(name) for name in artists}
    ids = {row[0] for row in in_many(session, select(_AS_ARTIST), Artist.name_folded, folded)}
    key = album_key(title)
    found = {album.album_id for album in _by_artists(session, ids, whose) if album.key == key}
    return plays(session, whose, found)


def artists_of(session: Session, record_ids: Collection[int]) -> dict[int, set[int]]:
    """Return the artists of records, as what these count as."""
    query = select(RecordArtist.record_id, _AS_ARTIST)
    query = query.join(Artist, Artist.id == RecordArtist.artist_id)
    found: dict[int, set[int]] = defaultdict(set)
    for record_id, artist_id in in_many(session, query, RecordArtist.record_id, record_ids):
        found[record_id].add(artist_id)
    return found


def that_may_be(
    session: Session, person_ids: Collection[int], album_ids: Collection[int]
) -> list[Any]:
    """Return people's active records of these albums' artists, or said to be one of these."""
    credited = select(_AS_ARTIST).join(Album, Album.artist_id == Artist.id)
    artists = {row[0] for row in in_many(session, credited, Album.id, album_ids)}
    # Step by step: asked at once, SQLite would begin at the records.
    of_artists = select(RecordArtist.record_id)
    found = in_many(session, of_artists, RecordArtist.artist_id, _spelt(session, artists))
    ids = {row[0] for row in found}
    others = in_many(session, select(Album.id), Album.counts_as, album_ids)
    spelt = [*album_ids, *(row[0] for row in others)]
    said_to_be = select(RecordAlbum.record_id).where(RecordAlbum.is_same)
    ids |= {row[0] for row in in_many(session, said_to_be, RecordAlbum.album_id, spelt)}
    theirs = asked().where(Record.person_id.in_(person_ids), Record.is_active)
    return list(in_many(session, theirs, Record.id, ids))


def say(session: Session, record_id: int, album_id: int, *, is_same: bool) -> None:
    """Remember that a record is an album, or that it is not."""
    spelt = select(Album.id).where(or_(Album.id == album_id, Album.counts_as == album_id))
    before = delete(RecordAlbum).where(RecordAlbum.record_id == record_id)
    session.execute(before.where(RecordAlbum.album_id.in_(spelt)))
    session.add(RecordAlbum(record_id=record_id, album_id=album_id, is_same=is_same))
    session.flush()


def said(session: Session, record_ids: Collection[int]) -> list[Said]:
    """Return what people said of records."""
    query = select(RecordAlbum.record_id, _AS_ALBUM, RecordAlbum.is_same)
    query = query.join(Album, Album.id == RecordAlbum.album_id)
    return [Said(*row) for row in in_many(session, query, RecordAlbum.record_id, record_ids)]


def plays(session: Session, whose: Whose, album_ids: Collection[int]) -> dict[int, int]:
    """Return how often those of these albums were played that were."""
    query = select(PlaySum.item, PlaySum.plays).where(*_for_ever(whose))
    return {row.item: row.plays for row in in_many(session, query, PlaySum.item, album_ids)}


def _for_ever(whose: Whose) -> tuple[Any, ...]:
    return (PlaySum.whose == whose.id, PlaySum.kind == int(Kind.ALBUM), PlaySum.span == text("0"))


def _spelt(session: Session, artist_ids: Collection[int]) -> dict[int, int]:
    """Return what artists and their aliases count as, by their ids."""
    query = select(Artist.id, Artist.counts_as)
    aliases = {row[0]: row[1] for row in in_many(session, query, Artist.counts_as, artist_ids)}
    return {artist_id: artist_id for artist_id in artist_ids} | aliases


def _by_artists(
    session: Session, artist_ids: Collection[int], whose: Whose | None = None
) -> list[_Known]:
    spelt = _spelt(session, artist_ids)
    query = select(_AS_ALBUM, Album.artist_id, Album.title, Album.musicbrainz_id)
    if whose is not None:
        query = query.join(PlaySum, and_(PlaySum.item == _AS_ALBUM, *_for_ever(whose)))
    return [
        _Known(album_id, spelt[artist_id], album_key(title), musicbrainz_id)
        for album_id, artist_id, title, musicbrainz_id in in_many(
            session, query, Album.artist_id, spelt
        )
    ]

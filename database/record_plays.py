"""The shelf beside what was played: which albums records are, and how often they were played.

A record is an album of one of its artists that has its MusicBrainz' id, or its title without
what editions add; and what a person says of a record goes before that.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, delete, func, or_, select, text
from sqlalchemy.orm import Session

from core.album_words import album_key
from database import play_tops
from database.listeners import Whose
from database.models import Album, Artist, PlaySum, Record, RecordAlbum, RecordArtist, Song
from database.play_rows import in_many
from database.play_sums import Kind
from database.play_tops import Top
from database.play_windows import ALWAYS

PAGE = 50
MANY_PLAYS = 20  # an album that was played so often may be missed on the shelf
_LOOKED_AT = 400  # records, or albums, that a page looks at to find some

_SINCE = """
    WITH bought AS ({pairs}), spelt AS (
        SELECT record_id, first_day, album_id FROM bought
         UNION ALL
        SELECT bought.record_id, bought.first_day, albums.id
          FROM bought JOIN albums ON albums.counts_as = bought.album_id
    )
    SELECT spelt.record_id, COUNT(*) AS plays
      FROM spelt
     CROSS JOIN tracks
     CROSS JOIN plays
     WHERE tracks.album_id = spelt.album_id AND plays.track_id = tracks.id
       AND plays.person_id IN :people AND plays.standing = 0 AND plays.day >= spelt.first_day
     GROUP BY spelt.record_id
"""
_PAIR = (
    "SELECT CAST(:record{n} AS BIGINT) AS record_id, CAST(:album{n} AS BIGINT) AS album_id,"
    " CAST(:day{n} AS BIGINT) AS first_day"
)


class Shelved(NamedTuple):
    """A record beside its plays. `plays`: of its albums at all; `since` it was bought.

    `price` is in hundredths of `currency`; `songs`: how many are on it, 0 where nobody knows.
    """

    record_id: int
    title: str
    artist: str
    purchased_on: str
    price: int | None
    currency: str
    songs: int
    albums: tuple[int, ...]
    plays: int
    since: int

    @property
    def cost(self) -> int | None:
        """Return the price of playing it once as a whole, so far; None where none can be told."""
        if self.price is None or not self.songs or not self.since:
            return None
        return round(self.price * self.songs / self.since)


class Shelf(NamedTuple):
    """Some records, those bought last first; `more` leads to the next ones."""

    records: list[Shelved]
    more: str | None


class Candidate(NamedTuple):
    """An album of a record's artists. `is_said`: whether a person said that it is it, or not."""

    album_id: int
    title: str
    credit: str
    plays: int
    is_it: bool
    is_said: bool


class _Known(NamedTuple):
    """An album as it is compared; `album_id` is what it counts as."""

    album_id: int
    artist_id: int
    key: str
    musicbrainz_id: str | None


def shelf(session: Session, whose: Whose, after: str | None = None) -> Shelf:
    """Return the active records of people with their plays."""
    rows = _records(session, whose, after, PAGE + 1)
    more = _place(rows[PAGE - 1]) if len(rows) > PAGE else None
    return Shelf(_shelved(session, whose, rows[:PAGE]), more)


def never_played(session: Session, whose: Whose, after: str | None = None) -> Shelf:
    """Return the active records that were never played; `more` also where none was found yet."""
    rows = _records(session, whose, after, _LOOKED_AT + 1)
    played = _albums_of(session, rows[:_LOOKED_AT], whose)
    silent = [row for row in rows[:_LOOKED_AT] if not played.get(row.id)]
    more = None
    if len(silent) > PAGE:
        more = _place(silent[PAGE - 1])
    elif len(rows) > _LOOKED_AT:
        more = _place(rows[_LOOKED_AT - 1])
    return Shelf(_shelved(session, whose, silent[:PAGE]), more)


def not_owned(session: Session, whose: Whose) -> list[Top]:
    """Return albums played often that no active record of these people is, the most played first.

    Of those that they played most some hundreds are looked at.
    """
    tops = play_tops.tops(session, whose, Kind.ALBUM, ALWAYS, limit=_LOOKED_AT)
    tops = [top for top in tops if top.plays >= MANY_PLAYS]
    query = select(Album.artist_id).where(Album.artist_id.is_not(None)).distinct()
    artists = {row[0] for row in in_many(session, query, Album.id, [top.item for top in tops])}
    rows = _by_artists(session, whose, artists) + _said_to_be(session, whose, tops)
    owned = {album_id for ids in _albums_of(session, rows).values() for album_id in ids}
    return [top for top in tops if top.item not in owned][:PAGE]


def one(session: Session, whose: Whose, record_id: int) -> Shelved | None:
    """Return a record, on whomever's shelf, with its plays by `whose`; None: there is none."""
    rows = list(session.execute(_asked().where(Record.id == record_id)))
    return _shelved(session, whose, rows)[0] if rows else None


def candidates(session: Session, whose: Whose, record_id: int) -> list[Candidate]:
    """Return the albums that a record may be, those that it is first, then the most played."""
    rows = list(session.execute(_asked().where(Record.id == record_id)))
    are_it = set(_albums_of(session, rows).get(record_id, ()))
    said = {album_id for _, album_id, _ in _said(session, [record_id])}
    artists = _artists_of(session, [record_id]).get(record_id, set())
    ids = {one.album_id for one in _albums_by(session, artists)} | are_it | said
    plays = _plays(session, whose, ids)
    query = select(Album.id, Album.title, Album.credit)
    found = [
        Candidate(*row, plays.get(row.id, 0), row.id in are_it, row.id in said)
        for row in in_many(session, query, Album.id, ids)
    ]
    return sorted(found, key=lambda one: (not one.is_it, -one.plays, one.title, one.album_id))


def say(session: Session, record_id: int, album_id: int, *, is_same: bool) -> None:
    """Remember that a record is an album, or is not."""
    spelt = select(Album.id).where(or_(Album.id == album_id, Album.counts_as == album_id))
    session.execute(
        delete(RecordAlbum).where(
            RecordAlbum.record_id == record_id, RecordAlbum.album_id.in_(spelt)
        )
    )
    session.add(RecordAlbum(record_id=record_id, album_id=album_id, is_same=is_same))


def records_of(session: Session, album_id: int, owners: Collection[int]) -> list[tuple[int, str]]:
    """Return the active records that an album is, with the names of their artists and titles."""
    whose = Whose(0, tuple(owners), "UTC")
    artist_id = session.scalar(select(Album.artist_id).where(Album.id == album_id))
    rows = _by_artists(session, whose, {artist_id} if artist_id else set())
    rows += _said_to_be(session, whose, [Top(album_id, "", "", 0, 0)])
    albums = _albums_of(session, rows)
    named = {row.id: f"{row.artist} – {row.title}" for row in rows}
    return [(id_, named[id_]) for id_ in sorted(named) if album_id in albums.get(id_, ())]


def _asked() -> Select[*tuple[Any, ...]]:
    return select(
        Record.id,
        Record.title,
        Record.artist,
        Record.purchased_on,
        Record.price,
        Record.currency,
        Record.musicbrainz_id,
    )


def _records(session: Session, whose: Whose, after: str | None, limit: int) -> list[Any]:
    query = _asked().where(Record.person_id.in_(whose.person_ids), Record.is_active)
    day, found, id_ = (after or "").rpartition("/")
    if found and id_.isdecimal() and len(id_) <= 18:  # noqa: PLR2004 - digits that a row can have
        earlier = Record.purchased_on < day
        query = query.where(or_(earlier, and_(Record.purchased_on == day, Record.id < int(id_))))
    newest = (Record.purchased_on.desc(), Record.id.desc())
    return list(session.execute(query.order_by(*newest).limit(limit)))


def _place(row: Any) -> str:
    return f"{row.purchased_on}/{row.id}"


def _by_artists(session: Session, whose: Whose, artists: Collection[int]) -> list[Any]:
    """Return the active records of people by these artists, whatever they are called there."""
    query = _asked().join(RecordArtist, RecordArtist.record_id == Record.id).distinct()
    query = query.where(Record.person_id.in_(whose.person_ids), Record.is_active)
    spelt = _spelt(session, _counting(session, artists).values())
    return list(in_many(session, query, RecordArtist.artist_id, spelt))


def _said_to_be(session: Session, whose: Whose, tops: Sequence[Top]) -> list[Any]:
    """Return the active records of which somebody said that they are one of these albums."""
    query = _asked().join(RecordAlbum, RecordAlbum.record_id == Record.id)
    query = query.join(Album, Album.id == RecordAlbum.album_id).where(RecordAlbum.is_same)
    query = query.where(Record.person_id.in_(whose.person_ids), Record.is_active)
    ids = [top.item for top in tops]
    return [
        *in_many(session, query, Album.id, ids),
        *in_many(session, query, Album.counts_as, ids),
    ]


def _shelved(session: Session, whose: Whose, rows: Sequence[Any]) -> list[Shelved]:
    albums = _albums_of(session, rows)
    plays = _plays(session, whose, {album_id for ids in albums.values() for album_id in ids})
    since = _since(session, whose, rows, albums)
    counted = select(Song.record_id, func.count()).group_by(Song.record_id)
    songs: dict[int, int] = dict(
        tuple(row) for row in in_many(session, counted, Song.record_id, [row.id for row in rows])
    )
    return [
        Shelved(
            *row[:-1],
            songs.get(row.id, 0),
            tuple(sorted(albums.get(row.id, ()))),
            sum(plays.get(album_id, 0) for album_id in albums.get(row.id, ())),
            since.get(row.id, 0),
        )
        for row in rows
    ]


def _albums_of(
    session: Session, rows: Sequence[Any], whose: Whose | None = None
) -> Mapping[int, set[int]]:
    """Return which albums these records are; of `whose`, only those that they played."""
    ids = [row.id for row in rows]
    artists = _artists_of(session, ids)
    every = _albums_by(session, set().union(*artists.values()), whose)
    by_artist: dict[int, list[_Known]] = defaultdict(list)
    for album in every:
        by_artist[album.artist_id].append(album)
    found: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        key = album_key(row.title)
        for album in (it for artist_id in artists.get(row.id, ()) for it in by_artist[artist_id]):
            is_shared = row.musicbrainz_id and row.musicbrainz_id == album.musicbrainz_id
            if is_shared or album.key == key:
                found[row.id].add(album.album_id)
    said = _said(session, ids)
    played = _plays(session, whose, {album_id for _, album_id, _ in said}) if whose else None
    for record_id, album_id, is_same in said:
        if not is_same:
            found[record_id].discard(album_id)
        elif played is None or album_id in played:
            found[record_id].add(album_id)
    return found


def _artists_of(session: Session, record_ids: Collection[int]) -> dict[int, set[int]]:
    """Return the artists of records, each as what it counts as."""
    query = select(RecordArtist.record_id, func.coalesce(Artist.counts_as, Artist.id)).join(
        Artist, Artist.id == RecordArtist.artist_id
    )
    found: dict[int, set[int]] = defaultdict(set)
    for record_id, artist_id in in_many(session, query, RecordArtist.record_id, record_ids):
        found[record_id].add(artist_id)
    return found


def _counting(session: Session, artist_ids: Collection[int]) -> dict[int, int]:
    query = select(Artist.id, func.coalesce(Artist.counts_as, Artist.id))
    return {id_: as_ for id_, as_ in in_many(session, query, Artist.id, artist_ids)}  # noqa: C416


def _spelt(session: Session, artist_ids: Collection[int]) -> dict[int, int]:
    """Return all names of artists: what each id counts as."""
    query = select(Artist.id, Artist.counts_as)
    aliases = {row[0]: row[1] for row in in_many(session, query, Artist.counts_as, artist_ids)}
    return {id_: id_ for id_ in artist_ids} | aliases


def _albums_by(
    session: Session, artist_ids: Collection[int], whose: Whose | None = None
) -> list[_Known]:
    spelt = _spelt(session, artist_ids)
    as_album = func.coalesce(Album.counts_as, Album.id)
    query = select(as_album, Album.artist_id, Album.title, Album.musicbrainz_id)
    if whose is not None:
        query = query.join(PlaySum, and_(PlaySum.item == as_album, *_for_ever(whose)))
    return [
        _Known(album_id, spelt[artist_id], album_key(title), musicbrainz_id)
        for album_id, artist_id, title, musicbrainz_id in in_many(
            session, query, Album.artist_id, spelt
        )
    ]


def _said(session: Session, record_ids: Collection[int]) -> list[tuple[int, int, bool]]:
    """Return what people said of records: of which album, and whether it is the same."""
    query = select(
        RecordAlbum.record_id, func.coalesce(Album.counts_as, Album.id), RecordAlbum.is_same
    ).join(Album, Album.id == RecordAlbum.album_id)
    rows = in_many(session, query, RecordAlbum.record_id, record_ids)
    return [(record_id, album_id, is_same) for record_id, album_id, is_same in rows]


def _for_ever(whose: Whose) -> tuple[Any, ...]:
    return (PlaySum.whose == whose.id, PlaySum.kind == int(Kind.ALBUM), PlaySum.span == text("0"))


def _plays(session: Session, whose: Whose, album_ids: Collection[int]) -> dict[int, int]:
    query = select(PlaySum.item, PlaySum.plays).where(*_for_ever(whose))
    return {item: plays for item, plays in in_many(session, query, PlaySum.item, album_ids)}  # noqa: C416


def _since(
    session: Session, whose: Whose, rows: Sequence[Any], albums: Mapping[int, Collection[int]]
) -> dict[int, int]:
    """Return how often records were played from the day on that each was bought."""
    pairs = [(row, album_id) for row in rows for album_id in albums.get(row.id, ())]
    if not pairs:
        return {}
    values: dict[str, Any] = {"people": list(whose.person_ids)}
    for n, (row, album_id) in enumerate(pairs):
        day = int(row.purchased_on.replace("-", ""))
        values |= {f"record{n}": row.id, f"album{n}": album_id, f"day{n}": day}
    union = " UNION ALL ".join(_PAIR.format(n=n) for n in range(len(pairs)))
    query = play_tops.bound(_SINCE.format(pairs=union), values)
    return {row.record_id: row.plays for row in session.execute(query, values)}

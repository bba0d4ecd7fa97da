"""The shelf beside what was played: how often records were, what that cost, what is missing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database import play_pages, play_tops, play_windows, record_albums
from database.listeners import Whose
from database.models import Album, Record, Song
from database.play_rows import in_many
from database.play_sums import Kind
from database.play_tops import Top
from database.play_windows import ALWAYS, Window

PAGE = 50
MANY = 20  # plays; an album that has so many may be missed on the shelf
_LOOKED_AT = 400  # records, or albums, among which a page looks for some
_LONGEST_ID = 18  # digits

_SINCE = """
    WITH bought (record_id, album_id, since) AS (VALUES {rows}), spelt AS (
        SELECT record_id, since, album_id FROM bought
         UNION ALL
        SELECT bought.record_id, bought.since, albums.id
          FROM bought JOIN albums ON albums.counts_as = bought.album_id
    )
    SELECT spelt.record_id, COUNT(*) AS plays
      FROM spelt CROSS JOIN tracks CROSS JOIN plays
     WHERE tracks.album_id = spelt.album_id AND plays.track_id = tracks.id
       AND plays.person_id IN :people AND plays.standing = 0
       AND plays.started_at >= spelt.since
     GROUP BY spelt.record_id
"""


class Shelved(NamedTuple):
    """A record beside its plays. `plays`: of its albums at all; `since`: since it was bought.

    `price` is in hundredths of `currency`; `songs`: how many are on it, 0 where nobody knows.
    """

    record_id: int
    title: str
    artist: str
    purchased_on: str
    price: int | None
    currency: str
    songs: int
    plays: int
    since: int

    @property
    def cost(self) -> int | None:
        """Return what each time cost so far that it was played as a whole, if that is known."""
        if self.price is None or not self.songs or not self.since:
            return None
        return round(self.price * self.songs / self.since)


class Shelf(NamedTuple):
    """Some records, those bought last first; `more` leads to the next ones."""

    records: list[Shelved]
    more: str | None


class Candidate(NamedTuple):
    """An album that a record may be. `is_said`: a person said that it is it, or that it is not."""

    album_id: int
    title: str
    credit: str
    plays: int
    is_it: bool
    is_said: bool


def shelf(session: Session, whose: Whose, after: str | None = None) -> Shelf:
    """Return the active records of people with their plays."""
    rows = _records(session, whose, after, PAGE + 1)
    more = _place(rows[PAGE - 1]) if len(rows) > PAGE else None
    return Shelf(_shelved(session, whose, rows[:PAGE]), more)


def never_played(session: Session, whose: Whose, after: str | None = None) -> Shelf:
    """Return the active records of people that they never played.

    Some hundreds are looked at: there may be `more` where none was found.
    """
    rows = _records(session, whose, after, _LOOKED_AT + 1)
    looked_at = rows[:_LOOKED_AT]
    played = record_albums.of(session, looked_at, whose)
    silent = [row for row in looked_at if not played.get(row.id)]
    more = None
    if len(silent) > PAGE:
        more = _place(silent[PAGE - 1])
    elif len(rows) > _LOOKED_AT:
        more = _place(looked_at[-1])
    return Shelf(_shelved(session, whose, silent[:PAGE]), more)


def not_owned(session: Session, whose: Whose) -> list[Top]:
    """Return albums that people played often and have no record of, the most played first.

    Of those that they played most some hundreds are looked at.
    """
    tops = play_tops.tops(session, whose, Kind.ALBUM, ALWAYS, limit=_LOOKED_AT)
    tops = [top for top in tops if top.plays >= MANY]
    ids = [top.item for top in tops]
    records = record_albums.that_may_be(session, whose.person_ids, ids)
    owned = set().union(*record_albums.of(session, records).values())
    return [top for top in tops if top.item not in owned][:PAGE]


def one(session: Session, whose: Whose, record_id: int) -> Shelved:
    """Return a record, on whomever's shelf, with the plays of `whose`.

    Raises:
        NotFound: there is none.
    """
    return _shelved(session, whose, [_record(session, record_id)])[0]


def last_played(session: Session, whose: Whose, record_id: int) -> int | None:
    """Return when a record's last play began, None if it was never played.

    Raises:
        NotFound: there is no such record.
    """
    albums = record_albums.of(session, [_record(session, record_id)], whose).get(record_id, ())
    ends = (play_pages.ends(session, Kind.ALBUM, one, whose.person_ids) for one in albums)
    return max((one.last for people in ends for one in people.values()), default=None)


def is_by_most_played(session: Session, whose: Whose, record_id: int, window: Window) -> bool:
    """Say whether an artist of a record is the one played most in a window."""
    most = play_tops.tops(session, whose, Kind.PRIMARY, window, limit=1)
    artists = record_albums.artists_of(session, [record_id])[record_id]
    return bool(most) and most[0].item in artists


def candidates(session: Session, whose: Whose, record_id: int) -> list[Candidate]:
    """Return the albums that a record is, then those that it may be, the most played first.

    Raises:
        NotFound: there is no such record.
    """
    are_it = record_albums.of(session, [_record(session, record_id)]).get(record_id, set())
    said = {one.album_id for one in record_albums.said(session, [record_id])}
    ids = record_albums.beside(session, record_id) | are_it | said
    plays = record_albums.plays(session, whose, ids)
    query = select(Album.id, Album.title, Album.credit)
    found = [
        Candidate._make((*row, plays.get(row.id, 0), row.id in are_it, row.id in said))
        for row in in_many(session, query, Album.id, ids)
    ]
    return sorted(found, key=lambda one: (not one.is_it, -one.plays, one.title, one.album_id))


def of_album(session: Session, album_id: int, person_ids: Collection[int]) -> list[tuple[int, str]]:
    """Return (id, artist and title) of people's active records that an album is."""
    records = record_albums.that_may_be(session, person_ids, [album_id])
    albums = record_albums.of(session, records)
    return [
        (record.id, f"{record.artist} – {record.title}")
        for record in sorted(records, key=lambda record: record.id)
        if album_id in albums.get(record.id, ())
    ]


def _record(session: Session, record_id: int) -> Any:
    found = session.execute(record_albums.asked().where(Record.id == record_id)).one_or_none()
    if found is None:
        raise NotFound("record", record_id)
    return found


def _records(session: Session, whose: Whose, after: str | None, limit: int) -> list[Any]:
    query = record_albums.asked().where(Record.person_id.in_(whose.person_ids), Record.is_active)
    day, found, id_ = (after or "").rpartition("/")
    if found and id_.isdecimal() and len(id_) <= _LONGEST_ID:
        on_that_day = and_(Record.purchased_on == day, Record.id < int(id_))
        query = query.where(or_(Record.purchased_on < day, on_that_day))
    newest = (Record.purchased_on.desc(), Record.id.desc())
    return list(session.execute(query.order_by(*newest).limit(limit)))


def _place(row: Any) -> str:
    return f"{row.purchased_on}/{row.id}"


def _shelved(session: Session, whose: Whose, rows: Sequence[Any]) -> list[Shelved]:
    ids = [row.id for row in rows]
    albums = record_albums.of(session, rows, whose)
    plays = record_albums.plays(session, whose, set().union(*albums.values()))
    since = _since(session, whose, rows, albums)
    counted = select(Song.record_id, func.count()).group_by(Song.record_id)
    songs = {row[0]: row[1] for row in in_many(session, counted, Song.record_id, ids)}
    return [
        Shelved._make(
            (
                *row[:-1],
                songs.get(row.id, 0),
                sum(plays[album_id] for album_id in albums.get(row.id, ())),
                since.get(row.id, 0),
            )
        )
        for row in rows
    ]


def _since(
    session: Session, whose: Whose, rows: Sequence[Any], albums: Mapping[int, Collection[int]]
) -> dict[int, int]:
    """Return how often records were played from the day on that each was bought."""
    zone = clock.zone(whose.zone)
    bought = [
        (row.id, album_id, play_windows.midnight(date.fromisoformat(row.purchased_on), zone))
        for row in rows
        for album_id in albums.get(row.id, ())
    ]
    if not bought:
        return {}
    # Numbers of ours, and more than there may be parameters.
    query = text(_SINCE.format(rows=", ".join(map(str, bought))))
    query = query.bindparams(bindparam("people", expanding=True))
    found = session.execute(query, {"people": list(whose.person_ids)})
    return {row.record_id: row.plays for row in found}

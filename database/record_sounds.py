"""How records sound, as it was last worked out from the tracks of their albums, and kept.

The first album of the library of the same artist and title is taken for a record; a person may
say that it is another one, or none. What was tried rests for a month.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.album_sound import Sound
from core.errors import NotFound
from core.library import Features
from database import quota, record_features, tasks
from database.library_intake import alone
from database.models import LibraryAlbum, Record, RecordSound
from database.owner import Owner
from database.play_rows import among, in_many, write_many
from database.record_features import Sought
from database.tasks import Enqueued

ACTION = "sound_records"
REST = 30 * clock.DAY
# What became of it; the words stand in the database.
SOUNDS, SILENT, NOT_FOUND, NONE = "sounds", "silent", "not_found", "none"

_COLUMNS = (
    "record_id", "state", "is_said", "sought", "album_id", "tracks", "left_out",
    *Features._fields, "tried_at",
)  # fmt: skip
_PUT = f"""
    INSERT INTO record_sounds ({", ".join(_COLUMNS)})
    VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
    ON CONFLICT (record_id)
    DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])}
"""  # noqa: S608 - names of columns of ours
# What a person says meanwhile stays; of an album that is gone nobody says anything any more.
_KEEP = f"""{_PUT}
     WHERE (record_sounds.is_said = excluded.is_said
            AND (NOT excluded.is_said OR record_sounds.album_id = excluded.album_id))
        OR (record_sounds.album_id IS NULL AND record_sounds.state IN ('sounds', 'silent'))
"""


class Wanted(NamedTuple):
    """A record that is to be tried. `album_id`: what a person said that it is."""

    sought: Sought
    album_id: int | None


class Due(NamedTuple):
    """`total`: of how many records these are."""

    total: int
    wanted: list[Wanted]


class Found(NamedTuple):
    """What became of a record. `is_whole`: nobody who failed could say more of it."""

    wanted: Wanted
    album_id: int | None
    sound: Sound | None
    is_whole: bool = True

    @property
    def state(self) -> str:
        if self.sound is not None:
            return SOUNDS
        return NOT_FOUND if self.album_id is None else SILENT


def ask(
    session: Session,
    owner: Owner,
    *,
    again: bool = False,
    record_ids: Sequence[int] | None = None,
) -> Enqueued:
    """Have it found out how somebody's records sound, or these alone.

    `again`: also of those that rest.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    ids = None if record_ids is None else sorted(record_ids)
    said = "all" if ids is None else ",".join(map(str, ids))
    key = f"{ACTION}:{owner.person_id}"
    placed = tasks.enqueue(
        session,
        ACTION,
        {"again": again, "record_ids": ids},
        owner=owner,
        lane=tasks.LONG if ids is None else tasks.QUICK,
        dedup_key=f"{key}:{said}{':again' if again else ''}",
        lock_key=key,
    )
    quota.check(session, owner)
    return placed


def due(
    session: Session,
    person_id: int,
    *,
    again: bool = False,
    record_ids: Sequence[int] | None = None,
) -> Due:
    """Return the active records of a shelf that are new, changed, or were tried long ago.

    `again`: also those that rest; of what somebody said that it is no album it stays so.
    """
    query = (
        select(
            Record.id,
            Record.title,
            Record.title_folded,
            Record.artist_folded,
            RecordSound.state,
            RecordSound.is_said,
            RecordSound.sought,
            RecordSound.album_id,
            RecordSound.tried_at,
        )
        .outerjoin(RecordSound, RecordSound.record_id == Record.id)
        .where(Record.person_id == person_id, Record.is_active)
        .order_by(Record.id)
    )
    if record_ids is not None:
        query = query.where(among(session, Record.id, list(record_ids)))
    rows = session.execute(query).all()
    before = clock.now() - REST
    return Due(len(rows), [_wanted(row) for row in rows if _is_due(row, before, again=again)])


def _wanted(row: Any) -> Wanted:
    said = row.album_id if row.is_said else None
    return Wanted(Sought(row.id, row.title, _names(row)), said)


def _names(row: Any) -> str:
    return f"{row.artist_folded}\n{row.title_folded}"


def _is_due(row: Any, before: int, *, again: bool) -> bool:
    if row.state in (None, NONE):
        return row.state is None
    is_gone = row.album_id is None and row.state != NOT_FOUND
    is_old = again or row.tried_at is None or row.tried_at < before
    return is_old or is_gone or (not row.is_said and row.sought != _names(row))


def keep(session: Session, found: Sequence[Found]) -> None:
    """Keep what became of some hundred records; of one that is deleted by now nothing is kept."""
    # Albums are let go under the same lock.
    alone(session)
    album_ids = {one.album_id for one in found if one.album_id is not None}
    albums = {
        row.id for row in in_many(session, select(LibraryAlbum.id), LibraryAlbum.id, album_ids)
    }
    theirs = select(Record.id).where(
        among(session, Record.id, [one.wanted.sought.id for one in found])
    )
    records = set(session.scalars(theirs.with_for_update(read=True, key_share=True)))
    now = clock.now()
    rows = [_row(one, now) for one in found if one.wanted.sought.id in records]
    write_many(
        session, _KEEP, [row for row in rows if row["album_id"] in albums or not row["album_id"]]
    )


def _row(found: Found, now: int) -> dict[str, Any]:
    values = found.sound.features if found.sound else Features()
    return {
        "record_id": found.wanted.sought.id,
        "state": found.state,
        "is_said": found.album_id is not None and found.album_id == found.wanted.album_id,
        "sought": found.wanted.sought.names,
        "album_id": found.album_id,
        "tracks": found.sound.tracks if found.sound else 0,
        "left_out": found.sound.left_out if found.sound else 0,
        "tried_at": now if found.is_whole else None,
    } | values._asdict()


def say(session: Session, record_id: int, album_id: int) -> bool:
    """Note that a record is an album of the library; it sounds like that at once.

    Return whether all of its tracks are known by their sound.

    Raises:
        NotFound: there is no such record, or no such album.
    """
    held = select(LibraryAlbum.id).where(LibraryAlbum.id == album_id)
    if session.scalar(held.with_for_update(read=True, key_share=True)) is None:
        raise NotFound("album", album_id)
    wanted = Wanted(_sought(session, record_id), album_id)
    ids = record_features.tracks(session, [album_id])
    sound = record_features.sounds(session, ids).get(album_id)
    is_whole = sound is not None and sound.tracks + sound.left_out == len(ids[album_id])
    write_many(session, _PUT, [_row(Found(wanted, album_id, sound, is_whole), clock.now())])
    return is_whole


def say_none(session: Session, record_id: int) -> None:
    """Note that a record is no album of the library, and is not looked for any more.

    Raises:
        NotFound: there is no such record.
    """
    wanted = Wanted(_sought(session, record_id), None)
    row = _row(Found(wanted, None, None), clock.now())
    write_many(session, _PUT, [row | {"state": NONE, "is_said": True}])


def say_nothing(session: Session, record_id: int) -> None:
    """Take back what was said of a record's album: it is looked for anew.

    Raises:
        NotFound: there is no such record.
    """
    wanted = Wanted(_sought(session, record_id), None)
    row = _row(Found(wanted, None, None, is_whole=False), clock.now())
    write_many(session, _PUT, [row])


def _sought(session: Session, record_id: int) -> Sought:
    query = select(Record.id, Record.title, Record.title_folded, Record.artist_folded)
    row = session.execute(query.where(Record.id == record_id)).one_or_none()
    if row is None:
        raise NotFound("record", record_id)
    return Sought(row.id, row.title, _names(row))


def albums_like(session: Session, wanted: Sequence[Wanted]) -> dict[int, list[int]]:
    """Return the albums that each record may be, the most likely first; what was said is alone."""
    looked = [one.sought for one in wanted if one.album_id is None]
    found = record_features.albums(session, looked) if looked else {}
    return found | {one.sought.id: [one.album_id] for one in wanted if one.album_id is not None}

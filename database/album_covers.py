"""Which cover an album shows, and which are still to be looked for.

A cover is a file as those of records are, and may be one of theirs. What counts as another
album shows that one's.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from core import clock
from core.album_words import album_key
from core.errors import NotFound
from core.names import fold
from database import quota, tasks
from database.models import Album, Record, RecordAlbum, Task
from database.owner import Owner
from database.play_rows import in_many
from database.tasks import Enqueued

FETCH, REPLACE = "fetch_album_covers", "replace_album_cover"
NOT_AGAIN_FOR = 30 * clock.DAY  # after nothing was found, unless somebody asks for that album
MOST = 200  # albums that are looked for at once


class Wanted(NamedTuple):
    """An album without a cover, and by what one may be found."""

    album_id: int
    title: str
    credit: str
    cover_address: str | None
    musicbrainz_id: str | None


def get(session: Session, album_id: int) -> Album:
    """Return an album, or the one that it counts as.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Album, album_id)
    if found is not None and found.counts_as is not None:
        found = session.get(Album, found.counts_as)
    if found is None:
        raise NotFound("album", album_id)
    return found


def shown(session: Session, album_ids: Collection[int]) -> dict[int, str]:
    """Return the hashes of those of these albums that have a cover."""
    query = select(Album.id, Album.cover_sha256).where(Album.cover_sha256.is_not(None))
    return {row.id: row.cover_sha256 for row in in_many(session, query, Album.id, album_ids)}


def order(session: Session, owner: Owner, album_ids: Collection[int]) -> Enqueued:
    """Have the covers of these albums looked for, whatever came of it before.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    ids = sorted(album_ids)
    placed = tasks.enqueue(
        session,
        FETCH,
        {"album_ids": ids},
        owner=owner,
        dedup_key=f"{FETCH}:{owner.person_id}:{','.join(map(str, ids))}",
    )
    quota.check(session, owner)
    return placed


def due(session: Session, album_ids: Collection[int], now: int) -> list[Wanted]:
    """Return those of these albums whose cover may be looked for now, in their order."""
    return _wanted(session, album_ids, now - NOT_AGAIN_FOR)


def of(session: Session, album_ids: Collection[int], task_id: int) -> list[Wanted]:
    """Return those whose cover was not looked for since that task was put in."""
    since = session.scalar(select(Task.created_at).where(Task.id == task_id)) or clock.now()
    return _wanted(session, album_ids, since)


def _wanted(session: Session, album_ids: Collection[int], before: int) -> list[Wanted]:
    is_due = or_(Album.cover_asked_at.is_(None), Album.cover_asked_at < before)
    query = select(
        Album.id,
        Album.title,
        Album.credit,
        _of_any(Album.cover_address).label("cover_address"),
        _of_any(Album.musicbrainz_id).label("musicbrainz_id"),
    ).where(Album.cover_sha256.is_(None), is_due)
    ids = list(dict.fromkeys(album_ids))
    found = {row.id: Wanted(*row) for row in in_many(session, query, Album.id, ids)}
    return [found[id_] for id_ in ids if id_ in found]


def _of_any(column: Any) -> ColumnElement[str | None]:
    """Return what is said of an album, else what is said of one that counts as it."""
    other = aliased(Album)
    of_another = select(func.min(getattr(other, column.key))).where(other.counts_as == Album.id)
    return func.coalesce(column, of_another.scalar_subquery())


def by_records(session: Session, wanted: Sequence[Wanted]) -> dict[int, str]:
    """Return the covers of albums that somebody has as a record, by the albums' ids.

    A record is an album by what a person said, else by their names without what editions add.
    """
    said = _said(session, [one.album_id for one in wanted])
    credits_ = {fold(one.credit) for one in wanted}
    query = select(Record.id, Record.artist_folded, Record.title, Record.cover_sha256)
    query = query.where(Record.cover_sha256.is_not(None))
    named: dict[tuple[str, str], list[tuple[int, str]]] = {}
    rows = in_many(session, query, Record.artist_folded, credits_)
    for row in sorted(rows, key=lambda row: row.id):
        key = (row.artist_folded, album_key(row.title))
        named.setdefault(key, []).append((row.id, row.cover_sha256))
    found: dict[int, str] = {}
    for one in wanted:
        yes, no = said.get((one.album_id, True), []), said.get((one.album_id, False), [])
        refused = {record_id for record_id, _ in no}
        alike = named.get((fold(one.credit), album_key(one.title)), [])
        covers = [sha256 for _, sha256 in yes if sha256]
        covers += [sha256 for record_id, sha256 in alike if record_id not in refused]
        if covers:
            found[one.album_id] = covers[0]
    return found


def _said(
    session: Session, album_ids: Sequence[int]
) -> dict[tuple[int, bool], list[tuple[int, str | None]]]:
    """Return what people said: (record, its cover) by album and whether it is the same."""
    query = select(
        RecordAlbum.album_id, RecordAlbum.is_same, RecordAlbum.record_id, Record.cover_sha256
    ).join(Record, Record.id == RecordAlbum.record_id)
    found: dict[tuple[int, bool], list[tuple[int, str | None]]] = {}
    for row in in_many(session, query, RecordAlbum.album_id, album_ids):
        found.setdefault((row.album_id, row.is_same), []).append((row.record_id, row.cover_sha256))
    return found


def show(session: Session, album_id: int, sha256: str | None) -> None:
    """Show a cover that somebody chose for an album, or none.

    Raises:
        NotFound: it is not there.
    """
    chosen = update(Album).where(Album.id == album_id).values(cover_sha256=sha256)
    # Asked just now, in a way: what somebody took away does not come back by itself.
    chosen = chosen.values(cover_asked_at=clock.now())
    if session.scalar(chosen.returning(Album.id)) is None:
        raise NotFound("album", album_id)


def say_asked(session: Session, album_id: int, sha256: str | None) -> None:
    """Write down that a cover was looked for, and what was found; what somebody chose stays."""
    asked = update(Album).where(Album.id == album_id, Album.cover_sha256.is_(None))
    session.execute(asked.values(cover_sha256=sha256, cover_asked_at=clock.now()))


def all_hashes(session: Session) -> set[str]:
    """Return the hash of every cover that an album shows."""
    query = select(Album.cover_sha256).where(Album.cover_sha256.is_not(None)).distinct()
    return {sha256 for sha256 in session.scalars(query) if sha256}


def say_gone(session: Session, hashes: Collection[str]) -> None:
    """Write down that the files of these are lost: they may be looked for again at once."""
    for sha256 in sorted(hashes):
        lost = update(Album).where(Album.cover_sha256 == sha256)
        session.execute(lost.values(cover_sha256=None, cover_asked_at=None))

"""Keeps what a record repeats of its links and ratings, for pages to sort and search by.

Whoever writes links, titles or ratings calls `refresh` in the same transaction.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.names import fold
from database import record_names
from database.models import Record

_BATCH = 500
_UPDATE = text("""
    UPDATE records
       SET title_folded  = :title_folded,
           artist        = :artist,
           artist_folded = :artist_folded,
           label         = :label,
           words         = :words,
           rating        = coalesce((SELECT r.value
                                       FROM ratings r
                                      WHERE r.record_id = :record_id
                                      ORDER BY r.rated_on DESC, r.id DESC
                                      LIMIT 1), 0)
     WHERE id = :record_id
""")


class Names(NamedTuple):
    """Who made some records and who released them, in order, by a record's id."""

    artists: dict[int, list[str]]
    labels: dict[int, list[str]]


def refresh(session: Session, record_ids: Collection[int]) -> None:
    """Bring what these records repeat up to date."""
    for ids in _batches(sorted(record_ids)):
        titles = select(Record.id, Record.title).where(Record.id.in_(ids)).order_by(Record.id)
        # For PostgreSQL: of two who rate a record at once, the second waits here and then sees
        # what the first one gave.
        held = list(session.execute(titles.with_for_update(key_share=True)))
        names = names_of(session, ids)
        rows = [
            _row(row.id, row.title, names.artists.get(row.id, []), names.labels.get(row.id, []))
            for row in held
        ]
        if rows:
            session.execute(_UPDATE, rows)
    # What a session holds of them is old by now.
    session.expire_all()


def _row(
    record_id: int, title: str, artists: Sequence[str], labels: Sequence[str]
) -> dict[str, object]:
    artist, label = " / ".join(artists), "; ".join(labels)
    title_folded, artist_folded = fold(title), fold(artist)
    return {
        "record_id": record_id,
        "title_folded": title_folded,
        "artist": artist,
        "artist_folded": artist_folded,
        "label": label,
        "words": f"{title_folded}\n{artist_folded}\n{fold(label)}",
    }


def names_of(session: Session, record_ids: Collection[int]) -> Names:
    found = Names({}, {})
    for record_id, name, _country in session.execute(record_names.artists_of(record_ids)):
        found.artists.setdefault(record_id, []).append(name)
    for record_id, name in session.execute(record_names.labels_of(record_ids)):
        found.labels.setdefault(record_id, []).append(name)
    return found


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]

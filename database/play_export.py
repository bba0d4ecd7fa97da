"""Everything of a person's listening, to be carried away: in batches, each a read of its own.

Names come before what counts as them, tracks before plays, plays before what was corrected of
them: whoever reads it needs to look back, and never ahead. Nothing is told of plays that came
after the beginning.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, select, tuple_

from core import clock
from core.carried import VERSION
from core.plays import Mark, Source
from database import listeners, play_export_names
from database.engine import Database
from database.models import Feedback, Person, Play, PlayContext, PlayEdit, Track
from database.play_export_names import BATCH, Line, said
from database.play_rows import in_many

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
    yield from play_export_names.artists(db, whose.track_ids)
    yield from play_export_names.albums(db, whose.track_ids)
    yield from play_export_names.tracks(db, whose.track_ids)
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
            yield said(
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
        told = row._asdict()
        yield said({"is": "context", "number": told.pop("id"), **told})


def _marks(db: Database, whose: Whose) -> Iterator[Line]:
    columns = (Play.row_key, Play.mark, Play.marked_by, Play.made_by)
    is_corrected = Play.mark.is_not(None) | Play.made_by.is_not(None)
    for rows in by_beginning(db, whose, columns, is_corrected):
        for row in rows:
            yield said(
                {
                    "is": "mark",
                    "row_key": row.row_key,
                    "mark": None if row.mark is None else Mark(row.mark).name,
                    "marked_by": row.marked_by,
                    "made_by": row.made_by,
                }
            )


def _read(db: Database, query: Any) -> Sequence[Any]:
    with db.reading() as session:
        return session.execute(query).all()

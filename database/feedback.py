"""What somebody loves and hates: recordings, by the ids that ListenBrainz has for them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from core import clock
from database.models import Album, Feedback, Person, Track
from database.play_rows import in_many

LOVED, HATED, NEITHER = 1, -1, 0


class Opinion(NamedTuple):
    """`score`: 1 or -1. `created_at` in milliseconds. "" where an id is not said."""

    msid: str
    mbid: str
    score: int
    created_at: int


class About(NamedTuple):
    """A track in words."""

    artist: str
    title: str
    album: str


def give(  # noqa: PLR0913 - by name
    session: Session,
    person_id: int,
    score: int,
    *,
    msid: str = "",
    mbid: str = "",
    at: int | None = None,
) -> None:
    """Keep what somebody thinks of a recording, instead of what they thought before; 0: nothing."""
    # PostgreSQL: two players at once would both find nothing to replace.
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    session.execute(delete(Feedback).where(Feedback.person_id == person_id, _is(msid, mbid)))
    if score != NEITHER:
        session.add(
            Feedback(
                person_id=person_id,
                msid=msid or None,
                mbid=mbid or None,
                score=score,
                created_at=clock.now() if at is None else at,
            )
        )
        session.flush()


def _is(msid: str, mbid: str) -> ColumnElement[bool]:
    said = [(Feedback.msid, msid), (Feedback.mbid, mbid)]
    return or_(*(column == value for column, value in said if value))


def listed(
    session: Session, person_id: int, score: int | None, *, limit: int, offset: int = 0
) -> list[Opinion]:
    """Return what somebody thinks, the newest first; of one score, or of both."""
    query = select(Feedback.msid, Feedback.mbid, Feedback.score, Feedback.created_at)
    query = query.where(*_of(person_id, score))
    newest = query.order_by(Feedback.created_at.desc(), Feedback.id.desc())
    return [_opinion(*row) for row in session.execute(newest.limit(limit).offset(offset))]


def count(session: Session, person_id: int, score: int | None) -> int:
    query = select(func.count()).select_from(Feedback)
    return session.scalar(query.where(*_of(person_id, score))) or 0


def _of(person_id: int, score: int | None) -> list[ColumnElement[bool]]:
    mine = [Feedback.person_id == person_id]
    return mine if score is None else [*mine, Feedback.score == score]


def of(
    session: Session, person_id: int, *, msids: Collection[str] = (), mbids: Collection[str] = ()
) -> list[Opinion]:
    """Return what somebody thinks of those among these of which they think anything."""
    query = select(Feedback.msid, Feedback.mbid, Feedback.score, Feedback.created_at)
    query = query.where(Feedback.person_id == person_id)
    found = dict.fromkeys(
        _opinion(*row)
        for column, ids in ((Feedback.msid, msids), (Feedback.mbid, mbids))
        for row in in_many(session, query, column, ids)
    )
    return list(found)


def _opinion(msid: str | None, mbid: str | None, score: int, created_at: int) -> Opinion:
    return Opinion(msid or "", mbid or "", score, created_at)


def about(session: Session, msids: Sequence[str]) -> dict[str, About]:
    """Return those of these recordings that are known here, in words."""
    album = aliased(Album)
    query = select(Track.msid, Track.credit, Track.title, album.title.label("album"))
    query = query.outerjoin(album, album.id == Track.album_id)
    rows = in_many(session, query, Track.msid, msids)
    return {row.msid: About(row.credit, row.title, row.album or "") for row in rows}

"""Finds artists, albums and tracks that somebody played, by words in their names."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, literal, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.names import fold
from database.listeners import Whose
from database.models import Album, Artist, PlaySum, Track
from database.play_sums import Kind
from database.play_tops import Top

LONGEST = 200
_MOST = 2_000  # names that are looked at beyond the words


class Found(NamedTuple):
    """What was found, the most played first."""

    artists: list[Top]
    albums: list[Top]
    tracks: list[Top]


def search(session: Session, whose: Whose, words: str, limit: int) -> Found:
    """Return what `whose` played of which the name holds each of these words."""
    return Found(
        _artists(session, whose, words, limit),
        _of(session, whose, Kind.ALBUM, words, limit),
        _of(session, whose, Kind.TRACK, words, limit),
    )


def albums(session: Session, whose: Whose, words: str, limit: int) -> list[Top]:
    """Return the albums alone."""
    return _of(session, whose, Kind.ALBUM, words, limit)


def holding(folded: InstrumentedAttribute[str], words: str) -> ColumnElement[bool]:
    """Return that a folded name holds each of some words."""
    return and_(*(folded.contains(word, autoescape=True) for word in fold(words[:LONGEST]).split()))


def _artists(session: Session, whose: Whose, words: str, limit: int) -> list[Top]:
    query = _sums(whose, Kind.ARTIST, Artist, Artist.name, Artist.name_folded, literal(""), words)
    return [Top(*row) for row in session.execute(query.limit(limit))]


def _of(session: Session, whose: Whose, kind: Kind, words: str, limit: int) -> list[Top]:
    model: Any = Album if kind is Kind.ALBUM else Track
    query = _sums(whose, kind, model, model.title, model.title_folded, model.credit, words)
    return [Top(*row) for row in session.execute(query.limit(limit))]


def _sums(  # noqa: PLR0913, PLR0917 - the names of one table
    whose: Whose, kind: Kind, model: Any, name: Any, folded: Any, credit: Any, words: str
) -> Any:
    those = select(model.id).where(holding(folded, words), model.counts_as.is_(None))
    known = those.limit(_MOST).subquery()
    return (
        select(model.id, name, credit, PlaySum.plays, PlaySum.ms)
        .join(known, known.c.id == model.id)
        .join(
            PlaySum,
            and_(
                PlaySum.whose == whose.id,
                PlaySum.kind == int(kind),
                PlaySum.span == text("0"),
                PlaySum.item == model.id,
            ),
        )
        .order_by(PlaySum.plays.desc(), folded, model.id)
    )

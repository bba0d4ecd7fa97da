"""The record of the day: one a person and calendar day, "another one" on demand, and why.

Turns come in rounds: none comes again until every active record has had its turn. A turn
is stored by the daily job, or when somebody asks for another one. Where none is stored yet,
the very one that would be is told without writing: a page may be read before the job ran.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, not_, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from core import clock
from database import play_windows, record_plays
from database.listeners import Whose
from database.models import Format, Genre, Listener, Person, Record, RecordTurn

_OrderedBy = ColumnElement[Any] | InstrumentedAttribute[int]

_PRIME = 2**31 - 1
_STORE = text("""
    INSERT INTO record_turns (person_id, day, nth, round, record_id, created_at)
         VALUES (:person_id, :day, :nth, :round, :record_id, :now)
    ON CONFLICT (person_id, day, nth) DO NOTHING
""")


class Shown(NamedTuple):
    """The record as its card shows it. `rating` 0: not rated."""

    id: int
    title: str
    artist: str
    label: str
    genre: str
    format: str
    year: int | None
    purchased_on: str
    rating: int
    is_active: bool
    cover_sha256: str | None


class Turn(NamedTuple):
    """Whose turn it is: the `nth` of that day, and in one sentence why."""

    record: Shown
    day: str
    nth: int
    reason: str


class Past(NamedTuple):
    """A turn of an earlier day."""

    day: str
    record_id: int
    title: str
    artist: str


class _Heard(NamedTuple):
    """What somebody with plays heard of a record: last on that day, None for never.

    `is_month`: its artist is the one that they played most this month.
    """

    last_on: date | None
    is_month: bool


class _Facts(NamedTuple):
    """What reasons are made of. `last_on` is the day of the record's turn before this one."""

    record: Shown
    day: str
    last_on: str | None
    heard: _Heard | None


class _Choice(NamedTuple):
    """Which record has the next turn, in which round."""

    round: int
    record: Shown


# What is asked of a turn's record, once it is known.
_ABOUT = (
    select(
        Record.id,
        Record.title,
        Record.artist,
        Record.label,
        Genre.name.label("genre"),
        Format.name.label("format"),
        Record.year,
        Record.purchased_on,
        Record.rating,
        Record.is_active,
        Record.cover_sha256,
    )
    .join(Genre, Genre.id == Record.genre_id)
    .join(Format, Format.id == Record.format_id)
)


def today(session: Session, person_id: int, day: date) -> Turn | None:
    """Return a person's record of that day, None where no record is active."""
    stored = _stored(session, person_id, day)
    if stored is not None and stored[1].is_active:
        return _turn(session, person_id, day, *stored)
    nth = stored[0] + 1 if stored is not None else 1
    found = _choose(session, person_id, day, nth)
    return None if found is None else _turn(session, person_id, day, nth, found.record)


def settle(session: Session, person_id: int, day: date) -> Turn | None:
    """Store whose turn it is on that day; safe to repeat, and for two at once."""
    stored = _stored(session, person_id, day)
    if stored is None or not stored[1].is_active:
        _give(session, person_id, day, stored[0] + 1 if stored is not None else 1)
    return today(session, person_id, day)


def another(session: Session, person_id: int, day: date, nth: int) -> Turn | None:
    """Pass by the `nth` record of that day: the next one's turn comes.

    Where that one has been passed by already, nothing is: a form sent twice asks once.
    """
    now = settle(session, person_id, day)
    if now is not None and now.nth == nth:
        _give(session, person_id, day, nth + 1)
    return today(session, person_id, day)


def past(session: Session, person_id: int, day: date, limit: int = 7) -> list[Past]:
    """Return the turns of the days before, the newest first."""
    query = (
        select(RecordTurn.day, Record.id, Record.title, Record.artist)
        .join(Record, Record.id == RecordTurn.record_id)
        .where(RecordTurn.person_id == person_id, RecordTurn.day < day.isoformat())
        .order_by(RecordTurn.day.desc(), RecordTurn.nth.desc())
        .limit(limit)
    )
    return [Past(*row) for row in session.execute(query)]


def _stored(session: Session, person_id: int, day: date) -> tuple[int, Shown] | None:
    """Return the last turn of that day that is stored: its number, and its record."""
    query = (
        _ABOUT.add_columns(RecordTurn.nth)
        .join(RecordTurn, RecordTurn.record_id == Record.id)
        .where(RecordTurn.person_id == person_id, RecordTurn.day == day.isoformat())
        .order_by(RecordTurn.nth.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    return None if found is None else (found.nth, Shown._make(found[:-1]))


def _turn(session: Session, person_id: int, day: date, nth: int, record: Shown) -> Turn:
    before = select(func.max(RecordTurn.day)).where(
        RecordTurn.record_id == record.id,
        RecordTurn.person_id == person_id,
        tuple_(RecordTurn.day, RecordTurn.nth) < (day.isoformat(), nth),
    )
    heard = _heard(session, person_id, day, record.id)
    facts = _Facts(record, day.isoformat(), session.scalar(before), heard)
    reason = next(said for why in _REASONS if (said := why(facts)) is not None)
    return Turn(record, day.isoformat(), nth, reason)


def _heard(session: Session, person_id: int, day: date, record_id: int) -> _Heard | None:
    if session.get(Listener, person_id) is None:
        return None
    whose = Whose(person_id, (person_id,), session.get_one(Person, person_id).zone)
    zone = clock.zone(whose.zone)
    last = record_plays.last_played(session, whose, record_id)
    first = day.replace(day=1)
    month = play_windows.of_days(first, (first + timedelta(days=31)).replace(day=1), zone)
    return _Heard(
        None if last is None else clock.local(last, zone).date(),
        record_plays.is_by_most_played(session, whose, record_id, month),
    )


def _give(session: Session, person_id: int, day: date, nth: int) -> None:
    found = _choose(session, person_id, day, nth)
    if found is None:
        return
    session.execute(
        _STORE,
        {
            "person_id": person_id,
            "day": day.isoformat(),
            "nth": nth,
            "round": found.round,
            "record_id": found.record.id,
            "now": clock.now(),
        },
    )


def _choose(session: Session, person_id: int, day: date, nth: int) -> _Choice | None:
    last = session.execute(
        select(RecordTurn.round, RecordTurn.record_id)
        .where(RecordTurn.person_id == person_id)
        .order_by(RecordTurn.day.desc(), RecordTurn.nth.desc())
        .limit(1)
    ).first()
    this_round = last.round if last else 1
    turns = select(RecordTurn.record_id)
    turns = turns.where(RecordTurn.person_id == person_id, RecordTurn.round == this_round)
    had = Record.id.in_(turns)
    came = select(Record.id).where(
        Record.person_id == person_id, Record.created_at >= _dawn(session, person_id, day)
    )
    came_today = Record.id.in_(came)
    # What is put on the shelf today does not take the place of today's first record, though
    # it be the only one left of a round; whoever asks for another one may get it.
    first = (came_today, had) if nth == 1 else (had, came_today)
    # Of what indexes hold: to choose among thousands, none of them is read.
    query = (
        select(Record.id, had.label("had"))
        .where(Record.person_id == person_id, Record.is_active)
        .order_by(
            *first,
            Record.id == (last.record_id if last else 0),
            # Of those that came today the first: a second one does not take its place either.
            case((came_today, Record.id), else_=0),
            *_shuffled(person_id, day, nth),
        )
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    shown = session.execute(_ABOUT.where(Record.id == found.id)).one()
    return _Choice(this_round + bool(found.had), Shown._make(shown))


def _dawn(session: Session, person_id: int, day: date) -> int:
    """Return the moment at which the day begins where the person is."""
    zone = session.scalar(select(Person.zone).where(Person.id == person_id))
    return clock.moment(datetime.combine(day, time(), clock.zone(zone or "")))


def _shuffled(person_id: int, day: date, nth: int) -> list[_OrderedBy]:
    """Order records as that turn does: what was bought on such a day, else as it happens."""
    is_anniversary = func.substr(Record.purchased_on, 6) == day.isoformat()[5:]
    is_earlier = Record.purchased_on < day.isoformat()
    digest = hashlib.sha256(f"{person_id} {day} {nth}".encode()).digest()
    factor = int.from_bytes(digest[:8]) % (_PRIME - 1) + 1
    offset = int.from_bytes(digest[8:16]) % _PRIME
    chance = (Record.id % _PRIME * factor + offset) % _PRIME
    return [not_(and_(is_anniversary, is_earlier)), chance, Record.id]


def _bought_on_this_day(facts: _Facts) -> str | None:
    bought_on = facts.record.purchased_on
    if bought_on[5:] != facts.day[5:] or bought_on >= facts.day:
        return None
    return f"You bought it on this day in {bought_on[:4]}."


def _artist_of_the_month(facts: _Facts) -> str | None:
    if facts.heard is None or not facts.heard.is_month:
        return None
    return "Its artist is your month: there is nobody whom you played more."


def _never_played(facts: _Facts) -> str | None:
    if facts.heard is None or facts.heard.last_on is not None:
        return None
    return "You have never played it, as far as is known here."


def _not_played_for_a_year(facts: _Facts) -> str | None:
    last_on = facts.heard.last_on if facts.heard else None
    if last_on is None or date.fromisoformat(facts.day) - last_on < timedelta(days=365):
        return None
    return f"You played it last on {last_on.day} {last_on:%B %Y}."


def _never_before(facts: _Facts) -> str | None:
    return "It has never been the record of the day before." if facts.last_on is None else None


def _not_since(facts: _Facts) -> str | None:
    if facts.last_on == facts.day:
        return "All the others have had their turn."
    last_on = date.fromisoformat(facts.last_on or facts.day)
    return f"It was the record of the day last on {last_on.day} {last_on:%B %Y}."


# The first that holds is told; the last one always does.
_REASONS: tuple[Callable[[_Facts], str | None], ...] = (
    _bought_on_this_day,
    _artist_of_the_month,
    _not_played_for_a_year,
    _never_played,
    _never_before,
    _not_since,
)

"""How lists of films are ordered, and how one page leads to the next: by a key, never an offset."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, or_, tuple_
from sqlalchemy.orm import Session

from database.models import Film

_Query = Select[*tuple[Any, ...]]
_Row = Row[*tuple[Any, ...]]


class Order(NamedTuple):
    """By a value, within it by title; without a value by title alone.

    Films of which the value `is_known` to be none come last, whichever way it goes.
    """

    value: Any = None
    is_known: Any = None
    is_text: bool = False
    is_down: bool = False


class _Key(NamedTuple):
    """The film that a page ended with, as it was then: it may be gone by now."""

    id: int
    value: str | int | None
    title: str


def page(
    session: Session, query: _Query, order: Order, *, after: str | None, limit: int
) -> list[tuple[_Row, str]]:
    """Return rows of `query`, which names `films`, in that order, each with its key.

    `after` is the key that the last page ended with; one that is none is not minded.
    """
    wanted = query.add_columns(Film.title_folded.label("by_title"), Film.id.label("by_id"))
    last = _read(after, order)
    if order.value is None:
        found = _by_title(session, wanted, last, limit, is_down=order.is_down)
        return [(row, f"{row.by_id}::{row.by_title}") for row in found]
    known: Sequence[_Row] = []
    if last is None or last.value is not None:
        known = _by_value(session, wanted, order, last, limit)
    rest: Sequence[_Row] = []
    if len(known) < limit and order.is_known is not None:
        last = last if last and last.value is None else None
        rest = _by_title(session, wanted.where(~order.is_known), last, limit - len(known))
    return [(row, f"{row.by_id}:{row.by_value}:{row.by_title}") for row in known] + [
        (row, f"{row.by_id}::{row.by_title}") for row in rest
    ]


def _read(after: str | None, order: Order) -> _Key | None:
    found = re.fullmatch(r"([0-9]{1,18}):([0-9-]{0,18}):(.*)", after or "", re.DOTALL | re.ASCII)
    if found is None:
        return None
    film_id, value, title = found.groups()
    if order.value is None or not value:
        return _Key(int(film_id), None, title)
    if order.is_text:
        return _Key(int(film_id), value, title)
    return _Key(int(film_id), int(value), title) if value.isdecimal() else None


def _by_title(
    session: Session, query: _Query, last: _Key | None, limit: int, *, is_down: bool = False
) -> Sequence[_Row]:
    key = tuple_(Film.title_folded, Film.id)
    if last is not None:
        ended = (last.title, last.id)
        query = query.where(key < ended if is_down else key > ended)
    columns = (Film.title_folded, Film.id)
    ordered = query.order_by(*(column.desc() if is_down else column for column in columns))
    return session.execute(ordered.limit(limit)).all()


def _by_value(
    session: Session, query: _Query, order: Order, last: _Key | None, limit: int
) -> Sequence[_Row]:
    query = query.add_columns(order.value.label("by_value")).where(order.is_known)
    if last is not None:
        # What an index can be asked; the exact condition is the one below.
        from_there = order.value <= last.value if order.is_down else order.value >= last.value
        query = query.where(from_there)
        beyond = order.value < last.value if order.is_down else order.value > last.value
        behind = tuple_(Film.title_folded, Film.id) > (last.title, last.id)
        query = query.where(or_(beyond, and_(order.value == last.value, behind)))
    by_value = order.value.desc() if order.is_down else order.value
    ordered = query.order_by(by_value, Film.title_folded, Film.id)
    return session.execute(ordered.limit(limit)).all()

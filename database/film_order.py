"""How lists of films are ordered, and how one page leads to the next: by a key, never an offset."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, or_, tuple_
from sqlalchemy.orm import Session

_Query = Select[*tuple[Any, ...]]
_Row = Row[*tuple[Any, ...]]


class Order(NamedTuple):
    """By a column, within it by title; without one by title alone.

    Rows that hold `nothing` in it come last, whichever way it goes; all others hold more.
    """

    column: str | None = None
    nothing: str | int | None = None
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
    """Return rows of `query` in that order, each with its key.

    It selects, from a subquery, `id`, `title_folded` and what is ordered by. `after` is
    the key that the last page ended with; one that is none is not minded.
    """
    last = _read(after, order)
    if order.column is None:
        found = _by_title(session, query, last, limit, is_down=order.is_down)
        return [(row, f"{row.id}::{row.title_folded}") for row in found]
    column = query.selected_columns[order.column]
    is_known = column.is_not(None) if order.nothing is None else column > order.nothing
    known: Sequence[_Row] = []
    if last is None or last.value is not None:
        wanted = _by_value(query.where(is_known), column, last, is_down=order.is_down)
        known = session.execute(wanted.limit(limit)).all()
    rest: Sequence[_Row] = []
    if len(known) < limit:
        last = last if last and last.value is None else None
        rest = _by_title(session, query.where(~is_known), last, limit - len(known))
    return [(row, f"{row.id}:{getattr(row, order.column)}:{row.title_folded}") for row in known] + [
        (row, f"{row.id}::{row.title_folded}") for row in rest
    ]


def _read(after: str | None, order: Order) -> _Key | None:
    found = re.fullmatch(r"([0-9]{1,18}):([0-9-]{0,18}):(.*)", after or "", re.DOTALL | re.ASCII)
    if found is None:
        return None
    film_id, value, title = found.groups()
    if order.column is None or not value:
        return _Key(int(film_id), None, title)
    if order.is_text:
        return _Key(int(film_id), value, title)
    return _Key(int(film_id), int(value), title) if value.isdecimal() else None


def _by_title(
    session: Session, query: _Query, last: _Key | None, limit: int, *, is_down: bool = False
) -> Sequence[_Row]:
    columns = _title(query)
    if last is not None:
        key, ended = tuple_(*columns), (last.title, last.id)
        query = query.where(key < ended if is_down else key > ended)
    ordered = query.order_by(*(column.desc() if is_down else column for column in columns))
    return session.execute(ordered.limit(limit)).all()


def _by_value(
    query: _Query, column: ColumnElement[Any], last: _Key | None, *, is_down: bool
) -> _Query:
    title = _title(query)
    if last is not None:
        # What an index can be asked; the exact condition is the one below.
        query = query.where(column <= last.value if is_down else column >= last.value)
        beyond = column < last.value if is_down else column > last.value
        behind = tuple_(*title) > (last.title, last.id)
        query = query.where(or_(beyond, and_(column == last.value, behind)))
    return query.order_by(column.desc() if is_down else column, *title)


def _title(query: _Query) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return query.selected_columns["title_folded"], query.selected_columns["id"]

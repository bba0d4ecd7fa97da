"""Asking for many rows by their keys, some thousand a question."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute, Session

_NAME = re.compile(r":(\w+)")
_MANY = 5_000  # SQLite takes 32,766 values, PostgreSQL 65,535


def in_many(
    session: Session,
    query: Select[*tuple[Any, ...]],
    column: InstrumentedAttribute[Any],
    values: Collection[Any],
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the rows of `query` in which `column` has one of these values."""
    wanted = list(values)
    for start in range(0, len(wanted), _MANY):
        yield from session.execute(query.where(column.in_(wanted[start : start + _MANY])))


def write_many(session: Session, statement: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Execute a statement with `:name` parameters for each row, past SQLAlchemy's handling.

    That would take longer than SQLite itself. Values are numbers, words or None.
    """
    if rows:
        connection = session.connection()
        if connection.dialect.name != "sqlite":
            statement = _NAME.sub(r"%(\1)s", statement)
        connection.exec_driver_sql(statement, list(rows))


def pairs(
    session: Session,
    query: Select[*tuple[Any, ...]],
    column: InstrumentedAttribute[Any],
    values: Collection[Any],
) -> dict[Any, Any]:
    """Return what a question for two columns answers, the second by the first."""
    return {key: value for key, value in in_many(session, query, column, values)}  # noqa: C416 - rows

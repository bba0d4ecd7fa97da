"""Asking for many rows by their keys, some thousand a question."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Row, Select, Text, any_, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

_NAME = re.compile(r":(\w+)")
_MANY = 5_000


def in_many(
    session: Session,
    query: Select[*tuple[Any, ...]],
    column: InstrumentedAttribute[Any],
    values: Collection[Any],
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the rows of `query` in which `column` has one of these values."""
    wanted = list(values)
    for start in range(0, len(wanted), _MANY):
        yield from session.execute(
            query.where(among(session, column, wanted[start : start + _MANY]))
        )


def among(
    session: Session, column: InstrumentedAttribute[Any], values: Sequence[Any]
) -> ColumnElement[bool]:
    """Return the condition that a column has one of many values, sent as one.

    With a parameter for each, SQLAlchemy would take longer than the database.
    """
    if session.get_bind().dialect.name == "sqlite":
        sent = bindparam(None, json.dumps(values), type_=Text(), unique=True)
        return column.in_(select(func.json_each(sent).table_valued("value").c.value))
    return column == any_(bindparam(None, values, type_=ARRAY(column.type), unique=True))


def write_many(
    session: Session,
    statement: str,
    rows: Sequence[Mapping[str, Any]] | Sequence[tuple[Any, ...]],
) -> None:
    """Execute a statement with `:name` parameters for each row, past SQLAlchemy's handling.

    That would take longer than SQLite itself. Values are numbers, words or None, by their names
    or in the order of the names.
    """
    if not rows:
        return
    connection = session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    if isinstance(rows[0], tuple):
        statement = _NAME.sub("?" if is_sqlite else "%s", statement)
    elif not is_sqlite:
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

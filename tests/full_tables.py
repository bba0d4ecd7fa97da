"""A database with rows in every table, and in them what a column can hold at the worst."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table, select
from sqlalchemy.engine import Engine

from database.copy_sides import Side
from database.copying import TABLES
from database.models.base import Json

ROWS = 4
_TEXT = (
    "é ü ß 日本 \U0001f3b5 'single' \"double\" \\ \\N \\. tab\there\r\nline %s :name {0} \x01 \x7f"
)
_FLOATS = (0.1, -1e-300, 1 / 3, 1.7976931348623157e308)
_JSON = '{"a":[1,null,"é\\u0000"],"b":{}}'
# What a column may only hold, one for each row.
_SAID: dict[str, tuple[Any, ...]] = {
    "house.id": (1,),
    "house_versions.id": (1,),
    "setup_codes.id": (1,),
    "grants.status": ("OK", "RECONNECT") * 2,
    "shelves.interval_days": (1, 3650, 7, 10),
    "records.price": (0, 1, 2, 3),
    "records.rating": (0, 5, 10, 1),
    "ratings.value": (1, 5, 10, 2),
    "tasks.status": ("WAITING", "COMPLETE", "ERROR", "CANCELLED"),
    "tasks.worker_id": (None, None, None, None),
    "tasks.finished_at": (None, 1, 2, 3),
    "credit_transactions.kind": ("Addition", "Purchase", "Purchase", "Remove"),
    "credit_transactions.value": (1, -1, 0, 0),
    "credit_transactions.record_id": (None, None, None, None),
    "credit_transactions.record_text": (None, "Can", "Neu!", "Faust"),
    "youtube_videos.state": ("waiting", "added", "dead", "failed"),
}

Values = dict[str, Any]


def fill(side: Side) -> None:
    """Put rows into every table of an empty database."""
    made: dict[str, list[Values]] = defaultdict(list)
    side.prepare(TABLES)
    for table in TABLES:
        for number in range(len(_SAID.get(f"{table.name}.id", range(ROWS)))):
            made[table.name].append(_keys(table, number))
        rows = [_row(table, number, made) for number in range(len(made[table.name]))]
        made[table.name] = rows
        side.fill(table, [tuple(row.values()) for row in rows])
    side.finish(TABLES)
    side.commit()


def _keys(table: Table, number: int) -> Values:
    """Return the numbers of a row that other rows of its own table may point to."""
    return {
        column.name: _value(table, column, number)
        for column in table.primary_key
        if not column.foreign_keys
    }


def _row(table: Table, number: int, made: dict[str, list[Values]]) -> Values:
    row = {}
    for column in table.columns:
        said = f"{table.name}.{column.name}" in _SAID
        for link in () if said else column.foreign_keys:
            there = made[link.column.table.name]
            own = link.column.table is table
            # One of its own table comes later, or never.
            row[column.name] = there[(number + own) % len(there)][link.column.name]
        if column.name not in row:
            row[column.name] = _value(table, column, number)
    return row


def _value(table: Table, column: Column[Any], number: int) -> Any:
    if (said := _SAID.get(f"{table.name}.{column.name}")) is not None:
        return said[number]
    if column.nullable and number == ROWS - 1:
        return None
    if column.primary_key and column.name == "id":
        return number * 10 + 7
    for kind, make in _WORST.items():
        if isinstance(column.type, kind):
            return make(number)
    return f"{number} {_TEXT}" if number else ""


# The first that fits: a BigInteger is an Integer, too.
_WORST: dict[type, Callable[[int], Any]] = {
    Boolean: lambda number: number % 2,
    Float: lambda number: _FLOATS[number],
    LargeBinary: lambda number: bytes(range(256)) * number,
    Json: lambda _: _JSON,
    BigInteger: lambda number: 2**63 - 1 - number if number else -(2**63),
    Integer: lambda number: number,
}


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Return every row of every table, as the models read them."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in TABLES
        }

"""How lists of records are ordered, and how one page leads to the next: by a key, never an offset.

A key is a JSON array: what the last record of a page is ordered by, and its id. That record may
be gone by now.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, case, func, literal, tuple_

from database.models import Record

_LARGEST = 2**63 - 1
# What is not known comes last, whichever way it goes: more, or less, than any value.
_MOST, _LEAST = 10**12, -1
# Of a name this much counts, so that a key fits into an address.
_LONGEST = 60
_TITLE = func.substr(Record.title_folded, 1, _LONGEST, type_=Text)
_ARTIST = func.substr(Record.artist_folded, 1, _LONGEST, type_=Text)


class Order(NamedTuple):
    """By these columns one after the other, the id last; all of them up, or all down."""

    columns: tuple[ColumnElement[Any], ...]
    is_down: bool

    @property
    def by(self) -> list[ColumnElement[Any]]:
        return [column.desc() if self.is_down else column for column in self.columns]

    def behind(self, after: str | None) -> list[ColumnElement[bool]]:
        """Return what holds for the records behind a key; one that is none is not minded."""
        last = self._read(after)
        if last is None:
            return []
        columns, ended = tuple_(*self.columns), tuple_(*map(literal, last))
        first = self.columns[0]
        # The first says what an index can be asked; the second is exact.
        if self.is_down:
            return [first <= last[0], columns < ended]
        return [first >= last[0], columns > ended]

    def _read(self, after: str | None) -> list[Any] | None:
        try:
            found = json.loads(after or "")
        except (ValueError, RecursionError):
            return None
        if not isinstance(found, list) or len(found) != len(self.columns):
            return None
        pairs = zip(found, self.columns, strict=True)
        return found if all(_fits(value, column) for value, column in pairs) else None


def _fits(value: Any, column: ColumnElement[Any]) -> bool:
    if column.type.python_type is int:
        return type(value) is int and abs(value) <= _LARGEST
    # PostgreSQL knows no NUL, and neither database half a sign.
    return isinstance(value, str) and not re.search("[\0\ud800-\udfff]", value)


def key(values: Sequence[Any]) -> str:
    """Write the key of a record, by what it is ordered by."""
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


def order(sort: str) -> Order:
    """Return the order that a page calls so: "title", or "-title" the other way round."""
    is_down = sort.startswith("-")
    unknown = _LEAST if is_down else _MOST
    bought_on = Record.purchased_on.expression
    rating = case((Record.rating == 0, literal(unknown)), else_=Record.rating)
    by: dict[str, tuple[ColumnElement[Any], ...]] = {
        "purchased": (bought_on,),
        "artist": (_ARTIST, func.coalesce(Record.year, unknown), _TITLE),
        "title": (_TITLE, _ARTIST),
        "year": (func.coalesce(Record.year, unknown), bought_on),
        "rating": (rating, bought_on),
        "price": (func.coalesce(Record.price, unknown), bought_on),
    }
    return Order((*by[sort.removeprefix("-")], Record.id.expression), is_down)

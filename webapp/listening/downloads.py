"""Every table of a page to take along: the same address with `format=csv` or `format=json`.

A page hands in what its tables say; `table` names one of several, CSV is of one alone.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import Response, jsonify, make_response, render_template, request

from core import clock
from core.cells import defused
from core.errors import InvalidInput
from webapp.errors import wants_json
from webapp.listening.asked import Asked

_FORMATS = ("csv", "json")


class Table(NamedTuple):
    """Rows of words, numbers and None, under the names of their columns."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]


def is_wanted() -> bool:
    """Say whether tables are asked for, and not a page."""
    return "format" in request.args or wants_json()


def answer(
    template: str,
    asked: Asked,
    tables: Mapping[str, Table],
    *,
    beside: Mapping[str, Any] | None = None,
    **said: Any,
) -> tuple[str | Response, int]:
    """Answer with a page, or with its tables where those are asked for.

    `beside`: what JSON tells besides, as it is.

    Raises:
        InvalidInput: the tables of something unreadable, or of a name that is none.
    """
    form = request.args.get("format") or ("json" if wants_json() else None)
    if form is None:
        page = render_template(template, asked=asked, tables=tables, **said)
        return page, 422 if asked.problems else 200
    if asked.problems:
        raise InvalidInput(asked.problems)
    if form not in _FORMATS:
        raise InvalidInput({"format": "A format is csv or json."})
    chosen = _chosen(tables)
    if form == "json":
        body = jsonify(
            whose=asked.given.get("whose") or "me",
            since=_iso(asked.window.since, asked),
            until=_iso(asked.window.until, asked),
            **(beside or {}),
            **{name: _told(table) for name, table in chosen.items()},
        )
        return body, 200
    name, table = next(iter(chosen.items()))
    sent = make_response(_written(table))
    sent.content_type = "text/csv; charset=utf-8"
    sent.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return sent, 200


def _chosen(tables: Mapping[str, Table]) -> Mapping[str, Table]:
    name = request.args.get("table")
    if name is None:
        return tables
    if name not in tables:
        raise InvalidInput({"table": f"A table is one of {', '.join(tables)}."})
    return {name: tables[name]}


def _iso(at: int | None, asked: Asked) -> str | None:
    return None if at is None else clock.local(at, asked.zone).isoformat()


def _told(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, map(_plain, row), strict=True)) for row in table.rows]


def _written(table: Table) -> str:
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return sheet.getvalue()


def _cell(value: Any) -> Any:
    plain = _plain(value)
    if plain is None:
        return ""
    return defused(plain) if isinstance(plain, str) else plain


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def moment(at: int | None, asked: Asked) -> datetime | None:
    """Return a moment as a time of the zone of whose it is, for a table."""
    return None if at is None else clock.local(at, asked.zone)

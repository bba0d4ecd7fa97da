"""Which source is believed of a track: of each field the first in order that says something."""

# ruff: noqa: S608 - the statements are put together from constants of ours

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core.library import FEATURE_SOURCES, FIELDS, Features

_MANY = 2_000
# A list of ids as one word, for SQLAlchemy takes longer over thousands than a database.
_WANTED = {
    "sqlite": "SELECT key AS position, value AS track_id FROM json_each(:track_ids)",
    "postgresql": """
        SELECT ordinality - 1 AS position, CAST(value AS BIGINT) AS track_id
          FROM json_array_elements_text(CAST(:track_ids AS JSON)) WITH ORDINALITY
            AS ids (value, ordinality)
    """,
}
_JOINS = "\n".join(
    f"LEFT JOIN track_features AS {source}"
    f" ON {source}.track_id = wanted.track_id AND {source}.source = '{source}'"
    for source in FEATURE_SOURCES
)


def _first(field: str, last: str = "") -> str:
    said = ", ".join(f"{source}.{field}" for source in FEATURE_SOURCES)
    return f"COALESCE({said}{last}) AS {field}"


def _whose(field: str) -> str:
    cases = " ".join(
        f"WHEN {source}.{field} IS NOT NULL THEN {number}"
        for number, source in enumerate(FEATURE_SOURCES)
    )
    return f"CASE {cases} END AS {field}_from"


_DATASET = f"""
    WITH wanted AS MATERIALIZED ({{wanted}}),
    dataset AS MATERIALIZED (
        SELECT wanted.position, wanted.track_id,
               {", ".join(_first(field) for field in FIELDS)},
               {_first("duration_ms", ", library_tracks.duration_ms")},
               {", ".join(_whose(field) for field in FIELDS)}
          FROM wanted
          JOIN library_tracks ON library_tracks.id = wanted.track_id
          {_JOINS}
    )
"""


class Known(NamedTuple):
    """What is believed of a track, and by whom: `sources` by field, without those not known."""

    features: Features
    sources: Mapping[str, str]


def question(session: Session, query: str) -> TextClause:
    """Return a question about `dataset`: a row for each of the `:track_ids`, in their order.

    Its columns are `position`, `track_id`, the fields, `duration_ms`, and for each field but
    that one `FIELD_from`, the number of its source in FEATURE_SOURCES.
    """
    wanted = _WANTED[session.get_bind().dialect.name]
    return text(_DATASET.format(wanted=wanted) + query)


def sent(track_ids: Sequence[int]) -> dict[str, Any]:
    """Return the values of a `question`."""
    return {"track_ids": json.dumps(list(track_ids))}


def winners(session: Session, track_ids: Sequence[int]) -> dict[int, Known]:
    """Return what is believed of tracks; those of which nobody says anything have it empty."""
    found: dict[int, Known] = {}
    query = question(session, "SELECT * FROM dataset ORDER BY position")
    for start in range(0, len(track_ids), _MANY):
        part = track_ids[start : start + _MANY]
        rows = session.execute(query, sent(part)).mappings()
        found |= {row["track_id"]: _known(row) for row in rows}
    return found


def _known(said: Mapping[Any, Any]) -> Known:
    features = Features(**{name: said[name] for name in Features._fields})
    sources = {
        name: FEATURE_SOURCES[said[f"{name}_from"]]
        for name in FIELDS
        if said[f"{name}_from"] is not None
    }
    return Known(features, sources)

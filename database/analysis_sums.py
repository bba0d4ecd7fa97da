"""Works out what an analysis says of tracks: sums over what is believed of each."""

# ruff: noqa: S608 - the statements are put together from constants of ours

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy.orm import Session

from core.analysis import (
    BINS,
    COUNTS,
    SUMMED,
    Computation,
    Counts,
    Coverage,
    Histogram,
    Superlative,
    is_enough,
    steps,
)
from core.library import FEATURE_SOURCES, FIELDS, UNIT_FIELDS
from database.analysed import Collection
from database.feature_winners import question, sent

_METHOD = 1  # another number, and all is worked out anew
_CHUNK = 1_000
_KNOWN = (*FIELDS, "duration_ms")

_ALL = "SELECT * FROM dataset ORDER BY position"
_IS_TOLD = " OR ".join(f"{name} IS NOT NULL" for name in FIELDS)


def _sum(condition: str, name: str) -> str:
    return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END) AS {name}"


def _told_by(number: int) -> str:
    return " OR ".join(f"{name}_from = {number}" for name in FIELDS)


_SUMS = f"""
    SELECT COUNT(*) AS tracks, {_sum(_IS_TOLD, "with_features")},
           {", ".join(f"COUNT({name}) AS {name}_known" for name in _KNOWN)},
           {", ".join(f"AVG(CAST({name} AS DOUBLE PRECISION)) AS {name}_mean" for name in SUMMED)},
           {", ".join(f"MIN({name}) AS {name}_min, MAX({name}) AS {name}_max" for name in SUMMED)},
           {", ".join(_sum(_told_by(n), f"{name}_told") for n, name in enumerate(FEATURE_SOURCES))}
      FROM dataset
"""
_ENDS = " UNION ALL ".join(
    f"""
    SELECT '{name}_{end}' AS name, track_id
      FROM (SELECT track_id FROM dataset
             WHERE {name} IS NOT NULL
             ORDER BY {name} {order}, position
             LIMIT 1) AS {name}_{end}
    """
    for name in SUMMED
    for end, order in (("min", "ASC"), ("max", "DESC"))
)
_COUNTS = " UNION ALL ".join(
    f"SELECT '{name}' AS name, {field} AS value, COUNT(*) AS tracks"
    f" FROM dataset WHERE {field} IS NOT NULL GROUP BY {field}"
    for name, field in COUNTS.items()
)


def _bins(name: str) -> Iterator[str]:
    # By edges that are sent, and not by rounding, which each database does in its own way.
    for step in range(BINS):
        ends = [f"{name} >= :{name}_{step}"] if step else []
        ends += [f"{name} < :{name}_{step + 1}"] if step < BINS - 1 else []
        yield _sum(" AND ".join(ends), f"{name}_in_{step}")


_BINS = f"SELECT {', '.join(one for name in SUMMED for one in _bins(name))} FROM dataset"


def work_out(session: Session, wanted: Collection, problems: Sequence[str] = ()) -> Computation:
    """Return what there is to say of these tracks; `problems`: who could not be asked.

    Where less than half of all tracks have a field, none is called the first or the last by it.
    """
    track_ids = wanted.track_ids
    sums = session.execute(question(session, _SUMS), sent(track_ids)).mappings().one()
    ends: dict[str, int] = {
        row.name: row.track_id for row in session.execute(question(session, _ENDS), sent(track_ids))
    }
    in_all = sums["tracks"] + wanted.left_out
    return Computation(
        superlatives={name: _superlative(name, sums, ends, in_all) for name in SUMMED},
        averages={name: sums[f"{name}_mean"] for name in SUMMED},
        count=_counts(session, track_ids),
        coverage=Coverage(
            tracks=sums["tracks"],
            with_features=sums["with_features"] or 0,
            left_out=wanted.left_out,
            fields={name: sums[f"{name}_known"] for name in _KNOWN},
            sources={
                source: sums[f"{source}_told"]
                for source in FEATURE_SOURCES
                if sums[f"{source}_told"]
            },
        ),
        histograms=_histograms(session, track_ids, sums),
        problems=list(problems),
    )


def digest(session: Session, wanted: Collection, problems: Sequence[str] = ()) -> str:
    """Return a hash of all that `work_out` would look at, and of the title."""
    made = blake2b(digest_size=16)
    made.update(repr((_METHOD, wanted.title, wanted.left_out, list(problems))).encode())
    rows = session.execute(
        question(session, _ALL), sent(wanted.track_ids), execution_options={"yield_per": _CHUNK}
    )
    for row in rows:
        made.update(repr(tuple(row)).encode())
    return made.hexdigest()


def _superlative(
    name: str, sums: Mapping[Any, Any], ends: Mapping[str, int], in_all: int
) -> Superlative | None:
    if not is_enough(sums[f"{name}_known"], in_all):
        return None
    return Superlative(
        min=sums[f"{name}_min"],
        min_track_id=str(ends[f"{name}_min"]),
        max=sums[f"{name}_max"],
        max_track_id=str(ends[f"{name}_max"]),
    )


def _counts(session: Session, track_ids: Sequence[int]) -> Counts:
    found: dict[str, dict[str, int]] = {}
    rows = session.execute(question(session, f"{_COUNTS} ORDER BY name, value"), sent(track_ids))
    for name, value, tracks in rows:
        found.setdefault(name, {})[str(value)] = tracks
    return Counts(**{name: found.get(name) for name in COUNTS})


def _histograms(
    session: Session, track_ids: Sequence[int], sums: Mapping[Any, Any]
) -> dict[str, Histogram | None]:
    ends = {name: _scale(name, sums) for name in SUMMED if sums[f"{name}_known"]}
    edges = {
        f"{name}_{step}": edge
        for name in SUMMED
        for step, edge in enumerate(steps(*ends.get(name, (0.0, 1.0))))
    }
    row = session.execute(question(session, _BINS), sent(track_ids) | edges).mappings().one()
    return {
        name: Histogram(
            low=ends[name][0],
            high=ends[name][1],
            counts=[row[f"{name}_in_{step}"] for step in range(BINS)],
        )
        if name in ends
        else None
        for name in SUMMED
    }


def _scale(name: str, sums: Mapping[Any, Any]) -> tuple[float, float]:
    return (0.0, 1.0) if name in UNIT_FIELDS else (sums[f"{name}_min"], sums[f"{name}_max"])

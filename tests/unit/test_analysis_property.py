"""Analyses of any tracks of a real CSV are what Python's statistics module says of its rows."""

import random
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.analysis import COUNTS, SUMMED, Computation
from core.library import FEATURE_SOURCES, FIELDS, UNIT_FIELDS, Features
from database import analysis_sums, track_features
from database.analysed import Collection
from database.engine import Database
from tests import sounds

COLLECTIONS = 50
Row = dict[str, str]
Sources = dict[int, set[str]]
_CALLED = {"pitch_class": "key"}


@pytest.fixture
def house(db: Database, samples: Path) -> Iterator[tuple[Session, dict[int, Row]]]:
    """All tracks of the CSV; every fifth has no features, so that some are unknown."""
    rows = sounds.read(samples / "spotify" / "spotify_by_genre.csv")
    with db.writing(bulk=True) as session:
        known = sounds.take_in(session, rows)
        track_features.put(session, "csv", [one for n, one in enumerate(known) if n % 5])
        by_id = {track_id: row for (track_id, _), row in zip(known, rows, strict=True)}
        unknown = {track_id for n, (track_id, _) in enumerate(known) if n % 5 == 0}
        yield (
            session,
            {
                track_id: {"duration_ms": row["duration_ms"]} if track_id in unknown else row
                for track_id, row in by_id.items()
            },
        )


def test_any_collection_comes_to_what_statistics_says(
    house: tuple[Session, dict[int, Row]],
) -> None:
    session, rows = house
    chance = random.Random(20_261_126)
    every = list(rows)
    sizes = [1, 2, 5_849, *(chance.randint(1, 400) for _ in range(COLLECTIONS - 3))]

    for size in sizes:
        ids = chance.sample(every, size)
        found = analysis_sums.work_out(session, Collection("Any", "any", ids))
        sources = {track_id: {"csv"} for track_id in ids if "tempo" in rows[track_id]}
        _same(found, ids, rows, sources)


def _same(found: Computation, ids: list[int], rows: dict[int, Row], sources: Sources) -> None:
    for name in SUMMED:
        known = [
            (track_id, float(rows[track_id][name])) for track_id in ids if name in rows[track_id]
        ]
        values = [value for _, value in known]
        assert found.coverage.fields[name] == len(known)
        assert found.averages[name] == _about(statistics.mean(values) if values else None)
        assert _ends(found.superlatives[name]) == _expected_ends(known, len(ids))
        histogram = found.histograms[name]
        assert (histogram.counts if histogram else None) == _binned(values, name)
    for name in COUNTS:
        counted = Counter(rows[track_id][name] for track_id in ids if name in rows[track_id])
        assert (getattr(found.count, name) or {}) == dict(counted)
    assert found.coverage.with_features == sum(bool(sources.get(one)) for one in ids)
    assert found.coverage.tracks == len(ids)
    told = Counter(source for one in ids for source in sources.get(one, ()))
    assert found.coverage.sources == dict(told)


def _binned(values: list[float], name: str) -> list[int] | None:
    if not values:
        return None
    low, high = (0.0, 1.0) if name in UNIT_FIELDS else (min(values), max(values))
    begins = [low + (high - low) * step / 10 for step in range(1, 10)]
    counts = Counter(sum(value >= begin for begin in begins) for value in values)
    return [counts[step] for step in range(10)]


def _about(value: float | None) -> Any:
    return value if value is None else pytest.approx(value, rel=1e-12, abs=1e-15)


def _ends(found: Any) -> tuple[Any, ...] | None:
    return found and (found.min, int(found.min_track_id), found.max, int(found.max_track_id))


def _expected_ends(known: list[tuple[int, float]], of: int) -> tuple[Any, ...] | None:
    if not known or 2 * len(known) < of:
        return None
    least = min(known, key=lambda one: one[1])  # of equal ones the first
    most = max(known, key=lambda one: one[1])
    return (least[1], least[0], most[1], most[0])


def test_the_csv_says_all_that_there_is(samples: Path) -> None:
    rows = sounds.read(samples / "spotify" / "spotify_by_genre.csv")

    names = {"pitch_class": "key"}
    assert len(rows) == 5_849
    assert all(rows[0][names.get(name, name)] for name in (*FIELDS, "duration_ms"))


@pytest.mark.parametrize("seed", range(3))
def test_of_several_sources_each_field_is_the_first_ones(db: Database, seed: int) -> None:
    """Every field of every track is said or not by each of four sources, all of it by chance."""
    chance = random.Random(seed)
    with db.writing() as session:
        own = [chance.choice([None, 1_000, 2_000]) for _ in range(60)]
        ids = sounds.tracks(session, *(sounds.told(duration_ms=length) for length in own))
        rows: dict[int, Row] = {
            track_id: {} if length is None else {"duration_ms": str(length)}
            for track_id, length in zip(ids, own, strict=True)
        }
        sources: dict[int, set[str]] = {track_id: set() for track_id in ids}
        for source in reversed(FEATURE_SOURCES):
            said = {track_id: _by_chance(chance) for track_id in chance.sample(ids, 40)}
            track_features.put(session, source, list(said.items()))
            for track_id, features in said.items():
                _believe(rows[track_id], sources[track_id], source, features)
        for size in (1, 2, 3, 20, 60):
            wanted = chance.sample(ids, size)
            found = analysis_sums.work_out(session, Collection("Any", "any", wanted))
            _same(found, wanted, rows, sources)


def _by_chance(chance: random.Random) -> Features:
    said: dict[str, Any] = {
        **{name: chance.choice([0.0, 0.5, 1.0, chance.random()]) for name in UNIT_FIELDS},
        "loudness": chance.choice([-60.0, 1.023, -5.5]), "tempo": chance.choice([0.0, 60.0, 120.5]),
        "pitch_class": chance.randint(0, 11), "mode": chance.randint(0, 1),
        "time_signature": chance.randint(3, 5), "duration_ms": chance.choice([900, 2_000]),
    }  # fmt: skip
    return Features(**{name: value for name, value in said.items() if chance.random() < 0.4})


def _believe(row: Row, sources: set[str], source: str, said: Features) -> None:
    """Let a source that is believed before all that came so far say how a track sounds."""
    told = {name: value for name, value in said._asdict().items() if value is not None}
    if not told.keys() - {"duration_ms"}:
        return
    row |= {_CALLED.get(name, name): str(value) for name, value in told.items()}
    for name in told.keys() - {"duration_ms"}:
        row[f"{name} by"] = source
    sources.clear()
    sources.update(row[name] for name in row if name.endswith(" by"))

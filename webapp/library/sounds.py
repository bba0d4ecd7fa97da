"""An analysis as a page shows it: sentences, rows and charts of what was worked out."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.analysis import COUNTS, Computation, Histogram
from core.library import UNIT_FIELDS
from database import library_rows
from database.library_rows import Row
from webapp import feature_words as words
from webapp.charts import Bars, Radar, Ranges
from webapp.feature_words import FEATURES, Feature
from webapp.filters import track_length

_WIDE, _TALL = 400, 110


class Line(NamedTuple):
    """The track that has the most or the least of something. `track` None: it is gone."""

    field: str
    words: str
    value: str
    track: Row | None


class Mean(NamedTuple):
    """A feature on average; `span`: from the least to the most. None: nobody knows."""

    field: str
    feature: Feature
    value: str
    least: str
    most: str


class Column(NamedTuple):
    """A bar of a chart: what stands below it, what it says in full; it leads nowhere."""

    below: str
    words: str
    value: int
    address: None = None


class Spread(NamedTuple):
    """How many tracks have how much of a feature."""

    field: str
    feature: Feature
    bars: Bars
    columns: list[Column]


class Counted(NamedTuple):
    """How many tracks are in a key, a mode, a time: the most frequent first."""

    name: str
    rows: list[tuple[str, int]]


class Sounds(NamedTuple):
    """All of it. `apart`: of the features with a scale of their own.

    `told_by`: who knew how many of the tracks.
    """

    computation: Computation
    most: list[Line]
    least: list[Line]
    unit: list[Mean]
    apart: list[Mean]
    ranges: Ranges
    radar: Radar
    spreads: list[Spread]
    counts: list[Counted]
    told_by: list[tuple[str, int]]


def of(session: Session, computation: Computation) -> Sounds:
    """Return what a page shows of a computation, with the tracks that it names."""
    named = library_rows.of_ids(session, sorted(_tracks(computation)))
    means = [_mean(computation, field) for field in FEATURES]
    averages = [computation.averages.get(field) for field in UNIT_FIELDS]
    return Sounds(
        computation,
        _lines(computation, named, is_most=True),
        _lines(computation, named, is_most=False),
        [one for one in means if one.field in UNIT_FIELDS],
        [one for one in means if one.field in words.APART],
        Ranges.of([_range(computation, field) for field in UNIT_FIELDS], width=_WIDE),
        Radar.of(averages),
        _spreads(computation),
        _counts(computation),
        [
            (words.SOURCES[source], count)
            for source, count in computation.coverage.sources.items()
            if count
        ],
    )


def _tracks(computation: Computation) -> set[int]:
    found = [one for one in computation.superlatives.values() if one is not None]
    return {int(it) for one in found for it in (one.min_track_id, one.max_track_id)}


def _lines(computation: Computation, named: Mapping[int, Row], *, is_most: bool) -> list[Line]:
    lines = []
    for field, feature in FEATURES.items():
        one = computation.superlatives.get(field)
        if one is None:
            continue
        said, track_id = (one.max, one.max_track_id) if is_most else (one.min, one.min_track_id)
        word = feature.most if is_most else feature.least
        lines.append(Line(field, word, words.value(field, said), named.get(int(track_id))))
    return lines


def _mean(computation: Computation, field: str) -> Mean:
    one = computation.superlatives.get(field)
    return Mean(
        field,
        FEATURES[field],
        words.value(field, computation.averages.get(field)),
        words.value(field, one.min if one else None),
        words.value(field, one.max if one else None),
    )


def _range(computation: Computation, field: str) -> tuple[float, float, float] | None:
    one, mean = computation.superlatives.get(field), computation.averages.get(field)
    return None if one is None or mean is None else (one.min, mean, one.max)


def _spreads(computation: Computation) -> list[Spread]:
    return [
        Spread(field, FEATURES[field], *_drawn(field, histogram))
        for field in FEATURES
        if (histogram := computation.histograms.get(field)) is not None
    ]


def _drawn(field: str, histogram: Histogram) -> tuple[Bars, list[Column]]:
    edges = histogram.edges
    columns = [
        Column(
            _short(field, edges[nth]),
            f"{words.value(field, edges[nth])} to {words.value(field, edges[nth + 1])}: "
            f"{count} track{'s' if count != 1 else ''}",
            count,
        )
        for nth, count in enumerate(histogram.counts)
    ]
    return Bars.of(histogram.counts, width=_WIDE, height=_TALL, gap=0.06), columns


def _short(field: str, edge: float) -> str:
    if field == "duration_ms":
        return track_length(round(edge))
    return f"{edge:.1f}" if field in UNIT_FIELDS else f"{edge:.0f}"


def _counts(computation: Computation) -> list[Counted]:
    found = []
    for kind, field in COUNTS.items():
        counts: Mapping[str, int] = getattr(computation.count, kind) or {}
        rows = [(words.said(field, int(said)), count) for said, count in counts.items()]
        if rows:
            rows.sort(key=lambda row: -row[1])
            found.append(Counted(words.COUNTED[field], rows))
    return found

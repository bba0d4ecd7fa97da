"""The geometry of charts, as pure functions: a template draws what they lay out as SVG."""

from collections.abc import Sequence
from math import cos, log, pi, sin
from typing import NamedTuple


class Bar(NamedTuple):
    """A rectangle, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


class Bars(NamedTuple):
    """Bars that stand side by side in a box; the tallest fills it."""

    bars: list[Bar]
    width: int
    height: int

    @classmethod
    def of(
        cls, values: Sequence[float], *, width: int = 600, height: int = 200, gap: float = 0.25
    ) -> "Bars":
        """Lay out one bar a value, none below 0; `gap` is the empty share of each bar's slot.

        What is not 0 can be seen: such a bar is one unit high at least.
        """
        top = max(values, default=0) or 1
        slot = width / max(1, len(values))
        bars = []
        for place, value in enumerate(values):
            tall = max(1.0, height * value / top) if value else 0.0
            x = place * slot + slot * gap / 2
            bars.append(Bar(*(round(it, 2) for it in (x, height - tall, slot * (1 - gap), tall))))
        return cls(bars, width, height)


_APART = 16  # what a line of text needs


def _apart(ticks: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Leave out ticks that would stand upon an earlier one."""
    kept: list[tuple[int, float]] = []
    for value, y in ticks:
        if all(abs(y - other) >= _APART for _, other in kept):
            kept.append((value, y))
    return kept


class Point(NamedTuple):
    x: float
    y: float


class Steps(NamedTuple):
    """A line that stays where it is until the next change; `ticks` are values with their height.

    `line` is what the `d` of a path says. 0 is always within the box.
    """

    line: str
    points: list[Point]
    ticks: list[tuple[int, float]]
    width: int
    height: int

    @classmethod
    def of(
        cls,
        changes: Sequence[tuple[float, int]],
        *,
        opening: int = 0,
        marks: Sequence[tuple[float, int]] = (),
        width: int = 600,
        height: int = 200,
    ) -> "Steps":
        """Lay out a line from `opening` on, and a point for each of `marks`.

        Both are pairs of a place from 0 to 1 and the value from there on. No more steps are
        drawn than the box has columns.
        """
        values = [0, opening, *(value for _, value in changes), *(value for _, value in marks)]
        low, high = min(values), max(values)

        def up(value: int) -> float:
            return round(height * (high - value) / ((high - low) or 1), 1)

        digits = 1 if len(changes) <= width else 0
        steps: dict[float, int] = {}
        for place, value in changes:
            steps[round(place * width, digits)] = value
        line = "".join(f"H{x:g}V{up(value):g}" for x, value in steps.items())
        return cls(
            f"M0 {up(opening):g}{line}H{width}",
            [Point(round(place * width, 1), up(value)) for place, value in marks],
            _apart([(value, up(value)) for value in dict.fromkeys((high, low, 0))]),
            width,
            height,
        )


class Square(NamedTuple):
    """One square of a map of heat, from its upper left corner; `heat` from 0 to 1."""

    x: int
    y: int
    heat: float


class HeatMap(NamedTuple):
    """Squares in columns and rows; the hottest is 1, what is not 0 can be seen."""

    squares: list[Square]
    width: int
    height: int
    side: int

    @classmethod
    def of(cls, values: Sequence[float], *, columns: int, side: int = 20) -> "HeatMap":
        """Lay out values row by row, so many columns wide."""
        top = max(values, default=0) or 1
        squares = [
            Square(place % columns * side, place // columns * side, _heat(value / top))
            for place, value in enumerate(values)
        ]
        rows = -(-len(values) // columns)
        return cls(squares, columns * side, rows * side, side)

    @classmethod
    def of_days(cls, values: Sequence[float], *, first_weekday: int, side: int = 10) -> "HeatMap":
        """Lay out a value a day, a week a column from Monday on; the first day is a 0 to 6."""
        top = max(values, default=0) or 1
        squares = []
        for place, value in enumerate(values, first_weekday):
            week, weekday = divmod(place, _WEEK)
            squares.append(Square(week * side, weekday * side, _heat(value / top)))
        weeks = -(-(len(values) + first_weekday) // _WEEK)
        return cls(squares, weeks * side, _WEEK * side, side)


_WEEK = 7
_FAINTEST = 0.12


def _heat(share: float) -> float:
    """Return how strongly to draw a share: roots of it, so that an evening outshines no week."""
    return round(_FAINTEST + (1 - _FAINTEST) * share**0.5, 2) if share else 0.0


class Places(NamedTuple):
    """A line through places, the best on top; None leaves a gap. `line`: of a path."""

    line: str
    points: list[Point | None]
    width: int
    height: int

    @classmethod
    def of(cls, places: Sequence[int | None], *, width: int = 600, height: int = 160) -> "Places":
        """Lay out a place a slot, by its logarithm: from 1 to 2 is as far as from 10 to 20."""
        depths = [log(place) for place in places if place is not None]
        best, worst = min(depths, default=0.0), max(depths, default=0.0)
        slot = width / max(1, len(places))
        points: list[Point | None] = []
        line = ""
        for nth, place in enumerate(places):
            if place is None:
                points.append(None)
                continue
            y = height * (log(place) - best) / (worst - best) if worst > best else height / 2
            at = Point(round((nth + 0.5) * slot, 1), round(y, 1))
            line += f"{'L' if nth and points[-1] is not None else 'M'}{at.x:g} {at.y:g}"
            points.append(at)
        return cls(line, points, width, height)


class Range(NamedTuple):
    """A bar from the least to the most, with a mark where the mean is; of one row of a chart."""

    x: float
    y: float
    width: float
    mean: float


class Ranges(NamedTuple):
    """A row for each of several values between 0 and 1; None where nobody knows it."""

    rows: list[Range | None]
    width: int
    height: int
    row: int

    @classmethod
    def of(
        cls,
        values: Sequence[tuple[float, float, float] | None],
        *,
        width: int = 400,
        row: int = 40,
    ) -> "Ranges":
        """Lay out (least, mean, most) a row. What is the same everywhere can still be seen."""
        rows: list[Range | None] = []
        for place, value in enumerate(values):
            if value is None:
                rows.append(None)
                continue
            least, mean, most = (width * min(max(it, 0.0), 1.0) for it in value)
            wide = max(2.0, most - least)
            x = min(least, width - wide)
            rows.append(Range(round(x, 1), place * row, round(wide, 1), round(mean, 1)))
        return cls(rows, width, row * len(values), row)


class Radar(NamedTuple):
    """Values between 0 and 1 around a centre, the first on top, clockwise.

    `shapes`: what the `points` of a polygon say, one for each set of values. `rings`: the radii
    of a quarter, a half, three quarters and all. `axes`: where each ends, `labels`: a little
    beyond.
    """

    shapes: list[str]
    rings: list[float]
    axes: list[Point]
    labels: list[Point]
    radius: int

    @classmethod
    def of(cls, *sets: Sequence[float | None], radius: int = 100, beyond: int = 18) -> "Radar":
        """Lay out sets of as many values each; what nobody knows lies in the centre."""
        count = len(sets[0])
        shapes = [
            " ".join(
                f"{point.x:g},{point.y:g}"
                for point in (
                    _around(nth, count, radius * min(max(value or 0.0, 0.0), 1.0))
                    for nth, value in enumerate(values)
                )
            )
            for values in sets
        ]
        return cls(
            shapes,
            [radius * quarter / 4 for quarter in range(1, 5)],
            [_around(nth, count, radius) for nth in range(count)],
            [_around(nth, count, radius + beyond) for nth in range(count)],
            radius,
        )


def _around(nth: int, count: int, distance: float) -> Point:
    turn = 2 * pi * nth / count
    # Of -0.0 nobody wants to read.
    return Point(round(distance * sin(turn), 1) + 0.0, round(-distance * cos(turn), 1) + 0.0)

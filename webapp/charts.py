"""The geometry of charts, as pure functions: a template draws what they lay out as SVG."""

from collections.abc import Sequence
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

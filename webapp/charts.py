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

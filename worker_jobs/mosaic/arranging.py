"""In which order posters stand by colour. Colours in, numbers out; a wall fills row by row.

The same colours give the same wall: no clock decides how long it is sorted.
"""

import math
import random
from collections.abc import Callable, Sequence

from worker_jobs.mosaic.colours import Lab

Report = Callable[[str, int, int], None]

_GREY = 4.0  # below that chroma a colour has no hue worth the name
_RADII = (10, 8, 6, 5, 4, 3, 2, 1, 1)  # cells that the goal is blurred over, one after the other
_TRIES = 10  # swaps tried for each poster and goal
_EFFORT = 120  # goals in all
_MOST_TRIES = 4_000_000  # so that ten thousand posters end within seconds, too
_SORTING = "Sorting by colour"


def spectrum(striking: Sequence[Lab], columns: int) -> list[int]:
    """Return the posters by hue from left to right, in each column the lightest on top.

    One column alone goes by hue from the top down.
    """
    line = sorted(range(len(striking)), key=lambda number: _hue(striking[number]))
    if columns == 1:
        return line
    rows = -(-len(line) // columns)
    full = len(line) - (rows - 1) * columns  # so many columns reach into the last row
    stacks, at = [], 0
    for column in range(min(columns, len(line))):
        height = rows if column < full else rows - 1
        stacks.append(sorted(line[at : at + height], key=lambda number: -striking[number][0]))
        at += height
    return [stack[row] for row in range(rows) for stack in stacks if row < len(stack)]


def _hue(colour: Lab) -> tuple[int, float]:
    """By hue; what has next to none comes last, from dark to light."""
    light, a, b = colour
    if math.hypot(a, b) < _GREY:
        return 1, light
    return 0, math.degrees(math.atan2(b, a)) % 360


def islands(
    means: Sequence[Lab], start: Sequence[int], columns: int, report: Report | None = None
) -> list[int]:
    """Return the posters of `start` so that like stands with like, one colour next to its kin.

    Two are swapped where that brings both nearer to a blurred copy of the wall, and the
    blur shrinks: after Self-Sorting Maps, Strong and Gong 2014.
    """
    wall, count = list(start), len(start)
    if count <= 1:
        return wall
    toss = random.Random(0).random  # noqa: S311 - the same wall each time
    effort = max(len(_RADII), min(_EFFORT, _MOST_TRIES // (count * _TRIES)))
    goals = [radius for radius in _RADII for _ in range(max(1, round(effort / len(_RADII))))]
    for done, radius in enumerate(goals):
        if report:
            report(_SORTING, done, len(goals))
        goal = _blurred(wall, means, columns, radius)
        for _ in range(count * _TRIES):
            one, other = int(toss() * count), int(toss() * count)
            l0, a0, b0 = means[wall[one]]
            l1, a1, b1 = means[wall[other]]
            l2, a2, b2 = goal[one]
            l3, a3, b3 = goal[other]
            # Four squared distances, of which only this is left.
            if (l2 - l3) * (l1 - l0) + (a2 - a3) * (a1 - a0) + (b2 - b3) * (b1 - b0) > 0:
                wall[one], wall[other] = wall[other], wall[one]
    return wall


def _blurred(wall: Sequence[int], means: Sequence[Lab], columns: int, radius: int) -> list[Lab]:
    """Return for each cell the mean colour of the square around it, by sums over rectangles."""
    count, rows = len(wall), -(-len(wall) // columns)
    nothing = (0.0, 0.0, 0.0, 0)
    sums = [[nothing] * (columns + 1)]  # sums[y][x]: all cells above y and left of x
    for y in range(rows):
        light = a = b = 0.0
        cells = 0
        line = [nothing]
        for x, above in enumerate(sums[y][1:]):
            if y * columns + x < count:
                l0, a0, b0 = means[wall[y * columns + x]]
                light, a, b, cells = light + l0, a + a0, b + b0, cells + 1
            line.append((above[0] + light, above[1] + a, above[2] + b, above[3] + cells))
        sums.append(line)
    found: list[Lab] = []
    for cell in range(count):
        y, x = divmod(cell, columns)
        top, bottom = sums[max(0, y - radius)], sums[min(rows, y + radius + 1)]
        west, east = max(0, x - radius), min(columns, x + radius + 1)
        corners = zip(bottom[east], bottom[west], top[east], top[west], strict=True)
        light, a, b, number = (se - sw - ne + nw for se, sw, ne, nw in corners)
        found.append((light / number, a / number, b / number))
    return found


def unrest(wall: Sequence[int], means: Sequence[Lab], columns: int) -> float:
    """Return the mean distance of posters side by side and one above the other; lower is calmer."""
    across = [
        math.dist(means[wall[at]], means[wall[at + 1]])
        for at in range(len(wall) - 1)
        if (at + 1) % columns
    ]
    down = [
        math.dist(means[wall[at]], means[wall[at + columns]]) for at in range(len(wall) - columns)
    ]
    return (sum(across) / len(across) + sum(down) / len(down)) / 2

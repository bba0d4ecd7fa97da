"""How many columns and rows a number of pictures makes; knows nothing of pictures."""

from fractions import Fraction
from math import isqrt

FINEST, BROADEST = Fraction(7, 4), Fraction(5, 2)


def grid(count: int, finest: Fraction = FINEST, broadest: Fraction = BROADEST) -> tuple[int, int]:
    """Return (columns, rows) for `count` pictures; up to a few cells at the end stay empty.

    Of the factor pairs of `count` that are at least as wide as high and at most
    `broadest` times as wide, the one nearest `finest` wide (the wider of two as near); a
    count without any is filled up until it has one.
    """
    if count < 1:
        raise ValueError("a grid needs at least one picture")
    while True:
        pairs = [(count // rows, rows) for rows in _divisors(count, broadest)]
        if pairs:
            return min(pairs, key=lambda pair: (abs(Fraction(*pair) - finest), -pair[0]))
        count += 1


def _divisors(count: int, broadest: Fraction) -> list[int]:
    """Return the numbers of rows that divide `count` into an allowed shape."""
    fewest, most = isqrt(int(count / broadest)), isqrt(count)
    return [
        rows
        for rows in range(max(1, fewest), most + 1)
        if count % rows == 0 and count <= broadest * rows * rows
    ]

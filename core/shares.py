"""Shares of a whole in per cent that sum to exactly 100."""

from collections.abc import Sequence

_TENTHS = 1_000  # of a per cent, in the whole


def shares(counts: Sequence[int]) -> list[float]:
    """Return what each count is of their sum, in per cent to one place; all of nothing is 0.

    What rounding leaves over goes to the largest remainders, so that they sum to 100.

    >>> shares([1, 1, 1])
    [33.4, 33.3, 33.3]
    """
    whole = sum(counts)
    if whole == 0:
        return [0.0] * len(counts)
    tenths = [count * _TENTHS // whole for count in counts]
    rest = sorted(range(len(counts)), key=lambda at: -(counts[at] * _TENTHS % whole))
    for at in rest[: _TENTHS - sum(tenths)]:
        tenths[at] += 1
    return [tenth / 10 for tenth in tenths]

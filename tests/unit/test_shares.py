"""Shares of a whole: to one place, and exactly 100 in all."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.shares import shares


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([0, 0], [0.0, 0.0]),
        ([1], [100.0]),
        ([1, 1, 1], [33.4, 33.3, 33.3]),
        ([2, 1, 0], [66.7, 33.3, 0.0]),
        ([999, 1], [99.9, 0.1]),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainder(
    counts: list[int], expected: list[float]
) -> None:
    assert shares(counts) == expected


@given(some.lists(some.integers(0, 20_000), min_size=1, max_size=12).filter(any))
def test_shares_sum_to_a_hundred(counts: list[int]) -> None:
    """Must show 4: rating shares sum to 100 %."""
    found = shares(counts)

    assert round(sum(found), 1) == 100
    for count, share in zip(counts, found, strict=True):
        assert abs(share - 100 * count / sum(counts)) < 0.1

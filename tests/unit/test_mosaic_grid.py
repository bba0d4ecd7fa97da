"""The grid rule against a table of checked shapes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker_jobs.mosaic.grid import grid

# From one count up to the next the shape stays the same.
CHECKED = dict(
    [
        *[(1, (1, 1)), (2, (2, 1)), (3, (2, 2)), (5, (3, 2)), (7, (4, 2)), (9, (3, 3))],
        *[(10, (5, 2)), (11, (4, 3)), (13, (5, 3)), (16, (4, 4)), (17, (6, 3)), (19, (5, 4))],
        *[(21, (7, 3)), (22, (6, 4)), (25, (5, 5)), (26, (7, 4)), (29, (6, 5)), (31, (8, 4))],
        *[(33, (7, 5)), (36, (9, 4)), (37, (8, 5)), (41, (7, 6)), (43, (9, 5)), (46, (8, 6))],
        *[(49, (7, 7)), (50, (10, 5))],
    ]
)


@pytest.mark.parametrize("count", range(1, 51))
def test_up_to_fifty_films(count: int) -> None:
    assert grid(count) == CHECKED[max(start for start in CHECKED if start <= count)]


@pytest.mark.parametrize(("count", "shape"), [(100, (10, 10)), (214, (18, 12)), (1024, (32, 32))])
def test_many_films(count: int, shape: tuple[int, int]) -> None:
    assert grid(count) == shape


@given(st.integers(1, 50_000))
def test_it_holds_all_and_is_never_much_too_large(count: int) -> None:
    columns, rows = grid(count)

    assert columns * rows >= count
    assert rows <= columns <= 2.5 * rows
    # A rectangle one column wider or less always exists.
    assert columns * rows <= count + columns + rows


def test_nothing_has_no_grid() -> None:
    with pytest.raises(ValueError, match="at least one"):
        grid(0)

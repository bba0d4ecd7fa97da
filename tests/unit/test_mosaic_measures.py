"""How a wall is measured: every size it offers, whole blocks, and a no before the work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.jpeg_slices import BLOCK
from database.mosaic_sizes import EXACT, LARGEST, LEAST_PRINTED, NORMAL
from worker_jobs.mosaic.jpeg import LONGEST_SIDE, TooLarge
from worker_jobs.mosaic.layout import MOST_PIXELS
from worker_jobs.mosaic.measures import Measures, measure

YES_NO = st.booleans()


def shown(measures: Measures) -> list[int]:
    return [at for row in range(measures.rows) for at in measures.row(row) if at is not None]


@given(st.integers(1, 3_000), st.sampled_from([NORMAL, LARGEST]), YES_NO, YES_NO)
def test_a_free_size_is_whole_cells_that_can_be_joined(
    count: int, size: str, captions: bool, heading: bool
) -> None:
    found = measure(count, size=size, captions=captions, heading=heading)

    assert shown(found) == list(range(count))
    assert found.cell_width % 32 == found.poster_height % 48 == 0
    assert found.cell_height % BLOCK == found.top % BLOCK == 0
    assert (found.cell_height > found.poster_height) == captions and bool(found.top) == heading
    assert found.width == found.columns * found.cell_width
    assert found.height == found.top + found.rows * found.cell_height
    assert found.width * found.height <= MOST_PIXELS and found.height <= LONGEST_SIDE


@given(st.integers(1, 1_500), st.sampled_from(sorted(EXACT)), YES_NO, YES_NO)
def test_an_exact_size_is_exact_and_holds_every_poster_whole(
    count: int, size: str, captions: bool, heading: bool
) -> None:
    wanted = EXACT[size]

    try:
        found = measure(count, size=size, captions=captions, heading=heading, small_tiles=True)
    except InvalidInput:
        assert count > 300  # only then a phone is too small
        return

    assert (found.width, found.height) == wanted[:2]
    assert shown(found) == list(range(count))
    assert found.top % BLOCK == found.cell_height % BLOCK == 0
    assert found.left >= 0 and found.left + found.columns * found.cell_width <= found.width
    assert found.top + found.rows * found.cell_height <= found.height
    assert 0.55 <= found.cell_width / found.poster_height <= 0.74


def test_an_exact_size_is_filled() -> None:
    for size in EXACT:
        found = measure(200, size=size, small_tiles=True)
        used = 200 * found.cell_width * found.cell_height / (found.width * found.height)
        assert used > 0.75, size


def test_columns_are_as_many_as_were_asked_for_but_no_more_than_posters() -> None:
    assert measure(100, columns=32).columns == 32
    assert measure(5, columns=32).columns == 5
    assert measure(100, columns=10, size="a2", small_tiles=True).columns == 10


def test_without_a_wish_a_wall_is_wider_than_high_and_has_few_empty_places() -> None:
    for count in (7, 30, 213, 1024):
        found = measure(count)
        assert 1.1 < found.width / found.height < 2.1
        assert found.rows * found.columns - count < found.columns / 2 + 1


def test_the_last_row_stands_in_the_middle() -> None:
    found = measure(10, columns=4)

    assert found.row(2) == [None, 8, 9, None]
    assert found.places()["cells"] == [*range(8), -1, 8, 9, -1]
    assert "cells" not in measure(12, columns=4).places()


def test_the_largest_is_larger_and_is_what_a_picture_holds() -> None:
    few, many = measure(20, size=LARGEST), measure(3_000, size=LARGEST)

    assert few.cell_width == 480
    assert 192 <= many.cell_width < 480
    with pytest.raises(TooLarge):
        measure(400_000)


@pytest.mark.parametrize("size", [name for name, size in EXACT.items() if size.is_print])
def test_a_printed_poster_is_never_below_twelve_millimetres_unless_asked(size: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        measure(5_000, size=size)

    said = caught.value.problems["size"]
    most = int(said.partition("about ")[2].partition(" ")[0])
    assert "12 mm" in said and EXACT[size].words in said
    assert measure(most * 9 // 10, size=size).cell_width >= LEAST_PRINTED
    assert measure(5_000, size=size, small_tiles=True).cell_width < LEAST_PRINTED


def test_too_many_for_a_screen_is_said_as_well() -> None:
    with pytest.raises(InvalidInput, match="too small for 90,000 posters"):
        measure(90_000, size="story")


@pytest.mark.parametrize(
    ("size", "columns", "expected"),
    [
        ("a1", 60, "60 posters in 60 columns would be smaller than 12 mm on A1: choose another"),
        ("a1", 1, "60 posters in one column would be smaller than 12 mm on A1: choose another"),
        ("story", 200, "would be smaller than can be seen on a phone story: choose another"),
    ],
)
def test_columns_that_make_posters_too_small_are_to_blame(
    size: str, columns: int, expected: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        measure(60 if size == "a1" else 300, size=size, columns=columns)

    assert expected in caught.value.problems["columns"]
    assert ("allow smaller" in caught.value.problems["columns"]) == EXACT[size].is_print

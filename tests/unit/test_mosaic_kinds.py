"""The shape of a cell is the source's: covers are square in every layout, posters two to three."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import InvalidInput
from database.mosaic_sizes import EXACT, LARGEST, NORMAL
from worker_jobs.mosaic import choice, colours, layout, measures, photo
from worker_jobs.mosaic.card import card
from worker_jobs.mosaic.grid import grid
from worker_jobs.mosaic.kinds import FILMS, RECORDS, Kind
from worker_jobs.mosaic.layout import Tile

KINDS = [FILMS, RECORDS]


def tiles(count: int) -> list[Tile]:
    return [
        Tile(f"Record {number}", 1971, "Can", None, None, str(number), "Can")
        for number in range(count)
    ]


@pytest.mark.parametrize("kind", KINDS)
@given(count=st.integers(1, 2_000), captions=st.booleans(), size=st.sampled_from([NORMAL, LARGEST]))
def test_a_wall_of_a_free_size_has_cells_of_just_that_shape(
    kind: Kind, count: int, captions: bool, size: str
) -> None:
    found = measures.measure(count, size=size, captions=captions, kind=kind)

    assert found.poster_height == kind.high(found.cell_width)
    assert found.cell_width % 16 == found.cell_height % 16 == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", EXACT)
@pytest.mark.parametrize("count", [1, 2, 7, 30, 100, 333])
def test_a_wall_of_an_exact_size_costs_a_picture_but_a_little_of_its_edge(
    kind: Kind, size: str, count: int
) -> None:
    found = measures.measure(count, size=size, small_tiles=True, kind=kind)

    shape = found.cell_width / found.poster_height
    assert kind.narrowest * 0.99 <= shape <= kind.widest * 1.01
    assert found.columns * found.cell_width <= found.width


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [NORMAL, *EXACT])
def test_the_cells_of_a_picture_made_of_them_are_of_that_shape_but_for_a_block(
    kind: Kind, size: str
) -> None:
    found = photo.plan((1_000, 1_200), size=size, columns=20, small_tiles=True, kind=kind)

    lowest, highest = (found.cell_width / shape for shape in (kind.widest, kind.narrowest))
    assert lowest - 16 < found.cell_height <= highest
    assert found.rows * found.cell_height <= found.height


@pytest.mark.parametrize("count", [1, 5, 12, 30, 100, 500])
def test_a_sheet_of_covers_is_about_as_broad_as_one_of_posters(count: int) -> None:
    broad = []
    for kind in KINDS:
        columns, rows = grid(count, kind.finest, kind.broadest)
        broad.append(columns * kind.on_sheet[0] / (rows * kind.on_sheet[1]))
        assert columns >= rows and columns <= kind.broadest * rows

    assert broad[1] / broad[0] < 2


@given(count=st.integers(1, 300))
def test_the_lines_beside_a_row_of_covers_stay_beside_it(count: int) -> None:
    found = layout.lay_out(tiles(count), 1, RECORDS)

    assert found.poster_at(0) == (10, 60)
    for number in range(count):
        _, top = found.poster_at(number)
        _, line = found.line_at(number)
        assert top <= line and line + layout.LINE <= top + RECORDS.on_sheet[1]
    places = found.places()
    assert places["width"] == places["height"] == 180


def test_words_are_those_of_records() -> None:
    with pytest.raises(InvalidInput, match=r"holds about \d+ covers .* fewer records"):
        measures.measure(2_000, size="a4", kind=RECORDS)
    with pytest.raises(InvalidInput, match=r"100 covers in 50 columns .* smaller covers"):
        measures.measure(100, size="a4", columns=50, kind=RECORDS)
    with pytest.raises(InvalidInput, match="need as many covers"):
        photo.plan((100, 100), columns=20, posters=10, once=True, kind=RECORDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_finds_itself_by_its_parts(kind: Kind) -> None:
    target = Image.radial_gradient("L").convert("RGB").resize((400, kind.high(400)))

    cells = choice.of_cells(target, 6, 6, kind)
    plain = choice.of_posters([colours.parts_of_plain((9, 9, 9), kind)])
    chosen = choice.choose(cells, cells, 6, apart=0)

    assert cells.shape == (36, 3 * kind.across * kind.down) and plain.shape[1] == cells.shape[1]
    assert choice.error(chosen, cells, cells) == 0
    assert choice.sketch(chosen, cells, kind).size == (6 * kind.across, 6 * kind.down)


@pytest.mark.parametrize("title", ["Can", "A Very Long Title of Many Words That Goes On and On"])
@pytest.mark.parametrize("side", [96, 240, 480])
def test_on_a_square_card_the_title_and_the_artist_do_not_touch(title: str, side: int) -> None:
    with_artist = card(title, "Silver Apples", side, side, key="k").convert("L")
    without = card(title, None, side, side, key="k").convert("L")

    ground = without.getpixel((1, side - 1))
    changed = [
        y
        for y in range(side)
        if with_artist.crop((0, y, side, y + 1)).tobytes()
        != without.crop((0, y, side, y + 1)).tobytes()
    ]
    assert changed or side == 96
    for y in changed:
        assert set(without.crop((0, y, side, y + 1)).tobytes()) == {ground}

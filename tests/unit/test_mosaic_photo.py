"""Pictures made of posters: the choice and its limits, the bytes, the tint, the sizes."""

import io
import math
import os
from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from core.errors import InvalidInput
from core.jpeg_slices import BLOCK
from database.mosaic_sizes import EXACT, LARGEST, LEAST_PRINTED
from worker_jobs.mosaic import choice, colours, jpeg, photo
from worker_jobs.mosaic.layout import Tile
from worker_jobs.mosaic.photo import Photo, cropped, plan

HUES = [(v * 60 % 256, v * 97 % 256, v * 151 % 256) for v in range(40)]


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> list[Tile]:
    folder = tmp_path_factory.mktemp("posters")
    found = []
    for number, colour in enumerate(HUES):
        image = Image.new("RGB", (200, 300), colour)
        image.paste(tuple(255 - part for part in colour), (0, 0, 200, 60 + number * 4))
        image.save(folder / f"{number}.png")
        found.append(Tile(f"{number}", 1990, None, None, folder / f"{number}.png", f"{number}"))
    return found


@pytest.fixture(scope="module")
def posters(tiles: list[Tile]) -> choice.Floats:
    return choice.of_posters([colours.parts_of(tile.poster) for tile in tiles if tile.poster])


def target(width: int = 300, height: int = 400) -> Image.Image:
    across, down = Image.linear_gradient("L").rotate(90), Image.linear_gradient("L")
    whole = Image.merge("RGB", (across, down, Image.new("L", across.size, 90)))
    return whole.resize((width, height))


def test_numpy_and_python_agree_on_colours(posters: choice.Floats, tiles: list[Tile]) -> None:
    pixels = np.array([HUES], np.uint8)
    found = choice.oklab(pixels)[0]

    for colour, lab in zip(HUES, found, strict=True):
        assert tuple(lab) == pytest.approx(colours.oklab(colour), abs=0.05)
    assert np.abs(choice.srgb(found).astype(int) - pixels[0]).max() <= 1
    assert posters.shape == (len(tiles), 72)


def test_cells_are_told_row_by_row() -> None:
    """As if each had been cut out and looked at alone."""
    whole = target(4 * 3 * 8, 6 * 2 * 8)
    found = choice.of_cells(whole, 3, 2)

    for number, (row, column) in enumerate(product(range(2), range(3))):
        cell = whole.crop((column * 32, row * 48, column * 32 + 32, row * 48 + 48))
        alone = choice.of_cells(cell, 1, 1)[0]
        assert found[number] == pytest.approx(alone, abs=0.3)


def near(grid: Sequence[Sequence[int]], apart: int) -> int:
    """Count the pairs of equals that stand nearer than that, as a square."""
    found, rows, columns = 0, len(grid), len(grid[0])
    for y, x, down, right in product(
        range(rows), range(columns), range(apart + 1), range(-apart, apart + 1)
    ):
        if (down or right > 0) and y + down < rows and 0 <= x + right < columns:
            found += grid[y][x] == grid[y + down][x + right]
    return found


@pytest.mark.parametrize("apart", [0, 1, 2])
def test_equals_stand_apart(posters: choice.Floats, apart: int) -> None:
    cells = choice.of_cells(target(), 14, 12)

    grid = choice.choose(cells, posters, 14, apart=apart)

    assert near(grid.tolist(), apart) == 0


def test_too_few_posters_stand_as_far_apart_as_they_can(posters: choice.Floats) -> None:
    cells = choice.of_cells(target(), 14, 12)

    grid = choice.choose(cells, posters, 14, apart=20)

    assert near(grid.tolist(), 2) == 0  # 40 posters can be 2 cells apart, not more
    assert choice.choose(cells, posters[:1], 14, apart=20).max() == 0


@pytest.mark.parametrize("most", [5, 8, 30])
def test_no_poster_is_used_too_often(posters: choice.Floats, most: int) -> None:
    cells = choice.of_cells(target(), 14, 12)

    uses = Counter(choice.choose(cells, posters, 14, apart=0, most_uses=most).ravel().tolist())

    assert max(uses.values()) <= most


def test_a_limit_that_cannot_be_kept_is_raised_to_what_can(posters: choice.Floats) -> None:
    cells = choice.of_cells(target(), 14, 12)

    uses = Counter(choice.choose(cells, posters, 14, apart=0, most_uses=1).ravel().tolist())

    assert max(uses.values()) == math.ceil(14 * 12 / len(posters))


def test_without_limits_each_cell_has_the_nearest(posters: choice.Floats) -> None:
    cells = choice.of_cells(target(), 9, 8)

    grid = choice.choose(cells, posters, 9, apart=0)

    distances = ((cells[:, None, :] - posters[None]) ** 2).sum(2)
    assert grid.ravel().tolist() == distances.argmin(1).tolist()


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 8), st.integers(1, 5), st.integers(0, 2**31))
def test_each_once_is_once(columns: int, rows: int, seed: int) -> None:
    cells = choice.of_cells(target(), columns, rows)
    posters = np.random.default_rng(seed).normal(40, 20, (40, 72)).astype(np.float32)

    grid = choice.choose_once(cells, posters, columns, seed=seed)

    assert grid.shape == (rows, columns)
    assert len(set(grid.ravel().tolist())) == rows * columns


def test_each_once_is_near_the_best_there_is() -> None:
    """Against every assignment of seven posters to five cells."""
    from itertools import permutations

    chance = np.random.default_rng(3)
    cells = chance.normal(40, 20, (5, 72)).astype(np.float32)
    posters = chance.normal(40, 20, (7, 72)).astype(np.float32)
    distances = ((cells[:, None, :] - posters[None]) ** 2).sum(2)
    best = min(
        sum(distances[cell, poster] for cell, poster in enumerate(chosen))
        for chosen in permutations(range(7), 5)
    )

    grid = choice.choose_once(cells, posters, 5)

    found = sum(distances[cell, poster] for cell, poster in enumerate(grid.ravel()))
    assert found <= best * 1.05


def test_too_few_to_use_each_once() -> None:
    cells = choice.of_cells(target(), 4, 4)

    with pytest.raises(ValueError, match="at least as many"):
        choice.choose_once(cells, cells[:3], 4)


@given(
    st.integers(150, 3_000),
    st.integers(150, 3_000),
    st.integers(1, 200),
    st.sampled_from(["normal", LARGEST]),
)
def test_a_free_plan_keeps_the_targets_shape(
    width: int, height: int, columns: int, size: str
) -> None:
    try:
        found = plan((width, height), size=size, columns=columns)
    except jpeg.TooLarge:
        assert height / width > 4
        return

    assert found.cell_width % 32 == found.cell_height % 48 == 0
    rows = columns * height / width * 2 / 3
    assert abs(found.rows - max(1, rows)) <= 0.51
    assert found.fits


@given(st.sampled_from(sorted(EXACT)), st.integers(1, 200), st.booleans())
def test_an_exact_plan_is_exact(size: str, columns: int, small: bool) -> None:
    wanted = EXACT[size]
    if wanted.is_print and not small and columns > wanted.width // LEAST_PRINTED:
        with pytest.raises(InvalidInput, match="12 mm"):
            plan((600, 900), size=size, columns=columns)
        return
    found = plan((600, 900), size=size, columns=columns, small_tiles=small)

    assert (found.width, found.height) == wanted[:2]
    assert found.top % BLOCK == found.cell_height % BLOCK == 0
    assert found.left + found.columns * found.cell_width <= found.width
    assert found.top + found.rows * found.cell_height <= found.height


def test_in_print_nobody_gets_posters_that_are_too_small_without_asking() -> None:
    assert plan((600, 900), size="a3").columns == 24
    assert plan((600, 900), size="a3", small_tiles=True).columns == 60


def test_each_once_chooses_as_many_columns_as_there_are_posters_for() -> None:
    found = plan((600, 900), posters=100, once=True)

    assert 81 <= found.count <= 100
    with pytest.raises(InvalidInput, match="choose 10 columns or fewer"):
        plan((600, 900), posters=100, once=True, columns=30)


def test_too_few_for_any_number_of_columns_is_said_as_it_is() -> None:
    with pytest.raises(InvalidInput) as caught:
        plan((100, 1_900), posters=3, once=True)

    said = caught.value.problems["columns"]
    assert said == "13 cells need as many posters, there are 3: use posters more than once."


def test_a_target_is_cut_out_of_its_middle() -> None:
    assert cropped(Image.new("RGB", (300, 100)), 1.0).size == (100, 100)
    assert cropped(Image.new("RGB", (300, 100)), 6.0).size == (300, 50)
    assert cropped(Image.new("RGB", (1, 10_000)), 1.0).size == (1, 1)


def made(
    tiles: list[Tile], posters: choice.Floats, folder: Path, size: str = "normal", tint: float = 0.0
) -> Photo:
    laid = plan((300, 400), size=size, columns=12, small_tiles=True)
    fitted = cropped(target(), laid.shape)
    cells = choice.of_cells(fitted, laid.columns, laid.rows)
    grid = choice.choose(cells, posters, laid.columns, apart=1).tolist()
    return Photo(tiles, laid, grid, fitted, folder / "cells", folder / "scratch", tint=tint)


def written(picture: Photo) -> bytes:
    out = io.BytesIO()
    picture.write(out, description="a picture")
    return out.getvalue()


@pytest.mark.parametrize("tint", [0.0, 0.4])
@pytest.mark.parametrize("size", ["normal", "story", "a4-wide"])
def test_the_same_asked_twice_is_the_same_file(
    tmp_path: Path, tiles: list[Tile], posters: choice.Floats, size: str, tint: float
) -> None:
    first = made(tiles, posters, tmp_path / "a", size, tint)
    again = made(tiles, posters, tmp_path / "b", size, tint)

    data = written(first)

    assert data == written(again)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (first.width, first.height)
        image.load()
    assert not list((tmp_path / "a" / "scratch").glob("*"))


@pytest.mark.parametrize("size", ["normal", "a4-wide"])
def test_a_tint_brings_each_cell_nearer_to_the_target(
    tmp_path: Path, tiles: list[Tile], posters: choice.Floats, size: str
) -> None:
    wanted = made(tiles, posters, tmp_path, size)
    goal = wanted.target.resize((wanted.columns, wanted.plan.rows), Image.Resampling.BOX)

    def away(tint: float) -> float:
        with Image.open(io.BytesIO(written(made(tiles, posters, tmp_path, size, tint)))) as image:
            laid = wanted.plan
            box = (
                laid.left,
                laid.top,
                laid.left + laid.columns * laid.cell_width,
                laid.top + laid.rows * laid.cell_height,
            )
            seen = image.crop(box).resize(goal.size, Image.Resampling.BOX)
        return sum(abs(a - b) for a, b in zip(seen.tobytes(), goal.tobytes(), strict=True)) / len(
            goal.tobytes()
        )

    plain, some, strong = away(0.0), away(0.2), away(0.4)

    assert plain * 0.9 > some > strong * 1.1


@pytest.mark.parametrize("size", ["normal", "a4-wide"])
def test_thin_bands_make_the_same_picture(
    tmp_path: Path,
    tiles: list[Tile],
    posters: choice.Floats,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
) -> None:
    whole = written(made(tiles, posters, tmp_path, size, 0.3))
    monkeypatch.setattr(photo, "band_height", lambda _: BLOCK)

    assert written(made(tiles, posters, tmp_path, size, 0.3)) == whole


@pytest.mark.parametrize("tint", [0.0, 0.4])
@pytest.mark.parametrize("columns", [1, 2])
def test_few_columns_on_a_large_sheet_stay_small_in_memory(
    tmp_path: Path, tiles: list[Tile], columns: int, tint: float
) -> None:
    """A tile of 65 megapixels is kept as less than two, and made larger some lines at a time."""
    laid = plan((300, 450), size="a1", columns=columns)
    grid = [[4] * laid.columns] * laid.rows
    fitted = cropped(target(), laid.shape)
    picture = Photo(tiles, laid, grid, fitted, tmp_path, tmp_path / "scratch", tint=tint)

    with photo._Tiles(picture, 2, None) as kept:
        tile = kept._part(0, laid.cell_height // 2 // BLOCK * BLOCK, BLOCK)
        bands = kept.bands()
        top, last = bands[0](), bands[-1]()

        assert os.fstat(kept._file).st_size <= 3 * 1_500_000 * 1.01
    assert tile.size == (laid.cell_width, BLOCK)
    assert max(abs(a - b) for a, b in zip(tile.getpixel((9, 9)), HUES[4], strict=True)) <= 3  # type: ignore[arg-type]
    assert max(band.width * band.height for band in (top, last)) <= 1_000_000


def test_untinted_posters_are_joined_as_they_are(
    tmp_path: Path, tiles: list[Tile], posters: choice.Floats
) -> None:
    picture = made(tiles, posters, tmp_path)

    with Image.open(io.BytesIO(written(picture))) as image:
        image.load()

    laid = picture.plan
    for row, column in ((0, 0), (3, 5), (laid.rows - 1, laid.columns - 1)):
        tile = tiles[picture.grid[row][column]]
        assert tile.poster
        with Image.open(tile.poster) as poster:
            wanted = ImageStat.Stat(poster).mean
        x, y = column * laid.cell_width, row * laid.cell_height
        cell = image.crop((x, y, x + laid.cell_width, y + laid.cell_height))
        found = ImageStat.Stat(cell).mean
        assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 6


def test_places_name_the_poster_of_each_cell(
    tmp_path: Path, tiles: list[Tile], posters: choice.Floats
) -> None:
    picture = made(tiles, posters, tmp_path, "a4-wide")

    places = picture.places()

    assert places["cells"] == [tile for row in picture.grid for tile in row]
    assert places["columns"] == picture.columns and places["left"] == picture.plan.left


def test_cells_in_memory_are_bounded(
    tmp_path: Path, tiles: list[Tile], posters: choice.Floats, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = written(made(tiles, posters, tmp_path))
    monkeypatch.setattr(photo, "_KEPT", 1)

    assert written(made(tiles, posters, tmp_path)) == whole


def test_a_sketch_is_the_picture_from_afar(posters: choice.Floats) -> None:
    cells = choice.of_cells(target(), 12, 10)
    grid = choice.choose(cells, posters, 12, apart=0)

    found = choice.sketch(grid, posters)

    assert found.size == (48, 60)
    again = choice.of_cells(found, 12, 10)
    assert np.abs(again - posters[grid.ravel()]).mean() < 1.0
    assert choice.error(grid, cells, posters) < choice.error(grid[::-1], cells, posters)


def test_an_exact_size_has_little_margin() -> None:
    for size, wanted in EXACT.items():
        for columns in (12, 17, 24, 40):
            found = plan((600, 900), size=size, columns=columns, small_tiles=True)
            left_over = wanted.height - found.rows * found.cell_height
            assert left_over <= wanted.height * 0.08, (size, columns)

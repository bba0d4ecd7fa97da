"""The wall: its bytes, what stands where, the cells that are kept, what is behind and below."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from core.room import WATERMARK
from worker_jobs.mosaic import cells, jpeg
from worker_jobs.mosaic.cells import Cells, Look, drop_over
from worker_jobs.mosaic.layout import Tile
from worker_jobs.mosaic.measures import measure
from worker_jobs.mosaic.wall import GAPS, GROUNDS, Wall

COLOURS = [(200, 30, 40), (20, 160, 60), (40, 60, 200), (230, 200, 40), (130, 40, 160)]


@pytest.fixture
def tiles(tmp_path: Path) -> list[Tile]:
    found = []
    for number, colour in enumerate(COLOURS):
        path = tmp_path / f"poster{number}.jpg"
        Image.new("RGB", (500, 750), colour).save(path, quality=95)
        found.append(Tile(f"Film {number}", 1990 + number, "Varda", number + 4, path, f"{number}"))
    return found


def wall(tiles: list[Tile], folder: Path, size: str = "normal", **options: object) -> Wall:
    asked = {name: bool(options.get(name)) for name in ("captions", "heading")}
    given = {name: said for name, said in options.items() if name not in ("captions", "columns")}
    columns = options.get("columns")
    measures = measure(len(tiles), size=size, columns=columns, small_tiles=True, **asked)  # type: ignore[arg-type]
    return Wall(tiles, measures, folder, is_exact=size != "normal", **given)  # type: ignore[arg-type]


def written(wall: Wall) -> bytes:
    out = io.BytesIO()
    wall.write(out, description="a wall")
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("size", ["normal", "hd", "a4"])
@pytest.mark.parametrize("captions", [False, True])
@pytest.mark.parametrize("heading", ["", "Dave – 2026"])
def test_each_poster_stands_in_its_place(
    tmp_path: Path, tiles: list[Tile], size: str, captions: bool, heading: str
) -> None:
    made = wall(tiles, tmp_path / "cells", size, captions=captions, heading=heading)

    image = opened(written(made))

    assert image.size == (made.width, made.height)
    places: dict[str, Any] = made.places()
    numbers = places.get("cells", range(places["columns"] * places["rows"]))
    for at, number in enumerate(numbers):
        row, column = divmod(at, places["columns"])
        x = places["left"] + places["pitch_x"] * column + places["width"] // 2
        y = places["top"] + places["pitch_y"] * row + places["height"] // 2
        there = 0 <= number < len(COLOURS)
        assert near(image.getpixel((x, y)), COLOURS[number] if there else GROUNDS["night"])


def test_a_joined_wall_is_to_the_byte_what_pillow_saves_at_once(
    tmp_path: Path, tiles: list[Tile]
) -> None:
    made = wall(tiles, tmp_path / "cells", columns=3)
    canvas = Image.new("RGB", (made.width, made.height), made.ground)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, 3)
        at = (column * made.look.width, row * made.look.height)
        canvas.paste(cells.drawn(tile, made.look), at)
    at_once = io.BytesIO()
    blocks = made.look.width // 16
    canvas.save(at_once, "JPEG", restart_marker_blocks=blocks, **jpeg.SETTINGS)

    joined = written(made)

    assert jpeg.take_apart(joined).segments == jpeg.take_apart(at_once.getvalue()).segments


def test_the_same_wall_is_the_same_file_cold_and_warm(tmp_path: Path, tiles: list[Tile]) -> None:
    made = wall(tiles, tmp_path / "cells", captions=True, heading="Dave")

    cold = written(made)
    for tile in tiles:
        assert tile.poster
        tile.poster.write_bytes(b"gone: a warm one opens no poster")

    assert written(made) == cold


def test_another_look_is_another_cell(tmp_path: Path, tiles: list[Tile]) -> None:
    folder = tmp_path / "cells"
    looks = [
        Look(96, 144, 144, gap=4, ground=GROUNDS["night"]),
        Look(96, 144, 144, gap=6, ground=GROUNDS["night"]),
        Look(96, 144, 144, gap=4, ground=GROUNDS["white"]),
        Look(96, 176, 144, gap=4, ground=GROUNDS["night"]),
    ]
    for look in looks:
        Cells(folder, look).of(tiles[0])

    assert len([path for path in folder.rglob("*") if path.is_file()]) == len(looks)


def test_a_cell_that_is_damaged_is_made_anew(tmp_path: Path, tiles: list[Tile]) -> None:
    store = Cells(tmp_path / "cells", Look(96, 144, 144, gap=4, ground=(0, 0, 0)))
    whole = store.of(tiles[0])
    (file,) = [path for path in (tmp_path / "cells").rglob("*") if path.is_file()]
    file.write_bytes(file.read_bytes()[:-40])

    assert store.of(tiles[0]) == whole


@pytest.mark.parametrize("damage", [b"\xff\xd0", b"\xff\xd7\xff\xd0"])
def test_one_damaged_cell_does_not_cost_the_wall(
    tmp_path: Path, tiles: list[Tile], damage: bytes
) -> None:
    """Still a JPEG from its start to its end, but cut into other segments than its neighbours."""
    made = wall(tiles, tmp_path / "cells")
    whole = written(made)
    file = next(path for path in (tmp_path / "cells").rglob("*") if path.is_file())
    data = file.read_bytes()
    file.write_bytes(data[:-20] + damage + data[-20 + len(damage) :])

    assert written(made) == whole


def test_a_cell_of_other_settings_is_made_anew(tmp_path: Path, tiles: list[Tile]) -> None:
    made = wall(tiles, tmp_path / "cells")
    whole = written(made)
    file = next(path for path in (tmp_path / "cells").rglob("*") if path.is_file())
    with Image.open(file) as cell:
        cell.save(file, "JPEG", quality=40, restart_marker_rows=1)

    assert written(made) == whole


@pytest.mark.parametrize("captions", [False, True])
def test_a_large_cell_is_drawn_line_by_line_without_a_seam(
    tiles: list[Tile], captions: bool
) -> None:
    look = Look(1_800, 2_700 + 512 * captions, 2_700, gap=64, ground=GROUNDS["night"])
    noise = Image.effect_noise((500, 750), 90).convert("RGB")
    assert tiles[0].poster
    noise.save(tiles[0].poster)

    few, many = (_by_lines(tiles[0], look, high) for high in (272, 48))

    assert few.size == many.size == (look.width, look.height)
    difference = ImageChops.difference(few, many).convert("L")
    assert not difference.point(lambda value: 255 * (value > 2)).getbbox()


def _by_lines(tile: Tile, look: Look, high: int) -> Image.Image:
    image = Image.new("RGB", (look.width, look.height))
    for top in range(0, look.height, high):
        image.paste(cells.lines(tile, look, top, min(high, look.height - top)), (0, top))
    return image


@pytest.mark.parametrize(
    ("count", "size", "columns"),
    [(1, "a1", None), (3, "a1-wide", 1), (5, "a1", None), (60, "a1", 2), (2_000, "normal", 341)],
)
def test_whatever_the_size_little_of_it_is_in_memory(
    tmp_path: Path, tiles: list[Tile], count: int, size: str, columns: int | None
) -> None:
    """Below a canvas's share: bands are counted by their pixels, before they are drawn."""
    measures = measure(count, size=size, columns=columns, heading=True, small_tiles=True)
    made = Wall([tiles[0]] * count, measures, tmp_path, heading="Dave", is_exact=size != "normal")
    bands = made.bands() if made.is_exact else made.heading_bands()

    sizes = [
        band().size for band in {0: bands[0], 1: bands[len(bands) // 2], 2: bands[-1]}.values()
    ]

    assert max(wide * high for wide, high in sizes) <= 3_600_000


def test_an_exact_wall_of_one_film_is_that_film(tmp_path: Path, tiles: list[Tile]) -> None:
    image = opened(written(wall(tiles[:1], tmp_path / "c", "a3", captions=True, heading="Dave")))

    assert image.size == (3508, 4961)
    assert near(image.getpixel((1754, 2000)), COLOURS[0])


def test_a_poster_that_is_broken_becomes_a_card(tmp_path: Path, tiles: list[Tile]) -> None:
    assert tiles[2].poster
    tiles[2].poster.write_bytes(b"<html>not a poster</html>")

    image = opened(written(wall(tiles, tmp_path / "cells", columns=5)))

    assert not near(image.getpixel((192 * 2 + 96, 144)), COLOURS[2])
    assert near(image.getpixel((192 * 3 + 96, 144)), COLOURS[3])


@pytest.mark.parametrize("ground", sorted(GROUNDS))
def test_the_gap_is_as_wide_between_posters_as_above_and_below(
    tmp_path: Path, tiles: list[Tile], ground: str
) -> None:
    made = wall(tiles[:4], tmp_path / "c", columns=2, gap=GAPS["wide"], ground=GROUNDS[ground])

    image = opened(written(made))

    gap = made.look.gap
    assert gap == 18
    assert near(image.getpixel((192, 100)), GROUNDS[ground])  # between two columns
    assert near(image.getpixel((96, 288)), GROUNDS[ground])  # between two rows
    assert not near(image.getpixel((192 - gap // 2 - 3, 100)), GROUNDS[ground])
    assert not near(image.getpixel((192 + gap // 2 + 2, 100)), GROUNDS[ground])


@pytest.mark.parametrize("ground", ["night", "white"])
def test_captions_can_be_read_on_any_ground(tmp_path: Path, tiles: list[Tile], ground: str) -> None:
    made = wall(tiles, tmp_path / "c", columns=5, captions=True, ground=GROUNDS[ground])
    look = made.look

    image = opened(written(made)).convert("L")

    caption = image.crop((0, look.poster_height, look.width, look.height))
    low, high = caption.getextrema()
    assert isinstance(low, int) and isinstance(high, int) and high - low > 180


def test_any_title_fits_below_its_poster() -> None:
    look = Look(96, 176, 144, gap=4, ground=GROUNDS["night"])
    for title in ("七人の侍" * 20, "و" * 300, "👻" * 40, "", "A\0B\n"):
        tile = Tile(title, None, None, 10, None, "k")
        assert cells.drawn(tile, look).size == (96, 176)


def test_cells_unused_for_longest_go_first(tmp_path: Path, tiles: list[Tile]) -> None:
    import os

    folder = tmp_path / "cells"
    store = Cells(folder, Look(96, 144, 144, gap=4, ground=(0, 0, 0)))
    for number, tile in enumerate(tiles):
        before = set(folder.rglob("*"))
        store.of(tile)
        (fresh,) = [path for path in set(folder.rglob("*")) - before if path.is_file()]
        os.utime(fresh, (1_000_000 + number, 1_000_000 + number))
    sizes = sorted(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    gone = drop_over(folder, most=sum(sizes) - 1)

    assert gone == 1
    left = {path.stat().st_mtime for path in folder.rglob("*") if path.is_file()}
    assert 1_000_000 not in left and len(left) == len(tiles) - 1


def test_a_cell_that_is_used_is_touched_once_a_day(tmp_path: Path, tiles: list[Tile]) -> None:
    import os
    import time

    folder = tmp_path / "cells"
    store = Cells(folder, Look(96, 144, 144, gap=4, ground=(0, 0, 0)))
    store.of(tiles[0])
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    lately, long_ago = time.time() - 3600, time.time() - 100_000
    for then, is_touched in ((lately, False), (long_ago, True)):
        os.utime(file, (then, then))
        store.of(tiles[0])
        assert (abs(file.stat().st_mtime - then) > 1) == is_touched


def test_a_full_disk_is_told_and_leaves_no_half_cell(
    tmp_path: Path, tiles: list[Tile], monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from core.errors import NoRoom

    usage = shutil.disk_usage(tmp_path)._replace(free=WATERMARK - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    store = Cells(tmp_path / "cells", Look(96, 144, 144, gap=4, ground=(0, 0, 0)))

    with pytest.raises(NoRoom):
        store.of(tiles[0])

    assert not [path for path in (tmp_path / "cells").rglob("*") if path.is_file()]


def test_an_exact_size_looks_as_the_joined_one(tmp_path: Path, tiles: list[Tile]) -> None:
    """The same posters by the other way of writing: alike, but for the size of their cells."""
    joined = opened(written(wall(tiles[:4], tmp_path / "c", columns=2, gap=0.0)))
    exact = opened(written(wall(tiles[:4], tmp_path / "c", "square", columns=2, gap=0.0)))

    box = exact.convert("L").point(lambda value: 255 * (value > 30)).getbbox()
    alike = exact.crop(box).resize(joined.size)
    difference = ImageStat.Stat(ImageChops.difference(alike, joined)).mean
    assert max(difference) < 6


def test_who_writes_cells_lets_older_ones_go(
    tmp_path: Path, tiles: list[Tile], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cells"
    written(wall(tiles, folder))
    cells_now = {path for path in folder.rglob("*") if path.is_file()}
    monkeypatch.setattr(cells, "MOST", 1)

    written(wall(tiles, folder))
    assert {path for path in folder.rglob("*") if path.is_file()} == cells_now  # none was written

    written(wall(tiles, folder, gap=GAPS["wide"]))
    assert not [path for path in folder.rglob("*") if path.is_file()]

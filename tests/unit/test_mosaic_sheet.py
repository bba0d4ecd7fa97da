"""The sheet: its geometry, its bytes, what is drawn where, and what can go wrong while drawing."""

import io
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from worker_jobs.mosaic import layout as layouts
from worker_jobs.mosaic import stars
from worker_jobs.mosaic.card import card
from worker_jobs.mosaic.grid import grid
from worker_jobs.mosaic.jpeg import TooLarge
from worker_jobs.mosaic.kinds import FILMS
from worker_jobs.mosaic.palette import contrast, oklch
from worker_jobs.mosaic.sheet import GROUND, Sheet, Tile

RED, GREEN = (200, 30, 40), (20, 160, 60)


def tile(number: int = 0, **changes: object) -> Tile:
    usual = {
        "title": f"Film {number}",
        "year": 1950 + number % 70,
        "director": "Agnès Varda",
        "half_stars": number % 11 or None,
        "poster": None,
        "key": f"movie:{number}",
    }
    return Tile(**{**usual, **changes})  # type: ignore[arg-type]


def tiles(count: int) -> list[Tile]:
    return [tile(number) for number in range(count)]


def written(sheet: Sheet, **options: object) -> Image.Image:
    out = io.BytesIO()
    sheet.write(out, **options)  # type: ignore[arg-type]
    image = Image.open(out)
    image.load()
    return image


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    path = tmp_path / "poster.jpg"
    Image.new("RGB", (500, 750), RED).save(path, quality=95)
    return path


@pytest.mark.parametrize(
    ("count", "size", "shape"),
    [(1, (640, 250), (1, 1)), (13, (1160, 630), (5, 3)), (30, (1290, 1010), (6, 5))],
)
@pytest.mark.parametrize("scale", [1, 2, 3])
def test_size(count: int, size: tuple[int, int], shape: tuple[int, int], scale: int) -> None:
    sheet = Sheet("alice - November 2026", tiles(count), scale)

    assert (sheet.width, sheet.height) == (size[0] * scale, size[1] * scale)
    assert (sheet.columns, sheet.rows) == shape
    assert sheet.fitting_scale == scale


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_what_is_written_is_what_was_measured(scale: int) -> None:
    sheet = Sheet("alice - November 2026", tiles(14), scale)

    image = written(sheet, description="Two films: 千と千尋")

    assert image.size == (sheet.width, sheet.height)
    assert image.info["dpi"] == (300, 300)
    assert image.info["icc_profile"][36:40] == b"acsp"
    assert image.getexif()[0x0131] == "Needledrop"


def test_the_same_films_give_the_same_bytes() -> None:
    one, other = io.BytesIO(), io.BytesIO()

    Sheet("alice", tiles(9)).write(one, threads=1)
    Sheet("alice", tiles(9)).write(other, threads=3)

    assert one.getvalue() == other.getvalue()


def near(image: Image.Image, at: tuple[int, int], wanted: tuple[int, int, int]) -> bool:
    seen = image.getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(a - b) <= 12 for a, b in zip(seen, wanted, strict=True))


@pytest.mark.parametrize("scale", [1, 2])
def test_each_poster_is_where_it_belongs(poster: Path, scale: int) -> None:
    image = written(Sheet("alice", [tile(n, poster=poster) for n in range(30)], scale))

    for column in range(6):
        for row in range(5):
            x, y = (10 + 130 * column) * scale, (60 + 190 * row) * scale
            assert near(image, (x + 12, y + 12), RED)
            assert near(image, (x + 120 * scale - 12, y + 180 * scale - 12), RED)
            assert near(image, (x - 5 * scale, y + 90 * scale), GROUND)
            assert near(image, (x + 60 * scale, y - 5 * scale), GROUND)


def test_unused_cells_stay_empty(poster: Path) -> None:
    image = written(Sheet("alice", [tile(n, poster=poster) for n in range(13)], 1))

    assert near(image, (10 + 130 * 2 + 60, 60 + 190 * 2 + 90), RED)
    assert near(image, (10 + 130 * 3 + 60, 60 + 190 * 2 + 90), GROUND)


@given(count=st.integers(1, 3_000), scale=st.integers(1, 3))
def test_bands_cover_the_picture_and_cut_no_poster(count: int, scale: int) -> None:
    columns, rows = grid(count)
    measures = layouts.Layout(scale, columns, rows, 16, 0, ())

    bands = measures.bands()

    assert bands[0].top == 0
    assert bands[-1].bottom == measures.height
    for above, below in pairwise(bands):
        assert above.bottom == below.top
        assert above.last + 1 == below.first
        assert below.top % 16 == 0
        bottom = measures.row_top(above.last) + FILMS.on_sheet[1] * scale
        assert bottom <= below.top <= measures.row_top(below.first)
    assert max(band.last - band.first for band in bands) < 3


@pytest.mark.parametrize("count", [50, 100, 214, 1_024])
def test_lines_of_many_columns_neither_meet_nor_leave_their_row(count: int) -> None:
    sheet = Sheet("alice", tiles(count), 1)
    places = [sheet.layout.line_at(index) for index in range(count)]

    assert len(set(places)) == count
    for index, (x, y) in enumerate(places):
        top = sheet.layout.row_top(index // sheet.columns)
        assert top <= y <= top + 9 * layouts.LINE - layouts.LINE
        assert 10 + 130 * sheet.columns <= x <= sheet.width - layouts.STARS


def test_the_text_is_as_wide_as_its_widest_line_up_to_a_limit() -> None:
    usual = Sheet("alice", tiles(6), 1).width
    longer = Sheet("alice", [*tiles(5), tile(9, title="A title of some length " * 4)], 1)
    endless = Sheet("alice", [*tiles(5), tile(9, title="x" * 10_000, director="y" * 10_000)], 1)

    assert usual < longer.width
    assert usual < endless.width <= 10 + 130 * 3 + 60 + 700 + 10
    assert endless.layout.lines[-1].title.endswith("…")
    assert endless.layout.lines[-1].director.endswith("…")


def test_two_films_of_one_title_are_told_apart_by_their_year() -> None:
    films = [tile(1, title="Leo", year=2023), tile(2, title="LEO", year=2012), tile(3)]

    lines = Sheet("alice", films).layout.lines

    assert [line.title for line in lines] == ["Leo (2023)", "LEO (2012)", "Film 3"]


@pytest.mark.parametrize("content", [None, b"", b"<html>", b"\xff\xd8\xff\xe0 and no more"])
def test_a_poster_that_cannot_be_drawn_is_a_card(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "poster.jpg"
    if content is not None:
        path.write_bytes(content)
    broken, none = io.BytesIO(), io.BytesIO()

    Sheet("alice", [tile(1, poster=path)]).write(broken)
    Sheet("alice", [tile(1)]).write(none)

    assert broken.getvalue() == none.getvalue()


def test_a_sheet_of_everything_is_drawn_as_large_as_it_fits() -> None:
    sheet = Sheet("alice", [tile(number % 5) for number in range(3_000)], 3)

    assert sheet.fitting_scale == 2
    assert sheet.width * sheet.height <= layouts.MOST_PIXELS


def test_more_films_than_a_picture_can_hold_are_said() -> None:
    with pytest.raises(TooLarge, match="Choose fewer"):
        _ = Sheet("alice", [tile()] * 20_000, 1).width


class Cancelled(BaseException):
    """What a task's report raises when its person has pressed stop."""


def test_progress_counts_posters_and_can_end_the_work() -> None:
    told: list[tuple[int, int]] = []
    before = threading.active_count()

    def report(_message: str, done: int, of: int) -> None:
        told.append((done, of))
        if done >= 12:
            raise Cancelled

    with pytest.raises(Cancelled):
        Sheet("alice", tiles(100), 1).write(io.BytesIO(), report=report)

    assert told == sorted(told)
    assert {of for _, of in told} == {100}
    assert threading.active_count() == before


def test_at_the_end_all_posters_are_counted() -> None:
    told: list[int] = []

    Sheet("alice", tiles(7)).write(
        io.BytesIO(), report=lambda _message, done, _of: told.append(done)
    )

    assert told[-1] == 7


@pytest.mark.parametrize("header", ["", "x" * 5_000, "وداعا - نوفمبر 2026", "\x00\ud800"])
def test_any_header_is_drawn(header: str) -> None:
    assert written(Sheet(header, tiles(1), 1)).size == (640, 250)


@pytest.mark.parametrize("size", [(1, 1), (12, 18), (46, 69), (240, 360), (300, 300)])
@pytest.mark.parametrize("title", ["", "M", "x" * 3_000, "وداعا يوليا", "千と千尋の神隠し", "🤖"])
def test_a_card_has_any_size_and_title(title: str, size: tuple[int, int]) -> None:
    drawn = card(title, 1931, *size, key="movie:832")

    assert drawn.size == size
    assert drawn.mode == "RGB"


def test_a_card_is_its_films_own() -> None:
    one, again, other = (card("Dune", 1984, 120, 180, key=key) for key in ("a", "a", "b"))

    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()


@pytest.mark.parametrize("hue", range(0, 360, 15))
def test_letters_stand_out_from_their_card(hue: int) -> None:
    assert contrast(oklch(0.97, 0.02, hue), oklch(0.33, 0.085, hue)) >= 7
    assert contrast(oklch(0.24, 0.05, hue), oklch(0.90, 0.045, hue)) >= 7


@pytest.mark.parametrize(
    ("colour", "wanted"),
    [((1, 0, 0), (255, 255, 255)), ((0, 0, 0), (0, 0, 0)), ((0.628, 0.2577, 29.23), (255, 0, 0))],
)
def test_oklch(colour: tuple[float, float, float], wanted: tuple[int, int, int]) -> None:
    assert all(abs(a - b) <= 2 for a, b in zip(oklch(*colour), wanted, strict=True))


@pytest.mark.parametrize("half_stars", [None, *range(11)])
def test_as_much_is_lit_as_the_rating_says(half_stars: int | None) -> None:
    image = Image.new("RGB", (100, 20), GROUND)

    stars.draw(image, (0, 0), half_stars, 100, (RED, GREEN))

    for half in range(10):
        # The middle of a half, where a star is surely filled.
        seen = (half // 2 * 20 + (7 if half % 2 == 0 else 12), 11)
        assert near(image, seen, RED if half < (half_stars or 0) else GREEN)

"""The colours of posters, and the orders by them: calm, complete, and the same each time."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from worker_jobs.mosaic import arranging, colours
from worker_jobs.mosaic.colours import Lab
from worker_jobs.mosaic.palette import Colour, of_lab

LAB = st.tuples(st.floats(0, 100), st.floats(-30, 30), st.floats(-30, 30))


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_there_and_back(colour: Colour) -> None:
    back = of_lab(colours.oklab(colour))

    assert max(abs(a - b) for a, b in zip(back, colour, strict=True)) <= 3


def test_known_values() -> None:
    """By https://bottosson.github.io/posts/oklab/: white is light and has no colour."""
    assert colours.oklab((255, 255, 255)) == pytest.approx((100, 0, 0), abs=0.01)
    assert colours.oklab((0, 0, 0)) == (0, 0, 0)
    assert colours.oklab((255, 0, 0)) == pytest.approx((62.8, 22.49, 12.58), abs=0.05)


def test_the_parts_of_a_picture_are_its_colours_from_top_left_on(tmp_path: Path) -> None:
    picture = Image.new("RGB", (400, 600), (200, 30, 40))
    picture.paste((20, 60, 200), (0, 300, 400, 600))
    picture.save(tmp_path / "it.png")

    parts = colours.parts_of(tmp_path / "it.png")

    assert len(parts) == 144
    found = colours.unpacked(parts)
    assert len(found) == 4 * 6
    assert found[0] == pytest.approx(colours.oklab((200, 30, 40)), abs=0.5)
    assert found[-1] == pytest.approx(colours.oklab((20, 60, 200)), abs=0.5)
    plain = colours.unpacked(colours.parts_of_plain((20, 60, 200)))
    assert plain == [plain[0]] * 24 and plain[0] == found[-1]


def test_what_strikes_the_eye_is_not_the_mean() -> None:
    grey, red = colours.oklab((120, 120, 120)), colours.oklab((220, 20, 30))
    parts = [grey] * 20 + [red] * 4

    assert colours.dominant(parts)[1] > 3 * colours.mean(parts)[1]


@given(st.lists(LAB, min_size=1, max_size=80), st.integers(1, 20))
def test_every_order_has_each_poster_once(found: list[Lab], columns: int) -> None:
    spectrum = arranging.spectrum(found, columns)

    assert sorted(spectrum) == list(range(len(found)))
    assert sorted(arranging.islands(found, spectrum, columns)) == list(range(len(found)))


def some(count: int) -> list[Lab]:
    chance = random.Random(7)
    return [
        (chance.uniform(10, 90), chance.gauss(0, 12), chance.gauss(0, 12)) for _ in range(count)
    ]


def test_islands_are_calmer_than_a_spectrum_and_that_than_none() -> None:
    found, columns = some(240), 20
    spectrum = arranging.spectrum(found, columns)
    islands = arranging.islands(found, spectrum, columns)

    given, by_hue, sorted_ = (
        arranging.unrest(order, found, columns) for order in (range(240), spectrum, islands)
    )

    assert given > 1.4 * by_hue and by_hue > 1.15 * sorted_


def test_the_same_posters_are_sorted_the_same_way() -> None:
    found = some(60)
    spectrum = arranging.spectrum(found, 10)

    assert arranging.islands(found, spectrum, 10) == arranging.islands(found, spectrum, 10)


def test_the_spectrum_goes_by_hue_and_is_light_on_top() -> None:
    reds = [(20.0, 15.0, 2.0), (80.0, 15.0, 2.0)]
    greens = [(20.0, -15.0, 2.0), (80.0, -15.0, 2.0)]
    greys = [(10.0, 0.5, 0.0), (90.0, 0.5, 0.0)]

    wall = arranging.spectrum([*greys, *greens, *reds], 3)

    assert wall == [5, 3, 1, 4, 2, 0]


def test_one_column_goes_by_hue_from_the_top_down() -> None:
    red, green, grey = (50.0, 15.0, 2.0), (80.0, -15.0, 2.0), (90.0, 0.5, 0.0)

    assert arranging.spectrum([grey, green, red], 1) == [2, 1, 0]


def test_sorting_says_how_far_it_is_and_can_be_ended() -> None:
    said: list[tuple[int, int]] = []

    class Enough(Exception):
        pass

    def report(_: str, done: int, of: int) -> None:
        said.append((done, of))
        if done == 3:
            raise Enough

    with pytest.raises(Enough):
        arranging.islands(some(30), list(range(30)), 6, report)

    assert said == [(number, said[0][1]) for number in range(4)]

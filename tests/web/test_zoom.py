"""A mosaic looked at closely: its page, its levels, its tiles, and whom they are shown to."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from database import mosaics
from database.models import Mosaic
from tests.hall import Hall
from tests.web.conftest import Visitor, house, member


@pytest.fixture
def hall(app: Flask) -> Hall:
    return Hall(house(app).db, house(app).settings.pictures)


@pytest.fixture
def large(hall: Hall, bob: Visitor) -> Mosaic:
    """One of bob's: 1,290 by 1,010 pixels, segments of 144, three levels."""
    return hall.hang_large(bob.id)


def tile(visitor: Visitor, mosaic: Mosaic, place: str, **said: Any) -> TestResponse:
    return visitor.get(f"/mosaics/{mosaic.public_id}/tiles/{place}.jpg", **said)


def test_the_levels_and_the_places_are_told(bob: Visitor, large: Mosaic) -> None:
    told = bob.get(f"/mosaics/{large.public_id}/zoom.json").json

    assert told and (told["width"], told["height"]) == (1290, 1010)
    assert told["levels"] == [
        {"width": 1290, "height": 1010, "tile_width": 432, "tile_height": 512},
        {"width": 645, "height": 505, "tile_width": 512, "tile_height": 256},
        {"width": 323, "height": 253, "tile_width": 512, "tile_height": 256},
    ]
    assert told["places"]["cells"] == [0, -1, -1, -1, -1, -1]


def test_every_tile_that_is_told_of_is_there(bob: Visitor, large: Mosaic) -> None:
    told = bob.get(f"/mosaics/{large.public_id}/zoom.json").json
    assert told

    for number, level in enumerate(told["levels"]):
        area = 0
        for column in range(-(-level["width"] // level["tile_width"])):
            for row in range(-(-level["height"] // level["tile_height"])):
                answer = tile(bob, large, f"{number}/{column}/{row}")
                width, height = Image.open(io.BytesIO(answer.data)).size
                area += width * height
        assert area == level["width"] * level["height"]


def test_a_tile_is_kept_by_the_browser_alone(bob: Visitor, large: Mosaic) -> None:
    first = tile(bob, large, "0/1/1")
    again = tile(bob, large, "0/1/1", headers={"If-None-Match": first.headers["ETag"]})

    assert first.mimetype == "image/jpeg"
    assert first.headers["ETag"] != tile(bob, large, "0/1/0").headers["ETag"]
    for said in ("private", "immutable", "max-age=31536000"):
        assert said in first.headers["Cache-Control"]
    assert "sandbox" in first.headers["Content-Security-Policy"]
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "place",
    [
        "3/0/0", "0/3/0", "0/0/2", "1/2/0", "-1/0/0", "0/-1/0", "a/0/0", "0/1e1/0", "0/0/0/0",
        "../0/0", "9999999999999999999/0/0", "0/0/9223372036854775807",
    ],
)  # fmt: skip
def test_there_are_no_other_tiles(bob: Visitor, large: Mosaic, place: str) -> None:
    assert tile(bob, large, place).status_code == 404


def test_they_are_shown_to_whom_the_picture_is_shown(
    app: Flask, bob: Visitor, guest: Visitor, hall: Hall, large: Mosaic
) -> None:
    carol = member(app, "carol")
    shared = hall.hang_large(bob.id, is_shared=True)

    for ending in ("zoom", "zoom.json", "tiles/0/0/0.jpg"):
        for visitor in (guest, carol):
            assert visitor.get(f"/mosaics/{large.public_id}/{ending}").status_code == 404
            assert visitor.get(f"/mosaics/{shared.public_id}/{ending}").status_code == 200


def test_the_page_has_the_picture_and_the_films_without_a_script(
    bob: Visitor, large: Mosaic
) -> None:
    page = bob.get(f"/mosaics/{large.public_id}/zoom").text

    assert f'href="/mosaics/{large.public_id}.jpg"' in page
    assert f'src="/mosaics/{large.public_id}/preview.jpg"' in page
    assert 'id="film-0"' in page and "&lt;Ran&gt;" in page
    assert "openseadragon" in page
    assert f'href="/mosaics/{large.public_id}/zoom"' in bob.get(f"/mosaics/{large.public_id}").text


@pytest.mark.parametrize("ending", ["", "/zoom"])
def test_of_very_many_films_a_page_has_some(bob: Visitor, hall: Hall, ending: str) -> None:
    page = f"/mosaics/{hall.hang_large(bob.id, films=mosaics.FILMS_PAGE + 2).public_id}{ending}"

    first, rest = bob.get(page).text, bob.get(f"{page}?films=501").text

    assert 'id="film-499"' in first and 'id="film-500"' not in first
    assert f'href="{page}?films=500#films"' in first and "1 to 500 of 502" in first
    assert re.findall(r'id="film-(\d+)"', rest) == ["500", "501"]
    assert f'href="{page}?films=0#films"' in rest and "Films after these" not in rest
    assert bob.get(f"{page}?films=x").text.count('id="film-') == mosaics.FILMS_PAGE


def test_a_script_is_told_of_all_of_them(bob: Visitor, hall: Hall) -> None:
    page = f"/mosaics/{hall.hang(bob.id, films=mosaics.FILMS_PAGE + 2).public_id}"

    told = bob.get(page, headers={"Accept": "application/json"}).json

    assert told and len(told["films"]) == mosaics.FILMS_PAGE + 2


def test_of_an_older_one_the_page_shows_the_picture_alone(bob: Visitor, hall: Hall) -> None:
    older = f"/mosaics/{hall.hang(bob.id).public_id}"

    page = bob.get(f"{older}/zoom")

    assert page.status_code == 200
    assert "<script" not in page.text and f'src="{older}/preview.jpg"' in page.text
    assert bob.get(f"{older}/zoom.json").status_code == 404
    assert bob.get(f"{older}/tiles/0/0/0.jpg").status_code == 404


def test_without_its_picture_there_is_nothing_to_look_at(
    bob: Visitor, hall: Hall, large: Mosaic
) -> None:
    dropped = hall.hang(bob.id, file=None)
    (hall.pictures / str(large.file)).unlink()

    for ending in ("zoom", "zoom.json", "tiles/0/0/0.jpg"):
        assert bob.get(f"/mosaics/{dropped.public_id}/{ending}").status_code == 404
    assert tile(bob, large, "0/0/0").status_code == 404


def test_a_tile_costs_as_many_queries_as_the_picture(
    bob: Visitor, large: Mosaic, count_queries: list[str]
) -> None:
    bob.get(f"/mosaics/{large.public_id}.jpg", buffered=True)
    of_picture = len(count_queries)
    count_queries.clear()

    tile(bob, large, "0/0/0")

    assert len(count_queries) == of_picture


def test_deleting_takes_the_tiles_too(bob: Visitor, hall: Hall, large: Mosaic) -> None:
    bob.submit(f"/mosaics/{large.public_id}/delete")

    assert list(hall.pictures.iterdir()) == []

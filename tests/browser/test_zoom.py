"""A mosaic looked at closely: by keyboard, by hand, and where there is no script."""

import re

import pytest
from playwright.sync_api import Browser, Page, Response, StorageState, expect

from database import mosaics
from tests.browser.conftest import House, watched

pytestmark = pytest.mark.browser

# Of the film in the first of six cells.
SAID = re.compile(r"<Ran> ★★★★½\s*1985 · Akira Kurosawa")


@pytest.fixture(scope="session")
def address(house: House) -> str:
    return f"/mosaics/{house.hall.hang_large(house.admin_id).public_id}/zoom"


@pytest.fixture
def tiles(page: Page) -> list[Response]:
    """Grows by each tile that is answered."""
    found: list[Response] = []
    page.on("response", lambda answer: found.append(answer) if "/tiles/" in answer.url else None)
    return found


def open_viewer(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("application").wait_for()
    page.wait_for_load_state("networkidle")


def test_it_shows_tiles_and_nearer_ones_nearer(
    page: Page, address: str, tiles: list[Response]
) -> None:
    page.set_viewport_size({"width": 400, "height": 500})
    open_viewer(page, address)
    far = {answer.url for answer in tiles}
    assert far and all(answer.status == 200 for answer in tiles)
    assert not any("/tiles/0/" in url for url in far)

    with page.expect_response(re.compile(r"/tiles/0/\d/\d\.jpg")) as near:
        for _ in range(4):
            page.get_by_role("button", name="Zoom in").click()

    assert near.value.status == 200


def test_it_is_looked_at_by_keyboard_alone(page: Page, address: str) -> None:
    open_viewer(page, address)
    viewer, caption = page.get_by_role("application"), page.locator("#zoom-caption")
    page.get_by_role("link", name="Back to the mosaic").focus()
    page.keyboard.press("Tab")
    expect(viewer).to_be_focused()
    expect(caption).to_contain_text("Point at a poster")

    page.keyboard.press("+")
    for _ in range(60):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowUp")
        if "Ran" in caption.inner_text():
            break
        page.wait_for_timeout(50)

    expect(caption).to_have_text(SAID)
    page.keyboard.press("Tab")
    expect(caption.get_by_role("link", name="<Ran>")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#film-0$"))
    expect(page.get_by_role("rowheader", name="<Ran>")).to_be_in_viewport()


def test_escape_leads_back(page: Page, address: str) -> None:
    open_viewer(page, address)
    page.get_by_role("application").focus()

    page.keyboard.press("Escape")

    expect(page).to_have_url(re.compile(address.removesuffix("/zoom") + "$"))


def test_the_film_under_the_pointer_is_told(page: Page, address: str) -> None:
    open_viewer(page, address)
    caption = page.locator("#zoom-caption")
    box = page.get_by_role("application").bounding_box()
    assert box
    # The whole of it is seen at first, in the middle.
    share = min(box["width"] / 1290, box["height"] / 1010)
    left = box["x"] + (box["width"] - 1290 * share) / 2
    top = box["y"] + (box["height"] - 1010 * share) / 2

    page.mouse.move(left + 1000 * share, top + 800 * share)
    expect(caption).to_contain_text("Point at a poster")
    page.mouse.move(left + 200 * share, top + 200 * share)

    expect(caption).to_have_text(SAID)


def test_of_very_many_films_the_table_turns_to_the_one_that_is_looked_at(
    page: Page, house: House
) -> None:
    grid = {"left": 0, "top": 0, "pitch_x": 1290, "pitch_y": 1010, "columns": 1, "rows": 1}
    places = grid | {"width": 1290, "height": 1010, "cells": [mosaics.FILMS_PAGE + 1]}
    many = house.hall.hang_large(house.admin_id, films=mosaics.FILMS_PAGE + 2, places=places)
    open_viewer(page, f"/mosaics/{many.public_id}/zoom")
    expect(page.get_by_role("rowheader", name="<Ran>")).to_be_visible()

    page.get_by_role("application").hover()

    link = page.locator("#zoom-caption").get_by_role("link", name="Film 501")
    expect(link).to_be_visible()
    link.click()
    expect(page.get_by_role("rowheader", name="Film 501")).to_be_in_viewport()


def test_a_tap_tells_it_on_a_small_phone(
    browser: Browser, house: House, logged_in: StorageState, address: str
) -> None:
    context = browser.new_context(
        storage_state=logged_in,
        base_url=house.url,
        viewport={"width": 320, "height": 640},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    open_viewer(page, address)
    box = page.get_by_role("application").bounding_box()
    assert box and box["width"] == 320

    # A sixth of what is 320 wide and 250 high, in the middle.
    page.touchscreen.tap(60, box["y"] + box["height"] / 2 - 60)

    expect(page.locator("#zoom-caption")).to_have_text(SAID)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_without_a_script_there_is_the_picture_and_the_table(
    browser: Browser, house: House, logged_in: StorageState, address: str
) -> None:
    context = browser.new_context(
        storage_state=logged_in, base_url=house.url, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(address)

    picture = page.get_by_role("link", name="Mosaic of 1 film poster")
    expect(picture).to_have_attribute("href", address.removesuffix("/zoom") + ".jpg")
    expect(page.get_by_role("rowheader", name="<Ran>")).to_be_visible()
    expect(page.get_by_role("button", name="Zoom in")).to_have_count(0)
    context.close()


def test_of_an_older_one_there_is_the_picture(
    browser: Browser, house: House, logged_in: StorageState
) -> None:
    older = house.hall.hang(house.admin_id)

    with watched(browser, house.url, logged_in) as page:
        page.goto(f"/mosaics/{older.public_id}")
        page.get_by_role("link", name="Look closer").click()

        expect(page.get_by_role("img", name="Mosaic of 1 film poster")).to_be_visible()
        expect(page.get_by_role("application")).to_have_count(0)

"""What people do, by keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect

from database.claims import Claimed
from tests.browser.by_keyboard import go_to
from tests.browser.conftest import MEMBER, PASSWORD, House

pytestmark = pytest.mark.browser


def test_a_mosaic_by_keyboard_from_the_form_to_the_picture(guest_page: Page, house: House) -> None:
    page, keys = guest_page, guest_page.keyboard
    page.goto("/")
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(page.get_by_label("Letterboxd name")).to_be_focused()
    keys.type("keyboard_dave")
    keys.press("Tab")
    keys.press("ArrowRight")
    expect(page.get_by_label("The last 30")).to_be_checked()
    keys.press("Tab")
    expect(page.get_by_label("In which order").first).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for its turn")
    task = _take(house, "keyboard_dave")
    house.worker.say(task, "Fetching posters", 3, 4)
    expect(page.get_by_role("heading", level=1)).to_have_text("Fetching posters")
    made = house.hall.hang(name="keyboard_dave", guest_hash=task.guest_hash)
    house.worker.finish(task, {"mosaic": made.public_id, "result_url": "/user/keyboard_dave"})

    expect(page).to_have_url(re.compile("/user/keyboard_dave$"))
    expect(page.get_by_role("img", name="Mosaic of 1 film poster")).to_be_visible()


def test_a_wrong_name_is_said_at_its_field(page: Page) -> None:
    page.goto("/")
    field = page.get_by_label("Letterboxd name")
    field.fill("two words")
    field.press("Enter")

    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("two words")


def test_the_reader_can_stop_the_page_from_reloading(page: Page, house: House) -> None:
    page.goto("/")
    page.get_by_label("Letterboxd name").fill("still_dave")
    page.get_by_label("Letterboxd name").press("Enter")
    page.get_by_role("link", name="Stop updating this page").press("Enter")

    expect(page.locator("meta[http-equiv=refresh]")).to_have_count(0)
    house.worker.stop(_take(house, "still_dave"))


def test_an_account_by_keyboard_from_the_login_to_the_logout(guest_page: Page) -> None:
    page, keys = guest_page, guest_page.keyboard
    page.goto("/")
    go_to(page, page.get_by_role("link", name="Log in"))
    keys.press("Enter")
    go_to(page, page.get_by_label("Name", exact=True))
    keys.type(MEMBER)
    keys.press("Tab")
    expect(page.get_by_label("Password")).to_be_focused()
    keys.type(PASSWORD)
    keys.press("Enter")
    go_to(page, page.get_by_role("link", name="Account"))
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(MEMBER)

    go_to(page, page.get_by_label("Your name on Letterboxd"))
    keys.type("ben_by_keyboard")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Saved.")
    expect(page.get_by_label("Your name on Letterboxd")).to_have_value("ben_by_keyboard")

    go_to(page, page.get_by_label("Label"))
    keys.type("keyboard")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Copy it now")
    go_to(page, page.get_by_role("link", name="I have it"))
    keys.press("Enter")
    go_to(page, page.get_by_role("button", name="Remove keyboard"))
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The token is removed")
    expect(page.get_by_role("button", name="Remove keyboard")).to_have_count(0)

    go_to(page, page.get_by_role("button", name="Log out", exact=True).first)
    keys.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You are logged out.")


def _take(house: House, name: str) -> Claimed:
    while True:
        task = house.worker.take()
        if task.args.get("letterboxd_username") == name:
            return task

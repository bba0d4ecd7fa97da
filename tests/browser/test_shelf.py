"""A record's whole way on a small phone, with the keys alone: added, rated, removed, back again."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.browser.by_keyboard import go_to
from tests.browser.conftest import House, watched

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(browser: Browser, house: House, ben_logged_in: StorageState) -> Iterator[Page]:
    viewport = {"width": 320, "height": 640}
    with watched(browser, house.url, ben_logged_in, viewport=viewport) as page:
        yield page


def test_a_record_comes_and_goes_by_keyboard(phone: Page) -> None:
    adds_a_record(phone)
    rates_it(phone)
    corrects_it(phone)
    removes_it(phone)
    reactivates_it(phone)
    finds_it_here_already(phone)
    has_a_record_of_the_day(phone)


def adds_a_record(page: Page) -> None:
    page.goto("/shelf/add")
    typed = {"Artists": "Faust; Slapp Happy", "Title": "Faust IV", "Genre": "Kraut", "Year": "1973"}
    for label, value in typed.items():
        fill(page, page.get_by_label(label, exact=True), value)
    fill(page, page.get_by_label("Price in EUR"), "dear")
    press(page, page.get_by_role("button", name="Add it"))

    # All that was typed is there again, and of each field that failed one sentence.
    for label, value in typed.items():
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    expect(page.get_by_label("Price in EUR")).to_have_value("dear")
    expect(page.locator(".problem")).to_have_text(["Like 20.00; empty if nobody knows."])
    fits(page)
    press(page, page.get_by_role("link", name="Like 20.00; empty if nobody knows."))
    expect(page.get_by_label("Price in EUR")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("31,50")
    page.keyboard.press("Enter")

    # A genre on no list is asked for.
    expect(page.locator(".problem")).to_contain_text("There is no genre “Kraut” yet")
    go_to(page, page.get_by_label("Add it to the list"))
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Add it"))
    expect(page.get_by_role("status")).to_have_text("Saved: Faust IV.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Faust IV")
    expect(page.locator(".facts")).to_contain_text("31.50 EUR")
    fits(page)


def rates_it(page: Page) -> None:
    go_to(page, page.get_by_label("Your rating"))
    page.keyboard.type("9")
    press(page, page.get_by_role("button", name="Rate it"))

    expect(page.locator(".facts")).to_contain_text("9/10")
    expect(page.get_by_role("button", name=re.compile("^Delete the rating of"))).to_be_visible()


def corrects_it(page: Page) -> None:
    press(page, page.get_by_role("link", name="Edit", exact=True))
    title = page.get_by_label("Title", exact=True)
    fill(page, title, "Faust 4")
    fill(page, page.get_by_label("Year", exact=True), "soon")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Title", exact=True)).to_have_value("Faust 4")
    expect(page.locator(".problem")).to_have_text(["A year like 1975; empty if nobody knows."])
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_role("heading", level=1)).to_have_text("Faust IV")
    fill(page, page.get_by_label("Year", exact=True), "1974")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Faust 4")


def removes_it(page: Page) -> None:
    press(page, page.get_by_role("link", name="Remove it"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Remove Faust 4")
    fits(page)
    press(page, page.get_by_role("button", name="Remove it"))

    expect(page.get_by_text("it is not on the shelf any more")).to_be_visible()


def reactivates_it(page: Page) -> None:
    press(page, page.get_by_role("link", name="Reactivate it"))
    expect(page.get_by_label("Price in EUR")).to_have_value("31.50")
    fits(page)
    press(page, page.get_by_role("button", name="Reactivate it"))

    expect(page.get_by_text("it is not on the shelf any more")).to_have_count(0)
    lines = page.locator("section:has(#credited) tbody tr")
    expect(lines).to_contain_text(["Purchase−1", "Remove0", "Purchase−1"])


def finds_it_here_already(page: Page) -> None:
    page.goto("/shelf/add?title=faust+4&artists=Faust")
    press(page, page.get_by_role("button", name="Add it"))

    expect(page.get_by_role("heading", level=1)).to_have_text("Faust 4 is here already")
    fits(page)
    press(page, page.get_by_role("button", name="Add a second copy"))
    expect(page.get_by_role("status")).to_have_text("Saved: faust 4.")


def has_a_record_of_the_day(page: Page) -> None:
    """Must show 3: it survives reloads and a rating; another one comes when it is asked for."""
    page.goto("/shelf/day")
    fits(page)
    first = of_the_day(page)
    go_to(page, page.locator("#day-rating"))
    page.keyboard.type("7")
    press(page, page.get_by_role("button", name="Rate it"))
    expect(page.get_by_role("status")).to_contain_text("7 of 10")
    page.goto("/shelf/day")
    assert of_the_day(page) == first
    expect(page.locator("#day-rating")).to_have_value("7")

    press(page, page.get_by_role("button", name="Another one"))

    other = page.locator(f"#day-title a:not([href='{first}'])")
    expect(other).to_be_visible()
    page.reload()
    expect(other).to_be_visible()
    fits(page)


def of_the_day(page: Page) -> str | None:
    """Return the address of the record that is shown."""
    return page.locator("#day-title a").get_attribute("href")


def fill(page: Page, field: Locator, value: str) -> None:
    """Go to a field with the Tab key, and type; what is in it is selected then, as browsers do."""
    go_to(page, field)
    page.keyboard.type(value)


def press(page: Page, wanted: Locator) -> None:
    go_to(page, wanted)
    page.keyboard.press("Enter")


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 320

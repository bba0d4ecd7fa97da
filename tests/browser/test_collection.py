"""The whole way through a collection on a small phone: an export in, about in it, and out again."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect

from fakes.diary import Viewing
from fakes.export import export
from fakes.films import find
from tests.browser.conftest import MEMBER, Works, cookies_of, watched

pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
VIEWINGS = [
    Viewing(find("Alien"), date(2024, 3, 2), half_stars=9, liked=True),
    Viewing(find("Jaws"), date(2024, 3, 9), half_stars=8, review="Rain on the roof."),
    Viewing(find("Metropolis"), date(2024, 4, 1), half_stars=3),
    Viewing(find("Alien"), date(2024, 4, 20), half_stars=9, rewatch=True, liked=True),
]


@pytest.fixture
def phone(browser: Browser, works: Works) -> Iterator[Page]:
    cookies = cookies_of(MEMBER, browser, works.url)
    viewport = {"width": 320, "height": 640}
    with watched(browser, works.url, cookies, viewport=viewport) as page:
        yield page


def test_from_an_export_to_its_undoing(phone: Page) -> None:
    phone.goto("/")
    phone.get_by_role("link", name="Films", exact=True).click()
    brings_an_export(phone)
    narrows_the_films_down(phone)
    shows_a_poster_of_its_own(phone)
    reads_the_diary(phone)
    reads_the_ratings(phone)
    takes_it_all_along(phone)
    undoes_it(phone)


def brings_an_export(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Bring an export").first.click()
    page.get_by_label("The file, at most 40 MB").set_input_files(zipped())
    page.get_by_label("Only look").check()
    page.get_by_role("button", name="Bring it").click()
    expect(page.get_by_text("Only looked: nothing was changed")).to_be_visible(timeout=PATIENCE_MS)
    has_heading(page, "letterboxd-ben.zip")
    page.get_by_role("button", name="Bring it now").click()
    expect(page.get_by_role("heading", name="What has changed")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".facts")).to_contain_text(re.compile(r"New viewings\s*4"))
    page.get_by_role("link", name="To the films").click()
    has_heading(page, "Films")
    expect(page.get_by_role("status").last).to_have_text("3 films watched")


def narrows_the_films_down(page: Page) -> None:
    page.get_by_text("Filter and sort").click()
    page.get_by_label("At least").select_option("4")
    page.get_by_label("In which order").select_option("-rating")
    page.get_by_label("Liked").check()
    page.get_by_role("button", name="Show these").click()
    expect(page).to_have_url(re.compile("stars=4"))
    expect(page.get_by_role("status").last).to_have_text("1 film found")
    has_heading(page, "Films")

    # The address says it all: it can be sent to somebody, or kept.
    other = page.context.new_page()
    other.goto(page.url)
    assert other.locator(".wall .name").all_inner_texts() == ["Alien"]
    other.close()
    page.get_by_role("link", name="Take off the filter: liked").click()
    expect(page.locator(".wall .name")).to_have_text(["Alien", "Jaws"])
    page.get_by_role("link", name="Show a table").click()
    expect(page.get_by_role("rowheader")).to_have_count(2)
    has_heading(page, "Films")


def shows_a_poster_of_its_own(page: Page) -> None:
    page.get_by_role("link", name="Alien").click()
    has_heading(page, "Alien")
    poster = page.locator(".film .poster")
    expect(poster).to_have_text("Alien")
    page.get_by_text("Mend the poster or the match").click()
    page.get_by_label("A picture: JPEG, PNG or WebP").set_input_files(drawn())
    page.get_by_role("button", name="Show this one").click()
    expect(page).to_have_url(re.compile(r"/films/\d+$"), timeout=PATIENCE_MS)
    assert poster.evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
    has_heading(page, "Alien")


def reads_the_diary(page: Page) -> None:
    page.get_by_role("link", name="Diary").click()
    has_heading(page, "Diary")
    expect(page.locator(".days strong")).to_have_text(["Alien", "Metropolis", "Jaws", "Alien"])
    page.get_by_role("link", name="March 2024 as a calendar").click()
    has_heading(page, "March 2024")
    day = page.get_by_role("cell").filter(has=page.locator("time[datetime='2024-03-09']"))
    expect(day.get_by_role("link", name="Jaws")).to_be_visible()
    page.get_by_role("link", name="April 2024").click()
    has_heading(page, "April 2024")


def reads_the_ratings(page: Page) -> None:
    page.get_by_role("link", name="Ratings").click()
    has_heading(page, "Ratings")
    best = page.get_by_role("row").filter(has_text="★★★★½")
    expect(best.get_by_role("cell").first).to_have_text("1")
    chart = page.get_by_role("group", name="How many films were given how many stars")
    expect(chart).to_be_visible()
    best.get_by_role("link").click()
    expect(page.locator(".wall .name")).to_have_text(["Alien"])


def takes_it_all_along(page: Page) -> None:
    page.get_by_role("link", name="Films", exact=True).last.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="All as CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert len(rows) == 3


def undoes_it(page: Page) -> None:
    page.goto("/films/imports")
    has_heading(page, "Imports")
    page.get_by_role("link", name="Undo letterboxd-ben.zip").click()
    has_heading(page, "Undo letterboxd-ben.zip?")
    page.get_by_role("button", name="Undo it").click()
    expect(page.get_by_role("cell", name="undone")).to_be_visible(timeout=PATIENCE_MS)
    page.goto("/films")
    expect(page.get_by_role("heading", name="No films yet")).to_be_visible()


def has_heading(page: Page, words: str) -> None:
    """Demand that this is the page, and that a small phone shows all of its width."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def zipped() -> FilePayload:
    made = export("ben", VIEWINGS)
    return {"name": "letterboxd-ben.zip", "mimeType": "application/zip", "buffer": made}


def drawn() -> FilePayload:
    made = io.BytesIO()
    Image.new("RGB", (400, 600), (120, 40, 40)).save(made, "JPEG")
    return {"name": "alien.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}

"""Finding records as the words come, and without that."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from database.models import Person
from tests import factories
from tests.browser.conftest import House, watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session", autouse=True)
def shelf(house: House) -> None:
    """Two records of Ben's."""
    with house.db.writing() as session:
        ben = session.get_one(Person, house.member_id)
        factories.record(session, ben, "Mezzanine", ["Massive Attack"])
        factories.record(session, ben, "Blue Lines", ["Massive Attack"])


@pytest.fixture
def without_scripts(browser: Browser, house: House, ben_logged_in: StorageState) -> Iterator[Page]:
    with watched(browser, house.url, ben_logged_in, java_script_enabled=False) as made:
        yield made


def test_records_are_found_as_the_words_come(ben_page: Page) -> None:
    ben_page.goto("/shelf?view=list")
    words = ben_page.get_by_role("searchbox")

    words.press_sequentially("attack mezz", delay=20)

    expect(ben_page.locator("#count")).to_have_text(re.compile("^1 record found$"))
    expect(ben_page.get_by_role("link", name="Blue Lines")).to_have_count(0)
    expect(ben_page).to_have_url(re.compile(r"/shelf\?q=attack\+mezz&view=list$"))
    expect(words).to_be_focused()
    ben_page.reload()
    expect(words).to_have_value("attack mezz")
    expect(ben_page.locator("#count")).to_have_text(re.compile("^1 record found$"))


def test_the_address_before_the_search_is_not_lost_to_each_letter(ben_page: Page) -> None:
    ben_page.goto("/account")
    ben_page.goto("/shelf")

    ben_page.get_by_role("searchbox").press_sequentially("blue", delay=300)
    expect(ben_page).to_have_url(re.compile("q=blue"))

    ben_page.go_back()
    expect(ben_page).to_have_url(re.compile("/account$"))


def test_taking_the_words_away_shows_all_again(ben_page: Page) -> None:
    ben_page.goto("/shelf?q=mezz")

    ben_page.get_by_role("searchbox").fill("")

    expect(ben_page).to_have_url(re.compile("/shelf$"))
    expect(ben_page.locator(".sleeves").get_by_role("link", name="Blue Lines")).not_to_have_count(0)


def test_the_form_does_it_without_a_script(without_scripts: Page) -> None:
    without_scripts.goto("/shelf")

    without_scripts.get_by_role("searchbox").fill("mezz")
    without_scripts.get_by_role("searchbox").press("Enter")

    expect(without_scripts.locator("#count")).to_have_text(re.compile("^1 record found$"))


def test_edit_on_a_card_opens_the_form(ben_page: Page) -> None:
    """Must show 3: every filtered card can be edited."""
    ben_page.goto("/shelf?artist=massive&title=mezzanine")

    ben_page.get_by_role("link", name="Edit Mezzanine").click()

    expect(ben_page.locator("#edit").get_by_label("Title")).to_have_value("Mezzanine")
    expect(ben_page.locator("#edit").get_by_label("Title")).to_be_visible()

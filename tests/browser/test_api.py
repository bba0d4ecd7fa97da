"""The API read and tried in the browser: out of the house alone, and under its usual policy.

A breach of the policy is an error on the console, and that fails each of these.
"""

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from tests.browser.conftest import House, watched

pytestmark = pytest.mark.browser


def opened(page: Page, area: str, operation: str) -> Locator:
    """Open an operation, ready to be tried."""
    page.goto("/api/docs")
    page.locator(f"[id='operations-tag-{area}']").click()
    found = page.locator(f"[id='operations-{area}-{operation}']")
    found.locator(".opblock-summary-control").click()
    found.get_by_role("button", name="Try it out").click()
    return found


def test_what_is_asked_is_answered_in_json(page: Page) -> None:
    operation = opened(page, "Films", "films_film_get")

    operation.get_by_placeholder("film_id").fill("1")
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table tbody .response-col_status")).to_have_text(
        "200"
    )
    expect(operation.locator(".live-responses-table")).to_contain_text('"title": "Stalker"')


def test_what_changes_something_goes_through_with_the_sessions_own_token(page: Page) -> None:
    operation = opened(page, "Shelf", "shelf_unlink_discogs_post")

    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table tbody .response-col_status")).to_have_text(
        "200"
    )
    expect(operation.locator(".live-responses-table")).to_contain_text('"account": null')


def test_nothing_is_fetched_from_elsewhere(page: Page, house: House) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    opened(page, "Shelf", "shelf_record_get")

    assert asked and all(url.startswith((house.url, "data:")) for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_by_day_and_by_night(
    browser: Browser, house: House, logged_in: StorageState, scheme: str
) -> None:
    phone = {"viewport": {"width": 320, "height": 640}, "color_scheme": scheme}
    with watched(browser, house.url, logged_in, **phone) as page:
        opened(page, "Shelf", "shelf_record_get")

        assert page.evaluate("document.documentElement.scrollWidth") == 320
        is_dark = page.evaluate("document.documentElement.classList.contains('dark-mode')")
        assert is_dark == (scheme == "dark")


def test_without_script_it_leads_to_the_document(
    browser: Browser, house: House, logged_in: StorageState
) -> None:
    with watched(browser, house.url, logged_in, java_script_enabled=False) as page:
        page.goto("/api/docs")

        link = page.get_by_role("link", name="document")
        expect(link).to_have_attribute("href", "/api/openapi.json")

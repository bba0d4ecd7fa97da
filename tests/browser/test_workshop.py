"""The form for a new mosaic, which shows of its fields those that the layout has a use for."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import MEMBER, House, cookies_of, watched

pytestmark = pytest.mark.browser


def test_what_is_amiss_in_a_hidden_field_keeps_nobody_from_sending(
    browser: Browser, house: House
) -> None:
    cookies = cookies_of(MEMBER, browser, house.url)
    with watched(browser, house.url, cookies, viewport={"width": 320, "height": 640}) as page:
        page.goto("/mosaics/new")
        page.get_by_label("A Letterboxd name").check()
        page.get_by_label("Letterboxd name", exact=True).fill("dave")
        page.get_by_label("A picture made of posters").check()
        page.get_by_label("Cells between two").fill("99")

        page.get_by_label("A sheet with").check()
        page.get_by_role("button", name="Make the mosaic").click()

        page.wait_for_url("**/tasks/*")
        house.worker.take()

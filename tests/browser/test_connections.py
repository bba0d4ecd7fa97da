"""Connecting an account in a real browser, whose policies hold: there and back, and by pasting."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.settings import ROOT
from tests.browser.conftest import ADMIN, PASSWORD, _serving, _settings, cookies_of, watched
from tests.browser.rules import meets_the_rules
from tests.web.consenting import CLIENT_ID, CLIENT_SECRET, Consenting

pytestmark = pytest.mark.browser

PAGE = "/account/connections"
_PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def spotify() -> Iterator[Consenting]:
    with Consenting() as made:
        yield made


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, spotify: Consenting) -> Iterator[str]:
    """A house with an app at that Spotify."""
    data: Path = tmp_path_factory.mktemp("connected")
    own = _settings(
        data,
        NEEDLEDROP_SPOTIFY_CLIENT_ID=CLIENT_ID,
        NEEDLEDROP_SPOTIFY_CLIENT_SECRET=CLIENT_SECRET,
        NEEDLEDROP_SPOTIFY_ACCOUNTS_URL=spotify.url,
        NEEDLEDROP_SPOTIFY_API_URL=f"{spotify.url}/v1",
    )
    add = [sys.executable, "-m", "flask", "--app", "server", "user", "add", ADMIN, "--admin"]
    subprocess.run(
        [*add, "--password-stdin"], input=PASSWORD, text=True, env=own, cwd=ROOT, check=True
    )
    with _serving(own, data) as found:
        yield found


def fits(page: Page) -> None:
    """Look at a page with all that is folded in it opened."""
    for folded in page.locator("main details").all():
        folded.evaluate("it => it.open = true")
    meets_the_rules(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size(_PHONE)  # type: ignore[arg-type]


def test_by_pasting_then_by_redirect_then_logging_in_with_it(
    browser: Browser, url: str, spotify: Consenting
) -> None:
    elsewhere = url.replace("127.0.0.1", "localhost")
    with watched(browser, elsewhere, cookies_of(ADMIN, browser, elsewhere)) as page:
        page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
        page.goto(PAGE)
        fits(page)
        page.get_by_role("button", name="Connect Spotify").click()
        fits(page)
        leads_to = page.get_by_role("link", name="Open Spotify").get_attribute("href")
        page.get_by_label("The address that you were led to").fill("nonsense")
        page.get_by_role("button", name="Connect Spotify").click()
        expect(page.get_by_role("alert")).to_contain_text("This is not the address")
        fits(page)
        page.get_by_label("The address that you were led to").fill(spotify.allow(leads_to or ""))
        page.get_by_role("button", name="Connect Spotify").click()
        expect(page.get_by_role("status")).to_contain_text("Spotify is connected: Ada")
        fits(page)

    with watched(browser, url, cookies_of(ADMIN, browser, url)) as page:
        page.goto(PAGE)
        page.get_by_text("Let playlists be changed").click()
        page.get_by_role("button", name="Allow it at Spotify").click()
        expect(page.get_by_role("status")).to_contain_text("Spotify is connected: Ada")
        assert page.url == f"{url}{PAGE}"

    with watched(browser, url) as page:
        page.goto("/login?next=/films")
        fits(page)
        page.get_by_role("button", name="Log in with Spotify").click()
        page.wait_for_url(f"{url}/films")

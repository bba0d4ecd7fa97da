"""The whole walk: ./run in a fresh clone, the set-up link, a name, the progress, the picture."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from fakes.diary import Viewing
from fakes.films import find
from fakes.letterboxd import FakeLetterboxd
from tests.browser.conftest import PASSWORD, watched
from tests.browser.rules import meets_the_rules
from tests.house.conftest import clone, furnish
from tests.house.test_run import House

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_PATIENCE_MS = 60_000
_TITLES = ("Jaws", "Alien")


@pytest.fixture
def letterboxd() -> Iterator[FakeLetterboxd]:
    with FakeLetterboxd() as fake:
        day = datetime.now(UTC).date()
        fake.member("dave", [Viewing(find(title), day, half_stars=7) for title in _TITLES])
        # So that the progress is to be seen before it is over.
        fake.slow(1.0, path_prefix="/resized/")
        yield fake


@pytest.fixture
def fresh(tmp_path: Path, letterboxd: FakeLetterboxd) -> Iterator[House]:
    """A clone that nobody has started before."""
    services = {
        "NEEDLEDROP_LETTERBOXD_URL": letterboxd.url,
        "NEEDLEDROP_LETTERBOXD_IMAGE_URL": letterboxd.url,
    }
    running = House(furnish(clone(tmp_path / "a house")), **services)
    try:
        running.wait_until_up("/readyz")
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
        running.ended()
        assert running.process.stdout
        running.process.stdout.close()


def test_from_a_fresh_clone_to_a_mosaic_on_the_screen(browser: Browser, fresh: House) -> None:
    link = re.search(r"Set it up: (http\S+/setup\?code=\S+)", fresh.said)
    assert link, fresh.said
    with watched(browser, f"http://127.0.0.1:{fresh.port}") as page:
        page.goto(link[1])
        meets_the_rules(page)
        page.get_by_label("Your name").fill("Maya")
        page.get_by_label("A password").fill("short")
        page.locator("form").evaluate("form => { form.noValidate = true; }")
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_label("A password")).to_have_attribute("aria-invalid", "true")
        meets_the_rules(page)
        page.get_by_label("A password").fill(PASSWORD)
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_role("status")).to_contain_text("Welcome, Maya.")
        expect(page.get_by_role("link", name="Admin")).to_be_visible()

        page.get_by_label("Letterboxd name").fill("dave")
        page.get_by_role("button", name="Make the mosaic").first.click()

        expect(page).to_have_url(re.compile("/tasks/[0-9a-f]{32}$"))
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page).to_have_url(re.compile("/user/dave$"), timeout=_PATIENCE_MS)
        picture = page.get_by_role("img", name=re.compile("^Mosaic of 2 film posters"))
        expect(picture).to_be_visible()
        picture.evaluate("it => it.decode()")
        assert picture.evaluate("it => it.naturalWidth") > 0
        for title in _TITLES:
            expect(page.get_by_role("rowheader", name=title)).to_be_visible()
    assert "Traceback" not in fresh.said

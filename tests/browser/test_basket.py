"""The pages of the basket: accessible in both schemes, fit for a phone, used by keyboard."""

import pytest
from playwright.sync_api import Page, Route, expect

from core.videos import as_id
from database import baskets, video_checks
from database.baskets import Find
from database.video_checks import Look
from tests.browser.by_keyboard import go_to
from tests.browser.conftest import House
from tests.browser.rules import meets_the_rules

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PATHS = ["/crates/basket", "/crates/basket/play", "/crates/basket/empty"]


@pytest.fixture(scope="module")
def basket(house: House) -> None:
    """Maya's: more than a page of it, a long name, a video that is gone, one unchosen."""
    finds = [Find(as_id(n), f"Video {n}", n, 1 + n // 2, "Can", f"T{n}", "L") for n in range(2, 60)]
    finds.append(Find(as_id(-1), LONG, None, 1, LONG, LONG, LONG))
    with house.db.writing() as session:
        baskets.add(session, house.admin_id, finds[::-1])
        baskets.choose(session, house.admin_id, 2, [as_id(2)])
        video_checks.keep(session, {as_id(-1): Look("gone", "private")})


@pytest.mark.parametrize("path", PATHS)
def test_meets_wcag_2_2_aa_on_a_phone(page: Page, basket: None, path: str) -> None:
    assert basket is None
    page.route("https://www.youtube-nocookie.com/**", _empty)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    for folded in page.locator("main details").all():
        folded.evaluate("it => it.open = true")

    meets_the_rules(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def _empty(route: Route) -> None:
    """Answer as the player, which no test asks for."""
    page = "<!doctype html><html lang=en><title>Player</title><main><h1>Player</h1></main></html>"
    route.fulfill(body=page, content_type="text/html")


def test_the_player_may_be_shown_and_is_told_where(page: Page, basket: None) -> None:
    assert basket is None
    asked: list[str | None] = []

    def answer(route: Route) -> None:
        asked.append(route.request.headers.get("referer"))
        _empty(route)

    page.route("https://www.youtube-nocookie.com/**", answer)
    page.goto("/crates/basket/play")

    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Player")
    own = page.evaluate("location.origin")
    assert asked == [f"{own}/"]


def test_a_video_is_left_out_and_taken_out_by_keyboard(page: Page, basket: None) -> None:
    assert basket is None
    page.goto("/crates/basket")
    video = page.get_by_role("checkbox", name="Video 59")
    go_to(page, video)
    page.keyboard.press("Space")
    go_to(page, page.get_by_role("button", name="Choose these of T58"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Chosen.")
    expect(video).not_to_be_checked()
    release = page.get_by_role("region", name="T58")
    go_to(page, release.get_by_text("Take out", exact=True).first)
    page.keyboard.press("Enter")
    go_to(page, release.get_by_role("button", name="Take out: Video 58"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 video is out.")

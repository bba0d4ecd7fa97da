"""The pages of listening: accessible in both schemes, fit for a small phone, found by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core import clock
from core.plays import Context, Heard, Named, Source, row_key
from database import now_playing
from database.models import Album, Artist, Track
from database.play_intake import Intake
from tests.browser.by_keyboard import go_to
from tests.browser.conftest import House
from tests.browser.rules import meets_the_rules

pytestmark = pytest.mark.browser

LONG = Named(
    "Variations on a theme that nobody remembers, in twenty-four parts",
    ("The Extraordinarily Long Named Orchestra", "Donaudampfschifffahrtsgesellschaftskapelle"),
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
)
PATHS = [
    "/listening/?period=all",
    "/listening/?whose=us&since=2020-01-01&until=2030-01-01",
    "/listening/?since=2026-02-01&until=2026-01-01",
    "/listening/artists",
    "/listening/albums?by=ms&whose=us",
    "/listening/tracks?period=year",
    "/listening/artists/{artist}",
    "/listening/albums/{album}?whose=us",
    "/listening/tracks/{track}",
    "/listening/plays",
    "/listening/plays?q=nothing+like+it",
    "/listening/plays?day=2023-02-31",
    "/listening/years",
    "/listening/{year}",
    "/listening/discovery?whose=us",
    "/listening/how",
    "/listening/search?q=variations",
    "/listening/household",
    "/listening/shelf",
    "/listening/shelf?which=missing",
    "/listening/shelf?which=records",
    "/listening/players",
    "/api/auth?api_key=a+player&cb=http://127.0.0.1:9/",
]


@pytest.fixture(scope="module")
def listened(house: House) -> dict[str, str]:
    """Plays of Maya's and Ben's over three years; what addresses call some of it."""
    context = Context(platform="Android OS 13", reason_end="trackdone", is_shuffled=True)
    start = clock.now() - 900 * clock.DAY
    for person_id in (house.admin_id, house.member_id):
        heard = []
        for number in range(90):
            began = start + number * 9 * clock.DAY + person_id * clock.HOUR
            named = Named(f"Track {number % 7}", (f"Artist {number % 7}",), f"Album {number % 5}")
            named = LONG if number % 4 == 0 else named
            key = row_key(Source.SCROBBLE, began, named.title)
            heard.append(
                Heard(named, began, Source.SCROBBLE, key, duration_ms=200_000, context=context)
            )
        with house.db.writing() as session:
            Intake(person_id).take(session, heard)
    with house.db.writing() as session:
        now_playing.say(session, house.admin_id, LONG, client="Symfonium")
        return {
            "artist": str(
                session.scalars(select(Artist.id).where(Artist.name == LONG.artists[0])).one()
            ),
            "album": str(session.scalars(select(Album.id).where(Album.title == LONG.album)).one()),
            "track": str(session.scalars(select(Track.id).where(Track.title == LONG.title)).one()),
            "year": str(clock.utc(clock.now()).year - 1),
        }


@pytest.mark.parametrize("path", PATHS)
def test_meets_wcag_2_2_aa_on_a_small_phone(
    page: Page, listened: dict[str, str], path: str
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(path.format(**listened))
    for folded in page.locator("main details").all():
        folded.evaluate("it => it.open = true")

    meets_the_rules(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_bar_at_the_bottom_fits_a_small_phone(page: Page, listened: dict[str, str]) -> None:
    assert listened
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/listening/")

    for way in page.locator(".ways a").all():
        box = way.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320
        assert way.evaluate("it => it.scrollWidth <= it.clientWidth + 1")


def test_an_artist_is_found_and_read_by_keyboard(page: Page, listened: dict[str, str]) -> None:
    page.goto("/listening/")
    go_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("extraordinarily")
    page.keyboard.press("Enter")
    go_to(page, page.get_by_role("link", name=LONG.artists[0], exact=True).first)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(rf"/listening/artists/{listened['artist']}\b"))
    expect(page.get_by_role("heading", level=1)).to_have_text(LONG.artists[0])
    fold = page.get_by_text("The same as a table").first
    go_to(page, fold)
    page.keyboard.press("Enter")
    expect(page.locator("details[open] table").first).to_be_visible()

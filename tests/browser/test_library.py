"""The pages of the library: accessible in both schemes, fit for a phone, used by keyboard."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from database import record_sounds
from database.models import Person
from tests import factories, libraries
from tests.browser.by_keyboard import go_to
from tests.browser.conftest import House
from tests.browser.rules import meets_the_rules

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PATHS = [
    "/library",
    "/library/playlists?name=donau&my_playlists=0",
    "/library/playlists/{playlist}",
    "/library/playlists/{playlist}?tab=averages",
    "/library/tracks/{track}",
    "/library/analyses/compare?a={analysis}&b={analysis}",
    "/library/make",
    "/library/make?of=playlist&item={playlist}&by=tempo",
    "/library/made",
    "/shelf/{record}",
    "/shelf/{record}/album",
    "/shelf/sound?by=tempo",
    "/shelf/sound?which=not_found",
]


@pytest.fixture(scope="module")
def library(house: House) -> dict[str, int]:
    """Maya's: a playlist of a long name, analysed; records whose sound is known, and is not."""
    with house.db.writing() as session:
        made = libraries.fill(session, house.admin_id, tracks=8, known=7, name=LONG)
        scope = str(made.playlist)
        analysis = libraries.analyse(session, house.admin_id, "playlist", scope)
        factories.made_playlist(session, house.admin_id, name=LONG, done=1)
        record_id = _records(session, house.admin_id, made.album)
    return {
        "playlist": made.playlist,
        "track": made.tracks[1],
        "analysis": analysis,
        "record": record_id,
    }


def _records(session: Session, person_id: int, album_id: int) -> int:
    maya = session.get_one(Person, person_id)
    record_id = factories.record(session, maya, LONG, ["Can"])
    record_sounds.say(session, record_id, album_id)
    record_sounds.say_none(session, factories.record(session, maya, LONG, [LONG]))
    return record_id


@pytest.mark.parametrize("path", PATHS)
def test_meets_wcag_2_2_aa_on_a_phone(page: Page, library: dict[str, int], path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path.format(**library))
    for folded in page.locator("main details").all():
        folded.evaluate("it => it.open = true")

    meets_the_rules(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_track_is_found_and_said_to_be_happy_by_keyboard(
    page: Page, library: dict[str, int]
) -> None:
    assert library
    page.goto("/library/tracks")
    go_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("song 7")
    page.keyboard.press("Enter")
    go_to(page, page.get_by_role("link", name="Song 7", exact=True))
    page.keyboard.press("Enter")
    go_to(page, page.get_by_text("Type in how it sounds"))
    page.keyboard.press("Enter")
    go_to(page, page.get_by_label("Valence"))
    page.keyboard.type("0.9")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(page.get_by_role("row", name="Valence")).to_contain_text("0.900")


def test_the_ways_fit_where_they_stand_in_one_row(page: Page, library: dict[str, int]) -> None:
    assert library
    for width in (320, 760, 1024, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto("/library/settings")

        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for way in page.locator(".ways a, .you a").all():
            box = way.bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["height"] >= 44

"""The pages of the crates: accessible in both schemes, fit for a phone, used by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from database import digs
from database.models import Person
from tests import digging, factories, little_crates
from tests.browser.by_keyboard import go_to
from tests.browser.conftest import House
from tests.browser.rules import meets_the_rules
from tests.digging import Pressing

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
PATHS = [
    "/crates",
    "/crates?genre=Electronic&genre=-Rock&owned=no&sort=title",
    "/crates?artist=Artefak&year=soon",
    "/crates?genre=Rokc&style=-Huose",
    "/crates/values/style?genre=Electronic&style=-House",
    "/crates/releases/1?surprise=1&genre=Rock",
    "/crates/masters/5",
    "/crates/artists/3",
    "/crates/labels/1",
    "/crates/digs",
    "/crates/similar",
    "/crates/barcode?barcode=BIEM",
]


@pytest.fixture(scope="module")
def crate(house: House) -> None:
    """A long name, several versions, videos; one of them is on Maya's shelf."""
    pressings = [
        Pressing(1, LONG, (4, 2), (1, 3), style=("Krautrock",), master_id=5, videos=3),
        Pressing(2, LONG, master_id=5, is_main=False, year=1990, format=("CD",)),
        Pressing(3, "Debut", (6,), (2,), ("Electronic",), ("House",), "UK", 1993, videos=1),
        Pressing(4, "Love", (3,), (3,), ("Electronic",), ("Techno",), None, None),
    ]
    data = house.hall.pictures.parent
    little_crates.serve(data, digging.batch(pressings), version="20260101", has_barcodes=1)
    with house.db.writing() as session:
        maya = session.get_one(Person, house.admin_id)
        factories.record(session, maya, "Debut", ["Björk"], discogs_id=3)
        digs.keep(session, maya.id, "genre=Rock", LONG)


@pytest.mark.parametrize("path", PATHS)
def test_meets_wcag_2_2_aa_on_a_phone(page: Page, crate: None, path: str) -> None:
    assert crate is None
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    for folded in page.locator("main details").all():
        folded.evaluate("it => it.open = true")

    meets_the_rules(page)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_facets_stand_beside_what_is_found_and_are_folded_on_a_phone(
    page: Page, crate: None
) -> None:
    assert crate is None
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/crates")
    value = page.get_by_role("link", name="Electronic 2")

    expect(value).to_be_visible()
    meets_the_rules(page)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(value).to_be_hidden()
    page.get_by_text("Genres, styles").click()
    expect(value).to_be_visible()


def test_names_are_suggested_and_a_dig_is_kept_by_keyboard(page: Page, crate: None) -> None:
    assert crate is None
    page.goto("/crates")
    go_to(page, page.get_by_text("Names, years, my shelf"))
    page.keyboard.press("Enter")
    go_to(page, page.get_by_label("Artist", exact=True))
    page.keyboard.type("bjo")
    expect(page.locator("#artist-names option")).to_have_count(1)
    page.keyboard.type("rk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Debut")).to_be_visible()
    go_to(page, page.get_by_text("Keep this dig"))
    page.keyboard.press("Enter")
    go_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").first).to_contain_text("Kept: by bjork.")

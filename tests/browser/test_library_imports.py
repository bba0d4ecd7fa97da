"""The pages by which a library comes in a file: accessible, and fit for a phone."""

import pytest
from playwright.sync_api import Page, expect

from database import library_imports
from database.owner import Owner
from tests.browser.conftest import House
from tests.browser.rules import meets_the_rules
from tests.web.test_library_imports import BODY

pytestmark = pytest.mark.browser

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft.csv"


@pytest.fixture
def brought(house: House) -> str:
    """A look at a file of a long name that has ended, and an import of the same name."""
    with house.db.writing() as session:
        owner = Owner(house.admin_id)
        task = library_imports.ask(session, owner, "a.upload", LONG, dry_run=True)
        library_imports.begin(session, house.admin_id, task.public_id, LONG)
    house.worker.finish(house.worker.take(library_imports.ACTION), BODY)
    return task.public_id


def test_bringing_a_library_meets_wcag_2_2_aa_on_a_phone(page: Page, brought: str) -> None:
    for path in ("/library/import", "/library/imports", f"/library/import/{brought}",
                 f"/library/import/{brought}/undo"):  # fmt: skip
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for folded in page.locator("main details").all():
            folded.evaluate("it => it.open = true")

        meets_the_rules(page)
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320

"""Going about a page with the Tab key."""

import pytest
from playwright.sync_api import Locator, Page, expect

_MOST_TABS = 60


def go_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus; what cannot be reached that way fails."""
    expect(wanted).to_be_visible()
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to {wanted}")

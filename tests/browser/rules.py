"""What every page has to keep to, checked by axe."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


def meets_the_rules(page: Page) -> None:
    """Check the page that is shown in both colour schemes.

    All rules in one of them, and in the other those of colours: nothing else differs.
    """
    page.emulate_media(color_scheme="light")
    found = [Axe().run(page, options=_RULES)]
    page.emulate_media(color_scheme="dark")
    found.append(Axe().run(page, options=_RULES | {"runOnly": ["color-contrast"]}))
    broken = [one.generate_report() for one in found if one.violations_count]
    assert broken == []

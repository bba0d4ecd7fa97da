"""What every page has to keep to, checked by axe."""

import json

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def meets_the_rules(page: Page) -> None:
    """Check the page that is shown in both colour schemes.

    All rules in one of them, and in the other those of colours: nothing else differs.
    """
    page.emulate_media(color_scheme="light")
    page.evaluate(AXE_SCRIPT)
    found = [_asked(page, _ALL)]
    page.emulate_media(color_scheme="dark")
    found.append(_asked(page, ["color-contrast"]))
    broken = [one.generate_report() for one in found if one.violations_count]
    assert broken == []


def _asked(page: Page, rules: list[str]) -> AxeResults:
    options = json.dumps({"runOnly": rules, "resultTypes": ["violations"]})
    return AxeResults(page.evaluate(f"axe.run({options})"))

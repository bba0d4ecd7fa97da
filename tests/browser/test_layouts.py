"""The whole way to a mosaic of each layout, on a small phone, with the program's own worker.

Once by keyboard alone, once by hand where there is no script.
"""

import io
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PIL import Image
from playwright.sync_api import Browser, FileChooser, FilePayload, Page, StorageState, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from core import clock
from fakes.diary import Viewing
from fakes.films import films
from tests.browser.by_keyboard import go_to
from tests.browser.conftest import ADMIN, Works, cookies_of, watched
from tests.browser.rules import meets_the_rules

pytestmark = pytest.mark.browser

PHONE = {"width": 320, "height": 640}
PATIENCE_MS = 60_000
FILMS = [film for film in films() if film.has_poster][:13]
# A layout's name and the fields of its form, in the order of the page; the last is the button.
FIELDS = {
    "sheet": "layout of letterboxd_username period only sequence",
    "wall": "layout of letterboxd_username period only gap ground captions heading"
    " sequence size columns small_tiles",
    "photo": "layout of letterboxd_username period only target_picture tint apart most_uses once"
    " seed size columns small_tiles",
}
SAID = {
    "sheet": "Mosaic of 13 film posters",
    "wall": "Wall of 13 film posters",
    "photo": "Picture made of 13 film posters",
}
LAYOUTS = list(FIELDS)


@pytest.fixture(scope="session")
def cookies(browser: Browser, works: Works) -> StorageState:
    return cookies_of(ADMIN, browser, works.url)


@pytest.fixture
def phone(browser: Browser, works: Works, cookies: StorageState) -> Iterator[Page]:
    with watched(browser, works.url, cookies, viewport=PHONE) as page:
        yield page


@pytest.fixture
def plain(browser: Browser, works: Works, cookies: StorageState) -> Iterator[Page]:
    """A phone without scripts."""
    how = {"viewport": PHONE, "java_script_enabled": False}
    with watched(browser, works.url, cookies, **how) as page:
        yield page


@pytest.mark.parametrize("layout", LAYOUTS)
def test_by_keyboard_alone(phone: Page, works: Works, layout: str) -> None:
    page, keys, name = phone, phone.keyboard, member(works, f"{layout}_by_keyboard")
    page.goto("/mosaics/new")
    fits(page)
    go_to(page, page.locator("#layout-sheet"))
    for _ in range(LAYOUTS.index(layout)):
        keys.press("ArrowRight")
    expect(page.locator(f"#layout-{layout}")).to_be_checked()
    fits(page)

    assert filled_in(page, name) == FIELDS[layout].split()
    keys.press("Enter")
    arrive(page, name)
    is_shown(page, layout)

    go_to(page, page.get_by_role("link", name="PDF for print"))
    with page.expect_download() as download:
        keys.press("Enter")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    go_to(page, page.get_by_role("link", name="Look closer"))
    keys.press("Enter")
    expect(page.get_by_role("application")).to_be_visible()
    fits(page)
    go_to(page, page.get_by_role("application"))
    keys.press("Escape")
    expect(page.get_by_role("link", name="Look closer")).to_be_visible()

    go_to(page, page.get_by_text("Keep it as a recipe"))
    keys.press("Enter")
    fits(page)
    go_to(page, page.get_by_label("Name", exact=True))
    keys.press("Control+a")
    keys.type(name)
    keys.press("Enter")
    expect(page.get_by_role("status")).to_have_text(f"Kept as “{name}”.")
    fits(page)
    go_to(page, page.get_by_role("button", name=f"Make {name} now"))
    keys.press("Enter")
    expect(page.get_by_text("Nothing is new since then")).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_by_hand_without_a_script(plain: Page, works: Works, layout: str) -> None:
    page, name = plain, member(works, f"{layout}_by_hand")
    page.goto("/mosaics/new")
    page.locator(f"label:has(#layout-{layout})").click()
    seen = page.locator("form.workshop :is(input, select):not([type=hidden])")
    shown = [one.get_attribute("name") for one in seen.all() if one.is_visible()]
    assert list(dict.fromkeys(shown)) == FIELDS[layout].split()
    page.get_by_label("Letterboxd name", exact=True).fill(name)
    if layout == "photo":
        page.get_by_label("A picture of yours").set_input_files(gradient())
        page.get_by_label("Columns").fill("9")
    fits(page)
    page.get_by_role("button", name="Make the mosaic").click()
    arrive(page, name)
    is_shown(page, layout)

    address = page.get_by_role("link", name="PDF for print").get_attribute("href")
    answer = page.request.get(str(address))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.body().startswith(b"%PDF-")
    page.get_by_role("link", name="Look closer").click()
    expect(page.get_by_role("link", name=SAID[layout])).to_have_attribute("href", re.compile("jpg"))
    expect(page.get_by_role("application")).to_have_count(0)
    is_shown(page, layout)
    page.get_by_role("link", name="Back to the mosaic").click()

    page.get_by_text("Another size").click()
    page.get_by_label("Size", exact=True).select_option("post")
    page.get_by_role("button", name="Make it at this size").click()
    arrive(page, name)
    is_shown(page, "wall" if layout == "sheet" else layout)
    expect(page.get_by_text(re.compile(r"1\s080 × 1\s350 px"))).to_be_visible()


def test_what_it_will_be_is_seen_while_it_is_built(phone: Page, works: Works) -> None:
    page, name = phone, member(works, "sketched")
    page.goto("/mosaics/new")
    page.locator("#layout-photo").check()
    page.get_by_label("Letterboxd name", exact=True).fill(name)
    page.get_by_label("A picture of yours").set_input_files(gradient())
    page.get_by_label("How large").select_option("a4")
    page.get_by_role("button", name="Make the mosaic").click()

    with held_at_its_sketch(works):
        page.get_by_role("link", name="Stop updating this page").click()
        sketch = page.get_by_role("img", name="A sketch of the picture")
        assert sketch.evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
        fits(page)
        meets_the_rules(page)
    page.get_by_role("link", name="Update this page by itself").click()

    expect(page).to_have_url(re.compile(f"/user/{name}$"), timeout=PATIENCE_MS)


def test_what_is_hidden_does_not_hold_the_form_back(phone: Page, works: Works) -> None:
    page, name = phone, member(works, "second_thoughts")
    page.goto("/mosaics/new")
    page.locator("#layout-wall").check()
    page.get_by_label("Columns").fill("999")
    page.get_by_label("How large").select_option("a4")
    page.locator("#layout-sheet").check()
    page.get_by_label("Letterboxd name", exact=True).fill(name)
    page.get_by_role("button", name="Make the mosaic").click()

    arrive(page, name)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_its_form_meets_wcag_2_2_aa(phone: Page, layout: str) -> None:
    phone.goto("/mosaics/new")
    phone.locator(f"#layout-{layout}").check()

    meets_the_rules(phone)


def member(works: Works, name: str) -> str:
    """Make up a member of Letterboxd who saw thirteen films today."""
    day = clock.utc(clock.now()).date()
    watched_today = enumerate(FILMS)
    works.letterboxd.member(
        name, [Viewing(film, day, half_stars=1 + number % 10) for number, film in watched_today]
    )
    return name


def gradient() -> FilePayload:
    """Return a picture to be made of posters."""
    made = io.BytesIO()
    Image.radial_gradient("L").convert("RGB").resize((120, 160)).save(made, "PNG")
    return {"name": "moon.png", "mimeType": "image/png", "buffer": made.getvalue()}


def filled_in(page: Page, name: str) -> list[str]:
    """Go from the layout to the button, say something on the way; return what was passed."""
    passed, keys = ["layout"], page.keyboard
    while (field := to_next(page)) != "":
        passed.append(field)
        if field == "letterboxd_username":
            keys.type(name)
        elif field == "target_picture":
            opened_by_keys(page).set_files(gradient())
        elif field in ("gap", "tint"):
            keys.press("ArrowDown")
        elif field in ("captions", "heading"):
            keys.press("Space")
        elif field == "columns":
            keys.type("7")
    return passed


def opened_by_keys(page: Page) -> FileChooser:
    """Press what opens the file dialog; a browser that is short of time misses one now and then."""
    for key in ("Enter", "Space", "Enter", "Space"):
        try:
            with page.expect_file_chooser(timeout=6_000) as chooser:
                page.keyboard.press(key)
        except PlaywrightTimeout:
            continue
        return chooser.value
    pytest.fail("no key opens the file dialog")


def to_next(page: Page) -> str:
    """Press Tab; return the name of what has the focus then, which is seen and nothing hides."""
    page.keyboard.press("Tab")
    name, is_marked, is_on_top = page.evaluate(
        """() => {
          const it = document.activeElement;
          const box = it.getBoundingClientRect();
          const style = getComputedStyle(it);
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          const isMarked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
          return [it.name, isMarked, it === top];
        }"""
    )
    assert is_marked and is_on_top, name
    return str(name)


def arrive(page: Page, name: str) -> None:
    """Follow a task from its order to what it made."""
    expect(page).to_have_url(re.compile("/tasks/[0-9a-f]{32}$"))
    task = page.url
    # A page that stands still, to be measured.
    page.goto(f"{task}?live=0")
    fits(page)
    page.goto(task)
    expect(page).to_have_url(re.compile(f"/user/{name}$"), timeout=PATIENCE_MS)


def is_shown(page: Page, layout: str) -> None:
    """Demand the picture, and the table of its films."""
    picture = page.get_by_role("img", name=SAID[layout])
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("it => it.naturalWidth") > 0
    rows = page.locator("section[aria-labelledby=films] tbody").get_by_role("rowheader")
    titles = {text.split("\n")[0].strip() for text in rows.all_inner_texts()}
    assert titles == {film.title for film in FILMS}
    fits(page)


def fits(page: Page) -> None:
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@contextmanager
def held_at_its_sketch(works: Works) -> Iterator[None]:
    """Hold the runners while the sketch of a picture is there; it is gone afterwards."""
    until(lambda: has_sketch(works), "there is no sketch")
    runners = works.runners()
    for pid in runners:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in runners:
            os.kill(pid, signal.SIGCONT)
    until(lambda: not has_sketch(works), "the sketch stays")


def has_sketch(works: Works) -> bool:
    return any(works.pictures.glob("*.sketch.jpg"))


def until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.002)

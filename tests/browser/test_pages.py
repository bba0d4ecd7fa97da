"""Every page in a real browser: accessible in both schemes, and fit for a small phone."""

from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from database import film_imports, ledger, recipes, tasks
from database.film_imports import NewImport
from database.ledger import Line
from database.models import Artist, Film, FilmList, Person
from database.owner import Owner
from database.recipes import Keeping
from tests import factories
from tests.browser.conftest import PASSWORD, House
from tests.browser.rules import meets_the_rules

pytestmark = pytest.mark.browser

MEMBERS = [
    "/",
    "/mosaics",
    "/mosaics/{mosaic}",
    "/mosaics/{mosaic}/zoom",
    "/mosaics/{large}/zoom",
    "/mosaics/{mosaic}/delete",
    "/mosaics/recipes",
    "/mosaics/recipes/{recipe}/delete",
    "/tasks",
    "/tasks/{waiting}?live=0",
    "/tasks/{running}?live=0",
    "/tasks/{cancelled}",
    "/?task={failed}",
    "/films",
    "/films?q=nothing+like+it",
    "/films?view=list&sort=-rating",
    "/films?stars=4&seen=2019&liked=1&poster=none",
    "/films/{mended}",
    "/films/diary",
    "/films/diary/2019-03",
    "/films/watchlist",
    "/films/lists",
    "/films/lists/{list}",
    "/films/ratings",
    "/films/years",
    "/films/rewatches",
    "/films/directors",
    "/films/import",
    "/films/import/{brought}",
    "/films/import/{looked}",
    "/films/imports",
    "/films/import/{imported}/undo",
    "/films/settle",
    "/films/settle?film={tied}",
    "/films/{mended}/repair",
    "/shelf",
    "/shelf?view=list&whose=everyone",
    "/shelf?q=nothing+like+it",
    "/shelf?artist=can&rating_from=1&state=all&sort=-rating",
    "/shelf/day",
    "/shelf/lists",
    "/shelf/lists?which=unrated&without_small=1",
    "/shelf/stats",
    "/shelf/stats?by=artist&whose=everyone",
    "/shelf/credits",
    "/shelf/credits?from=2025-06-01&to=2026-12-31",
    "/shelf/credits/all",
    "/shelf/settings",
    "/shelf/artists",
    "/shelf/artists/{artist}",
    "/shelf/discogs",
    "/shelf/releases?record={record}",
    "/shelf/in-and-out",
    "/shelf/import",
    "/shelf/imports",
    "/shelf/restore",
    "/shelf/reset",
    "/shelf/add",
    "/shelf/{record}",
    "/shelf/{record}/remove",
    "/shelf/{record}/delete",
    "/shelf/{record}/cover",
    "/shelf/covers",
    "/mosaics/new?of=records",
    "/shelf/{removed}",
    "/shelf/{removed}/remove",
    "/shelf/{removed}/reactivate",
    "/account",
    "/admin",
    "/admin/people",
    "/admin/people/{member}",
    "/admin/people/{admin}",
    "/admin/people/{member}/delete",
    "/user/dave",
]
EMPTY = [
    "/",
    "/mosaics",
    "/mosaics/recipes",
    "/tasks",
    "/notifications",
    "/films",
    "/films/diary",
    "/films/diary/2025-03",
    "/films/watchlist",
    "/films/lists",
    "/films/ratings",
    "/films/years",
    "/films/rewatches",
    "/films/directors",
    "/films/imports",
    "/films/settle",
    "/shelf",
    "/shelf/day",
    "/shelf/lists",
    "/shelf/stats",
    "/shelf/stats?by=country",
    "/shelf/credits",
    "/shelf/credits/all",
    "/shelf/artists",
    "/account",
]
GUESTS = ["/", "/login", "/mosaics/{guests}", "/user/nobody_here", "/nowhere"]
REFUSED = {
    "/nowhere": 404,
    "/user/nobody_here": 404,
    "/mosaics/{dropped}.jpg": 404,
    "/films/999/poster": 404,
    "/admin": 403,
}
# Forms that are not filled in well: where each is, which it is, and what is typed.
WRONG = [
    ("/", "form:has(#letterboxd_username)", {"letterboxd_username": "two words"}),
    ("/", "form:has(#export)", {}),
    ("/films/import", "main form", {}),
    ("/films/{mended}/repair", "form:has(#poster)", {}),
    ("/films/{mended}/repair", "form:has(#words)", {"words": "", "year": "soon"}),
    (
        "/shelf/add",
        "main form",
        {"title": "", "genre": "Kraut", "year": "soon"},
    ),
    ("/shelf/{record}", "form:has(#value)", {"rated_on": ""}),
    ("/shelf/discogs", "form:has(#token)", {"token": "short"}),
    ("/shelf/settings", "main form", {"interval_days": "0", "currency": "Euro"}),
    ("/shelf/{record}/remove", "main form", {"removed_on": "1999-01-01"}),
    ("/shelf/{removed}/reactivate", "main form", {"price": "dear"}),
    ("/shelf/{record}/delete", "main form", {"title": "another"}),
    ("/account", "form:has(#letterboxd_name)", {"letterboxd_name": "two words"}),
    ("/account", "form:has(#new)", {"new": "short"}),
    ("/account", "form:has(#label)", {}),
    ("/admin/people", "main form", {"username": "Maya", "password": "short"}),
    ("/admin/people/{member}", "form:has(#password)", {"password": "short"}),
    ("/admin/people/{member}/delete", "main form", {"name": "Bob"}),
]


@pytest.fixture(scope="session")
def addresses(house: House) -> dict[str, str]:
    """One of everything that has a page: once a house, however the tests are dealt out."""
    owner = Owner(house.admin_id)

    def put(action: str = "create_mosaic", **args: object) -> str:
        with house.db.writing() as session:
            return tasks.enqueue(session, action, args, owner=owner).public_id

    made = {"failed": put(letterboxd_username="nobody")}
    house.worker.fail(house.worker.take(), "nobody has no Letterboxd feed.")
    made["running"] = put(letterboxd_username="dave")
    house.worker.say(house.worker.take(), "Fetching posters", 23, 50)
    made["brought"] = put("import_films", file_name="letterboxd-maya.zip", upload="x")
    problems = ["diary.csv, row 17: the rating “11” is not one of 0.5 to 5."]
    body = {"added": 2_130, "changed": 1, "skipped": 1, "films": 2_051, "problems": problems}
    house.worker.finish(house.worker.take("import_films"), body)
    rows = [{"film": "Ran (1985)", "on": "2025-03-01", "what": "rating 3.5 → 4, another review"}]
    parts = [{"kind": "viewings", "how": "changed", "count": 53, "first": rows}]
    looked = {"file_name": "letterboxd-maya.zip", "upload": "looked.upload", "dry_run": True}
    (house.db.running.parent / "uploads" / "looked.upload").write_bytes(b"zip")
    made["looked"] = put("import_films", **looked)
    house.worker.finish(house.worker.take("import_films"), body | {"parts": parts})
    made["imported"] = "e" * 32
    with house.db.writing() as session:
        for public_id in ("d" * 32, made["imported"]):
            new = NewImport(public_id, f"letterboxd-{'maya' * 20}.zip")
            import_id, _ = film_imports.begin(session, house.admin_id, "maya", new)
            film_imports.end(session, import_id, {"added": 2_130, "parts": parts})
    made["cancelled"] = put(letterboxd_username="dave")
    with house.db.writing() as session:
        tasks.ask_cancel(session, made["cancelled"], owner)
    made["waiting"] = put(letterboxd_username="dave")
    made["mosaic"] = house.hall.hang(house.admin_id).public_id
    with house.db.writing() as session:
        wanted = Keeping(name=f"Wall of {'November' * 9}")
        made["recipe"] = recipes.keep(session, made["mosaic"], wanted, owner).public_id
    made["large"] = house.hall.hang_large(house.admin_id).public_id
    made["dropped"] = house.hall.hang(house.admin_id, file=None).public_id
    made["guests"] = house.hall.hang(is_shared=True, name="a guest's").public_id
    made |= {"admin": str(house.admin_id), "member": str(house.member_id)}
    with house.db.reading() as session:
        ids = {film.title: str(film.id) for film in session.scalars(select(Film))}
        made["list"] = str(session.scalars(select(FilmList.id)).one())
    made |= {"mended": ids["Stalker"], "tied": ids["Leo"]}
    return made | _records(house)


def _records(house: House) -> dict[str, str]:
    """Put a record with everything that a page may show on Maya's shelf, and one that is gone."""
    song = {"position": "A1", "title": "Paperhouse", "seconds": 449, "is_favourite": True}
    said: dict[str, Any] = {
        "ratings": [{"value": 7, "rated_on": "2026-01-01"}, {"value": 9, "rated_on": "2026-02-01"}],
        "songs": [song, song | {"title": "Mushroom" * 9, "is_favourite": False}],
        "review": "Long.\n\n" + "Krautrock" * 20,
        "remarks": "From the flea market.",
        "barcode": "0123456789" * 9,
        "discogs_id": 249_504,
    }
    with house.db.writing() as session:
        maya = session.get_one(Person, house.admin_id)
        record_id = factories.record(session, maya, "Tago" * 50, ["Can" * 30, "Neu!"], **said)
        gone: dict[str, Any] = {"removed_on": "2026-03-01", "year": None, "price": None}
        removed_id = factories.record(session, maya, "Ege Bamyasi", is_active=False, **gone)
        artist_id = session.scalars(select(Artist.id).where(Artist.name == "Neu!")).one()
        bought = Line("Purchase", -1, "2026-03-02", record_id, "Can - Tago Mago (1971)")
        left = Line("Remove", 1, "2026-04-01", None, f"{'Can' * 30} - Ege Bamyasi")
        ledger.book(session, maya.id, [bought, Line("Addition", 1, "2026-03-01"), left])
    return {"record": str(record_id), "removed": str(removed_id), "artist": str(artist_id)}


@pytest.mark.parametrize("path", MEMBERS)
def test_meets_wcag_2_2_aa_and_fits_a_phone(
    page: Page, addresses: dict[str, str], path: str
) -> None:
    _accessible(page, path.format(**addresses))
    _fits_a_phone(page)
    assert _too_small_to_press(page) == []


@pytest.mark.parametrize("path", GUESTS)
def test_meets_it_for_guests(guest_page: Page, addresses: dict[str, str], path: str) -> None:
    _accessible(guest_page, path.format(**addresses), REFUSED.get(path, 200))


@pytest.mark.parametrize("path", EMPTY)
def test_meets_it_where_there_is_nothing_yet(ben_page: Page, path: str) -> None:
    _accessible(ben_page, path)


@pytest.mark.parametrize("path", REFUSED)
def test_meets_it_where_it_refuses(ben_page: Page, addresses: dict[str, str], path: str) -> None:
    _accessible(ben_page, path.format(**addresses), REFUSED[path])


@pytest.mark.parametrize(("path", "form", "typed"), WRONG)
def test_meets_it_in_forms_with_problems(
    page: Page, addresses: dict[str, str], path: str, form: str, typed: dict[str, str]
) -> None:
    page.goto(path.format(**addresses))
    sent = page.locator(form)
    # The browser would keep it back, but not every browser does.
    sent.evaluate("form => { form.noValidate = true; }")
    for name, value in typed.items():
        sent.locator(f"[name={name}]").fill(value)

    with page.expect_navigation() as answer:
        sent.locator("button").click()

    assert answer.value and answer.value.status == 422
    assert page.locator("[aria-invalid=true]").count() >= 1
    meets_the_rules(page)
    _fits_a_phone(page)


def test_meets_it_where_a_new_token_is_shown(ben_page: Page) -> None:
    ben_page.goto("/account")
    ben_page.get_by_label("Label").fill("a script")
    token = ben_page.locator("form:has(#label)")
    token.get_by_label("Password").fill(PASSWORD)
    token.get_by_role("button").click()
    ben_page.get_by_role("heading", name="Copy it now").wait_for()

    meets_the_rules(ben_page)
    _fits_a_phone(ben_page)


def _accessible(page: Page, path: str, status: int = 200) -> None:
    answer = page.goto(path)
    assert answer and answer.status == status
    meets_the_rules(page)
    assert page.locator("h1").count() == 1


def _fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def _too_small_to_press(page: Page) -> list[str]:
    page.set_viewport_size({"width": 390, "height": 800})
    small: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, nav a, select, input")]
            .filter((it) => it.type !== "hidden" && it.offsetParent)
            .map((it) => (it.matches("[type=radio], [type=checkbox]") ? it.closest("label") : it))
            .filter((it) => it.getBoundingClientRect().height < 44)
            .map((it) => it.outerHTML.slice(0, 80))"""
    )
    return small


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_colours_reach_their_contrast(guest_page: Page, scheme: str) -> None:
    guest_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    guest_page.goto("/")

    found: dict[str, float] = guest_page.evaluate(
        """() => {
          const canvas = document.createElement("canvas");
          const paint = canvas.getContext("2d", {willReadFrequently: true});
          const probe = document.body.appendChild(document.createElement("i"));
          const light = (name) => {
            probe.style.color = `var(--${name})`;
            paint.fillStyle = getComputedStyle(probe).color;
            paint.fillRect(0, 0, 1, 1);
            const parts = [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
              const share = part / 255;
              return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
          };
          const pairs = [["on-accent", "accent"]];
          for (const ground of ["paper", "card"])
            for (const name of ["ink", "muted", "accent", "good", "bad", "edge"])
              pairs.push([name, ground]);
          return Object.fromEntries(pairs.map(([one, other]) => {
            const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
            return [`${one} on ${other}`, (bright + 0.05) / (dark + 0.05)];
          }));
        }"""
    )

    low = {pair: ratio for pair, ratio in found.items() if ratio < (3 if "edge" in pair else 4.5)}
    assert low == {}

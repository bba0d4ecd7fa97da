"""Credits as a person sees them: in words, as a chart, line by line; and how they come."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from database import ledger, shelves
from database.engine import Database
from database.ledger import Line
from database.models import Person, Shelf, Task
from tests import factories
from tests.web.conftest import Visitor, house, member

TODAY = clock.today(clock.zone("UTC"))


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


def day(back: int) -> str:
    return (TODAY - timedelta(days=back)).isoformat()


@pytest.fixture
def lines(db: Database, bob: Visitor) -> int:
    """Bob bought two records, has one credit overdrawn; returns the id of one record."""
    with db.writing() as session:
        shelves.settle(session, bob.id, TODAY)
        person = session.get_one(Person, bob.id)
        record_id = factories.record(session, person, "100% <Tago>")
        text = "Can - 100% <Tago> (1971)"
        ledger.book(
            session,
            bob.id,
            [
                Line("Initial Load", 0, day(300), record_id, text),
                Line("Purchase", -1, day(20), record_id, text),
                Line("Addition", 1, day(15)),
                Line("Purchase", -1, day(400), None, "Faust - Faust (1971)"),
                Line("Remove", 0, day(5), record_id, text),
            ],
        )
    return record_id


def test_the_balance_is_told_in_words_and_as_a_number(bob: Visitor, lines: int) -> None:
    page = bob.get("/shelf/credits").text

    assert "Overdrawn by 1: better wait for the next credit." in page
    assert re.search(r"<dt>Balance</dt><dd>−1 <span", page)
    assert f'href="/shelf/{lines}">Can - 100% &lt;Tago&gt; (1971)</a>' in page


@pytest.mark.parametrize("path", ["/shelf/credits", "/shelf/credits/all"])
@pytest.mark.usefixtures("lines")
def test_when_a_line_was_written_stands_below_what_it_is(bob: Visitor, path: str) -> None:
    page = bob.get(path).text
    row = re.search(r"<td>([^<]*)</td>\s*<th scope=\"row\">Purchase(.*?)</th>", page, re.DOTALL)

    assert row is not None
    assert row[1] and re.search(r'class="sub">no. \d+, written ', row[2])


@pytest.mark.usefixtures("lines")
def test_the_chart_marks_all_but_what_was_owned_each_with_its_shape(bob: Visitor) -> None:
    page = bob.get(f"/shelf/credits?from={day(500)}").text
    chart = page[page.index('<svg class="chart"') : page.index("</svg>", page.index("chart"))]

    assert chart.count("<title>") == 4 and "Initial Load" not in chart
    assert "Can - 100% &lt;Tago&gt; (1971)</title>" in chart
    shapes = set(re.findall(r'class="mark-(\w+)" d="M[\d.]+ [\d.]+m?([^"]+)"', chart))
    assert len({shape for _, shape in shapes}) == len({kind for kind, _ in shapes}) == 3


@pytest.mark.usefixtures("lines")
def test_the_charts_stretch_stands_in_the_address(bob: Visitor) -> None:
    page = bob.get(f"/shelf/credits?from={day(17)}&to={day(10)}").text
    chart = page[page.index('<svg class="chart"') :]

    assert chart[: chart.index("</svg>")].count("<title>") == 1
    assert f'value="{day(17)}"' in page and f'value="{day(10)}"' in page


@pytest.mark.parametrize(
    "query", ["from=x", "to=0001-01-01", "from=9999-12-31", "from=2026-02-30&to=2020-01-01"]
)
@pytest.mark.usefixtures("lines")
def test_any_stretch_is_a_page(bob: Visitor, query: str) -> None:
    assert bob.get(f"/shelf/credits?{query}").status_code == 200


@pytest.mark.usefixtures("lines")
def test_all_lines_are_paged_and_each_has_its_balance(db: Database, bob: Visitor) -> None:
    with db.writing() as session:
        more = [Line("Addition", 1, day(1000 + back)) for back in range(50)]
        ledger.book(session, bob.id, more)
    first = bob.get("/shelf/credits/all", headers={"Accept": "application/json"}).json
    assert first is not None

    rest = bob.get(
        f"/shelf/credits/all?before={first['before']}", headers={"Accept": "application/json"}
    ).json

    assert rest is not None and rest["before"] is None
    balances = [line["balance"] for line in first["lines"] + rest["lines"]]
    assert balances == [*range(49, -2, -1), -1, 0, -1, 0]
    assert "55 lines" in bob.get("/shelf/credits/all").text


@pytest.mark.usefixtures("lines")
def test_credits_are_each_persons_own(app: Flask, alice: Visitor, bob: Visitor) -> None:
    carol = member(app, "carol")

    for address in ("/shelf/credits", "/shelf/credits/all", "/shelf/settings"):
        assert carol.get(f"{address}?whose={bob.id}").status_code == 403
        assert "bob" in alice.get(f"{address}?whose={bob.id}").text
    assert alice.get("/shelf/credits?whose=99").status_code == 404


def test_without_a_shelf_the_page_says_how_to_begin(bob: Visitor) -> None:
    """Must show 12: an empty ledger works."""
    page = bob.get("/shelf/credits").text

    assert "No credits yet" in page and 'href="/shelf/settings"' in page
    assert "None" not in page
    assert bob.get("/shelf/credits/all").status_code == 200
    with_json = bob.get("/shelf/credits", headers={"Accept": "application/json"}).json
    assert with_json == {"balance": 0, "rules": None, "lines": []}


def test_rules_are_settled_and_the_worker_is_asked_to_see_to_them(
    db: Database, bob: Visitor
) -> None:
    answer = bob.submit(
        "/shelf/settings", credits_from="2026-01-05", interval_days="14", currency="chf"
    )

    assert answer.status_code == 303 and answer.location == "/shelf/credits"
    assert "every 14 days" in bob.get("/shelf/credits").text
    with db.reading() as session:
        shelf = session.get_one(Shelf, bob.id)
        assert (shelf.credits_from, shelf.interval_days) == ("2026-01-05", 14)
        assert shelf.currency == "CHF"
        assert session.scalars(select(Task.action)).all() == ["begin_day"]


def test_a_form_that_fails_comes_back_with_what_was_typed(db: Database, bob: Visitor) -> None:
    answer = bob.submit(
        "/shelf/settings", credits_from="yesterday", interval_days="0", currency="Euros"
    )

    assert answer.status_code == 422
    for typed in ("yesterday", "0", "Euros"):
        assert f'value="{typed}"' in answer.text
    assert answer.text.count('class="problem"') == 3
    with db.reading() as session:
        assert session.get(Shelf, bob.id) is None


def test_a_start_that_floods_the_ledger_is_told_at_its_field(db: Database, bob: Visitor) -> None:
    answer = bob.submit(
        "/shelf/settings", credits_from="1960-01-01", interval_days="1", currency="EUR"
    )

    assert answer.status_code == 422
    assert "credits at once: take a later day" in answer.text
    with db.reading() as session:
        assert session.get(Shelf, bob.id) is None


def test_an_admin_settles_the_rules_of_another(db: Database, alice: Visitor, bob: Visitor) -> None:
    typed = {"credits_from": "2026-01-05", "interval_days": "7", "currency": "EUR"}

    assert (
        bob.submit("/shelf/settings", to=f"/shelf/settings?whose={alice.id}", **typed).status_code
        == 403
    )
    answer = alice.submit(f"/shelf/settings?whose={bob.id}", **typed)

    assert answer.location == f"/shelf/credits?whose={bob.id}"
    with db.reading() as session:
        assert [shelf.person_id for shelf in session.scalars(select(Shelf))] == [bob.id]

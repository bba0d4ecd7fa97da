"""Statistics and lists: numbers that lead to their records, lines to copy."""

import re

import pytest
from flask import Flask

from database.engine import Database
from database.models import Person
from tests import factories
from tests.web.conftest import Visitor, house


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def shelf(db: Database, bob: Visitor) -> None:
    """Three rated records, two that are not, one that is gone; of odd names."""
    with db.writing() as session:
        person = session.get_one(Person, bob.id)
        for number, rating in enumerate((10, 9, 9, None, None)):
            factories.record(
                session,
                person,
                f"100% <{number}>",
                ("Can & Co", "a_b"),
                ratings=[{"value": rating, "rated_on": "2025-01-01"}] if rating else [],
                purchased_on=f"2025-03-0{number + 1}",
                format="Tape" if number == 0 else "LP",
                is_digitised=number == 1,
            )
        best = [{"value": 10, "rated_on": "2025-01-01"}]
        factories.record(
            session, person, "Gone", ratings=best, is_active=False, removed_on="2025-05-05"
        )


@pytest.mark.usefixtures("shelf")
def test_rating_shares_sum_to_a_hundred_and_unrated_has_none(bob: Visitor) -> None:
    """Must show 4: no "None" anywhere; rating shares sum to 100 %."""
    page = bob.get("/shelf/stats").text
    table = page[page.index("Share of rated") : page.index("Not rated")]

    shares = [float(share) for share in re.findall(r"([\d.]+) %", table)]
    assert len(shares) == 10 and sum(shares) == pytest.approx(100)
    assert re.search(r'Not rated</a></th><td class="end">2</td><td class="end">–</td>', page)
    assert "None" not in page


@pytest.mark.usefixtures("shelf")
def test_the_best_are_active_the_newest_of_equals_first(bob: Visitor) -> None:
    """Must show 11: top 20 holds no inactive record."""
    page = bob.get("/shelf/stats").text
    best = page[page.index('id="top"') : page.index('id="by-genre"')]

    assert re.findall(r"&lt;(\d)&gt;", best) == ["0", "2", "1"]
    assert "Gone" not in page
    assert "Can &amp; Co / a_b, 1971" in best


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("by", "name"),
    [
        ("genre", "Rock"),
        ("format", "LP"),
        ("label", "United Artists"),
        ("artist", "Can &amp; Co"),
        ("decade", "1970s"),
    ],
)
def test_each_number_leads_to_its_records(bob: Visitor, by: str, name: str) -> None:
    page = bob.get(f"/shelf/stats?by={by}").text
    found = re.search(rf'<a href="([^"]+)">{name}</a></th><td class="end">(\d)</td>', page)
    assert found

    records = bob.get(found[1].replace("&amp;", "&"), headers={"Accept": "application/json"}).json

    assert records is not None and len(records["records"]) == int(found[2])


@pytest.mark.usefixtures("shelf")
def test_what_was_paid_a_year_and_on_average(bob: Visitor) -> None:
    page = bob.get("/shelf/stats").text

    assert "100.00 EUR" in page and "<dd>20.00 EUR" in page
    assert "purchased_from=2025-01-01&amp;purchased_to=2025-12-31" in page


@pytest.mark.usefixtures("shelf")
def test_members_look_at_each_others_and_at_everyones(alice: Visitor, bob: Visitor) -> None:
    assert "No records to count yet" in alice.get("/shelf/stats").text
    for whose in ("everyone", bob.id):
        page = alice.get(f"/shelf/stats?whose={whose}").text
        assert "<dt>Active records</dt><dd>5</dd>" in page
        assert f"whose={whose}" in page[page.index("Genres") :]
    assert alice.get("/shelf/stats?whose=99").status_code == 404
    assert alice.get("/shelf/stats?whose=0").status_code == 422
    assert alice.get("/shelf/stats?by=colour").status_code == 422


@pytest.mark.usefixtures("shelf")
def test_scripts_get_figures_as_json(bob: Visitor) -> None:
    told = bob.get("/shelf/stats", headers={"Accept": "application/json"}).json
    assert told is not None

    assert (told["records"], told["unrated"]) == (5, 2)
    assert told["ratings"][8] == {"rating": 9, "records": 2, "share": 66.7}
    assert told["spent"][0] | {"paid": "100.00"} == told["spent"][0]


@pytest.mark.usefixtures("shelf")
def test_a_list_says_what_it_holds_line_by_line(bob: Visitor) -> None:
    page = bob.get("/shelf/lists").text

    assert "All records: 5, bought 1 Mar 2025 to" in page
    assert "2025-03-02, Can &amp; Co / a_b, 100% &lt;1&gt;, LP, 9/10, digitised\n" in page
    assert "2025-03-04, Can &amp; Co / a_b, 100% &lt;3&gt;, LP, not rated, not digitised\n" in page
    unrated = bob.get("/shelf/lists?which=unrated&without_small=1").text
    assert "Not rated yet: 2" in unrated
    assert "2025-03-04, Can &amp; Co / a_b, 100% &lt;3&gt;, LP\n" in unrated


@pytest.mark.usefixtures("shelf")
def test_the_file_has_the_lines_of_the_page(bob: Visitor) -> None:
    query = "which=not_digitised&purchased_from=2025-03-01&purchased_to=2025-03-03&without_small=1"
    with bob.get(f"/shelf/lists.txt?{query}") as answer:
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.get_data(as_text=True) == "2025-03-03, Can & Co / a_b, 100% <2>, LP\n"
    assert (
        f"/shelf/lists.txt?{query}".replace("&", "&amp;") in bob.get(f"/shelf/lists?{query}").text
    )


def test_what_is_none_is_told_at_its_field(bob: Visitor) -> None:
    answer = bob.get("/shelf/lists?purchased_from=soon&which=best")

    assert answer.status_code == 422
    assert answer.text.count('class="problem"') == 2 and 'value="soon"' in answer.text


def test_an_empty_shelf_has_an_empty_list(bob: Visitor) -> None:
    page = bob.get("/shelf/lists").text

    assert "No record is like that" in page and "None" not in page

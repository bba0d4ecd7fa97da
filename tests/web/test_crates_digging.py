"""What a person meets who digs: values that are not there, all of a facet, the end of the pages."""

import re
from html import unescape

import pytest
from flask import Flask

from core.settings import Settings
from database.models import Person
from tests import digging, factories, little_crates
from tests.digging import Pressing
from tests.web.conftest import Visitor, house

PRESSINGS = [
    Pressing(1, "Tago Mago", style=("Krautrock",), master_id=5),
    Pressing(2, "Tago Mago", style=("Krautrock",), master_id=5, is_main=False, year=1990),
    Pressing(3, "Debut", (6,), (2,), ("Electronic",), ("House",), "UK", 1993),
    Pressing(4, "Love", (3,), (3,), ("Electronic",), ("Techno", "House"), "Germany", 2001),
]


@pytest.fixture(autouse=True)
def crate(app: Flask, settings: Settings) -> None:
    assert app
    serve(settings, PRESSINGS)


def serve(settings: Settings, pressings: list[Pressing]) -> None:
    little_crates.serve(settings.data, digging.batch(pressings), version="20260101")


def titles(page: str) -> list[str]:
    return re.findall(r'<a href="/crates/releases/\d+">([^<]+)</a>', page)


def links(page: str) -> dict[str, str]:
    """Return where each link leads, by its name or else its words."""
    found = {}
    for link in re.findall(r"<a\b[^>]*>.*?</a>", page, re.DOTALL):
        named = re.search(r'aria-label="([^"]*)"', link)
        words = named[1] if named else re.sub(r"<[^>]+>", " ", link)
        to = re.search(r'href="([^"]+)"', link)
        assert to
        found[" ".join(unescape(words).split())] = unescape(to[1])
    return found


def test_a_value_that_is_not_there_is_told_where_nothing_else_is(alice: Visitor) -> None:
    page = alice.get("/crates?genre=Rokc&artist=Nobody").text

    assert titles(page) == []
    assert "There is no genre “Rokc” in the crate." in page
    assert "There is no artist “Nobody” in the crate." in page


def test_what_is_meant_takes_the_place_of_one_value_alone(alice: Visitor) -> None:
    page = alice.get("/crates?style=House&style=Krautrok").text
    without = alice.get("/crates?style=-Tecno").text

    assert titles(page) == ["Love", "Debut"]
    assert titles(alice.get(links(page)["Krautrock"]).text) == ["Love", "Debut", "Tago Mago"]
    assert titles(alice.get(links(without)["Techno"]).text) == ["Debut", "Tago Mago"]


def test_all_that_makes_no_sense_is_told_at_once(alice: Visitor) -> None:
    answer = alice.get("/crates?year=soon&rating_from=9&rating_to=2&genre=Electronic")

    assert answer.status_code == 422
    assert "A year like 1975" in answer.text and "Give the lower rating first." in answer.text
    assert "Take off: Electronic" in answer.text


def test_an_address_of_too_much_is_told_and_shown_without_it(alice: Visitor) -> None:
    much = "&".join(f"artist={'x' * 190}{nth}" for nth in range(20))

    answer = alice.get(f"/crates?{much}&label=Warp")

    assert answer.status_code == 422
    assert "That is too much at once" in answer.text and titles(answer.text) == ["Debut"]
    assert len(answer.data) < 400_000


def test_nonsense_about_a_dig_does_not_hide_a_release(alice: Visitor) -> None:
    page = alice.get("/crates/releases/4?surprise=1&year=soon&genre=Electronic").text

    assert links(page)["Another one"] == "/crates/surprise?genre=Electronic"


def test_all_values_of_a_facet_are_a_page_of_their_own(alice: Visitor) -> None:
    page = alice.get("/crates/values/style?genre=Electronic").text
    shown = links(page)

    assert {"House 2", "Techno 1"} <= shown.keys() and "Krautrock 2" not in shown
    assert titles(alice.get(shown["Techno 1"]).text) == ["Love"]
    assert titles(alice.get(shown["Leave out Techno"]).text) == ["Debut"]
    assert shown["Back to the dig"] == "/crates?genre=Electronic"
    assert "None is left" in alice.get("/crates/values/style?artist=Nobody").text


@pytest.mark.parametrize("kind", ["year", "only", "by%20title"])
def test_what_is_no_list_has_no_page_of_its_values(alice: Visitor, kind: str) -> None:
    assert alice.get(f"/crates/values/{kind}").status_code == 404


def test_where_a_facet_has_more_values_than_are_shown_the_others_are_led_to(
    alice: Visitor, settings: Settings
) -> None:
    assert "All styles" not in links(alice.get("/crates").text)
    many = [Pressing(nth, style=(f"Style {nth:02}",)) for nth in range(1, 22)]
    serve(settings, many)

    shown = links(alice.get("/crates?format=Vinyl").text)

    assert shown["All styles"] == "/crates/values/style?format=Vinyl"
    assert "Style 21 1" not in shown and "All countries" not in shown
    assert "Style 21 1" in links(alice.get(shown["All styles"]).text)


def test_behind_the_last_page_a_way_leads_to_the_first(alice: Visitor) -> None:
    beyond = alice.get("/crates?genre=Electronic&after=3").text

    assert "That was all of it" in beyond
    assert titles(alice.get(links(beyond)["From the beginning"]).text) == ["Love", "Debut"]


def test_of_a_master_one_version_is_shown_or_every_one(alice: Visitor) -> None:
    page = alice.get("/crates?genre=Rock").text

    assert "2 releases found" in page and titles(page) == ["Tago Mago"]
    every = alice.get(links(page)["Show every version"]).text
    assert titles(every) == ["Tago Mago", "Tago Mago"]
    assert "Show every version" not in links(every)


def test_an_address_finds_on_the_shelf_of_who_opens_it(
    app: Flask, alice: Visitor, bob: Visitor
) -> None:
    with house(app).db.writing() as session:
        rated = [{"value": 9, "rated_on": "2025-03-01"}]
        factories.record(session, session.get_one(Person, alice.id), discogs_id=3, ratings=rated)
        factories.record(session, session.get_one(Person, bob.id), discogs_id=4)

    for address in ("/crates?owned=yes", "/crates?owned=yes&rating_from=8"):
        assert titles(alice.get(address).text) == ["Debut"]
    assert titles(bob.get("/crates?owned=yes").text) == ["Love"]
    assert titles(bob.get("/crates?rating_from=8").text) == []
    for address in ("/crates?owned=yes", "/api/v1/crates/digs?owned=yes", "/crates/releases/3"):
        assert bob.get(address).headers["Cache-Control"] == "no-store"

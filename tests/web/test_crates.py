"""Digging in the browser: what is asked for stands in the address, and comes back as it was."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote_plus

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.plays import Heard, Named, Source
from core.settings import Settings
from database import crate_postgres, crate_sample, digs
from database.engine import Database
from database.models import Person, Task
from database.play_intake import Intake
from tests import digging, factories, little_crates
from tests.digging import Pressing
from tests.web.conftest import Visitor, house

PRESSINGS = [
    Pressing(1, "Tago Mago", master_id=5, videos=2),
    Pressing(2, "Tago Mago", master_id=5, is_main=False, year=1990, country="UK", format=("CD",)),
    Pressing(3, "Debut", (6,), (2,), ("Electronic",), ("House",), "UK", 1993, videos=1),
    Pressing(4, "Love", (3,), (3,), ("Electronic",), ("Techno", "House"), "Germany", 2001),
]


Serve = Callable[..., None]


@pytest.fixture
def settings(settings: Settings, db: Database) -> Settings:
    if db.is_sqlite:
        return settings
    return settings.model_copy(
        update={"database_url": db.engine.url.render_as_string(hide_password=False)}
    )


@pytest.fixture
def serve(app: Flask) -> Serve:
    """Has a crate of some pressings serve, where the house is kept."""

    def served(pressings: Iterable[Pressing], **about: str | int) -> None:
        here = house(app)
        little_crates.serve(here.settings.data, digging.batch(pressings), db=here.db, **about)

    return served


@pytest.fixture(autouse=True)
def crate(serve: Serve) -> None:
    serve(PRESSINGS, version="20260101")


def titles(page: str) -> list[str]:
    return re.findall(r'<a href="/crates/releases/\d+">([^<]+)</a>', page)


def address(page: str, words: str) -> str:
    """Return where the link leads whose words or name begin so."""
    for link in re.findall(r"<a\b[^>]*>.*?</a>", page, re.DOTALL):
        said = re.search(r'aria-label="([^"]*)"', link)
        text = said[1] if said else " ".join(re.sub(r"<[^>]+>", " ", link).split())
        if text.startswith(words):
            found = re.search(r'href="([^"]+)"', link)
            assert found
            return found[1].replace("&amp;", "&")
    raise AssertionError(f"{words} leads nowhere")


def test_the_whole_crate_is_there_the_newest_first(alice: Visitor) -> None:
    page = alice.get("/crates").text

    assert titles(page) == ["Love", "Debut", "Tago Mago"]
    assert "4 releases" in page


def test_a_value_is_added_left_out_and_taken_off(alice: Visitor) -> None:
    start = alice.get("/crates").text
    chosen = alice.get(address(start, "Electronic")).text
    narrowed = alice.get(address(chosen, "Leave out Techno")).text
    back = alice.get(address(narrowed, "Take off: Electronic")).text

    assert titles(chosen) == ["Love", "Debut"]
    assert titles(narrowed) == ["Debut"]
    assert titles(back) == ["Debut", "Tago Mago"]


def test_what_the_form_does_not_show_is_sent_along(alice: Visitor) -> None:
    page = alice.get("/crates?genre=Electronic&artist=Bj%C3%B6rk&sort=title&owned=no").text

    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    assert {("genre", "Electronic"), ("artist", "Björk"), ("sort", "title")} <= set(hidden)
    assert "owned" not in dict(hidden)


def test_a_name_that_is_not_there_finds_nothing_and_says_what_may_be_meant(alice: Visitor) -> None:
    page = alice.get("/crates?artist=Artefak").text

    assert titles(page) == []
    assert "There is no artist “Artefak” in the crate." in page
    assert titles(alice.get(address(page, "Artefakt (2)")).text) == ["Love"]


def test_what_makes_no_sense_is_told_and_the_rest_stays(alice: Visitor) -> None:
    answer = alice.get("/crates?year=soon&genre=Electronic")

    assert answer.status_code == 422
    assert "A year like 1975" in answer.text and 'value="soon"' in answer.text
    assert titles(answer.text) == ["Love", "Debut"]


def test_ratings_the_wrong_way_round_are_told(alice: Visitor) -> None:
    answer = alice.get("/crates?rating_from=9&rating_to=2")

    assert answer.status_code == 422
    assert "Give the lower rating first." in answer.text


def test_pages_lead_on_until_all_was_there(alice: Visitor, serve: Serve) -> None:
    many = [Pressing(nth, f"No. {nth}", year=1900 + nth) for nth in range(1, 61)]
    serve(many, version="20260201")

    first = alice.get("/crates?sort=oldest").text
    second = alice.get(address(first, "More")).text

    assert titles(first) + titles(second) == [f"No. {nth}" for nth in range(1, 61)]


def test_what_stands_on_the_shelf_is_seen_asked_for_and_left_out(
    app: Flask, alice: Visitor
) -> None:
    with house(app).db.writing() as session:
        rated = [{"value": 9, "rated_on": "2025-03-01"}]
        me = session.get_one(Person, alice.id)
        factories.record(session, me, "Debut", discogs_id=3, ratings=rated)

    assert "on your shelf" in alice.get("/crates?genre=Electronic").text
    assert titles(alice.get("/crates?owned=yes&rating_from=8").text) == ["Debut"]
    assert titles(alice.get("/crates?owned=no&genre=Electronic").text) == ["Love"]


def test_a_dig_is_kept_called_something_else_and_deleted(app: Flask, alice: Visitor) -> None:
    page = "/crates?genre=Electronic&style=House"
    alice.submit(page, to="/crates/digs", query="style=House&genre=Electronic", name="Houses")

    shown = alice.get("/crates/digs").text
    assert titles(alice.get(address(shown, "Houses")).text) == ["Love", "Debut"]
    with house(app).db.reading() as session:
        dig_id = digs.listed(session, alice.id)[0].id
    alice.submit("/crates/digs", to=f"/crates/digs/{dig_id}", name="Deep")
    assert "Deep" in alice.get("/crates/digs").text
    alice.submit("/crates/digs", to=f"/crates/digs/{dig_id}/delete")
    assert "No digs kept yet" in alice.get("/crates/digs").text


def test_the_same_dig_is_not_kept_twice(alice: Visitor) -> None:
    for query in ("style=House&genre=Electronic", "genre=Electronic&style=House"):
        answer = alice.submit("/crates", to="/crates/digs", query=query, name="x")

    assert "You keep this dig already." in alice.get(answer.headers["Location"]).text


def test_a_surprise_is_of_the_dig_and_leads_on_in_it(alice: Visitor) -> None:
    page = alice.get("/crates?style=Techno").text

    answer = alice.get(address(page, "Surprise me"))

    assert answer.headers["Location"].startswith("/crates/releases/4?")
    shown = alice.get(answer.headers["Location"]).text
    assert unquote_plus(address(shown, "Another one")) == "/crates/surprise?style=Techno"


def test_a_surprise_of_nothing_leads_back_to_the_dig(alice: Visitor) -> None:
    assert alice.get("/crates/surprise?style=Polka").headers["Location"] == "/crates?style=Polka"


def test_a_release_tells_what_the_house_has_of_it(app: Flask, alice: Visitor) -> None:
    with house(app).db.writing() as session:
        me = session.get_one(Person, alice.id)
        factories.record(session, me, "My Tago Mago", discogs_id=1)
        at = clock.now() - clock.HOUR
        named = Named("Halleluhwah", ("CAN",), "Tago Mago")
        Intake(alice.id).take(session, [Heard(named, at, Source.SCROBBLE, 1, duration_ms=210_000)])

    page = alice.get("/crates/releases/1").text

    assert "My Tago Mago" in page
    assert "You played it" in page and "1 track." in page
    assert "https://www.youtube.com/watch?v=" in page
    assert titles(page) == ["Tago Mago"]  # its other version


def test_a_release_fills_the_form_of_a_purchase(alice: Visitor) -> None:
    form = alice.get(address(alice.get("/crates/releases/4").text, "Add to my shelf")).text

    for name, value in {
        "title": "Love", "artists": "Artefakt", "labels": "Ostgut Ton", "year": "2001",
        "discogs_id": "4",
    }.items():  # fmt: skip
        assert re.search(rf'name="{name}"[^>]*value="{value}"', form), name
    assert '<option value="LP" selected>' in form or 'value="LP"' in form


def test_a_master_an_artist_and_a_label_lead_to_their_releases(alice: Visitor) -> None:
    assert titles(alice.get("/crates/masters/5").text) == ["Tago Mago", "Tago Mago"]
    assert titles(alice.get("/crates/artists/6").text) == ["Debut"]
    assert titles(alice.get("/crates/labels/3").text) == ["Love"]


@pytest.mark.parametrize("what", ["releases", "masters", "artists", "labels"])
def test_what_is_not_in_the_crate_is_not_there(alice: Visitor, what: str) -> None:
    for number in (99, 2**40):
        assert alice.get(f"/crates/{what}/{number}").status_code == 404


def test_a_barcode_leads_to_its_release_or_to_those_that_share_it(
    alice: Visitor, serve: Serve
) -> None:
    pressings = [Pressing(nth, barcode=said) for nth, said in enumerate(("12345678",) * 2, 1)]
    pressings.append(Pressing(3, barcode="87654321"))
    serve(pressings, has_barcodes=1)

    assert alice.get(address(alice.get("/crates").text, "By barcode")).status_code == 200
    only = alice.get("/crates/barcode?barcode=8765-4321")
    assert only.headers["Location"] == "/crates/releases/3"
    assert len(titles(alice.get("/crates/barcode?barcode=12345678").text)) == 2
    assert "No release in the crate" in alice.get("/crates/barcode?barcode=11111111").text
    assert "eight figures" in alice.get("/crates/barcode?barcode=BIEM").text


def test_a_crate_without_barcodes_says_so(alice: Visitor) -> None:
    assert "keeps no barcodes" in alice.get("/crates/barcode?barcode=12345678").text


def test_the_record_of_the_day_leads_to_something_else(alice: Visitor) -> None:
    to = address(alice.get("/shelf/day").text, "Rather something")

    assert alice.get(to).headers["Location"].startswith("/crates/releases/")


def test_digs_like_what_was_played(app: Flask, alice: Visitor) -> None:
    heard = [
        Heard(Named("A", ("Björk",), "Debut"), clock.now() - nth, Source.SCROBBLE, nth,
              duration_ms=210_000)
        for nth in range(1, 4)
    ]  # fmt: skip
    with house(app).db.writing() as session:
        Intake(alice.id).take(session, heard)

    page = alice.get("/crates/similar").text

    assert titles(alice.get(address(page, "House")).text) == ["Love", "Debut"]
    assert titles(alice.get(address(page, "By these artists")).text) == ["Debut"]


def test_without_plays_nothing_is_like_them(alice: Visitor) -> None:
    assert "Nothing was played yet" in alice.get("/crates/similar").text


def test_whose_the_data_are_is_said_everywhere(alice: Visitor) -> None:
    for page in ("/crates", "/crates/releases/1", "/crates/masters/5", "/crates/digs"):
        assert "CC0" in alice.get(page).text


def test_the_sample_takes_no_crates_place(alice: Visitor) -> None:
    assert alice.submit("/crates", to="/crates/sample").status_code == 409


class TestApi:
    """The same for scripts."""

    def test_names_are_suggested_as_somebody_types(self, alice: Visitor) -> None:
        found = alice.get("/api/v1/crates/suggest?field=artist&q=BJO").json

        assert found == ["Björk"]
        assert alice.get("/api/v1/crates/suggest?field=artist&q=").json == []
        assert alice.get("/api/v1/crates/suggest?field=year&q=19").status_code == 400

    def test_values_come_with_their_counts(self, alice: Visitor) -> None:
        found = alice.get("/api/v1/crates/values?kind=style").json

        assert found == {
            "values": [{"name": "House", "releases": 2}, {"name": "Techno", "releases": 1}]
        }
        assert alice.get("/api/v1/crates/values?kind=mood").status_code == 400

    def test_a_dig_comes_part_by_part(self, alice: Visitor) -> None:
        first = alice.get("/api/v1/crates/digs?genre=Electronic&limit=1&counts=1").json
        assert first
        second = alice.get(
            f"/api/v1/crates/digs?genre=Electronic&limit=1&after={first['after']}"
        ).json
        assert second

        assert (first["count"], first["version"]) == (2, "20260101")
        assert [one["id"] for one in (*first["releases"], *second["releases"])] == [4, 3]
        assert second["after"] is None and "counts" not in second
        assert {"name": "Techno", "releases": 1} in first["counts"]["style"]

    def test_a_problem_is_told_with_what_may_be_meant(self, alice: Visitor) -> None:
        found = alice.get("/api/v1/crates/digs?artist=Artefak").json
        assert found

        assert found["count"] == 0
        assert found["problems"]["artist"]["suggestions"] == ["Artefakt (2)"]

    def test_what_makes_no_sense_is_422(self, alice: Visitor) -> None:
        for said in ("year=soon", "limit=0", "after=x", "sort=best"):
            assert alice.get(f"/api/v1/crates/digs?{said}").status_code == 422, said

    def test_single_ones(self, alice: Visitor) -> None:
        release = alice.get("/api/v1/crates/releases/1").json
        master = alice.get("/api/v1/crates/masters/5").json
        assert release and master

        assert [one["name"] for one in release["artists"]] == ["Can"]
        assert len(release["links"]) == 2
        assert [one["id"] for one in master["versions"]] == [1, 2]
        assert alice.get("/api/v1/crates/artists/6").json["releases"] == 1  # type: ignore[index]
        assert alice.get("/api/v1/crates/labels/99").status_code == 404


class TestWithoutACrate:
    """Nothing has been imported yet."""

    @pytest.fixture(autouse=True)
    def no_crate(self, crate: None, settings: Settings, db: Database) -> None:
        assert crate is None
        if not db.is_sqlite and (name := crate_postgres.current(db)):
            assert crate_postgres.drop(db, name)
            return
        for path in (settings.data / "crates").iterdir():
            path.unlink()

    def test_the_page_says_how_one_comes(self, alice: Visitor) -> None:
        assert "Nothing to dig in yet" in alice.get("/crates").text
        assert alice.get("/crates/releases/1").status_code == 404
        assert alice.get("/crates/similar").status_code == 404
        assert alice.get("/api/v1/crates/suggest?field=artist&q=can").json == []

    def test_the_sample_is_asked_for(self, app: Flask, bob: Visitor) -> None:
        answer = bob.submit("/crates", to="/crates/sample")

        assert answer.status_code == 303
        with house(app).db.reading() as session:
            task = session.scalars(select(Task)).one()
        assert task.args["dumps"] == {"releases": str(crate_sample.FILE)}
        assert crate_sample.FILE.is_file()


def test_of_the_sample_it_is_said_and_its_numbers_are_nobodys(alice: Visitor, serve: Serve) -> None:
    serve(PRESSINGS, version=crate_sample.VERSION)

    assert "made up" in alice.get("/crates").text
    assert "discogs_id" not in address(alice.get("/crates/releases/1").text, "Add to my shelf")

"""A collection to take along: the same films as on the page, or everything there is."""

import csv
import io
import json
from typing import Any

import pytest
from flask import Flask

from database import film_export, film_marks, film_sources
from database.engine import Database
from database.film_marks import Listing, Mark
from tests import factories
from tests.web.conftest import Visitor, house, member
from webapp.films import downloads


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def bobs(db: Database, bob: Visitor) -> int:
    """Fill bob's collection; return the id of a film of his."""
    with db.writing() as session:
        mine = film_sources.source(session, bob.id, "bob")
        ran, heat = factories.film(session, "=Ran", 1985), factories.film(session, "Heat", 1995)
        wanted = factories.film(session, "Wanted", None)
        ran.director, ran.slug = "黒澤 明", "ran"
        ran.kind, ran.tmdb_id = "movie", 11645
        seen = factories.viewing(session, ran, mine, "2024-01-02", half_stars=9)
        seen.review, seen.tags, seen.is_rewatch = 'He said: "again",\nand again.', "+cinema", True
        marks = [
            Mark(heat.id, watched_on="2023-01-01", half_stars=7, is_liked=True),
            Mark(wanted.id, wanted_on="2025-01-01"),
        ]
        film_marks.save_marks(session, mine.id, marks)
        for slug in ("best", "worst"):
            list_id, _ = film_marks.list_of(session, mine.id, Listing(slug, slug.title()))
            film_marks.put_entries(session, list_id, [(ran.id, "@first"), (heat.id, None)])
        return ran.id


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_collection_as_a_table(bob: Visitor, bobs: int) -> None:
    assert bobs
    answer = bob.get("/films.csv?sort=-rating")

    assert answer.content_type == "text/csv; charset=utf-8"
    assert 'filename="films.csv"' in answer.headers["Content-Disposition"]
    assert table(answer.text) == [
        {
            "title": "'=Ran", "year": "1985", "director": "黒澤 明", "stars": "4.5",
            "viewings": "1", "last_watched": "2024-01-02", "liked": "", "rewatched": "yes",
        },
        {
            "title": "Heat", "year": "1995", "director": "", "stars": "3.5",
            "viewings": "0", "last_watched": "", "liked": "yes", "rewatched": "",
        },
    ]  # fmt: skip


def test_the_filters_hold_for_it_too(bob: Visitor, bobs: int) -> None:
    assert [row["title"] for row in table(bob.get("/films.csv?seen=2024").text)] == ["'=Ran"]
    told = bob.get("/films.json?liked=1").json
    assert told and [film["title"] for film in told["films"]] == ["Heat"]
    accepted = bob.get("/films?seen=2024", headers={"Accept": "application/json"}).json
    assert accepted == {
        "films": [
            {
                "id": bobs, "title": "=Ran", "year": 1985, "director": "黒澤 明", "stars": 4.5,
                "viewings": 1, "last_watched": "2024-01-02", "liked": False, "rewatched": True,
            }
        ]
    }  # fmt: skip
    assert bob.get("/films.csv?year=12").status_code == 422


def test_everything_as_a_table(bob: Visitor, bobs: int) -> None:
    assert bobs
    rows = table(bob.get("/films/export.csv").text)

    assert [(row["what"], row["title"], row["day"]) for row in rows] == [
        ("viewing", "'=Ran", "2024-01-02"),
        ("mark", "Heat", "2023-01-01"),
        ("wanted", "Wanted", "2025-01-01"),
        ("list", "'=Ran", ""),
        ("list", "Heat", ""),
        ("list", "'=Ran", ""),
        ("list", "Heat", ""),
    ]
    seen, mark, *_ = rows
    assert seen["review"] == 'He said: "again",\nand again.' and seen["tags"] == "'+cinema"
    assert (seen["stars"], seen["rewatch"], mark["liked"]) == ("4.5", "yes", "yes")
    assert seen["letterboxd"] == "https://letterboxd.com/film/ran/"
    assert seen["tmdb"] == "https://www.themoviedb.org/movie/11645"
    assert (rows[3]["list"], rows[3]["position"], rows[3]["note"]) == ("Best", "1", "'@first")


def test_everything_as_json(bob: Visitor, bobs: int) -> None:
    assert bobs
    told: dict[str, Any] = json.loads(bob.get("/films/export.json").text)

    assert {name: len(rows) for name, rows in told.items()} == {
        "viewings": 1, "marks": 1, "watchlist": 1, "lists": 2
    }  # fmt: skip
    assert told["viewings"][0]["title"] == "=Ran"
    assert told["viewings"][0]["review"] == 'He said: "again",\nand again.'
    assert [one["name"] for one in told["lists"]] == ["Best", "Worst"]
    assert [film["title"] for film in told["lists"][1]["films"]] == ["=Ran", "Heat"]


def test_who_has_nothing_gets_nothing(app: Flask, bobs: int) -> None:
    assert bobs
    carol = member(app, "carol")

    assert table(carol.get("/films.csv").text) == []
    assert carol.get("/films.json").json == {"films": []}
    assert table(carol.get("/films/export.csv").text) == []
    assert carol.get("/films/export.json").json == {
        "viewings": [], "marks": [], "watchlist": [], "lists": []
    }  # fmt: skip


def test_many_batches_make_one_whole(
    bob: Visitor, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_export, "_BATCH", 3)
    monkeypatch.setattr(downloads, "_BATCH", 3)
    with db.writing() as session:
        for account in ("one", "other"):
            mine = film_sources.source(session, bob.id, account)
            seen = [factories.film(session, f"{account} {number}") for number in range(10)]
            for number, film in enumerate(seen):
                factories.viewing(session, film, mine, f"2024-01-{1 + number % 2:02}")
                film_marks.save_marks(session, mine.id, [Mark(film.id, half_stars=8)])
            list_id, _ = film_marks.list_of(session, mine.id, Listing("best", "Best"))
            film_marks.put_entries(session, list_id, [(film.id, None) for film in seen])

    everything = [(row["what"], row["title"]) for row in table(bob.get("/films/export.csv").text)]

    titles = sorted(f"{account} {number}" for account in ("one", "other") for number in range(10))
    for what in ("viewing", "mark", "list"):
        assert sorted(title for kind, title in everything if kind == what) == titles
    assert [row["title"] for row in table(bob.get("/films.csv").text)] == titles
    told = bob.get("/films/export.json").json
    assert told and [len(told[name]) for name in ("viewings", "marks")] == [20, 20]

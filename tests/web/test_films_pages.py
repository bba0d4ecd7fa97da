"""The pages of a person's films: filters in the address, diary, lists, figures, one film."""

import re

import pytest
from flask import Flask

from database import film_marks, film_sources
from database.engine import Database
from database.film_marks import Listing, Mark
from database.models import Film
from tests import factories
from tests.hall import Hall
from tests.web.conftest import Visitor, house


@pytest.fixture
def db(app: Flask) -> Database:
    return house(app).db


@pytest.fixture
def films(db: Database, bob: Visitor) -> dict[str, int]:
    """What bob has: a film of most kinds; returns their ids by title, and his list's."""
    with db.writing() as session:
        mine = film_sources.source(session, bob.id, "bob")
        made = {
            title: factories.film(session, title, year)
            for title, year in (("Alien", 1979), ("Brazil", 1985), ("<Cure>", 1997))
        }
        made["Alien"].director, made["Alien"].slug = "Ridley Scott", "alien"
        made["Alien"].kind, made["Alien"].tmdb_id = "movie", 348
        made["Brazil"].uri, made["<Cure>"].uri = "javascript:alert(1)", "https://boxd.it/c"
        seen = factories.viewing(session, made["Alien"], mine, "2024-02-29", half_stars=9)
        seen.review, seen.tags = "In <space>\n\nnobody hears.", "cinema"
        factories.viewing(session, made["Alien"], mine, "2019-05-01").is_rewatch = True
        factories.viewing(session, made["Brazil"], mine, "2024-02-01", half_stars=7).is_liked = True
        marks = [
            Mark(made["<Cure>"].id, half_stars=4),
            Mark(made["Alien"].id, is_liked=True, wanted_on="2018-01-02"),
        ]
        film_marks.save_marks(session, mine.id, marks)
        list_id, _ = film_marks.list_of(session, mine.id, Listing("best", "The <best>"))
        film_marks.put_entries(session, list_id, [(made["Alien"].id, "the <first>")])
        return {title: film.id for title, film in made.items()} | {"list": list_id}


def shown(visitor: Visitor, address: str) -> list[str]:
    """Return the titles of the films that a page shows."""
    page = visitor.get(address).text
    titles = ("Alien", "Brazil", "&lt;Cure&gt;")
    return [title.replace("&lt;", "<").replace("&gt;", ">") for title in titles if title in page]


def test_a_filter_is_the_address(bob: Visitor, films: dict[str, int]) -> None:
    assert shown(bob, "/films") == ["Alien", "Brazil", "<Cure>"]
    assert shown(bob, "/films?decade=1980") == ["Brazil"]
    assert shown(bob, "/films?stars=3.5&liked=1&seen=2024") == ["Alien", "Brazil"]
    assert shown(bob, f"/films?list={films['list']}&q=") == ["Alien"]


@pytest.mark.usefixtures("films")
def test_each_filter_that_is_on_can_be_taken_off(bob: Visitor) -> None:
    page = bob.get("/films?decade=1970&stars=4&stars_to=5&liked=1&view=list&sort=-rating").text

    assert "1 film found" in page
    chips = dict(re.findall(r'href="([^"]+)" aria-label="Take off the filter: ([^"]+)"', page))
    assert {words: address.replace("&amp;", "&") for address, words in chips.items()} == {
        "of the 1970s": "/films?stars=4&stars_to=5&liked=1&sort=-rating&view=list",
        "at least ★★★★ and at most ★★★★★": "/films?decade=1970&liked=1&sort=-rating&view=list",
        "liked": "/films?decade=1970&stars=4&stars_to=5&sort=-rating&view=list",
    }


def test_the_list_that_is_filtered_by_is_named(bob: Visitor, films: dict[str, int]) -> None:
    assert "in the list “The &lt;best&gt;”" in bob.get(f"/films?list={films['list']}").text
    assert "in the list “a list that is gone”" in bob.get("/films?list=999").text


@pytest.mark.usefixtures("films")
def test_a_filter_that_makes_no_sense_comes_back_with_what_was_typed(bob: Visitor) -> None:
    answer = bob.get("/films?year=12&liked=1")

    assert answer.status_code == 422
    assert 'value="12"' in answer.text and "Give a year like 1975." in answer.text
    script = bob.get("/films?year=12", headers={"Accept": "application/json"})
    assert script.status_code == 422
    assert (script.json or {})["problems"] == {"year": "Give a year like 1975."}


@pytest.mark.usefixtures("films")
def test_where_nothing_is_found_it_says_what_to_do(bob: Visitor) -> None:
    page = bob.get("/films?year=1900").text

    assert "0 films found" in page and "Take a filter off" in page


@pytest.mark.usefixtures("films")
def test_the_table_says_the_same(bob: Visitor) -> None:
    page = bob.get("/films?view=list&sort=-rating").text

    assert "<table>" in page and page.index("Alien") < page.index("Brazil")
    assert "Show posters" in page


def test_a_page_leads_on_with_its_filters(bob: Visitor, db: Database) -> None:
    with db.writing() as session:
        mine = film_sources.source(session, bob.id, "bob")
        for number in range(61):
            film = factories.film(session, f"Film {number:02}", 1999)
            factories.viewing(session, film, mine, half_stars=8)

    first = bob.get("/films?stars=4&sort=-rating&view=list").text
    more = re.search(r'rel="next" href="([^"]+)"', first)

    assert more and "stars=4" in more[1] and "view=list" in more[1]
    assert "Film 60" not in first and "Film 60" in bob.get(more[1].replace("&amp;", "&")).text
    assert "61 films found" in first


def test_a_films_page(bob: Visitor, app: Flask, films: dict[str, int], db: Database) -> None:
    mosaic = Hall(db, house(app).settings.pictures).hang(bob.id)
    with db.writing() as session:
        from database.models import MosaicFilm

        entry = session.get_one(MosaicFilm, (mosaic.id, 0))
        entry.film_id = films["Alien"]

    page = bob.get(f"/films/{films['Alien']}").text

    for part in (
        "Ridley Scott", "29 Feb 2024", "1 May 2019", "In &lt;space&gt;\n\nnobody hears.", "cinema",
        "2 times", "2 Jan 2018", "The &lt;best&gt;", "the &lt;first&gt;", mosaic.title,
        'href="https://letterboxd.com/film/alien/"', 'href="https://www.themoviedb.org/movie/348"',
        f'href="/mosaics/{mosaic.public_id}"',
    ):  # fmt: skip
        assert part in page, part


def test_a_link_out_of_a_file_leads_to_letterboxd_or_nowhere(
    bob: Visitor, films: dict[str, int]
) -> None:
    assert "javascript:" not in bob.get(f"/films/{films['Brazil']}").text
    assert 'href="https://boxd.it/c"' in bob.get(f"/films/{films['<Cure>']}").text


def test_a_films_page_for_a_script(bob: Visitor, films: dict[str, int]) -> None:
    told = bob.get(f"/films/{films['Alien']}", headers={"Accept": "application/json"}).json

    assert told and told["title"] == "Alien" and told["links"]["TMDB"].endswith("/movie/348")
    assert [viewing["watched_on"] for viewing in told["viewings"]] == ["2024-02-29", "2019-05-01"]
    assert told["said"] == {
        "half_stars": None, "is_liked": True, "watched_on": None, "wanted_on": "2018-01-02"
    }  # fmt: skip


@pytest.mark.usefixtures("films")
def test_the_diary_by_months(bob: Visitor) -> None:
    page = bob.get("/films/diary").text

    months = re.findall(r'<h2 id="m([0-9-]+)">([^<]+)</h2>', page)
    assert months == [("2024-02", "February 2024"), ("2019-05", "May 2019")]
    assert 'href="/films/diary/2024-02"' in page
    assert 'href="/films/diary?until=2019-12-31"' in page
    earlier = bob.get("/films/diary?until=2019-12-31").text
    assert "May 2019" in earlier and "February 2024" not in earlier
    assert "Nothing before that day" in bob.get("/films/diary?until=2001-01-01").text


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize("no_day", ["2025-13-45", "0000-00-00", "soon"])
def test_up_to_what_is_no_day_begins_with_the_newest(bob: Visitor, no_day: str) -> None:
    page = bob.get(f"/films/diary?until={no_day}")

    assert page.status_code == 200 and "February 2024" in page.text and "Up to" not in page.text


def test_a_day_that_somebody_mistyped_does_not_hide_the_others(bob: Visitor, db: Database) -> None:
    with db.writing() as session:
        mine = film_sources.source(session, bob.id, "bob")
        for title, day in (("Ran", "2024-02-29"), ("Stalker", "0204-02-29")):
            factories.viewing(session, factories.film(session, title), mine, day)

    page = bob.get("/films/diary").text

    assert "Ran" in page and "Stalker" in page


def test_the_diary_leads_on(bob: Visitor, db: Database) -> None:
    with db.writing() as session:
        mine = film_sources.source(session, bob.id, "bob")
        for number in range(61):
            film = factories.film(session, f"Film {number:02}")
            factories.viewing(
                session, film, mine, f"2024-{1 + number // 28:02}-{1 + number % 28:02}"
            )

    first = bob.get("/films/diary").text
    more = re.search(r'rel="next" href="([^"]+)"', first)

    assert more and "Film 00" not in first
    assert "Film 00" in bob.get(more[1].replace("&amp;", "&")).text


@pytest.mark.usefixtures("films")
def test_a_month_is_a_table_of_its_days(bob: Visitor) -> None:
    page = bob.get("/films/diary/2024-02").text

    assert "February 2024" in page and "2 viewings" in page
    days = re.findall(r'<time datetime="([0-9-]+)">', page)
    assert (days[0], days[-1], len(days)) == ("2024-02-01", "2024-02-29", 29)
    assert page.index("2024-02-28") < page.index("Alien")
    for month in ("2023-02", "2024-01", "2024-03", "2025-02"):
        assert f'href="/films/diary/{month}"' in page, month
    # The years lead to the same month.
    assert 'href="/films/diary/2019-02"' in page


def test_a_crowded_day_leads_to_the_list(bob: Visitor, db: Database) -> None:
    with db.writing() as session:
        mine = film_sources.source(session, bob.id, "bob")
        for number in range(9):
            factories.viewing(session, factories.film(session, f"Film {number}"), mine)

    page = bob.get("/films/diary/2025-03").text

    assert "and 3 more" in page and 'href="/films/diary?until=2025-03-01"' in page


@pytest.mark.parametrize("month", ["2024-13", "2024-00", "1869-12", "2200-01", "x", "2024-1"])
def test_a_month_that_is_none_is_not_there(bob: Visitor, month: str) -> None:
    assert bob.get(f"/films/diary/{month}").status_code == 404


def test_the_calendar_has_a_beginning_and_an_end(bob: Visitor) -> None:
    assert 'href="/films/diary/1869-12"' not in bob.get("/films/diary/1870-01").text
    assert 'href="/films/diary/2200-01"' not in bob.get("/films/diary/2199-12").text


@pytest.mark.usefixtures("films")
def test_the_watchlist(bob: Visitor) -> None:
    page = bob.get("/films/watchlist?sort=title").text

    assert "1 film wanted" in page and "added 2 Jan 2018 · seen" in page
    assert bob.get("/films/watchlist?sort=nonsense").status_code == 200


def test_lists(bob: Visitor, films: dict[str, int]) -> None:
    assert "The &lt;best&gt;" in bob.get("/films/lists").text

    page = bob.get(f"/films/lists/{films['list']}").text

    assert "1 film, " in page and "1 of them seen" in page and "the &lt;first&gt;" in page
    beyond = bob.get(f"/films/lists/{films['list']}?after=1").text
    assert "No more films in this list" in beyond


@pytest.mark.usefixtures("films")
def test_ratings_lead_to_their_films(bob: Visitor) -> None:
    page = bob.get("/films/ratings").text

    assert "3.33 stars" in page and "33.3 %" in page
    assert page.count('href="/films?stars=4.5&amp;stars_to=4.5"') == 2
    assert "<title>4.5 stars: 1 film</title>" in page
    assert shown(bob, "/films?stars=4.5&stars_to=4.5") == ["Alien"]


@pytest.mark.usefixtures("films")
def test_years_and_decades(bob: Visitor) -> None:
    page = bob.get("/films/years").text

    assert 'href="/films?seen=2024"' in page and 'href="/films?decade=1980"' in page
    assert "<title>2019: 1 viewing</title>" in page


@pytest.mark.usefixtures("films")
def test_rewatches_and_directors(bob: Visitor) -> None:
    assert shown(bob, "/films/rewatches") == ["Alien"]
    page = bob.get("/films/directors").text
    assert "known of 1 of 3 films" in page and 'href="/films?q=Ridley+Scott"' in page


@pytest.mark.parametrize("page", ["diary", "watchlist", "lists", "ratings", "years", "rewatches"])
def test_empty_pages_say_what_to_do(bob: Visitor, page: str) -> None:
    assert 'href="/films/import"' in bob.get(f"/films/{page}").text


def test_without_tmdb_the_directors_say_why(bob: Visitor, db: Database) -> None:
    assert "No films yet" in bob.get("/films/directors").text
    with db.writing() as session:
        mine = film_sources.source(session, bob.id, "bob")
        factories.viewing(session, factories.film(session), mine)

    assert "NEEDLEDROP_TMDB_TOKEN" in bob.get("/films/directors").text


def test_a_film_of_nobodys_is_not_there(bob: Visitor, db: Database) -> None:
    with db.writing() as session:
        film: Film = factories.film(session)

    assert bob.get(f"/films/{film.id}").status_code == 404

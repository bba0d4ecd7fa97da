"""What pages show of a person's films, on both databases."""

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import film_diary, film_figures, film_lists, film_marks, film_page, films, pictures
from database.film_figures import Mean
from database.film_filters import Filter
from database.film_lists import Sort
from database.film_marks import Listing, Mark
from database.models import Film, FilmSource, Mosaic, MosaicFilm, Person
from tests.factories import film, person, source, viewing


@pytest.fixture
def dave(session: Session) -> Person:
    return person(session)


@pytest.fixture
def mine(session: Session, dave: Person) -> FilmSource:
    return source(session, dave)


@pytest.fixture
def shelf(session: Session, mine: FilmSource) -> dict[str, Film]:
    """Five films, each with something of its own; and one of somebody else's."""
    made = {
        title: film(session, title, year)
        for title, year in (
            ("Alien", 1979), ("Brazil", 1985), ("Cure", 1997), ("Dune", 2021), ("Eraserhead", None)
        )
    }  # fmt: skip
    made["Alien"].director = "Ridley Scott"
    viewing(session, made["Alien"], mine, "2019-05-01", half_stars=10)
    viewing(session, made["Alien"], mine, "2024-05-01", half_stars=9)
    viewing(session, made["Brazil"], mine, "2024-02-29", half_stars=7).is_liked = True
    viewing(session, made["Cure"], mine, "2024-12-31").is_rewatch = True
    film_marks.save_marks(
        session,
        mine.id,
        [
            Mark(made["Dune"].id, watched_on="2023-01-01", half_stars=4),
            Mark(made["Eraserhead"].id, is_liked=True),
        ],
    )
    made["Alien"].poster_address = "https://a.ltrbxd.com/alien.jpg"
    made["Brazil"].poster_sha256 = "ab" * 32
    pictures.save(session, made["Alien"].poster_address, sha256="cd" * 32, size=6, expires_at=0)
    pictures.save_missing(session, "https://a.ltrbxd.com/none.jpg", expires_at=0)
    made["Cure"].poster_address = "https://a.ltrbxd.com/none.jpg"
    viewing(session, film(session, "Zodiac", 2007), source(session, person(session)))
    session.flush()
    return made


def titles(session: Session, dave: Person, **wanted: object) -> str:
    """Return the first letters of what is found, in order; the page and the count must agree."""
    asked = Filter.model_validate(wanted)
    found = films.page(session, dave.id, asked)
    assert found.in_all == len(found.films) == films.count(session, dave.id, asked)
    assert found.films == films.collection(session, dave.id, asked)
    return "".join(one.title[0] for one in found.films)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "ABCDE"),
        ({"q": "ridley"}, "A"),
        ({"q": "alien scott 1979"}, "A"),
        ({"q": "alien 1985"}, ""),
        ({"year": 1985}, "B"),
        ({"decade": 1970}, "A"),
        ({"decade": 1990}, "C"),
        ({"stars": 3.5}, "AB"),
        ({"stars": "4.5"}, "A"),
        ({"stars": 5}, ""),
        ({"stars_to": 2}, "D"),
        ({"stars": 3.5, "stars_to": 3.5}, "B"),
        ({"seen": 2024}, "ABC"),
        ({"seen": 2019}, "A"),
        ({"seen": 2023}, ""),
        ({"liked": "1"}, "BE"),
        ({"liked": "0"}, "ABCDE"),
        ({"rewatched": "1"}, "AC"),
        ({"poster": "none"}, "CDE"),
        ({"seen": 2024, "liked": "1"}, "B"),
        ({"sort": "-title"}, "EDCBA"),
        ({"sort": "year"}, "ABCDE"),
        ({"sort": "-year"}, "DCBAE"),
        ({"sort": "-rating"}, "ABDCE"),
        ({"sort": "rating"}, "DBACE"),
        ({"sort": "-watched"}, "CABDE"),
        ({"sort": "watched"}, "BACDE"),
        ({"sort": "-viewings"}, "ABCDE"),
        ({"sort": "-rating", "seen": 2024}, "ABC"),
    ],
)
def test_a_filter_and_its_order(
    session: Session, dave: Person, shelf: dict[str, Film], wanted: dict[str, object], found: str
) -> None:
    assert shelf
    assert titles(session, dave, **wanted) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"year": 12}, {"decade": 1975}, {"stars": 0}, {"stars": 5.5}, {"stars": 3.2},
        {"stars": "nan"}, {"seen": "x"}, {"poster": "some"}, {"list": 0}, {"list": 2**63},
        {"sort": "id"},
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Filter.model_validate(wrong)


def test_a_list_is_a_filter_for_whose_it_is(
    session: Session, dave: Person, mine: FilmSource, shelf: dict[str, Film]
) -> None:
    list_id, _ = film_marks.list_of(session, mine.id, Listing("best", "Best"))
    film_marks.put_entries(session, list_id, [(shelf["Dune"].id, None), (film(session).id, None)])
    erin = person(session)
    viewing(session, shelf["Dune"], source(session, erin))

    assert titles(session, dave, list=list_id) == "D"
    assert titles(session, erin, list=list_id) == ""


SORTS = ["title", "-title", "year", "-year", "rating", "-rating", "watched", "-watched"]


@pytest.mark.parametrize("sort", [*SORTS, "-viewings"])
def test_pages_in_every_order_have_no_gap_and_no_repeat(
    session: Session, dave: Person, mine: FilmSource, sort: str
) -> None:
    for number in range(13):
        of = film(session, f"Same {number % 2}", 1990 + number % 3 if number % 4 else None)
        if number % 5:
            day = f"2025-01-{1 + number % 3:02}"
            viewing(session, of, mine, day, half_stars=number % 3 * 2 or None)
        else:
            film_marks.save_marks(session, mine.id, [Mark(of.id, is_liked=True)])
    wanted = Filter.model_validate({"sort": sort})
    whole = films.collection(session, dave.id, wanted)
    found: list[films.Listed] = []
    while page := films.collection(
        session, dave.id, wanted, after=found[-1].key if found else None, limit=3
    ):
        found += page

    assert found == whole
    assert len({one.id for one in found}) == 13


def test_the_last_page_leads_nowhere(session: Session, dave: Person, mine: FilmSource) -> None:
    for _ in range(films.PAGE + 1):
        viewing(session, film(session), mine)

    first = films.page(session, dave.id)
    last = films.page(session, dave.id, after=first.more)

    assert (len(first.films), len(last.films), last.more) == (films.PAGE, 1, None)
    assert first.in_all == films.PAGE + 1


@pytest.mark.parametrize("after", ["", "x", "1", "1:x:y", "9" * 30 + "::a", "1:99999:a", "::"])
def test_a_key_of_nobodys_breaks_nothing(
    session: Session, dave: Person, mine: FilmSource, after: str
) -> None:
    viewing(session, film(session), mine)

    for sort in [*SORTS, "-viewings"]:
        films.collection(session, dave.id, Filter.model_validate({"sort": sort}), after=after)
        film_lists.wanted(session, dave.id, after=after)
        film_diary.newest(session, dave.id, after=after)


def test_a_film_that_is_wanted_or_listed_may_be_looked_at(
    session: Session, dave: Person, mine: FilmSource
) -> None:
    wanted, listed, other = film(session), film(session), film(session)
    film_marks.save_marks(session, mine.id, [Mark(wanted.id, wanted_on="2025-01-01")])
    list_id, _ = film_marks.list_of(session, mine.id, Listing("best", "Best"))
    film_marks.put_entries(session, list_id, [(listed.id, None)])

    films.demand(session, dave.id, wanted.id)
    films.demand(session, dave.id, listed.id)
    for somebody, of in ((dave.id, other), (person(session).id, wanted), (0, listed)):
        with pytest.raises(NotFound):
            films.demand(session, somebody, of.id)


# The diary


def test_the_diary_goes_back_from_the_newest(session: Session, dave: Person) -> None:
    one, other = source(session, dave), source(session, dave)
    for number in range(7):
        viewing(
            session, film(session, f"F{number}"), (one, other)[number % 2], f"2024-0{number + 1}-01"
        )
    viewing(session, film(session), source(session, person(session)))

    found: list[film_diary.Viewed] = []
    while page := film_diary.newest(
        session, dave.id, after=found[-1].key if found else None, limit=2
    ):
        found += page

    assert [viewed.title for viewed in found] == ["F6", "F5", "F4", "F3", "F2", "F1", "F0"]
    until = film_diary.newest(session, dave.id, until="2024-03-31")
    assert [viewed.title for viewed in until] == ["F2", "F1", "F0"]


def test_two_of_a_day_are_told_apart(session: Session, dave: Person, mine: FilmSource) -> None:
    for _ in range(5):
        viewing(session, film(session), mine, "2025-01-01")

    first = film_diary.newest(session, dave.id, limit=3)
    rest = film_diary.newest(session, dave.id, after=first[-1].key)

    assert len({viewed.film_id for viewed in first + rest}) == 5


def test_a_month_has_its_days(session: Session, dave: Person, mine: FilmSource) -> None:
    for day in ("2024-01-31", "2024-02-29", "2024-02-01", "2024-03-01"):
        viewing(session, film(session), mine, day)

    found = film_diary.of_month(session, dave.id, "2024-02")

    assert [viewed.watched_on for viewed in found] == ["2024-02-01", "2024-02-29"]


def test_the_years_with_viewings_are_told(session: Session, dave: Person) -> None:
    assert film_diary.years(session, dave.id) == []
    one, other = source(session, dave), source(session, dave)
    for by, day in ((one, "2019-01-01"), (one, "2019-12-31"), (other, "2024-05-01")):
        viewing(session, film(session), by, day)
    viewing(session, film(session), source(session, person(session)), "2001-01-01")

    assert film_diary.years(session, dave.id) == [2024, 2019]


# Watchlist and lists


@pytest.mark.parametrize(
    ("sort", "found"),
    [("-added", "CAB"), ("added", "BAC"), ("title", "ABC"), ("-title", "CBA"), ("year", "BAC")],
)
def test_the_watchlist(
    session: Session, dave: Person, mine: FilmSource, sort: Sort, found: str
) -> None:
    for title, year, day in (
        ("A", 1990, "2025-02-01"),
        ("B", 1950, "2025-01-01"),
        ("C", None, "2025-03-01"),
    ):
        of = film(session, title, year)
        film_marks.save_marks(session, mine.id, [Mark(of.id, wanted_on=day)])
    # Another account wants it, too.
    film_marks.save_marks(session, source(session, dave).id, [Mark(of.id, wanted_on="2025-04-01")])
    viewing(session, of, mine)

    wanted = film_lists.wanted(session, dave.id, sort)

    assert "".join(one.title for one in wanted) == found
    assert film_lists.count_wanted(session, dave.id) == 3
    assert {one.title: one.is_seen for one in wanted} == {"A": False, "B": False, "C": True}
    first = film_lists.wanted(session, dave.id, sort, limit=1)
    rest = film_lists.wanted(session, dave.id, sort, after=first[0].key)
    assert first + rest == wanted


def test_a_list_says_how_many_of_it_are_seen(
    session: Session, dave: Person, mine: FilmSource
) -> None:
    seen, unseen = film(session, "Seen"), film(session, "Unseen")
    viewing(session, seen, mine, half_stars=8)
    list_id, _ = film_marks.list_of(session, mine.id, Listing("best", "Best", "Mine", "2025-01-01"))
    film_marks.list_of(session, mine.id, Listing("none", "A list of none"))
    film_marks.put_entries(session, list_id, [(unseen.id, "soon"), (seen.id, None)])

    found = film_lists.lists(session, dave.id)

    assert [(one.name, one.films, one.seen) for one in found] == [
        ("A list of none", 0, 0),
        ("Best", 2, 1),
    ]
    assert film_lists.names(session, dave.id) == [one[:2] for one in found]
    entries = film_lists.entries(session, dave.id, list_id)
    assert [
        (one.position, one.title, one.note, one.is_seen, one.half_stars) for one in entries
    ] == [
        (1, "Unseen", "soon", False, None),
        (2, "Seen", None, True, 8),
    ]
    assert film_lists.entries(session, dave.id, list_id, after=1) == entries[1:]
    with pytest.raises(NotFound):
        film_lists.get(session, person(session).id, list_id)


# Figures


def test_ratings_are_counted_by_film(
    session: Session, dave: Person, shelf: dict[str, Film]
) -> None:
    assert shelf

    found = film_figures.ratings(session, dave.id)

    assert found.films == [0, 0, 0, 1, 0, 0, 1, 0, 1, 0]
    assert (found.unrated, found.mean, found.mean.stars) == (2, Mean(3, 20), 3.33)
    assert film_figures.ratings(session, 0).mean.stars is None


def test_years_are_summed_up(session: Session, dave: Person, shelf: dict[str, Film]) -> None:
    viewing(session, shelf["Alien"], source(session, dave), "2024-06-01", half_stars=1)

    newest, oldest = film_figures.years(session, dave.id)

    assert newest == (2024, 4, 3, 1, Mean(3, 17), "2024-02-29", "2024-12-31")
    assert oldest == (2019, 1, 1, 0, Mean(1, 10), "2019-05-01", "2019-05-01")
    assert film_figures.years(session, 0) == []


def test_decades_are_summed_up(session: Session, dave: Person, shelf: dict[str, Film]) -> None:
    assert shelf

    found = film_figures.decades(session, dave.id)

    assert found == [
        (2020, 1, Mean(1, 4)),
        (1990, 1, Mean(0, 0)),
        (1980, 1, Mean(1, 7)),
        (1970, 1, Mean(1, 9)),
    ]


def test_directors_as_far_as_they_are_known(
    session: Session, dave: Person, mine: FilmSource, shelf: dict[str, Film]
) -> None:
    for title in ("Ran", "Ikiru"):
        of = film(session, title)
        of.director = "Akira Kurosawa"
        viewing(session, of, mine, half_stars=10)

    assert shelf
    assert film_figures.directors(session, dave.id) == [
        ("Akira Kurosawa", 2, 2, Mean(2, 20)),
        ("Ridley Scott", 1, 2, Mean(1, 9)),
    ]
    assert film_figures.known_directors(session, dave.id) == (3, 7)


# One film


def test_a_films_page_has_all_that_hangs_on_it(
    session: Session, dave: Person, mine: FilmSource, shelf: dict[str, Film]
) -> None:
    alien = shelf["Alien"]
    viewing(session, alien, source(session, person(session)), "2025-01-01")
    film_marks.save_marks(
        session, mine.id, [Mark(alien.id, half_stars=9, is_liked=True, wanted_on="2018-01-01")]
    )
    list_id, _ = film_marks.list_of(session, mine.id, Listing("best", "Best"))
    film_marks.put_entries(session, list_id, [(alien.id, "the first")])
    for number, owner in enumerate((dave, person(session))):
        made = Mosaic(
            public_id=f"m{number}", person_id=owner.id, is_shared=False, name="d", name_folded="d",
            title="May", alt="", recipe={}, sha256="", size=1, width=1, height=1,
            preview_width=1, preview_height=1, created_at=1,
        )  # fmt: skip
        session.add(made)
        session.flush()
        for position in (0, 1):
            session.add(
                MosaicFilm(
                    mosaic_id=made.id,
                    position=position,
                    film_id=alien.id,
                    title="Alien",
                    has_poster=True,
                )
            )
    session.flush()

    found = film_page.page(session, dave.id, alien.id)

    assert found.film.id == alien.id
    assert found.said == (9, True, None, "2018-01-01")
    assert [one.watched_on for one in found.viewings] == ["2024-05-01", "2019-05-01"]
    assert found.lists == [(list_id, "Best", 1, "the first")]
    assert found.mosaics == [("m0", "May", 1)]

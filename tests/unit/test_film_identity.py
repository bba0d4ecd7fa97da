"""Two films stay two, whoever names them; one of one name costs no more among thousands."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from database import film_sources, films
from database.films import Candidate, Match, SeenFilm
from database.models import Film, FilmCandidate
from tests.factories import film, person, source, viewing
from tests.work import calls


def ids(session: Session, *film_ids: int) -> list[tuple[int | None, str | None, str | None]]:
    """Return (TMDB's id, slug, address) of films, as the database has them."""
    session.expire_all()
    rows = [session.get_one(Film, film_id) for film_id in film_ids]
    return [(row.tmdb_id, row.slug, row.uri) for row in rows]


def leo(tmdb_id: int, slug: str, year: int = 2023) -> SeenFilm:
    return SeenFilm("Leo", year, "movie", tmdb_id, slug)


@pytest.mark.parametrize("at_once", [True, False])
def test_a_slug_that_moves_joins_no_two_films_of_tmdbs(session: Session, *, at_once: bool) -> None:
    seen = [leo(1, "leo"), leo(2, "leo-2023"), leo(2, "leo"), leo(1, "leo-2012", 2012)]
    if at_once:
        found = films.resolve(session, seen)
    else:
        found = [film_id for one in seen for film_id in films.resolve(session, [one])]

    assert found == [found[0], found[1], found[1], found[0]]
    assert found[0] != found[1]
    assert ids(session, found[0], found[1]) == [(1, "leo-2012", None), (2, "leo", None)]


def test_films_may_change_their_addresses_with_each_other(session: Session) -> None:
    found = films.resolve(session, [leo(1, "leo"), leo(2, "leo-2023")])

    assert films.resolve(session, [leo(2, "leo"), leo(1, "leo-2023")]) == found[::-1]

    assert ids(session, *found) == [(1, "leo-2023", None), (2, "leo", None)]


def test_an_address_that_goes_to_a_film_of_another_year_makes_that_film(session: Session) -> None:
    (old,) = films.resolve(session, [leo(1, "leo", 2012)])

    (new,) = films.resolve(session, [leo(2, "leo", 2023)])

    assert ids(session, old, new) == [(1, None, None), (2, "leo", None)]


def test_two_addresses_of_an_export_are_two_films_whatever_a_feed_says(session: Session) -> None:
    by_id = film(session, "Leo", 2023, tmdb_id=1, uri="u1")
    by_slug = film(session, "Leo", 2023, slug="leo", uri="u2")

    assert films.resolve(session, [leo(1, "leo")]) == [by_id.id]

    assert ids(session, by_id.id, by_slug.id) == [(1, "leo", "u1"), (None, None, "u2")]


def test_an_id_that_two_films_of_one_name_find_is_given_to_one_and_asked_about_for_the_other(
    session: Session,
) -> None:
    dave = person(session)
    first, second = (film(session, "Cinderella", 1922, uri=uri) for uri in ("u1", "u2"))
    for one in (first, second):
        viewing(session, one, source(session, dave))
    answer = Match("movie", 7, "Lotte Reiniger", "https://x/y.jpg")

    assert films.save_match(session, first.id, answer) == first.id
    assert films.save_match(session, second.id, answer) == second.id

    (tie,) = films.ties(session, dave.id)
    assert (tie.film_id, tie.candidates) == (second.id, [Candidate("movie", 7, "Cinderella", 1922)])
    assert ids(session, first.id, second.id) == [(7, None, "u1"), (None, None, "u2")]

    # A person knows better than whichever came first.
    assert films.settle(session, second.id, ("movie", 7), person_id=dave.id) == second.id

    assert ids(session, first.id, second.id) == [(None, None, "u1"), (7, None, "u2")]
    (tie,) = films.ties(session, dave.id)
    assert tie.film_id == first.id
    session.expire_all()
    assert session.get_one(Film, first.id).director is None
    assert films.to_match(session) == [(second.id, "Cinderella", 1922, "movie", 7)]


def test_an_answer_about_another_id_than_the_film_has_by_now_is_dropped(session: Session) -> None:
    alien = film(session, "Alien", tmdb_id=348)
    other = film(session, "Alien!", tmdb_id=1)

    assert films.save_match(session, alien.id, Match("movie", 1, "Somebody")) == alien.id

    assert ids(session, alien.id, other.id) == [(348, None, None), (1, None, None)]
    assert [one.film_id for one in films.to_match(session)] == [alien.id, other.id]


# What guests may do to it


RUDE = SeenFilm("Something rude", 1979, uri="https://boxd.it/f1")
ALIEN = SeenFilm("Alien", 1979, uri="https://boxd.it/f1")


def titled(session: Session, film_id: int) -> tuple[str, str, int | None]:
    session.expire_all()
    row = session.get_one(Film, film_id)
    return row.title, row.title_folded, row.year


def test_a_member_says_what_a_film_of_a_guests_is_called(session: Session) -> None:
    (by_guest,) = films.resolve(session, [RUDE], is_trusted=False)
    session.get_one(Film, by_guest).tmdb_state = "none"
    session.flush()

    assert films.resolve(session, [ALIEN]) == [by_guest]
    assert titled(session, by_guest) == ("Alien", "alien", 1979)
    assert [one.film_id for one in films.to_match(session)] == [by_guest]

    assert films.resolve(session, [RUDE], is_trusted=False) == [by_guest]
    assert titled(session, by_guest) == ("Alien", "alien", 1979)
    assert films.resolve(session, [SeenFilm("ALIEN", 1979)]) == [by_guest]
    assert titled(session, by_guest)[0] == "Alien"


def test_a_guest_teaches_a_film_of_the_household_no_address(session: Session) -> None:
    known = film(session, "Cinderella", 1922, slug="cinderella")
    seen = [SeenFilm("Cinderella", 1922, uri=uri) for uri in ("made-up", "made-up-too")]

    first, second = films.resolve(session, seen, is_trusted=False)

    assert first == known.id != second
    assert ids(session, known.id) == [(None, "cinderella", None)]


def test_what_tmdb_says_of_a_guests_film_joins_it_with_none(session: Session) -> None:
    jaws = film(session, "Jaws", 1975, tmdb_id=578)
    (theirs,) = films.resolve(session, [SeenFilm("Jaws", 1975, uri="of-alien")], is_trusted=False)
    assert theirs == jaws.id  # only looked at
    (theirs,) = films.resolve(session, [SeenFilm("Jaws!", 1975, uri="of-alien")], is_trusted=False)
    guests = film_sources.source(session, None, f"{film_sources.OF_GUESTS}1")
    viewing(session, session.get_one(Film, theirs), guests)

    kept = films.save_match(session, theirs, Match("movie", 578, "Spielberg", "https://x/y.jpg"))

    assert kept == theirs != jaws.id
    assert ids(session, jaws.id, theirs) == [(578, None, None), (None, None, "of-alien")]
    row = session.get_one(Film, theirs)
    assert (row.director, row.poster_address, row.tmdb_state) == (
        "Spielberg",
        "https://x/y.jpg",
        "matched",
    )

    # Once it is a member's too, it is a film like any other.
    viewing(session, row, source(session, person(session)))
    assert films.save_match(session, theirs, Match("movie", 578)) == jaws.id


# What TMDB's terms say


def test_candidates_are_dropped_in_time_too(session: Session) -> None:
    known = film(session, "Leo", 2023)
    films.save_match(
        session, known.id, [Candidate("movie", 1, "Leo"), Candidate("movie", 2, "Leo")]
    )
    session.refresh(known)
    assert known.asked_at is not None

    assert films.expire(session, known.asked_at) == 0
    assert films.expire(session, known.asked_at + 1) == 1
    assert films.expire(session, known.asked_at + 1) == 0

    assert session.scalar(select(func.count()).select_from(FilmCandidate)) == 0
    assert [one.film_id for one in films.to_match(session)] == [known.id]


# How much work it is


def test_more_ids_than_a_statement_may_hold_can_be_asked_for(session: Session) -> None:
    known = [film(session) for _ in range(3)]
    film_ids = [*range(10_000_000, 10_070_000), *(one.id for one in known)]

    found = films.to_match(session, film_ids, limit=2)

    assert [one.film_id for one in found] == [one.id for one in known[:2]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_film_among_thousands_of_its_name_is_found_without_a_look_at_all(
    session: Session,
) -> None:
    def work(name: str, how_many: int) -> int:
        seen = [SeenFilm(name, 1922, uri=f"{name}{number}") for number in range(how_many)]
        return calls(lambda: films.resolve(session, seen))

    few, many = work("Cinderella", 500), work("The Haunted Castle", 2_000)

    # Four times as many are about four times the work, not sixteen.
    assert many < 6 * few

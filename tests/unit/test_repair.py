"""A film that was taken for another, or shows the wrong poster, is mended; on both databases."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import film_identity, film_marks, film_matches, film_posters, films, pictures
from database.film_marks import Mark
from database.films import Candidate, Match, SeenFilm
from database.models import Film, FilmCandidate
from tests.factories import film, person, source, viewing

LEO = [Candidate("movie", 1, "Leo", 2023), Candidate("tv", 1, "Leo", 2023, "A series")]


def row(session: Session, film_id: int) -> Film:
    return session.get_one(Film, film_id, populate_existing=True)


def matched(session: Session, title: str = "Leo", tmdb_id: int = 7) -> Film:
    made = film(session, title, 2023, tmdb_id=tmdb_id, tmdb_state="matched")
    made.director, made.poster_address, made.asked_at = "Somebody", "https://x/y.jpg", 5
    session.flush()
    return made


def told(of: Film) -> tuple[object, ...]:
    return of.kind, of.tmdb_id, of.tmdb_state, of.director, of.poster_address


def test_an_offer_is_a_question_and_changes_nothing_else(session: Session) -> None:
    leo = matched(session)
    before = told(leo)

    film_matches.offer(session, leo.id, LEO)

    after = told(row(session, leo.id))
    assert after == (*before[:2], "tie", *before[3:])
    assert row(session, leo.id).asked_at == 5
    assert len(session.scalars(select(FilmCandidate)).all()) == 2


@pytest.mark.parametrize("state", ["matched", "none", "unasked"])
def test_none_of_these_keeps_what_it_was_before(session: Session, state: str) -> None:
    leo = matched(session) if state == "matched" else film(session, "Leo", tmdb_state=state)
    alice = person(session)
    viewing(session, leo, source(session, alice))
    before = told(leo)
    film_matches.offer(session, leo.id, LEO)

    films.settle(session, leo.id, None, person_id=alice.id)

    wanted = before if state == "matched" else (None, None, "none", None, None)
    assert told(row(session, leo.id)) == wanted
    assert session.scalars(select(FilmCandidate)).all() == []


def test_none_of_these_leaves_an_id_to_be_asked_about(session: Session) -> None:
    leo = film(session, "Leo", 2023, tmdb_id=7, tmdb_state="unasked")
    film_matches.offer(session, leo.id, LEO)

    films.settle(session, leo.id, None)

    assert told(row(session, leo.id)) == ("movie", 7, "unasked", None, None)


def test_the_one_that_it_was_may_be_chosen_again(session: Session) -> None:
    leo = matched(session)
    film_matches.offer(session, leo.id, [Candidate("movie", 7, "Leo"), *LEO])

    assert films.settle(session, leo.id, ("movie", 7)) == leo.id

    assert told(row(session, leo.id)) == ("movie", 7, "unasked", "Somebody", "https://x/y.jpg")


def test_another_one_is_asked_about_anew(session: Session) -> None:
    leo = matched(session)
    film_matches.offer(session, leo.id, LEO)

    assert films.settle(session, leo.id, ("tv", 1)) == leo.id

    assert told(row(session, leo.id)) == ("tv", 1, "unasked", None, None)


def test_a_named_film_is_it_at_once(session: Session) -> None:
    leo = matched(session)
    film_matches.offer(session, leo.id, LEO)

    kept = film_matches.name(session, leo.id, Match("movie", 9, "Another", "https://x/9.jpg"))

    assert kept == leo.id
    assert told(row(session, leo.id)) == ("movie", 9, "matched", "Another", "https://x/9.jpg")
    assert session.scalars(select(FilmCandidate)).all() == []


def test_a_named_film_that_is_here_takes_it_in_with_its_poster(session: Session) -> None:
    wrong, right = matched(session), matched(session, "Leo da Vinci", 9)
    seen = viewing(session, wrong, source(session))
    film_posters.set_own(session, wrong.id, "ab" * 32)

    kept = film_matches.name(session, wrong.id, Match("movie", 9, "Another"))

    assert kept == right.id
    session.refresh(seen)
    assert seen.film_id == right.id
    assert session.get(Film, wrong.id, populate_existing=True) is None
    assert row(session, right.id).poster_sha256 == "ab" * 32


def test_of_two_own_posters_that_of_the_film_that_stays_is_kept(session: Session) -> None:
    gone, kept = film(session), film(session)
    film_posters.set_own(session, gone.id, "ab" * 32)
    film_posters.set_own(session, kept.id, "cd" * 32)

    film_identity.merge(session, gone.id, kept.id)

    assert film_posters.all_own(session) == {"cd" * 32}


def test_a_film_that_has_gone_is_not_mended(session: Session) -> None:
    with pytest.raises(NotFound):
        film_matches.name(session, 99, Match("movie", 9))
    with pytest.raises(NotFound):
        film_matches.offer(session, 99, LEO)


def test_only_what_tmdb_has_answered_is_asked_again(session: Session) -> None:
    there, none, tied = matched(session), film(session, tmdb_state="none"), matched(session, "L", 8)
    film_matches.offer(session, tied.id, LEO)

    film_matches.ask_again(session, [there.id, none.id, tied.id])

    states = [row(session, one.id).tmdb_state for one in (there, none, tied)]
    assert states == ["unasked", "unasked", "tie"]
    assert row(session, there.id).director == "Somebody"


def test_what_is_asked_again_is_still_kept_no_longer_than_it_may_be(session: Session) -> None:
    leo = matched(session)
    film_matches.ask_again(session, [leo.id])

    assert films.expire(session, 6) == 1
    assert films.expire(session, 6) == 0

    assert told(row(session, leo.id)) == ("movie", 7, "unasked", None, None)


def test_only_the_question_about_one_film_is_shown(session: Session) -> None:
    alice = person(session)
    own = source(session, alice)
    tied = [matched(session, f"Leo {number}", number) for number in (7, 8)]
    for one in tied:
        viewing(session, one, own)
        film_matches.offer(session, one.id, LEO)

    assert len(films.ties(session, alice.id)) == 2
    assert [tie.film_id for tie in films.ties(session, alice.id, film_id=tied[1].id)] == [
        tied[1].id
    ]
    assert films.ties(session, person(session).id, film_id=tied[1].id) == []


def test_a_film_that_is_only_wanted_is_settled_by_its_person(session: Session) -> None:
    alice, leo = person(session), matched(session)
    wanted = Mark(leo.id, wanted_on="2025-03-01")
    film_marks.save_marks(session, source(session, alice).id, [wanted])
    film_matches.offer(session, leo.id, LEO)

    assert [tie.film_id for tie in films.ties(session, alice.id, film_id=leo.id)] == [leo.id]
    assert films.ties(session, alice.id) == []
    assert films.settle(session, leo.id, ("tv", 1), person_id=alice.id) == leo.id


@pytest.mark.parametrize("by_name", [True, False])
def test_what_a_person_has_said_no_feed_undoes(session: Session, *, by_name: bool) -> None:
    leo = film(session, "Leo", 2023, tmdb_id=7, slug="leo")
    told_by_feed = SeenFilm("Leo", 2023, "movie", 7, "leo")
    if by_name:
        film_matches.name(session, leo.id, Match("movie", 9))
    else:
        film_matches.offer(session, leo.id, [Candidate("movie", 9, "Leo")])
        films.settle(session, leo.id, ("movie", 9))

    assert films.resolve(session, [told_by_feed]) == [leo.id]

    assert (row(session, leo.id).tmdb_id, row(session, leo.id).slug) == (9, "leo")


def test_what_nobody_has_said_a_feed_tells(session: Session) -> None:
    leo = film(session, "Leo", 2023, tmdb_id=7, slug="leo")

    films.resolve(session, [SeenFilm("Leo", 2023, "movie", 9, "leo")])

    assert row(session, leo.id).tmdb_id == 9


# Posters


def test_ones_own_poster_goes_before_any_other(session: Session) -> None:
    leo, ran, jaws = matched(session), film(session, "Ran"), film(session, "Jaws")
    pictures.save(session, "https://x/y.jpg", sha256="cd" * 32, size=1, expires_at=0)

    film_posters.set_own(session, leo.id, "ab" * 32)
    film_posters.set_own(session, ran.id, "ef" * 32)

    ids = [leo.id, ran.id, jaws.id]
    assert film_posters.hashes(session, ids) == {leo.id: "ab" * 32, ran.id: "ef" * 32}
    assert film_posters.find(session, leo.id) == ("ab" * 32, True)
    assert film_posters.find(session, jaws.id) is None
    assert film_posters.count(session, ids) == 2

    film_posters.set_own(session, leo.id, None)

    assert film_posters.find(session, leo.id) == ("cd" * 32, False)


def test_a_lost_one_is_shown_no_more(session: Session) -> None:
    films_ = [film(session) for _ in range(3)]
    for one, sha256 in zip(films_, ("a", "a", "b"), strict=True):
        film_posters.set_own(session, one.id, sha256)

    film_posters.say_gone(session, ["a"])

    assert film_posters.all_own(session) == {"b"}


def test_films_without_a_poster_are_found_in_ones_own_collection_alone(session: Session) -> None:
    alice, bob = person(session), person(session)
    hers = source(session, alice)
    had, own, nowhere, never, missing = (film(session) for _ in range(5))
    for number, one in enumerate((had, nowhere, never)):
        one.poster_address = f"https://x/{number}.jpg"
    pictures.save(session, "https://x/0.jpg", sha256="ab", size=1, expires_at=0)
    pictures.save_missing(session, "https://x/1.jpg", expires_at=1 << 50)
    film_posters.set_own(session, own.id, "cd")
    for one in (had, own, nowhere, never, missing):
        viewing(session, one, hers)
    viewing(session, film(session), source(session, bob))

    wanted = [nowhere.id, never.id, missing.id]
    assert film_posters.without(session, alice.id, 9) == wanted
    assert film_posters.without(session, alice.id, 2) == wanted[:2]
    assert film_posters.addresses(session, wanted) == ["https://x/1.jpg", "https://x/2.jpg"]


def test_what_was_nowhere_is_forgotten_and_what_is_here_is_not(session: Session) -> None:
    pictures.save(session, "here", sha256="ab", size=1, expires_at=0)
    pictures.save_missing(session, "nowhere", expires_at=1 << 50)
    pictures.save_missing(session, "elsewhere", expires_at=1 << 50)

    pictures.forget_missing(session, ["here", "nowhere", "never"])

    found = pictures.find(session, ["here", "nowhere", "elsewhere"])
    assert set(found) == {"here", "elsewhere"}

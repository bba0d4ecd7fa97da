"""The sums of a collection keep themselves: whatever changes, they say what is there."""

import random
from collections import defaultdict

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from database import film_marks, films
from database.film_marks import Mark
from database.films import Match
from database.models import CollectionFilm, Film, FilmMark, FilmSource, Person, Viewing
from tests.factories import film, person, source, viewing

Sums = dict[tuple[int, int], tuple[int, str, int, bool, bool]]


def kept(session: Session) -> Sums:
    query = select(CollectionFilm).execution_options(populate_existing=True)
    return {
        (row.person_id, row.film_id): (
            row.viewings,
            row.last_on,
            row.half_stars,
            row.is_liked,
            row.is_rewatched,
        )
        for row in session.scalars(query)
    }


def summed(session: Session) -> Sums:
    """Return the same, counted here."""
    session.flush()
    session.expire_all()
    owners = {one.id: one.person_id for one in session.scalars(select(FilmSource))}
    viewings: dict[tuple[int, int], list[Viewing]] = defaultdict(list)
    marks: dict[tuple[int, int], list[FilmMark]] = defaultdict(list)
    for seen in session.scalars(select(Viewing)):
        if owner := owners[seen.source_id]:
            viewings[owner, seen.film_id].append(seen)
    for mark in session.scalars(select(FilmMark)):
        owner = owners[mark.source_id]
        if owner and (mark.watched_on or mark.half_stars or mark.is_liked):
            marks[owner, mark.film_id].append(mark)
    return {key: _sum(viewings[key], marks[key]) for key in {*viewings, *marks}}


def _sum(viewings: list[Viewing], marks: list[FilmMark]) -> tuple[int, str, int, bool, bool]:
    said = [mark.half_stars for mark in marks if mark.half_stars]
    rated = [one for one in viewings if one.half_stars]
    newest = max(rated, key=lambda one: (one.watched_on, one.nth), default=None)
    return (
        len(viewings),
        max((one.watched_on for one in viewings), default=""),
        max(said) if said else (newest.half_stars or 0) if newest else 0,
        any(one.is_liked for one in viewings) or any(mark.is_liked for mark in marks),
        len(viewings) > 1 or any(one.is_rewatch for one in viewings),
    )


def test_viewings_and_marks_are_summed_up(session: Session) -> None:
    dave = person(session)
    mine = source(session, dave)
    ran = film(session, "Ran")
    viewing(session, ran, mine, "2024-01-01", half_stars=9)
    viewing(session, ran, mine, "2025-01-01")

    assert kept(session) == {(dave.id, ran.id): (2, "2025-01-01", 9, False, True)}

    film_marks.save_marks(session, mine.id, [Mark(ran.id, half_stars=7, is_liked=True)])

    assert kept(session) == {(dave.id, ran.id): (2, "2025-01-01", 7, True, True)}


def test_what_is_wanted_alone_is_not_in_it(session: Session) -> None:
    mine, ran = source(session, person(session)), film(session, "Ran")

    film_marks.save_marks(session, mine.id, [Mark(ran.id, wanted_on="2025-01-01")])

    assert kept(session) == {}


def test_an_account_that_becomes_somebodys_brings_its_films(session: Session) -> None:
    feed, ran, stalker = source(session), film(session, "Ran"), film(session, "Stalker")
    viewing(session, ran, feed)
    film_marks.save_marks(session, feed.id, [Mark(stalker.id, is_liked=True)])
    assert kept(session) == {}
    dave, erin = person(session), person(session)

    feed.person_id = dave.id
    session.flush()
    assert set(kept(session)) == {(dave.id, ran.id), (dave.id, stalker.id)}

    feed.person_id = erin.id
    session.flush()
    assert set(kept(session)) == {(erin.id, ran.id), (erin.id, stalker.id)}


def test_films_that_become_one_are_one_in_the_sums(session: Session) -> None:
    dave = person(session)
    mine, one, other = source(session, dave), film(session, "Ran"), film(session, "Ran", tmdb_id=11)
    viewing(session, one, mine, "2025-01-01")
    viewing(session, other, mine, "2024-01-01")

    films.save_match(session, one.id, Match("movie", 11))

    assert kept(session) == {(dave.id, other.id): (2, "2025-01-01", 0, False, True)}


def test_they_go_with_the_person(session: Session) -> None:
    dave, erin = person(session), person(session)
    ran = film(session, "Ran")
    for one in (dave, dave, erin):
        viewing(session, ran, source(session, one))

    session.execute(delete(Person).where(Person.id == dave.id))

    assert set(kept(session)) == {(erin.id, ran.id)}


def test_they_go_with_the_source(session: Session) -> None:
    dave = person(session)
    gone, stays = source(session, dave), source(session, dave)
    ran, stalker = film(session, "Ran"), film(session, "Stalker")
    viewing(session, ran, gone, half_stars=4)
    viewing(session, ran, stays)
    film_marks.save_marks(session, gone.id, [Mark(stalker.id, is_liked=True)])

    session.execute(delete(FilmSource).where(FilmSource.id == gone.id))

    assert kept(session) == {(dave.id, ran.id): (1, "2025-03-01", 0, False, False)}
    assert kept(session) == summed(session)


def test_whatever_happens_they_say_what_is_there(session: Session) -> None:
    given = random.Random(5)
    sources = [source(session, owner) for owner in (person(session), person(session), None)]
    sources.append(source(session, session.get_one(Person, sources[0].person_id)))
    all_films = [film(session).id for _ in range(4)]
    most = 0
    for _ in range(150):
        _something(session, given, [one.id for one in sources], all_films)
        assert kept(session) == summed(session)
        most = max(most, len(kept(session)))

    assert most > 3


def _something(
    session: Session, given: random.Random, sources: list[int], all_films: list[int]
) -> None:
    """Change one row of viewings or marks: a new one, another, or none."""
    source_id, film_id = given.choice(sources), given.choice(all_films)
    stars = given.choice([None, 3, 8])
    viewings = session.scalars(select(Viewing.id)).all()
    match given.randrange(5):
        case 0 if viewings:
            session.execute(delete(Viewing).where(Viewing.id == given.choice(viewings)))
        case 1 if viewings:
            told = {"half_stars": stars, "is_liked": given.random() < 0.3}
            changed = update(Viewing).where(Viewing.id == given.choice(viewings))
            session.execute(changed.values(**told, is_rewatch=given.random() < 0.3))
        case 2:
            mark = Mark(film_id, half_stars=stars, is_liked=given.random() < 0.3)
            film_marks.save_marks(session, source_id, [mark])
        case 3:
            session.execute(delete(FilmMark).where(FilmMark.film_id == film_id))
        case _:
            by = session.get_one(FilmSource, source_id)
            day = f"2025-01-{given.randint(1, 28):02}"
            number = 1 + len(viewings) + given.randint(0, 10_000)
            of = session.get_one(Film, film_id)
            viewing(session, of, by, day, nth=number, half_stars=stars)

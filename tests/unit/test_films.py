"""Which film is meant, and what a household has of films, on both databases."""

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import film_marks, film_sources, films, unused_films, viewings
from database.film_filters import Filter
from database.film_marks import Listing, Mark
from database.films import Candidate, Match, SeenFilm
from database.models import (
    Film,
    FilmCandidate,
    FilmList,
    FilmListEntry,
    FilmMark,
    FilmSource,
    Person,
    Viewing,
)
from tests.factories import film, person, source, viewing


def resolve(session: Session, *seen: SeenFilm) -> list[int]:
    found = films.resolve(session, seen)
    session.expire_all()
    return found


def how_many(session: Session, model: type[object]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


FEED = SeenFilm("Alien", 1979, "movie", 348, "alien")
EXPORT = SeenFilm("Alien", 1979, uri="https://boxd.it/f1")
BY_NAME = SeenFilm("ALIEN", 1979)


@pytest.mark.parametrize(
    "seen", [[FEED, EXPORT, BY_NAME], [BY_NAME, EXPORT, FEED], [EXPORT, FEED, EXPORT, BY_NAME]]
)
@pytest.mark.parametrize("at_once", [True, False])
def test_one_film_by_all_its_names_is_one_row(
    session: Session, seen: list[SeenFilm], *, at_once: bool
) -> None:
    if at_once:
        found = resolve(session, *seen)
    else:
        found = [film_id for one in seen for film_id in resolve(session, one)]

    assert len(set(found)) == 1
    row = session.get_one(Film, found[0])
    assert (row.kind, row.tmdb_id, row.slug, row.uri) == (
        "movie",
        348,
        "alien",
        "https://boxd.it/f1",
    )
    assert row.title_folded == "alien"
    assert row.tmdb_state == "unasked"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SeenFilm("Dune", 1984), SeenFilm("Dune", 2021)),
        (SeenFilm("Dune", None), SeenFilm("Dune", 2021)),
        (SeenFilm("Cinderella", 1922, uri="u1"), SeenFilm("Cinderella", 1922, uri="u2")),
        (SeenFilm("Leo", 2023, "movie", 1, "leo"), SeenFilm("Leo", 2023, "movie", 2, "leo-2023")),
        (SeenFilm("Fargo", 1996, "movie", 7), SeenFilm("Fargo", 1996, "tv", 7)),
        (SeenFilm("七人の侍", 1954), SeenFilm("羅生門", 1954)),
    ],
)
def test_two_films_stay_two(session: Session, one: SeenFilm, other: SeenFilm) -> None:
    together = resolve(session, one, other)
    again = [resolve(session, one)[0], resolve(session, other)[0]]

    assert len(set(together)) == 2
    assert again == together


def test_a_name_alone_means_the_first_of_its_films(session: Session) -> None:
    first = film(session, "Cinderella", 1922, uri="u1")
    film(session, "Cinderella", 1922, uri="u2")

    assert resolve(session, SeenFilm("Cinderella", 1922)) == [first.id]


def test_a_film_that_gets_an_id_is_asked_about_anew(session: Session) -> None:
    known = film(session, "Alien", 1979, slug="alien", tmdb_state="tie")
    session.add(FilmCandidate(film_id=known.id, kind="movie", tmdb_id=1, title="Alien"))
    session.flush()

    assert resolve(session, FEED) == [known.id]

    assert session.get_one(Film, known.id).tmdb_state == "unasked"
    assert how_many(session, FilmCandidate) == 0


def test_letterboxd_may_correct_the_id(session: Session) -> None:
    known = film(session, "Alien", 1979, slug="alien", tmdb_id=1, tmdb_state="matched")
    known.director = "Somebody Else"
    session.flush()

    found = resolve(session, FEED, SeenFilm("Aliens of Yore", 1952, "movie", 1))

    assert found[0] == known.id != found[1]
    row = session.get_one(Film, known.id)
    assert (row.tmdb_id, row.director, row.tmdb_state) == (348, None, "unasked")


def test_rows_that_turn_out_to_be_one_film_are_joined_and_lose_nothing(session: Session) -> None:
    by_slug = film(session, "Alien", 1979, slug="alien", uri="https://boxd.it/f1")
    by_id = film(session, "Alien!", 1979, tmdb_id=348)
    mine, hers = source(session), source(session)
    for of in (by_slug, by_id):
        viewing(session, of, mine, "2025-01-01").guid = f"guid-{of.id}"
        viewing(session, of, hers, "2025-01-01")
        film_marks.save_marks(session, mine.id, [Mark(of.id, half_stars=of.id)])
    film_marks.save_marks(session, mine.id, [Mark(by_slug.id, is_liked=True)])
    keep_list(session, mine, Listing("best", "Best"), [(by_slug.id, None)])
    gone, kept = by_slug.id, by_id.id

    assert resolve(session, FEED) == [kept]

    assert session.get(Film, gone) is None
    row = session.get_one(Film, kept)
    assert (row.slug, row.uri) == ("alien", "https://boxd.it/f1")
    # Two of one feed are two viewings; hers may be one, seen twice.
    found = session.execute(select(Viewing.source_id, Viewing.film_id, Viewing.nth)).all()
    assert sorted(map(tuple, found)) == [(mine.id, kept, 1), (mine.id, kept, 2), (hers.id, kept, 1)]
    (mark,) = session.scalars(select(FilmMark)).all()
    assert (mark.film_id, mark.half_stars, mark.is_liked) == (kept, kept, True)
    assert session.scalars(select(FilmListEntry.film_id)).all() == [kept]


BY_ID = SeenFilm("Alien, the film", 1979, "movie", 348)
BY_SLUG = SeenFilm("Alien 1", 1979, slug="alien")


@pytest.mark.parametrize("stored", [[], [BY_ID], [BY_SLUG], [BY_ID, BY_SLUG]])
def test_what_joins_two_films_joins_them_for_all_that_named_them_before(
    session: Session, stored: list[SeenFilm]
) -> None:
    for one in stored:
        resolve(session, one)

    found = resolve(session, BY_ID, BY_SLUG, FEED, BY_SLUG)

    assert len(set(found)) == 1
    (row,) = session.scalars(select(Film)).all()
    assert (row.id, row.tmdb_id, row.slug) == (found[0], 348, "alien")


def test_of_two_that_are_one_tmdbs_id_stays(session: Session) -> None:
    by_slug = film(session, "Alien", slug="alien")
    film(session, "Alien!", uri="u1", tmdb_id=348)

    assert resolve(session, SeenFilm("Alien", 1979, slug="alien", uri="u1")) == [by_slug.id]

    row = session.scalars(select(Film)).one()
    assert (row.kind, row.tmdb_id, row.slug, row.uri) == ("movie", 348, "alien", "u1")


def test_what_each_of_two_told_of_a_viewing_is_kept(session: Session) -> None:
    by_uri, by_id = film(session, "Alien", uri="u1"), film(session, "Alien!", tmdb_id=348)
    mine = source(session)
    kept, gone = viewing(session, by_id, mine), viewing(session, by_uri, mine)
    kept.guid, gone.entry_uri, gone.half_stars = "g", "e", 8
    session.flush()

    films.save_match(session, by_uri.id, Match("movie", 348))

    row = session.scalars(select(Viewing).execution_options(populate_existing=True)).one()
    assert (row.id, row.guid, row.entry_uri, row.half_stars) == (kept.id, "g", "e", 8)


def test_an_answer_about_the_id_it_has_changes_no_id(session: Session) -> None:
    alien = film(session, "Alien", tmdb_id=348)

    assert films.save_match(session, alien.id, Match("movie", 348, "Ridley Scott")) == alien.id

    session.refresh(alien)
    assert (alien.director, alien.tmdb_state) == ("Ridley Scott", "matched")


def test_many_films_take_few_queries(session: Session) -> None:
    seen = [SeenFilm(f"Film {number}", 1999, uri=f"u{number}") for number in range(1_200)]

    found = resolve(session, *seen)

    assert found == resolve(session, *seen)
    assert len(set(found)) == 1_200
    rows = session.execute(select(Film.id, Film.uri)).all()
    assert {row.uri: row.id for row in rows} == {f"u{at}": found[at] for at in range(1_200)}


# What TMDB says


def test_tmdbs_answer_is_kept(session: Session) -> None:
    alien = film(session, "Alien", 1979)
    answer = Match("movie", 348, "Ridley Scott", "https://image.tmdb.org/alien.jpg")

    kept = films.save_match(session, alien.id, answer)

    assert kept == alien.id
    session.refresh(alien)
    assert (alien.tmdb_id, alien.director, alien.tmdb_state) == (348, "Ridley Scott", "matched")
    assert alien.poster_address == "https://image.tmdb.org/alien.jpg"
    assert alien.asked_at is not None
    assert films.to_match(session) == []


def test_an_answer_that_another_row_has_joins_the_two(session: Session) -> None:
    here = film(session, "Alien", 1979, tmdb_id=348)
    other = film(session, "Alien: Director's Cut", 1979, uri="u1")
    seen = viewing(session, other, source(session))

    kept = films.save_match(session, other.id, Match("movie", 348, "Ridley Scott"))

    assert kept == here.id
    session.refresh(seen)
    assert seen.film_id == here.id
    assert films.save_match(session, other.id, None) is None


def test_a_tie_waits_for_a_person(session: Session) -> None:
    dave = person(session)
    leo = film(session, "Leo", 2023)
    viewing(session, leo, source(session, dave))
    both = [Candidate("movie", 1, "Leo", 2023, "Tamil"), Candidate("movie", 2, "Leo", 2023)]

    films.save_match(session, leo.id, both)

    (tie,) = films.ties(session, dave.id)
    assert (tie.film_id, tie.title, tie.candidates) == (leo.id, "Leo", both)
    assert films.doubts(session, dave.id) == 1
    assert films.ties(session, person(session).id) == []

    assert films.settle(session, leo.id, ("movie", 2), person_id=dave.id) == leo.id

    assert films.ties(session, dave.id) == []
    assert films.to_match(session) == [(leo.id, "Leo", 2023, "movie", 2)]


@pytest.mark.parametrize("choice", [("movie", 3), ("tv", 1)])
def test_only_a_candidate_can_be_chosen(session: Session, choice: tuple[str, int]) -> None:
    leo = film(session, "Leo", 2023)
    films.save_match(session, leo.id, [Candidate("movie", 1, "Leo")])

    with pytest.raises(NotFound):
        films.settle(session, leo.id, choice)


def test_nobody_settles_what_is_not_theirs(session: Session) -> None:
    leo = film(session, "Leo", 2023)
    films.save_match(session, leo.id, [Candidate("movie", 1, "Leo")])

    with pytest.raises(NotFound):
        films.settle(session, leo.id, None, person_id=person(session).id)


def test_none_of_them_is_kept_too(session: Session) -> None:
    leo = film(session, "Leo", 2023)
    films.save_match(session, leo.id, [Candidate("movie", 1, "Leo")])

    films.settle(session, leo.id, None)

    session.refresh(leo)
    assert leo.tmdb_state == "none"
    assert how_many(session, FilmCandidate) == 0
    with pytest.raises(NotFound):
        films.settle(session, leo.id, None)


def test_what_tmdb_said_is_dropped_in_time(session: Session) -> None:
    alien, unknown = film(session, "Alien"), film(session, "Unknown")
    films.save_match(session, alien.id, Match("movie", 348, "Ridley Scott", "https://x/y.jpg"))
    films.save_match(session, unknown.id, None)
    session.refresh(alien)
    assert alien.asked_at is not None

    assert films.expire(session, alien.asked_at) == 0
    assert films.expire(session, alien.asked_at + 1) == 1

    session.refresh(alien)
    assert (alien.director, alien.poster_address, alien.tmdb_id) == (None, None, 348)
    assert [film_id for film_id, *_ in films.to_match(session)] == [alien.id]
    assert films.to_match(session, [unknown.id]) == []


# The collection of a person


def titles(found: Sequence[films.Listed]) -> list[str]:
    return [one.title for one in found]


@pytest.fixture
def dave(session: Session) -> Person:
    return person(session)


def test_the_collection_has_what_was_watched_rated_or_liked(session: Session, dave: Person) -> None:
    mine, hers = source(session, dave), source(session, person(session))
    seen, rated, liked, wanted, other = (film(session, title) for title in "ABCDE")
    viewing(session, seen, mine, "2025-03-01", half_stars=4)
    viewing(session, seen, mine, "2024-03-01", half_stars=9)
    viewing(session, other, hers)
    film_marks.save_marks(
        session,
        mine.id,
        [
            Mark(rated.id, half_stars=7),
            Mark(liked.id, is_liked=True),
            Mark(wanted.id, wanted_on="2025-01-01"),
        ],
    )

    found = films.collection(session, dave.id)

    assert titles(found) == ["A", "B", "C"]
    assert films.count(session, dave.id) == 3
    assert found[0][4:7] == (4, 2, "2025-03-01")
    assert found[1][4:7] == (7, 0, None)


@pytest.mark.parametrize(
    "words",
    ["mötley", "MÖTLEY", "crüe the", "  ", "jean-éric", "ÉRIC", "ROHMER", "the 1999", "100%"],
)
def test_search_finds_what_a_person_means(session: Session, dave: Person, words: str) -> None:
    mine = source(session, dave)
    wanted, other = film(session, "Mötley Crüe: The 100% Film"), film(session, "Heat", 1995)
    wanted.director = "Jean-Éric Rohmer"
    for one in (wanted, other):
        viewing(session, one, mine)
    session.flush()

    found = titles(films.collection(session, dave.id, Filter(q=words)))

    assert found == (["Heat", wanted.title] if not words.strip() else [wanted.title])


@pytest.mark.parametrize("words", ["%", "_", "nothing", "1995 mötley"])
def test_and_nothing_else(session: Session, dave: Person, words: str) -> None:
    mine = source(session, dave)
    for one in (film(session, "Mötley Crüe", 1999), film(session, "Heat", 1995)):
        viewing(session, one, mine)

    assert films.collection(session, dave.id, Filter(q=words)) == []


def test_pages_follow_each_other_without_gap_or_repeat(session: Session, dave: Person) -> None:
    mine = source(session, dave)
    for number in range(10):
        viewing(session, film(session, "Same: Title" if number % 2 else f"T{number}"), mine)

    found: list[films.Listed] = []
    while page := films.collection(
        session, dave.id, after=found[-1].key if found else None, limit=3
    ):
        found += page

    assert len(found) == len({one.id for one in found}) == 10
    assert [(one.title, one.id) for one in found] == sorted((one.title, one.id) for one in found)
    assert len(films.collection(session, dave.id, after="no key of ours")) <= 10


# Sources, marks, lists


def test_a_source_is_made_once_and_known_by_any_case(session: Session, dave: Person) -> None:
    mine = film_sources.source(session, dave.id, "Dave")

    assert film_sources.source(session, dave.id, "DAVE").id == mine.id
    assert film_sources.source(session, None, "dave").id != mine.id
    assert (
        film_sources.source(session, None, "dave").id
        == film_sources.source(session, None, "Dave").id
    )
    assert film_sources.of_person(session, dave.id) == [mine]


def test_a_feed_belongs_to_whose_account_it_is(session: Session) -> None:
    before = film_sources.feed_source(session, "dave")
    assert before.person_id is None
    dave = person(session, letterboxd_name="Dave")

    after = film_sources.feed_source(session, "dave")

    assert (after.id, after.person_id) == (before.id, dave.id)
    assert film_sources.feed_source(session, "DAVE").id == before.id
    assert film_sources.feed_source(session, "erin").person_id is None


def test_what_a_feed_said_of_itself_is_kept(session: Session) -> None:
    found = source(session)

    film_sources.fetched(session, found, etag='"1"', last_modified=None)

    session.refresh(found)
    assert found.etag == '"1"'
    assert found.fetched_at is not None


def test_a_guests_source_goes_when_it_is_old(session: Session) -> None:
    guests = film_sources.source(session, None, f"{film_sources.OF_GUESTS}1")
    feed = film_sources.source(session, None, "guesthouse")
    viewing(session, film(session), guests)
    assert guests.fetched_at is not None

    assert film_sources.of_guests(session, guests.fetched_at) == []
    assert film_sources.of_guests(session, guests.fetched_at + 1) == [guests.id]
    assert film_sources.of_guests(session, feed.id + guests.fetched_at + 1) == [guests.id]


def test_a_source_goes_in_batches_with_all_that_hangs_on_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_sources, "_BATCH", 2)
    mine, hers = source(session), source(session)
    seen = [film(session) for _ in range(5)]
    for one in seen:
        viewing(session, one, mine)
        viewing(session, one, hers)
        film_marks.save_marks(session, mine.id, [Mark(one.id, half_stars=8)])
    keep_list(session, mine, Listing("best", "Best"), [(one.id, None) for one in seen])

    steps = []
    while (step := film_sources.remove(session, mine.id))[0]:
        steps.append(step[1])

    assert [len(step) for step in steps] == [2, 2, 1] * 3
    assert set().union(*steps) == {one.id for one in seen}
    assert session.scalars(select(FilmSource.id)).all() == [hers.id]
    assert how_many(session, Viewing) == 5
    assert how_many(session, FilmMark) == how_many(session, FilmList) == 0


def test_films_that_nobody_has_are_found_and_dropped(session: Session) -> None:
    mine = source(session)
    seen, marked, listed, gone, tied = (film(session) for _ in range(5))
    viewing(session, seen, mine)
    film_marks.save_marks(session, mine.id, [Mark(marked.id, half_stars=8)])
    keep_list(session, mine, Listing("best", "Best"), [(listed.id, None)])
    films.save_match(session, tied.id, [Candidate("movie", 1, "Leo")])
    kept = {seen.id, marked.id, listed.id}

    assert unused_films.find(session, 0) == [gone.id, tied.id]
    assert unused_films.find(session, gone.id) == [tied.id]
    unused_films.drop(session, [seen.id, marked.id, listed.id, gone.id, tied.id])

    assert set(session.scalars(select(Film.id))) == kept
    assert how_many(session, FilmCandidate) == 0


def test_marks_grow_together(session: Session) -> None:
    mine, alien = source(session), film(session)

    first = film_marks.save_marks(
        session, mine.id, [Mark(alien.id, watched_on="2025-01-01"), Mark(alien.id, half_stars=8)]
    )
    again = film_marks.save_marks(session, mine.id, [Mark(alien.id, half_stars=8)])
    more = film_marks.save_marks(session, mine.id, [Mark(alien.id, half_stars=9, is_liked=True)])

    counts = (first.counts, again.counts, more.counts)
    assert counts == ((1, 0, 0, 0), (0, 0, 1, 0), (0, 1, 0, 0))
    (mark,) = session.scalars(select(FilmMark)).all()
    assert (mark.watched_on, mark.half_stars, mark.is_liked) == ("2025-01-01", 9, True)


def test_what_was_taken_off_the_watchlist_is_wanted_no_longer(session: Session) -> None:
    mine, one, other = source(session), film(session), film(session)
    wanted = [Mark(one.id, wanted_on="2025-01-01"), Mark(other.id, wanted_on="2025-01-01")]
    film_marks.save_marks(session, mine.id, [*wanted, Mark(one.id, half_stars=8, is_liked=True)])

    film_marks.save_marks(session, mine.id, wanted[1:])
    gone = film_marks.no_longer(session, mine.id, "wanted_on", {other.id})
    film_marks.take_off(session, mine.id, "wanted_on", gone)
    liked = film_marks.no_longer(session, mine.id, "is_liked", set())
    film_marks.take_off(session, mine.id, "is_liked", liked)

    assert (gone, liked) == ([one.id], [one.id])
    found = session.execute(
        select(FilmMark.film_id, FilmMark.wanted_on, FilmMark.is_liked, FilmMark.half_stars)
        .execution_options(populate_existing=True)
        .order_by(FilmMark.film_id)
    ).all()
    assert list(map(tuple, found)) == [
        (one.id, None, False, 8),
        (other.id, "2025-01-01", False, None),
    ]


def keep_list(
    session: Session, of: FilmSource, listing: Listing, entries: Sequence[film_marks.Entry]
) -> bool:
    """Make a list what an export says, as an import does; return False if it was that already."""
    list_id, changes = film_marks.list_of(session, of.id, listing)
    for start in range(0, len(entries), 2):
        changes += film_marks.put_entries(session, list_id, entries[start : start + 2], start)
    while gone := film_marks.shorten(session, list_id, len(entries)):
        changes += gone
    return bool(changes)


def test_a_list_becomes_what_it_is_now(session: Session) -> None:
    mine, one, other, third = source(session), film(session), film(session), film(session)
    listing = Listing("best", "Best", "Mine", "2025-01-01")
    first = [(one.id, "first"), (other.id, None), (third.id, None)]
    turned = [(third.id, None), (one.id, "first")]

    assert keep_list(session, mine, listing, first)
    assert not keep_list(session, mine, listing, first)
    assert keep_list(session, mine, Listing("best", "The best"), turned)

    (row,) = session.scalars(select(FilmList)).all()
    assert (row.name, row.description) == ("The best", None)
    assert film_marks.entries(session, row.id) == turned
    assert keep_list(session, mine, Listing("best", "Empty"), [])
    assert film_marks.entries(session, row.id) == []


def test_a_long_list_is_shortened_in_batches(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_marks, "CHUNK", 2)
    mine, one = source(session), film(session)
    keep_list(session, mine, Listing("best", "Best"), [(one.id, str(at)) for at in range(6)])
    list_id, _ = film_marks.list_of(session, mine.id, Listing("best", "Best"))

    left = []
    while film_marks.shorten(session, list_id, 1):
        left.append(len(film_marks.entries(session, list_id)))

    assert left == [4, 2, 1]


# Doubts about a viewing


def test_a_person_says_which_film_a_viewing_was_of(session: Session, dave: Person) -> None:
    mine = source(session, dave)
    first = film(session, "Cinderella", 1922, uri="u1")
    second = film(session, "Cinderella", 1922, uri="u2")
    film(session, "Cinderella", 1950)
    seen = viewing(session, first, mine, "2025-01-01", is_uncertain=True)
    viewing(session, second, mine, "2025-01-01")

    (doubt,) = viewings.uncertain(session, dave.id)
    assert (doubt.viewing_id, doubt.title, doubt.watched_on) == (
        seen.id,
        "Cinderella",
        "2025-01-01",
    )
    assert [(choice.id, choice.uri) for choice in doubt.films] == [
        (first.id, "u1"),
        (second.id, "u2"),
    ]
    viewings.settle(session, dave.id, seen.id, second.id)

    session.refresh(seen)
    assert (seen.film_id, seen.nth, seen.is_uncertain) == (second.id, 2, False)
    assert viewings.uncertain(session, dave.id) == []
    assert films.doubts(session, dave.id) == 0


def test_the_doubt_may_be_settled_as_it_was(session: Session, dave: Person) -> None:
    alien = film(session)
    seen = viewing(session, alien, source(session, dave), is_uncertain=True)

    viewings.settle(session, dave.id, seen.id, alien.id)

    assert (seen.film_id, seen.nth, seen.is_uncertain) == (alien.id, 1, False)


def test_nobody_else_settles_it_nor_as_just_any_film(session: Session, dave: Person) -> None:
    alien, other = film(session), film(session)
    seen = viewing(session, alien, source(session, dave), is_uncertain=True)

    with pytest.raises(NotFound, match="viewing"):
        viewings.settle(session, person(session).id, seen.id, alien.id)
    with pytest.raises(NotFound, match="film"):
        viewings.settle(session, dave.id, seen.id, other.id)

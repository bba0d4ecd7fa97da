"""Viewings: none twice, none lost, and the films of a period, on both databases."""

import zipfile
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.orm import Session

from database import (
    diary,
    film_diary,
    film_figures,
    film_lists,
    film_marks,
    film_page,
    films,
    viewings,
)
from database.diary import Entry
from database.engine import Database
from database.film_filters import Filter
from database.film_marks import Mark
from database.films import SeenFilm
from database.models import Film, FilmList, FilmMark, FilmSource, Viewing
from tests.factories import film, person, source, viewing
from tests.work import calls, statements
from worker_jobs.imports import collection, letterboxd
from worker_jobs.imports.letterboxd import Export


def saved(session: Session, by: FilmSource) -> list[Any]:
    query = select(
        Viewing.film_id, Viewing.watched_on, Viewing.nth, Viewing.guid, Viewing.entry_uri
    ).where(Viewing.source_id == by.id)
    session.expire_all()
    return [tuple(row) for row in session.execute(query.order_by(Viewing.id))]


def test_saving_again_changes_nothing(session: Session) -> None:
    mine, alien = source(session), film(session)
    entries = [
        Entry(alien.id, "2025-01-01", entry_uri="u1", half_stars=8),
        Entry(alien.id, "2025-01-01", entry_uri="u2"),
        Entry(alien.id, "2025-01-01"),
        Entry(alien.id, "2024-01-01", entry_uri="u3"),
        Entry(alien.id, "2024-01-01", entry_uri="u3"),
    ]

    assert diary.save(session, mine.id, entries) == (4, 0, 0, 1)
    before = saved(session, mine)
    assert diary.save(session, mine.id, entries) == (0, 0, 4, 1)

    assert saved(session, mine) == before
    assert [row[2] for row in before] == [1, 2, 3, 1]


@pytest.mark.parametrize("feed_first", [True, False])
def test_feed_and_export_tell_of_the_same_viewings(session: Session, *, feed_first: bool) -> None:
    mine, alien = source(session), film(session)
    feed = [
        Entry(
            alien.id,
            "2025-01-01",
            guid=f"g{nth}",
            half_stars=8,
            is_liked=True,
            poster_address=f"https://a.ltrbxd.com/{nth}.jpg",
        )
        for nth in (1, 2)
    ]
    export = [
        Entry(alien.id, "2025-01-01", entry_uri=f"u{nth}", tags="at home", logged_on="2025-01-02")
        for nth in (1, 2)
    ]

    counts = [
        diary.save(session, mine.id, entries)
        for entries in ((feed, export) if feed_first else (export, feed))
    ]

    assert counts == [(2, 0, 0, 0), (0, 2, 0, 0)]
    assert saved(session, mine) == [
        (alien.id, "2025-01-01", 1, "g1", "u1"),
        (alien.id, "2025-01-01", 2, "g2", "u2"),
    ]
    (row, _) = session.scalars(select(Viewing).order_by(Viewing.id)).all()
    assert (row.half_stars, row.is_liked, row.tags) == (8, True, "at home")
    assert row.poster_address == "https://a.ltrbxd.com/1.jpg"
    assert diary.save(session, mine.id, feed) == (0, 0, 2, 0)


def test_what_is_not_told_overwrites_nothing(session: Session) -> None:
    mine, alien = source(session), film(session)
    full = Entry(
        alien.id, "2025-01-01", half_stars=8, review="Good.", entry_uri="u1", is_liked=True
    )
    diary.save(session, mine.id, [full])

    counts = diary.save(session, mine.id, [Entry(alien.id, "2025-01-01", entry_uri="u1")])

    assert counts == (0, 0, 1, 0)
    row = session.scalars(select(Viewing)).one()
    assert (row.half_stars, row.review, row.is_liked) == (8, "Good.", True)


def test_an_entry_moves_with_its_day_and_film(session: Session) -> None:
    mine, alien, aliens = source(session), film(session), film(session)
    diary.save(
        session,
        mine.id,
        [Entry(alien.id, "2025-01-01", guid="g1"), Entry(aliens.id, "2025-02-02", guid="g2")],
    )

    counts = diary.save(session, mine.id, [Entry(aliens.id, "2025-02-02", guid="g1")])

    assert counts == (0, 1, 0, 0)
    assert saved(session, mine) == [
        (aliens.id, "2025-02-02", 2, "g1", None),
        (aliens.id, "2025-02-02", 1, "g2", None),
    ]


def test_a_doubt_that_was_settled_stays_settled(session: Session) -> None:
    dave = person(session)
    mine = source(session, dave)
    first, second = (film(session, "Cinderella", 1922, uri=uri) for uri in ("c1", "c2"))
    entry = Entry(first.id, "2025-01-01", entry_uri="u1", is_uncertain=True)
    diary.save(session, mine.id, [entry])
    (doubt,) = viewings.uncertain(session, dave.id)
    viewings.settle(session, dave.id, doubt.viewing_id, second.id)

    counts = diary.save(session, mine.id, [entry])

    assert counts == (0, 0, 1, 0)
    assert saved(session, mine) == [(second.id, "2025-01-01", 1, None, "u1")]
    assert viewings.uncertain(session, dave.id) == []


def test_sources_do_not_mix(session: Session) -> None:
    mine, hers, alien = source(session), source(session), film(session)
    entries = [Entry(alien.id, "2025-01-01", guid="g1")]

    assert diary.save(session, mine.id, entries).added == 1
    assert diary.save(session, hers.id, entries).added == 1


def test_chunks_keep_a_day_together_and_the_order() -> None:
    rows = [(number % 7, "day") for number in range(20)]

    chunks = list(diary.in_chunks(rows, lambda row: row, size=4))

    assert [len(chunk) for chunk in chunks] == [3] * 6 + [2]
    assert [chunk[0][0] for chunk in chunks] == [0, 1, 2, 3, 4, 5, 6]
    assert list(diary.in_chunks([], id)) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("by", ["nothing", "entry_uri", "guid"])
@pytest.mark.parametrize("first", ["nothing", "entry_uri"])
def test_many_of_one_film_on_one_day_are_matched_without_a_look_at_all(
    session: Session, first: str, by: str
) -> None:
    def entries(of: Film, kind: str, how_many: int) -> list[Entry]:
        bare = [Entry(of.id, "2025-01-01") for _ in range(how_many)]
        if kind == "nothing":
            return bare
        own_ids = [f"{kind}{of.id}-{at}" for at in range(how_many)]
        if kind == "guid":
            return [replace(one, guid=own_id) for one, own_id in zip(bare, own_ids, strict=True)]
        return [replace(one, entry_uri=own_id) for one, own_id in zip(bare, own_ids, strict=True)]

    def work(how_many: int) -> int:
        mine, alien = source(session), film(session)
        diary.save(session, mine.id, entries(alien, first, how_many))
        return calls(lambda: diary.save(session, mine.id, entries(alien, by, how_many)))

    few, many = work(250), work(1_000)

    assert many < 6 * few


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_only_the_days_that_are_told_of_are_read(db: Database) -> None:
    with db.writing() as session:
        mine, alien = source(session), film(session)
        days = [f"2025-01-{day:02}" for day in range(1, 31)]
        for day in days:
            viewing(session, alien, mine, day)
        read = diary._Saving(session, mine.id, [Entry(alien.id, day) for day in days[:3]]).known

    assert [kept.row["watched_on"] for kept in read] == days[:3]


def test_a_guess_that_moves_finds_its_place_among_viewings_that_were_not_told_of(
    session: Session,
) -> None:
    mine, alien, aliens = source(session), film(session), film(session)
    viewing(session, alien, mine, "2025-02-02")
    diary.save(session, mine.id, [Entry(alien.id, "2025-01-01", entry_uri="u1")])

    moved = Entry(aliens.id, "2025-02-02", entry_uri="u1", is_uncertain=True)
    assert diary.save(session, mine.id, [moved]) == (0, 1, 0, 0)

    assert saved(session, mine)[-1] == (alien.id, "2025-02-02", 2, None, "u1")


# The films of a period


@pytest.fixture
def mine(session: Session) -> FilmSource:
    return source(session, person(session))


def test_the_newest_viewing_of_each_film_counts(session: Session, mine: FilmSource) -> None:
    alien, heat = film(session, "Alien", 1979), film(session, "Heat", 1995)
    viewing(session, alien, mine, "2025-01-05", half_stars=7)
    viewing(session, heat, mine, "2025-02-01")
    viewing(session, alien, mine, "2025-03-01", half_stars=9)

    found = viewings.of_period(session, [mine.id])

    assert [(seen.title, seen.watched_on, seen.half_stars) for seen in found] == [
        ("Alien", "2025-03-01", 9),
        ("Heat", "2025-02-01", None),
    ]
    assert found[0].is_rewatch is False
    assert viewings.of_period(session, [mine.id], limit=1) == found[:1]
    assert viewings.of_period(session, [source(session).id]) == []
    assert viewings.of_period(session, []) == []


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2025-02-01", "2025-03-01", ["2025-02-28", "2025-02-01"]),
        ("2025-02-28", None, ["2025-03-01", "2025-02-28"]),
        (None, "2025-02-01", ["2025-01-31"]),
    ],
)
def test_a_period_ends_before_the_day_after(
    session: Session, mine: FilmSource, since: str | None, until: str | None, days: list[str]
) -> None:
    for day in ("2025-01-31", "2025-02-01", "2025-02-28", "2025-03-01"):
        viewing(session, film(session), mine, day)

    found = viewings.of_period(session, [mine.id], since, until)

    assert [seen.watched_on for seen in found] == days


def test_everything_includes_what_was_watched_on_no_known_day(
    session: Session, mine: FilmSource
) -> None:
    dated, undated, wanted = film(session, "Dated"), film(session, "Undated"), film(session)
    viewing(session, dated, mine, "2025-01-01")
    marks = [
        Mark(dated.id, watched_on="2025-01-01"),
        Mark(undated.id, watched_on="2025-01-01", half_stars=6),
        Mark(wanted.id, wanted_on="2025-01-01"),
    ]
    film_marks.save_marks(session, mine.id, marks)

    found = viewings.of_period(session, [mine.id])

    assert [(seen.title, seen.watched_on, seen.half_stars) for seen in found] == [
        ("Dated", "2025-01-01", None),
        ("Undated", None, 6),
    ]
    assert found[1].is_rewatch is False
    assert len(viewings.of_period(session, [mine.id], limit=1)) == 1
    # Nobody knows whether it is among the last thirty.
    assert viewings.of_period(session, [mine.id], limit=30) == found[:1]
    assert len(viewings.of_period(session, [mine.id], "2025-01-01")) == 1


def test_tmdbs_poster_comes_before_the_entrys_and_that_before_any(
    session: Session, mine: FilmSource
) -> None:
    by_tmdb, own, others, none = (film(session, title) for title in "ABCD")
    by_tmdb.poster_address = "tmdb"
    for of in (by_tmdb, own, others, none):
        viewing(session, of, mine)
    for of, by in ((by_tmdb, mine), (own, mine), (others, source(session)), (own, source(session))):
        viewing(session, of, by, "2024-01-01").poster_address = f"z{by.id}"
    session.execute(
        Viewing.__table__.update()  # type: ignore[attr-defined]
        .where(Viewing.film_id == own.id, Viewing.source_id == mine.id)
        .values(poster_address="own")
    )
    session.flush()

    found = {seen.title: seen.poster_address for seen in viewings.of_period(session, [mine.id])}

    assert found["A"] == "tmdb"
    assert found["B"] == "own"
    assert str(found["C"]).startswith("z")
    assert found["D"] is None


def test_months_with_their_viewings(session: Session, mine: FilmSource) -> None:
    alien = film(session)
    for day in ("2025-01-31", "2025-01-01", "2024-12-31"):
        viewing(session, alien, mine, day)
    viewing(session, alien, source(session), "2020-01-01")
    assert mine.person_id is not None

    assert viewings.months(session, mine.person_id) == [(2025, 1, 2), (2024, 12, 1)]


# A whole export


def no_report(_msg: str, _done: int, _of: int) -> None:
    pass


@pytest.fixture
def real(samples: Path, tmp_path: Path) -> Export:
    return read_sample(samples, tmp_path)


def read_sample(samples: Path, tmp_path: Path) -> Export:
    folder = samples / "letterboxd" / "patrickmjones-export"
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for file in folder.rglob("*.csv"):
            made.write(file, file.relative_to(folder))
    return letterboxd.read(path, name="export.zip")


def counted(db: Database) -> dict[str, int]:
    with db.reading() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Film, Viewing, FilmMark, FilmList, FilmSource)
        }


def test_a_real_export_is_kept_once_and_for_all(db: Database, real: Export) -> None:
    with db.writing() as session:
        dave = person(session).id

    def keep(*, dry_run: bool = False) -> dict[str, Any]:
        return collection.keep(
            db, real, person_id=dave, name="dave", report=no_report, dry_run=dry_run
        )

    looked = keep(dry_run=True)
    assert counted(db) == dict.fromkeys(counted(db), 0)
    first = keep()
    there = counted(db)
    again = keep()

    assert looked == first | {"source_id": looked["source_id"]}
    assert (first["added"], first["changed"], first["same"], first["skipped"]) == (2_132, 0, 0, 1)
    assert (first["viewings"], first["films"], first["lists"]) == (2_132, 2_614, 25)
    assert (again["added"], again["changed"], again["same"], again["lists"]) == (0, 0, 2_132, 0)
    assert counted(db) == there
    assert (there["viewings"], there["film_lists"]) == (2_132, 25)
    with db.reading() as session:
        assert len(viewings.of_period(session, [first["source_id"]])) == 2_614
        assert films.count(session, dave) == 2_614
        assert len(viewings.uncertain(session, dave)) == 2


def test_a_single_table_is_kept_for_nobody_too(db: Database, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text("Date,Name,Year,Letterboxd URI\n2025-01-01,Alien,1979,https://boxd.it/f1\n")
    export = letterboxd.read(path, name="watched.csv")

    kept = collection.keep(db, export, person_id=None, name="dave", report=no_report)

    assert (kept["films"], kept["viewings"], kept["added"]) == (1, 0, 0)
    with db.reading() as session:
        (seen,) = viewings.of_period(session, [kept["source_id"]])
    assert (seen.title, seen.watched_on) == ("Alien", None)


def test_two_at_once_make_one_film(db: Database) -> None:
    found: list[int] = []

    def resolve() -> None:
        with db.writing() as session:
            found.extend(films.resolve(session, [SeenFilm("Alien", 1979)]))

    with db.writing() as session:
        found.extend(films.resolve(session, [SeenFilm("Alien", 1979)]))
        others = [Thread(target=resolve) for _ in range(3)]
        for other in others:
            other.start()
    for other in others:
        other.join(timeout=90)

    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_feed_before_and_after_the_export_adds_nothing_twice(db: Database, real: Export) -> None:
    newest = sorted(real.diary, key=lambda row: (row.watched_on, row.logged_on or ""))[-50:]

    def feed() -> diary.Counts:
        with db.writing() as session:
            found = session.scalars(select(FilmSource)).one()
            seen = [
                SeenFilm(row.name, row.year, "movie", number, f"film-{number}")
                for number, row in enumerate(newest, 1)
            ]
            entries = [
                Entry(film_id, row.watched_on, is_rewatch=row.is_rewatch, guid=f"watch-{number}")
                for number, (film_id, row) in enumerate(
                    zip(films.resolve(session, seen), newest, strict=True), 1
                )
            ]
            return diary.save(session, found.id, entries)

    with db.writing() as session:
        dave = person(session)
        source(session, dave, "dave")
        dave_id = dave.id

    assert feed() == (50, 0, 0, 0)
    kept = collection.keep(db, real, person_id=dave_id, name="dave", report=no_report)
    assert (kept["added"], kept["changed"], kept["same"]) == (2_082, 50, 0)
    assert feed() == (0, 0, 50, 0)
    assert counted(db)["viewings"] == 2_132


# How the databases find it


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_viewings_that_are_uncertain_are_found_without_a_look_at_the_others(db: Database) -> None:
    with statements(db.engine) as asked, db.reading() as session:
        viewings.uncertain(session, 1)
        films.doubts(session, 1)

    with db.reading() as session:
        steps = [
            row.detail
            for sql in asked
            if "is_uncertain" in sql
            for row in session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?")
            )
        ]
    assert sum("viewings_uncertain" in step for step in steps) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_persons_pages_read_no_table_from_end_to_end(db: Database) -> None:
    asked: list[tuple[str, Any]] = []

    def remember(_conn: Connection, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        asked.append((sql, values))

    with db.writing() as session:
        dave = person(session)
        mine = source(session, dave)
        for _ in range(50):
            viewing(session, film(session), mine)
        film_id, person_id, source_id = session.scalars(select(Film.id)).first(), dave.id, mine.id
    assert film_id is not None
    event.listen(db.engine, "before_cursor_execute", remember)
    with db.reading() as session:
        for sort in ("title", "-year", "-rating", "watched"):
            wanted = Filter.model_validate({"sort": sort, "seen": 2025, "stars": 1})
            films.collection(session, person_id, Filter.model_validate({"sort": sort}))
            films.page(session, person_id, wanted, after="1:1:film 1")
        films.count(session, person_id)
        films.doubts(session, person_id)
        films.ties(session, person_id)
        films.demand(session, person_id, film_id)
        film_diary.newest(session, person_id, after="1:2025-01-01")
        film_diary.of_month(session, person_id, "2025-03")
        film_lists.wanted(session, person_id)
        film_lists.lists(session, person_id)
        film_lists.entries(session, person_id, 1)
        film_figures.ratings(session, person_id)
        film_figures.years(session, person_id)
        film_figures.decades(session, person_id)
        film_figures.directors(session, person_id)
        film_page.page(session, person_id, film_id)
        films.to_match(session)
        viewings.of_period(session, [source_id])
        viewings.months(session, person_id)
        viewings.uncertain(session, person_id)
    event.remove(db.engine, "before_cursor_execute", remember)

    with db.reading() as session:
        steps = [
            row.detail
            for sql, values in asked
            if sql.lstrip().startswith(("SELECT", "WITH"))
            for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        ]

    assert len(asked) > 30
    # Only what a step before it has found is read from end to end.
    rest = ("(", "CONSTANT", "seen", "marked", "watched", "met", "wanted", "last_days")
    found_before = tuple(f"SCAN {what}" for what in rest)
    assert [
        step for step in steps if step.startswith("SCAN") and not step.startswith(found_before)
    ] == []

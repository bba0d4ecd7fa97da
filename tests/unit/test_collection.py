"""An export joins a collection: counted before as it is done then, in small transactions."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from database import diary, viewings
from database.engine import Database
from database.models import (
    Film,
    FilmList,
    FilmListEntry,
    FilmMark,
    FilmSource,
    LoginFailure,
    Viewing,
)
from tests.factories import person
from tests.unit.test_letterboxd_export import DIARY, FILMS, LIST, RATINGS, REVIEWS, read_zip
from tests.work import statements
from worker_jobs.imports import collection
from worker_jobs.imports.letterboxd import Export

MODELS = (Film, FilmSource, Viewing, FilmMark, FilmList, FilmListEntry)
LIST_HEAD = LIST.partition("1,Alien")[0]


def no_report(_msg: str, _done: int, _of: int) -> None:
    pass


def rows(count: int, line: str) -> str:
    return "".join(f"{line}\n".format(at=at) for at in range(count))


def some(tmp_path: Path, *, start: int = 0, liked: int = 30) -> Export:
    """Return an export with something of everything: doubles, namesakes, a crowded day."""
    films = rows(40, "2025-01-01,Film {at},1999,https://boxd.it/f{at}")
    return read_zip(
        tmp_path,
        {
            "watched.csv": FILMS
            + films
            + "2025-01-01,Cinderella,1922,https://boxd.it/c1\n"
            + "2025-01-01,Cinderella,1922,https://boxd.it/c2\n",
            "ratings.csv": RATINGS + rows(20, "2025-01-01,Film {at},1999,https://boxd.it/f{at},4"),
            "diary.csv": DIARY
            + rows(
                30, f"2025-01-0{2 + start},Film {{at}},1999,https://boxd.it/e{{at}},,,,2025-01-01"
            )
            + "2025-01-02,Cinderella,1922,https://boxd.it/ec,,,,2025-01-01\n"
            + rows(70, "2025-01-02,Film 1,1999,,,,,2025-01-03")
            + rows(3, "2025-01-02,FILM 1,1999,https://boxd.it/x{at},,,,2025-01-04")
            + "2025-01-02,Film 2,1999,https://boxd.it/e2,,,,2025-01-01\n",
            "reviews.csv": REVIEWS
            + "2025-03-02,Film 3,1999,https://boxd.it/e3,5,,Coffee.,,2025-01-01\n",
            "likes/films.csv": FILMS
            + rows(liked, "2025-01-01,Film {at},1999,https://boxd.it/f{at}"),
            "watchlist.csv": FILMS + rows(5, "2025-01-01,Wanted {at},2001,https://boxd.it/w{at}"),
            "lists/best.csv": LIST_HEAD + rows(9, "{at},Film {at},1999,https://boxd.it/f{at},"),
        },
    )


def counted(db: Database) -> list[int]:
    with db.reading() as session:
        return [session.scalar(select(func.count()).select_from(model)) or 0 for model in MODELS]


def test_a_dry_run_counts_what_the_import_does_and_keeps_nobody_from_writing(
    db: Database, tmp_path: Path
) -> None:
    with db.writing() as session:
        dave = person(session).id
        others = person(session).id
    said = 0
    verbs: set[str] = set()

    def write(msg: str, _done: int, _of: int) -> None:
        nonlocal said
        said += 1
        verbs.add(msg.partition(" ")[0])
        with db.writing() as session:
            session.add(LoginFailure(scope=f"name:{said}", failures=1, last_at=1))

    def keep(export: Export, *, dry_run: bool = False, person_id: int = dave) -> dict[str, Any]:
        kept = collection.keep(
            db, export, person_id=person_id, name="Dave", report=write, dry_run=dry_run
        )
        del kept["source_id"]
        return kept

    keep(some(tmp_path), person_id=others)
    for export in (some(tmp_path), some(tmp_path), some(tmp_path, start=1, liked=20)):
        before = counted(db)
        verbs.clear()
        with statements(db.engine) as asked:
            trial = keep(export, dry_run=True)
        assert verbs == {"Comparing"}
        assert counted(db) == before
        written = [sql for sql in asked if not sql.lstrip().startswith(("SELECT", "PRAGMA"))]
        assert all("login_failures" in sql for sql in written)

        assert trial == keep(export)

    assert trial["skipped"] == 21
    assert (trial["added"], trial["changed"], trial["same"], trial["lists"]) == (0, 30, 54, 0)
    assert said > 20


def test_an_export_that_is_there_changes_when_it_has_changed(db: Database, tmp_path: Path) -> None:
    with db.writing() as session:
        dave = person(session).id
    for liked in (30, 20):
        export = some(tmp_path, liked=liked)
        kept = collection.keep(db, export, person_id=dave, name="dave", report=no_report)

        with db.reading() as session:
            likes = select(func.count()).select_from(FilmMark).where(FilmMark.is_liked)
            assert session.scalar(likes) == liked

    assert (kept["films"], kept["viewings"]) == (42, 85)
    with db.reading() as session:
        (doubt,) = viewings.uncertain(session, dave)
        assert len(doubt.films) == 2


def test_a_film_that_was_rated_on_another_day_is_told_once_and_stays(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rating comes in another transaction than the film where there are many.
    monkeypatch.setattr(collection, "CHUNK", 2)
    with db.writing() as session:
        dave = person(session).id
    export = read_zip(
        tmp_path,
        {
            "watched.csv": FILMS + rows(5, "2025-01-01,Film {at},1999,https://boxd.it/f{at}"),
            "ratings.csv": RATINGS + rows(6, "2025-02-02,Film {at},1999,https://boxd.it/f{at},4"),
        },
    )

    first, again = (
        collection.keep(db, export, person_id=dave, name="dave", report=no_report) for _ in "12"
    )

    told = [(part["kind"], part["how"], part["count"]) for part in first["parts"]]
    assert (told, first["films"]) == ([("films", "added", 6)], 6)
    assert (again["parts"], again["unchanged"]) == ([], {"films": 6})
    with db.reading() as session:
        said = session.execute(select(FilmMark.watched_on, FilmMark.half_stars)).all()
    assert sorted(map(tuple, said)) == [("2025-01-01", 8)] * 5 + [("2025-02-02", 8)]


def written_at_once(engine: Engine) -> list[int]:
    """Return a list that grows by the number of rows that each transaction writes."""
    found = [0]

    def write(_conn: object, _cursor: object, sql: str, values: Any, *_: object) -> None:
        if sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            # Rows one by one, or all of them in one statement.
            is_rows = values and isinstance(values, list)
            found[-1] += len(values) if is_rows else 1 + sql.count("), (")

    def commit(_connection: object) -> None:
        found.append(0)

    event.listen(engine, "before_cursor_execute", write)
    event.listen(engine, "commit", commit)
    return found


def test_nothing_writes_more_than_some_hundred_rows_at_once(db: Database, tmp_path: Path) -> None:
    with db.writing() as session:
        dave = person(session).id
    line = "2025-01-01,Film {at},1999,https://boxd.it/f{at}"

    def keep(how_many: int, *, turned: bool = False) -> None:
        films = rows(how_many, "{at}," + line.partition(",")[2] + ",")
        if turned:
            films = "\n".join(films.splitlines()[::-1]) + "\n"
        members: dict[str, str | bytes] = {
            "likes/films.csv": FILMS + rows(how_many, line),
            "watchlist.csv": FILMS + rows(how_many, line),
            "diary.csv": DIARY + rows(how_many, line.replace("/f", "/e") + ",,,,2025-01-01"),
            "lists/best.csv": LIST_HEAD + films,
        }
        export = read_zip(tmp_path, members)
        collection.keep(db, export, person_id=dave, name="dave", report=no_report)

    found = written_at_once(db.engine)
    keep(2_600)
    keep(2_600, turned=True)
    keep(1)

    assert sum(found) > 15_000
    assert max(found) <= 3 * diary.CHUNK
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(FilmListEntry)) == 1
        assert session.scalar(select(func.count()).where(FilmMark.is_liked)) == 1

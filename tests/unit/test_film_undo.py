"""An import that is undone leaves every row as it was; what has changed since stays."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.errors import Conflict
from database import diary, film_imports, film_undo, films, unused_films, viewings
from database.diary import Entry
from database.engine import Database
from database.film_identity import merge
from database.film_imports import NewImport
from database.models import (
    CollectionFilm,
    Film,
    FilmChange,
    FilmImport,
    FilmList,
    FilmListEntry,
    FilmMark,
    FilmSource,
    Person,
    Viewing,
)
from database.owner import Owner
from tests import factories
from tests.unit.test_collection import LIST_HEAD, no_report, rows, some
from tests.unit.test_diary import read_sample
from tests.unit.test_letterboxd_export import DIARY, FILMS, read_zip
from worker_jobs.imports import collection
from worker_jobs.imports.letterboxd import Export

MODELS = (Film, FilmSource, Viewing, FilmMark, FilmList, FilmListEntry, CollectionFilm)
Dump = dict[str, list[tuple[Any, ...]]]


class Dave:
    """Somebody who brings exports, and takes them back."""

    def __init__(self, db: Database) -> None:
        self.db, self._brought = db, 0
        with db.writing() as session:
            self.id = factories.person(session).id

    def bring(self, export: Export) -> str:
        self._brought += 1
        new = NewImport(f"import {self._brought}", f"{self._brought}.zip")
        collection.keep(self.db, export, person_id=self.id, name="dave", report=no_report, new=new)
        return new.public_id

    def undo(self, public_id: str) -> tuple[int, int]:
        """Undo an import as the job does; return how many rows were taken back, and kept."""
        film_ids: set[int] = set()
        while True:
            with self.db.writing() as session:
                batch = film_undo.take_back(session, public_id)
            film_ids |= batch.film_ids
            if batch.is_over:
                break
        with self.db.writing() as session:
            unused_films.drop(session, film_ids)
        return batch.undone, batch.kept

    def feed(self, *entries: Entry) -> None:
        with self.db.writing() as session:
            found = session.scalars(select(FilmSource.id)).one()
            diary.save(session, found, entries)


@pytest.fixture
def dave(db: Database) -> Dave:
    return Dave(db)


def dump(db: Database) -> Dump:
    with db.reading() as session:
        return {
            model.__tablename__: sorted(
                (tuple(row) for row in session.execute(select(model.__table__))), key=repr
            )
            for model in MODELS
        }


def count(db: Database, model: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def film_id(db: Database, title: str) -> int:
    with db.reading() as session:
        return film_of(session, title)


def film_of(session: Session, title: str) -> int:
    return session.scalars(select(Film.id).where(Film.title == title)).one()


def test_the_first_import_leaves_nothing(db: Database, dave: Dave, tmp_path: Path) -> None:
    brought = dave.bring(some(tmp_path))
    assert count(db, FilmChange) > 100

    undone, kept = dave.undo(brought)

    assert (undone > 100, kept) == (True, 0)
    assert dump(db) == {model.__tablename__: [] for model in MODELS}
    assert count(db, FilmChange) == 0
    with db.reading() as session:
        (found,) = film_imports.listed(session, Owner(dave.id))
    assert found.undone_at and not found.is_undoable
    assert (found.counts["undone"], found.counts["kept"]) == (undone, 0)


def longer(tmp_path: Path, *, turned: bool = False) -> Export:
    """Return the export of `some` after a while: other days, likes, notes, a list cut short."""
    export = some(tmp_path, start=1, liked=10)
    (listing,) = export.lists
    listed = listing.films[:4][::-1] if turned else listing.films[:4]
    export.lists[0] = type(listing)(listing.slug, "The best", None, "2025-02-02", listed)
    del export.watchlist[2:]
    return export


@pytest.mark.parametrize("batch", [3, 500])
@pytest.mark.parametrize("turned", [False, True])
def test_a_later_import_leaves_what_was_there_before(
    db: Database,
    dave: Dave,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    batch: int,
    turned: bool,
) -> None:
    monkeypatch.setattr(film_undo, "BATCH", batch)
    first = dave.bring(some(tmp_path))
    before = dump(db)
    second = dave.bring(longer(tmp_path, turned=turned))
    after = dump(db)
    assert all(before[name] != after[name] for name in before if name.startswith(("v", "film_l")))

    assert dave.undo(second)[1] == 0

    assert dump(db) == before
    assert dave.undo(first)[1] == 0
    assert dump(db) == {model.__tablename__: [] for model in MODELS}


def test_what_was_undone_can_be_brought_again(db: Database, dave: Dave, tmp_path: Path) -> None:
    dave.bring(some(tmp_path))
    second = dave.bring(longer(tmp_path))
    after = dump(db)
    dave.undo(second)

    dave.bring(longer(tmp_path))

    # Films that were dropped meanwhile are other rows by now.
    counts = {name: len(found) for name, found in dump(db).items()}
    assert counts == {name: len(found) for name, found in after.items()}


def test_a_feed_before_the_export_is_as_it_was(db: Database, dave: Dave, tmp_path: Path) -> None:
    with db.writing() as session:
        factories.source(session, session.get_one(Person, dave.id), "dave").fetched_at = 1
        seen = films.SeenFilm("Film 3", 1999, uri="https://boxd.it/f3")
        (third,) = films.resolve(session, [seen])
    dave.feed(Entry(third, "2025-01-01", guid="g1", half_stars=6, is_liked=True))
    before = dump(db)

    dave.undo(dave.bring(some(tmp_path)))

    assert dump(db) == before


def test_what_a_feed_tells_of_since_stays(db: Database, dave: Dave, tmp_path: Path) -> None:
    brought = dave.bring(some(tmp_path))
    dave.feed(Entry(film_id(db, "Film 5"), "2025-01-01", guid="g5"))

    assert dave.undo(brought)[1] == 1

    with db.reading() as session:
        (left,) = session.scalars(select(Viewing)).all()
        assert (left.guid, left.entry_uri) == ("g5", "https://boxd.it/e5")
        assert session.scalars(select(Film.title)).all() == ["Film 5"]
    assert count(db, FilmSource) == 1


def settle(dave: Dave) -> int:
    """Say of the one viewing in doubt that it was of the other film; return its id."""
    with dave.db.writing() as session:
        (doubt,) = viewings.uncertain(session, dave.id)
        viewings.settle(session, dave.id, doubt.viewing_id, doubt.films[1].id)
        return doubt.viewing_id


def test_a_viewing_whose_film_was_settled_goes_with_its_import(
    db: Database, dave: Dave, tmp_path: Path
) -> None:
    brought = dave.bring(some(tmp_path))
    settle(dave)

    assert dave.undo(brought)[1] == 0

    assert dump(db) == {model.__tablename__: [] for model in MODELS}


def test_an_answer_outlives_a_later_import(db: Database, dave: Dave, tmp_path: Path) -> None:
    dave.bring(some(tmp_path))
    later = some(tmp_path)
    later.diary[30] = replace(later.diary[30], half_stars=9)
    brought = dave.bring(later)
    viewing_id = settle(dave)

    assert dave.undo(brought)[1] == 1

    with db.reading() as session:
        found = session.get_one(Viewing, viewing_id)
        assert (found.half_stars, found.is_uncertain) == (9, False)


def test_a_mark_that_says_something_else_by_now_stays(
    db: Database, dave: Dave, tmp_path: Path
) -> None:
    brought = dave.bring(some(tmp_path))
    with db.writing() as session:
        session.execute(
            update(FilmMark)
            .where(FilmMark.film_id == film_of(session, "Film 7"))
            .values(half_stars=1)
        )

    assert dave.undo(brought)[1] == 1

    with db.reading() as session:
        assert session.scalars(select(FilmMark.half_stars)).all() == [1]


def test_two_films_that_became_one_are_followed(db: Database, dave: Dave, tmp_path: Path) -> None:
    with db.writing() as session:
        known = factories.film(session, "Filmen 4", 1999, tmdb_id=4).id
    brought = dave.bring(some(tmp_path))
    with db.writing() as session:
        merge(session, film_of(session, "Film 4"), known)

    assert dave.undo(brought)[1] == 0

    assert [count(db, model) for model in MODELS[1:]] == [0] * 6


def moved(tmp_path: Path, day: str, film: str) -> Export:
    return read_zip(
        tmp_path,
        {
            "watched.csv": FILMS + f"2025-01-01,{film},1999,https://boxd.it/{film}\n",
            "diary.csv": DIARY + f"2025-01-02,{film},1999,https://boxd.it/e,,,,{day}\n",
        },
    )


def test_a_viewing_that_moved_goes_back_though_its_film_had_nobody(
    db: Database, dave: Dave, tmp_path: Path
) -> None:
    dave.bring(
        read_zip(
            tmp_path,
            {"diary.csv": DIARY + "2025-01-02,Alien,1999,https://boxd.it/e,,,,2025-01-01\n"},
        )
    )
    before = dump(db)
    second = dave.bring(moved(tmp_path, "2025-02-02", "Aliens"))
    with db.writing() as session:
        assert film_of(session, "Alien") not in session.scalars(select(Viewing.film_id)).all()
        unused = unused_films.find(session, 0)
        unused_films.drop(session, unused)
    assert unused == []

    assert dave.undo(second)[1] == 0

    assert dump(db) == before


def test_a_place_that_is_taken_by_now_is_left_to_whoever_has_it(
    db: Database, dave: Dave, tmp_path: Path
) -> None:
    dave.bring(moved(tmp_path, "2025-01-01", "Alien"))
    second = dave.bring(moved(tmp_path, "2025-02-02", "Alien"))
    dave.feed(Entry(film_id(db, "Alien"), "2025-01-01", guid="g1"))

    assert dave.undo(second)[1] == 0

    with db.reading() as session:
        places = session.execute(select(Viewing.watched_on, Viewing.nth, Viewing.guid)).all()
    assert sorted(map(tuple, places)) == [("2025-01-01", 1, "g1"), ("2025-01-01", 2, None)]


def test_the_later_import_is_undone_first(db: Database, dave: Dave, tmp_path: Path) -> None:
    first = dave.bring(some(tmp_path))
    second = dave.bring(some(tmp_path))
    with db.reading() as session:
        newest, oldest = film_imports.listed(session, Owner(dave.id))
    assert (newest.is_undoable, oldest.is_undoable, oldest.blocked_by) == (True, False, "2.zip")

    with pytest.raises(Conflict, match=r"Undo the later import of 2\.zip first"):
        dave.undo(first)

    assert dave.undo(second) == (0, 0)
    assert dave.undo(first)[1] == 0
    assert count(db, Viewing) == 0


def test_an_undo_that_is_killed_goes_on_where_it_was(
    db: Database, dave: Dave, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_undo, "BATCH", 7)
    dave.bring(some(tmp_path))
    before = dump(db)
    second = dave.bring(longer(tmp_path))
    whole = count(db, FilmChange)

    def take_back(*, is_killed: bool) -> None:
        with db.writing() as session:
            film_undo.take_back(session, second)
            if is_killed:
                raise RuntimeError

    for _ in range(6):
        take_back(is_killed=False)
        with pytest.raises(RuntimeError):
            take_back(is_killed=True)

    assert 0 < count(db, FilmChange) < whole
    undone, kept = dave.undo(second)
    assert dump(db)["viewings"] == before["viewings"]
    assert dump(db)["film_list_entries"] == before["film_list_entries"]
    assert (undone > 30, kept) == (True, 0)
    assert dave.undo(second) == (undone, kept)


def test_an_import_that_was_killed_and_begins_again_is_one(
    db: Database, dave: Dave, tmp_path: Path
) -> None:
    class Killed(Exception):
        pass

    def keep(stop_at: int) -> None:
        said = 0

        def report(_msg: str, _done: int, _of: int) -> None:
            nonlocal said
            said += 1
            if said == stop_at:
                raise Killed

        new = NewImport("import", "x.zip")
        collection.keep(db, some(tmp_path), person_id=dave.id, name="dave", report=report, new=new)

    for stop_at in (2, 3, 5):
        with pytest.raises(Killed):
            keep(stop_at)
    with db.reading() as session:
        assert film_imports.listed(session, Owner(dave.id))[0].counts == {}
    keep(0)

    dave.undo("import")

    assert count(db, FilmImport) == 1
    assert dump(db) == {model.__tablename__: [] for model in MODELS}


def test_a_long_list_goes_in_batches(
    db: Database, dave: Dave, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database.film_marks.CHUNK", 20)
    listed = LIST_HEAD + rows(90, "{at},Film {at},1999,https://boxd.it/f{at},")
    brought = dave.bring(read_zip(tmp_path, {"lists/best.csv": listed}))
    lengths = []

    while count(db, FilmSource):
        with db.writing() as session:
            film_undo.take_back(session, brought)
        lengths.append(count(db, FilmListEntry))

    assert lengths[:6] == [70, 50, 30, 10, 0, 0]


def test_nothing_is_kept_of_a_dry_run_or_a_guest(db: Database, dave: Dave, tmp_path: Path) -> None:
    new = NewImport("import", "x.zip")
    export = some(tmp_path)

    collection.keep(
        db, export, person_id=dave.id, name="d", report=no_report, new=new, dry_run=True
    )
    collection.keep(db, export, person_id=None, name="guest 1", report=no_report, new=new)

    assert (count(db, FilmImport), count(db, FilmChange)) == (0, 0)


def test_a_person_who_goes_takes_the_imports_along(
    db: Database, dave: Dave, tmp_path: Path
) -> None:
    dave.bring(some(tmp_path))

    with db.writing() as session:
        session.delete(session.get_one(Person, dave.id))

    assert [count(db, model) for model in (FilmImport, FilmChange, FilmSource)] == [0, 0, 0]


def test_a_real_export_comes_and_goes(
    db: Database, dave: Dave, samples: Path, tmp_path: Path
) -> None:
    brought = dave.bring(read_sample(samples, tmp_path))
    assert count(db, Viewing) == 2_132

    undone, kept = dave.undo(brought)

    assert (undone > 5_000, kept) == (True, 0)
    assert dump(db) == {model.__tablename__: [] for model in MODELS}

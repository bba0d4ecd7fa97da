"""Both stores answer alike, whatever is asked of the same crate; and what holds for one alone."""

from array import array
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap
from sqlalchemy.exc import OperationalError

from core import crate_rows
from core.crate_rows import ANY, GENRE, ONLY, WITH_VIDEO, Batch, MasterRow, ReleaseRow
from core.errors import Busy
from core.names import bare
from database import crate_bitmaps, crate_postgres, crate_store_postgres
from database.crate_digs import Dig
from database.crate_names import typed_words
from database.crate_search import Crate
from database.crate_store import Column, Field, Named, Store, Word
from database.crate_store_postgres import PostgresStore
from database.crate_store_sqlite import SqliteStore
from database.crates import Loader
from database.engine import Database
from tests import digging, little_crates
from tests.digging import Pressing
from tests.little_crates import batch, make_file, make_schema, release

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

ODD = (
    "Straße", "Strasse", "STRASSE", "Ⅱ", "ii", "e\u0301tude", "Étude", "etude two", "が", "か",
    "Песня", "песня о", "宇多田ヒカル", "rock'n'roll", "back\\slash", "a 'b' & c|d:!*() <-> e",
    "???", "two  spaces", "two spaces", "x" * 255, "xy" * 150, "The long one " * 300,
    "The long one " * 299, "Ünï_ted",
    "9", "99 red", "%s %(a)s 100%", "\U0001f3b5 song", "Can", "can", "Cannes", "d'or", "D’Or",
)  # fmt: skip
TEXTS = st.sampled_from(ODD) | st.text("aAbé ß'\\-(2)жЖ", min_size=1, max_size=6).filter(
    lambda text: any(letter.isalnum() for letter in text)
)
IDS = st.integers(1, 40) | st.sampled_from((2**31, 2**31 + 1, 2**32 - 1))
NAMED: tuple[Named, ...] = ("artist", "label")
FIELDS: tuple[Field | None, ...] = ("artist", "label", "title", None)
ABOUT: dict[str, str | int] = {"version": "20261001"}
COLUMNS: tuple[Column, ...] = ("artist", "title", "videos", "year")


def _row(id_: int, title: str | None, artist: str | None, label: str | None, year: int | None,
         master_id: int | None, barcode: str | None, *, is_main: bool) -> ReleaseRow:  # fmt: skip
    return ReleaseRow(
        id_, title, artist, label, title, year, None, artist, master_id, is_main, id_ % 4, barcode
    )


ROWS = st.lists(
    st.builds(
        _row,
        IDS,
        st.none() | TEXTS,
        st.none() | TEXTS,
        st.none() | TEXTS,
        st.none() | st.integers(1900, 2030),
        st.none() | st.sampled_from((1, 2, 2**31 + 5)),
        st.none() | st.sampled_from(("1", "12345678")),
        is_main=st.booleans(),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row.id,
)


def _batch(rows: Sequence[ReleaseRow]) -> Batch:
    """Return the rows with artists and labels: one that several have, and one of their own."""
    made = crate_rows.empty()
    for row in sorted(rows):
        made.releases.append(row)
        for pairs, names, name in (
            (made.release_artists, made.artists, row.artist),
            (made.release_labels, made.labels, row.label),
        ):
            pairs.extend((id_, row.id) for id_ in {row.id, 7})
            names[row.id] = name
            names[7] = "Can"
        made.videos.extend(
            (row.id, nth, row.id - 9, 60 * nth, row.title) for nth in range(row.videos)
        )
        for facet in ((ONLY, ANY), (GENRE, row.artist or "none"), (ONLY, WITH_VIDEO)):
            made.facets.setdefault(facet, array("I")).append(row.id)
    return made


def _fill(loader: Loader, rows: Sequence[ReleaseRow]) -> None:
    loader.take(_batch(rows))
    loader.take_masters(
        [MasterRow(1, None, "Can", None, 3), MasterRow(2**31 + 5, "Ⅱ", None, 1971, None)],
        [(1, 1, 5, None, None), (1, 0, -5, 10, "%s"), (2**31 + 5, 0, 5, 1, "")],
    )
    loader.take_aliases([(7, 3, "b"), (7, 4, "B"), (7, 5, None), (7, 6, "a"), (7, 2**32 - 1, "é")])
    loader.take_parents([(7, 8, "Parent"), (8, 99, None)])


def _answers(store: Store, rows: Sequence[ReleaseRow]) -> Iterable[tuple[Any, ...]]:
    """Yield every question that these rows give rise to, with its answer."""
    ids = [row.id for row in rows]
    texts = {text for row in rows for text in row[1:4] if text} | {"Can"}
    yield "sizes", dict(store.sizes)
    yield "about", dict(store.about)
    yield "bitmaps", list(store.bitmaps([*store.sizes, ("no", "such")]))
    yield "bitmap", [store.bitmap(*facet) for facet in store.sizes]
    asked = [*reversed(ids), 41, 2**63, ids[0]]
    yield "rows", store.rows(asked)
    yield "videos", store.videos(asked)
    yield "keys", [sorted(store.keys(column, ids), key=repr) for column in COLUMNS]
    yield "versions", sorted(store.versions([2, 2**31 + 5, 1, 77]))
    yield "masters", [store.master(id_) for id_ in (1, 2, 2**31 + 5)]
    yield "master videos", store.master_videos([2**31 + 5, 1, 2])
    yield "barcodes", [store.with_barcode(said) for said in ("1", "12345678", "", "1\0")]
    for named in NAMED:
        for id_ in (*ids, 7, 41):
            yield named, id_, store.one(named, id_), store.beside(named, id_)
            yield named, id_, store.of_release(named, id_), store.releases_of(named, id_)
        for folded in {bare(text) for text in texts}:
            yield named, folded, store.named(named, folded)
            for begun in {folded, folded[:1], folded[:3], folded[:250], f"{folded}\0"}:
                yield named, begun, [store.beginning(named, begun, limit) for limit in (1, 100)]
    for text in texts:
        yield "titled", text, store.titled(text), store.titled(text.upper())
        for begun in {bare(text), bare(text)[:1], bare(text)[:3]}:
            yield "titles", begun, [store.titles(begun, limit) for limit in (1, 2, 100)]
        for words in {tuple(typed_words(text)), tuple(typed_words(f"{text[:2]}*"))} - {()}:
            yield "words", words, [store.with_words(words, field) for field in FIELDS]


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_each_question_has_the_same_answer(
    db: Database, tmp_path: Path, rows: list[ReleaseRow]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # What is done for many is done for few.
        patch.setattr("database.crate_file.MANY", 3)
        patch.setattr("database.crate_postgres_loader.MANY", 3)
        patch.setattr(crate_store_postgres, "_MOST_SORTED", 1)
        patch.setattr(crate_store_postgres, "_AT_ONCE", 5)
        patch.setattr(crate_store_postgres, "MOST_KEPT", 100)
        file = SqliteStore(make_file(tmp_path / "a.crate", lambda to: _fill(to, rows), ABOUT))
        name = make_schema(db, lambda to: _fill(to, rows), ABOUT)
        schema = PostgresStore(db, name)
        try:
            for one, other in zip(_answers(file, rows), _answers(schema, rows), strict=True):
                assert one == other
        finally:
            crate_postgres.drop(db, name)


def test_a_hundred_thousand_releases_are_asked_for_at_once(db: Database, tmp_path: Path) -> None:
    store = little_crates.opened(
        db, tmp_path, lambda to: to.take(batch([release(1), release(70_000)], []))
    )

    asked = range(1, 100_001)

    assert [row.id for row in store.rows(asked)] == [1, 70_000]
    assert sorted(id_ for _, id_ in store.keys("year", asked)) == [1, 70_000]


@pytest.mark.parametrize(
    "typed", ["'", "\\", "a'b", "a\\'b", "x:*", "!can", "can | x", "(can", "<->", "can:A", "\0can"]
)
def test_words_are_words_whatever_stands_in_them(db: Database, tmp_path: Path, typed: str) -> None:
    store = little_crates.opened(db, tmp_path, lambda to: to.take(batch([release(1)], [])))

    for words in ([Word(typed, begins=False)], [Word(typed, begins=True)]):
        assert store.with_words(words, None) in (BitMap(), BitMap([1]))
        assert store.with_words([*words, Word("nothing", begins=False)], "artist") == BitMap()


class TestADroppedOne:
    """Another crate serves since a moment ago."""

    @pytest.fixture
    def store(self, db: Database, tmp_path: Path) -> Store:
        made = little_crates.opened(db, tmp_path, lambda to: to.take(batch([release(1)], [])))
        made.rows([1])
        name = crate_postgres.current(db)
        assert name and crate_postgres.drop(db, name)
        return made

    def test_whoever_asks_is_told_to_come_again(self, store: Store) -> None:
        for ask in (
            lambda: store.rows([1]),
            lambda: store.titled("Title 1"),
            lambda: store.bitmap(ONLY, ANY),
            lambda: store.with_words([Word("can", begins=False)], None),
            lambda: store.beginning("artist", "c", 5),
        ):
            with pytest.raises(Busy):
                ask()

    def test_it_is_not_opened(self, db: Database, store: Store) -> None:
        assert store
        with pytest.raises(Busy):
            PostgresStore(db, "crate_00000000000001")


def test_what_was_asked_for_once_is_kept_as_far_as_there_is_room(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [release(id_) for id_ in range(1, 9)]
    store = little_crates.opened(db, tmp_path, lambda to: to.take(batch(rows, [])))
    assert isinstance(store, PostgresStore)
    size = len(crate_bitmaps.packed(BitMap(range(1, 9))))
    monkeypatch.setattr(store, "_room", size)

    store.bitmap(ONLY, ANY).add(77)
    store.bitmap(ONLY, WITH_VIDEO)

    assert store._room == 0
    name = crate_postgres.current(db)
    assert name and crate_postgres.drop(db, name)
    assert store.bitmap(ONLY, ANY) == BitMap(range(1, 9))


def test_more_values_cost_no_more_statements(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking, asked = db.asking, []

    def counted() -> AbstractContextManager[Any]:
        asked.append(1)
        return asking()

    monkeypatch.setattr(db, "asking", counted)
    seen = []
    for how_many in (30, 60):
        pressings = [
            Pressing(nth, genre=(f"G{nth % how_many}",), style=("S", f"S{nth % how_many}"),
                     year=1950 + nth % how_many)
            for nth in range(1, 400)
        ]  # fmt: skip
        store = little_crates.opened(db, tmp_path, partial(_take, batch=digging.batch(pressings)))
        asked.clear()
        crate, dig = Crate(store), Dig(genre=("G0", "G1"), style=("S",), year=("1940-2020",))
        crate.counts(crate.find(dig), dig)
        crate.release(1)
        seen.append(len(asked))

    assert seen[0] == seen[1] < 12


def _take(loader: Loader, batch: Batch) -> None:
    loader.take(batch)


def test_a_connection_that_broke_is_told_as_anywhere_and_opened_anew(
    db: Database, tmp_path: Path
) -> None:
    store = little_crates.opened(db, tmp_path, lambda to: to.take(batch([release(1)], [])))
    with db.engine.connect() as other:
        store.rows([1])
        other.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    with pytest.raises(OperationalError):
        store.rows([1])
    assert [row.id for row in store.rows([1])] == [1]

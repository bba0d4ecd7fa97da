"""What a dig says of what it does not find, what may have been meant, and single things."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread

import pytest

from core.crate_rows import MasterRow
from core.errors import InvalidInput, NotFound
from database import crate_store_sqlite
from database.crate_digs import Dig
from database.crate_search import Crate, open_current
from database.crate_store import Master, Name
from database.crate_store_sqlite import SqliteStore
from database.crates import Loader
from database.engine import Database
from tests import little_crates
from tests.digging import Pressing, batch

Make = Callable[[Iterable[Pressing]], Crate]
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ALIASES, PARENTS = [(4, 77, "Inner Space")], [(1, 2, "Warp")]


@pytest.fixture
def make(db: Database, tmp_path: Path) -> Make:
    def made(pressings: Iterable[Pressing]) -> Crate:
        def fill(loader: Loader) -> None:
            loader.take(batch(pressings))
            loader.take_masters([MasterRow(5, "Tago Mago", "Can", 1971, 1)], [(5, 0, 900, 10, "M")])
            loader.take_aliases(ALIASES)
            loader.take_parents(PARENTS)

        return Crate(little_crates.opened(db, tmp_path, fill, version="20261001"))

    return made


def dig(*pairs: tuple[str, str]) -> Dig:
    return Dig.from_args(pairs)


def found(crate: Crate, *pairs: tuple[str, str]) -> list[int]:
    return list(crate.find(dig(*pairs)).ids)


def test_a_name_that_nobody_has_finds_nothing_and_says_which(make: Make) -> None:
    crate = make([Pressing(1, artists=(2,)), Pressing(2, artists=(3,))])

    nothing = crate.find(dig(("artist", "Artefukt"), ("genre", "Rock")))

    assert not nothing.ids
    assert nothing.problems == {
        "artist": (
            "There is no artist “Artefukt” in the crate.",
            ["Artefakt", "Artefakt (2)"],
        )
    }


def test_a_namesake_is_found_by_its_number_alone(make: Make) -> None:
    crate = make([Pressing(1, artists=(2,)), Pressing(2, artists=(3,))])

    assert found(crate, ("artist", "artefakt (2)")) == [2]
    assert found(crate, ("artist", "Artefakt")) == [1]


def test_one_known_of_two_goes_on_and_the_other_is_named(make: Make) -> None:
    crate = make([Pressing(1), Pressing(2, genre=("Jazz",))])

    some = crate.find(dig(("genre", "jazz"), ("genre", "Jass")))

    assert list(some.ids) == [2]
    assert some.problems["genre"] == ("There is no genre “Jass” in the crate.", ["Jazz"])


def test_to_leave_out_what_is_not_there_takes_nothing_off(make: Make) -> None:
    crate = make([Pressing(1)])

    some = crate.find(dig(("country", "-Germoney")))

    assert list(some.ids) == [1]
    assert some.problems["country"].suggestions == ["Germany"]


def test_of_words_without_a_letter_nothing_is_found(make: Make) -> None:
    some = make([Pressing(1)]).find(dig(("q", "?! *")))

    assert not some.ids
    assert some.problems["q"].sentence == "Nothing in the crate contains the words of “?! *”."


@pytest.mark.parametrize(
    "words", ['"', 'tago" OR "x', "title:tago", "NEAR(tago", "tago AND -x", "^"]
)
def test_words_are_words_and_no_language(make: Make, words: str) -> None:
    crate = make([Pressing(1)])

    assert crate.find(dig(("q", words))).problems.keys() == {"q"}
    assert crate.find(dig(("title", words))).problems.keys() == {"title"}


@pytest.mark.parametrize(
    ("words", "ids"),
    [("mag*", [1]), ("mag", []), ("TAGO can", [1]), ("beyonce", [2]), ("Crüe", [2])],
)
def test_words_are_found_anywhere(make: Make, words: str, ids: list[int]) -> None:
    crate = make([Pressing(1), Pressing(2, title="Duo", artists=(1, 7))])

    assert found(crate, ("q", words)) == ids


def test_all_of_it_has_to_hold_for_one_release(make: Make) -> None:
    one, other = Pressing(1, year=1971, master_id=5), Pressing(2, country="US", master_id=5)
    crate = make([one, other._replace(year=1999)])

    assert found(crate, ("year", "1971"), ("country", "US")) == []


def test_of_a_master_the_main_version_is_shown_if_it_was_found(make: Make) -> None:
    versions = [Pressing(id_, master_id=5, is_main=id_ == 3, year=1970 + id_) for id_ in (1, 2, 3)]
    crate = make([*versions, Pressing(4, year=1970)])
    early = dig(("year", "1971-1972"), ("sort", "oldest"))
    each = dig(("grouped", "0"), ("sort", "oldest"))

    assert [row.id for row in crate.page(crate.find(Dig()), Dig(sort="oldest")).rows] == [4, 3]
    assert [row.id for row in crate.page(crate.find(early), early).rows] == [1]
    assert [row.id for row in crate.page(crate.find(each), each).rows] == [4, 1, 2, 3]


def test_a_page_behind_a_release_that_is_gone_is_the_first(make: Make) -> None:
    crate = make([Pressing(1, year=1970), Pressing(2, year=1980)])
    for sort in ("newest", "title", "random"):
        everything = Dig(sort=sort, seed=5)
        first = crate.page(crate.find(everything), everything)

        for gone in (99, 0, 2**40):
            assert crate.page(crate.find(everything), everything, gone) == first


def test_at_random_the_seed_decides(make: Make) -> None:
    crate = make(Pressing(id_) for id_ in range(1, 40))

    def order(seed: int) -> list[int]:
        shuffled = Dig(sort="random", seed=seed)
        return [row.id for row in crate.page(crate.find(shuffled), shuffled).rows]

    assert order(1) == order(1) != order(2)
    assert sorted(order(1)) == list(range(1, 40))


def test_names_are_suggested_as_they_are_typed(make: Make) -> None:
    many = [Pressing(2, artists=(3,)), Pressing(3, artists=(3,)), Pressing(5, labels=(3,))]
    odd = Pressing(4, artists=(1,), title="Ägypten")
    crate = make([Pressing(1, artists=(2,)), *many, odd])

    assert crate.suggest("artist", "ARTE") == ["Artefakt (2)", "Artefakt"]
    assert crate.suggest("artist", "artefakt (") == ["Artefakt (2)"]
    assert crate.suggest("artist", "mot") == ["Mötley Crüe"]
    assert crate.suggest("artist", "arte", 1) == ["Artefakt (2)"]
    assert crate.suggest("label", "ost") == ["Ostgut Ton"]
    assert crate.suggest("title", "tag") == ["Tago Mago"]
    assert crate.suggest("title", "agyp") == ["Ägypten"]
    assert crate.suggest("artist", " ") == crate.suggest("artist", "zz") == []


@ON_SQLITE
def test_a_common_title_is_found_as_it_is_written_and_others_in_full(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    crate = make(
        [Pressing(1, title="Début"), Pressing(2, title="DEBUT"), Pressing(3, title="Debut X")]
    )

    assert found(crate, ("title", "debut")) == [1, 2]

    monkeypatch.setattr(crate_store_sqlite, "_MOST_COMPARED", 1)
    assert found(crate, ("title", "debut")) == [2]
    assert found(crate, ("title", "début")) == [1, 2]


def test_a_release_says_what_it_is(make: Make) -> None:
    one = Pressing(1, artists=(4, 6), genre=("Rock", "Jazz"), videos=2, master_id=5, barcode="123")
    crate = make([one, Pressing(2)])

    release = crate.release(1)

    assert release.row.title == "Tago Mago" and release.row.is_main is True
    assert release.artists == [Name(4, "Can", 2), Name(6, "Björk", 1)]
    assert release.labels == [Name(1, "Spoon Records", 2)]
    assert release.values == {"genre": ["Jazz", "Rock"], "style": [], "description": ["LP"]}
    assert [video.title for video in release.videos] == ["Video 0", "Video 1"]
    assert [row.id for row in crate.with_barcode("123")] == [1]


def test_a_master_has_its_versions_and_videos(make: Make) -> None:
    crate = make([Pressing(1, master_id=5, year=1990, is_main=False),
                  Pressing(2, master_id=5), Pressing(3, master_id=6, year=None)])  # fmt: skip

    told, untold = crate.master(5), crate.master(6)

    assert told.master == Master(5, "Tago Mago", "Can", 1971, 1)
    assert [row.id for row in told.versions] == [2, 1]
    assert [video.seconds for video in told.videos] == [10]
    assert untold.master == Master(6, "Tago Mago", "Can", None, 3)


def test_artists_and_labels_know_who_stands_beside_them(make: Make) -> None:
    crate = make([Pressing(1, labels=(1,)), Pressing(2, labels=(2,))])

    assert crate.name("artist", 4) == (Name(4, "Can", 2), [Name(77, "Inner Space", 0)])
    assert crate.name("label", 1) == (Name(1, "Spoon Records", 1), [Name(2, "Warp", 1)])
    assert crate.name("label", 2).beside == []


@pytest.mark.parametrize("id_", [9, 2**32, 2**70])
def test_what_is_not_in_the_crate_is_not_found(make: Make, id_: int) -> None:
    crate = make([Pressing(1)])
    for ask in (crate.release, crate.master, lambda i: crate.name("artist", i)):
        with pytest.raises(NotFound):
            ask(id_)


def test_values_of_a_list_come_with_their_releases(make: Make) -> None:
    crate = make([Pressing(1, year=1980), Pressing(2, genre=("Rock", "Jazz"), year=None)])

    assert crate.values("genre") == [("Jazz", 1), ("Rock", 2)]
    assert crate.values("year") == [("1980", 1)]
    assert crate.values("nothing") == []


def test_a_surprise_is_one_of_what_was_found(make: Make) -> None:
    crate = make([Pressing(1), Pressing(2, genre=("Jazz",))])

    assert crate.surprise(crate.find(dig(("genre", "Jazz")))) == 2
    assert crate.surprise(crate.find(dig(("genre", "Polka")))) is None


def test_another_crate_is_opened_once_it_serves(db: Database, tmp_path: Path) -> None:
    assert open_current(db, tmp_path) is None
    little_crates.serve(tmp_path, batch([Pressing(1)]), db=db)

    before = open_current(db, tmp_path)
    assert before is not None and before is open_current(db, tmp_path)

    little_crates.serve(tmp_path, batch([Pressing(1), Pressing(2)]), db=db)
    after = open_current(db, tmp_path)

    assert after is not None and len(after.find(Dig())) == 2


@ON_SQLITE
def test_who_has_a_file_open_reads_on_when_it_is_gone(db: Database, tmp_path: Path) -> None:
    little_crates.serve(tmp_path, batch([Pressing(1)]), db=db)
    before = open_current(db, tmp_path)
    little_crates.serve(tmp_path, batch([Pressing(1), Pressing(2)]), db=db)

    assert before is not None and len(before.find(Dig())) == 1


def test_several_threads_may_ask(make: Make) -> None:
    crate = make(Pressing(id_) for id_ in range(1, 200))
    answers: list[int] = []
    asked = Dig(sort="title", grouped=False)

    def ask() -> None:
        pages = (crate.page(crate.find(asked), asked, limit=100) for _ in range(20))
        answers.extend(len(page.rows) for page in pages)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [100] * 80


@ON_SQLITE
def test_nothing_writes_to_a_crate(make: Make) -> None:
    store = make([Pressing(1)]).store

    assert isinstance(store, SqliteStore)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        store._link.execute("DELETE FROM release")


def test_an_address_says_a_dig_in_one_order() -> None:
    said = [("year", "1970-1975"), ("genre", "Rock"), ("genre", " Jazz "), ("genre", "Rock"),
            ("style", ""), ("decade", "1990s"), ("has_video", "1"), ("grouped", "0"),
            ("seed", "4"), ("match", "words"), ("utm", "x"), ("sort", "title"),
            ("sort", "artist")]  # fmt: skip

    read = Dig.from_args(said)

    assert read.to_args() == [
        ("genre", "Jazz"), ("genre", "Rock"), ("year", "1970-1975"), ("decade", "1990"),
        ("has_video", "1"), ("grouped", "0"), ("sort", "title"),
    ]  # fmt: skip
    assert Dig.from_args(read.to_args()).to_args() == read.to_args()
    assert Dig().to_args() == [] and Dig().is_empty and not read.is_empty


@pytest.mark.parametrize(
    ("field", "value"),
    [("year", "197x"), ("year", "1980-1970"), ("decade", "1975"), ("sort", "best"),
     ("owned", "maybe"), ("rating_from", "11"), ("artist_id", "0"), ("label_id", str(2**32)),
     ("has_video", "perhaps"), ("q", "a\x00b"), ("genre", "x" * 201), ("seed", "-1")],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_by_field(field: str, value: str) -> None:
    with pytest.raises(InvalidInput) as told:
        Dig.from_args([(field, value)])

    assert told.value.problems == {field: Dig.model_fields[field].description}


def test_too_many_values_of_a_field_are_too_many() -> None:
    with pytest.raises(InvalidInput) as told:
        Dig.from_args([("genre", f"Genre {nth}") for nth in range(51)])

    assert told.value.problems.keys() == {"genre"}


def test_ratings_go_upwards() -> None:
    with pytest.raises(InvalidInput, match="lower rating first"):
        Dig.from_args([("rating_from", "8"), ("rating_to", "3")])

"""What of a dig is not in the crate: each value is told, with what may have been meant."""

from pathlib import Path

import pytest

from core.errors import InvalidInput
from database.crate_digs import Dig
from database.crate_search import Crate
from database.crate_similar import Taste, similar
from database.crate_store_sqlite import SqliteStore
from database.crates import Loader
from database.engine import Database
from tests import digging, little_crates
from tests.digging import Pressing

PRESSINGS = [
    Pressing(1, "Tago Mago", (4,), style=("Krautrock",)),
    Pressing(2, "Love", (3,), genre=("Electronic",), style=("Techno",), year=1994),
    Pressing(3, "Début", (6,), genre=("Electronic",), style=("House",), country="UK", year=1993),
    Pressing(4, "Love Songs", (2,)),
]


@pytest.fixture
def crate(db: Database, tmp_path: Path) -> Crate:
    return Crate(little_crates.opened(db, tmp_path, _fill))


def _fill(loader: Loader) -> None:
    loader.take(digging.batch(PRESSINGS))


def dig(*said: tuple[str, str]) -> Dig:
    return Dig.from_args(said)


def test_each_value_that_is_missing_is_told_by_itself(crate: Crate) -> None:
    found = crate.find(dig(("genre", "Rokc"), ("genre", "Electronic"), ("genre", "Jas")))

    assert [miss.said for miss in found.misses["genre"]] == ["Jas", "Rokc"]
    assert [miss.suggestions for miss in found.misses["genre"]] == [[], ["Rock"]]
    assert len(found) == 2


def test_what_was_to_be_left_out_keeps_its_minus(crate: Crate) -> None:
    found = crate.find(dig(("style", "-Tehcno"), ("year", "-1850")))

    assert [miss.said for miss in found.misses["style"]] == ["-Tehcno"]
    assert found.misses["style"][0].suggestions == ["Techno"]
    assert found.misses["year"][0].said == "-1850"
    assert found.misses["year"][0].suggestions == ["1971", "1993", "1994"]


@pytest.mark.parametrize(
    ("said", "near"),
    [("Artefakx", ["Artefakt", "Artefakt (2)"]), ("Bj" + "x" * 190, ["Björk"]), ("Artefakt (3)",
     ["Artefakt (2)"]), ("B" + "x" * 190, []), ("x", []), ("  ca", ["Can"])],
)  # fmt: skip
def test_names_are_meant_that_begin_like_it_as_far_as_any_does(
    crate: Crate, said: str, near: list[str]
) -> None:
    assert crate.find(dig(("artist", said))).problems["artist"].suggestions == near


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_much_that_is_missing_is_not_looked_for_without_end(crate: Crate) -> None:
    asked: list[str] = []
    assert isinstance(crate.store, SqliteStore)
    crate.store._link.set_trace_callback(asked.append)

    names = [("artist", f"Ca{'x' * 50}{nth}") for nth in range(50)]
    found = crate.find(dig(*names))

    suggested = [miss.suggestions for miss in found.misses["artist"]]
    assert suggested == [["Can"]] * 5 + [[]] * 45
    assert len(asked) < 50 + 5 * 8


def test_beginnings_of_words_are_a_few() -> None:
    many = " ".join(f"{letter}*" for letter in "abcdefghijk")
    dig(("q", many[:-1]), ("title", many))

    with pytest.raises(InvalidInput) as told:
        dig(("q", many))
    assert told.value.problems == {"q": "At most 10 words may have a star behind them."}
    with pytest.raises(InvalidInput) as told:
        dig(("match", "words"), ("title", many))
    assert told.value.problems.keys() == {"title"}


def test_what_does_not_go_together_is_told_of_a_field() -> None:
    with pytest.raises(InvalidInput) as told:
        dig(("rating_from", "9"), ("rating_to", "2"))

    assert told.value.problems == {"rating_from": "Give the lower rating first."}


def test_a_dig_says_no_more_than_links_can_carry() -> None:
    most = [("artist", f"{'ä' * 99}{nth:02}") for nth in range(14)]
    dig(*most, ("q", "x" * 200))

    with pytest.raises(InvalidInput) as told:
        dig(*most, ("q", "x" * 200), ("label", "y"))
    assert told.value.problems == {"artist": "That is too much at once: say less."}
    with pytest.raises(InvalidInput) as told:
        dig(*(("style", str(nth)) for nth in range(51)))
    assert told.value.problems == {"style": "That is too much at once: at most 50 values."}


def test_of_artists_with_long_names_the_first_are_looked_for(crate: Crate) -> None:
    long = [f"{'宇' * 100}{nth:02}" for nth in range(20)]

    assert similar(crate, Taste(["Björk", *long, "Can"], [])).by == Dig(artist=("Björk", *long[:9]))


def test_all_values_of_a_list_are_those_that_the_rest_of_a_dig_leaves(crate: Crate) -> None:
    asked = dig(("genre", "Electronic"), ("style", "House"), ("style", "-Krautrock"))

    found = crate.every(crate.find(asked), asked, "style")

    assert found == [
        ("House", 1, True, False), ("Techno", 1, False, False), ("Krautrock", 0, False, True),
    ]  # fmt: skip


def test_an_artist_of_spaces_alone_is_like_nothing(crate: Crate) -> None:
    found = similar(crate, Taste(["   ", "Björk"], []))

    assert found.by == Dig(artist=("Björk",))
    assert similar(crate, Taste(["   "], [])).by is None

"""What a person says of a record: read, refused in one sentence, kept as it is to be compared."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from database.record_details import (
    Details,
    Purchase,
    Rated,
    Reactivation,
    Removal,
    price_text,
    release_number,
    split,
)
from webapp import forms

PLAIN = {"title": "Tago Mago", "genre": "Rock", "purchased_on": "2026-11-24"}


def details(**said: Any) -> Details:
    return Details.model_validate(PLAIN | said)


def problem(model: type[Any], name: str, said: dict[str, Any]) -> str:
    with pytest.raises(InvalidInput) as refused:
        forms.read(model, said)
    assert set(refused.value.problems) == {name}
    return refused.value.problems[name]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("Can", ["Can"]),
        (" Can ;  Neu!;", ["Can", "Neu!"]),
        ("CAN; can; Ｃａｎ", ["CAN"]),
        ("Earth, Wind & Fire", ["Earth, Wind & Fire"]),
        (" ; ;", []),
    ],
)
def test_names_stand_with_a_semicolon_between(typed: str, names: list[str]) -> None:
    assert split(typed) == names


def test_an_empty_artist_or_label_is_na() -> None:
    said = details(artists=" ; ", labels="")

    assert (said.artist_names, said.label_names) == (["NA"], ["NA"])


def test_countries_stand_in_the_order_of_the_artists() -> None:
    assert details(artists="Can; Neu!", countries="; Germany").countries_given == ["", "Germany"]
    assert details(artists="Can; Neu!", countries="Germany;").countries_given == ["Germany", ""]
    assert details(artists="Can; Neu!").countries_given == ["", ""]


def test_an_artist_who_is_named_twice_has_one_country() -> None:
    said = PLAIN | {"artists": "Can; CAN", "countries": "Germany; Japan"}

    assert problem(Details, "countries", said) == "There are more countries than artists."


@pytest.mark.parametrize(
    ("typed", "hundredths"),
    [
        ("20.00", 2000),
        ("20,5", 2050),
        ("0", 0),
        ("7", 700),
        (7, 700),
        (20.5, 2050),
        ("00012.34", 1234),
        ("10000000.00", 1_000_000_000),
    ],
)
def test_a_price_is_typed_in_whole_units(typed: Any, hundredths: int) -> None:
    assert details(price=typed).price == hundredths


@pytest.mark.parametrize(
    "typed", ["-1", "dear", "1.234", "1e3", "NaN", "20 EUR", "10000000.01", "٣", True, [1], -1]
)
def test_what_is_no_price_is_refused(typed: Any) -> None:
    said = PLAIN | {"price": typed}

    assert problem(Details, "price", said) == "Like 20.00; empty if nobody knows."


@given(st.integers(0, 10**9))
def test_a_price_is_typed_as_it_is_written(hundredths: int) -> None:
    assert details(price=price_text(hundredths)).price == hundredths


def test_a_price_that_nobody_knows_is_none() -> None:
    assert forms.read(Details, PLAIN | {"price": ""}).price is None
    assert price_text(None) == ""


@pytest.mark.parametrize(
    "typed",
    ["2026-11-31", "2026-W48-2", "2026-328", "20261124", "24.11.2026", "1859-12-31", 20261124,
     "2200-01-01", "2026-11-24T10:00", "٢٠٢٦-11-24", None],
)  # fmt: skip
@pytest.mark.parametrize(
    ("model", "name"),
    [(Details, "purchased_on"), (Removal, "removed_on"), (Reactivation, "purchased_on")],
)
def test_what_is_no_day_is_refused(model: type[Any], name: str, typed: Any) -> None:
    said = (PLAIN if model is Details else {}) | {name: typed}

    assert problem(model, name, said) == "A day like 2026-11-24."


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("249504", 249504),
        ("r249504", 249504),
        ("[r249504]", 249504),
        ("https://www.discogs.com/release/249504-Can-Tago-Mago", 249504),
        ("https://www.discogs.com/de/release/249504", 249504),
        (249504, 249504),
    ],
)
def test_a_release_is_named_by_number_or_address(typed: Any, number: int) -> None:
    assert details(discogs_id=typed).discogs_id == number


@pytest.mark.parametrize("typed", ["0", "-1", "master/5", "9" * 13, "9" * 5000, "Tago Mago"])
def test_what_is_no_release_is_refused(typed: str) -> None:
    assert "at Discogs" in problem(Details, "discogs_id", PLAIN | {"discogs_id": typed})


def test_a_release_at_musicbrainz_is_named_by_id_or_address() -> None:
    mbid = "3a2b51e4-0000-4000-8000-0123456789ab"

    for typed in (mbid, mbid.upper(), f"https://musicbrainz.org/release/{mbid}/"):
        assert details(musicbrainz_id=typed).musicbrainz_id == mbid
    assert "at MusicBrainz" in problem(
        Details, "musicbrainz_id", PLAIN | {"musicbrainz_id": "https://musicbrainz.org/"}
    )


def test_texts_stand_on_one_line_and_long_ones_keep_theirs() -> None:
    said = details(title=" Tago\n  Mago ", colour=" Clear  RED ", review="One.\r\n\r\nTwo. ")

    assert (said.title, said.colour, said.review) == ("Tago Mago", "clear red", "One.\n\nTwo.")


@pytest.mark.parametrize("name", ["title", "artists", "labels", "genre", "remarks", "folder"])
@pytest.mark.parametrize("sign", ["\0", "\x07", "\x1b", "\x1c", "\x7f"])
def test_signs_that_cannot_be_seen_are_said_to_be_there(name: str, sign: str) -> None:
    said = PLAIN | {name: f"a{sign}b"}

    assert "cannot be seen" in problem(Details, name, said)


@pytest.mark.parametrize("name", ["title", "genre"])
def test_what_is_nothing_but_space_is_not_given(name: str) -> None:
    for typed in ("", "  ", "\u3000\n", "\u2028"):
        assert problem(Details, name, PLAIN | {name: typed})


@pytest.mark.parametrize(
    ("name", "longest"),
    [("title", 400), ("genre", 100), ("format", 100), ("colour", 200), ("remarks", 20_000),
     ("artists", 200), ("labels", 200)],
)  # fmt: skip
def test_each_text_has_an_end(name: str, longest: int) -> None:
    assert getattr(details(**{name: "a" * longest}), name)
    assert problem(Details, name, PLAIN | {name: "a" * (longest + 1)})


@pytest.mark.parametrize("name", ["title", "genre", "format", "artists", "labels"])
def test_what_grows_too_long_in_folding_is_refused(name: str) -> None:
    assert problem(Details, name, PLAIN | {name: "\ufdfa" * 100}) == "This is too long."


def test_there_are_at_most_fifty_names() -> None:
    names = [f"artist {number}" for number in range(51)]

    assert len(details(artists=";".join(names[:50])).artist_names) == 50
    assert "At most 50 names" in problem(Details, "artists", PLAIN | {"artists": ";".join(names)})


@pytest.mark.parametrize(
    ("model", "name", "typed"),
    [
        (Purchase, "rating", "0"),
        (Purchase, "rating", "11"),
        (Purchase, "credits", "2"),
        (Purchase, "credits", "-1"),
        (Purchase, "year", "75"),
        (Rated, "value", "7.5"),
    ],
)
def test_numbers_keep_within_their_bounds(model: type[Any], name: str, typed: str) -> None:
    said = (PLAIN if model is Purchase else {}) | {name: typed}

    assert problem(model, name, said) == model.model_fields[name].description


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("51", 51), ("r51", 51), ("[r51]", 51), ("https://www.discogs.com/release/51-Can-Tago", 51),
        ("0", None), ("x", None), ("", None),
    ],
)  # fmt: skip
def test_a_release_is_known_by_its_number(text: str, number: int | None) -> None:
    assert release_number(text) == number

"""What a recipe asks for, in a sentence."""

from typing import Any

import pytest

from webapp.recipe_words import in_words, period_in_words

FEED = {"source": "feed", "letterboxd_username": "dave", "layout": "sheet", "period": "month"}


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("month", "this month"),
        ("last-month", "last month"),
        ("last30", "the last 30 films"),
        ("all", "everything"),
        ("year:2025", "2025"),
        ("month:2025-03", "March 2025"),
    ],
)
def test_a_period(period: str, words: str) -> None:
    assert period_in_words(period) == words


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({}, "this month, newest viewing first"),
        ({"sequence": "-rating"}, "this month, best rated first"),
        ({"only": "rated:9"}, "this month, 4.5 stars or more, newest viewing first"),
        ({"only": "liked"}, "this month, liked, newest viewing first"),
        ({"only": "rewatches"}, "this month, seen again, newest viewing first"),
        ({"only": "list:3"}, "this month, the list “Best”, newest viewing first"),
        ({"only": "list:4"}, "this month, one of your lists, newest viewing first"),
        ({"size": "a3-wide"}, "this month, newest viewing first, A3 on its side"),
    ],
)
def test_whose_which_how_and_how_large(args: dict[str, Any], words: str) -> None:
    said = in_words(FEED | args, [(3, "Best")])

    assert said == f"A sheet with stars, titles and directors, of Letterboxd's dave, {words}"


def test_in_a_picture_made_of_them_their_order_is_no_matter() -> None:
    said = in_words({"layout": "photo", "period": "all", "sequence": "title"})

    assert said == "A picture made of posters, of your films, everything"

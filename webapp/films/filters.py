"""The filters of the collection as a page shows them: chips to take off, addresses to share."""

from collections.abc import Callable, Sequence

from database.film_filters import FIRST_YEAR, Filter
from database.film_lists import ListNamed
from webapp import filter_words
from webapp.filter_words import Chip, Form, query
from webapp.filters import stars

__all__ = ["SORTS", "STARS", "Form", "chips", "decades", "query"]

SORTS = (
    ("title", "Title, A to Z"),
    ("-title", "Title, Z to A"),
    ("-year", "Year, newest first"),
    ("year", "Year, oldest first"),
    ("-rating", "Rating, best first"),
    ("rating", "Rating, lowest first"),
    ("-watched", "Watched, newest first"),
    ("watched", "Watched, oldest first"),
    ("-viewings", "Most often watched"),
)
STARS = [(f"{half / 2:g}", f"{stars(half)}") for half in range(10, 0, -1)]


def decades(this_year: int) -> list[tuple[int, str]]:
    return filter_words.decades(this_year, FIRST_YEAR)


def chips(wanted: Filter, lists: Sequence[ListNamed], view: str | None) -> list[Chip]:
    """Return what is filtered by, in the order of the form."""
    listed = next((one.name for one in lists if one.id == wanted.list), None)
    in_list = f"in the list “{listed or 'a list that is gone'}”"
    words = (*_WORDS, (("list",), lambda _wanted: in_list))
    return filter_words.chips(wanted, words, "films.index", view)


def _stars(wanted: Filter) -> str:
    least, most = (stars(round((it or 0) * 2)) for it in (wanted.stars, wanted.stars_to))
    if least == most:
        return f"exactly {least}"
    return " and ".join(
        f"{word} {given}" for word, given in (("at least", least), ("at most", most)) if given
    )


_WORDS: tuple[tuple[tuple[str, ...], Callable[[Filter], str]], ...] = (
    (("q",), lambda wanted: f"“{wanted.q}”"),
    (("year",), lambda wanted: f"of {wanted.year}"),
    (("decade",), lambda wanted: f"of the {wanted.decade}s"),
    (("stars", "stars_to"), _stars),
    (("seen",), lambda wanted: f"watched in {wanted.seen}"),
    (("liked",), lambda _wanted: "liked"),
    (("rewatched",), lambda _wanted: "rewatched"),
    (("poster",), lambda _wanted: "without a poster"),
)

"""The filters of the collection as a page shows them: chips to take off, addresses to share."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from flask import url_for

from database.film_filters import FIRST_YEAR, Filter
from database.film_lists import ListNamed
from webapp import forms
from webapp.filters import stars

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
_DECADE = 10


class Form(forms.Shown):
    """The form: what its choices are for, their labels say; only what is wrong is explained."""

    def hint(self, _name: str) -> str:
        return ""


class Chip(NamedTuple):
    """A filter that is on, in words, and the address without it."""

    words: str
    address: str


def decades(this_year: int) -> list[tuple[int, str]]:
    newest = this_year - this_year % _DECADE
    return [(year, f"{year}s") for year in range(newest, FIRST_YEAR - 1, -_DECADE)]


def query(wanted: Filter, *without: str) -> dict[str, Any]:
    """Return what an address says of a filter, `without` some of it: nothing of what is usual."""
    said = wanted.model_dump(exclude_defaults=True, exclude=set(without))
    return {name: _written(value) for name, value in said.items()}


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return f"{value:g}" if isinstance(value, float) else value


def chips(wanted: Filter, lists: Sequence[ListNamed], view: str | None) -> list[Chip]:
    """Return what is filtered by, in the order of the form."""
    given = wanted.model_dump(exclude_defaults=True)
    found = []
    for names, words in _WORDS:
        if any(name in given for name in names):
            address = url_for("films.index", **query(wanted, *names), view=view)
            found.append(Chip(words(wanted), address))
    if wanted.list is not None:
        name = next((one.name for one in lists if one.id == wanted.list), "a list that is gone")
        address = url_for("films.index", **query(wanted, "list"), view=view)
        found.append(Chip(f"in the list “{name}”", address))
    return found


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

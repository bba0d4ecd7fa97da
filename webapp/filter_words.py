"""What pages of a filtered list share: the form, chips to take a filter off, addresses to share."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from flask import url_for
from pydantic import BaseModel

from webapp import forms

Wanted = TypeVar("Wanted", bound=BaseModel)
_DECADE = 10


class Form(forms.Shown):
    """The form: what its choices are for, their labels say; only what is wrong is explained."""

    def hint(self, _name: str) -> str:
        return ""


class Chip(NamedTuple):
    """A filter that is on, in words, and the address without it."""

    words: str
    address: str


def decades(this_year: int, first_year: int) -> list[tuple[int, str]]:
    """Return the decades from the one of a year back to that of another, as choices."""
    newest = this_year - this_year % _DECADE
    return [(year, f"{year}s") for year in range(newest, first_year - 1, -_DECADE)]


def query(wanted: BaseModel, *without: str) -> dict[str, Any]:
    """Return what an address says of a filter, `without` some of it: nothing of what is usual."""
    said = wanted.model_dump(exclude_defaults=True, exclude=set(without))
    return {name: _written(value) for name, value in said.items()}


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return f"{value:g}" if isinstance(value, float) else value


def chips(
    wanted: Wanted,
    words: Iterable[tuple[tuple[str, ...], Callable[[Wanted], str]]],
    endpoint: str,
    view: str | None,
) -> list[Chip]:
    """Return what is filtered by, in the order of `words`: the fields' names, and what they say."""
    given = wanted.model_dump(exclude_defaults=True)
    return [
        Chip(say(wanted), url_for(endpoint, **query(wanted, *names), view=view))
        for names, say in words
        if any(name in given for name in names)
    ]

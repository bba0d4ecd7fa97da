"""A dig as pages show it: what it asks for, each to take off; orders; addresses of others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import url_for

from core.crate_rows import YEAR
from core.names import bare
from database.crate_counts import Value
from database.crate_digs import DECADE, LISTS, MINUS, NAMES, Dig
from database.crate_finding import Miss
from webapp.filter_words import Chip

FACETS = {
    "genre": "Genre",
    "style": "Style",
    "decade": "Decade",
    "country": "Country",
    "format": "Format",
    "description": "Description",
}
ALL_OF = {
    "genre": "All genres",
    "style": "All styles",
    "country": "All countries",
    "format": "All formats",
    "description": "All descriptions",
}
SORTS = {
    "newest": "Newest",
    "oldest": "Oldest",
    "artist": "Artist",
    "title": "Title",
    "videos": "Most videos",
    "random": "At random",
}
_MANY = (*NAMES, "artist_id", "label_id", *LISTS, "year", DECADE)
_OF = {"artist": "by", "title": "called", "label": "on", "year": "of"}


class Choice(NamedTuple):
    """A value of a facet: `to` adds it or takes it off, `without` leaves it out: None if it is."""

    words: str
    releases: int
    is_chosen: bool
    is_left_out: bool
    to: str
    without: str | None


class Unclear(NamedTuple):
    """Why nothing is found by a value, and what may be meant."""

    sentence: str
    suggestions: list[Chip]


class Order(NamedTuple):
    words: str
    address: str
    is_used: bool


def query(dig: Dig) -> str:
    """Return what an address says of a dig, behind the question mark."""
    return urlencode(dig.to_args())


def address(dig: Dig, endpoint: str = "crates.index", **values: Any) -> str:
    """Return the address of a dig; `values`: of the rule, or further arguments of the address."""
    said = query(dig)
    to = url_for(endpoint, **values)
    return f"{to}{'&' if '?' in to else '?'}{said}" if said else to


def changed(dig: Dig, **said: Any) -> Dig:
    """Return another dig: values that are given in full, the others as they were."""
    many = {name: tuple(sorted(set(value))) for name, value in said.items() if name in _MANY}
    return dig.model_copy(update=said | many)


def chips(dig: Dig, names: Mapping[tuple[str, int], str]) -> list[Chip]:
    """Return what is asked for, each with the address without it.

    `names`: what artists and labels are called that are asked for by number.
    """
    found = [Chip(f"“{dig.q}”", address(changed(dig, q="")))] if dig.q else []
    for field in _MANY:
        values: tuple[Any, ...] = getattr(dig, field)
        for value in values:
            rest = [other for other in values if other != value]
            found.append(Chip(_told(field, value, names), address(changed(dig, **{field: rest}))))
    return found + [
        Chip(words, address(changed(dig, **{field: Dig.model_fields[field].default})))
        for field, words in _singles(dig)
    ]


def _told(field: str, value: Any, names: Mapping[tuple[str, int], str]) -> str:
    if isinstance(value, int):
        field = field.removesuffix("_id")
        return f"{_OF[field]} {names.get((field, value), value)}"
    if field in NAMES:
        return f"{_OF[field]} {value}"
    word, is_left_out = str(value).removeprefix(MINUS), str(value).startswith(MINUS)
    if field == DECADE:
        word = f"{word}s"
    return f"not {word}" if is_left_out else word


def _singles(dig: Dig) -> Iterable[tuple[str, str]]:
    if dig.has_video:
        yield "has_video", "with a video"
    if dig.main:
        yield "main", "main releases"
    if dig.owned:
        yield "owned", "on my shelf" if dig.owned == "yes" else "not on my shelf"
    if dig.rating_from:
        yield "rating_from", f"rated {dig.rating_from} or more"
    if dig.rating_to:
        yield "rating_to", f"rated {dig.rating_to} or less"
    if not dig.grouped:
        yield "grouped", "every version"


def choice(dig: Dig, field: str, value: Value) -> Choice:
    """Return how a value of a facet is shown beside what was found."""
    others = [
        one for one in getattr(dig, field) if bare(one.removeprefix(MINUS)) != bare(value.name)
    ]
    name = f"{value.name}s" if field == DECADE else value.name
    if value.is_chosen or value.is_left_out:
        to, without = address(changed(dig, **{field: others})), None
    else:
        to = address(changed(dig, **{field: [*others, value.name]}))
        without = address(changed(dig, **{field: [*others, f"{MINUS}{value.name}"]}))
    return Choice(name, value.releases, value.is_chosen, value.is_left_out, to, without)


def unclear(dig: Dig, misses: Mapping[str, Sequence[Miss]]) -> dict[str, list[Unclear]]:
    """Return what of a dig is not in the crate, by field, with digs that may be meant."""
    return {
        field: [Unclear(miss.sentence, _meant(dig, field, miss)) for miss in some]
        for field, some in misses.items()
    }


def _meant(dig: Dig, field: str, miss: Miss) -> list[Chip]:
    """Return digs that have another value in the place of one that is not in the crate."""
    if field not in _MANY:
        return [Chip(name, address(changed(dig, **{field: name}))) for name in miss.suggestions]
    others = [value for value in getattr(dig, field) if value != miss.said]
    minus = MINUS if field in {*LISTS, YEAR} and str(miss.said).startswith(MINUS) else ""
    return [
        Chip(name, address(changed(dig, **{field: [*others, f"{minus}{name}"]})))
        for name in miss.suggestions
    ]


def orders(dig: Dig, seed: int) -> list[Order]:
    """Return the orders of a dig; one at random gets another `seed` each time it is chosen."""
    return [
        Order(words, address(changed(dig, sort=name, seed=seed)), dig.sort == name)
        for name, words in SORTS.items()
    ]

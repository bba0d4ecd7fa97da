"""How many of what a dig found have a value: only of values that a page shows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from core.crate_rows import YEAR
from database.crate_digs import DECADE, DECADE_YEARS, LISTS, Dig
from database.crate_finding import Found, met
from database.crate_store import Facet, Store
from database.crate_values import Values

if TYPE_CHECKING:
    from pyroaring import BitMap


class Value(NamedTuple):
    """`releases`: how many there would be if of its facet it alone were asked for."""

    name: str
    releases: int
    is_chosen: bool
    is_left_out: bool


def counts(
    store: Store, values: Values, found: Found, dig: Dig, limit: int
) -> dict[str, list[Value]]:
    """Return the values of each list, the commonest first, and the decades, the latest first.

    Of a list the `limit` values that most releases of the crate have, and those of the dig.
    """
    lists = {kind: _List(values, dig, kind, limit) for kind in LISTS}
    facets = [(kind, name) for kind in LISTS for name in lists[kind].names]
    facets += ((YEAR, str(year)) for year in values.years)
    beside = {kind: _beside(store, found, kind) for kind in (*LISTS, YEAR)}
    numbers = {
        (kind, name): beside[kind].intersection_cardinality(bitmap)
        for (kind, name), bitmap in store.bitmaps(facets)
    }
    counted = {kind: lists[kind].counted(numbers) for kind in LISTS}
    return counted | {DECADE: _decades(values, numbers, dig)}


def every(store: Store, values: Values, found: Found, dig: Dig, kind: str) -> list[Value]:
    """Return all values of a list that anything of the dig has, and those that it names."""
    whole = _List(values, dig, kind, len(values.common.get(kind, [])))
    beside = _beside(store, found, kind)
    numbers = {
        facet: beside.intersection_cardinality(bitmap)
        for facet, bitmap in store.bitmaps((kind, name) for name in whole.names)
    }
    return whole.counted(numbers)


class _List:
    """What a page shows of one list: `names` of values, in no order."""

    def __init__(self, values: Values, dig: Dig, kind: str, limit: int) -> None:
        self._kind = kind
        self._chosen = {name for said in dig.wanted(kind) for name in values.called(kind, said)}
        self._left_out = {name for said in dig.unwanted(kind) for name in values.called(kind, said)}
        self.names = {*values.common.get(kind, [])[:limit], *self._chosen, *self._left_out}

    def counted(self, numbers: Mapping[Facet, int]) -> list[Value]:
        each = (
            Value(name, numbers[self._kind, name], name in self._chosen, name in self._left_out)
            for name in self.names
        )
        shown = (value for value in each if any(value[1:]))
        return sorted(shown, key=lambda value: (-value.releases, value.name))


def _decades(values: Values, numbers: Mapping[Facet, int], dig: Dig) -> list[Value]:
    chosen, left_out = dig.wanted(DECADE), dig.unwanted(DECADE)
    counted = dict.fromkeys((int(said) for said in (*chosen, *left_out)), 0)
    for year in values.years:
        if number := numbers[YEAR, str(year)]:
            decade = year // DECADE_YEARS * DECADE_YEARS
            counted[decade] = counted.get(decade, 0) + number
    return [
        Value(str(decade), number, str(decade) in chosen, str(decade) in left_out)
        for decade, number in sorted(counted.items(), reverse=True)
    ]


def _beside(store: Store, found: Found, kind: str) -> "BitMap":
    """Return what there would be if nothing of one facet were asked for."""
    if kind not in found.parts and kind not in found.left_out:
        return found.ids
    return met(store, _without(found.parts, kind), _without(found.left_out, kind))


def _without(bitmaps: Mapping[str, "BitMap"], kind: str) -> dict[str, "BitMap"]:
    return {of: bitmap for of, bitmap in bitmaps.items() if of != kind}

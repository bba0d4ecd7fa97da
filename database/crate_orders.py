"""In which order a dig shows what it found, without sorting millions.

A crate keeps its releases in steps: bitmaps that come one after the other, by title and by
artist some thousands in each, by videos one for each number of them; years are steps as they
are. A page is made of the first steps in which something was found.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from core.crate_rows import ANY, ONLY, YEAR
from core.shuffling import Shuffle
from database.crate_store import Column, Store

if TYPE_CHECKING:
    from pyroaring import BitMap

BY_TITLE, BY_ARTIST, BY_VIDEOS = "by title", "by artist", "by videos"  # kinds of facets
_STEP = 2_048  # releases
_MOST_AT_ONCE = 64  # steps: by title or artist half a megabyte
_LOOKED_AT = 16  # steps at once, to find the one that a release is in
_SORTED_AT_ONCE = 300  # releases, up to which their rows are read sooner than the steps


class _Order(NamedTuple):
    """`by_id`: within a step upwards (1) or downwards (-1) by id; 0: by `column`, then by id."""

    kind: str
    column: Column
    is_upwards: bool
    by_id: int

    def key(self, value: Any, id_: int) -> tuple[Any, ...]:
        """Return what a release is sorted by; those without a year come last, either way."""
        if isinstance(value, str):
            return value.encode().lower(), id_  # bytes: letters of ASCII alone
        way = 1 if self.is_upwards else -1
        return value is None, way * (value or 0), way * id_


_ORDERS = {
    "newest": _Order(YEAR, "year", is_upwards=False, by_id=-1),
    "oldest": _Order(YEAR, "year", is_upwards=True, by_id=1),
    "artist": _Order(BY_ARTIST, "artist", is_upwards=True, by_id=0),
    "title": _Order(BY_TITLE, "title", is_upwards=True, by_id=0),
    "videos": _Order(BY_VIDEOS, "videos", is_upwards=False, by_id=-1),
}


def steps(ids: Iterable[int]) -> Iterator[tuple[str, "BitMap"]]:
    """Yield the steps of releases that come in order, by title or by artist: name, bitmap.

    In order means: ASCII letters alike, else by code points, nothing first; then by id.
    """
    from pyroaring import BitMap

    waiting, number = iter(ids), 0
    while some := list(islice(waiting, _STEP)):
        yield f"{number:07}", BitMap(some)
        number += 1


def counted_steps(rows: Iterable[tuple[int, int]]) -> Iterator[tuple[str, "BitMap"]]:
    """Yield the steps of (videos, id), which come by videos: name, bitmap."""
    from pyroaring import BitMap

    for videos, some in groupby(rows, key=itemgetter(0)):
        yield str(videos), BitMap(id_ for _, id_ in some)


class Walk:
    """Goes through what was found in one order, behind a release of a page before."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[_Order, list[str | None]] = {}

    def through(self, ids: "BitMap", sort: str, seed: int, after: int | None) -> Iterator[int]:
        """Yield `ids` behind `after`; a release that is gone from the crate is as None."""
        if sort == "random":
            return _shuffled(ids, seed, after)
        order = _ORDERS[sort]
        if len(ids) <= _SORTED_AT_ONCE:
            return self._sorted(ids, order, after)
        return self._by_steps(ids, order, after)

    def _by_steps(self, ids: "BitMap", order: _Order, after: int | None) -> Iterator[int]:
        if order not in self._known:
            self._known[order] = self._names(order)
        names = self._known[order]
        first = None if after is None else self._place(names, order, after)
        behind = after if first is not None else None
        for step in self._steps(order.kind, names[first or 0 :]):
            here = ids & step
            if here and order.by_id:
                yield from _by_id(here, order.by_id, behind)
            elif here:
                yield from self._sorted(here, order, behind)
            behind = None

    def _steps(self, kind: str, names: list[str | None]) -> Iterator["BitMap"]:
        """Yield steps as they are wanted: first one, then more and more of them at once."""
        waiting, many = iter(names), 1
        while some := list(islice(waiting, many)):
            facets = [(kind, name) for name in some if name is not None]
            yield from (step for _, step in self._store.bitmaps(facets))
            if some[-1] is None:
                yield self._others(kind)
            many = min(2 * many, _MOST_AT_ONCE)

    def _others(self, kind: str) -> "BitMap":
        facets = (facet for facet in self._store.sizes if facet[0] == kind)
        known = (step for _, step in self._store.bitmaps(facets))
        return self._store.bitmap(ONLY, ANY).difference(*known)

    def _place(self, names: list[str | None], order: _Order, after: int) -> int | None:
        """Return in which of the steps a release is, None: it is not in the crate."""
        for value, id_ in self._store.keys(order.column, [after]):
            if not order.by_id:
                return self._searched(names, order, order.key(value, id_))
            name = str(value) if (order.kind, str(value)) in self._store.sizes else None
            return names.index(name)
        return None

    def _searched(self, names: list[str | None], order: _Order, key: tuple[Any, ...]) -> int | None:
        """Find the step of a key: all that is in a step is before all of the next one."""
        first, behind = 0, len(names)
        while first < behind:
            stride = -(-(behind - first) // _LOOKED_AT)
            places = range(first, behind, stride)
            facets = [(order.kind, names[place] or "") for place in places]
            found = [step for _, step in self._store.bitmaps(facets)]
            for place, step in zip(places, found, strict=True):
                if key[-1] in step:
                    return place
            some = (step[0] for step in found)
            keys = (order.key(*row) for row in self._store.keys(order.column, some))
            before = sum(one < key for one in keys)
            if not before:
                return None
            first = places[before - 1] + 1
            behind = min(places[before - 1] + stride, behind)
        return None

    def _names(self, order: _Order) -> list[str | None]:
        """Return the steps in their order; None, the last, is what is in none of them."""
        sizes = {name: n for (kind, name), n in self._store.sizes.items() if kind == order.kind}
        found: list[str | None] = [*sorted(sizes, key=int, reverse=not order.is_upwards)]
        if sum(sizes.values()) < self._store.sizes.get((ONLY, ANY), 0):
            found.append(None)
        return found

    def _sorted(self, ids: "BitMap", order: _Order, after: int | None) -> Iterator[int]:
        found = sorted(order.key(*row) for row in self._store.keys(order.column, ids))
        if after is not None:
            behind = [order.key(*row) for row in self._store.keys(order.column, [after])]
            found = [key for key in found if not behind or key > behind[0]]
        return (abs(key[-1]) for key in found)


def _by_id(ids: "BitMap", way: int, after: int | None) -> Iterator[int]:
    if way > 0:
        return iter(ids) if after is None else iter(ids[ids.rank(after) :])
    last = len(ids) if after is None else ids.rank(after - 1)
    return (ids[place] for place in range(last - 1, -1, -1))


def _shuffled(ids: "BitMap", seed: int, after: int | None) -> Iterator[int]:
    if not ids:
        return
    shuffle = Shuffle(len(ids), seed)
    first = 0
    if after is not None and after in ids:
        first = shuffle.place(ids.rank(after) - 1) + 1
    for place in range(first, len(ids)):
        yield ids[shuffle.at(place)]

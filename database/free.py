"""What may be taken for something that bears no id of its own, found without a look at all of it.

An id sets a thing apart from whatever bears another id of that kind; one that it
lacks does not.
"""

from collections import defaultdict
from heapq import heappop, heappush
from typing import Generic, Protocol, TypeVar

Ids = frozenset[str]


class Thing(Protocol):
    """`order`: the lowest is first. `version` grows when `ids` change, and when it is taken."""

    order: int
    version: int

    @property
    def ids(self) -> Ids:
        """The kinds of ids that it has."""


T = TypeVar("T", bound=Thing)


class Free(Generic[T]):
    """Things of one name, or of one day, by the kinds of ids that they have."""

    def __init__(self) -> None:
        self._heaps: dict[Ids, list[tuple[int, int, T]]] = defaultdict(list)

    def put(self, thing: T) -> None:
        """Offer it as it is now; what was offered of an older version counts no more."""
        heappush(self._heaps[thing.ids], (thing.order, thing.version, thing))

    def first(self, ids: Ids) -> T | None:
        """Return the first thing that has none of these kinds of ids."""
        found: T | None = None
        for has, heap in self._heaps.items():
            if has & ids:
                continue
            while heap and heap[0][1] != heap[0][2].version:
                heappop(heap)
            if heap and (found is None or heap[0][0] < found.order):
                found = heap[0][2]
        return found

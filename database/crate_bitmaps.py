"""Which releases of a crate have what, gathered while it is made: one bitmap a value.

In memory stand arrays of the last batches and bitmaps of the last million; what was before lies
in the parts that the maker of the crate keeps. All at once they would be 242 MB.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from pyroaring import BitMap

from core.crate_rows import Facets

Part = tuple[str, str, bytes]  # kind, name, a bitmap of some of the releases
Value = tuple[str, str, int, bytes]  # kind, name, how many releases, their bitmap

MANY = 10_000  # releases, from which on an artist or a label has a bitmap of its own
_FLUSH_EVERY = 50  # batches: one by one would be slow, all at the end would need the memory
_SPILL_EVERY = 1_000_000  # releases


class Gathering:
    """`keep` puts parts away; `parts` of all that were kept make the values."""

    def __init__(self, keep: Callable[[list[Part]], None]) -> None:
        self._keep = keep
        self._pending: Facets = {}
        self._bitmaps: dict[tuple[str, str], BitMap] = {}
        self._batches = self._since = 0

    def add(self, facets: Facets, releases: int) -> None:
        for key, ids in facets.items():
            if key in self._pending:
                self._pending[key].extend(ids)
            else:
                self._pending[key] = array("I", ids)
        self._batches += 1
        self._since += releases
        if self._batches % _FLUSH_EVERY == 0:
            self._flush()
        if self._since >= _SPILL_EVERY:
            self.spill()

    def _flush(self) -> None:
        for key, ids in self._pending.items():
            self._bitmaps.setdefault(key, BitMap()).update(ids)
        self._pending = {}

    def spill(self) -> None:
        """Put all away that is in memory."""
        self._flush()
        self._keep([(*key, bitmap.serialize()) for key, bitmap in self._bitmaps.items()])
        self._bitmaps, self._since = {}, 0


def values(parts: Iterable[Part]) -> Iterator[Value]:
    """Yield the whole of each value, from `parts` in the order of kind and name."""
    for (kind, name), some in groupby(parts, key=itemgetter(0, 1)):
        whole = BitMap.union(*(BitMap.deserialize(part) for _, _, part in some))
        if whole:
            yield kind, name, len(whole), packed(whole)


def packed(bitmap: BitMap) -> bytes:
    bitmap.run_optimize()
    data: bytes = bitmap.serialize()
    return data

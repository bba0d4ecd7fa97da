"""The values of a crate's facets: genres, styles, countries … by what a person calls them."""

from difflib import get_close_matches
from functools import cached_property

from core.crate_rows import YEAR
from core.names import bare
from database.crate_digs import LISTS
from database.crate_store import Store

SUGGESTED = 10
_CLOSE = 0.5  # how alike two names are: 0 to 1


class Values:
    def __init__(self, store: Store) -> None:
        self._sizes = store.sizes

    @cached_property
    def common(self) -> dict[str, list[str]]:
        """The values of each facet: those that most releases have first."""
        found: dict[str, list[str]] = {}
        for kind, name in sorted(self._sizes, key=lambda one: (-self._sizes[one], one)):
            found.setdefault(kind, []).append(name)
        return found

    @cached_property
    def years(self) -> list[int]:
        return sorted(int(name) for kind, name in self._sizes if kind == YEAR)

    @cached_property
    def _folded(self) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = {kind: {} for kind in LISTS}
        for kind, name in self._sizes:
            if kind in LISTS:
                found[kind].setdefault(bare(name), []).append(name)
        return found

    def listed(self, kind: str) -> list[tuple[str, int]]:
        """Return every value of a list or of the years, and how many releases have it, by name."""
        return sorted((name, n) for (of, name), n in self._sizes.items() if of == kind)

    def called(self, kind: str, said: str) -> list[str]:
        """Return the values of a list that are called so, in whatever case."""
        return self._folded[kind].get(bare(said), [])

    def alike(self, kind: str, said: str) -> list[str]:
        """Return values of a list that may have been meant."""
        known, asked = self._folded[kind], bare(said)
        begin = sorted(name for name in known if asked and name.startswith(asked))
        close = get_close_matches(asked, known, SUGGESTED, _CLOSE)
        names = dict.fromkeys((*begin, *close))
        return [name for folded in names for name in known[folded]][:SUGGESTED]

    def years_near(self, year: int) -> list[str]:
        """Return a few years of which there are releases, in order."""
        nearest = sorted(self.years, key=lambda one: (abs(one - year), one))[:4]
        return [str(one) for one in sorted(nearest)]

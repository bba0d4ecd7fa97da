"""What a dig finds: values of one field united, fields intersected, what is left out taken off."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from core.crate_rows import ANY, ONE_PER_MASTER, ONLY, WITH_VIDEO, YEAR
from core.names import bare
from database.crate_digs import (
    DECADE,
    DECADE_YEARS,
    LARGEST_ID,
    LISTS,
    MINUS,
    NAMES,
    Dig,
    years,
)
from database.crate_names import typed_words
from database.crate_store import Facet, Field, Store
from database.crate_values import SUGGESTED, Values

if TYPE_CHECKING:
    from pyroaring import BitMap

_SHORTEST = 2  # letters of a beginning by which names are suggested
_MOST_LOOKED_FOR = 5  # values of a field for which it is looked what may be meant
_HIGHEST_RATING = 10


class Miss(NamedTuple):
    """A value that is not in the crate: `said` as the dig has it; and what may have been meant."""

    said: str | int
    sentence: str
    suggestions: list[str]


class Problem(NamedTuple):
    """What of a field is not in the crate, in a sentence or more; and what may have been meant."""

    sentence: str
    suggestions: list[str]


@dataclass(frozen=True, eq=False)
class Found:
    """What a dig found; `misses` by field: if all of one is missing, nothing is found.

    `parts`: what each field alone finds. `left_out`: what each takes off.
    """

    ids: "BitMap"
    parts: Mapping[str, "BitMap"]
    left_out: Mapping[str, "BitMap"]
    misses: Mapping[str, list[Miss]]

    @property
    def problems(self) -> dict[str, Problem]:
        """The misses of each field, taken together."""
        return {field: _together(misses) for field, misses in self.misses.items()}

    def __len__(self) -> int:
        return len(self.ids)


def find(store: Store, values: Values, dig: Dig, owned: Mapping[int, int]) -> Found:
    """Return what meets a dig. `owned`: releases with their rating or 0."""
    asked = _Asked(store, values, dig)
    parts = asked.parts() | _by_shelf(store, dig, owned)
    left_out = asked.left_out()
    if dig.owned == "no":
        left_out["owned"] = _bitmap(owned)
    return Found(met(store, parts, left_out), parts, left_out, asked.misses)


def _together(misses: Sequence[Miss]) -> Problem:
    names = dict.fromkeys(name for miss in misses for name in miss.suggestions)
    return Problem(" ".join(miss.sentence for miss in misses), list(names))


def met(store: Store, parts: Mapping[str, "BitMap"], left_out: Mapping[str, "BitMap"]) -> "BitMap":
    """Return what is in all of `parts`, of none: the whole crate; and in nothing of the rest."""
    every = sorted(parts.values(), key=len) or [store.bitmap(ONLY, ANY)]
    found = every[0].intersection(*every[1:]) if len(every) > 1 else every[0].copy()
    for bitmap in left_out.values():
        found -= bitmap
    return found


def _by_shelf(store: Store, dig: Dig, owned: Mapping[int, int]) -> dict[str, "BitMap"]:
    # What stands on a shelf need not be in this crate.
    found: dict[str, BitMap] = {}
    if dig.owned == "yes":
        found["owned"] = _bitmap(owned) & store.bitmap(ONLY, ANY)
    if dig.rating_from or dig.rating_to:
        lowest, highest = dig.rating_from or 1, dig.rating_to or _HIGHEST_RATING
        rated = (id_ for id_, rating in owned.items() if lowest <= rating <= highest)
        found["rating_from"] = _bitmap(rated) & store.bitmap(ONLY, ANY)
    return found


class _Asked:
    """A dig in the words of one crate; `misses`: what of it is not in there."""

    def __init__(self, store: Store, values: Values, dig: Dig) -> None:
        self._store, self._values, self._dig = store, values, dig
        self.misses: dict[str, list[Miss]] = {}

    def parts(self) -> dict[str, "BitMap"]:
        dig, store = self._dig, self._store
        found = {kind: self._listed(kind, dig.wanted) for kind in LISTS if dig.wanted(kind)}
        if dig.wanted(YEAR) or dig.wanted(DECADE):
            found[YEAR] = self._dated(dig.wanted)
        for name in NAMES:
            if getattr(dig, name) or getattr(dig, f"{name}_id", ()):
                found[name] = self._named(cast("Field", name))
        if dig.q:
            found["q"] = self._with_words("q", None, dig.q)
        if dig.has_video:
            found["has_video"] = store.bitmap(ONLY, WITH_VIDEO)
        if dig.main:
            found["main"] = store.bitmap(ONLY, ONE_PER_MASTER)
        return found

    def left_out(self) -> dict[str, "BitMap"]:
        dig = self._dig
        found = {
            kind: self._listed(kind, dig.unwanted, MINUS) for kind in LISTS if dig.unwanted(kind)
        }
        if dig.unwanted(YEAR) or dig.unwanted(DECADE):
            found[YEAR] = self._dated(dig.unwanted, MINUS)
        return found

    def _listed(self, kind: str, which: Callable[[str], list[str]], minus: str = "") -> "BitMap":
        facets = []
        for said in which(kind):
            names = self._values.called(kind, said)
            if not names:
                sentence = f"There is no {kind} “{said}” in the crate."
                self._miss(kind, minus + said, sentence, partial(self._values.alike, kind, said))
            facets += [(kind, name) for name in names]
        return self._any_of(facets)

    def _any_of(self, facets: Iterable[Facet]) -> "BitMap":
        return _union(bitmap for _, bitmap in self._store.bitmaps(facets))

    def _dated(self, which: Callable[[str], list[str]], minus: str = "") -> "BitMap":
        asked = [(YEAR, said, years(said)) for said in which(YEAR)]
        for said in which(DECADE):
            first = int(said)
            asked.append((DECADE, said, range(first, first + DECADE_YEARS)))
        found: set[int] = set()
        for field, said, span in asked:
            here = {year for year in self._values.years if year in span}
            if not here:
                sentence = f"There is nothing of {said}{'s' * (field == DECADE)} in the crate."
                near = partial(self._values.years_near, span.start) if field == YEAR else list
                self._miss(field, minus + said, sentence, near)
            found |= here
        return self._any_of((YEAR, str(year)) for year in found)

    def _named(self, field: Field) -> "BitMap":
        called: tuple[str, ...] = getattr(self._dig, field)
        find_ = self._in_full if self._dig.match == "whole" else self._in_words
        found = [find_(field, said) for said in called]
        if field != "title":
            for id_ in getattr(self._dig, f"{field}_id"):
                found.append(releases := self._store.releases_of(field, id_))
                if not releases:
                    sentence = f"There is no {field} {id_} in the crate."
                    self._miss(f"{field}_id", id_, sentence, list)
        return _union(found)

    def _in_words(self, field: Field, said: str) -> "BitMap":
        return self._with_words(field, field, said)

    def _in_full(self, field: Field, said: str) -> "BitMap":
        if field == "title":
            found = self._store.titled(said)
        else:
            named = self._store.named(field, bare(said))
            found = _union(self._store.releases_of(field, one.id) for one in named)
        if not found:
            sentence = f"There is no {field} “{said}” in the crate."
            self._miss(field, said, sentence, partial(self._beginnings, (field,), said))
        return found

    def _with_words(self, name: str, field: Field | None, said: str) -> "BitMap":
        words = typed_words(said)
        found = self._store.with_words(words, field) if words else _union(())
        if not found:
            of = f"No {field}" if field else "Nothing"
            sentence = f"{of} in the crate contains the words of “{said}”."
            fields: tuple[Field, ...] = (field,) if field else ("artist", "label")
            self._miss(name, said, sentence, partial(self._beginnings, fields, said))
        return found

    def _beginnings(self, fields: Iterable[Field], said: str) -> list[str]:
        near = [name for field in fields for name in _nearest(self._store, field, said)]
        return near[:SUGGESTED]

    def _miss(
        self, field: str, said: str | int, sentence: str, look: Callable[[], list[str]]
    ) -> None:
        """Note what is not there; `look` for what may be meant, unless too much is missing."""
        misses = self.misses.setdefault(field, [])
        near = look() if len(misses) < _MOST_LOOKED_FOR else []
        misses.append(Miss(said, sentence, near))


def _nearest(store: Store, field: Field, said: str) -> list[str]:
    """Return names that begin like what was said, as far as any does."""
    folded, found = bare(said), list[str]()
    shortest, longest = _SHORTEST, len(folded)
    length = longest
    # Halved each time: letter by letter, a name of two hundred would be as many questions.
    while shortest <= longest:
        if some := suggest(store, field, folded[:length], SUGGESTED):
            found, shortest = some, length + 1
        else:
            longest = length - 1
        length = (shortest + longest + 1) // 2
    return found


def suggest(store: Store, field: Field, typed: str, limit: int) -> list[str]:
    """Return names that begin as somebody typed: those with most releases first."""
    folded = bare(typed)
    if not folded:
        return []
    if field == "title":
        return store.titles(folded, limit)
    return [one.name for one in store.beginning(field, folded, limit) if one.name]


def _bitmap(ids: Iterable[int]) -> "BitMap":
    from pyroaring import BitMap

    return BitMap(id_ for id_ in ids if 0 < id_ <= LARGEST_ID)


def _union(bitmaps: Iterable["BitMap"]) -> "BitMap":
    from pyroaring import BitMap

    return BitMap().union(*bitmaps)

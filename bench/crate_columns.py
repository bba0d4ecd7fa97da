"""Crates of any size without a dump: rows and facets from columns that are drawn, block by block.

As real crates have them: a thousand values of facets, the commonest on half of all releases;
every release with a video, as in a crate of those alone. What stands on one together is drawn
from 50,000 combinations.
"""

import random
from array import array
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bench.drawing import (
    ARTISTS,
    COUNTRIES,
    DESCRIPTIONS,
    FORMATS,
    GENRES,
    LABELS,
    MASTERS,
    Drawn,
    Words,
    rank,
    some,
    styles,
    year,
)
from core import crate_rows as kinds
from core.crate_rows import Batch, Facets, ReleaseRow

BLOCK = 20_000  # releases
_RARE_STYLES, _RARE_COUNTRIES = 550, 200
_TITLES, _SORTS = 50_000, 50_000


class _Kept(NamedTuple):
    """What stands on one release in facets."""

    genres: list[str]
    styles: list[str]
    country: str
    year: int
    format: str
    descriptions: list[str]

    def described(self) -> str:
        return ", ".join((self.format, *self.descriptions))

    def pairs(self) -> Iterator[tuple[str, str]]:
        yield from ((kinds.GENRE, name) for name in self.genres)
        yield from ((kinds.STYLE, name) for name in self.styles)
        yield kinds.COUNTRY, self.country
        yield kinds.YEAR, str(self.year)
        yield kinds.FORMAT, self.format
        yield from ((kinds.DESCRIPTION, name) for name in self.descriptions)
        yield kinds.ONLY, kinds.ANY
        yield kinds.ONLY, kinds.WITH_VIDEO


class Columns:
    """Makes batches; the same ones for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._words = Words(self._chance)
        self._titles = [self._words.title(1 + some(self._chance, 2.2)) for _ in range(_TITLES)]
        self._genres, self._formats = Drawn(dict(GENRES)), Drawn(dict(FORMATS))
        rare = {f"Land {nth}": 8 / (nth + 5) for nth in range(_RARE_COUNTRIES)}
        self._countries = Drawn({**COUNTRIES, **rare})
        self._sorts = [self._kept() for _ in range(_SORTS)]

    def batches(self, releases: int) -> Iterator[Batch]:
        """Yield blocks of releases with the ids from 1 on."""
        for first in range(1, releases + 1, BLOCK):
            yield self._block(range(first, min(first + BLOCK, releases + 1)))

    def _block(self, ids: range) -> Batch:
        batch = kinds.empty()
        for id_ in ids:
            kept = self._chance.choice(self._sorts)
            is_main = self._chance.random() < 0.5
            _note(batch.facets, id_, kept.pairs())
            if is_main:
                _note(batch.facets, id_, ((kinds.ONLY, kinds.ONE_PER_MASTER),))
            batch.releases.append(self._row(batch, id_, kept, is_main=is_main))
        return batch

    def _kept(self) -> _Kept:
        chance = self._chance
        genres = {self._genres.one(chance) for _ in range(1 + (chance.random() < 0.3))}
        named = set(styles(chance, min(genres)))
        if chance.random() < 0.3:
            named.add(f"Style {rank(chance, _RARE_STYLES, 20)}")
        format_ = self._formats.one(chance)
        known = DESCRIPTIONS[format_]
        return _Kept(
            sorted(genres),
            sorted(named),
            self._countries.one(chance),
            year(chance),
            format_,
            chance.sample(known, min(len(known), chance.choice((1, 2, 2, 3)))),
        )

    def _row(self, batch: Batch, id_: int, kept: _Kept, *, is_main: bool) -> ReleaseRow:
        chance, names = self._chance, self._words
        artist, label = rank(chance, ARTISTS), rank(chance, LABELS, 200)
        batch.artists[artist] = names.name(artist)
        batch.labels[label] = f"{names.name(label + ARTISTS)} Records"
        batch.release_artists.append((artist, id_))
        batch.release_labels.append((label, id_))
        videos = 1 + some(chance, 2.3)
        for position in range(videos):
            number, title = chance.getrandbits(64) - 2**63, chance.choice(self._titles)
            batch.videos.append((id_, position, number, 240, title))
        return ReleaseRow(
            id_,
            chance.choice(self._titles),
            batch.artists[artist],
            batch.labels[label],
            f"CAT {id_ % 9_973:03}",
            kept.year,
            kept.country,
            kept.described(),
            chance.randrange(1, MASTERS) if chance.random() < 0.62 or not is_main else None,
            is_main,
            videos,
            None,
        )


def _note(facets: Facets, id_: int, pairs: Iterable[tuple[str, str]]) -> None:
    for pair in pairs:
        ids = facets.get(pair)
        if ids is None:
            facets[pair] = array("I", (id_,))
        else:
            ids.append(id_)

"""From the files of a dump to a crate that is whole, and nothing of it where something is wrong."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from core import clock
from core.crate_rows import VIDEOS, Aside
from core.dump_files import ARTISTS, LABELS, MASTERS, RELEASES
from core.errors import BadFile
from database.crates import Loader
from worker_jobs.discogs_import import parsing, trimming
from worker_jobs.discogs_import.checking import TrimmingUnsafe, check
from worker_jobs.discogs_import.chunks import chunks, end_of
from worker_jobs.discogs_import.collecting import Collector, Wanted
from worker_jobs.discogs_import.others import other
from worker_jobs.discogs_import.reading import Packed, Unpacked, opened

_OTHERS = (MASTERS, ARTISTS, LABELS)
_SURE_SECONDS = 5.0  # before that nobody knows how long it takes
_LAST_SHARE = 0.15  # of the time goes into what is made once all is read
_TOLD = 50  # records that were put aside
_LEAST = 0.9  # of the releases of the dump before: with fewer something is wrong with this one


class Order(BaseModel):
    """What is to be made: `dumps` are paths by kind, `sha256` what is known of those.

    `before`: how many releases the crate before has, 0: there is none, or they are not compared.
    """

    model_config = ConfigDict(frozen=True)

    dumps: dict[str, Path]
    sha256: dict[str, str] = {}
    version: str
    scope: str
    barcodes: bool = False
    before: int = 0

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.scope == VIDEOS, self.barcodes)


class Progress(NamedTuple):
    """`done` of `of` bytes of the files are read; `seconds_left` None: nobody knows yet."""

    words: str
    records: int
    done: int
    of: int
    seconds_left: float | None


class Made(NamedTuple):
    """`records`: releases in the dump; `is_trimmed`: it had the layout that we know.

    `aside`: records of any kind that could not be read, `told`: the first of them.
    """

    records: int
    releases: int
    videos: int
    aside: int
    is_trimmed: bool
    told: list[Aside]


Say = Callable[[Progress], None]


def make(order: Order, loader: Callable[[], Loader], say: Say) -> Made:
    """Make a crate with what `loader` returns, which has dropped all of it where this raises.

    Raises:
        BadFile: a file is damaged, is something else, or has far fewer releases than the last.
        NoRoom: the disk is full.
    """
    try:
        return _Making(order, loader(), say, is_trimmed=True).make()
    except TrimmingUnsafe:
        # Three times as slow, and right.
        return _Making(order, loader(), say, is_trimmed=False).make()


class _Making:
    def __init__(self, order: Order, loader: Loader, say: Say, *, is_trimmed: bool) -> None:
        self._order, self._loader, self._say = order, loader, say
        self._is_trimmed = is_trimmed
        self._of = sum(_size(path) for path in order.dumps.values())
        self._begun, self._before, self._records = time.monotonic(), 0, 0
        self._aside, self._told = 0, list[Aside]()

    def make(self) -> Made:
        is_whole = False
        try:
            self._read_releases()
            for kind in _OTHERS:
                if kind in self._order.dumps:
                    self._read_other(kind)
            self._compare()
            loader = self._loader
            made = Made(
                self._records,
                loader.releases,
                loader.videos,
                self._aside,
                self._is_trimmed,
                self._told,
            )
            for words in loader.finish(self._about(made)):
                self._tell(words, self._records, 0)
            is_whole = True
        finally:
            if not is_whole:
                self._loader.drop()
        return made

    def _read_releases(self) -> None:
        wanted, end = self._order.wanted, end_of(RELEASES)
        collector = Collector(wanted)
        passes = trimming.has_video if wanted.only_videos and self._is_trimmed else None
        with self._reading(RELEASES) as (packed, file):
            for chunk in chunks(file, RELEASES, passes):
                records = chunk.kept
                if self._is_trimmed:
                    check(chunk.checked, end, wanted)
                    records = [trimming.trim(one, barcodes=wanted.barcodes) for one in records]
                if records:
                    batch = collector.collect(parsing.parse(records, end, chunk.number))
                    self._loader.take(batch)
                    self._remember(batch.aside)
                self._records += len(chunk.records)
                self._tell("Reading releases", self._records, packed.done)

    def _read_other(self, kind: str) -> None:
        is_wanted, take = other(kind, self._loader)
        with self._reading(kind) as (packed, file):
            for chunk in chunks(file, kind, is_wanted):
                if chunk.kept:
                    aside = take(chunk)
                    self._loader.put_aside(aside)
                    self._remember(aside)
                self._tell(f"Reading {kind}", chunk.first + len(chunk.records), packed.done)

    @contextmanager
    def _reading(self, kind: str) -> Iterator[tuple[Packed, Unpacked]]:
        path = self._order.dumps[kind]
        with opened(path, self._order.sha256.get(kind)) as (packed, file):
            yield packed, file
        self._before += _size(path)

    def _remember(self, aside: Sequence[Aside]) -> None:
        self._aside += len(aside)
        self._told += aside[: _TOLD - len(self._told)]

    def _compare(self) -> None:
        found, before = self._loader.releases, self._order.before
        if not found:
            raise BadFile("There is no release in this dump that the crate would have.")
        if found < before * _LEAST:
            raise BadFile(
                f"This dump has {found:,} releases for the crate, the one before had {before:,}: "
                "the crate stays as it is."
            )

    def _about(self, made: Made) -> dict[str, str | int]:
        order = self._order
        return {
            "version": order.version,
            "scope": order.scope,
            "records": made.records,
            "releases": made.releases,
            "videos": made.videos,
            "aside": made.aside,
            "made_at": clock.now(),
            "is_trimmed": int(made.is_trimmed),
            "has_barcodes": int(order.barcodes),
            **{f"has_{kind}": int(kind in order.dumps) for kind in _OTHERS},
        }

    def _tell(self, words: str, records: int, done: int) -> None:
        done += self._before
        took = time.monotonic() - self._begun
        left = None
        if took >= _SURE_SECONDS and done:
            whole = took * self._of / done / (1 - _LAST_SHARE)
            left = max(0.0, whole - took)
        self._say(Progress(words, records, done, self._of, left))


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0

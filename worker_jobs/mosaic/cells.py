"""Finished cells: a poster at its size, with its gap and caption, as a JPEG ready to be joined.

Kept as files in DATA/cache/cells, named by all that decides how a cell looks, so that a
mosaic that is made again decodes and encodes nothing. May be deleted at any time.
"""

import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import get_ident

from PIL import Image, ImageDraw

from core.clock import DAY, SECOND
from core.room import check_room, full_disk_told
from worker_jobs.mosaic import jpeg, stars
from worker_jobs.mosaic.card import card
from worker_jobs.mosaic.jpeg import Pieces
from worker_jobs.mosaic.layout import Tile
from worker_jobs.mosaic.palette import Colour, luminance
from worker_jobs.mosaic.pictures import BadPicture, load_cell
from worker_jobs.mosaic.text import Type

MOST = 200 * 1024 * 1024
_DRAWN_AS = 1  # the version of the drawing below: another one, and old cells are let go
_ROOM_FOR = 50  # cells, before the disk is looked at again
_TOUCHED_EVERY = DAY // SECOND
_LIT: Colour = (242, 196, 92)
_LIT_ON_LIGHT: Colour = (138, 92, 0)
_LIGHT_FROM = 0.35  # luminance of a ground on which letters are black
_TITLE, _SMALL, _STARS = 0.088, 0.072, 0.40  # parts of a cell's width
_APART = 0.5  # between a year and its stars, in sizes of the letters
_WHOLE = 1_500_000  # pixels of a poster in memory; a larger one is that, enlarged line by line


@dataclass(frozen=True)
class Look:
    """How a cell looks, in pixels. The poster stands in the upper `poster_height`."""

    width: int
    height: int
    poster_height: int
    gap: int
    ground: Colour

    @property
    def has_caption(self) -> bool:
        return self.height > self.poster_height

    @property
    def is_on_light(self) -> bool:
        return luminance(self.ground) > _LIGHT_FROM

    @property
    def ink(self) -> Colour:
        return (20, 20, 20) if self.is_on_light else (240, 240, 240)

    @property
    def faint(self) -> Colour:
        return (84, 84, 84) if self.is_on_light else (178, 176, 172)


@dataclass(frozen=True)
class Cells:
    """Cells of one look, drawn when they are first wanted."""

    folder: Path
    look: Look
    written: list[int] = field(default_factory=list)

    def of(self, tile: Tile) -> Pieces:
        """Return the cell of a film.

        Raises:
            NoRoom: the disk is full, or nearly.
        """
        path = self._path(tile)
        try:
            data = _read(path)
        except FileNotFoundError:
            return self._made(tile, path)
        # A damaged file may still look like a JPEG; one that cannot stand beside others is none.
        found = jpeg.alike(data, self.blank)
        if found is None or len(found.segments) != len(self.blank.segments):
            return self._made(tile, path)
        return found

    @cached_property
    def blank(self) -> Pieces:
        look = self.look
        image = Image.new("RGB", (look.width, look.height), look.ground)
        return jpeg.take_apart(jpeg.cell_jpeg(image))

    @cached_property
    def _said(self) -> str:
        """All that is said of every cell's look, for its name."""
        return repr((_DRAWN_AS, jpeg.SETTINGS, self.look))

    def _made(self, tile: Tile, name: str) -> Pieces:
        path = Path(name)
        data = jpeg.cell_jpeg(drawn(tile, self.look))
        with full_disk_told():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if len(self.written) % _ROOM_FOR == 0:
                check_room(self.folder, _ROOM_FOR * len(data))
            path.parent.mkdir(mode=0o700, exist_ok=True)
            unfinished = path.with_name(f"{path.name}.{os.getpid()}-{get_ident()}.part")
            try:
                unfinished.write_bytes(data)
                unfinished.rename(path)
            finally:
                unfinished.unlink(missing_ok=True)
        self.written.append(len(data))
        return jpeg.alike(data, self.blank) or jpeg.take_apart(data)

    def settle(self) -> None:
        """Let older cells go, if new ones have come: who wrote none does not look through all."""
        if self.written:
            drop_over(self.folder, MOST)

    def _path(self, tile: Tile) -> str:
        shown: object = tile.poster.name if tile.poster else f"card {tile.key}"
        if self.look.has_caption:
            shown = (shown, tile.title, tile.by or tile.year, tile.half_stars)
            if tile.plays is not None:
                shown = (shown, tile.plays)
        name = sha256(f"{self._said}{shown!r}".encode(errors="replace")).hexdigest()
        # As text: a thousand paths, put together properly, take longer than reading the files.
        return f"{self.folder}/{name[:2]}/{name}"


def drawn(tile: Tile, look: Look) -> Image.Image:
    """Draw a cell: half the gap on each side of the poster, the caption below it."""
    return lines(tile, look, 0, look.height)


def lines(tile: Tile, look: Look, top: int, height: int) -> Image.Image:
    """Draw so many lines of a cell from `top` on, for a cell that is too large for memory."""
    cell = Image.new("RGB", (look.width, height), look.ground)
    half = look.gap // 2
    size = (look.width - 2 * half, look.poster_height - 2 * half)
    first, last = max(top - half, 0), min(top + height - half, size[1])
    if first < last:
        small = poster(tile, *in_memory(*size), look.ground)
        cell.paste(enlarged(small, size, first, last), (half, half + first - top))
    if look.has_caption and top + height > look.poster_height:
        _caption(cell, tile, look, top)
    return cell


def in_memory(width: int, height: int) -> tuple[int, int]:
    """Return the size at which a poster is kept that is to be shown at `width` by `height`."""
    times = max(1, math.ceil(math.sqrt(width * height / _WHOLE)))
    return -(-width // times), -(-height // times)


def enlarged(image: Image.Image, size: tuple[int, int], first: int, last: int) -> Image.Image:
    """Return the lines from `first` to above `last` of a picture that is made so large."""
    if image.size == size:
        is_whole = (first, last) == (0, size[1])
        return image if is_whole else image.crop((0, first, size[0], last))
    share = image.height / size[1]
    box = (0, first * share, image.width, min(last * share, image.height))
    return image.resize((size[0], last - first), Image.Resampling.LANCZOS, box)


def poster(tile: Tile, width: int, height: int, ground: Colour) -> Image.Image:
    """Return the film's poster at that size, or its card where there is none that can be read."""
    if tile.poster:
        try:
            return load_cell(tile.poster, width, height, ground)
        except BadPicture:
            pass  # one bad poster must not cost the whole picture
    return card(tile.title, tile.by or tile.year, width, height, key=tile.key)


def _caption(cell: Image.Image, tile: Tile, look: Look, top: int) -> None:
    pen, left = ImageDraw.Draw(cell), look.gap // 2
    title, small = Type(look.width * _TITLE, 600), Type(look.width * _SMALL)
    room = look.height - look.poster_height
    baseline = look.poster_height - top + room * 0.42
    words = title.fit(tile.title, look.width - 2 * left)
    title.draw(pen, (left, baseline), words, look.ink)
    below = baseline + small.size * 1.45
    beside = _beside(tile, look, small)
    x: float = left
    if (said := tile.by or tile.year) is not None:
        free = look.width - 2 * left - (beside + small.size * _APART if beside else 0)
        words = small.fit(str(said), free)
        x += small.draw(pen, (x, below), words, look.faint) + small.size * _APART
    lit = _LIT_ON_LIGHT if look.is_on_light else _LIT
    if tile.plays is not None:
        small.draw(pen, (x, below), _plays(tile.plays), lit)
    elif tile.half_stars:
        above = round(below - small.capitals / 2 - beside / stars.COUNT / 2)
        stars.draw(cell, (round(x), above), tile.half_stars, round(beside), (lit, look.ground))


def _beside(tile: Tile, look: Look, small: Type) -> float:
    """Return how much room the stars take, or how often it was played; 0 where there is neither."""
    if tile.plays is not None:
        return small.measure(_plays(tile.plays))
    return round(look.width * _STARS) if tile.half_stars else 0


def _plays(plays: int) -> str:
    return f"{plays:,} plays" if plays != 1 else "1 play"


def _read(path: str) -> bytes:
    """Return a cell's bytes, and say that it is still used: at most once a day, for the card."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        said = os.fstat(file)
        if time.time() - said.st_mtime > _TOUCHED_EVERY:
            os.utime(file)
        return os.read(file, said.st_size)
    finally:
        os.close(file)


def drop_over(folder: Path, most: int) -> int:
    """Let go the cells that were unused for longest, down to `most` bytes; return how many."""
    found = sorted(_files(folder), reverse=True)
    kept = gone = 0
    for _, size, path in found:
        kept += size
        if kept > most:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    for part in folder.iterdir() if folder.is_dir() else ():
        for entry in os.scandir(part):
            try:
                said = entry.stat()
            except FileNotFoundError:
                continue  # somebody else drops, too
            yield said.st_mtime, said.st_size, Path(entry.path)

"""A wall: posters edge to edge or with a gap, and nothing else unless it is asked for.

Where the cells say how large it is, they are joined unopened; where the size is exact,
rows are drawn as bands. Knows tiles and files; not whose films they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from core.jpeg_slices import BLOCK
from worker_jobs.mosaic import cells, jpeg, notes
from worker_jobs.mosaic.ahead import Report, in_order
from worker_jobs.mosaic.cells import Cells, Look
from worker_jobs.mosaic.jpeg import Pieces, band_height, plain_bands
from worker_jobs.mosaic.layout import Tile
from worker_jobs.mosaic.measures import Measures
from worker_jobs.mosaic.palette import Colour
from worker_jobs.mosaic.text import Type

GROUNDS: dict[str, Colour] = {"night": (20, 24, 28), "black": (0, 0, 0), "white": (255, 255, 255)}
GAPS = {"none": 0.0, "thin": 0.035, "wide": 0.09}  # parts of a cell's width
_LETTERS = 0.42  # of the heading's height
_BAND = 3_600_000  # pixels of a row that is drawn at once: cut, its posters are decoded again
_BAND_ENLARGED = 1_500_000  # where they are made larger, which takes room of its own


@dataclass(frozen=True)
class Wall:
    """A wall of `tiles`, measured. `heading` is drawn where the measures leave room for it."""

    tiles: Sequence[Tile]
    measures: Measures
    folder: Path
    gap: float = GAPS["thin"]
    ground: Colour = GROUNDS["night"]
    heading: str = ""
    is_exact: bool = False

    @property
    def width(self) -> int:
        return self.measures.width

    @property
    def height(self) -> int:
        return self.measures.height

    @property
    def columns(self) -> int:
        return self.measures.columns

    @property
    def look(self) -> Look:
        measures = self.measures
        # Even, for half of it stands on each side of a poster.
        gap = round(measures.cell_width * self.gap / 2) * 2
        size = (measures.cell_width, measures.cell_height, measures.poster_height)
        return Look(*size, gap=gap, ground=self.ground)

    def places(self) -> dict[str, Any]:
        return self.measures.places()

    def write(
        self,
        out: BinaryIO,
        *,
        report: Report | None = None,
        description: str = "",
        threads: int = 2,
    ) -> jpeg.Written:
        """Write the picture as JPEG; `description` goes into its EXIF."""
        extra = notes.of_picture(description or self.heading)
        size = (self.width, self.height)
        if self.is_exact:
            bands = self.bands()
            return jpeg.write_bands(out, *size, bands, threads=threads, extra=extra, report=report)
        rows = self._joined(threads, report)
        return jpeg.join(out, *size, rows, self.look.width, extra=extra)

    def _joined(self, threads: int, report: Report | None) -> Iterable[Sequence[Pieces]]:
        look = self.look
        for strip in self.heading_bands():
            yield [jpeg.take_apart(jpeg.strip_jpeg(strip(), look.width))]
        store = Cells(self.folder, look)
        calls = [partial(self._row, store, number) for number in range(self.measures.rows)]
        yield from in_order(calls, threads, report)
        store.settle()

    def _row(self, store: Cells, number: int) -> list[Pieces]:
        row = self.measures.row(number)
        return [store.blank if at is None else store.of(self.tiles[at]) for at in row]

    def bands(self) -> list[jpeg.Draw]:
        """Cut where rows begin; what is above the first and below the last is ground."""
        measures = self.measures
        bottom = measures.top + measures.rows * measures.cell_height
        size = (measures.cell_width, measures.cell_height)
        most = _BAND if cells.in_memory(*size) == size else _BAND_ENLARGED
        step = min(measures.cell_height, band_height(self.width, most))
        bands = self.heading_bands()
        bands += [
            partial(self._band, number, top, min(step, measures.cell_height - top))
            for number in range(measures.rows)
            for top in range(0, measures.cell_height, step)
        ]
        # The last band alone may end anywhere.
        return bands + plain_bands(self.width, self.height - bottom, self.ground)

    def _band(self, number: int, top: int, height: int) -> Image.Image:
        look, image = self.look, Image.new("RGB", (self.width, height), self.ground)
        for place, at in enumerate(self.measures.row(number)):
            if at is not None:
                x = self.measures.left + place * look.width
                image.paste(cells.lines(self.tiles[at], look, top, height), (x, 0))
        return image

    def heading_bands(self) -> list[jpeg.Draw]:
        """Cut what is above the posters into bands: it is as wide as all of them."""
        width, height = self.width, self.measures.top
        plain = plain_bands(width, height, self.ground)
        if not self.heading:
            return plain
        face = Type(min(height, 16 * BLOCK) * _LETTERS, 600)
        words = face.fit(self.heading, width * 0.94)
        x, baseline = (width - face.measure(words)) / 2, round(height / 2 + face.capitals / 2)

        def drawn(number: int) -> Image.Image:
            image = plain[number]()
            place = (x, baseline - number * band_height(width))
            face.draw(image, place, words, self.look.ink)
            return image

        return [partial(drawn, number) for number in range(len(plain))]

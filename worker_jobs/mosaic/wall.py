"""A wall: posters edge to edge or with a gap, and nothing else unless it is asked for.

Where the cells say how large it is, they are joined unopened; where the size is exact,
rows are drawn as bands. Knows tiles and files; not whose films they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from core.jpeg_slices import BLOCK
from worker_jobs.mosaic import cells, jpeg, notes
from worker_jobs.mosaic.ahead import Report, in_order
from worker_jobs.mosaic.cells import Cells, Look
from worker_jobs.mosaic.jpeg import Pieces
from worker_jobs.mosaic.layout import Tile
from worker_jobs.mosaic.measures import Measures
from worker_jobs.mosaic.palette import Colour
from worker_jobs.mosaic.text import Type

GROUNDS: dict[str, Colour] = {"night": (20, 24, 28), "black": (0, 0, 0), "white": (255, 255, 255)}
GAPS = {"none": 0.0, "thin": 0.035, "wide": 0.09}  # parts of a cell's width
_LETTERS = 0.42  # of the heading's height


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

    def with_tiles(self, tiles: Sequence[Tile]) -> "Wall":
        return replace(self, tiles=tiles)

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
            bands = self._bands()
            return jpeg.write_bands(out, *size, bands, threads=threads, extra=extra, report=report)
        rows = self._joined(threads, report)
        return jpeg.join(out, *size, rows, self.look.width, extra=extra)

    def _joined(self, threads: int, report: Report | None) -> Iterable[Sequence[Pieces]]:
        look = self.look
        if self.measures.top:
            strip = self._heading(self.width, self.measures.top)
            yield [jpeg.take_apart(jpeg.strip_jpeg(strip, look.width))]
        store = Cells(self.folder, look)
        calls = [partial(self._row, store, number) for number in range(self.measures.rows)]
        yield from in_order(calls, threads, report)

    def _row(self, store: Cells, number: int) -> list[Pieces]:
        row = self.measures.row(number)
        return [store.blank if at is None else store.of(self.tiles[at]) for at in row]

    def _bands(self) -> list[jpeg.Draw]:
        """Cut where rows begin; what is above the first and below the last is ground."""
        measures = self.measures
        bottom = measures.top + measures.rows * measures.cell_height
        bands: list[jpeg.Draw] = []
        if measures.top:
            bands.append(partial(self._heading, self.width, measures.top))
        bands += [partial(self._band, number) for number in range(measures.rows)]
        # The last band alone may end anywhere.
        if (rest := self.height - bottom) > 0:
            bands.append(partial(self._plain, rest))
        return bands

    def _band(self, number: int) -> Image.Image:
        look, image = self.look, self._plain(self.measures.cell_height)
        for place, at in enumerate(self.measures.row(number)):
            if at is not None:
                x = self.measures.left + place * look.width
                image.paste(cells.drawn(self.tiles[at], look), (x, 0))
        return image

    def _plain(self, height: int) -> Image.Image:
        return Image.new("RGB", (self.width, height), self.ground)

    def _heading(self, width: int, height: int) -> Image.Image:
        image, ink = Image.new("RGB", (width, height), self.ground), self.look.ink
        if self.heading:
            face = Type(min(height, 16 * BLOCK) * _LETTERS, 600)
            words = face.fit(self.heading, width * 0.94)
            x = (width - face.measure(words)) / 2
            face.draw(image, (x, round(height / 2 + face.capitals / 2)), words, ink)
        return image

"""The classic sheet: posters in rows, beside each row its stars, titles and directors.

Draws what layout.py has measured. Knows tiles and paths; not whose films they are.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageDraw

from worker_jobs.mosaic import cells, jpeg, layout, notes, stars
from worker_jobs.mosaic.ahead import Report
from worker_jobs.mosaic.kinds import FILMS, Kind
from worker_jobs.mosaic.layout import Band, Layout, Line, Tile
from worker_jobs.mosaic.palette import Colour

__all__ = ["Sheet", "Tile"]

GROUND: Colour = (50, 50, 50)
_WHITE: Colour = (255, 255, 255)
_GREY: Colour = (178, 176, 172)  # 6:1 on the ground
_LIT: Colour = (242, 196, 92)
_UNLIT: Colour = (94, 93, 91)


@dataclass(frozen=True)
class Sheet:
    """A sheet of `tiles` under `header`; what cannot be held at `scale` is drawn smaller."""

    header: str
    tiles: Sequence[Tile]
    scale: int = 2
    kind: Kind = FILMS

    @cached_property
    def layout(self) -> Layout:
        """Return the measures, made once: setting the text is most of the work before drawing.

        Raises:
            TooLarge: more tiles than a picture can hold.
        """
        return layout.lay_out(self.tiles, self.scale, self.kind)

    def with_posters(self, posters: Sequence[Path | None]) -> "Sheet":
        """Return the same sheet with these files, one a tile; its measures stay."""
        tiles = [
            replace(tile, poster=poster) for tile, poster in zip(self.tiles, posters, strict=True)
        ]
        made = replace(self, tiles=tiles)
        made.__dict__["layout"] = self.layout  # where cached_property keeps it
        return made

    def in_order(self, numbers: Sequence[int]) -> "Sheet":
        """Return the same sheet with its tiles in another order; its measures stay."""
        made = replace(self, tiles=[self.tiles[number] for number in numbers])
        lines = tuple(self.layout.lines[number] for number in numbers)
        made.__dict__["layout"] = replace(self.layout, lines=lines)
        return made

    @property
    def fitting_scale(self) -> int:
        return self.layout.scale

    @property
    def width(self) -> int:
        return self.layout.width

    @property
    def height(self) -> int:
        return self.layout.height

    @property
    def columns(self) -> int:
        return self.layout.columns

    @property
    def rows(self) -> int:
        return self.layout.rows

    def places(self) -> dict[str, Any]:
        return self.layout.places()

    def write(
        self,
        out: BinaryIO,
        *,
        report: Report | None = None,
        description: str = "",
        threads: int = 2,
    ) -> jpeg.Written:
        """Write the picture as JPEG; `description` goes into its EXIF.

        `report` is told in the calling thread, at least twice a second, how many
        posters are drawn; what it raises ends the work within one poster.
        """
        painter = _Painter(self.header, self.tiles, self.layout)

        def tell(message: str, _done: int, _of: int) -> None:
            with ExitStack() as undo:
                undo.callback(painter.stop)
                if report:
                    report(message, painter.done, len(self.tiles))
                undo.pop_all()

        bands = [partial(painter.draw, band) for band in self.layout.bands()]
        size, extra = (self.width, self.height), notes.of_picture(description or self.header)
        return jpeg.write_bands(out, *size, bands, threads=threads, extra=extra, report=tell)


class _Painter:
    """Draws bands, several at once; counts the posters that are done."""

    def __init__(self, header: str, tiles: Sequence[Tile], measures: Layout) -> None:
        self._header, self._tiles, self._layout = header, tiles, measures
        self._styles = layout.styles(measures.scale)
        self._stopped = threading.Event()
        self._counting = threading.Lock()
        self.done = 0

    def stop(self) -> None:
        """End what other threads are drawing, at their next poster."""
        self._stopped.set()

    def draw(self, band: Band) -> Image.Image:
        image = Image.new("RGB", (self._layout.width, band.bottom - band.top), GROUND)
        if band.top == 0:
            self._draw_header(image)
        columns = self._layout.columns
        last = min((band.last + 1) * columns, len(self._tiles))
        for index in range(band.first * columns, last):
            if self._stopped.is_set():
                raise CancelledError
            self._draw_poster(image, index, band.top)
            self._draw_line(image, index, band.top)
            with self._counting:
                self.done += 1
        return image

    def _draw_header(self, image: Image.Image) -> None:
        face, scale = self._styles.header, self._layout.scale
        text = face.fit(self._header, image.width - 2 * layout.GAP * scale)
        x = (image.width - face.measure(text)) / 2
        middle = (layout.HEADER + layout.GAP) / 2 * scale
        face.draw(image, (x, round(middle + face.capitals / 2)), text, _WHITE)

    def _draw_poster(self, image: Image.Image, index: int, top: int) -> None:
        x, y = self._layout.poster_at(index)
        width, height = (side * self._layout.scale for side in self._layout.kind.on_sheet)
        poster = cells.poster(self._tiles[index], width, height, GROUND)
        image.paste(poster, (x, y - top))

    def _draw_line(self, image: Image.Image, index: int, top: int) -> None:
        scale = self._layout.scale
        x, y = self._layout.line_at(index)
        y -= top
        half_stars, plays = self._tiles[index].half_stars, self._tiles[index].plays
        if plays is not None:
            self._draw_plays(ImageDraw.Draw(image), (x, y + layout.BASELINE * scale), plays)
        elif half_stars or self._layout.kind.shows_unrated:
            above = y + layout.STARS_DOWN * scale
            stars.draw(image, (x, above), half_stars, layout.STARS * scale, (_LIT, _UNLIT))
        place = (x + layout.STARS * scale, y + layout.BASELINE * scale)
        self._draw_text(ImageDraw.Draw(image), place, self._layout.lines[index])

    def _draw_plays(self, pen: ImageDraw.ImageDraw, at: tuple[int, int], plays: int) -> None:
        """Write how often it was played where else its stars are, as far right as they go."""
        face, width = self._styles.title, layout.STARS * self._layout.scale
        words = face.fit(f"{plays:,} ×", width)
        face.draw(pen, (at[0] + width - face.measure(words), at[1]), words, _LIT)

    def _draw_text(self, pen: ImageDraw.ImageDraw, at: tuple[float, int], line: Line) -> None:
        (x, baseline), scale = at, self._layout.scale
        for text, face, colour in (
            (line.title, self._styles.title, _WHITE),
            (line.director, self._styles.director, _GREY),
        ):
            if text:
                x += layout.SPACE * scale
                x += self._styles.director.draw(pen, (x, baseline), layout.SEPARATOR, _GREY)
                x += layout.SPACE * scale
                x += face.draw(pen, (x, baseline), text, colour)

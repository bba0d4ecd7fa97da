"""What the pictures of a mosaic are of, posters of films or covers of records and albums.

The shape of a cell is decided here and nowhere else: it is a property of the source, which
says of what kind it is, and every layout measures by it. So are the words for it.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from core.jpeg_slices import BLOCK
from worker_jobs.mosaic.grid import BROADEST, FINEST


@dataclass(frozen=True)
class Kind:
    """A kind of pictures, all of one shape; `picture` and `thing` are what one is called.

    unit: the smallest cell whose sides are both whole blocks, in pixels.
    narrowest, widest: of a cell's width to its height, so that a picture loses but a
        little of its edge.
    on_sheet: the size of one on a sheet, in pixels at scale 1.
    finest, broadest: of the columns to the rows of a sheet, what is best and what is too much.
    across, down: the parts by whose colours one is told from another.
    """

    picture: str
    thing: str
    unit: tuple[int, int]
    narrowest: float
    widest: float
    on_sheet: tuple[int, int]
    finest: Fraction
    broadest: Fraction
    across: int
    down: int
    shows_unrated: bool

    @property
    def pictures(self) -> str:
        return f"{self.picture}s"

    @property
    def things(self) -> str:
        return f"{self.thing}s"

    def high(self, width: int) -> int:
        """Return how high a picture of that width is, in pixels."""
        return width * self.unit[1] // self.unit[0]


FILMS = Kind(
    picture="poster",
    thing="film",
    unit=(2 * BLOCK, 3 * BLOCK),
    narrowest=0.60,  # a poster is 0.67 wide
    widest=0.73,
    on_sheet=(120, 180),
    finest=FINEST,
    broadest=BROADEST,
    across=4,
    down=6,
    shows_unrated=True,
)
RECORDS = Kind(
    picture="cover",
    thing="record",
    unit=(2 * BLOCK, 2 * BLOCK),
    narrowest=0.90,
    widest=1.10,
    on_sheet=(180, 180),
    # Of what is broader itself, fewer stand side by side.
    finest=Fraction(7, 6),
    broadest=Fraction(5, 3),
    across=5,
    down=5,
    shows_unrated=False,
)
ALBUMS = replace(RECORDS, thing="album")

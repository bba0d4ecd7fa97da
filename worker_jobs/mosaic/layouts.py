"""The layouts by name: each measures first, which may say no, and draws once posters are here."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

from database.mosaic_sizes import EXACT, NORMAL
from database.viewings import Seen
from worker_jobs.mosaic import jpeg, layout, measures, photo, sketch, targets, wall
from worker_jobs.mosaic.ahead import Report
from worker_jobs.mosaic.colours import mean, unpacked
from worker_jobs.mosaic.kinds import FILMS, Kind
from worker_jobs.mosaic.measures import Measures
from worker_jobs.mosaic.palette import Colour, of_lab
from worker_jobs.mosaic.photo import Photo
from worker_jobs.mosaic.poster_colours import PosterColours
from worker_jobs.mosaic.sheet import Sheet
from worker_jobs.mosaic.tiles import tile_of
from worker_jobs.mosaic.wall import Wall
from worker_jobs.run import Run

_ENOUGH = 12  # posters, from which on a picture made of them does without cards


class Picture(Protocol):
    """A mosaic that is ready to be drawn. `places` tells where in it each film stands."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def places(self) -> dict[str, Any]: ...

    def write(
        self, out: BinaryIO, *, report: Report | None = None, description: str = ""
    ) -> jpeg.Written: ...


class Asked(NamedTuple):
    """What a layout is to be made of, in the order of the films; `args` are the task's."""

    run: Run
    args: dict[str, Any]
    title: str
    films: Sequence[Seen]
    kind: Kind = FILMS


class Ready(NamedTuple):
    """A picture and what it shows: the numbers of the films, in the order of its places."""

    picture: Picture
    numbers: Sequence[int]
    kept: dict[str, Any] = {}  # noqa: RUF012 - what the recipe needs beside the order


class Layout(Protocol):
    """A layout that is measured: so many columns and pixels.

    `beside` is what decides the picture beside the order and the films.
    """

    columns: int
    width: int
    height: int
    beside: str

    def ready(
        self, numbers: Sequence[int], paths: Sequence[Path | None], colours: PosterColours
    ) -> Ready:
        """Return the picture of films in that order; `paths` and `colours` are by number."""


class SheetLayout:
    def __init__(self, asked: Asked) -> None:
        tiles = [tile_of(film) for film in asked.films]
        self._sheet = Sheet(asked.title, tiles, asked.args.get("scale", 2), asked.kind)
        self.columns = self._sheet.columns
        self.width, self.height = self._sheet.width, self._sheet.height
        self.beside = ""

    def ready(
        self, numbers: Sequence[int], paths: Sequence[Path | None], _colours: PosterColours
    ) -> Ready:
        return Ready(self._sheet.with_posters(paths).in_order(numbers), numbers)


class WallLayout:
    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._measures = _wall(asked.args, len(asked.films), asked.kind)
        self.columns = self._measures.columns
        self.width, self.height = self._measures.width, self._measures.height
        self.beside = ""

    def ready(
        self, numbers: Sequence[int], paths: Sequence[Path | None], colours: PosterColours
    ) -> Ready:
        args, films = self._asked.args, self._asked.films
        made = Wall(
            [tile_of(films[number], paths[number]) for number in numbers],
            self._measures,
            self._asked.run.settings.cells,
            gap=wall.GAPS[args.get("gap", "thin")],
            ground=self._ground(colours),
            heading=self._asked.title if args.get("heading") else "",
            is_exact=args.get("size") in EXACT,
        )
        return Ready(made, numbers)

    def _ground(self, colours: PosterColours) -> Colour:
        name = self._asked.args.get("ground", "night")
        if name != "mean":
            return wall.GROUNDS[name]
        return of_lab(mean([mean(unpacked(parts)) for parts in colours.all()]))


class PhotoLayout:
    def __init__(self, asked: Asked) -> None:
        self._asked, args = asked, asked.args
        self._target, self._kept = targets.of(asked.run, args)
        self._plan = photo.plan(
            self._target.size,
            size=args.get("size", NORMAL),
            columns=args.get("columns"),
            small_tiles=args.get("small_tiles", False),
            posters=len(asked.films),
            once=args.get("once", False),
            kind=asked.kind,
        )
        self.columns = self._plan.columns
        self.width, self.height = self._plan.width, self._plan.height
        self.beside = sha256(self._target.tobytes()).hexdigest()

    def ready(
        self, numbers: Sequence[int], paths: Sequence[Path | None], colours: PosterColours
    ) -> Ready:
        # The one job that pays for numpy.
        from worker_jobs.mosaic import choice

        args, run, plan, kind = self._asked.args, self._asked.run, self._plan, self._asked.kind
        shown = self._shown(numbers, paths)
        parts = colours.all()
        posters = choice.of_posters([parts[number] for number in shown])
        target = photo.cropped(self._target, plan.shape)
        cells = choice.of_cells(target, plan.columns, plan.rows, kind)
        if args.get("once"):
            grid = choice.choose_once(
                cells, posters, plan.columns, seed=args.get("seed", 0), report=run.report
            )
        else:
            grid = choice.choose(
                cells,
                posters,
                plan.columns,
                apart=args.get("apart", 4),
                most_uses=args.get("most_uses"),
                report=run.report,
            )
        sketch.show(run, choice.sketch(grid, posters, kind), plan.shape)
        made = Photo(
            [tile_of(self._asked.films[number], paths[number]) for number in shown],
            plan,
            grid.tolist(),
            target,
            run.settings.cells,
            run.settings.scratch,
            tint=args.get("tint", 0.0),
        )
        return Ready(made, shown, self._kept)

    def _shown(self, numbers: Sequence[int], paths: Sequence[Path | None]) -> Sequence[int]:
        """Return the films that have a poster; all of them where those are few."""
        found = [number for number in numbers if paths[number]]
        is_once = self._asked.args.get("once")
        if len(found) < _ENOUGH or (is_once and len(found) < self._plan.count):
            return numbers
        return found


def check(args: dict[str, Any], count: int, kind: Kind = FILMS) -> None:
    """Say no to more films than the layout can hold, before anybody is asked about them.

    Raises:
        TooLarge: more than a picture can hold.
        InvalidInput: too many for the size.
    """
    if args["layout"] == "sheet":
        layout.check(count, kind)
    elif args["layout"] == "wall":
        _wall(args, count, kind)


def _wall(args: dict[str, Any], count: int, kind: Kind) -> Measures:
    return measures.measure(
        count,
        size=args.get("size", NORMAL),
        columns=args.get("columns"),
        captions=args.get("captions", False),
        heading=args.get("heading", False),
        small_tiles=args.get("small_tiles", False),
        kind=kind,
    )


LAYOUTS: dict[str, Callable[[Asked], Layout]] = {
    "sheet": SheetLayout,
    "wall": WallLayout,
    "photo": PhotoLayout,
}

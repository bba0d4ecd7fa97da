"""A picture made of posters by our own engine: chosen, sketched, written."""

import io
import json
import shutil

from bench.pictures.walls import tiles_of
from bench.pictures.work import THREADS, Watch, Work
from core import memory
from worker_jobs.mosaic import choice
from worker_jobs.mosaic.photo import Photo, Plan, cropped
from worker_jobs.mosaic.pictures import load_upright

TINT = 0.25
_COLOURS = 144  # bytes that are known of a poster
_LONGEST = 2_000  # pixels of a target, as the job reads it


def cold(work: Work, watch: Watch) -> None:
    shutil.rmtree(work.cells, ignore_errors=True)
    watch.start()
    _made(work, watch)


def warm(work: Work, watch: Watch) -> None:
    _made(work, watch)


def tinted(work: Work, watch: Watch) -> None:
    _made(work, watch, tint=TINT)


def _made(work: Work, watch: Watch, *, tint: float = 0.0) -> None:
    memory.spare(arenas=1)  # as the job does
    photo = _chosen(work, tint)
    watch.lap("choosing")
    with work.out.open("wb") as file:
        photo.write(file, threads=THREADS)
    watch.lap("writing")
    work.grid.write_text(json.dumps(photo.grid))


def _chosen(work: Work, tint: float) -> Photo:
    """Do what the job does up to the sketch that its page shows."""
    known = work.colours.read_bytes()
    posters = choice.of_posters(
        [known[at : at + _COLOURS] for at in range(0, len(known), _COLOURS)]
    )
    plan = Plan(work.columns, work.rows, *work.cell, *work.size)
    target = cropped(load_upright(work.target, _LONGEST), plan.shape)
    cells = choice.of_cells(target, plan.columns, plan.rows)
    grid = choice.choose(cells, posters, plan.columns)
    choice.sketch(grid, posters).resize((960, 1440)).save(io.BytesIO(), "JPEG", quality=80)
    return Photo(
        tiles_of(work.posters),
        plan,
        grid.tolist(),
        target,
        work.cells,
        work.folder / "scratch",
        tint=tint,
    )

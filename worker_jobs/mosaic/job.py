"""Makes a mosaic: collects films or records, gets their pictures, arranges and builds."""

import hashlib
import secrets
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from core import clock
from core.room import check_room
from core.store import drop
from database import mosaic_files, mosaics
from database.mosaic_files import Known
from worker_jobs.files import published
from worker_jobs.mosaic import fingerprint, period, preview, sketch, zoom
from worker_jobs.mosaic.alt import alt
from worker_jobs.mosaic.kinds import FILMS
from worker_jobs.mosaic.layouts import LAYOUTS, Asked, Layout, Picture
from worker_jobs.mosaic.poster_colours import PosterColours
from worker_jobs.mosaic.sequence import arranged, by_colour
from worker_jobs.mosaic.sources import Collected, collect, sequence_of
from worker_jobs.run import Run

_BYTES_A_PIXEL = 0.4  # of a JPEG at this quality, generously
_READ = 1 << 20


class Drawn(NamedTuple):
    """A finished picture in DATA/pictures."""

    file: str
    sha256: str
    size: int
    width: int
    height: int
    preview: tuple[int, int]
    places: dict[str, Any]


def create_mosaic(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Make a mosaic from a feed, an export, the collection or the shelf; safe to repeat.

    Args: those of database/mosaic_orders.py. Result: {"mosaic": public id,
    "result_url": where to see it, "films": how many, "note": str}.

    Raises:
        InvalidInput: there is nothing in that period, or too much for the size.
        TooLarge: there are more than a picture can hold.
        RemoteError: the feed cannot be had.
    """
    run.report("Collecting data")
    today = clock.today(clock.zone(args["zone"]))
    found = collect(args, run, today)
    sequence = sequence_of(args)
    films = arranged(found.seen, sequence)
    days = [film.watched_on for film in films if film.watched_on]
    when = found.when or period.words(args["period"], today, days)
    title = f"{found.name} – {when if found.kind is FILMS else f'{found.kind.things}, {when}'}"
    # Measured before anything is fetched: it may say no.
    measured = LAYOUTS[args["layout"]](Asked(run, args, title, films, found.kind))
    _check_room(run, measured)
    paths = found.pictures(run, films)
    mark = fingerprint.of(args, title, films, paths, measured.beside)
    if known := fingerprint.same(run, mark, found.name):
        return _as_before(run, args, known, len(films))
    colours = PosterColours(run, films, paths, found.kind)
    numbers = by_colour(sequence, colours, measured.columns, run.report)
    try:
        picture, numbers, kept = measured.ready(numbers, paths, colours)
        shown = [
            mosaic_files.FilmIn(films[number], paths[number] is not None) for number in numbers
        ]
        words = alt(args["layout"], found.name, when, sequence, [film for film, _ in shown])
        drawn = _draw(run, picture, words)
    finally:
        sketch.drop(run)
    made = _made(run, args | kept | {"fingerprint": mark}, found, (title, words), drawn)
    run.at_finish(lambda session: mosaic_files.add(session, made, shown))
    url = f"/user/{found.name}" if args["source"] == "feed" else f"/mosaics/{made.public_id}"
    return {"mosaic": made.public_id, "result_url": url, "films": len(shown), "note": found.note}


def _as_before(run: Run, args: dict[str, Any], known: Known, films: int) -> dict[str, Any]:
    """Give what was made of the very same; a recipe without a mosaic takes it for its own."""
    person_id, recipe_id = run.task.person_id, args.get("recipe_id")
    if person_id is not None and recipe_id is not None:
        run.at_finish(
            lambda session: mosaic_files.take_for(session, known.id, recipe_id, person_id)
        )
    url = f"/mosaics/{known.public_id}?new=0"
    said = "Nothing is new since then: this is the mosaic that was made before."
    return {"mosaic": known.public_id, "result_url": url, "films": films, "note": said}


def _made(
    run: Run, args: dict[str, Any], found: Collected, said: tuple[str, str], drawn: Drawn
) -> mosaic_files.Made:
    title, words = said
    return mosaic_files.Made(
        public_id=secrets.token_hex(16),
        task_id=run.task.id,
        person_id=run.task.person_id,
        guest_hash=run.task.guest_hash,
        # What was sent to be made of posters is nobody else's to see.
        is_shared=found.is_shared and not args.get("target_sha256"),
        name=found.name,
        title=title,
        alt=words,
        recipe=_recipe(args, found, is_person=run.task.person_id is not None),
        recipe_id=args.get("recipe_id"),
        file=drawn.file,
        sha256=drawn.sha256,
        size=drawn.size,
        width=drawn.width,
        height=drawn.height,
        preview_width=drawn.preview[0],
        preview_height=drawn.preview[1],
        places=drawn.places,
    )


def _recipe(args: dict[str, Any], found: Collected, *, is_person: bool) -> dict[str, Any]:
    kept = dict(args)
    if args["source"] == "export" and is_person:
        # The file is gone, but its films are in their collection now.
        kept |= {"source": "films", "upload": None}
    return kept | {"note": found.note}


def _check_room(run: Run, picture: Layout | Picture) -> None:
    """Say no before the work: to what is too large for the disk."""
    check_room(run.settings.pictures, int(picture.width * picture.height * _BYTES_A_PIXEL))


def _draw(run: Run, picture: Picture, words: str) -> Drawn:
    _check_room(run, picture)
    folder = run.settings.pictures
    # The attempt is part of the name: a worker believed dead never writes over ours.
    name = f"{run.task.public_id}.{run.task.attempt}.jpg"
    path, tiles = folder / name, folder / mosaics.zoom_of(name)
    with ExitStack() as undo:
        for file in mosaics.files_of(name):
            undo.callback(drop, run.store, folder / file)
        with published(run.store, path) as out:
            written = picture.write(out, report=run.report, description=words)
        with published(run.store, tiles) as out:
            zoom.write(out, path, written, run.report)
        with published(run.store, folder / mosaics.preview_of(name)) as out:
            small = preview.write(out, path, tiles)
        undo.pop_all()
    size = (path.stat().st_size, picture.width, picture.height)
    return Drawn(name, _sha256(path), *size, small, picture.places())


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            found.update(piece)
    return found.hexdigest()

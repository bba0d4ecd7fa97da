"""Makes a mosaic: collects the films, fetches their posters, builds the picture."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from core import clock
from core.errors import InvalidInput
from core.room import check_room
from database import mosaic_files, mosaics, people, viewings
from database.film_sources import of_person
from database.mosaic_orders import NEWEST_FIRST
from database.viewings import Seen
from worker_jobs import film_sources, matching, posters
from worker_jobs.files import published
from worker_jobs.mosaic import layout, period, preview
from worker_jobs.mosaic.alt import alt
from worker_jobs.mosaic.sequence import arranged
from worker_jobs.mosaic.sheet import Sheet, Tile
from worker_jobs.run import Run

_BYTES_A_PIXEL = 0.4  # of a JPEG at this quality, generously
_READ = 1 << 20
_ASKED = (
    "source", "letterboxd_username", "file_name", "upload", "period", "sequence", "layout", "scale",
    "zone",
)  # fmt: skip


class Films(NamedTuple):
    """What a mosaic is made of. `note`: what its owner should know about it.

    `who` heads a sentence, where that is not simply the name.
    """

    name: str
    seen: Sequence[Seen]
    is_shared: bool = False
    note: str = ""
    who: str = ""


class Drawn(NamedTuple):
    """A finished picture in DATA/pictures."""

    file: str
    sha256: str
    size: int
    width: int
    height: int
    preview: tuple[int, int]


def create_mosaic(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Make a mosaic from a feed, an export or the collection; safe to repeat.

    Args: those of database/mosaic_orders.py. Result: {"mosaic": public id,
    "result_url": where to see it, "films": how many, "note": str}.

    Raises:
        InvalidInput: there are no films in that period.
        TooLarge: there are more than a picture can hold.
        RemoteError: the feed cannot be had.
    """
    run.report("Collecting data")
    today = clock.today(clock.zone(args["zone"]))
    films = _collect(args, run, today)
    if not films.seen:
        raise InvalidInput({"": f"{films.who or films.name} has no films for this period."})
    sequence = args.get("sequence") or NEWEST_FIRST
    films = films._replace(seen=arranged(films.seen, sequence))
    when = period.words(
        args["period"], today, [film.watched_on for film in films.seen if film.watched_on]
    )
    title = f"{films.name} – {when}"
    sheet = Sheet(title, [_tile(film) for film in films.seen], args.get("scale", 2))
    _check_room(run, sheet)
    found = posters.collect(run, _addresses(films.seen))
    sheet = sheet.with_posters([found.get(film.poster_address or "") for film in films.seen])
    words = alt(films.name, when, sequence, films.seen)
    drawn = _draw(run, sheet, words)
    made = _made(run, args, films, title, words, drawn)
    rows = [mosaic_files.FilmIn(film, film.poster_address in found) for film in films.seen]
    run.at_finish(lambda session: mosaic_files.add(session, made, rows))
    is_feed = args["source"] == "feed"
    url = f"/user/{films.name}" if is_feed else f"/mosaics/{made.public_id}"
    return {"mosaic": made.public_id, "result_url": url, "films": len(rows), "note": films.note}


def _made(  # noqa: PLR0913, PLR0917 - all that becomes its row
    run: Run, args: dict[str, Any], films: Films, title: str, words: str, drawn: Drawn
) -> mosaic_files.Made:
    return mosaic_files.Made(
        public_id=secrets.token_hex(16),
        task_id=run.task.id,
        person_id=run.task.person_id,
        guest_hash=run.task.guest_hash,
        is_shared=films.is_shared,
        name=films.name,
        title=title,
        alt=words,
        recipe=_recipe(args, films, is_person=run.task.person_id is not None),
        file=drawn.file,
        sha256=drawn.sha256,
        size=drawn.size,
        width=drawn.width,
        height=drawn.height,
        preview_width=drawn.preview[0],
        preview_height=drawn.preview[1],
    )


def _collect(args: dict[str, Any], run: Run, today: date) -> Films:
    wanted = period.span(args["period"], today)
    if args["source"] == "feed":
        name = args["letterboxd_username"]
        feed = film_sources.from_feed(run, name)
        seen = _seen(run, [feed.source_id], wanted)
        return Films(name, seen, feed.is_shared, _note(run, feed, wanted))
    if args["source"] == "export":
        with film_sources.from_export(run, args["upload"], args["file_name"]) as brought:
            return Films(brought.name, _seen(run, [brought.source_id], wanted), who=brought.who)
    with run.db.reading() as session:
        name = people.get(session, run.task.person_id or 0).name
        ids = [source.id for source in of_person(session, run.task.person_id or 0)]
    return Films(name, _seen(run, ids, wanted))


def _seen(run: Run, source_ids: Sequence[int], wanted: period.Span) -> Sequence[Seen]:
    """Return the films of that time, after TMDB was asked about those it was not asked about."""
    with run.db.reading() as session:
        found = viewings.of_period(session, source_ids, *wanted)
    if found:
        layout.check(len(found))
    if not matching.ask(run, [film.film_id for film in found]):
        return found
    with run.db.reading() as session:
        return viewings.of_period(session, source_ids, *wanted)


def _note(run: Run, feed: film_sources.Fed, wanted: period.Span) -> str:
    """Say so where the feed may begin too late: every entry of it lies in the period."""
    if wanted.limit is not None or not feed.entries:
        return ""
    with run.db.reading() as session:
        entries = viewings.of_feed(session, feed.source_id, wanted.since, wanted.until)
    if entries < feed.entries:
        return ""
    return (
        f"Letterboxd's feed holds the newest {feed.entries} entries only, and all of them "
        "are in this picture: older ones are in your export."
    )


def _addresses(films: Sequence[Seen]) -> list[str]:
    return [film.poster_address for film in films if film.poster_address]


def _tile(film: Seen) -> Tile:
    return Tile(
        title=film.title,
        year=film.year,
        director=film.director,
        half_stars=film.half_stars,
        poster=None,
        key=f"{film.title}\n{film.year}",
    )


def _recipe(args: dict[str, Any], films: Films, *, is_person: bool) -> dict[str, Any]:
    kept = {key: args.get(key) for key in _ASKED}
    if args["source"] == "export" and is_person:
        # The file is gone, but its films are in their collection now.
        kept |= {"source": "films", "upload": None}
    return kept | {"note": films.note}


def _check_room(run: Run, sheet: Sheet) -> None:
    """Say no before the work: to what is too large for a picture, or for the disk."""
    check_room(run.settings.pictures, int(sheet.width * sheet.height * _BYTES_A_PIXEL))


def _draw(run: Run, sheet: Sheet, words: str) -> Drawn:
    _check_room(run, sheet)
    folder = run.settings.pictures
    # The attempt is part of the name: a worker believed dead never writes over ours.
    name = f"{run.task.public_id}.{run.task.attempt}.jpg"
    path = folder / name
    with published(path) as out:
        sheet.write(out, report=run.report, description=words)
    with published(folder / mosaics.preview_of(name)) as out:
        small = preview.write(out, path)
    return Drawn(name, _sha256(path), path.stat().st_size, sheet.width, sheet.height, small)


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            found.update(piece)
    return found.hexdigest()

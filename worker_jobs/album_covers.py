"""Covers of albums: those of records on somebody's shelf, those that others have, one's own."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from clients import cover_art
from clients.outside import outside
from core import clock
from core.errors import BadFile
from database import album_covers, listeners, play_tops, play_windows
from database.album_covers import Wanted
from database.listeners import Whose
from database.play_sums import Kind
from database.play_windows import ALWAYS
from database.record_covers import path_of
from worker_jobs.covers import Came, Finder, kept
from worker_jobs.run import Run

_LOOKING = "Looking for covers of albums"


def replace_album_cover(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Show a picture that somebody brought as an album's cover; safe to repeat.

    Args: {"album_id": int, "upload": name in DATA/uploads, "file_name": str, "page": str}.
    Result: {"album": its id, "result_url": its page}.

    Raises:
        BadPicture: it is no picture that can be opened; the sentence says why.
        NotFound: the album is not there any more.
    """
    with run.db.reading() as session:
        album_id = album_covers.get(session, args["album_id"]).id
    run.report(f"Reading {args['file_name']}")
    upload = run.settings.uploads / args["upload"]
    if not run.store.fetch(upload):
        raise BadFile("The file is not there any more. Please bring it again.")
    sha256 = kept(run, upload)
    run.at_finish(lambda session: album_covers.show(session, album_id, sha256))
    return {"album": album_id, "result_url": args["page"]}


def fetch_album_covers(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Look for the covers of these albums; one that is repeated goes on where it was.

    Args: {"album_ids": [int]}, or {} for what each has played most: of those, only what may
    be looked for now. Result: {"albums": how many were looked for, "found", "none" and
    "failed": how many of each, "result_url": str}.
    """
    ids = args.get("album_ids")
    run.report(_LOOKING)
    with run.db.reading() as session:
        if ids is None:
            wanted = album_covers.due(session, _played_most(session), clock.now())
            wanted = wanted[: album_covers.MOST]
        else:
            wanted = album_covers.of(session, ids, run.task.id)
    came = _look(run, wanted)
    one = ids[0] if ids is not None and len(ids) == 1 else None
    page = f"/listening/albums/{one}/cover" if one is not None else "/listening/albums"
    return {
        "albums": len(wanted),
        "found": came["found"],
        "none": came["none"],
        "failed": came["failed"],
        "result_url": f"{page}?task={run.task.public_id}",
    }


def _played_most(session: Session) -> list[int]:
    """Return the albums that lead the charts of each, of all time and of this year."""
    found: dict[int, None] = {}
    household = listeners.household(session)
    everyone = [Whose(id_, (id_,), household.zone) for id_ in household.person_ids]
    for whose in (household, *everyone):
        zone = clock.zone(whose.zone)
        for window in (ALWAYS, play_windows.of_period("year", zone)):
            tops = play_tops.tops(session, whose, Kind.ALBUM, window, limit=album_covers.MOST // 2)
            found |= dict.fromkeys(top.item for top in tops)
    return list(found)


def files(run: Run, album_ids: Sequence[int]) -> list[Path | None]:
    """Return the file of each album's cover, after those were looked for that may be now."""
    with run.db.reading() as session:
        wanted = album_covers.due(session, album_ids, clock.now())
    _look(run, wanted[: album_covers.MOST])
    with run.db.reading() as session:
        shown = album_covers.shown(session, album_ids)
    paths = {id_: path_of(run.settings.covers, sha256) for id_, sha256 in shown.items()}
    there = {id_: path for id_, path in paths.items() if run.store.fetch(path)}
    return [there.get(id_) for id_ in album_ids]


def _look(run: Run, wanted: Sequence[Wanted]) -> Counter[Came]:
    """Look at the shelves first, then for the rest elsewhere; write down what came of it."""
    came: Counter[Came] = Counter()
    with run.db.reading() as session:
        of_records = album_covers.by_records(session, wanted)
    if of_records:
        with run.db.writing(bulk=True) as session:
            for album_id, sha256 in sorted(of_records.items()):
                album_covers.say_asked(session, album_id, sha256)
    came["found"] = len(of_records)
    rest = [one for one in wanted if one.album_id not in of_records]
    settings = run.settings
    bases = (settings.discogs_image_url, *cover_art.bases(settings))
    with outside(settings, *bases) as http:
        finder = Finder(run, http)
        for done, one in enumerate(rest):
            run.report(_LOOKING, done, len(rest))
            looked = finder.look(one.cover_address, one.musicbrainz_id)
            came[looked.came] += 1
            # Where nobody could be asked there is nothing to remember.
            if looked.came != "failed" and (one.cover_address or one.musicbrainz_id):
                with run.db.writing(bulk=True) as session:
                    album_covers.say_asked(session, one.album_id, looked.sha256)
    return came

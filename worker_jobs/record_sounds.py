"""Finds out how records sound: which album each is, and what its tracks have in common."""

import time
from collections.abc import Sequence
from itertools import chain
from typing import Any

from core.errors import Forbidden
from database import record_features, record_sounds
from database.record_sounds import SOUNDS, Found, Wanted
from worker_jobs.features.fetching import fetch
from worker_jobs.run import Run

PAGE = "/shelf/sound"
_BATCH = 200  # records in one transaction


def sound_records(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Try the records of a shelf that are new, changed, or were tried long ago; safe to repeat.

    Whoever may know how tracks sound is asked about those of these albums that nobody here
    knows. Args: {"again": also those that rest, "record_ids": these alone, or None for all}.
    Result: {"total": active records, "loaded": those whose sound is known now, "unchanged",
    "not_found", "seconds", "problems": [sentences], "is_whole_shelf", "result_url": str}.
    """
    person_id, begun = run.task.person_id, time.monotonic()
    if person_id is None:
        raise Forbidden("Only a person has a shelf.")
    ids = args.get("record_ids")
    with run.db.reading() as session:
        due = record_sounds.due(session, person_id, again=bool(args.get("again")), record_ids=ids)
    albums = _albums(run, due.wanted)
    with run.db.reading() as session:
        tracks = record_features.tracks(session, set(chain(*albums.values())))
    fetched = fetch(run, person_id, list(chain(*tracks.values())))
    loaded = 0
    for start in range(0, len(due.wanted), _BATCH):
        run.report("Working out how records sound", start, len(due.wanted))
        part = due.wanted[start : start + _BATCH]
        loaded += _keep(run, part, albums, tracks, could_be_asked=not fetched.problems)
    return {
        "total": due.total,
        "loaded": loaded,
        "unchanged": due.total - len(due.wanted),
        "not_found": len(due.wanted) - loaded,
        "seconds": round(time.monotonic() - begun, 1),
        "problems": fetched.problems,
        "is_whole_shelf": ids is None,
        "result_url": PAGE if ids is None else f"/shelf/{ids[0]}",
    }


def _albums(run: Run, wanted: Sequence[Wanted]) -> dict[int, list[int]]:
    """Return the albums that each record may be."""
    found: dict[int, list[int]] = {}
    for start in range(0, len(wanted), _BATCH):
        run.report("Looking for the albums of records", start, len(wanted))
        with run.db.reading() as session:
            found |= record_sounds.albums_like(session, wanted[start : start + _BATCH])
    return found


def _keep(
    run: Run,
    wanted: Sequence[Wanted],
    albums: dict[int, list[int]],
    tracks: dict[int, list[int]],
    *,
    could_be_asked: bool,
) -> int:
    """Keep how some records sound; return of how many that is known."""
    looked = set(chain(*(albums[one.sought.id] for one in wanted)))
    with run.db.reading() as session:
        sounds = record_features.sounds(session, {id_: tracks.get(id_, []) for id_ in looked})
    found = []
    for one in wanted:
        may_be = albums[one.sought.id]
        # The first of which somebody knows something, else the first.
        album_id = next((id_ for id_ in may_be if sounds[id_]), may_be[0] if may_be else None)
        sound = None if album_id is None else sounds[album_id]
        of = len(tracks.get(album_id or 0, []))
        is_whole = could_be_asked or (sound is not None and sound.tracks + sound.left_out == of)
        found.append(Found(one, album_id, sound, is_whole or not may_be))
    with run.db.writing(bulk=True) as session:
        record_sounds.keep(session, found)
    return sum(one.state == SOUNDS for one in found)

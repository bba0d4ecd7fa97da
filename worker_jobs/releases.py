"""Finds releases for a person to choose from, and links the one they chose to their record.

A place that knows releases joins by a line in SOURCES: it is asked in its turn, and those
behind it only where it found nothing.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from core.releases import Release, Wanted
from database import record_covers, record_releases, records
from database.owner import Owner
from database.record_releases import Song
from worker_jobs import discogs_account
from worker_jobs.run import Run

Source = Callable[[Wanted, Run], list[Release]]


def find_releases(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Look for releases; safe to repeat.

    Args: the fields of `Wanted`, and {"record_id": int or None, whose release it is to be}.
    Result: {"found": [releases as JSON], "record_id": as given, "result_url": str}.

    Raises:
        NotFound: the record is not there any more.
        Conflict: nobody may be asked without a token.
        RemoteError: as the source that failed.
    """
    record_id = args.get("record_id")
    if record_id is not None:
        with run.db.reading() as session:
            records.get(session, record_id)
    wanted = Wanted(**{name: said for name, said in args.items() if name != "record_id"})
    run.report("Looking for releases")
    found = next(filter(None, (source(wanted, run) for source in SOURCES)), [])
    return {
        "found": [release.as_json() for release in found],
        "record_id": record_id,
        "result_url": f"/shelf/releases?found={run.task.public_id}",
    }


def at_discogs(wanted: Wanted, run: Run) -> list[Release]:
    """What Discogs itself finds."""
    with discogs_account.opened(run, discogs_account.any_token(run)) as discogs:
        return discogs.search(wanted)


SOURCES: tuple[Source, ...] = (at_discogs,)


def link_release(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Say of a record which release it is, and take over its songs and cover; safe to repeat.

    Args: {"record_id": int, "discogs_id": int}. Result: {"record": its id, "songs": how many
    there are now, "result_url": its page}.

    Raises:
        NotFound: the record is not there any more.
        NoSuchRelease: Discogs has none of that number.
        RemoteError: it gives no answer.
    """
    record_id = args["record_id"]
    owner = Owner(run.task.person_id)
    with run.db.reading() as session:
        records.get(session, record_id)
    run.report("Asking Discogs about the release")
    with discogs_account.opened(run, discogs_account.any_token(run)) as discogs:
        told = discogs.release(args["discogs_id"])
    songs = [Song(track.position, track.title, track.seconds) for track in told.tracks]

    def keep(session: Session) -> None:
        if record_releases.link(session, record_id, told.release, songs):
            record_covers.place(session, owner, [record_id])

    run.at_finish(keep)
    return {"record": record_id, "songs": len(songs), "result_url": f"/shelf/{record_id}"}

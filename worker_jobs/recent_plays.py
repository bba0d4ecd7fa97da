"""What people just played at Spotify becomes plays here, every half hour.

Spotify tells of some 50 plays and of no older ones. Where all of them are newer than the last
one that is known, something may be missing: that is noted, too.
"""

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from clients.spotify import Spotify
from core.consents import SPOTIFY, ReconnectNeeded
from core.errors import Forbidden, NeedledropError, NotYet
from core.library import PlayedTold
from core.plays import Context, Heard, Source, row_key
from database import grants, library_settings, spotify_plays
from database.library_intake import LibraryIntake
from database.play_intake import Intake
from database.spotify_plays import Gap
from worker_jobs.play_imports.names import Names
from worker_jobs.play_imports.rows import Unreadable
from worker_jobs.run import Run
from worker_jobs.spotify import opened

log = logging.getLogger(__name__)

PAGE = "/listening"
_ALL = 45  # of the 50 that it tells of, now and then some are no songs
_CONTEXT = Context(service="spotify.com")


def read_recent(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Take in what was just played; safe to repeat.

    Args: {"person_id": int}, or {} for all who want that. Of those, what goes wrong for one
    costs the others nothing. Result: {"people": int, "plays": how many are new, "failed": of
    how many people, "result_url": str}.

    Raises:
        ReconnectNeeded, ScopeNeeded: the one that is meant has to give consent (again).
        NotYet: Spotify does not want to be asked now.
        RemoteError: it does not answer, for one.
    """
    if "person_id" in args:
        if run.task.person_id not in (None, args["person_id"]):
            raise Forbidden("These are somebody else's plays.")
        plays = _read(run, args["person_id"])
        return {"people": 1, "plays": plays, "failed": 0, "result_url": PAGE}
    people, plays, failed = _who_wants(run), 0, 0
    for person_id in people:
        try:
            plays += _read(run, person_id)
        except NotYet:
            raise
        except ReconnectNeeded:
            log.info("person %d has to connect Spotify again", person_id)
        except NeedledropError as error:
            log.warning("recent plays of person %d: %s", person_id, error)
            failed += 1
    return {"people": len(people), "plays": plays, "failed": failed, "result_url": PAGE}


def _who_wants(run: Run) -> list[int]:
    with run.db.reading() as session:
        return [
            person_id
            for person_id in grants.linked(session, SPOTIFY)
            if library_settings.get(session, person_id).reads_recent
        ]


def _read(run: Run, person_id: int) -> int:
    with opened(run, person_id) as spotify:
        return read(run, person_id, spotify)


def read(run: Run, person_id: int, spotify: Spotify) -> int:
    """Take in what somebody just played; return how many plays are new."""
    run.report("Reading what was just played")
    # Not only what is newer than the last one: plays arrive late.
    told = spotify.recent()
    with run.db.writing() as session:
        grant = grants.find(session, person_id, SPOTIFY)
        if grant is None:
            raise ReconnectNeeded(SPOTIFY)
        LibraryIntake().tracks(session, [one.track for one in told])
        heard = [one for one in (_heard(one, grant.subject) for one in told) if one]
        fresh = spotify_plays.without_echoes(session, person_id, heard)
        intake = Intake(person_id)
        # Mostly nothing is new, and then nobody's numbers are to count as others than before.
        added = intake.take(session, fresh).added if intake.look(session, fresh) else 0
        _say_seen(session, person_id, told)
    return added


def _say_seen(session: Session, person_id: int, told: Sequence[PlayedTold]) -> None:
    """Note how far was read, and the gap before it if there may be one."""
    moments = [one.played_at for one in told]
    last = spotify_plays.seen_until(session, person_id)
    if last is not None and len(moments) >= _ALL and min(moments) > last:
        spotify_plays.keep_gap(session, person_id, Gap(last, min(moments)))
    spotify_plays.say_seen(session, person_id, max([*moments, last or 0]) or None)


_names = Names()


def _heard(told: PlayedTold, subject: str) -> Heard | None:
    """Return a play as listening takes it in; None for one that names nothing.

    Whether Spotify tells of its start or of its end it does not say.
    """
    track = told.track
    album = track.album
    try:
        named = _names.by_names(
            [one.name for one in track.artists],
            track.name,
            album.name if album else "",
            album.artists[0].name if album and album.artists else "",
        )
    except Unreadable:
        return None
    ids = [("spotify", track.spotify_id)] if track.spotify_id else []
    ids += [("isrc", track.isrc)] if track.isrc else []
    return Heard(
        named,
        told.played_at,
        Source.SPOTIFY_API,
        row_key(Source.SPOTIFY_API, subject, told.played_at, f"spotify:track:{track.spotify_id}"),
        duration_ms=track.duration_ms,
        context=_CONTEXT,
        ids=tuple(ids),
    )

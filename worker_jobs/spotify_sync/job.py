"""Brings whole libraries up to date with Spotify, part by part.

Safe to repeat, and goes on where it was: what a page told of is kept with where the next one
begins.
"""

from collections.abc import Callable, Sequence
from typing import Any

from clients.spotify import Spotify
from core import clock
from core.consents import SPOTIFY, ScopeNeeded
from core.errors import Forbidden
from database import grants, library_settings, library_tasks
from worker_jobs import recent_plays
from worker_jobs.run import Run
from worker_jobs.spotify import opened
from worker_jobs.spotify_sync import lists, playlists
from worker_jobs.spotify_sync.pages import Pages

PARTS = ("profile", "playlists", "tracks", "albums", "artists", "top", "recent")
_PROFILE_HOLDS = 6 * clock.HOUR
_COUNTERS = ("artists", "albums", "tracks", "playlists", "shows")

Told = dict[str, Any]


def sync_library(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring somebody's library up to date with Spotify, or some parts of it.

    A part that the person has not allowed is left out, and named. Args: {"parts": [some of
    PARTS], or None for all}. Result: {"playlists": how many, "playlists_read": of how many the
    tracks were asked for, "unreadable": of how many in vain, "plays": how many are new,
    "not_allowed": [parts], "result_url": str}.

    Raises:
        ReconnectNeeded: the person has not connected Spotify, or not for ever.
        ScopeNeeded: nothing of this is allowed.
        RemoteError: Spotify does not answer, or not now.
    """
    person_id, wanted = whose(run), args.get("parts")
    told: Told = {}
    refused: list[str] = []
    last: ScopeNeeded | None = None
    with opened(run, person_id) as spotify:
        pages = Pages(run, person_id)
        for part in _parts(run, person_id, wanted):
            try:
                told |= _READERS[part](pages, spotify, wanted is not None)
            except ScopeNeeded as error:
                refused.append(part)
                last = error
    if last is not None and not told:
        raise last
    run.at_finish(lambda session: library_tasks.place_images(session, person_id) and None)
    run.at_finish(lambda session: library_tasks.place_details(session, person_id) and None)
    return told | {"not_allowed": refused, "result_url": "/library"}


def whose(run: Run) -> int:
    if run.task.person_id is None:
        raise Forbidden("Only a person can have a library.")
    return run.task.person_id


def _parts(run: Run, person_id: int, wanted: Sequence[str] | None) -> list[str]:
    if wanted is not None:
        return [part for part in PARTS if part in wanted]
    with run.db.reading() as session:
        reads_recent = library_settings.get(session, person_id).reads_recent
    return [part for part in PARTS if part != "recent" or reads_recent]


def _profile(pages: Pages, spotify: Spotify, is_forced: bool) -> Told:
    """Ask whose account it is and how much is in it, unless that is known well enough."""
    run, person_id = pages.run, pages.person_id
    with run.db.reading() as session:
        grant = grants.find(session, person_id, SPOTIFY)
    if grant is None:
        return {}
    known, read_at = grant.profile or {}, grant.profile_at or 0
    holds_since = pages.since if is_forced else clock.now() - _PROFILE_HOLDS
    if read_at >= holds_since and all(known.get(name) for name in _COUNTERS):
        return {"profile": "known"}
    run.report("Reading the profile")
    me = spotify.me()
    said = {"id": me.user_id, "name": me.name, "image": me.image, "product": me.product}
    told = known | said | spotify.counts()
    with run.db.writing(bulk=True) as session:
        grants.set_profile(session, person_id, SPOTIFY, told)
    return {"profile": "read"}


def _playlists(pages: Pages, spotify: Spotify, _is_forced: bool) -> Told:
    brought = playlists.all_of_them(pages, spotify)
    return {
        "playlists": brought.there,
        "playlists_read": brought.read,
        "unreadable": brought.unreadable,
    }


def _tracks(pages: Pages, spotify: Spotify, _is_forced: bool) -> Told:
    return {"tracks_pages": lists.liked(pages, spotify).pages}


def _albums(pages: Pages, spotify: Spotify, _is_forced: bool) -> Told:
    return {"albums_pages": lists.albums(pages, spotify).pages}


def _artists(pages: Pages, spotify: Spotify, _is_forced: bool) -> Told:
    return {"artists_pages": lists.artists(pages, spotify).pages}


def _top(pages: Pages, spotify: Spotify, is_forced: bool) -> Told:
    return {"tops_pages": lists.tops(pages, spotify, is_forced=is_forced)}


def _recent(pages: Pages, spotify: Spotify, _is_forced: bool) -> Told:
    return {"plays": recent_plays.read(pages.run, pages.person_id, spotify)}


_READERS: dict[str, Callable[[Pages, Spotify, bool], Told]] = {
    "profile": _profile,
    "playlists": _playlists,
    "tracks": _tracks,
    "albums": _albums,
    "artists": _artists,
    "top": _top,
    "recent": _recent,
}


def read_top(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Read what somebody played most at Spotify. Args: {}. Result: as `sync_library`."""
    return sync_library({"parts": ["top"]}, run)


def sync_libraries(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Have the library of each who wants that brought up to date: once a day.

    Args: {}. Result: {"people": how many}.
    """
    with run.db.reading() as session:
        people = [
            person_id
            for person_id in grants.linked(session, SPOTIFY)
            if library_settings.get(session, person_id).syncs_daily
        ]
    for person_id in people:
        run.report("Having libraries brought up to date")
        with run.db.writing(bulk=True) as session:
            library_tasks.place_sync(session, person_id)
    return {"people": len(people)}

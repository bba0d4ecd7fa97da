"""Brings single things of a library up to date with Spotify, and whole ones with their analysis."""

import logging
import time
from collections.abc import Callable
from typing import Any

from core.errors import Conflict
from database import library_albums, library_items, library_tasks
from database import playlists as playlists_of
from database.library_albums import Partial
from database.library_intake import LibraryIntake
from database.library_items import ALBUM, ARTIST, PLAYLIST, TRACK
from worker_jobs.analysis import work_out
from worker_jobs.run import Run
from worker_jobs.spotify import opened
from worker_jobs.spotify_sync import lists, playlists
from worker_jobs.spotify_sync.job import sync_library, whose
from worker_jobs.spotify_sync.pages import Pages

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0  # between a sync and what is worked out of it
_STEP_SECONDS = 0.25  # a cancel is seen within


def sync_playlist(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring one playlist up to date; what is unchanged costs one call. It is in the library then.

    Args: {"playlist_id": ours} or {"spotify_id": str}. Result: {"playlist_id", "result_url"}.

    Raises:
        NotFound: there is none. Conflict: it came in a file.
        Unreadable: Spotify does not show it; what is known of it stays.
        ReconnectNeeded, ScopeNeeded, RemoteError: as `sync_library`.
    """
    spotify_id = _asked_for(args, run, PLAYLIST)
    run.report("Reading the playlist")
    with opened(run, whose(run)) as spotify:
        id_ = playlists.one_of_them(Pages(run, whose(run)), spotify, spotify_id)
    with run.db.writing() as session:
        library_items.ask_for(session, whose(run), PLAYLIST, id_)
    run.at_finish(lambda session: library_tasks.place_images(session, whose(run)) and None)
    return {"playlist_id": id_, "result_url": f"/library/playlists/{id_}"}


def sync_album(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring one album with all its tracks up to date.

    Args: {"album_id": ours} or {"spotify_id": str}. Result: {"album_id", "result_url"}.

    Raises: as `sync_playlist`.
    """
    spotify_id = _asked_for(args, run, ALBUM)
    run.report("Reading the album")
    with opened(run, whose(run)) as spotify:
        told = spotify.album(spotify_id)
        with run.db.writing(bulk=True) as session:
            (id_,) = lists.keep_albums(session, LibraryIntake(), [told])
            album = library_albums.get(session, id_)
        if album.synced_at is None:
            part = Partial(id_, spotify_id, album.name)
            lists.rest_of_album(Pages(run, whose(run)), spotify, part)
    return {"album_id": id_, "result_url": f"/library/albums/{id_}"}


def sync_track(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring one track up to date.

    Args: {"track_id": ours} or {"spotify_id": str}. Result: {"track_id", "result_url"}.

    Raises: as `sync_playlist`.
    """
    spotify_id = _asked_for(args, run, TRACK)
    run.report("Reading the track")
    with opened(run, whose(run)) as spotify:
        told = spotify.track(spotify_id)
    with run.db.writing(bulk=True) as session:
        (id_,) = LibraryIntake().tracks(session, [told])
    return {"track_id": id_, "result_url": f"/library/tracks/{id_}"}


def sync_artist(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring one artist up to date.

    Args: {"artist_id": ours} or {"spotify_id": str}. Result: {"artist_id", "result_url"}.

    Raises: as `sync_playlist`.
    """
    spotify_id = _asked_for(args, run, ARTIST)
    run.report("Reading the artist")
    with opened(run, whose(run)) as spotify:
        told = spotify.artist(spotify_id)
    with run.db.writing(bulk=True) as session:
        (id_,) = LibraryIntake().artists(session, [told])
    return {"artist_id": id_, "result_url": f"/library/artists/{id_}"}


def _asked_for(args: dict[str, Any], run: Run, kind: str) -> str:
    """Return Spotify's id of what a task is about."""
    item_id = args.get(f"{kind}_id")
    if item_id is None:
        return str(args["spotify_id"])
    with run.db.reading() as session:
        return library_items.spotify_id_of(session, kind, item_id)


_SYNCS: dict[str, Callable[[dict[str, Any], Run], dict[str, Any]]] = {
    PLAYLIST: sync_playlist,
    ALBUM: sync_album,
    TRACK: sync_track,
    ARTIST: sync_artist,
}


def full_sync(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring something up to date, and if that went well analyse it.

    Args: {"resource": 'library', 'playlist', 'album', 'track' or 'artist', "item_id": ours, or
    None for a library}. Result: as the sync and, of one thing, as `analyze`.

    Raises: as `sync_playlist`.
    """
    resource, item_id = args["resource"], args.get("item_id")
    if resource == library_tasks.LIBRARY:
        told = sync_library({"parts": None}, run)
        _pause(run)
        return told | {"analysed": _analyse_all(run)}
    told = _SYNCS[resource]({f"{resource}_id": item_id}, run)
    _pause(run)
    return work_out(run, whose(run), resource, str(item_id)) | told


def _pause(run: Run) -> None:
    until = time.monotonic() + PAUSE_SECONDS
    while time.monotonic() < until:
        run.report("Analysing next")
        time.sleep(min(_STEP_SECONDS, PAUSE_SECONDS))


def _analyse_all(run: Run) -> int:
    """Analyse the liked songs and every playlist; return how many there was something to say of."""
    person_id, done = whose(run), 0
    with run.db.reading() as session:
        ids = playlists_of.of_library(session, person_id)
    scopes = [("liked", ""), *((PLAYLIST, str(id_)) for id_ in ids)]
    for number, (kind, scope) in enumerate(scopes):
        run.report("Analysing", number, len(scopes))
        try:
            work_out(run, person_id, kind, scope)
            done += 1
        except Conflict as error:
            log.info("%s %s is not analysed: %s", kind, scope, error)
    return done

"""Pictures of playlists, albums and artists, and what else is fetched without haste.

Both are bounded a day: a library comes first, and nobody waits for these.
"""

import logging
import tempfile
from pathlib import Path
from typing import Any

from clients import images
from clients.http import BadStatus, Http, NotAllowed
from clients.images import NoPicture
from clients.outside import outside
from clients.spotify import Spotify, Unreadable, image_bases
from core import clock
from core.errors import Forbidden, NeedledropError, RemoteError
from database import library_artists, library_images
from database.library_images import Wanted
from database.library_intake import LibraryIntake
from database.library_items import PLAYLIST
from worker_jobs import own_pictures
from worker_jobs.run import Run
from worker_jobs.spotify import opened

log = logging.getLogger(__name__)

_LONGEST = 480  # pixels: enough for a page, on a screen with two to each of ours
_QUALITY = 82
_GIVE_UP_AFTER = 5  # failures in a row: it is away
_FORBIDDEN = 403


def fetch_library_images(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Fetch pictures that are new in the library of whose task it is, or have had their time.

    Safe to repeat. What fails is tried another time. Args: {}. Result: {"found", "none",
    "failed": how many of each, "result_url": str}.
    """
    person_id = _whose(run)
    run.report("Fetching pictures")
    with run.db.reading() as session:
        wanted = library_images.due(session, person_id, clock.now())
    counts = {"found": 0, "none": 0, "failed": 0}
    in_a_row = 0
    with outside(run.settings, *image_bases(run.settings)) as http:
        for done, one in enumerate(wanted):
            run.report("Fetching pictures", done, len(wanted))
            try:
                came = _fetch(run, http, one)
            except RemoteError as error:
                log.info("picture of %s %d: %s", one.kind, one.item_id, error)
                came, in_a_row = "failed", in_a_row + 1
            else:
                in_a_row = 0
            counts[came] += 1
            if in_a_row >= _GIVE_UP_AFTER:
                break
    return counts | {"result_url": "/library"}


def _whose(run: Run) -> int:
    if run.task.person_id is None:
        raise Forbidden("Only a person can have a library.")
    return run.task.person_id


def _fetch(run: Run, http: Http, wanted: Wanted) -> str:
    """Fetch one picture, and note what came of it.

    Raises:
        RemoteError: nobody answers, which says nothing of the picture.
    """
    sha256 = _picture(run, http, wanted.address)
    if sha256 is None and wanted.kind == PLAYLIST:
        # The address of a playlist's picture does not hold for a day.
        sha256 = _picture(run, http, _address_now(run, wanted))
    with run.db.writing(bulk=True) as session:
        library_images.keep(session, wanted, sha256)
    return "none" if sha256 is None else "found"


def _picture(run: Run, http: Http, address: str | None) -> str | None:
    """Return the hash of the picture at an address, kept by now; None if there is none."""
    from worker_jobs.mosaic.pictures import BadPicture, load_upright

    if address is None:
        return None
    try:
        picture = images.fetch(http, address)
    except (NoPicture, NotAllowed):
        return None
    except BadStatus as error:
        if error.code == _FORBIDDEN:
            return None
        raise
    if picture is None:
        return None
    scratch = run.settings.scratch
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch) as file:
        file.write(picture.data)
        file.flush()
        try:
            image = load_upright(Path(file.name), _LONGEST)
        except BadPicture:
            return None
    return own_pictures.keep(run.store, run.settings.covers, image, _QUALITY)


def _address_now(run: Run, wanted: Wanted) -> str | None:
    """Ask where a playlist's picture is now; None where nobody says."""
    if wanted.spotify_id is None:
        return None
    try:
        with opened(run, _whose(run)) as spotify:
            return spotify.playlist_image(wanted.spotify_id)
    except NeedledropError as error:
        log.info("playlist %d: %s", wanted.item_id, error)
        return None


def read_artist_details(_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Ask for some artists of whom only the name is known: those first that most is there of.

    Each takes a call of its own, so it is few a day. Safe to repeat. Args: {}. Result:
    {"artists": how many, "result_url": str}.

    Raises:
        ReconnectNeeded: consent has ended.
        NotYet: Spotify does not want to be asked now.
    """
    person_id = _whose(run)
    run.report("Reading about artists")
    with run.db.reading() as session:
        wanted = library_artists.unknown(session, person_id, clock.now())
    if not wanted:
        return {"artists": 0, "result_url": "/library"}
    with opened(run, person_id) as spotify:
        for done, one in enumerate(wanted):
            run.report("Reading about artists", done, len(wanted))
            _details(run, spotify, one)
    return {"artists": len(wanted), "result_url": "/library"}


def _details(run: Run, spotify: Spotify, wanted: library_artists.Unknown) -> None:
    try:
        told = spotify.artist(wanted.spotify_id)
    except Unreadable:
        told = None
    with run.db.writing(bulk=True) as session:
        if told is not None:
            LibraryIntake().artists(session, [told])
        library_artists.say_asked(session, wanted.id)

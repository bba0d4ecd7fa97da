"""Covers of records: one that somebody brings, and those that others have."""

import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from clients import cover_art, images
from clients.http import Http, NotAllowed
from clients.images import NoPicture, Picture
from clients.outside import outside
from core import clock
from core.errors import BadFile, Forbidden, RemoteError
from database import record_covers, records
from database.record_covers import Wanted
from worker_jobs import own_pictures
from worker_jobs.run import Run

_LONGEST = 1_000  # pixels of a cover
_AT_MOST = 1_000  # records in one task
_PAUSE_SECONDS = 0.25  # between two that are asked: these services are given away
_GIVE_UP_AFTER = 5  # failures in a row at one host: it is away

Came = Literal["found", "none", "failed"]


def replace_cover(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Show a picture that somebody brought as a record's cover; safe to repeat.

    Args: {"record_id": int, "upload": name in DATA/uploads, "file_name": str}.
    Result: {"record": its id, "result_url": its page}.

    Raises:
        BadPicture: it is no picture that can be opened; the sentence says why.
        NotFound: the record is not there any more.
    """
    record_id = args["record_id"]
    with run.db.reading() as session:
        records.get(session, record_id)
    run.report(f"Reading {args['file_name']}")
    upload = run.settings.uploads / args["upload"]
    if not run.store.fetch(upload):
        raise BadFile("The file is not there any more. Please bring it again.")
    sha256 = kept(run, upload)
    run.at_finish(lambda session: record_covers.show(session, record_id, sha256))
    return {"record": record_id, "result_url": f"/shelf/{record_id}"}


def fetch_covers(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Look for the covers of records that have none; one that is repeated goes on where it was.

    Args: {"record_ids": [int], or None for all of the person's}. Result: {"records": how many
    were looked for, "found", "none" and "failed": how many of each, "result_url": str}.
    """
    record_ids = args.get("record_ids")
    run.report("Looking for covers")
    wanted = _wanted(run, record_ids)
    came: Counter[Came] = Counter()
    settings = run.settings
    bases = (settings.discogs_image_url, settings.discogs_api_url, *cover_art.bases(settings))
    with outside(settings, *bases) as http:
        finder = Finder(run, http)
        for done, record in enumerate(wanted):
            run.report("Looking for covers", done, len(wanted))
            came[_look(run, finder, record)] += 1
    one = record_ids[0] if record_ids is not None and len(record_ids) == 1 else None
    page = f"/shelf/{one}/cover" if one is not None else "/shelf/covers"
    return {
        "records": len(wanted),
        "found": came["found"],
        "none": came["none"],
        "failed": came["failed"],
        "result_url": f"{page}?task={run.task.public_id}",
    }


def _wanted(run: Run, record_ids: list[int] | None) -> list[Wanted]:
    with run.db.reading() as session:
        if record_ids is not None:
            return record_covers.of(session, record_ids, run.task.id)
        if run.task.person_id is None:
            raise Forbidden("Only a person can have a shelf.")
        return record_covers.due(session, run.task.person_id, clock.now(), _AT_MOST)


def _look(run: Run, finder: "Finder", wanted: Wanted) -> Came:
    """Look wherever a cover may be, and write down what came of it, unless nobody answered."""
    looked = finder.look(wanted.cover_address, wanted.musicbrainz_id)
    if looked.came != "failed":
        with run.db.writing(bulk=True) as session:
            record_covers.say_asked(session, wanted.record_id, looked.sha256)
    return looked.came


class Looked(NamedTuple):
    came: Came
    sha256: str | None


class Finder:
    """Looks for one cover after the other; does not ask again who does not answer."""

    def __init__(self, run: Run, http: Http) -> None:
        self._run, self._http = run, http
        self._failures: Counter[str] = Counter()  # in a row, by host

    def look(self, cover_address: str | None, release_id: str | None) -> Looked:
        """Look for a cover at an address, and by MusicBrainz' id of the release; keep it."""
        sha256, has_failed = None, False
        for address in self._addresses(cover_address, release_id or ""):
            try:
                sha256 = self._fetched(address)
            except RemoteError:
                has_failed = True
            if sha256 is not None:
                break
        if sha256 is None and has_failed:
            return Looked("failed", None)
        return Looked("found" if sha256 else "none", sha256)

    def _addresses(self, cover_address: str | None, release_id: str) -> list[str]:
        found = [cover_address] if cover_address else []
        if cover_art.is_release_id(release_id):
            found.append(cover_art.front_of(self._run.settings, release_id))
        return found

    def _fetched(self, address: str) -> str | None:
        """Return the hash of the cover at an address, or None if there is none.

        Raises:
            RemoteError: nobody answers there, now or a moment ago.
        """
        from worker_jobs.mosaic.pictures import BadPicture

        host = _host(address)
        if self._failures[host] >= _GIVE_UP_AFTER:
            raise RemoteError(images.SERVICE, f"{images.SERVICE} does not answer.")
        time.sleep(_PAUSE_SECONDS)
        try:
            picture = images.fetch(self._http, address)
        except (NoPicture, NotAllowed):
            picture = None
        except RemoteError:
            self._failures[host] += 1
            raise
        self._failures[host] = 0
        try:
            return self._kept(picture) if picture else None
        except BadPicture:
            return None

    def _kept(self, picture: Picture) -> str:
        scratch = self._run.settings.scratch
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=scratch) as file:
            file.write(picture.data)
            file.flush()
            return kept(self._run, Path(file.name))


def kept(run: Run, path: Path) -> str:
    """Keep a picture as a cover; return the hash by which it is found.

    Raises:
        BadPicture: it is none that can be opened.
    """
    from worker_jobs.mosaic.pictures import load_upright

    return own_pictures.keep(run.store, run.settings.covers, load_upright(path, _LONGEST))


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""

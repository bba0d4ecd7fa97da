"""The picture that one made of posters is made after: a poster, a cover, or one that was sent."""

from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from core.errors import InvalidInput
from database import album_covers, film_posters, films, record_covers, records
from worker_jobs import own_pictures, posters
from worker_jobs.mosaic.pictures import BadPicture, load_upright
from worker_jobs.run import Run

_LONGEST = 2_000  # pixels: 200 columns of 4 by 6 parts need no more
_QUALITY = 92


class Target(NamedTuple):
    """`kept`: what a recipe says, for the picture to be found again."""

    image: Image.Image
    kept: dict[str, Any]


def of(run: Run, args: dict[str, Any]) -> Target:
    """Return what the arguments of a task name.

    Raises:
        InvalidInput: the film has no poster, the record or album no cover, or what was sent
            is not here any more.
        BadPicture: what was sent is no picture that can be opened.
        NotFound: there is no such record or album, or the person has no such film.
    """
    if upload := args.get("target_upload"):
        sent = _opened(run, run.settings.uploads / upload)
        sha256 = own_pictures.keep(run.store, run.settings.own_posters, sent, _QUALITY)
        # As it was kept: made again, it is the same picture.
        image = _opened(run, film_posters.own_path(run.settings.own_posters, sha256))
        return Target(image, {"target_upload": None, "target_sha256": sha256})
    if args.get("target_sha256"):
        path = film_posters.own_path(run.settings.own_posters, args["target_sha256"])
        return Target(_opened(run, path), {})
    wanted = args.get("target") or 0
    found = {"records": _cover, "plays": _album_cover}.get(args["source"], _poster)
    return Target(found(run, wanted), {})


def _opened(run: Run, path: Path) -> Image.Image:
    if not run.store.fetch(path):
        raise InvalidInput({"target": "The picture is not here any more. Please send it again."})
    return load_upright(path, _LONGEST)


def _cover(run: Run, record_id: int) -> Image.Image:
    with run.db.reading() as session:
        sha256 = records.get(session, record_id).cover_sha256
    if sha256 is None:
        raise InvalidInput({"target": "This record has no cover: choose another one."})
    return _opened(run, record_covers.path_of(run.settings.covers, sha256))


def _album_cover(run: Run, album_id: int) -> Image.Image:
    with run.db.reading() as session:
        sha256 = album_covers.get(session, album_id).cover_sha256
    if sha256 is None:
        raise InvalidInput({"target": "This album has no cover: choose another one."})
    return _opened(run, record_covers.path_of(run.settings.covers, sha256))


def _poster(run: Run, film_id: int) -> Image.Image:
    with run.db.reading() as session:
        if run.task.person_id is not None:
            films.demand(session, run.task.person_id, film_id)
        own = film_posters.find(session, film_id)
        addresses = film_posters.addresses(session, [film_id])
    if own is not None and own.is_own:
        return _opened(run, film_posters.own_path(run.settings.own_posters, own.sha256))
    found = list(posters.collect(run, addresses).values())
    if not found:
        raise InvalidInput({"target": "This film has no poster: choose another one."})
    try:
        return load_upright(found[0], _LONGEST)
    except BadPicture as error:
        raise InvalidInput({"target": "This film's poster cannot be opened."}) from error

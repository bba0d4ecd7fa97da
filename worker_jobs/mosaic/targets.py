"""The picture that one made of posters is made after: a film's poster, or one that was sent."""

import hashlib
import io
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from core.errors import InvalidInput
from core.room import check_room
from database import film_posters, films
from worker_jobs import posters
from worker_jobs.files import published
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
        InvalidInput: the film has no poster, or what was sent is not here any more.
        BadPicture: what was sent is no picture that can be opened.
        NotFound: the person has no such film.
    """
    if upload := args.get("target_upload"):
        sha256 = _keep(run, _opened(run.settings.uploads / upload))
        # As it was kept: made again, it is the same picture.
        image = _opened(film_posters.own_path(run.settings.own_posters, sha256))
        return Target(image, {"target_upload": None, "target_sha256": sha256})
    if args.get("target_sha256"):
        path = film_posters.own_path(run.settings.own_posters, args["target_sha256"])
        return Target(_opened(path), {})
    return Target(_poster(run, args.get("target") or 0), {})


def _opened(path: Path) -> Image.Image:
    if not path.is_file():
        raise InvalidInput({"target": "The picture is not here any more. Please send it again."})
    return load_upright(path, _LONGEST)


def _keep(run: Run, image: Image.Image) -> str:
    """Keep what was sent, for the mosaic to be made again; return the hash by which it is found."""
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=_QUALITY)
    data = encoded.getvalue()
    sha256 = hashlib.sha256(data).hexdigest()
    folder = run.settings.own_posters
    folder.mkdir(mode=0o700, exist_ok=True)
    check_room(folder, len(data))
    with published(film_posters.own_path(folder, sha256)) as out:
        out.write(data)
    return sha256


def _poster(run: Run, film_id: int) -> Image.Image:
    with run.db.reading() as session:
        if run.task.person_id is not None:
            films.demand(session, run.task.person_id, film_id)
        own = film_posters.find(session, film_id)
        addresses = film_posters.addresses(session, [film_id])
    if own is not None and own.is_own:
        return _opened(film_posters.own_path(run.settings.own_posters, own.sha256))
    found = list(posters.collect(run, addresses).values())
    if not found:
        raise InvalidInput({"target": "This film has no poster: choose another one."})
    try:
        return load_upright(found[0], _LONGEST)
    except BadPicture as error:
        raise InvalidInput({"target": "This film's poster cannot be opened."}) from error

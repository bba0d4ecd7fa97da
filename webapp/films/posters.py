"""The posters of films: the household's own, or out of the worker's cache."""

from pathlib import Path

from flask import Response, abort
from flask_login import current_user

from database import film_posters, films, pictures
from database.film_posters import Poster
from webapp.answers import picture
from webapp.database import reading, settings, store
from webapp.films import bp

_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png", b"RIF": "image/webp"}


@bp.get("/<int:film_id>/poster")
def poster(film_id: int) -> Response:
    """The picture at hand; pages give the address with its hash, so that it may be kept."""
    with reading() as session:
        films.demand(session, current_user.id, film_id)
        found = film_posters.find(session, film_id)
    file = _file(found) if found else None
    kind = _kind(file)
    if found is None or file is None or kind is None:
        abort(404, "There is no poster of this film at hand.")
    return picture(file, found.sha256, kind)


def _file(poster: Poster) -> Path:
    if poster.is_own:
        return film_posters.own_path(settings().own_posters, poster.sha256)
    return pictures.path_of(settings().posters, poster.sha256)


def _kind(file: Path | None) -> str | None:
    """Say by its first bytes what a file is; the address it came from is no promise."""
    if file is None or not store().fetch(file):
        return None
    with file.open("rb") as opened:
        return _KINDS.get(opened.read(3))

"""The posters of films, out of the worker's cache."""

from pathlib import Path

from flask import Response, abort, send_file
from flask_login import current_user

from database import film_posters, films, pictures
from webapp.database import reading, settings
from webapp.films import bp

_YEAR_SECONDS = 31_536_000
_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PN": "image/png", b"RIF": "image/webp"}


@bp.get("/<int:film_id>/poster")
def poster(film_id: int) -> Response:
    """The picture at hand; pages give the address with its hash, so that it may be kept."""
    with reading() as session:
        films.demand(session, current_user.id, film_id)
        sha256 = film_posters.hashes(session, [film_id]).get(film_id)
    file = pictures.path_of(settings().posters, sha256) if sha256 else None
    kind = _kind(file)
    if file is None or kind is None:
        abort(404, "There is no poster of this film at hand.")
    answer = send_file(file, mimetype=kind, etag=sha256 or "", max_age=_YEAR_SECONDS)
    answer.cache_control.public = False
    answer.cache_control.private = True
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _kind(file: Path | None) -> str | None:
    """Say by its first bytes what a file is; the address it came from is no promise."""
    if file is None or not file.is_file():
        return None
    with file.open("rb") as opened:
        return _KINDS.get(opened.read(3))

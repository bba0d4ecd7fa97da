"""The picture files of mosaics, as a browser fetches them."""

from flask import Response, abort, request
from sqlalchemy.orm import Session

from database import mosaics
from database.models import Mosaic
from webapp.access import guest_mosaics, open_to_guests
from webapp.answers import YEAR_SECONDS, from_pictures, show_only
from webapp.database import reading, settings, store
from webapp.mosaics import bp
from webapp.owner import current_owner


@bp.get("/mosaics/<public_id>.jpg")
@open_to_guests(when=guest_mosaics)
def picture(public_id: str) -> Response:
    """The whole picture; `?download` names it for the disk."""
    with reading() as session:
        mosaic = with_picture(session, public_id)
    called = f"{mosaic.title}.jpg" if "download" in request.args else None
    return _sent(mosaic.file or "", mosaic.sha256, called)


@bp.get("/mosaics/<public_id>/preview.jpg")
@open_to_guests(when=guest_mosaics)
def preview(public_id: str) -> Response:
    with reading() as session:
        mosaic = with_picture(session, public_id)
    return _sent(mosaics.preview_of(mosaic.file or ""), f"{mosaic.sha256}-preview", None)


def with_picture(session: Session, public_id: str) -> Mosaic:
    """Return a mosaic that this visitor may see and that has its picture; else it is a 404."""
    mosaic = mosaics.get(session, public_id, current_owner())
    if mosaic.file is None:
        abort(404, "This picture was dropped to make room; make the mosaic again on its page.")
    return mosaic


def _sent(file: str, etag: str, called: str | None) -> Response:
    if not store().fetch(settings().pictures / file):
        abort(404, "The file of this picture is gone; make the mosaic again on its page.")
    answer = from_pictures(
        file,
        etag=etag,
        max_age=YEAR_SECONDS,
        as_attachment=called is not None,
        download_name=called,
    )
    keep(answer)
    return answer


def keep(answer: Response) -> None:
    """Let the browser keep a picture for good, and do nothing else with it.

    A mosaic never changes: a new one has a new address.
    """
    answer.cache_control.max_age = YEAR_SECONDS
    answer.cache_control.immutable = True
    show_only(answer)

"""A mosaic looked at closely: the page, what its viewer wants to know, the tiles."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flask import Response, abort, jsonify, render_template, request

from core import zoom
from core.store import StoreAway
from database import mosaics
from database.models import Mosaic
from webapp.access import guest_mosaics, open_to_guests
from webapp.database import reading, settings, store
from webapp.mosaics import bp
from webapp.mosaics.page import part_asked_for
from webapp.mosaics.pictures import keep, with_picture
from webapp.recipe_words import things_of


@bp.get("/mosaics/<public_id>/zoom")
@open_to_guests(when=guest_mosaics)
def closer(public_id: str) -> str:
    """The page; of a mosaic without tiles it shows the picture."""
    with reading() as session:
        mosaic = with_picture(session, public_id)
        part = part_asked_for(session, mosaic)
    has_tiles = _has_tiles(settings().pictures / mosaics.zoom_of(mosaic.file or ""))
    return render_template(
        "mosaics/zoom.html",
        mosaic=mosaic,
        part=part,
        has_tiles=has_tiles,
        things=things_of(mosaic.recipe),
    )


def _has_tiles(path: Path) -> bool:
    try:
        return path.is_file() or store().has(path)
    except StoreAway:
        # The page has more to tell than this.
        return False


@bp.get("/mosaics/<public_id>/zoom.json")
@open_to_guests(when=guest_mosaics)
def levels(public_id: str) -> Response:
    """The levels, nearest first, and where in the picture each film stands."""
    with reading() as session:
        mosaic = with_picture(session, public_id)
        places = mosaics.places(session, mosaic.id)
    with _tiles(mosaic) as file:
        plan = zoom.read(file)
    return jsonify(
        width=plan.cut.width,
        height=plan.cut.height,
        levels=[level._asdict() for level in plan.levels],
        places=places,
    )


@bp.get("/mosaics/<public_id>/tiles/<int:level>/<int:column>/<int:row>.jpg")
@open_to_guests(when=guest_mosaics)
def tile(public_id: str, level: int, column: int, row: int) -> Response:
    with reading() as session:
        mosaic = with_picture(session, public_id)
    with _tiles(mosaic) as file:
        picture = settings().pictures / (mosaic.file or "")
        jpeg = zoom.read(file).tile(file, picture, level, column, row)
    answer = Response(jpeg, mimetype="image/jpeg")
    answer.set_etag(f"{mosaic.sha256}-{level}-{column}-{row}")
    keep(answer)
    answer.make_conditional(request)
    return answer


@contextmanager
def _tiles(mosaic: Mosaic) -> Iterator[BinaryIO]:
    """Open the file of a mosaic's tiles; where it or the picture is not there, that is a 404."""
    folder, file_name = settings().pictures, mosaic.file or ""
    path = folder / mosaics.zoom_of(file_name)
    for needed in (path, folder / file_name):
        store().fetch(needed)
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        abort(404, "There are no tiles of this picture.")

"""A mosaic as a PDF of one page, for print: the JPEG as it is, within a page of its own size."""

import unicodedata
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Response, abort, request

from core import clock
from core.pdf import Pdf, read
from database.models import Mosaic
from database.mosaic_sizes import DOTS_AN_INCH, sheet_mm
from webapp.access import guest_mosaics, open_to_guests
from webapp.database import reading, settings, store
from webapp.mosaics import bp
from webapp.mosaics.pictures import keep, with_picture

_PIECE = 1 << 16


@bp.get("/mosaics/<public_id>.pdf")
@open_to_guests(when=guest_mosaics)
def pdf(public_id: str) -> Response:
    """Sent piece by piece: neither the picture nor the PDF is ever in memory as a whole."""
    with reading() as session:
        mosaic = with_picture(session, public_id)
    path = settings().pictures / (mosaic.file or "")
    store().fetch(path)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        abort(404, "The file of this picture is gone; make the mosaic again on its page.")
    try:
        made = _made(mosaic, file)
    except ValueError:
        file.close()
        abort(404, "The file of this picture is broken; make the mosaic again on its page.")
    answer = Response(_pieces(made, file), mimetype="application/pdf")
    answer.call_on_close(file.close)
    answer.content_length = made.size
    answer.set_etag(f"{mosaic.sha256}-pdf")
    answer.headers.set("Content-Disposition", "attachment", **_names(f"{mosaic.title}.pdf"))
    keep(answer)
    answer.make_conditional(request)
    return answer


def _names(name: str) -> dict[str, str]:
    """Return a name for the disk, for those browsers, too, that know only plain letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}


def _made(mosaic: Mosaic, file: BinaryIO) -> Pdf:
    return Pdf(
        read(file),
        title=mosaic.title,
        made_at=clock.utc(mosaic.created_at),
        identity=mosaic.sha256[:32],
        dots_an_inch=DOTS_AN_INCH,
        sheet_mm=sheet_mm(mosaic.recipe.get("size", "")),
    )


def _pieces(made: Pdf, file: BinaryIO) -> Iterator[bytes]:
    yield made.head
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
    yield made.tail

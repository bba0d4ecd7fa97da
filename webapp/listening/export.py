"""Everything of somebody's listening to take along, sent in pieces."""

from collections.abc import Iterable

from flask import Response, request
from flask_login import current_user

from core import clock
from database import children, play_export_files
from webapp.database import database, reading
from webapp.listening import bp
from webapp.numbers import number
from webapp.owner import current_owner


@bp.get("/export.zip")
def export_zip() -> Response:
    """As an import reads it again, in this house or another."""
    pieces = play_export_files.as_zip(database(), _whose())
    return _sent(pieces, "application/zip", play_export_files.zip_name(clock.now()))


@bp.get("/export/maloja.json")
def export_maloja() -> Response:
    """What counts, as Maloja reads it."""
    pieces = play_export_files.as_maloja(database(), _whose())
    return _sent(pieces, "application/json", play_export_files.maloja_name(clock.now()))


def _whose() -> int:
    """Return whose plays are meant: one's own, or those of a child that one looks after."""
    person_id: int = request.args.get("person", current_user.id, type=number)
    with reading() as session:
        return children.demand(session, person_id, current_owner()).id


def _sent(pieces: Iterable[str] | Iterable[bytes], mimetype: str, name: str) -> Response:
    answer = Response(pieces, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

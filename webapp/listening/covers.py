"""The covers of albums: the pictures, one of one's own, and looking for those that are missing."""

from pathlib import Path
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from database import album_covers, listeners, play_tops, quota, tasks
from database.play_sums import Kind
from database.play_windows import ALWAYS
from database.record_covers import path_of
from webapp import forms, uploads
from webapp.answers import lead_to, picture
from webapp.database import reading, settings, store, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.owner import current_owner


class Brought(BaseModel):
    """What is said beside a picture: nothing."""


@bp.get("/albums/<int:album_id>/cover.jpg")
def album_cover(album_id: int) -> Response:
    """The picture; pages give the address with its hash, so that it may be kept."""
    with reading() as session:
        sha256 = album_covers.get(session, album_id).cover_sha256
    file = _file(sha256) if sha256 else None
    if file is None or not store().fetch(file):
        abort(404, "There is no cover of this album.")
    return picture(file, str(sha256))


def _file(sha256: str) -> Path:
    return path_of(settings().covers, sha256)


@bp.get("/albums/<int:album_id>/cover")
def change_album_cover(album_id: int) -> ResponseReturnValue:
    """What may be done about an album's cover; `?task=` says what came of looking for it."""
    return _page(album_id, {})


@bp.post("/albums/<int:album_id>/cover")
def replace_album_cover(album_id: int) -> ResponseReturnValue:
    with reading() as session:
        album_covers.get(session, album_id)
    try:
        picture = uploads.picture("cover")
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(album_id, dict(error.problems)), 422
    args = {"album_id": album_id, "file_name": uploads.shown_name(picture), "page": _at(album_id)}
    # The file first: no transaction is open while it is written.
    with uploads.received(picture) as name, writing() as session:
        # One at a time for one album: the later picture is the last.
        key, owner = f"album:{album_id}", current_owner()
        args |= {"upload": name}
        task = tasks.enqueue(session, album_covers.REPLACE, args, owner=owner, lock_key=key)
        quota.check(session, owner)
    return lead_to(task)


@bp.post("/albums/<int:album_id>/cover/remove")
def remove_album_cover(album_id: int) -> ResponseReturnValue:
    """Show the typographic sleeve; the clean-up takes the file when nothing shows it."""
    with writing() as session:
        album_covers.show(session, album_covers.get(session, album_id).id, None)
    if wants_json():
        return jsonify(album=album_id, url=_at(album_id))
    flash("The cover is gone.")
    return redirect(_at(album_id), 303)


@bp.post("/albums/<int:album_id>/cover/look")
def look_for_album_cover(album_id: int) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        found = album_covers.get(session, album_id)
        task = album_covers.order(session, owner, [found.id])
    return lead_to(task)


@bp.post("/covers/look")
def look_for_album_covers() -> ResponseReturnValue:
    """Look for the covers of the albums that one has played most."""
    owner = current_owner()
    with writing() as session:
        whose = listeners.seen_by(session, owner.person_id or 0, owner)
        most = play_tops.tops(session, whose, Kind.ALBUM, ALWAYS, limit=album_covers.MOST)
        task = album_covers.order(session, owner, [top.item for top in most])
    return lead_to(task)


def _at(album_id: int) -> str:
    return address_of("listening.change_album_cover", album_id=album_id)


def _page(album_id: int, problems: dict[str, str]) -> str:
    with reading() as session:
        album = album_covers.get(session, album_id)
        found = came(session)
    form = forms.Shown(Brought, {}, problems)
    return render_template("listening/cover.html", album=album, cover_form=form, came=found)


def came(session: Session) -> dict[str, Any] | None:
    """Return what came of looking for covers, by a task of theirs that the address names."""
    try:
        task = tasks.get(session, request.args.get("task", ""), current_owner())
    except NotFound:
        return None
    return tasks.result(session, task.id) if task.action == album_covers.FETCH else None

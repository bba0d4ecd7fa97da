"""Logging that a record of the shelf was played."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import clock
from core.errors import InvalidInput
from database import children, play_spins, record_page
from database.play_spins import Spin
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.listening.corrections import row_id
from webapp.listening.edits import done
from webapp.owner import current_owner
from webapp.zone import zone


@bp.get("/spin/<int:record_id>")
def spin(record_id: int) -> str:
    return _page(record_id, {"at": f"{clock.local(clock.now(), zone()):%Y-%m-%dT%H:%M}"}, {})


@bp.post("/spin/<int:record_id>")
def log_spin(record_id: int) -> ResponseReturnValue:
    given = typed()
    with reading() as session:
        record_page.page(session, record_id)
    try:
        wanted = forms.read(Spin, given)
        with writing() as session:
            person_id = row_id(given.get("person")) or current_user.id
            count = play_spins.log(session, person_id, record_id, wanted, current_owner())
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(record_id, given, error.problems), 422
    songs = f"{count} song" + ("s" if count != 1 else "")
    back = url_for("shelf.record", record_id=record_id)
    return done(None, f"Logged: {songs}. It can be undone among your corrections.", back)


def _page(record_id: int, given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    with reading() as session:
        page = record_page.page(session, record_id)
        family = children.family(session, current_user.id)
    sides = play_spins.sides(page.songs)
    return render_template(
        "listening/spin.html",
        page=page,
        sides=[("all", "All of it"), *((side, f"Side {side}") for side in sides)],
        unknown=sum(not song.seconds for song in page.songs),
        form=forms.Shown(Spin, given, problems),
        family=family,
    )

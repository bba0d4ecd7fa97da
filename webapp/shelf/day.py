"""The record of the day: told, passed by for another one, rated on the spot."""

from datetime import date

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import clock
from database import record_of_the_day
from database.record_of_the_day import Turn
from webapp.answers import onward, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.numbers import number
from webapp.shelf import bp
from webapp.zone import zone


@bp.get("/day")
def of_the_day() -> ResponseReturnValue:
    today = clock.today(zone())
    with reading() as session:
        turn = record_of_the_day.today(session, current_user.id, today)
        past = record_of_the_day.past(session, current_user.id, today)
    if wants_json():
        return jsonify(_told(turn, today))
    return render_template("shelf/day.html", turn=turn, past=past)


@bp.post("/day/another")
def another() -> ResponseReturnValue:
    """Pass the record of the day by: `nth` is which one of that day the page showed."""
    today = clock.today(zone())
    with writing() as session:
        before = record_of_the_day.today(session, current_user.id, today)
        turn = record_of_the_day.another(session, current_user.id, today, _nth(before))
    if wants_json():
        return jsonify(_told(turn, today))
    if before and turn and before.record.id == turn.record.id and before.nth != turn.nth:
        flash("There is no other record on the shelf.")
    return redirect(onward(url_for(".of_the_day")), 303)


def _nth(before: Turn | None) -> int:
    """Return which record is passed by: the one of now, where nobody says."""
    try:
        return number(str(typed()["nth"]))
    except (KeyError, ValueError):
        return before.nth if before else 1


def _told(turn: Turn | None, today: date) -> dict[str, object]:
    if turn is None:
        return {"day": today.isoformat(), "nth": None, "record": None, "reason": None}
    shown = turn.record
    return {
        "day": turn.day,
        "nth": turn.nth,
        "reason": turn.reason,
        "record": {
            "id": shown.id,
            "title": shown.title,
            "artist": shown.artist,
            "year": shown.year,
            "format": shown.format,
            "genre": shown.genre,
            "rating": shown.rating or None,
            "url": url_for(".record", record_id=shown.id),
        },
    }

"""A play put in by hand, corrected, deleted."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import clock
from core.errors import InvalidInput
from database import children, play_corrections, quota
from database.play_corrections import Known, Said, Shown
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.listening.edits import done
from webapp.numbers import LARGEST, number
from webapp.owner import current_owner
from webapp.zone import zone

_LONGEST_SEARCH = 200


@bp.get("/plays/add")
def add_play() -> str:
    """`q`: words to look for a track that is known; `track`: the one that was chosen."""
    track_id = request.args.get("track", type=number)
    with reading() as session:
        chosen = play_corrections.known(session, [track_id]) if track_id is not None else []
    return _adding(_said(chosen[0], clock.now()) if chosen else {"at": _wall(clock.now())}, {})


@bp.post("/plays/add")
def put_in_play() -> ResponseReturnValue:
    given, owner = typed(), current_owner()
    try:
        said = forms.read(Said, given)
        with writing() as session:
            person_id = row_id(given.get("person")) or current_user.id
            track_id = row_id(given.get("track"))
            play_corrections.add(session, person_id, said, owner, track_id)
    except InvalidInput as error:
        if wants_json():
            raise
        return _adding(given, error.problems), 422
    return done(None, f"Added: {said.title}.")


def _adding(given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    words = request.args.get("q", "")[:_LONGEST_SEARCH]
    with reading() as session:
        people = children.family(session, current_user.id)
        suggested = play_corrections.suggestions(session, words)
    return render_template(
        "listening/add_play.html",
        form=forms.Shown(Said, given, problems),
        words=words,
        suggested=suggested,
        people=people,
    )


@bp.get("/plays/<int:play_id>/edit")
def edit_play(play_id: int) -> str:
    with reading() as session:
        play = play_corrections.to_change(session, play_id, current_owner())
    return _editing(play, _said(play.known, play.started_at), {})


@bp.post("/plays/<int:play_id>/edit")
def change_play(play_id: int) -> ResponseReturnValue:
    given, owner = typed(), current_owner()
    with reading() as session:
        play = play_corrections.to_change(session, play_id, owner)
    try:
        said = forms.read(Said, given)
        with writing() as session:
            play_corrections.change(session, play_id, said, owner)
    except InvalidInput as error:
        if wants_json():
            raise
        return _editing(play, given, error.problems), 422
    return done(None, f"Changed: {said.title}.", url_for("listening.plays"))


def _editing(play: Shown, given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    form = forms.Shown(Said, given, problems)
    return render_template("listening/edit_play.html", form=form, play=play)


@bp.post("/plays/<int:play_id>/delete")
def delete_play(play_id: int) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        play = play_corrections.to_change(session, play_id, owner)
        task = play_corrections.delete(session, play.person_id, [play_id], owner)
        quota.check(session, owner)
    return done(task, "Deleted: it can be undone here.")


def _said(known: Known, at: int) -> dict[str, str]:
    names = {"title": known.title, "artists": known.artists, "album": known.album}
    return names | {"at": _wall(at), "track": str(known.id)}


def _wall(at: int) -> str:
    """Return a moment as a form's field for local time takes it."""
    return f"{clock.local(at, zone()):%Y-%m-%dT%H:%M:%S}"


def row_id(given: Any) -> int | None:
    """Return the number of a row that a form names, or None for what is none."""
    said = str(given or "")[:20]
    return int(said) if said.isascii() and said.isdecimal() and int(said) <= LARGEST else None

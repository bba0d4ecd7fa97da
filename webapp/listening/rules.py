"""What counts of somebody's plays, who sees them, and in which charts they are."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import children, listeners, play_recount, quota, tasks
from database.models import Person
from database.play_recount import Counting, Seen
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.listening.corrections import row_id
from webapp.owner import current_owner

RULES = {
    "30s": ("30 seconds or more", "The usual rule, and Spotify’s own."),
    "half": ("Half of it, or 4 minutes", "As Last.fm and ListenBrainz count."),
    "end": ("Played to the end", "As Koito counts what Spotify’s export tells."),
    "all": ("Everything", "Each track that was begun, if only for a second."),
}


@bp.get("/counting")
def counting() -> ResponseReturnValue:
    """`person`: a child whose plays are meant; `counted`: the task that tried each rule."""
    person_id = row_id(request.args.get("person")) or current_user.id
    with reading() as session:
        person = children.demand(session, person_id, current_owner())
        listener = listeners.get(session, person_id)
        counts = _counted(session, request.args.get("counted", ""), person)
        family = children.family(session, current_user.id)
    if wants_json():
        seen = {name: getattr(listener, name) for name in Seen.model_fields}
        return jsonify(person=person_id, rule=listener.rule, counts=counts, **seen)
    return render_template(
        "listening/counting.html",
        person=person,
        family=family,
        listener=listener,
        rules=RULES,
        counts=counts,
    )


def _counted(session: Session, public_id: str, person: Person) -> dict[str, int] | None:
    if not public_id:
        return None
    try:
        task = tasks.get(session, public_id, current_owner())
    except NotFound:
        return None
    body = tasks.result(session, task.id) or {}
    return body.get("counts") if body.get("person") == person.id else None


@bp.post("/counting")
def set_counting() -> ResponseReturnValue:
    given, owner = typed(), current_owner()
    wanted = forms.read(Counting, given)
    with writing() as session:
        person_id = _person(session, given)
        task = play_recount.set_rule(session, person_id, wanted.rule, owner)
        quota.check(session, owner)
    return lead_to(task) if task is not None else _back(person_id)


@bp.post("/counting/try")
def try_counting() -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        person_id = _person(session, typed())
        task = play_recount.ask_count(session, person_id, owner)
        quota.check(session, owner)
    return lead_to(task)


@bp.post("/counting/seen")
def set_seen() -> ResponseReturnValue:
    given, owner = typed(), current_owner()
    said = forms.read(Seen, given)
    with writing() as session:
        person_id = _person(session, given)
        task = play_recount.set_seen(session, person_id, said, owner)
        quota.check(session, owner)
    return lead_to(task) if task is not None else _back(person_id)


def _person(session: Session, given: Mapping[str, Any]) -> int:
    person_id = row_id(given.get("person")) or current_user.id
    return children.demand(session, person_id, current_owner()).id


def _back(person_id: int) -> ResponseReturnValue:
    address = url_for(".counting", person=person_id if person_id != current_user.id else None)
    if wants_json():
        return jsonify(url=address)
    flash("Saved.")
    return redirect(address, 303)

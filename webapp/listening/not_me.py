"""Plays that were somebody else's: chosen, counted first, then given to a person or to nobody."""

from collections.abc import Mapping
from typing import Any

from flask import Request, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from database import children, people, play_choices, play_corrections, quota
from database.play_choices import Choice, Preview
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.listening.corrections import row_id
from webapp.listening.edits import done
from webapp.owner import current_owner

_SHOWN = 50  # plays that can be ticked one by one


@bp.get("/not-me")
def not_me() -> ResponseReturnValue:
    """Without anything said: the form alone; else how many plays are meant, and the latest."""
    given = request.args.to_dict()
    try:
        choice = _choice(given, request) if any(given.get(name) for name in _FIELDS) else None
    except InvalidInput as error:
        return _page(given, error.problems), 422
    return _page(given, {}, choice)


@bp.post("/not-me")
def say_not_me() -> ResponseReturnValue:
    given, owner = typed(), current_owner()
    try:
        choice = _choice(given, request)
        to = row_id(given.get("to"))
        with writing() as session:
            person_id = row_id(given.get("person")) or current_user.id
            task = play_corrections.not_me(session, person_id, choice, owner, to)
            quota.check(session, owner)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(dict(given), error.problems), 422
    return done(task, "Done: these plays count for you no more.")


_FIELDS = ("artist", "track", "words", "since", "until", "from_hour", "until_hour", "play")


def _choice(given: Mapping[str, Any], asked: Request) -> Choice:
    """Return what is meant: those that were ticked, if only these are wanted."""
    ticked = given.get("play") or [] if asked.is_json else asked.values.getlist("play")
    if not isinstance(ticked, list):
        raise InvalidInput({"": "Tick the plays that are meant."})
    ids = [found for one in ticked if (found := row_id(one)) is not None]
    if given.get("only_ticked") or (ids and asked.method == "GET"):
        if not ids:
            raise InvalidInput({"": "Tick the plays that are meant."})
        return forms.read(Choice, {"plays": ids})
    said = {name: value for name, value in given.items() if name in _FIELDS and name != "play"}
    return forms.read(Choice, said)


def _page(
    given: Mapping[str, Any], problems: Mapping[str, str], choice: Choice | None = None
) -> str:
    owner = current_owner()
    with reading() as session:
        family = children.family(session, current_user.id)
        asked = row_id(given.get("person")) or current_user.id
        person_id = children.demand(session, asked, owner).id
        everybody = [one for one in people.listed(session) if one.id != person_id]
        found, latest = _found(session, person_id, choice)
    return render_template(
        "listening/not_me.html",
        form=forms.Shown(Choice, given, problems),
        family=family,
        person_id=person_id,
        everybody=everybody,
        found=found,
        latest=latest,
        said=play_corrections.described(choice) if choice else "",
        is_ticked=bool(choice and choice.plays),
    )


def _found(
    session: Session, person_id: int, choice: Choice | None
) -> tuple[Preview | None, list[play_choices.Meant]]:
    if choice is None:
        return None, []
    preview = play_choices.preview(session, person_id, choice)
    if choice.is_broad and choice.words:
        return preview, []
    return preview, play_choices.latest(session, person_id, choice, _SHOWN)

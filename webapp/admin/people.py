"""The people of the house: adding one, a new password, rights, goodbye."""

import logging
from collections.abc import Mapping
from typing import Annotated

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core import clock
from core.errors import Conflict, InvalidInput
from core.names import fold
from database import goodbyes, people, scrobble_sessions, sessions, tokens
from database.children import family
from database.models import Person
from database.people import NewPerson, Password
from webapp import forms
from webapp.access import admin_only
from webapp.admin import bp
from webapp.database import reading, writing
from webapp.login import address, current_session_id
from webapp.owner import current_owner

log = logging.getLogger(__name__)


class Reset(BaseModel):
    """A password that an admin sets for somebody."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    password: Annotated[Password, Field(min_length=people.MIN_PASSWORD)] = Field(
        description=people.PASSWORD_WANTED
    )


class Rights(BaseModel):
    """Whether somebody may look after the house; it is said, never taken for granted."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    is_admin: bool = Field(description="Say 1 for an admin, or 0 for a member.")


@bp.get("/people")
@admin_only
def list_people() -> str:
    return _page()


def _page(given: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None) -> str:
    with reading() as session:
        found = people.listed(session)
    form = forms.Shown(NewPerson, given or {}, problems or {})
    return render_template("admin/people.html", people=found, form=form)


@bp.post("/people")
@admin_only
def add() -> ResponseReturnValue:
    try:
        wanted = forms.read(NewPerson, request.form)
        with writing() as session:
            person = people.add(session, wanted, zone=clock.machine_zone())
    except InvalidInput as error:
        return _page(request.form, error.problems), 422
    log.info("%r let %r in, from %s", current_user.name, person.name, address())
    flash(f"{person.name} can log in now.")
    return redirect(url_for(".show", person_id=person.id), 303)


@bp.get("/people/<int:person_id>")
@admin_only
def show(person_id: int) -> str:
    return _person(person_id)


def _person(person_id: int, problems: Mapping[str, str] | None = None) -> str:
    with reading() as session:
        person = people.get(session, person_id)
        logins = len(sessions.listed(session, person_id))
    form = forms.Shown(Reset, {}, problems or {})
    return render_template("admin/person.html", person=person, form=form, logins=logins)


@bp.post("/people/<int:person_id>/password")
@admin_only
def reset_password(person_id: int) -> ResponseReturnValue:
    if person_id == current_user.id:
        # A browser left open must not be enough: one's own takes the current one first.
        raise Conflict("Change your own password on the page of your account.")
    try:
        wanted = forms.read(Reset, request.form)
    except InvalidInput as error:
        return _person(person_id, error.problems), 422
    with writing() as session:
        person = people.get(session, person_id)
        people.set_password(session, person_id, wanted.password)
        sessions.end_all(session, person_id)
        tokens.remove_all(session, person_id)
        scrobble_sessions.end_all(session, person_id)
    log.info("%r reset the password of %r, from %s", current_user.name, person.name, address())
    flash(f"{person.name} has a new password, is logged out everywhere and has no tokens any more.")
    return redirect(url_for(".list_people"), 303)


@bp.post("/people/<int:person_id>/admin")
@admin_only
def set_admin(person_id: int) -> ResponseReturnValue:
    """Give the rights of an admin, or take them; with them ends every session but this one."""
    said = forms.read(Rights, request.form)
    try:
        with writing() as session:
            person = people.get(session, person_id)
            people.set_admin(session, person_id, is_admin=said.is_admin)
            sessions.end_all(session, person_id, but=current_session_id())
    except Conflict as error:
        return _person(person_id, {"": str(error)}), 409
    role = "an admin" if said.is_admin else "no admin"
    log.info("%r made %r %s, from %s", current_user.name, person.name, role, address())
    flash(f"{person.name} is {role} now.")
    if person_id == current_user.id and not said.is_admin:
        return redirect(url_for("mosaics.home"), 303)
    return redirect(url_for(".show", person_id=person_id), 303)


@bp.get("/people/<int:person_id>/delete")
@admin_only
def ask_delete(person_id: int) -> str:
    return _deletion(person_id)


def _deletion(person_id: int, problem: str = "") -> str:
    with reading() as session:
        person = people.get(session, person_id)
        plays = goodbyes.plays(session, person_id)
        _, *children = [one.name for one in family(session, person_id)]
    return render_template(
        "admin/delete.html", person=person, problem=problem, plays=plays, children=children
    )


@bp.post("/people/<int:person_id>/delete")
@admin_only
def delete(person_id: int) -> ResponseReturnValue:
    """Remove a person with all that is theirs; their name is typed, so that no slip does it."""
    try:
        with writing() as session:
            person = people.get(session, person_id)
            _check_typed(person)
            task = goodbyes.ask(session, person_id, current_owner())
    except (InvalidInput, Conflict) as error:
        return _deletion(person_id, str(error)), error.status
    log.info("%r deleted %r, from %s", current_user.name, person.name, address())
    if person_id == current_user.id:
        return redirect(url_for("accounts.login"), 303)
    if task is not None:
        return redirect(url_for("tasks.show", public_id=task.public_id), 303)
    flash(f"{person.name} and all that was theirs is deleted.")
    return redirect(url_for(".list_people"), 303)


def _check_typed(person: Person) -> None:
    if fold(request.form.get("name", "")) != person.name_folded:
        raise InvalidInput({"name": f"Type {person.name} to delete this person."})

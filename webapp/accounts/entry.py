"""Logging in and out."""

import logging

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core.errors import InvalidInput, NeedledropError, TooMany
from database import people, sessions
from database.models import Person
from webapp import forms
from webapp.access import open_to_guests
from webapp.accounts import bp, proof, spotify_login
from webapp.accounts.leading_out import leading_out
from webapp.answers import is_own
from webapp.database import writing
from webapp.login import address, current_session_id, log_in, log_out

log = logging.getLogger(__name__)

_WRONG = "Name or password is not right."


class Login(BaseModel):
    """What a person shows at the door."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    username: str = Field(max_length=200, description="Give your name.")
    password: str = Field(description="Give your password.")


@bp.get("/login")
@open_to_guests()
def login() -> ResponseReturnValue:
    """The form; `next` is where the person wanted to go."""
    if current_user.is_authenticated:
        return redirect(_onward(request.args.get("next", "")), 303)
    return _page(request.args.get("next", ""), {})


@bp.post("/login")
@open_to_guests()
def enter() -> ResponseReturnValue:
    onward = request.form.get("next", "")
    try:
        said = forms.read(Login, request.form)
        person = _recognised(said)
    except InvalidInput as error:
        return _page(onward, error.problems), error.status
    except TooMany as error:
        return _page(onward, {"": str(error)}), error.status, _retry_after(error)
    with writing() as session:
        if people.needs_new_hash(person):
            people.set_password(session, person.id, said.password)
        log_in(session, person)
    proof.remember()
    log.info("%r logged in from %s", person.name, address())
    return redirect(_onward(onward), 303)


@bp.post("/logout")
@open_to_guests()
def logout() -> ResponseReturnValue:
    """End the session on the server too: a copy of the cookie is worth nothing afterwards."""
    if current_session_id():
        with writing() as session:
            sessions.end(session, current_user.id, current_session_id())
        log.info("%r logged out from %s", current_user.name, address())
    log_out()
    flash("You are logged out.")
    return redirect(url_for("mosaics.home"), 303)


def _recognised(said: Login) -> Person:
    # PostgreSQL knows no text with a NUL in it, and no name has one.
    person = proof.check(said.username, said.password) if said.username.isprintable() else None
    if person is None:
        raise InvalidInput({"": _WRONG})
    return person


def _onward(given: str) -> str:
    return given if is_own(given) else url_for("mosaics.home")


def _page(onward: str, problems: dict[str, str]) -> Response:
    form = forms.Shown(Login, request.form, problems)
    by_spotify = spotify_login.is_offered()
    page = render_template("accounts/login.html", form=form, onward=onward, by_spotify=by_spotify)
    return leading_out(page) if by_spotify else make_response(page)


def _retry_after(error: NeedledropError) -> dict[str, str]:
    return {"Retry-After": str(round(error.retry_after or 1))}

"""The account's page, who the person is, and their password."""

import logging

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import InvalidInput
from database import listeners, people, play_recount, sessions
from database.owner import Owner
from webapp import forms
from webapp.accounts import bp, overview, proof
from webapp.accounts.overview import About, NewPassword
from webapp.database import writing
from webapp.login import address, log_in

log = logging.getLogger(__name__)


@bp.get("/account")
def index() -> str:
    return overview.page()


@bp.post("/account/about")
def change() -> ResponseReturnValue:
    try:
        said = forms.read(About, request.form)
        with writing() as session:
            people.change(
                session, current_user.id, zone=said.zone, letterboxd_name=said.letterboxd_name
            )
            if said.zone != current_user.zone:
                # Their plays fall on other days now.
                for person_id in listeners.family(session, current_user.id):
                    play_recount.ask(session, person_id, Owner(current_user.id))
    except InvalidInput as error:
        return overview.page(About, request.form, error.problems), 422
    flash("Saved.")
    return redirect(url_for(".index"), 303)


@bp.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Every browser is logged out, and this one goes on by a new session; tokens still hold."""
    try:
        said = forms.read(NewPassword, request.form)
        proof.demand(said.current, "current")
    except InvalidInput as error:
        return overview.page(NewPassword, request.form, error.problems), 422
    with writing() as session:
        people.set_password(session, current_user.id, said.new)
        sessions.end_all(session, current_user.id)
        log_in(session, people.get(session, current_user.id))
    log.info("%r changed the password from %s", current_user.name, address())
    flash(
        "The password is changed, and every other browser is logged out. "
        "Your tokens still hold: remove those below that you do not want to."
    )
    return redirect(url_for(".index"), 303)

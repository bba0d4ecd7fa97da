"""The first visit: whoever has the set-up code becomes the first admin, once."""

import logging

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from database import people
from database.people import NewPerson
from webapp import forms
from webapp.access import open_to_guests
from webapp.accounts import bp
from webapp.database import reading, writing
from webapp.login import address, log_in
from webapp.zone import machine_zone

log = logging.getLogger(__name__)

_REFUSED = (
    "A set-up link holds for an hour, until the next start, and for one person. "
    "Start Needledrop again: it then shows a new link."
)


@bp.get("/setup")
@open_to_guests()
def setup() -> ResponseReturnValue:
    code = request.args.get("code", "")
    with reading() as session:
        elsewhere = _not_here(session, code)
    return elsewhere or _page(code, forms.Shown(NewPerson, {}, {}))


@bp.post("/setup")
@open_to_guests()
def set_up() -> ResponseReturnValue:
    code = request.form.get("code", "")
    try:
        with writing() as session:
            elsewhere = _not_here(session, code)
            if elsewhere is not None:
                return elsewhere
            wanted = forms.read(NewPerson, request.form)
            person_id = people.add_first(session, wanted, zone=machine_zone())
            log_in(session, people.get(session, person_id))
    except InvalidInput as error:
        return _page(code, forms.Shown(NewPerson, request.form, error.problems)), 422
    log.info("%r set this house up from %s", wanted.username, address())
    flash(f"Welcome, {wanted.username.strip()}. Needledrop is yours.")
    return redirect(url_for("mosaics.home"), 303)


def _not_here(session: Session, code: str) -> ResponseReturnValue | None:
    """Return the answer for whoever may not set up, None for who may."""
    if people.count(session):
        return redirect(url_for(".login"), 303)
    if people.is_setup_code(session, code):
        return None
    log.warning("a set-up code that does not hold, from %s", address())
    title = "This link does not hold"
    return render_template("error.html", status=403, title=title, message=_REFUSED), 403


def _page(code: str, form: forms.Shown) -> str:
    return render_template("accounts/setup.html", form=form, code=code)

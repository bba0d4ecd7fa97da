"""Where a person is logged in, and ending that."""

import logging

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from database import sessions
from webapp.accounts import bp
from webapp.database import writing
from webapp.login import address, current_session_id, log_out

log = logging.getLogger(__name__)


@bp.post("/account/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    with writing() as session:
        sessions.end(session, current_user.id, session_id)
    log.info("%r ended a session from %s", current_user.name, address())
    if session_id == current_session_id():
        log_out()
        return redirect(url_for(".login"), 303)
    flash("That browser is logged out.")
    return redirect(url_for(".index", _anchor="sessions"), 303)


@bp.post("/account/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    with writing() as session:
        sessions.end_all(session, current_user.id, but=current_session_id())
    log.info("%r ended all other sessions from %s", current_user.name, address())
    flash("Every other browser is logged out.")
    return redirect(url_for(".index", _anchor="sessions"), 303)

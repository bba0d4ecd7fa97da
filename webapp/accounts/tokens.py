"""Tokens for scripts: making one, which shows it for the only time, and removing one."""

import logging

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import InvalidInput
from database import tokens
from webapp import forms
from webapp.accounts import bp, overview, proof
from webapp.accounts.overview import NewToken
from webapp.database import settings, writing
from webapp.login import address

log = logging.getLogger(__name__)


@bp.post("/account/tokens")
def add_token() -> ResponseReturnValue:
    """Answer with the page itself and no redirect: the token would have to wait in a cookie."""
    try:
        said = forms.read(NewToken, request.form)
        proof.demand(said.password, "password")
    except InvalidInput as error:
        return overview.page(NewToken, request.form, error.problems), 422
    with writing() as session:
        token = tokens.add(session, current_user.id, said.label, folder=settings().data)
    log.info("%r made a token from %s", current_user.name, address())
    house = settings().public_url or request.host_url.rstrip("/")
    # Not `token`: that is the macro of every form.
    shown = render_template("accounts/token.html", new_token=token, label=said.label, house=house)
    return shown, 201


@bp.post("/account/tokens/<int:token_id>/remove")
def remove_token(token_id: int) -> ResponseReturnValue:
    with writing() as session:
        tokens.remove(session, current_user.id, token_id)
    log.info("%r removed a token from %s", current_user.name, address())
    flash("The token is removed; what used it is shut out.")
    return redirect(url_for(".index", _anchor="tokens"), 303)

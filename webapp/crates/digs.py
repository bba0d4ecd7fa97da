"""Digs that somebody keeps: put by, called something else, deleted."""

from urllib.parse import parse_qsl

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import Conflict
from database import digs
from database.crate_digs import Dig
from database.digs import Naming
from webapp import forms
from webapp.crates import bp, words
from webapp.database import reading, writing


@bp.get("/digs")
def kept() -> str:
    with reading() as session:
        found = digs.listed(session, current_user.id)
    return render_template("crates/kept.html", kept=found)


@bp.post("/digs")
def keep() -> ResponseReturnValue:
    """Keep what the field `query` says, as the address of a dig does."""
    dig = Dig.from_args(parse_qsl(request.form.get("query", "")))
    said = forms.read(Naming, request.form)
    try:
        with writing() as session:
            digs.keep(session, current_user.id, words.query(dig), said.name)
    except Conflict as error:
        flash(str(error), "error")
        return redirect(words.address(dig), 303)
    flash(f"Kept: {said.name}.")
    return redirect(url_for("crates.kept"), 303)


@bp.post("/digs/<int:dig_id>")
def rename(dig_id: int) -> ResponseReturnValue:
    with reading() as session:
        digs.get(session, current_user.id, dig_id)
    said = forms.read(Naming, request.form)
    with writing() as session:
        digs.rename(session, current_user.id, dig_id, said.name)
    return redirect(url_for("crates.kept"), 303)


@bp.post("/digs/<int:dig_id>/delete")
def forget(dig_id: int) -> ResponseReturnValue:
    with writing() as session:
        digs.forget(session, current_user.id, dig_id)
    flash("Deleted.")
    return redirect(url_for("crates.kept"), 303)

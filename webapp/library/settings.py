"""What is done for one's library by itself."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import consents
from database import grants, library_settings
from database.library_settings import Wishes
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.library import bp


@bp.get("/settings")
def settings() -> ResponseReturnValue:
    with reading() as session:
        wishes = library_settings.get(session, current_user.id)
        grant = grants.find(session, current_user.id, consents.SPOTIFY)
    if wants_json():
        return jsonify(wishes.model_dump())
    form = forms.Shown(Wishes, wishes.model_dump(), {})
    return render_template("library/settings.html", form=form, grant=grant)


@bp.post("/settings")
def set_settings() -> ResponseReturnValue:
    """A form says all of it; of what a JSON object has no word, it stays as it is."""
    given = typed()
    with writing() as session:
        if request.is_json:
            given = library_settings.get(session, current_user.id).model_dump() | dict(given)
        wishes = forms.read(Wishes, given)
        library_settings.put(session, current_user.id, wishes)
    if wants_json():
        return jsonify(wishes.model_dump())
    flash("Saved.")
    return redirect(url_for(".settings"), 303)

"""Letting the household see a mosaic, or nobody else again."""

from flask import flash, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from database import mosaics
from webapp import forms
from webapp.answers import typed
from webapp.database import writing
from webapp.errors import wants_json
from webapp.mosaics import bp
from webapp.owner import current_owner


class Sharing(BaseModel):
    members: bool = Field(default=True, description="1 to share it, 0 to keep it to yourself.")


@bp.post("/mosaics/<public_id>/share")
def share(public_id: str) -> ResponseReturnValue:
    wanted = forms.read(Sharing, typed())
    with writing() as session:
        mosaics.share(session, public_id, current_owner(), is_for_members=wanted.members)
    if wants_json():
        return jsonify(mosaic=public_id, members=wanted.members)
    flash("Everyone in the household can see it now." if wanted.members else "It is yours alone.")
    return redirect(url_for(".show", public_id=public_id), 303)

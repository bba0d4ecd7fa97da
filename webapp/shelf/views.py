"""The shelf: the records that meet what the address says."""

from flask import render_template
from flask.typing import ResponseReturnValue

from webapp.shelf import bp


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("shelf/index.html")

"""The home of listening: totals, tops, the trend, when, and what plays now."""

from flask import render_template

from webapp.listening import bp


@bp.get("/")
def index() -> str:
    return render_template("listening/index.html")

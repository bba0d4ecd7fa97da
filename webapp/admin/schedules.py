"""Switching a schedule off and on again."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from database import schedules
from webapp.access import admin_only
from webapp.admin import bp
from webapp.database import writing


@bp.post("/schedules/<name>/toggle")
@admin_only
def toggle(name: str) -> ResponseReturnValue:
    """Switch it: `is_on` is 1 or 0."""
    is_on = request.form.get("is_on") == "1"
    with writing() as session:
        schedules.set_enabled(session, name, is_enabled=is_on)
    flash(f"“{name[:1].upper()}{name[1:]}” is {'on' if is_on else 'off'} now.")
    return redirect(url_for(".index"), 303)

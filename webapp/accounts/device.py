"""Connecting Google by a code: the page that shows it, while a task asks whether it was entered."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.consents import GOOGLE, NAMES
from database import device_flows, quota, tasks
from webapp.accounts import bp
from webapp.database import reading, writing
from webapp.owner import current_owner

_SOON, _LATER = 2, 5  # seconds until the page looks again


def begin(scopes: tuple[str, ...]) -> ResponseReturnValue:
    """Have a code asked for, and lead to where it will stand."""
    owner = current_owner()
    with writing() as session:
        task = device_flows.begin(session, current_user.id, GOOGLE, scopes)
        quota.check(session, owner)
    return redirect(url_for(".device", task=task.public_id), 303)


@bp.get("/account/google/device")
def device() -> ResponseReturnValue:
    """Show the code; once the task that asks is over, its own page says what came of it."""
    with reading() as session:
        flow = device_flows.find(session, current_user.id, GOOGLE)
        task_id = request.args.get("task") or (flow.task_id if flow else None)
        task = tasks.get(session, task_id, current_owner()) if task_id else None
    if task is None:
        return redirect(url_for(".connections"), 303)
    if not task.is_open:
        return redirect(url_for("tasks.show", public_id=task.public_id), 303)
    return render_template(
        "accounts/device.html",
        name=NAMES[GOOGLE],
        flow=flow,
        task=task,
        live=request.args.get("live") != "0",
        seconds=_LATER if flow and flow.user_code else _SOON,
    )

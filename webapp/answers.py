"""What areas share in reading a request and answering it; knows nothing of any area."""

from collections.abc import Mapping
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from database.tasks import Enqueued
from webapp.errors import wants_json


def typed() -> Mapping[str, Any]:
    """Return what was sent: the fields of a form, or of a JSON object."""
    if not request.is_json:
        return request.form
    try:
        body = request.get_json()
    except RecursionError:
        raise BadRequest("This JSON is nested too deeply.") from None
    if not isinstance(body, dict):
        raise BadRequest("Send a JSON object.")
    return body


def lead_to(task: Enqueued) -> ResponseReturnValue:
    """Answer that a task was put in: the way to its page, or JSON where that is asked for."""
    url = url_for("tasks.show", public_id=task.public_id)
    if wants_json():
        return jsonify(task=task.public_id, url=url), 202
    return redirect(url, 303)

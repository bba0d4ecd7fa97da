"""Notifications: what became of what one has asked for, and that one has seen it."""

from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from flask_login import current_user

from database import notifications
from database.notifications import Notified
from webapp.database import reading, writing
from webapp.library_api import asked, bp, told


@bp.get("/notifications")
def notified() -> Response:
    """One's own, the newest first."""
    wanted = asked.query(asked.Told)
    part, is_new = wanted.part, wanted.unacknowledged
    with reading() as session:
        found = notifications.listed(
            session, current_user.id, unacknowledged=is_new, skip=part.skip, limit=part.limit
        )
        total = notifications.count(session, current_user.id, unacknowledged=is_new)
    return jsonify(data=[_told(one) for one in found], pagination=told.pagination(part, total))


def _told(one: Notified) -> told.Json:
    extras = one.extras if one.error_msg is None else one.extras | {"error": one.error_msg}
    return {
        "id": one.id,
        "type": one.type,
        "user_id": one.person_id,
        "resource": one.resource,
        "resource_id": one.resource_id,
        "operation": one.operation,
        "task_id": one.task_id,
        "extras": extras,
        "created_at": one.created_at,
        "changed_at": one.changed_at,
        "acknowledged_at": one.acknowledged_at,
    }


@bp.post("/notifications/<int:notification_id>/ack")
def acknowledge(notification_id: int) -> ResponseReturnValue:
    with writing() as session:
        notifications.acknowledge(session, current_user.id, notification_id)
    return "", 204


@bp.post("/notifications/ack")
def acknowledge_all() -> ResponseReturnValue:
    with writing() as session:
        notifications.acknowledge_all(session, current_user.id)
    return "", 204

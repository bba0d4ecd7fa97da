"""One's notifications, the newest first, and that one has seen them."""

from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import clock
from database import notification_names, notifications
from database.notification_names import Names
from database.notifications import COMPLETE, FAILED, STARTED, Notified
from webapp.database import reading, writing
from webapp.notifications import bp
from webapp.numbers import number

_TASKS_KEPT = 30 * clock.DAY
_STATES = {STARTED: "Under way", COMPLETE: "Complete", FAILED: "Failed"}
_DOING = {"sync": "Sync", "analyze": "Analysis", "full_sync": "Sync and analysis"}
_OF_LIBRARY = {"liked": "liked songs", "period": "what you played"}


class Line(NamedTuple):
    """A notification as the page shows it; `address`: of its task, while that is kept."""

    id: int
    words: str
    state: str
    is_new: bool
    has_failed: bool
    error: str | None
    at: int
    address: str | None

    @classmethod
    def of(cls, one: Notified, names: Names) -> "Line":
        is_kept = one.changed_at > clock.now() - _TASKS_KEPT
        return cls(
            one.id,
            _words(one, names),
            _STATES[one.type],
            one.acknowledged_at is None,
            one.type == FAILED,
            one.error_msg,
            one.changed_at,
            url_for("tasks.show", public_id=one.task_id)
            if is_kept and one.type != FAILED
            else None,
        )


def _words(one: Notified, names: Names) -> str:
    if makes := one.extras.get("makes"):
        return f"Making the playlist “{makes}”"
    doing = "Description" if "changes" in one.extras else _DOING[one.operation]
    return f"{doing} of {_what(one, names)}"


def _what(one: Notified, names: Names) -> str:
    if one.resource == "library":
        parts = one.extras.get("parts")
        of = _OF_LIBRARY.get(one.extras.get("kind", ""))
        return of or (f"your library: {', '.join(parts)}" if parts else "your library")
    name = names.get((one.resource, one.resource_id or ""))
    article = "an" if one.resource[0] == "a" else "a"
    return f"the {one.resource} “{name}”" if name else f"{article} {one.resource}"


@bp.get("")
def index() -> str:
    page = max(1, request.args.get("page", 1, type=number))
    skip = min((page - 1) * notifications.PAGE, 1_000_000)
    with reading() as session:
        found = notifications.listed(session, current_user.id, skip=skip)
        names = notification_names.of(session, current_user.id, found)
        has_new = notifications.unread(session, current_user.id) > 0
    return render_template(
        "notifications/index.html",
        found=[Line.of(one, names) for one in found],
        has_new=has_new,
        page=page,
        has_more=len(found) == notifications.PAGE,
    )


@bp.post("/<int:notification_id>/ack")
def acknowledge(notification_id: int) -> ResponseReturnValue:
    with writing() as session:
        notifications.acknowledge(session, current_user.id, notification_id)
    return redirect(url_for(".index"), 303)


@bp.post("/ack")
def acknowledge_all() -> ResponseReturnValue:
    with writing() as session:
        notifications.acknowledge_all(session, current_user.id)
    return redirect(url_for(".index"), 303)

"""For those who watch over it: alive, and ready to work."""

import logging
import shutil

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import OperationalError

from core.errors import NeedledropError
from database import presence, schema, workers
from database.engine import is_up
from webapp.access import open_to_guests
from webapp.database import database, settings
from webapp.forwarded import is_loopback
from webapp.login import address

log = logging.getLogger(__name__)

bp = Blueprint("health", __name__)

_NO_ANSWER = "The database does not answer."
_LEAST_FREE = 64 * 1024 * 1024


@bp.get("/healthz")
@open_to_guests()
def alive() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
@open_to_guests()
def ready() -> ResponseReturnValue:
    """Database, schema, worker, disk; 503 when one is amiss. Why is told at home only."""
    reasons = _reasons()
    body: dict[str, object] = {"status": "not ready" if reasons else "ready"}
    if _is_at_home():
        body["reasons"] = reasons
    return jsonify(body), 503 if reasons else 200


def _reasons() -> list[str]:
    db = database()
    try:
        with db.reading() as session:
            if not is_up(session):
                return [_NO_ANSWER]
        if not schema.is_current(db):
            return ["The database is not of this program's version."]
        reasons = [] if workers.alive(db) else ["No worker is running."]
    except NeedledropError as error:
        return [str(error)]
    except OperationalError as error:
        log.warning("not ready: %s", error.orig)
        return [_NO_ANSWER]
    if not presence.takes_writes(settings().running):
        reasons.append("The disk takes no writes.")
    if shutil.disk_usage(settings().data).free < _LEAST_FREE:
        reasons.append("The disk is nearly full.")
    return reasons


def _is_at_home() -> bool:
    if is_loopback(address()):
        return True
    try:
        return bool(current_user.is_admin)
    except (NeedledropError, OperationalError):
        # The database is what tells who asks.
        return False

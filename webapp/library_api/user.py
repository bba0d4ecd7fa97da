"""Whose account at Spotify it is: linking it, renewing its token, its profile and counters."""

from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest, NotFound

from core import clock, consents
from core.consents import SPOTIFY
from database import grants, library_home, library_tasks, quota, tasks
from database.grants import Shown
from database.owner import Owner
from database.tasks import Enqueued
from webapp.database import reading, settings, writing
from webapp.library_api import asked, bp, ordered
from webapp.owner import current_owner

COUNTERS = ("artists", "albums", "tracks", "playlists", "shows")
_RENEW = "test_connection"
_HOLDS = 6 * clock.HOUR
_UNLINKED = "Spotify is not connected."


@bp.post("/user/auth/")
def auth() -> Response:
    """Say where Spotify is linked: on a page of ours, in the person's own browser.

    Not the address at Spotify: the walk there and back belongs to the browser it begins in, and
    whoever has a token alone must not link an account of theirs to somebody else's.
    """
    house = settings().public_url or request.host_url
    return jsonify(redirect=house.rstrip("/") + url_for("accounts.connections"))


@bp.put("/user/auth/refresh")
def renew() -> ResponseReturnValue:
    """Have the access token renewed: by a task, for no request asks Spotify."""
    with writing() as session:
        found = _linked(session)
        if not found.is_ok:
            raise BadRequest(str(consents.ReconnectNeeded(SPOTIFY, found.last_error)))
        placed = _renew(session, current_owner())
        status = ordered.status_of(session, placed)
    return jsonify(message="The token is being renewed.", task_id=placed.public_id, status=status)


def _renew(session: Session, owner: Owner) -> Enqueued:
    placed = tasks.enqueue(
        session,
        _RENEW,
        {"provider": SPOTIFY, "renew": True},
        owner=owner,
        dedup_key=f"{_RENEW}:renew:{SPOTIFY}:{owner.person_id}",
    )
    quota.check(session, owner)
    return placed


@bp.get("/user/profile/")
def profile() -> ResponseReturnValue:
    """The profile as it was last fetched; anew where a counter is 0, it is old, or `force`."""
    wanted = asked.query(asked.Profile)
    with reading() as session:
        found = _linked(session)
    said: dict[str, Any] = {"task_id": None, "status": None}
    if found.is_ok and (wanted.force or _is_stale(found)):
        with writing() as session:
            placed = library_tasks.ask_sync(
                session, current_owner(), library_tasks.LIBRARY, parts=["profile"]
            )
            status = ordered.status_of(session, placed)
        said = {"task_id": placed.public_id, "status": status}
    return jsonify(data=_told(found), fetched_at=found.profile_at, **said)


def _linked(session: Session) -> Shown:
    found = grants.find(session, current_user.id, SPOTIFY)
    if found is None:
        raise NotFound(_UNLINKED)
    return found


def _is_stale(found: Shown) -> bool:
    is_old = (found.profile_at or 0) < clock.now() - _HOLDS
    return is_old or not all((found.profile or {}).get(name) for name in COUNTERS)


def _told(found: Shown) -> dict[str, Any]:
    known = found.profile or {}
    about = {"subject": found.subject, "name": known.get("name") or found.subject_name}
    more = {name: known.get(name) for name in ("id", "image", "product")}
    return about | more | {name: known.get(name) for name in COUNTERS}


@bp.get("/playback/saved")
def saved() -> Response:
    """How much is saved: as Spotify says, else as is stored here."""
    with reading() as session:
        found = grants.find(session, current_user.id, SPOTIFY)
        stored = library_home.counts(session, current_user.id)._asdict() | {"shows": 0}
    known = (found.profile if found else None) or {}
    data = {
        name: known[name] if isinstance(known.get(name), int) else stored[name] for name in COUNTERS
    }
    return jsonify(data=data)

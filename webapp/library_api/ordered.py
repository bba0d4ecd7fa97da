"""Tasks that the API puts in, and the answer that names one."""

from collections.abc import Callable

from flask import jsonify
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import consents
from core.errors import Conflict
from database import grants, library_tasks, tasks
from database.owner import Owner
from database.tasks import Enqueued
from webapp.database import writing
from webapp.owner import current_owner

_MESSAGE = "It is put in: ask for the task until it has ended."

Ask = Callable[[Session, Owner], Enqueued]


def ordered(ask: Ask) -> ResponseReturnValue:
    """Put a task in, and answer which; the same request while it is open gives the same one."""
    with writing() as session:
        placed = ask(session, current_owner())
        status = status_of(session, placed)
    return jsonify(message=_MESSAGE, task_id=placed.public_id, status=status), 202


def status_of(session: Session, placed: Enqueued) -> str:
    if placed.is_new:
        return "WAITING"
    return tasks.get(session, placed.public_id, current_owner()).status


def demand_spotify(session: Session, *scopes: str) -> None:
    """Go on only for somebody who lets us ask Spotify, and do there what these cover.

    Raises:
        Conflict: they never did.
        ReconnectNeeded: they do no longer.
        ScopeNeeded: they do, and not this.
    """
    found = grants.find(session, current_user.id, consents.SPOTIFY)
    if found is None:
        raise Conflict(
            "Spotify is not connected: connect it on the page “Connections” of your account."
        )
    if not found.is_ok:
        raise consents.ReconnectNeeded(consents.SPOTIFY, found.last_error)
    if missing := consents.lacking(found.scopes, scopes):
        raise consents.ScopeNeeded(consents.SPOTIFY, missing)


def may_ask_spotify(session: Session) -> bool:
    found = grants.find(session, current_user.id, consents.SPOTIFY)
    return found is not None and found.is_ok


def sync(kind: str, item_id: int, spotify_id: str | None) -> Ask:
    """Have one thing brought up to date; what came in a file cannot be."""

    def ask(session: Session, owner: Owner) -> Enqueued:
        if spotify_id is None:
            raise Conflict("This came in a file: there is nothing to fetch from Spotify.")
        demand_spotify(session)
        return library_tasks.ask_sync(session, owner, kind, item_id=item_id)

    return ask


def analyze(kind: str, item_id: int) -> Ask:
    def ask(session: Session, owner: Owner) -> Enqueued:
        return library_tasks.ask_analyze(session, owner, kind, str(item_id))

    return ask


def full(kind: str, item_id: int, spotify_id: str | None) -> Ask:
    """Have one thing brought up to date and analysed; of a file's there is only the latter."""
    if spotify_id is None:
        return analyze(kind, item_id)

    def ask(session: Session, owner: Owner) -> Enqueued:
        demand_spotify(session)
        return library_tasks.ask_full(session, owner, kind, item_id)

    return ask


def part(*parts: str) -> Ask:
    """Have a part of a library brought up to date; what is unchanged there costs little."""

    def ask(session: Session, owner: Owner) -> Enqueued:
        demand_spotify(session)
        return library_tasks.ask_sync(session, owner, library_tasks.LIBRARY, parts=parts)

    return ask

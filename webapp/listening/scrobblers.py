"""Players: the addresses they are told, how each is set up, and those that were let in."""

import logging
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from database import scrobble_sessions, tokens
from webapp.database import reading, settings, writing
from webapp.forwarded import is_loopback
from webapp.listening import bp
from webapp.login import address
from webapp.player_key import pair

log = logging.getLogger(__name__)


@bp.get("/players")
def players() -> str:
    with reading() as session:
        found = scrobble_sessions.listed(session, current_user.id)
        has_token = bool(tokens.listed(session, current_user.id))
    house = settings().public_url or request.host_url.rstrip("/")
    host = urlsplit(house).hostname or ""
    return render_template(
        "listening/scrobblers.html",
        players=found,
        has_token=has_token,
        house=house,
        is_here_alone=host == "localhost" or is_loopback(host),
        pair=pair(),
    )


@bp.post("/players/<int:session_id>/end")
def end_player(session_id: int) -> ResponseReturnValue:
    with writing() as session:
        scrobble_sessions.end(session, current_user.id, session_id)
    log.info("%r shut a player out from %s", current_user.name, address())
    flash("The player is shut out, until it logs in again.")
    return redirect(url_for(".players", _anchor="let-in"), 303)

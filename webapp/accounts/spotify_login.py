"""Logging in by an account at Spotify that its person has connected before."""

import logging

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import consents
from core.consents import SPOTIFY
from core.errors import Conflict, Forbidden
from database import grants, people
from database.oauth_transactions import LOGIN, Walk
from webapp.access import open_to_guests
from webapp.accounts import bp, walk, ways
from webapp.accounts.walk import Told
from webapp.answers import is_own, onward
from webapp.database import settings, writing
from webapp.limits import limiter
from webapp.login import address, log_in

log = logging.getLogger(__name__)

_SCOPES = ("user-read-private",)  # whose account it is, and nothing more


def is_offered() -> bool:
    """Say whether this browser can log in that way."""
    return consents.is_configured(settings(), SPOTIFY) and ways.comes_back()


@bp.post("/login/spotify")
@open_to_guests()
@limiter.limit("30 per hour")
def enter_with_spotify() -> ResponseReturnValue:
    to = onward(url_for("mosaics.home"))
    if current_user.is_authenticated:
        return redirect(to, 303)
    if not is_offered():
        raise Conflict("Nobody can log in by Spotify here: log in with name and password.")
    leads_to = walk.set_out(SPOTIFY, LOGIN, way=ways.REDIRECT, scopes=_SCOPES, to=to)
    return redirect(leads_to, 303)


def enter(ended: Walk, told: Told) -> str:
    """Log the person in whose account it is, and return where they wanted to go.

    By what Spotify knows an account by for ever: a name or an address of mail proves nothing.
    What lets into the account there is forgotten at once.

    Raises:
        Forbidden: it is nobody's, or that of somebody who cannot log in.
    """
    with writing() as session:
        person_id = grants.whose(session, SPOTIFY, told.account)
        if person_id is None:
            raise Forbidden(
                "Nobody here has connected this account at Spotify. Log in with name and "
                "password first, and connect it on the page “Connections”."
            )
        person = people.get(session, person_id)
        if person.parent_id is not None:
            raise Forbidden("This account is looked after by somebody else: ask them.")
        log_in(session, person)
    log.info("%r logged in by Spotify from %s", person.name, address())
    return ended.next_path if is_own(ended.next_path) else url_for("mosaics.home")

"""The page “Connections”: accounts elsewhere and their state; trying one, disconnecting one."""

import logging
from typing import NamedTuple

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core import consents, relayed
from core.consents import GOOGLE, NAMES, SPOTIFY, SPOTIFY_WRITES
from core.errors import Conflict
from database import grants, library_tasks, linked_accounts, quota, relays, tasks
from database.grants import Shown
from database.linked_accounts import DISCOGS
from webapp import forms
from webapp.accounts import bp, ways
from webapp.accounts.connection_words import WORDS, Words, may
from webapp.accounts.leading_out import leading_out
from webapp.answers import is_own, lead_to
from webapp.database import reading, settings, writing
from webapp.login import address
from webapp.owner import current_owner

log = logging.getLogger(__name__)

PROVIDER = f"<any({SPOTIFY}, {GOOGLE}):provider>"
_TRY = "test_connection"


class Disconnecting(BaseModel):
    """What becomes of all that came from an account."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    forget: bool = Field(
        default=False,
        description="Playlists, saved songs and albums, followed artists. Your plays stay.",
    )


class Provider(NamedTuple):
    """One provider as the page shows it. `uris`: to be registered there, the one to take first."""

    provider: str
    name: str
    words: Words
    grant: Shown | None
    is_set_up: bool
    ways: tuple[str, ...]
    uris: list[str]

    @property
    def may(self) -> list[str]:
        return may(self.grant.scopes) if self.grant else []

    @property
    def lacks_writes(self) -> bool:
        """Whether it is Spotify, and may only be read."""
        given = self.grant.scopes if self.grant else ()
        return self.provider == SPOTIFY and bool(consents.lacking(given, SPOTIFY_WRITES))


@bp.get("/account/connections")
def connections() -> Response:
    """`scopes=write` opens what lets playlists be changed; `next` is where to go on afterwards.

    `tested`: of which provider a test of the connection has ended well.
    """
    onward = request.args.get("next", "")
    with reading() as session:
        given = grants.listed(session, current_user.id)
        discogs = linked_accounts.find(session, current_user.id, DISCOGS)
        found = relays.shown(session, current_user.id)
    page = render_template(
        "accounts/connections.html",
        providers=[_provider(name, given.get(name)) for name in NAMES],
        discogs=discogs,
        relays=found,
        relay_names=relayed.NAMES,
        tested=request.args.get("tested"),
        wants_writes=request.args.get("scopes") == "write",
        onward=onward if is_own(onward) else "",
        comes_back=ways.comes_back(),
        disconnecting=forms.Shown(Disconnecting, {}, {}),
        port=settings().port,
    )
    return leading_out(page)


def _provider(name: str, grant: Shown | None) -> Provider:
    offered = ways.offered(name)
    uris = [ways.redirect_uri(name, way) for way in (ways.REDIRECT, ways.PASTE)]
    is_set_up = consents.is_configured(settings(), name)
    return Provider(
        name, NAMES[name], WORDS[name], grant, is_set_up, offered, list(dict.fromkeys(uris))
    )


@bp.post(f"/account/{PROVIDER}/test")
def try_connection(provider: str) -> ResponseReturnValue:
    owner = current_owner()
    with writing() as session:
        if grants.find(session, current_user.id, provider) is None:
            raise Conflict(f"{NAMES[provider]} is not connected.")
        task = tasks.enqueue(
            session,
            _TRY,
            {"provider": provider},
            owner=owner,
            dedup_key=f"{_TRY}:{provider}:{owner.person_id}",
        )
        quota.check(session, owner)
    return lead_to(task)


@bp.post(f"/account/{PROVIDER}/disconnect")
def disconnect(provider: str) -> ResponseReturnValue:
    wanted = forms.read(Disconnecting, request.form)
    is_forgotten = wanted.forget and provider == SPOTIFY
    with writing() as session:
        grants.drop(session, settings().data, current_user.id, provider)
        if is_forgotten:
            library_tasks.ask_forget(session, current_owner())
    log.info("%r disconnected %s from %s", current_user.name, provider, address())
    left = "is being deleted" if is_forgotten else "stays"
    flash(f"{NAMES[provider]} is disconnected. What came from there {left}.")
    return redirect(url_for(".connections", _anchor=provider), 303)

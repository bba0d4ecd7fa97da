"""Connecting an account elsewhere: setting out, and coming back by redirect or by pasting."""

import logging
from typing import Literal
from urllib.parse import parse_qsl

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from core import consents
from core.consents import GOOGLE_SCOPES, NAMES, SPOTIFY, SPOTIFY_READS, SPOTIFY_WRITES
from core.errors import Conflict, InvalidInput, NeedledropError
from database import grants, library_tasks
from database.grants import Shown
from database.oauth_transactions import LINK, LOGIN, RECONNECT, SCOPES, Walk
from webapp import forms
from webapp.access import open_to_guests
from webapp.accounts import bp, device, proof, spotify_login, walk, ways
from webapp.accounts.connections import PROVIDER
from webapp.accounts.leading_out import leading_out
from webapp.accounts.walk import Told
from webapp.answers import is_own, onward
from webapp.database import reading, settings, writing
from webapp.limits import limiter
from webapp.login import address, current_session_id

log = logging.getLogger(__name__)

_LONGEST, _MOST_FIELDS = 4_096, 20


class Connecting(BaseModel):
    """How an account elsewhere is connected, and for what."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    way: Literal["redirect", "paste", "device"] | None = Field(
        None, description="Choose one of the ways to come back."
    )
    scopes: Literal["read", "write"] = Field("read", description="To read, or to write as well.")
    password: str = Field("", max_length=5_000, description="Your password, once more.")


class Pasted(BaseModel):
    """Where a provider led a browser that could not get there."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    address: str = Field(
        max_length=_LONGEST,
        description="All of the address bar, from http:// to the end; at most 4,096 characters.",
    )


@bp.post(f"/account/{PROVIDER}/connect")
@limiter.limit("60 per hour")
def connect(provider: str) -> ResponseReturnValue:
    """Set out, once it is sure who does; the password is asked for on a page of its own."""
    _demand_set_up(provider)
    if not current_session_id():
        raise Conflict("An account is connected in a browser, and not by a token.")
    wanted = forms.read(Connecting, request.form)
    try:
        _demand_proof(wanted)
    except InvalidInput as error:
        return _ask_password(provider, error)
    way = _way(provider, wanted)
    with reading() as session:
        grant = grants.find(session, current_user.id, provider)
    to, scopes = onward(""), _scopes(provider, wanted, grant)
    if way == ways.DEVICE:
        return device.begin(scopes)
    leads_to = walk.set_out(provider, _purpose(wanted, grant), way=way, scopes=scopes, to=to)
    if way == ways.PASTE:
        return _paste_page(provider, leads_to)
    return redirect(leads_to, 303)


def _demand_set_up(provider: str) -> None:
    if not consents.is_configured(settings(), provider):
        raise Conflict(f"{NAMES[provider]} is not set up here: see the page “Connections”.")


def _demand_proof(wanted: Connecting) -> None:
    if proof.is_recent():
        return
    if not wanted.password:
        raise InvalidInput({})
    proof.demand(wanted.password, "password")
    proof.remember()


def _ask_password(provider: str, error: InvalidInput) -> ResponseReturnValue:
    form = forms.Shown(Connecting, request.form, error.problems)
    page = render_template(
        "accounts/connect_confirm.html", provider=provider, name=NAMES[provider], form=form
    )
    return leading_out(page), 422 if error.problems else 200


def _way(provider: str, wanted: Connecting) -> str:
    offered = ways.offered(provider)
    return wanted.way if wanted.way in offered else offered[0]


def _purpose(wanted: Connecting, grant: Shown | None) -> str:
    if grant is None:
        return LINK
    return SCOPES if wanted.scopes == "write" else RECONNECT


def _scopes(provider: str, wanted: Connecting, grant: Shown | None) -> tuple[str, ...]:
    """Return what to ask for; what was given before is asked for again, and not lost."""
    if provider != SPOTIFY:
        return GOOGLE_SCOPES
    given = set(grant.scopes) if grant else set()
    may_write = wanted.scopes == "write" or given >= set(SPOTIFY_WRITES)
    return SPOTIFY_READS + (SPOTIFY_WRITES if may_write else ())


@bp.get(f"/account/{PROVIDER}/callback")
@open_to_guests()
def callback(provider: str) -> Response:
    """End a walk, and lead on to an address without a code in it, whatever came of it.

    Open to guests: the way to the login would take the code along.
    """
    answer: Response = redirect(_ended(provider, request.args.to_dict()), 303)  # type: ignore[assignment]
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.after_request
def _say_nothing_of_codes(answer: Response) -> Response:
    """Let what an error's page loads be told of our name alone: its address has a code in it.

    Not nothing at all: the forms of such a page would come from nowhere, and be refused.
    """
    if request.endpoint == "accounts.callback":
        answer.headers.setdefault("Referrer-Policy", "strict-origin")
    return answer


def _ended(provider: str, said: dict[str, str]) -> str:
    """Return where to go on; what went wrong is said there."""
    try:
        return _arrived(*walk.come_back(provider, said))
    except NeedledropError as error:
        flash(str(error), "problem")
    if current_user.is_authenticated:
        return url_for(".connections", _anchor=provider)
    return url_for(".login")


def _arrived(ended: Walk, told: Told) -> str:
    if ended.purpose == LOGIN:
        return spotify_login.enter(ended, told)
    with writing() as session:
        _keep(session, ended, told)
    log.info("%r connected %s from %s", current_user.name, ended.provider, address())
    flash(f"{NAMES[ended.provider]} is connected: {told.account.name}.")
    return ended.next_path if is_own(ended.next_path) else url_for(".connections")


def _keep(session: Session, ended: Walk, told: Told) -> None:
    grants.put(
        session,
        settings().data,
        current_user.id,
        ended.provider,
        account=told.account,
        tokens=told.tokens,
        scopes=ended.scopes.split(),
    )
    if ended.provider == SPOTIFY and ended.purpose != SCOPES:
        library_tasks.place_sync(session, current_user.id)


@bp.post(f"/account/{PROVIDER}/paste")
@limiter.limit("30 per hour")
def paste(provider: str) -> ResponseReturnValue:
    """End a walk by the address that the browser could not open; it is never shown or logged."""
    try:
        said = _read(provider, forms.read(Pasted, request.form).address)
        ended = walk.come_back(provider, said, ways.redirect_uri(provider, ways.PASTE))
        return redirect(_arrived(*ended), 303)
    except InvalidInput as error:
        return _paste_page(provider, problems=error.problems), 422
    except NeedledropError as error:
        return _paste_page(provider, problems={"": str(error)}), error.status


def _read(provider: str, pasted: str) -> dict[str, str]:
    """Return what an address carries, if it is to the letter the one that was registered.

    Raises:
        InvalidInput: it is another one.
    """
    uri = ways.redirect_uri(provider, ways.PASTE)
    before, _, query = pasted.strip().partition("?")
    if before != uri:
        raise InvalidInput({"address": f"This is not the address: it begins with {uri}"})
    try:
        return dict(parse_qsl(query.partition("#")[0], max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise InvalidInput(
            {"address": "There is more in this address than belongs there."}
        ) from None


def _paste_page(
    provider: str, leads_to: str = "", problems: dict[str, str] | None = None
) -> Response:
    page = render_template(
        "accounts/paste.html",
        provider=provider,
        name=NAMES[provider],
        address=leads_to,
        uri=ways.redirect_uri(provider, ways.PASTE),
        form=forms.Shown(Pasted, {}, problems or {}),
    )
    return leading_out(page)

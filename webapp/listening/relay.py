"""Sending one's plays on to ListenBrainz or Last.fm: linking, how it goes, unlinking."""

import json
from collections.abc import Mapping

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from core import relayed, sealing
from core.errors import InvalidInput
from core.relayed import LASTFM, LISTENBRAINZ
from database import linked_accounts, quota, relays, tasks
from database.relays import Shown
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.owner import current_owner

_PROVIDER = f"<any({LISTENBRAINZ}, {LASTFM}):provider>"


class LinkingListenBrainz(BaseModel):
    """What ListenBrainz knows its people by."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    token: SecretStr = Field(
        min_length=8, max_length=100, description="The user token, as ListenBrainz shows it."
    )


class LinkingLastFm(BaseModel):
    """What Last.fm lets scrobble: an API account, and a session of the person's with it."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    key: SecretStr = Field(
        min_length=8, max_length=100, description="The API key of your API account there."
    )
    secret: SecretStr = Field(
        min_length=8, max_length=100, description="The shared secret that stands below it."
    )
    session: SecretStr = Field(
        min_length=8, max_length=100, description="A session key that was made with these two."
    )


_MODELS: dict[str, type[BaseModel]] = {LISTENBRAINZ: LinkingListenBrainz, LASTFM: LinkingLastFm}


@bp.get("/relay")
def relay() -> ResponseReturnValue:
    if wants_json():
        with reading() as session:
            found = relays.shown(session, current_user.id)
        return _told(found)
    return _page()


def _told(found: Mapping[str, Shown]) -> ResponseReturnValue:
    return jsonify(relays=[one._asdict() for one in found.values()])


@bp.post(f"/relay/{_PROVIDER}")
def link_relay(provider: str) -> ResponseReturnValue:
    """Keep a secret, sealed, and have it tried: it is never among the arguments of the task."""
    try:
        given = _ascii(forms.read(_MODELS[provider], typed()))
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(provider, error.problems), 422
    sealed = sealing.seal(settings().data, given)
    owner = current_owner()
    with writing() as session:
        linked_accounts.put(session, current_user.id, provider, sealed)
        # Without a key: what is linked anew is to be tried anew.
        args = {"provider": provider}
        task = tasks.enqueue(session, relays.LINK, args, owner=owner, lane=tasks.QUICK)
        quota.check(session, owner)
    return lead_to(task)


def _ascii(wanted: BaseModel) -> SecretStr:
    """Return a token, or several secrets as JSON, without what was pasted along with them.

    Raises:
        InvalidInput: one holds what no header of a request can carry.
    """
    said = {name: secret.get_secret_value().strip() for name, secret in wanted}
    problems = {
        name: str(type(wanted).model_fields[name].description)
        for name, secret in said.items()
        if not secret.isascii() or not secret.isprintable() or " " in secret
    }
    if problems:
        raise InvalidInput(problems)
    if isinstance(wanted, LinkingListenBrainz):
        return SecretStr(said["token"])
    return SecretStr(json.dumps(said))


@bp.post(f"/relay/{_PROVIDER}/unlink")
def unlink_relay(provider: str) -> ResponseReturnValue:
    with writing() as session:
        relays.unlink(session, current_user.id, provider)
        left = relays.shown(session, current_user.id)
    if wants_json():
        return _told(left)
    flash(f"Nothing is sent to {relayed.NAMES[provider]} any more, and its key is deleted here.")
    return redirect(url_for(".relay"), 303)


def _page(wrong: str = "", problems: Mapping[str, str] | None = None) -> str:
    with reading() as session:
        found = relays.shown(session, current_user.id)
    # What was typed is a secret: it is not sent back.
    forms_shown = {
        provider: forms.Shown(model, {}, problems or {} if provider == wrong else {})
        for provider, model in _MODELS.items()
    }
    return render_template(
        "listening/relay.html",
        found=found,
        names=relayed.NAMES,
        forms=forms_shown,
        most=relays.MOST_WAITING,
    )

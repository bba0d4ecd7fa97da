"""Discogs: linking one's account there, bringing the collection from it."""

from collections.abc import Mapping

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from core import sealing
from core.errors import Conflict, InvalidInput
from database import linked_accounts, quota, shelf_history, tasks
from database.linked_accounts import DISCOGS
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.owner import current_owner
from webapp.shelf import bp

_LINK, _BRING = "link_discogs", "import_discogs"


class Linking(BaseModel):
    """The token by which an account at Discogs is linked."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    token: SecretStr = Field(
        min_length=20,
        max_length=200,
        description="The personal access token as Discogs shows it: some forty letters.",
    )


class Bringing(BaseModel):
    """How a collection at Discogs is brought."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    at_once: bool = Field(
        default=False, description="Otherwise you see first what would change, and nothing does."
    )


@bp.get("/discogs")
def discogs() -> ResponseReturnValue:
    if wants_json():
        with reading() as session:
            account = linked_accounts.find(session, current_user.id, DISCOGS)
        return jsonify(account=account.name if account else None)
    return _page({})


@bp.post("/discogs")
def link_discogs() -> ResponseReturnValue:
    """Keep a token, sealed, and have it tried: it is never among the arguments of the task."""
    try:
        wanted = forms.read(Linking, typed())
        sealed = sealing.seal(settings().data, _ascii(wanted.token))
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(error.problems), 422
    owner = current_owner()
    with writing() as session:
        linked_accounts.put(session, current_user.id, DISCOGS, sealed)
        # Without a key: a token that is linked anew is to be tried anew.
        task = tasks.enqueue(session, _LINK, {}, owner=owner, lane=tasks.QUICK)
        quota.check(session, owner)
    return lead_to(task)


def _ascii(token: SecretStr) -> SecretStr:
    """Return a token without what was pasted along with it.

    Raises:
        InvalidInput: it holds what no header of a request can carry.
    """
    stripped = token.get_secret_value().strip()
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise InvalidInput({"token": str(Linking.model_fields["token"].description)})
    return SecretStr(stripped)


@bp.post("/discogs/unlink")
def unlink_discogs() -> ResponseReturnValue:
    with writing() as session:
        linked_accounts.drop(session, current_user.id, DISCOGS)
    if wants_json():
        return jsonify(account=None)
    flash("The account is unlinked, and its token deleted. The records stay.")
    return redirect(url_for("shelf.discogs"), 303)


@bp.post("/discogs/collection")
def bring_collection() -> ResponseReturnValue:
    wanted = forms.read(Bringing, typed())
    owner, dry_run = current_owner(), not wanted.at_once
    with writing() as session:
        account = linked_accounts.find(session, current_user.id, DISCOGS)
        if account is None:
            raise Conflict("Link your account at Discogs first.")
        task = tasks.enqueue(
            session,
            _BRING,
            {"dry_run": dry_run},
            owner=owner,
            lane=tasks.LONG,
            dedup_key=f"{_BRING}:{owner.person_id}:{dry_run}",
            lock_key=shelf_history.lock_key(owner.person_id),
        )
        quota.check(session, owner)
    return lead_to(task)


def _page(problems: Mapping[str, str]) -> str:
    with reading() as session:
        account = linked_accounts.find(session, current_user.id, DISCOGS)
    return render_template(
        "shelf/discogs.html",
        account=account,
        # What was typed is a secret: it is not sent back.
        form=forms.Shown(Linking, {}, problems),
        bring_form=forms.Shown(Bringing, {}, {}),
    )

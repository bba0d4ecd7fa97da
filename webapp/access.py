"""Every door is shut until someone opens it: members only, unless a view says otherwise."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import Forbidden
from webapp.database import settings
from webapp.errors import wants_json
from webapp.login import given_token

View = TypeVar("View", bound=Callable[..., Any])

_FOR_TOKENS = "needledrop-for-tokens"
_OPEN, _ADMIN, _BY_TOKEN = "open_to_guests", "admin_only", "by_token_alone"
# Flask's own, and what tells that the database is away: nobody is looked up there for these.
_ALWAYS_OPEN = ("static", "health.alive", "health.ready")


def guest_mosaics() -> bool:
    """Whether people in the house may make a film mosaic without an account."""
    return settings().guest_mosaics


def _always() -> bool:
    return True


def open_to_guests(*, when: Callable[[], bool] = _always) -> Callable[[View], View]:
    """Let everybody in, `when` that holds."""

    def mark(view: View) -> View:
        setattr(view, _OPEN, when)
        return view

    return mark


def may_be_open(view: Callable[..., Any]) -> bool:
    """Say whether guests come in here, if only in some houses."""
    return hasattr(view, _OPEN)


def admin_only(view: View) -> View:
    """Let only those in who look after the house."""
    setattr(view, _ADMIN, True)
    return view


def is_shut(asked: Request) -> bool:
    """Say whether a request will be turned away since nobody is logged in."""
    if asked.endpoint is None or current_user.is_authenticated:
        return False
    return not may_be_open(current_app.view_functions[asked.endpoint])


def by_token_alone(view: View) -> View:
    """Leave it to the view who may come in: no cookie is looked at, and no form's token."""
    setattr(view, _BY_TOKEN, True)
    return view


def keep_for_tokens(app: Flask, here: Callable[[], bool]) -> None:
    """Say that `here` there are only such views, and nothing that a page of ours leads to."""
    app.extensions[_FOR_TOKENS] = here


def is_by_token_alone(asked: Request) -> bool:
    """Say so of a request; also of one to nothing, where nothing but such views could be."""
    if asked.endpoint is None:
        here: Callable[[], bool] = current_app.extensions[_FOR_TOKENS]
        return here()
    return getattr(current_app.view_functions[asked.endpoint], _BY_TOKEN, False)


def register(app: Flask) -> None:
    app.before_request(_guard)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint in _ALWAYS_OPEN or is_by_token_alone(request):
        return None
    view = current_app.view_functions[request.endpoint]
    if current_user.is_authenticated:
        if getattr(view, _ADMIN, False) and not current_user.is_admin:
            raise Forbidden("Only an admin may do this.")
        return None
    # A token that is none is told so, even where guests may come in.
    if given_token(request) is None:
        is_open = getattr(view, _OPEN, None)
        if is_open is not None and is_open():
            return None
    return _turned_away()


def _turned_away() -> ResponseReturnValue:
    if wants_json() or given_token(request) is not None:
        answer = jsonify(error="Log in, or send a token.")
        return answer, 401, {"WWW-Authenticate": 'Bearer realm="Needledrop"'}
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.login", next=back), 303)

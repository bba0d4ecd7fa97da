"""Every failure becomes a page, or JSON where JSON is asked for."""

import logging
from collections.abc import Callable

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, NotFound

from core import at_hand
from core.errors import InvalidInput, NeedledropError

log = logging.getLogger(__name__)

_TOLD_AS = "needledrop-told-as"

_OURS = 500
_BELOW = ("/api/", "/insights/", "/cache/")
_PAGES = ("/api/auth", "/api/auth/")  # where Last.fm has its own
_TITLES = {
    400: "This was not understood",
    403: "This is not for you",
    404: "There is nothing here",
    405: "This was not understood",
    409: "This does not fit",
    413: "This file is too large",
    422: "Please look again",
    429: "Too much at once",
    503: "Not at the moment",
    507: "The disk is full",
}
_SENTENCES = {
    404: "There is nothing at this address, or it is not yours to see.",
    405: "This address cannot be used that way.",
    413: "This is larger than Needledrop takes: at most 40 MB.",
    429: "That was often. Please wait a while before you try again.",
}


def wants_json() -> bool:
    """Say whether the answer is to be JSON: by its address, or because it was asked for."""
    if request.path.startswith(_BELOW) and request.path not in _PAGES:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def tell_as(app: Flask, here: Callable[[], bool], answer: Callable[[int, str], Response]) -> None:
    """Tell failures `here` by a status and a sentence made an answer; the last told of goes first.

    The answer may have another status.
    """
    app.extensions.setdefault(_TOLD_AS, []).insert(0, (here, answer))


def register(app: Flask) -> None:
    app.register_error_handler(NeedledropError, _expected)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _away)
    app.register_error_handler(500, _broken)


def _expected(error: NeedledropError) -> ResponseReturnValue:
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after)))
    problems = error.problems if isinstance(error, InvalidInput) else None
    return _answer(error.status, str(error), problems=problems, headers=headers)


def _forged(error: CSRFError) -> ResponseReturnValue:
    # The token belongs to the browser's session; cookies that are off look the same.
    log.warning("a form without its token: %s", error.description)
    sentence = (
        "This form is not of this session any more. Go back, reload the page and try again; "
        "Needledrop needs cookies for that."
    )
    return _answer(400, sentence)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if isinstance(error.response, Response):
        return error.response
    found = error.get_response()
    headers = {
        name: found.headers[name] for name in ("Allow", "Retry-After") if name in found.headers
    }
    return _answer(status, _sentence(error, status), headers=headers)


def _sentence(error: HTTPException, status: int) -> str:
    # A view that gives abort(404) its own words means them for people; Werkzeug's are for us.
    is_own = isinstance(error, NotFound) and error.description != NotFound.description
    said = None if is_own else _SENTENCES.get(status)
    return said or error.description or error.name


def _away(error: OperationalError) -> ResponseReturnValue:
    log.error("the database fails: %s", error.orig)
    sentence = "The database does not answer. Please try again in a moment."
    return _answer(503, sentence, headers={"Retry-After": "5"})


def _broken(_error: Exception) -> ResponseReturnValue:
    # Flask has logged the traceback; the number on the page leads to it.
    sentence = "Something broke on our side; the log has the details."
    return _answer(500, sentence)


def _answer(
    status: int,
    message: str,
    *,
    problems: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> ResponseReturnValue:
    for here, answer in current_app.extensions.get(_TOLD_AS, ()):
        if here():
            told: Response = answer(status, message)
            told.headers.update(headers or {})
            return told
    if wants_json():
        body: dict[str, object] = {"error": message}
        if problems is not None:
            body["problems"] = problems
        return jsonify(body), status, headers or {}
    title = _TITLES.get(status)
    # The log tells of failures on our side alone.
    number = at_hand.request() if status >= _OURS else None
    page = render_template(
        "error.html", status=status, title=title, message=message, request_id=number
    )
    return page, status, headers or {}

"""What the addresses of players share: their mounts, tokens alone, CORS, raw bodies, failures.

A view is put at all mounts of its protocol by `door`. It is exempt from the check of Origin
and of forms' tokens, and no cookie is looked at; so `current_user` has no place in it. What
players send goes in by `database.scrobbles.keep`.
"""

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import parse_qs

from flask import Flask, Response, jsonify, request
from flask.blueprints import BlueprintSetupState
from flask.globals import request_ctx

from core.errors import NeedledropError
from webapp import access, errors, login
from webapp.access import by_token_alone
from webapp.login import Member
from webapp.scrobble import bp, tries

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])

LISTENBRAINZ = ("/1", "/apis/listenbrainz/1")
LASTFM = ("/2.0", "/apis/audioscrobbler/2.0")
# A handshake at "/" is answered at the last of these: see `Tidied`.
AUDIOSCROBBLER = ("/np_1.2", "/protocol_1.2", "/apis/audioscrobbler_legacy")
_HANDSHAKE = AUDIOSCROBBLER[-1]
_MOUNTS = (*LISTENBRAINZ, *LASTFM, *AUDIOSCROBBLER, "/apis")
_SLASHES = re.compile("/{2,}")
_LONGEST_NUMBER = 18  # digits that fit into any column
_ODD_ESCAPES = (r"\u0000", r"\ud", r"\uD")  # of a NUL, of halves of letters
_WHY = {413: "This is larger than 10,240,000 bytes."}
# What a column does not take is the sender's doing; on a full disk there is room again some day,
# and what is not told as busy players drop.
_KNOWN = {422: 400, 507: 503}


class Refused(NeedledropError):
    """Turned away with that status; `message` is for whoever set the player up."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def door(
    rule: str, mounts: Iterable[str] = LISTENBRAINZ, methods: Iterable[str] = ("GET",)
) -> Callable[[View], View]:
    """Put a view at `rule` below each of the mounts, for players and whoever has a token."""

    def put(view: View) -> View:
        opened = by_token_alone(view)
        for mount in mounts:
            bp.add_url_rule(mount + rule, view_func=opened, methods=list(methods))
        return opened

    return put


def is_below(mounts: Iterable[str], path: str | None = None) -> bool:
    """Say whether a path, or that of this request, is one of these mounts or below it."""
    asked = request.path if path is None else path
    return any(asked == mount or asked.startswith(f"{mount}/") for mount in mounts)


# --- who asks


def given_token() -> str | None:
    """Return the second word of the Authorization header, whatever the first one is."""
    words = request.headers.get("Authorization", "").split()
    return words[1] if len(words) > 1 else None


def person(token: str | None = None) -> Member:
    """Return who asks, by the token given or that of the header.

    Raises:
        Refused: 401, there is no token, or it is nobody's.
    """
    token = token or given_token()
    if token is None:
        if "Authorization" in request.headers:
            raise Refused(401, "Provided Authorization header is invalid.")
        raise Refused(401, "You need to provide an Authorization header.")
    found = by_token(token)
    if found is None:
        raise Refused(401, "Invalid authorization token.")
    return found


def by_token(token: str) -> Member | None:
    """Return whose token this is, or None.

    Raises:
        TooMany: it is nobody's, and from there came too many such ones.
    """
    found = login.by_token(token)
    if found is None:
        tries.note_failed()
    return found


def asker() -> Member | None:
    """Return who asks, None where no token is sent along.

    Raises:
        Refused: 401, what is sent along is nobody's.
    """
    return person() if "Authorization" in request.headers else None


def number(name: str, usual: int | None) -> int | None:
    """Return a number of the address.

    Raises:
        Refused: 400, it is none.
    """
    said = request.args.get(name, "").strip()
    if not said:
        return usual
    if not (said.isascii() and said.lstrip("-").isdecimal() and len(said) <= _LONGEST_NUMBER):
        raise Refused(400, f"Invalid {name} argument: {said[:_LONGEST_NUMBER]}")
    return int(said)


# --- what is sent


def sent_json() -> Any:
    """Return the JSON of the body, whatever its Content-Type is, or None where it is empty.

    Raises:
        Refused: 400, it is none, or holds what no column takes: NaN, a NUL, half a letter.
    """
    raw = request.get_data(cache=False)
    if not raw.strip():
        return None
    try:
        # By itself it would read other encodings, too, and let halves of letters pass.
        said = raw.decode("utf-8-sig")
        found = json.loads(said, parse_constant=_refuse, parse_float=_finite)
        if any(escape in said for escape in _ODD_ESCAPES):
            _check_letters(found)
    except RecursionError:
        raise Refused(400, "This JSON document is nested too deeply.") from None
    except ValueError as error:
        raise Refused(400, f"Cannot parse JSON document: {error}") from None
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _finite(number: str) -> float:
    found = float(number)
    if not math.isfinite(found):
        _refuse(number)
    return found


def _check_letters(found: Any) -> None:
    whole = json.dumps(found, ensure_ascii=False)
    whole.encode()
    if r"\u0000" in whole.replace(r"\\", ""):
        raise ValueError("it contains a unicode null")


# --- what is answered


def failed(status: int, message: str) -> Response:
    """Return a failure as ListenBrainz tells it: players look at its `code`."""
    code = _KNOWN.get(status, status)
    answer = jsonify(code=code, error=_WHY.get(code, message))
    answer.status_code = code
    return answer


def _allow(response: Response) -> Response:
    """Let pages of anywhere read the answer: no cookie has a part in it."""
    if not is_below(_MOUNTS):
        return response
    adapter = request_ctx.url_adapter
    methods = {*(adapter.allowed_methods() if adapter else ()), "OPTIONS"}
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(methods))
    response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    response.headers["Access-Control-Max-Age"] = "21600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


class Tidied:
    """Takes addresses of players as they are put together: no redirect, none follows one.

    Slashes that are doubled or at the end are left out. A handshake at "/" goes where those
    of Audioscrobbler are answered, for there is the home page.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        path = _SLASHES.sub("/", environ.get("PATH_INFO", "")).rstrip("/")
        if not path and "hs=true" in environ.get("QUERY_STRING", ""):
            asked = parse_qs(environ["QUERY_STRING"], max_num_fields=100)
            path = _HANDSHAKE if asked.get("hs") == ["true"] else path
        if is_below(_MOUNTS, path):
            environ["PATH_INFO"] = path
        return self._app(environ, start_response)


def _set_up(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    app.wsgi_app = Tidied(app.wsgi_app)  # type: ignore[method-assign]
    app.after_request(_allow)
    errors.tell_as(app, lambda: is_below(_MOUNTS), failed)
    access.keep_for_tokens(app, lambda: is_below(_MOUNTS))


bp.record_once(_set_up)

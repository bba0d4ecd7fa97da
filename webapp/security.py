"""What holds for every request and every answer: host, origin, cookies, headers."""

import ipaddress
import socket
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature
from werkzeug.exceptions import BadRequest, Forbidden

from core.settings import Settings
from webapp.access import is_by_token_alone, is_shut
from webapp.database import settings
from webapp.errors import wants_json
from webapp.login import given_token

csrf = CSRFProtect()

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_SAFE = ("GET", "HEAD", "OPTIONS")
_LONGEST_BODY = 1_000_000
_LONGEST_LISTENS = 10_240_000  # as ListenBrainz takes them
LONGEST_UPLOAD = 41_000_000
_UPLOADS = (
    "mosaics.make",
    "films.take",
    "films.replace_poster",
    "shelf.replace_cover",
    "shelf.look_into",
    "shelf.take",
    "listening.take",
    "listening.replace_album_cover",
    "library.take",
)
# Names that no authority gives a certificate for; one may have been clicked away for them.
_AT_HOME = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost")


class _Cookies(SecureCookieSessionInterface):
    """Flask's signed cookie, without an age.

    A small machine's clock may go back, and then every cookie would come from the
    future. What ends a session is its row.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        signer = self.get_signing_serializer(app)
        if signer is None:
            return None
        given = request.cookies.get(self.get_cookie_name(app))
        try:
            return self.session_class(signer.loads(given)) if given else self.session_class()
        except BadSignature:
            return self.session_class()


def register(app: Flask, given: Settings) -> None:
    is_https = given.public_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if is_https else "session",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=90 * 86_400,
        # A form that stood open over night still counts; its token ends with the session.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_CHECK_DEFAULT=False,
        # It would compare the Referer with the Host alone; _check_origin knows PUBLIC_URL too.
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=LONGEST_UPLOAD,
    )
    app.session_interface = _Cookies()
    csrf.init_app(app)
    app.before_request(_check_host)
    app.before_request(_limit_body)
    app.before_request(_check_text)
    app.before_request(_check_origin)
    app.after_request(_headers)
    app.context_processor(_about_the_connection)


def policy(onward: str) -> str:
    """Return the usual policy, but that a form's answer may lead to `onward` as well."""
    return _POLICY.replace("form-action 'self'", f"form-action 'self' {onward}")


def framing(host: str) -> str:
    """Return the usual policy, but that the page may show pages of `host` in frames."""
    return f"{_POLICY}; frame-src {host}"


def _check_host() -> None:
    """Refuse names that are not this machine's.

    A page elsewhere may have had its own name lead here (DNS rebinding); an address
    in figures cannot be had that way.
    """
    host = urlsplit(f"//{request.host}").hostname or ""
    if not (_is_figures(host) or host in _own_names() or host.endswith(".local")):
        public = urlsplit(settings().public_url).hostname
        if host != public:
            raise BadRequest("This machine does not answer to that name; see PUBLIC_URL.")


def _is_figures(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _own_names() -> frozenset[str]:
    name = socket.gethostname().casefold()
    return frozenset({"localhost", name, name.partition(".")[0], f"{name}.lan", f"{name}.home"})


def _limit_body() -> None:
    # Files go to the disk in pieces; anything else would be in memory as a whole.
    if is_by_token_alone(request):
        request.max_content_length = _LONGEST_LISTENS
    elif not (request.endpoint in _UPLOADS and request.mimetype == "multipart/form-data"):
        request.max_content_length = _LONGEST_BODY


def _check_text() -> None:
    """Refuse an address with a NUL in it: PostgreSQL knows no such text."""
    if "\0" in request.path or b"%00" in request.query_string:
        raise BadRequest("There is a character in this address that no name has.")


def _check_origin() -> None:
    """Take what changes something only from our own pages, or with a token."""
    if request.method in _SAFE or given_token(request) is not None or is_by_token_alone(request):
        return
    if wants_json() and is_shut(request):
        # A script that forgot its token: there is nothing to abuse, and it is told what it lacks.
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forbidden("This came from another site.")
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    if origin is None or not _is_own(origin):
        raise Forbidden("This did not come from one of Needledrop's own pages.")
    csrf.protect()


def _is_own(origin: str) -> bool:
    try:
        found = urlsplit(origin)
    except ValueError:
        return False
    own = {request.host, urlsplit(settings().public_url).netloc}
    is_secure_enough = found.scheme == "https" or not request.is_secure
    return bool(found.netloc) and found.netloc in own and is_secure_enough


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Never no-referrer: over https a form of ours would come without one, and be refused.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if _has_trusted_certificate(settings().public_url):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response


@cache
def _has_trusted_certificate(public_url: str) -> bool:
    """Say whether an address can have one that browsers trust.

    To ask for https alone with any other would keep people out the day it is renewed.
    """
    public = urlsplit(public_url)
    host = (public.hostname or "").rstrip(".")
    is_public = "." in host and not host.endswith(_AT_HOME) and not _is_figures(host)
    return public.scheme == "https" and is_public


def _about_the_connection() -> dict[str, Any]:
    host = urlsplit(f"//{request.host}").hostname or ""
    is_loopback = host == "localhost" or (
        _is_figures(host) and ipaddress.ip_address(host).is_loopback
    )
    # Behind a proxy the way to the browser is what PUBLIC_URL says.
    public = urlsplit(settings().public_url)
    is_encrypted = request.is_secure or (public.scheme == "https" and host == public.hostname)
    return {"is_plain_http": not is_encrypted and not is_loopback}

"""Where a request comes from: the other end of the line, or what a proxy of this machine says."""

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# What gunicorn and waitress say of a caller on a socket file.
_SOCKET_FILE = ("", "localhost")
# By this header the nginx of deploy/pi says that it sends pictures by itself, see answers.py.
SENDS_PICTURES = "HTTP_X_ACCEL_PICTURES"
_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_BY",
    "HTTP_X_REAL_IP",
    "HTTP_X_REQUEST_ID",
)


class Forwarded:
    """Believes X-Forwarded-For and -Proto where only a proxy can have sent them, one hop.

    That is on a socket file, and from this very machine if the house is known by an
    https address: there is a proxy then. From anywhere else, and without one, they
    are dropped: a browser could give any address as its own. That the proxy sends
    pictures is believed on a socket file alone: another proxy than ours lets that
    header through.
    """

    def __init__(self, app: "WSGIApplication", *, has_proxy: bool) -> None:
        self._direct, self._has_proxy = app, has_proxy
        self._behind = ProxyFix(app, x_for=1, x_proto=1, x_host=0, x_prefix=0)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        caller = environ.get("REMOTE_ADDR", "")
        if caller in _SOCKET_FILE:
            return self._behind(environ, start_response)
        environ.pop(SENDS_PICTURES, None)
        if self._has_proxy and is_loopback(caller):
            return self._behind(environ, start_response)
        for name in _HEADERS:
            environ.pop(name, None)
        return self._direct(environ, start_response)


def is_loopback(address: str) -> bool:
    """Say whether an address in figures is this machine's own; what is none is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback

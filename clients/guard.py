"""Where requests may go: below the configured base addresses, and nowhere else.

`Bases` judges an address before it is asked, `guarded_session` the peer once it
is connected: a public service whose name suddenly leads into the house is not
asked. Limits and errors are the business of `http`.
"""

import ipaddress
import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from core.settings import Settings

CONNECTIONS = 4  # to one host at once
# Where the Cover Art Archive is known to lead to: a picture lies on one of many machines.
ARCHIVE_HOSTS = ("https://archive.org", "https://*.archive.org")
# Where Google's document says that tokens are had.
GOOGLE_HOSTS = ("https://oauth2.googleapis.com",)
# Where the files lie that Discogs' page of dumps leads to, for those whom the page refuses.
DUMP_HOSTS = ("https://discogs-data-dumps.s3.us-west-2.amazonaws.com",)
_PORTS = {"http": 80, "https": 443}
# Python calls these global, though they carry an IPv4 address inside: NAT64 and 6to4.
_CARRIERS = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]

log = logging.getLogger(__name__)


class _Place(NamedTuple):
    scheme: str
    host: str
    port: int


def _place(url: str) -> _Place | None:
    """Return scheme, host and port of a web address; None for anything that is not plainly one."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    # user@host only serves to make an address look like another one.
    if not parts.hostname or "@" in parts.netloc:
        return None
    return _Place(parts.scheme, parts.hostname, port)


def _is_same(place: _Place, base: _Place | None) -> bool:
    """Tell whether a place is a base, or, where its host begins with "*.", below that name."""
    if base is None or not base.host.startswith("*."):
        return place == base
    return place.host.endswith(base.host[1:]) and place._replace(host=base.host) == base


def _is_below(path: str, prefix: str) -> bool:
    if ".." in unquote(path).replace("\\", "/").split("/"):
        return False
    return path.startswith(prefix.rstrip("/") + "/") or path == prefix


def is_outside(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in net for net in _CARRIERS):
            return False
        ip = ip.ipv4_mapped or ip
    return ip.is_global and not ip.is_multicast


class Bases:
    """The configured base addresses.

    A base that is one of the built-in public defaults must not turn out to be a
    machine in the house; one that a person set may be anywhere.
    """

    def __init__(self, bases: Sequence[str]) -> None:
        self._bases = [(_place(base), urlsplit(base).path) for base in bases]
        public = {field.default for field in Settings.model_fields.values()} | {
            *ARCHIVE_HOSTS,
            *GOOGLE_HOSTS,
            *DUMP_HOSTS,
        }
        self.anywhere = {
            (place.host, place.port)
            for base in bases
            if base not in public and (place := _place(base)) is not None
        }

    def allow(self, url: str) -> bool:
        """Tell whether `url` has a base's scheme, host and port and lies below its path."""
        place = _place(url)
        return place is not None and any(
            _is_same(place, base) and _is_below(urlsplit(url).path, prefix)
            for base, prefix in self._bases
        )


@contextmanager
def _hang_up_after(seconds: float, sock: socket.socket) -> Iterator[None]:
    """Bound what is read meanwhile as a whole: the timeout of a socket is one for each recv."""
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        with suppress(OSError):
            # Both ways: with only one shut, what still arrives is still read.
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if late.is_set():  # http.client takes headers and trailers that break off for complete ones
            raise TimeoutError("It took too long.")


def body_within(seconds: float, response: Any) -> AbstractContextManager[None]:
    """Bound the reading of a body, also where http.client reads on inside a single call.

    Raises:
        TimeoutError: it took longer.
    """
    return _hang_up_after(max(0.001, seconds), response.line)


def _guarded(connection: type[HTTPConnection], anywhere: set[tuple[str, int]]) -> type[Any]:
    """Return a kind of connection that looks at its peer, and waits for headers only so long."""

    class Guarded(connection):  # type: ignore[misc, valid-type]  # one body for http and https
        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            peer = sock.getpeername()[0]
            if (self.host.lower(), self.port) not in anywhere and not is_outside(peer):
                sock.close()
                log.warning("%s leads to %s, which is not on the internet", self.host, peer)
                raise ConnectionRefusedError("That name leads into the house.")
            return sock

        def getresponse(self) -> HTTPResponse:
            line = self.sock
            with ExitStack() as undo:
                # By now it is the timeout for reading.
                with _hang_up_after(self.timeout, line):
                    response: HTTPResponse = super().getresponse()
                    undo.callback(response.close)
                undo.pop_all()
            # A connection that ends with this answer has let go of it already.
            response.line = line  # type: ignore[attr-defined]
            return response

    return Guarded


class _Adapter(HTTPAdapter):
    def __init__(self, bases: Bases) -> None:
        self._bases = bases
        super().__init__(pool_maxsize=CONNECTIONS)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {
            "http": self._pool(HTTPConnectionPool, HTTPConnection),
            "https": self._pool(HTTPSConnectionPool, HTTPSConnection),
        }

    def _pool(self, pool: type[Any], connection: type[HTTPConnection]) -> type[Any]:
        guarded = _guarded(connection, self._bases.anywhere)
        return type(f"Guarded{pool.__name__}", (pool,), {"ConnectionCls": guarded})


def guarded_session(bases: Bases, user_agent: str) -> requests.Session:
    """Make a session without proxies, .netrc, cookies and any scheme but http and https.

    CONNECTIONS threads may share it.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = user_agent
    session.adapters.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(bases))
    return session

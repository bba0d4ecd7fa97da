"""The settings: which ones are given, what follows from them, and whether Redis answers."""

import re
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from core.settings import PREFIX, Settings
from webapp.checkup.check import Check, better
from webapp.checkup.service import SOCKET
from webapp.limits import redis_options

_WAIT_SECONDS = 2.0
_AT_HOME = ("127.0.0.1", "::1", "localhost")
_ADDRESSES = ("database_url", "redis_url")
# Scheme, name and password, host and path, query: an @ can only end the second of them.
_ADDRESS = re.compile(r"([a-z][\w+.-]*://)([^@/?#]*@)?([^@?#]*)([?#][^@]*)?", re.IGNORECASE)


def look(settings: Settings) -> list[Check]:
    checks = [_given(settings), _address(settings), _proxy(settings), _tmdb(settings)]
    checks += [_redirect(settings)] if has_provider(settings) else []
    return [*checks, _redis(settings.redis_url)] if settings.redis_url else checks


def _given(settings: Settings) -> Check:
    given = [
        f"{PREFIX}{name.upper()}={shown(name, getattr(settings, name))}"
        for name in sorted(settings.model_fields_set)
    ]
    return Check("settings", "ok", ", ".join(given) or "all as they come")


def shown(name: str, value: Any) -> str:
    """Write a setting without what is secret in it: a key, the password of an address.

    A password may stand before the host or in the query; an address in which it is
    not certain where it ends is not shown at all.
    """
    if isinstance(value, SecretStr):
        return "…"
    written = str(value)
    if "://" not in written and name not in _ADDRESSES:
        return written
    found = _ADDRESS.fullmatch(written)
    if found is None:
        return f"{written.partition('://')[0]}://…" if "://" in written else "…"
    scheme, who, where, more = found.groups("")
    return f"{scheme}{'…@' if who else ''}{where}{'?…' if more else ''}"


def _address(settings: Settings) -> Check:
    detail = shown("public_url", settings.public_url) or f"http, port {settings.port}"
    is_at_home = settings.host in _AT_HOME
    is_private = is_at_home or settings.public_url.startswith("https:")
    hint = "Without https, whoever listens in your network can read passwords."
    return better("address", is_private, detail, hint, otherwise="warn")


def _proxy(settings: Settings) -> Check:
    if not settings.public_url.startswith("https:"):
        return Check("proxy", "ok", "none that is believed")
    detail = f"one on this machine, for {shown('public_url', settings.public_url)}"
    if settings.host in _AT_HOME or SOCKET.exists():
        return Check("proxy", "ok", detail)
    hint = f"Port {settings.port} can be reached past it, without https: NEEDLEDROP_HOST=127.0.0.1"
    return Check("proxy", "warn", detail, hint)


def has_provider(settings: Settings) -> bool:
    return bool(settings.spotify_client_id or settings.google_client_id)


def _redirect(settings: Settings) -> Check:
    """Look whether a provider can send a browser back: it takes https and 127.0.0.1 alone."""
    parts = urlsplit(settings.public_url)
    if parts.scheme == "https" and not parts.path and not parts.query:
        return Check("redirect", "ok", f"{settings.public_url}/account/PROVIDER/callback")
    detail = f"http://127.0.0.1:{settings.port}/account/PROVIDER/callback, on this machine alone"
    hint = "From elsewhere people copy the address that they end at; with https they need not."
    if parts.path or parts.query:
        detail = f"{shown('public_url', settings.public_url)} is no address of a whole house"
        hint = "Give NEEDLEDROP_PUBLIC_URL without what comes after the host."
    return Check("redirect", "warn", detail, hint)


def _tmdb(settings: Settings) -> Check:
    detail = "a token is given" if settings.tmdb_token else "no token"
    hint = "Films of an export stay without posters and directors: see NEEDLEDROP_TMDB_TOKEN."
    return better("TMDB", settings.tmdb_token is not None, detail, hint, otherwise="warn")


def _redis(address: str) -> Check:
    # Here alone: most houses have none.
    from redis import Redis
    from redis.exceptions import RedisError

    where = urlsplit(address).hostname
    hint = "Nothing is lost without it; each process counts for itself."
    try:
        with Redis.from_url(address, **redis_options(_WAIT_SECONDS)) as link:
            link.ping()
    except RedisError as error:
        said = str(error).partition("\n")[0]
        return Check("Redis", "warn", f"{where}: {said}", hint)
    return Check("Redis", "ok", f"{where}: answers")

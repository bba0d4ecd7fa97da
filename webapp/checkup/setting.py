"""The settings: which ones are given, what follows from them, and whether Redis answers."""

import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from core.settings import PREFIX, Settings
from webapp.checkup.check import Check, better

_WAIT_SECONDS = 2.0
_REDIS_PORT = 6379


def look(settings: Settings) -> list[Check]:
    checks = [_given(settings), _address(settings), _tmdb(settings)]
    return [*checks, _redis(settings.redis_url)] if settings.redis_url else checks


def _given(settings: Settings) -> Check:
    shown = [
        f"{PREFIX}{name.upper()}={_shown(getattr(settings, name))}"
        for name in sorted(settings.model_fields_set)
    ]
    return Check("settings", "ok", ", ".join(shown) or "all as they come")


def _shown(value: Any) -> str:
    """Write a setting without what is secret in it: a key, the password of an address."""
    if isinstance(value, SecretStr):
        return "…"
    written = str(value)
    if "@" in written and "://" in written:
        scheme, _, rest = written.partition("://")
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    return written


def _address(settings: Settings) -> Check:
    detail = settings.public_url or f"http, port {settings.port}"
    given = urlsplit(settings.public_url)
    if settings.public_url and (given.scheme not in ("http", "https") or not given.hostname):
        hint = "NEEDLEDROP_PUBLIC_URL is an address like https://films.example.org."
        return Check("address", "fail", detail, hint)
    is_private = given.scheme == "https" or settings.host in ("127.0.0.1", "::1", "localhost")
    hint = "Without https, whoever listens in your network can read passwords."
    return better("address", is_private, detail, hint, otherwise="warn")


def _tmdb(settings: Settings) -> Check:
    detail = "a token is given" if settings.tmdb_token else "no token"
    hint = "Films of an export stay without posters and directors: see NEEDLEDROP_TMDB_TOKEN."
    return better("TMDB", settings.tmdb_token is not None, detail, hint, otherwise="warn")


def _redis(address: str) -> Check:
    parts = urlsplit(address)
    answer = b""
    with (
        suppress(OSError),
        socket.create_connection(
            (parts.hostname or "localhost", parts.port or _REDIS_PORT), _WAIT_SECONDS
        ) as link,
    ):
        link.settimeout(_WAIT_SECONDS)
        link.sendall(b"PING\r\n")
        answer = link.recv(64)
    # One that wants a password answers with an error, but it does answer.
    answers = answer.startswith((b"+", b"-"))
    detail = f"{parts.hostname}: {'answers' if answers else 'no answer'}"
    hint = "Nothing is lost without it; each process counts and caches for itself."
    return better("Redis", answers, detail, hint, otherwise="warn")

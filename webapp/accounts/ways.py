"""How a browser comes back from a provider: which ways there are for it, the best first.

Nothing is built from what a request says of its host: that only tells whether a browser that is
sent to 127.0.0.1 comes out here.
"""

from flask import request, url_for

from core.consents import SPOTIFY
from webapp.database import settings

REDIRECT, PASTE, DEVICE = "redirect", "paste", "device"
_LOOPBACK = "127.0.0.1"  # in figures: Spotify refuses "localhost"
_HTTP = 80


def offered(provider: str) -> tuple[str, ...]:
    """Return the ways that work for this browser, the one to take first."""
    others = (PASTE,) if provider == SPOTIFY else (DEVICE, PASTE)
    return (REDIRECT, *others) if comes_back() else others


def comes_back() -> bool:
    """Say whether a provider that takes https and 127.0.0.1 alone can send the browser here."""
    return _is_https() or _is_at_loopback()


def redirect_uri(provider: str, way: str) -> str:
    """Return where a provider leads to, as it is to be registered there to the letter."""
    house = settings().public_url if way == REDIRECT and _is_https() else _loopback()
    return house + url_for("accounts.callback", provider=provider)


def _loopback() -> str:
    return f"http://{_LOOPBACK}:{settings().port}"


def _is_https() -> bool:
    return settings().public_url.startswith("https://")


def _is_at_loopback() -> bool:
    # Browsers leave out the port of http itself.
    whole = {f"{_LOOPBACK}:{settings().port}"} | (
        {_LOOPBACK} if settings().port == _HTTP else set()
    )
    return request.host in whole and not request.is_secure

"""The house's own key and secret for Last.fm's protocol, for players that ask for such a pair.

They say which program asks, and let nobody in: that a token does, or a session's key.
"""

import hashlib
import hmac
from typing import NamedTuple

from flask import current_app


class Pair(NamedTuple):
    key: str
    secret: str


def pair() -> Pair:
    """Return the pair, which stays the same as long as the secret key does."""
    return Pair(_derived("player key"), _derived("player secret"))


def _derived(what: str) -> str:
    key = str(current_app.secret_key).encode()
    return hmac.new(key, what.encode(), hashlib.sha256).hexdigest()[:32]

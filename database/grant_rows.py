"""How the secret of a consent is kept in its row, and by which clock.

Tokens are sealed together with the row that they belong to: moved into another one, they open
no more.
"""

import json
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import clock, sealing
from core.consents import LONGEST_SECONDS, Tokens
from core.errors import Conflict

# Not now(): that one stands still as long as the transaction lasts.
_NOW = text("SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)")


class Sealed(NamedTuple):
    """Which row a secret belongs to."""

    grant_id: int
    provider: str

    @property
    def about(self) -> str:
        return f"grant:{self.grant_id}:{self.provider}"


def now(session: Session) -> int:
    """Return the moment by the clock that all hosts of this house share."""
    if session.get_bind().dialect.name == "sqlite":
        return clock.now()
    return int(session.scalar(_NOW) or 0)


def expiry(at: int, tokens: Tokens) -> int:
    """Return until when an access token holds that came at that moment."""
    return at + min(max(tokens.seconds, 0), LONGEST_SECONDS) * clock.SECOND


def sealed(folder: Path, whose: Sealed, tokens: Tokens, refresh: SecretStr | None) -> str:
    """Return both tokens as they are kept.

    Raises:
        Conflict: what is kept as keys is none.
    """
    both = {
        "access": tokens.access.get_secret_value(),
        "refresh": refresh.get_secret_value() if refresh else "",
    }
    return sealing.seal(folder, SecretStr(json.dumps(both)), about=whose.about)


def opened(folder: Path, whose: Sealed, secret: str) -> tuple[SecretStr, SecretStr]:
    """Return the access and the refresh token.

    Raises:
        Conflict: they were sealed with another key, or as another row's.
    """
    words = sealing.unseal(folder, secret, about=whose.about).get_secret_value()
    try:
        both = json.loads(words)
        return SecretStr(both["access"]), SecretStr(both["refresh"])
    except (ValueError, TypeError, KeyError):
        raise Conflict("What is kept of this account's tokens cannot be read.") from None

"""Where Google's doors for consent are: it says so itself, in one document.

Its doors stand on other hosts than the document (clients/guard.py), which may be asked only
where the document is Google's own: what another server says of its doors has to lie below that
server's address.
"""

from pydantic import BaseModel, Field

from clients.guard import GOOGLE_HOSTS, Bases
from clients.http import Http, NotAllowed
from clients.json_answers import get_json
from core.settings import Settings

SERVICE = "Google"
_OWN = Settings.model_fields["google_oauth_url"].default
_ADDRESS = r"^https?://[\x21-\x7e]{1,400}$"


class Doors(BaseModel):
    """The part of an OpenID Connect discovery document that is wanted here."""

    authorization_endpoint: str = Field(pattern=_ADDRESS)
    token_endpoint: str = Field(pattern=_ADDRESS)
    device_authorization_endpoint: str | None = Field(None, pattern=_ADDRESS)
    revocation_endpoint: str | None = Field(None, pattern=_ADDRESS)


def doors(http: Http, url: str) -> Doors:
    """Ask where they are.

    Raises:
        NotAllowed: people would be sent to another server by it; the other doors are looked at
            when somebody asks there.
        RemoteError: no answer, or not one that we understand.
    """
    found = get_json(http, SERVICE, f"{url}/.well-known/openid-configuration", Doors)
    if not Bases((url,)).allow(found.authorization_endpoint):
        raise NotAllowed(SERVICE, f"{SERVICE} would send you to somebody else’s address.")
    return found


def bases(settings: Settings) -> tuple[str, ...]:
    """Return the addresses that may be asked for consents and tokens."""
    own = settings.google_oauth_url
    return (own, *GOOGLE_HOSTS) if own == _OWN else (own,)

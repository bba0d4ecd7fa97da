"""A walk to a provider and back: setting out, and what comes of it.

What comes back is asked about at once, by the only outside calls of the web process: the code
is good for a moment, and whose account it is decides what happens. (Where Google's door is, it
says itself: that is asked on setting out.) All of it takes ten seconds at most, and no
transaction is open meanwhile.
"""

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from flask import session as cookie
from flask_login import current_user
from pydantic import SecretStr

from core import sealing
from core.consents import NAMES, SPOTIFY, Account, Tokens, lacking
from core.errors import Conflict
from database import oauth_transactions
from database.oauth_transactions import LOGIN, NotBegun, Walk
from webapp.accounts import ways
from webapp.database import settings, writing

if TYPE_CHECKING:
    from clients.oauth import Provider

_KEY = "walk"  # in the cookie: by what a browser is known that set out; it goes with the session
SECONDS = 10.0
_LONGEST_CODE = 2_000


class Declined(Conflict):
    """The person, or the provider, said no."""


class Told(NamedTuple):
    """Whose account it is, and what lets into it."""

    account: Account
    tokens: Tokens


def set_out(provider: str, purpose: str, *, way: str, scopes: tuple[str, ...], to: str) -> str:
    """Return the provider's address to open; `to` is where the person goes on afterwards.

    Raises:
        TooMany: too many guests are on their way.
        RemoteError: the provider does not say where its door is.
    """
    from clients import oauth

    verifier, own = oauth.new_verifier(), settings()
    uri = ways.redirect_uri(provider, way)
    walk = Walk(
        person_id=None if purpose == LOGIN else current_user.id,
        provider=provider,
        purpose=purpose,
        verifier=sealing.seal(own.data, SecretStr(verifier), about=_about(provider)),
        scopes=" ".join(scopes),
        redirect_uri=uri,
        next_path=to,
    )
    door = _door(provider)
    with writing() as session:
        state = oauth_transactions.begin(session, walk, _browser())
    return oauth.authorise_address(
        door, state=state, verifier=verifier, redirect_uri=uri, scopes=scopes
    )


def _about(provider: str) -> str:
    return f"verifier:{provider}"


def _door(provider: str) -> "Provider":
    from clients import oauth
    from clients.outside import outside

    own = settings()
    with outside(own, *oauth.bases(own, provider), together=SECONDS) as http:
        return oauth.provider(own, http, provider)


def _browser() -> str:
    if not isinstance(cookie.get(_KEY), str):
        cookie[_KEY] = secrets.token_urlsafe(32)
    return str(cookie[_KEY])


def come_back(provider: str, said: Mapping[str, str], uri: str | None = None) -> tuple[Walk, Told]:
    """Return which walk this ends, and whose account at the provider it was.

    `uri`: where the provider led, if that is known.

    Raises:
        NotBegun: it was not begun in this browser, by this person, or it is over.
        Declined: somebody said no on the way.
        RemoteError: the provider does not answer, or not as it should.
    """
    known = cookie.get(_KEY)
    browser = known if isinstance(known, str) else None
    with writing() as session:
        walk = oauth_transactions.take(
            session, provider, said.get("state", ""), browser, current_user.id
        )
        if uri not in (None, walk.redirect_uri):
            raise NotBegun
    _check(provider, said)
    return walk, _asked(walk, SecretStr(said["code"]))


def _check(provider: str, said: Mapping[str, str]) -> None:
    name = NAMES[provider]
    # What a provider says in its own words is never shown: it came in an address.
    if said.get("error") == "access_denied":
        raise Declined(f"You did not allow it at {name}, so nothing is connected.")
    if "error" in said:
        raise Declined(f"{name} did not go along with it. See “How {name} is set up”.")
    own = settings()
    issuer = own.spotify_accounts_url if provider == SPOTIFY else own.google_oauth_url
    if said.get("iss", issuer) != issuer:
        # Another server's answer, led here to have our code sent to it.
        raise Conflict(f"This answer is not of {name}. Nothing was changed.")
    if not 0 < len(said.get("code", "")) <= _LONGEST_CODE:
        raise Conflict(f"{name} sent no code along. Begin again.")


def _asked(walk: Walk, code: SecretStr) -> Told:
    """Exchange the code, and ask whose account it is."""
    from clients import oauth
    from clients.outside import outside
    from webapp.accounts import identity

    own, provider = settings(), walk.provider
    verifier = sealing.unseal(own.data, walk.verifier, about=_about(provider))
    bases = (*oauth.bases(own, provider), own.spotify_api_url, own.youtube_url)
    with outside(own, *bases, together=SECONDS) as http:
        tokens = oauth.exchange_code(
            http,
            oauth.provider(own, http, provider),
            code=code.get_secret_value(),
            verifier=verifier.get_secret_value(),
            redirect_uri=walk.redirect_uri,
        )
        if tokens.scopes is not None and lacking(tokens.scopes.split(), walk.scopes.split()):
            raise Conflict(
                f"{NAMES[provider]} was not allowed to do all that was asked for, so nothing is "
                "connected: begin again, and leave every box ticked."
            )
        return Told(identity.of(own, http, provider, tokens), tokens)

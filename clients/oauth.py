"""Consents at Spotify and Google: where they are asked for, and the one path to an access token.

Authlib knows how the requests are put together; they are sent by clients/http, within limits
and to the configured addresses alone. Nothing of a token, a code or a secret gets into a
sentence.

A token is renewed by one at a time: take the lease, ask, and keep what came only if the version
is still the one that was read. Where two used one refresh token, a provider that rotates them
takes the second for a thief, and ends the consent of both.
"""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from random import uniform
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.client import OAuth2Client
from pydantic import SecretStr

from clients.http import Answer, Http
from clients.oauth_answers import DeviceCode, InvalidGrant, device_code, tokens, trouble
from core.consents import GOOGLE, NAMES, OK, SPOTIFY, Access, Held, ReconnectNeeded, Tokens
from core.errors import Busy, DiskFails, NoRoom, RemoteError
from core.settings import Settings

LEASE_SECONDS = 30  # longer than the token endpoint is waited for
PATIENCE_SECONDS = 12.0  # longer, too: who renews has done it by then, or is dead
MOST, SECONDS = 64 << 10, 10.0  # of an answer: bytes and seconds
_AGAIN = 20.0
_PAUSES = (0.5, 2.0, 5.0)  # before what came is tried to be kept once more
# What a token endpoint explains in the body: the last is Google's, for "not yet".
_TOLD = (400, 401, 403, 428)
_REVOKED = (200, 400)  # 400: it is none any more
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class Provider(NamedTuple):
    """Where a provider's doors are, and as whom the house comes.

    `device_url`, `revoke_url`: None where it has none. `extra`: what is said beside the rest
    when consent is asked for.
    """

    name: str
    client_id: str
    client_secret: SecretStr | None
    authorise_url: str
    token_url: str
    device_url: str | None = None
    revoke_url: str | None = None
    auth: str = "client_secret_basic"
    extra: Mapping[str, str] = {}


class Store(Protocol):
    """One consent, as database/grant_store.py keeps it."""

    provider: str

    def read(self) -> Held: ...

    def take_lease(self, version: int, me: str, seconds: int) -> bool: ...

    def release(self, me: str) -> None: ...

    def save(self, version: int, tokens: Tokens, refresh: SecretStr) -> bool: ...

    def end(self, version: int, said: str) -> str | None: ...


class StillLocked(RemoteError):
    """Whoever renews the token has not come to an end; may have died, and is waited for then."""

    def __init__(self, provider: str) -> None:
        name = NAMES[provider]
        super().__init__(name, f"The access to {name} is being renewed.", retry_after=_AGAIN)


Exchange = Callable[[SecretStr], Tokens]


def spotify(settings: Settings) -> Provider:
    accounts = settings.spotify_accounts_url
    return Provider(
        SPOTIFY,
        settings.spotify_client_id,
        settings.spotify_client_secret,
        f"{accounts}/authorize",
        f"{accounts}/api/token",
    )


def provider(settings: Settings, http: Http, name: str) -> Provider:
    """Return how to reach a provider; Google is asked where its doors are.

    Raises:
        RemoteError: it does not say.
    """
    if name == SPOTIFY:
        return spotify(settings)
    from clients import google_oauth

    doors = google_oauth.doors(http, settings.google_oauth_url)
    return Provider(
        GOOGLE,
        settings.google_client_id,
        settings.google_client_secret,
        doors.authorization_endpoint,
        doors.token_endpoint,
        device_url=doors.device_authorization_endpoint,
        revoke_url=doors.revocation_endpoint,
        auth="client_secret_post",
        # Without these no lasting token comes the second time.
        extra={"access_type": "offline", "prompt": "consent"},
    )


def bases(settings: Settings, name: str) -> tuple[str, ...]:
    """Return the addresses that may be asked for tokens of a provider."""
    if name == SPOTIFY:
        return (settings.spotify_accounts_url,)
    from clients import google_oauth

    return google_oauth.bases(settings)


def new_verifier() -> str:
    """Return a secret that binds a code to whoever asked for it (RFC 7636)."""
    return secrets.token_urlsafe(48)


def authorise_address(
    provider: Provider, *, state: str, verifier: str, redirect_uri: str, scopes: Sequence[str]
) -> str:
    """Return where to send somebody who is to give consent."""
    address, _ = _client(provider).create_authorization_url(
        provider.authorise_url,
        state=state,
        code_verifier=verifier,
        redirect_uri=redirect_uri,
        scope=" ".join(scopes),
        **provider.extra,
    )
    return str(address)


def exchange_code(
    http: Http, provider: Provider, *, code: str, verifier: str, redirect_uri: str
) -> Tokens:
    """Return what a code is good for; once.

    Raises:
        InvalidGrant: it was used, is too old, or is not ours.
        BadClient: the house's app is refused.
        RemoteError: no answer, none that is understood, or nothing that lasts.
    """
    made = _fetch(
        http,
        provider,
        "authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=verifier,
    )
    return lasting(provider, made)


def refresh(http: Http, provider: Provider, token: SecretStr) -> Tokens:
    """Return a new access token, and with some providers a new refresh token.

    Raises:
        InvalidGrant: consent has ended.
        BadClient: the house's app is refused.
        RemoteError: no answer, or none that is understood.
    """
    return _fetch(http, provider, "refresh_token", refresh_token=token.get_secret_value())


def start_device(http: Http, provider: Provider, scopes: Sequence[str]) -> DeviceCode:
    """Return a code that a person may enter at the provider's, on any device.

    Raises:
        BadClient: the house's app is refused, or is of a kind that may not.
        RemoteError: no answer, none that is understood, or there is no such way.
    """
    called = NAMES[provider.name]
    if provider.device_url is None:
        raise RemoteError(called, f"{called} knows no connecting by a code.")
    fields = {"client_id": provider.client_id, "scope": " ".join(scopes)}
    return device_code(called, _post(http, provider, provider.device_url, fields))


def poll_device(http: Http, provider: Provider, code: SecretStr) -> Tokens:
    """Return what the person who entered the code has granted.

    Raises:
        StillWaiting: they have not yet; `is_too_fast` where it was asked for too often.
        Denied, CodeExpired: they will not any more.
        BadClient, RemoteError: as `refresh`.
    """
    return lasting(provider, _fetch(http, provider, _DEVICE, device_code=code.get_secret_value()))


def revoke(http: Http, provider: Provider, token: SecretStr) -> None:
    """Have a token forgotten, with all that hangs on it; one that is none is no error.

    Raises:
        RemoteError: no answer, or there is no way to.
    """
    if provider.revoke_url is None:
        raise RemoteError(NAMES[provider.name], f"{NAMES[provider.name]} cannot be told.")
    client: Any = _client(provider, http)
    answer = client.revoke_token(provider.revoke_url, token.get_secret_value())
    if answer.status not in _REVOKED:
        raise trouble(NAMES[provider.name], answer)


def lasting(provider: Provider, made: Tokens) -> Tokens:
    """Return them, if they hold for longer than an hour.

    Raises:
        RemoteError: there is no refresh token among them.
    """
    if made.refresh is None:
        called = NAMES[provider.name]
        raise RemoteError(called, f"{called} gave no lasting consent: connect once more.")
    return made


def access_token(
    store: Store,
    exchange: Exchange,
    me: str,
    refused_version: int | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Access:
    """Return a usable access token; there is no other way to one.

    Args:
        store: the consent.
        exchange: asks the token endpoint, for less long than LEASE_SECONDS.
        me: a name that nobody else has at the moment.
        refused_version: of the token that was answered with 401.
        pause: waits so many seconds while somebody else renews.

    Raises:
        ReconnectNeeded: consent has ended.
        StillLocked: somebody else renews, for longer than they may.
        RemoteError: the provider could not be asked; nothing was changed.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        held = store.read()
        if held.status != OK or held.access is None or held.refresh is None:
            raise ReconnectNeeded(store.provider, held.last_error)
        if held.is_fresh and held.version != refused_version:
            return Access(held.access, held.version)
        if store.take_lease(held.version, me, LEASE_SECONDS):
            renewed = _renewed(store, exchange, me, held.version, held.refresh)
            if renewed is not None:
                return renewed
        else:
            pause(uniform(0.05, 0.2))  # noqa: S311 - so that they do not come all at once
    raise StillLocked(store.provider)


def _renewed(
    store: Store, exchange: Exchange, me: str, version: int, token: SecretStr
) -> Access | None:
    """Renew with the lease in hand; None: somebody was faster after all, with a newer version."""
    with ExitStack() as leaving:
        # Whatever goes wrong (429, network, an app that is refused): the token is left alone.
        leaving.callback(store.release, me)
        try:
            made = exchange(token)
        except InvalidGrant as error:
            why = store.end(version, error.said)
            if why is None:
                return None
            raise ReconnectNeeded(store.provider, why) from error
        is_kept = _kept(store, version, made, token)
        leaving.pop_all()
    return Access(made.access, version + 1) if is_kept else None


def _kept(store: Store, version: int, made: Tokens, token: SecretStr) -> bool:
    """Keep what came, not at the first try alone: the disk may be full, the database busy.

    The token before may be worthless by now.
    """
    for seconds in _PAUSES:
        try:
            return store.save(version, made, token)
        except (Busy, NoRoom, DiskFails):
            time.sleep(seconds)
    return store.save(version, made, token)


class _Client(OAuth2Client):
    """Puts requests together as the protocol wants them; sends and reads as this house does."""

    def parse_response_token(self, answer: Answer) -> Answer:
        return answer


class _Session:
    """What Authlib takes for a session: one POST, through clients/http."""

    def __init__(self, http: Http, provider: Provider) -> None:
        self._http, self._provider = http, provider

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any) -> Answer:
        url, headers, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return self._http.post(
            NAMES[self._provider.name],
            url,
            body=body.encode(),
            headers=headers,
            most=MOST,
            seconds=SECONDS,
            fine=(200, *_TOLD),
        )


def _client(provider: Provider, http: Http | None = None) -> _Client:
    secret = provider.client_secret
    auth = provider.auth if secret else "none"
    return _Client(
        None if http is None else _Session(http, provider),
        provider.client_id,
        secret.get_secret_value() if secret else None,
        token_endpoint_auth_method=auth,
        revocation_endpoint_auth_method=auth,
        code_challenge_method="S256",
    )


def _fetch(http: Http, provider: Provider, grant_type: str, **fields: str) -> Tokens:
    called = NAMES[provider.name]
    try:
        answer = _client(provider, http).fetch_token(
            provider.token_url, grant_type=grant_type, **fields
        )
    except (AuthlibBaseError, UnicodeError):
        # A secret in letters that no header holds, say: nothing was sent.
        raise RemoteError(called, f"A request to {called} could not be put together.") from None
    return tokens(called, answer)


def _post(http: Http, provider: Provider, url: str, fields: Mapping[str, str]) -> Answer:
    called = NAMES[provider.name]
    return http.post(called, url, body=fields, most=MOST, seconds=SECONDS, fine=(200, *_TOLD))

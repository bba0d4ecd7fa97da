"""Spotify's accounts service: consents, codes and tokens, as OAuth 2.0 with PKCE has them."""

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus, urlencode

from fakes.server import Asked, Reply

SCOPES = (
    "user-read-private playlist-read-private playlist-read-collaborative user-library-read "
    "user-follow-read user-read-recently-played user-top-read "
    "playlist-modify-private playlist-modify-public"
)
SECONDS = 3_600
_NAMED = re.compile(r"refresh-(.+)-[0-9]+")  # whose a refresh token is
_JSON = {"Content-Type": "application/json"}


@dataclass
class Consent:
    """What somebody allows; `used`: how many requests an access token of it was good for."""

    whose: str
    scopes: str
    refresh: str
    access: set[str] = field(default_factory=set)
    is_over: bool = False
    used: dict[str, int] = field(default_factory=dict)


@dataclass
class _Code:
    consent: Consent
    redirect_uri: str
    challenge: str


class Accounts:
    """Gives tokens to the app of `client_id`, which may have a secret or prove itself by PKCE.

    `rotates`: each refresh gives another refresh token, and the one before is worth nothing
    from then on: whoever comes with it ends the whole consent. `holds_for`: how many requests
    an access token is good for, None for any number. `recalls`: refresh tokens that were given
    before it was started are good, too.
    """

    def __init__(self, client_id: str, client_secret: str) -> None:
        self.client_id, self.client_secret = client_id, client_secret
        self.rotates = self.recalls = False
        self.holds_for: int | None = None
        self.is_denied = False
        self.refreshes = 0
        self._consents: list[Consent] = []
        self._codes: dict[str, _Code] = {}
        self._made = 0
        self._lock = threading.Lock()

    def consent(self, whose: str, scopes: str = SCOPES) -> Consent:
        """Let somebody give their consent; return it, with a refresh and an access token."""
        made = Consent(whose, scopes, self._new(f"refresh-{whose}"))
        made.access.add(self._new(f"access-{whose}"))
        self._consents.append(made)
        return made

    def known(self, access: str, consent: Consent) -> None:
        """Let an access token of the caller's choice be one of a consent's."""
        consent.access.add(access)

    def expire(self) -> None:
        """Let no access token that was given so far be good any more."""
        for consent in self._consents:
            consent.access.clear()

    def revoke(self, whose: str) -> None:
        """End what somebody allowed."""
        for consent in self._consents:
            if consent.whose == whose:
                consent.is_over = True
                consent.access.clear()

    def of(self, access: str) -> Consent | None:
        """Return the consent that a request with this token is made on, if it is still good."""
        with self._lock:
            return self._of(access)

    def _of(self, access: str) -> Consent | None:
        found = next((one for one in self._consents if access in one.access), None)
        if found is None:
            return None
        found.used[access] = found.used.get(access, 0) + 1
        if self.holds_for is not None and found.used[access] > self.holds_for:
            found.access.discard(access)
            return None
        return found

    def authorise(self, asked: Asked, whose: str) -> Reply:
        """Send whoever came for their consent back with a code, or with a refusal."""
        query = asked.query
        if query.get("client_id") != self.client_id or query.get("response_type") != "code":
            return Reply(400, {"Content-Type": "text/plain"}, b"INVALID_CLIENT: Invalid client")
        back, state = query.get("redirect_uri", ""), query.get("state", "")
        if self.is_denied:
            return _back(back, {"error": "access_denied", "state": state})
        code = self._new("code")
        made = self.consent(whose, query.get("scope", ""))
        self._codes[code] = _Code(made, back, query.get("code_challenge", ""))
        return _back(back, {"code": code, "state": state})

    def token(self, asked: Asked) -> Reply:
        """Answer a request for tokens."""
        with self._lock:
            return self._token(asked)

    def _token(self, asked: Asked) -> Reply:
        sent = dict(parse_qsl(asked.body.decode(), keep_blank_values=True))
        if not self._is_client(asked, sent):
            return _refused("invalid_client", "Invalid client", 400)
        if sent.get("grant_type") == "authorization_code":
            return self._of_code(sent)
        if sent.get("grant_type") == "refresh_token":
            return self._of_refresh(sent.get("refresh_token", ""))
        return _refused("unsupported_grant_type", "grant_type parameter is missing", 400)

    def _is_client(self, asked: Asked, sent: dict[str, str]) -> bool:
        kind, _, said = asked.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            return sent.get("client_id") == self.client_id
        name, _, secret = base64.b64decode(said).decode().partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (self.client_id, self.client_secret)

    def _of_code(self, sent: dict[str, str]) -> Reply:
        code = self._codes.pop(sent.get("code", ""), None)
        if code is None:
            return _refused("invalid_grant", "Invalid authorization code")
        if code.redirect_uri != sent.get("redirect_uri"):
            return _refused("invalid_grant", "Invalid redirect URI")
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if code.challenge and proof != code.challenge:
            return _refused("invalid_grant", "code_verifier was incorrect")
        return self._given(code.consent, with_refresh=True)

    def _of_refresh(self, refresh: str) -> Reply:
        self.refreshes += 1
        found = next((one for one in self._consents if one.refresh == refresh), None)
        if found is None and self.recalls and (named := _NAMED.fullmatch(refresh)):
            found = self.consent(named[1])
            found.refresh = refresh
        old = next((one for one in self._consents if f"{refresh}+" in one.used), None)
        if old is not None:
            # Somebody has two copies of it, and one of them is a thief.
            old.is_over = True
            old.access.clear()
        if found is None or found.is_over:
            return _refused("invalid_grant", "Refresh token revoked")
        if self.rotates:
            found.used[f"{found.refresh}+"] = 0
            found.refresh = self._new("refresh")
        return self._given(found, with_refresh=self.rotates)

    def _given(self, consent: Consent, *, with_refresh: bool) -> Reply:
        access = self._new(f"access-{consent.whose}")
        consent.access.add(access)
        told = {
            "access_token": access,
            "token_type": "Bearer",
            "scope": consent.scopes,
            "expires_in": SECONDS,
        }
        return _json(told | ({"refresh_token": consent.refresh} if with_refresh else {}))

    def _new(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"


def _back(address: str, told: dict[str, str]) -> Reply:
    return Reply(302, {"Location": f"{address}?{urlencode(told)}"})


def _refused(error: str, description: str, status: int = 400) -> Reply:
    return _json({"error": error, "error_description": description}, status)


def _json(body: dict[str, object], status: int = 200) -> Reply:
    return Reply(status, _JSON, json.dumps(body).encode())

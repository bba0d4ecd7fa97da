"""Google, as far as consents go: its document, the device flow, tokens, revocation, a channel.

One base stands in for all of its hosts. Error codes are those of RFC 6749 and RFC 8628, statuses
Google's own: 428 for "not yet", 403 for "no".
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from fakes.server import NOT_FOUND, Asked, Fake, Reply

APP_SECRET = "of-the-house"  # noqa: S105 - nobody's
_JSON = {"Content-Type": "application/json"}
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_SECONDS = 3_600


@dataclass
class Given:
    """A code that waits for somebody. `name` None: nobody entered or agreed to it yet."""

    scopes: str
    name: str | None = None
    error: str = "authorization_pending"
    challenge: str | None = None
    redirect_uri: str | None = None


@dataclass
class Channels:
    """Which channel an account has: id and title; None: it has none."""

    of: dict[str, tuple[str, str] | None] = field(
        default_factory=lambda: {"ada": ("UC-ada", "Ada’s records")}
    )


class FakeGoogle(Fake):
    """Knows one app.

    `rotates`: each renewal gives a new refresh token, and the one before is worth nothing.
    `called`: the word for the address in its device answer, RFC's or its own.
    `too_fast`: how many polls it still answers with "slow_down".
    """

    def __init__(
        self, port: int = 0, *, client_id: str = "house", secret: str | None = APP_SECRET
    ) -> None:
        super().__init__(port)
        self._client_id, self._secret = client_id, secret
        self._codes: dict[str, Given] = {}
        self._devices: dict[str, tuple[str, Given]] = {}
        self._refreshes: dict[str, tuple[str, str]] = {}
        self._accesses: dict[str, str] = {}
        self.channels = Channels()
        self.revoked: list[str] = []
        self.rotates, self.too_fast = False, 0
        self.called, self.interval = "verification_url", 5

    # What people do there.

    def enters(self, user_code: str, name: str = "ada", scopes: str | None = None) -> None:
        """Let somebody enter a code and agree, to all of it or only to these scopes."""
        given = self._waiting(user_code)
        given.name, given.scopes = name, given.scopes if scopes is None else scopes

    def denies(self, user_code: str) -> None:
        self._waiting(user_code).error = "access_denied"

    def expires(self, user_code: str) -> None:
        self._waiting(user_code).error = "expired_token"

    def ends_consents(self) -> None:
        """Let every refresh token be worth nothing, as after seven days in testing."""
        self._refreshes.clear()

    def token_calls(self, grant_type: str) -> int:
        """Return how often the token endpoint was asked for this."""
        bodies = [asked.body for asked in self.requests if asked.route == "/token"]
        return sum(dict(parse_qsl(body.decode()))["grant_type"] == grant_type for body in bodies)

    def _waiting(self, user_code: str) -> Given:
        return next(given for code, given in self._devices.values() if code == user_code)

    # What it answers.

    def reply(self, asked: Asked) -> Reply:
        fields = dict(parse_qsl(asked.body.decode()))
        doors: dict[str, Callable[[], Reply]] = {
            "/.well-known/openid-configuration": lambda: _json(self._document()),
            "/device/code": lambda: self._device(fields),
            "/token": lambda: self._token(asked, fields),
            "/revoke": lambda: self._revoke(fields),
            "/auth": lambda: self._authorise(asked.query),
            "/youtube/v3/channels": lambda: self._channel(asked),
        }
        return doors.get(asked.route, lambda: NOT_FOUND)()

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "device_authorization_endpoint": f"{self.url}/device/code",
            "token_endpoint": f"{self.url}/token",
            "revocation_endpoint": f"{self.url}/revoke",
            "code_challenge_methods_supported": ["plain", "S256"],
        }

    def _device(self, fields: dict[str, str]) -> Reply:
        if fields.get("client_id") != self._client_id:
            return _error(401, "invalid_client", "The OAuth client was not found.")
        device_code, number = secrets.token_urlsafe(24), len(self._devices) + 1
        self._devices[device_code] = (f"CODE-{number:04}", Given(fields.get("scope", "")))
        told = {
            "device_code": device_code,
            "user_code": f"CODE-{number:04}",
            self.called: f"{self.url}/device",
            "expires_in": 1_800,
            "interval": self.interval,
        }
        return _json(told)

    def _token(self, asked: Asked, fields: dict[str, str]) -> Reply:
        if not self._is_known(asked, fields):
            return _error(401, "invalid_client", "Unauthorized")
        match fields.get("grant_type"):
            case "authorization_code":
                return self._for_code(fields)
            case "refresh_token":
                return self._renewed(fields.get("refresh_token", ""))
            case _ if fields.get("grant_type") == _DEVICE:
                return self._polled(fields.get("device_code", ""))
            case _:
                return _error(400, "unsupported_grant_type", "Invalid grant_type")

    def _is_known(self, asked: Asked, fields: dict[str, str]) -> bool:
        said = (fields.get("client_id"), fields.get("client_secret"))
        scheme, _, basic = asked.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            name, _, secret = base64.b64decode(basic).decode().partition(":")
            said = (unquote(name), unquote(secret))
        return said == (self._client_id, self._secret)

    def _polled(self, device_code: str) -> Reply:
        _, given = self._devices.get(device_code, ("", Given("", error="invalid_grant")))
        if self.too_fast:
            self.too_fast -= 1
            return _error(403, "slow_down", "Forbidden")
        if given.name is None:
            status = {"authorization_pending": 428, "access_denied": 403}.get(given.error, 400)
            return _error(status, given.error, "Precondition Required")
        del self._devices[device_code]
        return self._granted(given.name, given.scopes, is_new=True)

    def _authorise(self, query: dict[str, str]) -> Reply:
        """Agree at once in the name of `ada`, as if she had clicked."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = Given(
            query.get("scope", ""),
            "ada",
            challenge=query.get("code_challenge"),
            redirect_uri=query.get("redirect_uri"),
        )
        back = urlencode({"code": code, "state": query.get("state", ""), "iss": self.url})
        return Reply(302, {"Location": f"{query.get('redirect_uri')}?{back}"})

    def _for_code(self, fields: dict[str, str]) -> Reply:
        given = self._codes.pop(fields.get("code", ""), None)
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_right = given is not None and given.redirect_uri == fields.get("redirect_uri")
        if given is None or given.name is None or not is_right or given.challenge != proof:
            return _error(400, "invalid_grant", "Malformed auth code.")
        return self._granted(given.name, given.scopes, is_new=True)

    def _renewed(self, refresh: str) -> Reply:
        known = self._refreshes.get(refresh)
        if known is None:
            return _error(400, "invalid_grant", "Token has been expired or revoked.")
        if self.rotates:
            del self._refreshes[refresh]
        return self._granted(*known, is_new=self.rotates)

    def _granted(self, name: str, scopes: str, *, is_new: bool) -> Reply:
        access = secrets.token_urlsafe(24)
        self._accesses[access] = name
        told: dict[str, Any] = {
            "access_token": access,
            "expires_in": _SECONDS,
            "scope": scopes,
            "token_type": "Bearer",
        }
        if is_new:
            told["refresh_token"] = secrets.token_urlsafe(24)
            self._refreshes[told["refresh_token"]] = (name, scopes)
        return _json(told)

    def _revoke(self, fields: dict[str, str]) -> Reply:
        token = fields.get("token", "")
        if self._refreshes.pop(token, None) is None:
            return _error(400, "invalid_token", "Token expired or revoked")
        self.revoked.append(token)
        return _json({})

    def _channel(self, asked: Asked) -> Reply:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        name = self._accesses.get(token) if scheme == "Bearer" else None
        if name is None:
            return _json({"error": {"code": 401, "message": "Invalid Credentials"}}, 401)
        channel = self.channels.of.get(name)
        if channel is None:
            # It leaves the list out where it is empty.
            return _json({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})
        item = {"kind": "youtube#channel", "id": channel[0], "snippet": {"title": channel[1]}}
        return _json({"kind": "youtube#channelListResponse", "items": [item]})


def _json(body: dict[str, Any], status: int = 200) -> Reply:
    return Reply(status, _JSON, json.dumps(body).encode())


def _error(status: int, code: str, words: str) -> Reply:
    return _json({"error": code, "error_description": words}, status)

"""A Spotify of which only the way in is wanted: consent, tokens, and whose account it is."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fakes.server import Asked, Fake, Reply
from fakes.spotify_accounts import Accounts

CLIENT_ID, CLIENT_SECRET = "client-of-the-house", "secret-of-the-house"


@dataclass(frozen=True)
class Account:
    """`account_id` None: it is known by its id alone, as before 2026."""

    id: str
    name: str
    account_id: str | None = None


ADA = Account("ada", "Ada", "the-account-of-ada")
BEN = Account("ben", "Ben", "the-account-of-ben")


class Consenting(Fake):
    """`whose`: who is logged in there, in the browser that comes."""

    def __init__(self) -> None:
        super().__init__()
        self.accounts = Accounts(CLIENT_ID, CLIENT_SECRET)
        self.whose = ADA
        self._known = {ADA.id: ADA, BEN.id: BEN}

    def allow(self, address: str) -> str:
        """Open an address of its own as a browser does; return where it leads to."""
        assert urlsplit(address)._replace(query="").geturl() == f"{self.url}/authorize"
        self._known[self.whose.id] = self.whose
        return opened(address)

    def reply(self, asked: Asked) -> Reply:
        if asked.route == "/authorize":
            return self.accounts.authorise(asked, self.whose.id)
        if asked.route == "/api/token":
            return self.accounts.token(asked)
        if asked.route == "/v1/me":
            return self._me(asked)
        return super().reply(asked)

    def _me(self, asked: Asked) -> Reply:
        consent = self.accounts.of(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if consent is None:
            return _json({"error": {"status": 401, "message": "Invalid access token"}}, 401)
        found = self._known[consent.whose]
        told = {"id": found.id, "display_name": found.name, "email": "same@for-all.example"}
        return _json(told | ({"account_id": found.account_id} if found.account_id else {}))


def opened(address: str) -> str:
    """Open a provider's page, where everything is agreed to; return where it leads."""
    try:
        urllib.request.build_opener(_Stays).open(address, timeout=5).close()
    except urllib.error.HTTPError as led:
        with led:
            return str(led.headers["Location"])
    raise AssertionError("it leads nowhere")


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _json(body: object, status: int = 200) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

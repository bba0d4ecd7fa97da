"""ListenBrainz, as one who sends plays there: whose a token is, and taking listens.

Wants the person's token, which goes in a header and never in an address.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, SecretStr

from clients.http import BadStatus, Http
from clients.json_answers import JSON_MOST, JSON_SECONDS, read_json
from core.errors import RemoteError

SERVICE = "ListenBrainz"
AT_ONCE, MOST_BYTES = 1_000, 1_000_000  # listens in one request, and its size
_NO_TOKEN, _REFUSED = (401, 403), (400, 413)


class BadToken(RemoteError):
    def __init__(self) -> None:
        sentence = "ListenBrainz refused the token. Copy it anew from your settings there."
        super().__init__(SERVICE, sentence)


class Refused(RemoteError):
    """It takes none of these, because of one of them at least."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "ListenBrainz refused what was played.")


class _Valid(BaseModel):
    valid: bool
    user_name: str = ""


class _Taken(BaseModel):
    status: Literal["ok"]


class ListenBrainz:
    def __init__(self, url: str, token: SecretStr, http: Http) -> None:
        self._url, self._token, self._http = f"{url}/1", token, http

    def account(self) -> str:
        """Return the name of the account that the token is of.

        Raises:
            BadToken: the token is refused.
            RemoteError: no answer, or not one that we understand.
        """
        url, headers = f"{self._url}/validate-token", self._headers()
        try:
            answer = self._http.get(
                SERVICE, url, headers=headers, most=JSON_MOST, seconds=JSON_SECONDS
            )
        except BadStatus as error:
            if error.code in _NO_TOKEN:
                raise BadToken from None
            raise
        said = read_json(SERVICE, answer, _Valid)
        if not said.valid or not said.user_name:
            raise BadToken
        return said.user_name

    def submit(self, listens: Sequence[Mapping[str, Any]]) -> None:
        """Send up to AT_ONCE listens; those that it knows already it does not add again.

        Raises:
            BadToken, Refused: see there.
            RemoteError: as `account`.
        """
        kind = "single" if len(listens) == 1 else "import"
        body = json.dumps({"listen_type": kind, "payload": list(listens)}).encode()
        headers = self._headers() | {"Content-Type": "application/json"}
        url = f"{self._url}/submit-listens"
        try:
            answer = self._http.post(
                SERVICE, url, body=body, headers=headers, most=JSON_MOST, seconds=JSON_SECONDS
            )
        except BadStatus as error:
            if error.code in _NO_TOKEN:
                raise BadToken from None
            if error.code in _REFUSED:
                raise Refused from None
            raise
        read_json(SERVICE, answer, _Taken)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self._token.get_secret_value()}"}

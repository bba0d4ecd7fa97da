"""Asks Spotify one thing at a time: in somebody's name, when it is our turn, and not too often.

Knows statuses and what they mean there; what an answer holds is the business of
`spotify_answers`.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from pydantic import SecretStr

from clients.http import Answer, BadStatus, Http, named_wait
from clients.json_answers import JSON_SECONDS
from clients.spotify_errors import (
    SERVICE,
    FeaturesClosed,
    NotOnList,
    PremiumNeeded,
    Unreadable,
)
from core import clock
from core.consents import SPOTIFY, Access, ReconnectNeeded, ScopeNeeded
from core.errors import NotYet, Parked

TRIES = 5
MOST = 8 << 20  # 50 albums, each with 50 tracks that name every country
_OK, _NO_ACCESS, _FORBIDDEN, _TOO_OFTEN = range(200, 300), 401, 403, 429
# Judged here: what they mean stands in the body.
_TOLD = (400, 401, 403, 404, 410, 429)
_ONE_THING, _FEATURES = (400, 403, 404, 410), (403, 404, 410)
_REST_SECONDS = 30.0  # it counts over half a minute; how many it does not say
_PREMIUM_SECONDS = 600.0
_AFTER_MIDNIGHT = clock.MINUTE
_LOOKED_AT = 4_000


class Turns(Protocol):
    """How fast the whole house may ask, and when not at all."""

    def take(self) -> None:
        """Wait for a turn.

        Raises:
            NotYet: that would take longer than a few seconds.
        """

    def rest(self, seconds: float, said: str, *, is_quota: bool) -> None:
        """Let nobody ask for so long. `is_quota`: not for haste alone, so pages tell why."""


class Call(NamedTuple):
    """One request. `scopes`: what it takes; `thing`: the one thing that it is about."""

    path: str
    params: Mapping[str, str] = {}
    scopes: tuple[str, ...] = ()
    thing: str | None = None
    method: str = "GET"
    body: Mapping[str, Any] | None = None


class Caller:
    """`access` is called before each request, after a 401 with the version that was refused."""

    def __init__(
        self, api_url: str, access: Callable[[int | None], Access], http: Http, turns: Turns
    ) -> None:
        self._url, self._access, self._http, self._turns = api_url, access, http, turns

    def answer(self, call: Call) -> Answer:
        """Return the answer, after a forced refresh or a short rest if it takes them.

        Raises:
            ReconnectNeeded, ScopeNeeded: the person has to give consent (again).
            Unreadable, FeaturesClosed, NotOnList, PremiumNeeded, Parked: see there.
            NotYet: it is asked too often.
            RemoteError: no answer, or none that helps.
        """
        refused: int | None = None
        for _ in range(TRIES):
            self._turns.take()
            access = self._access(refused)
            answer = self._sent(call, access.token)
            if answer.status == _TOO_OFTEN:
                self._rest(answer)
            elif answer.status != _NO_ACCESS or _lacks_scope(_words(answer)):
                return self._judged(call, answer)
            elif refused is not None:
                raise ReconnectNeeded(SPOTIFY, "a new token was refused too")
            else:
                refused = access.version
        raise NotYet(SERVICE, _HASTE, retry_after=_REST_SECONDS)

    def _sent(self, call: Call, token: SecretStr) -> Answer:
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        url = f"{self._url}/{call.path}"
        if call.method == "GET":
            return self._http.get(
                SERVICE, url, params=call.params, headers=headers, most=MOST, seconds=JSON_SECONDS,
                fine=_TOLD,
            )  # fmt: skip
        send = self._http.put if call.method == "PUT" else self._http.post
        headers["Content-Type"] = "application/json"
        body = json.dumps(call.body).encode()
        # What is written is often confirmed by nothing at all.
        return send(
            SERVICE, url, body=body, headers=headers, most=MOST, seconds=JSON_SECONDS,
            fine=(*_TOLD, *_OK),
        )  # fmt: skip

    def _rest(self, answer: Answer) -> None:
        """Keep the house from asking for as long as Spotify says.

        Raises:
            Parked: the quota is used up.
        """
        named = named_wait(answer)
        if "quota_exceeded" not in _words(answer):
            self._turns.rest(_REST_SECONDS if named is None else named, _HASTE, is_quota=False)
            return
        seconds = _until_tomorrow() if named is None else named
        self._turns.rest(seconds, _QUOTA, is_quota=True)
        raise Parked(SERVICE, _QUOTA, retry_after=seconds)

    def _judged(self, call: Call, answer: Answer) -> Answer:
        if answer.status in _OK:
            return answer
        if answer.status in (_NO_ACCESS, _FORBIDDEN):
            self._refused(call, _words(answer))
        if call.path == "audio-features" and answer.status in _FEATURES:
            raise FeaturesClosed
        if call.thing and answer.status in _ONE_THING:
            raise Unreadable(call.thing, answer.status, to_change=call.method != "GET")
        raise BadStatus(SERVICE, answer.status, None)

    def _refused(self, call: Call, words: str) -> None:
        """Raise what a refusal says, if it is one of those that we know."""
        if "premium" in words:
            self._turns.rest(_PREMIUM_SECONDS, str(PremiumNeeded()), is_quota=True)
            raise PremiumNeeded
        if "registered" in words or "dashboard" in words:
            raise NotOnList
        if _lacks_scope(words):
            raise ScopeNeeded(SPOTIFY, call.scopes)


_HASTE = "Spotify is asked too often at the moment."
_QUOTA = "The quota of the house's app at Spotify is used up for today."


def _until_tomorrow() -> float:
    """Return the seconds until shortly after the next midnight in UTC."""
    left = clock.DAY - clock.now() % clock.DAY
    return (left + _AFTER_MIDNIGHT) / clock.SECOND


def _lacks_scope(words: str) -> bool:
    return "scope" in words or "permissions missing" in words


def _words(answer: Answer) -> str:
    """Return what an error says, in lower case: now and then it is no JSON at all."""
    text = answer.body[:_LOOKED_AT].decode(errors="replace")
    if text.lstrip().startswith("<"):
        return ""  # a page of somebody's on the way, with any words in it
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return text.casefold()
    error = said.get("error") if isinstance(said, dict) else None
    parts = error if isinstance(error, dict) else {"error": error}
    return " ".join(str(part) for part in parts.values()).casefold()

"""Asks YouTube one thing at a time: in somebody's name, and within the day's quota.

Knows statuses and the reasons that errors give; what an answer holds is the business of
`youtube_playlists`.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

from pydantic import SecretStr

from clients.http import AGAIN, Answer, Http, named_wait
from clients.json_answers import JSON_MOST, JSON_SECONDS
from clients.youtube import SERVICE, NoChannel
from core.consents import GOOGLE, GOOGLE_SCOPES, Access, ReconnectNeeded, ScopeNeeded
from core.errors import NeedledropError, NotYet, Parked, RemoteError

_OK, _BAD, _NO_ACCESS, _CLASH, _TOO_OFTEN = range(200, 300), 400, 401, 409, 429
# Judged here: what they mean stands in the body.
_TOLD = (_BAD, _NO_ACCESS, 403, 404, _CLASH, _TOO_OFTEN)
_QUOTA = {"quotaExceeded", "dailyLimitExceeded"}
_HASTE = {"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"}
_GONE = {"playlistNotFound", "playlistItemsNotAccessible", "playlistForbidden"}
_SCOPE = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_SWITCHED_OFF = {"accessNotConfigured", "SERVICE_DISABLED"}
_NO_CHANNEL = {"youtubeSignupRequired", "authenticatedUserNotChannel", "channelNotFound"}
_CLOSED = {
    f"{whose}{what}" for whose in ("account", "authenticatedUserAccount", "channel")
    for what in ("Closed", "Suspended")
}  # fmt: skip
_DEAD = {
    "videoNotFound": "It is not at YouTube any more.",
    "failedPrecondition": "It is private, or cannot be played.",
}
# What it refuses whatever video or title is given.
_PLAINLY = {
    "maxPlaylistExceeded": "YouTube takes no more playlists of this account: delete some there, "
    "or add to one of them.",
    "playlistOperationUnsupported": "YouTube lets no program put videos on this playlist.",
    "watchLaterNotAccessible": "YouTube lets no program put videos on this playlist.",
    "watchHistoryNotAccessible": "YouTube lets no program put videos on this playlist.",
}
_WORD = re.compile(r"[A-Za-z_.]{1,60}", re.ASCII)


class QuotaUsed(Parked):
    """Nothing more can be asked today; `begins_again` is the moment when it can."""

    def __init__(self, begins_again: int, seconds: float) -> None:
        sentence = "The quota of the house's app at YouTube is used up for today."
        super().__init__(SERVICE, sentence, retry_after=seconds)
        self.begins_again = begins_again


class PlaylistFull(RemoteError):
    """No video fits on it any more."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "This playlist is full: YouTube takes no more videos on it.")


class PlaylistGone(RemoteError):
    """It was deleted there, or belongs to somebody else."""

    def __init__(self) -> None:
        super().__init__(
            SERVICE, "YouTube has no such playlist of yours: it was deleted, or is another's."
        )


class VideoRefused(RemoteError):
    """This one video cannot be put on a playlist. `is_dead`: nobody can play it."""

    def __init__(self, why: str, *, is_dead: bool) -> None:
        super().__init__(SERVICE, why)
        self.is_dead = is_dead


class SwitchedOff(RemoteError):
    """The house's app at Google may not ask YouTube at all."""

    def __init__(self) -> None:
        super().__init__(
            SERVICE,
            "YouTube does not answer the house's app: whoever set it up switches on the "
            "“YouTube Data API v3” for it in Google's console.",
        )


class AccountClosed(RemoteError):
    """It was closed or suspended there."""

    def __init__(self) -> None:
        super().__init__(
            SERVICE,
            "YouTube has closed or suspended this account: sign in at youtube.com, where it says "
            "why.",
        )


class Refused(RemoteError):
    """It will not be done, and no other try helps."""


class Quota(Protocol):
    """What is left of the day's units, for the whole house."""

    def spend(self, units: int) -> None:
        """Take so many.

        Raises:
            QuotaUsed: they are not left.
        """

    def used_up(self) -> QuotaUsed:
        """Note that YouTube says nothing is left, and return that as an error."""


class Call(NamedTuple):
    """One request. `units`: what it costs; `adds`: a video, to a playlist."""

    path: str
    params: Mapping[str, str]
    units: int
    body: Mapping[str, Any] | None = None
    adds: bool = False


class Caller:
    """`access` is called before each request, after a 401 with the version that was refused."""

    def __init__(
        self, url: str, access: Callable[[int | None], Access], http: Http, quota: Quota
    ) -> None:
        self._url, self._access, self._http, self._quota = f"{url}/youtube/v3", access, http, quota

    def answer(self, call: Call) -> Answer:
        """Return the answer, after a forced refresh if it takes one.

        Raises:
            ReconnectNeeded, ScopeNeeded: the person has to give consent (again).
            QuotaUsed: not today any more.
            NotYet: it is asked too often.
            PlaylistFull, PlaylistGone, VideoRefused, NoChannel, AccountClosed, SwitchedOff,
                Refused: see there.
            RemoteError: no answer, or none that helps; where it has a `retry_after`, what was to
                be changed may have been changed.
        """
        refused: int | None = None
        while True:
            self._quota.spend(call.units)
            access = self._access(refused)
            answer = self._sent(call, access.token)
            reasons = set() if answer.status in _OK else set(_reasons(answer))
            if answer.status != _NO_ACCESS or reasons & (_NO_CHANNEL | _CLOSED):
                return self._judged(call, answer, reasons)
            if refused is not None:
                raise ReconnectNeeded(GOOGLE, "a new token was refused too")
            refused = access.version

    def _sent(self, call: Call, token: SecretStr) -> Answer:
        url = f"{self._url}/{call.path}"
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        if call.body is None:
            return self._http.get(
                SERVICE, url, params=call.params, headers=headers, most=JSON_MOST,
                seconds=JSON_SECONDS, fine=_TOLD,
            )  # fmt: skip
        headers["Content-Type"] = "application/json"
        asked = "&".join(f"{name}={said}" for name, said in call.params.items())
        return self._http.post(
            SERVICE, f"{url}?{asked}", body=json.dumps(call.body).encode(), headers=headers,
            most=JSON_MOST, seconds=JSON_SECONDS, fine=_TOLD,
        )  # fmt: skip

    def _judged(self, call: Call, answer: Answer, reasons: set[str]) -> Answer:
        if answer.status in _OK:
            return answer
        if reasons & _QUOTA:
            raise self._quota.used_up()
        if answer.status == _TOO_OFTEN or reasons & _HASTE:
            named = named_wait(answer)
            sentence = f"{SERVICE} is asked too often at the moment."
            raise NotYet(SERVICE, sentence, retry_after=AGAIN if named is None else named)
        if answer.status == _CLASH:
            sentence = f"{SERVICE} was busy with something else."
            raise RemoteError(SERVICE, sentence, retry_after=AGAIN)
        _refuse_all(reasons)
        if call.adds:
            _refuse_video(answer, reasons)
        raise Refused(
            SERVICE, f"{SERVICE} refused the request (status {answer.status}, {_named(reasons)})."
        )


# What holds for whatever is asked of this playlist, or by this person or house.
_ENDS: tuple[tuple[Collection[str], Callable[[], NeedledropError]], ...] = (
    ({"playlistContainsMaximumNumberOfVideos"}, PlaylistFull),
    (_GONE, PlaylistGone),
    (_NO_CHANNEL, NoChannel),
    (_CLOSED, AccountClosed),
    (_SCOPE, partial(ScopeNeeded, GOOGLE, GOOGLE_SCOPES)),
    (_SWITCHED_OFF, SwitchedOff),
    *(({reason}, partial(Refused, SERVICE, why)) for reason, why in _PLAINLY.items()),
)


def _refuse_all(reasons: set[str]) -> None:
    for known, error in _ENDS:
        if not reasons.isdisjoint(known):
            raise error()


def _refuse_video(answer: Answer, reasons: set[str]) -> None:
    for reason, why in _DEAD.items():
        if reason in reasons:
            raise VideoRefused(why, is_dead=True)
    if answer.status == _BAD:
        raise VideoRefused(f"YouTube does not take it ({_named(reasons)}).", is_dead=False)


def _named(reasons: set[str]) -> str:
    words = filter(_WORD.fullmatch, reasons)
    # In capitals is what holds for a hundred other things too.
    return min(words, key=lambda word: (word.isupper(), word), default="no reason given")


def _reasons(answer: Answer) -> Iterator[str]:
    """Give every word by which an error can be known; none where it is no JSON of theirs."""
    try:
        error = json.loads(answer.body)["error"]
        parts = [error, *error.get("errors", ()), *error.get("details", ())]
        for part in parts:
            yield from (str(part[name]) for name in ("reason", "status") if name in part)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return

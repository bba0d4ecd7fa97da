"""Last.fm, as one who scrobbles there: whose a session is, and taking scrobbles.

Wants an API account's key and secret, and a session key of the person's. Every request is
signed with them, and sent as a form: no secret ever stands in an address.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from clients.http import AGAIN, Answer, Http, retry_after
from clients.json_answers import JSON_MOST, JSON_SECONDS, read_json
from core.errors import RemoteError

SERVICE = "Last.fm"
AT_ONCE = 50  # scrobbles in one request
# It says what failed in the body; these are the statuses that come with it.
_TOLD = (400, 401, 403, 404, 429, 500, 503)
_OF_KEYS = (4, 9, 10, 13, 14, 15, 17, 26)
_PASSES = (8, 11, 16, 29)
_ENOUGH, _LATER = 5, 3_600.0  # why a scrobble is ignored: too many of one day; seconds


class Keys(BaseModel):
    """What somebody scrobbles with: `key` and `secret` of an API account, `session` of theirs."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    key: SecretStr
    secret: SecretStr
    session: SecretStr


class BadKeys(RemoteError):
    def __init__(self) -> None:
        sentence = "Last.fm refused the keys. Give a session key that belongs to this API account."
        super().__init__(SERVICE, sentence)


class Refused(RemoteError):
    """It does not take these scrobbles as they are."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "Last.fm refused what was played.")


class _User(BaseModel):
    name: str


class _Ignored(BaseModel):
    code: int = 0


class _Scrobble(BaseModel):
    ignored: _Ignored = Field(_Ignored(), alias="ignoredMessage")


class _Scrobbles(BaseModel):
    """Of one scrobble it tells as an object, of several as a list."""

    scrobble: Annotated[
        list[_Scrobble], BeforeValidator(lambda said: said if isinstance(said, list) else [said])
    ]


class _Answer(BaseModel):
    error: int = 0
    user: _User | None = None
    scrobbles: _Scrobbles | None = None


class LastFm:
    def __init__(self, url: str, keys: Keys, http: Http) -> None:
        self._url, self._keys, self._http = f"{url}/2.0/", keys, http

    def account(self) -> str:
        """Return the name of the account that the session is of.

        Raises:
            BadKeys: they are refused.
            RemoteError: no answer, or not one that we understand.
        """
        user = self._call({"method": "user.getInfo"}).user
        if user is None:
            raise BadKeys
        return user.name

    def scrobble(self, scrobbles: Sequence[Mapping[str, str]]) -> int:
        """Send up to AT_ONCE scrobbles; return how many it ignores, as too old, and always will.

        Raises:
            BadKeys, Refused: see there.
            RemoteError: as `account`; also where it takes no more today.
        """
        told = {
            f"{name}[{number}]": said
            for number, scrobble in enumerate(scrobbles)
            for name, said in scrobble.items()
        }
        said = self._call({"method": "track.scrobble"} | told).scrobbles
        if said is None:
            raise RemoteError(SERVICE, "Last.fm did not say what it took.", retry_after=AGAIN)
        codes = [one.ignored.code for one in said.scrobble]
        if _ENOUGH in codes:
            # What it took it knows when it comes again.
            raise RemoteError(SERVICE, "Last.fm takes no more today.", retry_after=_LATER)
        return sum(code != 0 for code in codes)

    def _call(self, fields: Mapping[str, str]) -> "_Answer":
        keys = self._keys
        signed = dict(fields) | {
            "api_key": keys.key.get_secret_value(),
            "sk": keys.session.get_secret_value(),
        }
        signed |= {"api_sig": signature(signed, keys.secret), "format": "json"}
        answer = self._http.post(
            SERVICE, self._url, body=signed, most=JSON_MOST, seconds=JSON_SECONDS, fine=_TOLD
        )
        said = _read(answer)
        if said.error in _OF_KEYS:
            raise BadKeys
        if said.error:
            raise Refused
        return said


def _read(answer: Answer) -> _Answer:
    """Return what was answered.

    Raises:
        RemoteError: it has trouble, says to wait, or nothing that we understand.
    """
    try:
        said = read_json(SERVICE, answer, _Answer)
    except RemoteError:
        if (wait := retry_after(answer)) is None:
            raise
        raise _trouble(wait) from None
    if said.error in _PASSES or (not said.error and answer.status >= 400):  # noqa: PLR2004 - HTTP's
        raise _trouble(retry_after(answer) or AGAIN)
    return said


def _trouble(wait: float) -> RemoteError:
    return RemoteError(SERVICE, "Last.fm has trouble of its own.", retry_after=wait)


def signature(fields: Mapping[str, str], secret: SecretStr) -> str:
    """Return the md5 by which Last.fm knows who sent these fields, as its protocol wants it.

    >>> signature({"b": "2", "a[10]": "x", "a[1]": "y"}, SecretStr("s"))
    '12c3ad84afa8524ce39e1ad473e2e5a0'
    """
    said = "".join(f"{name}{fields[name]}" for name in sorted(fields))
    whole = f"{said}{secret.get_secret_value()}".encode()
    return hashlib.md5(whole, usedforsecurity=False).hexdigest()

"""Whether a video of YouTube's can be played, asked without any key, as who embeds one may.

The status alone does not tell: of a private video it may be 200 with a word instead of JSON, and
401 means that it is not to be embedded, while it plays at YouTube itself.
"""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from clients.http import AGAIN, Answer, BadStatus, Http
from clients.spotify_calls import Turns
from core import videos
from core.errors import NotYet, RemoteError

SERVICE = "YouTube"
NOT_THERE, PRIVATE, NOT_EMBEDDED = "not there", "private", "not embedded"
_MOST, _SECONDS = 64 << 10, 20.0
_OK, _BAD, _CLOSED, _FORBIDDEN, _NOT_FOUND, _TOO_OFTEN = 200, 400, 401, 403, 404, 429
_TOLD = (_BAD, _CLOSED, _FORBIDDEN, _NOT_FOUND)
# What it says in place of JSON; anything else, a page above all, is not its answer.
_WORDS = {
    b"bad request": NOT_THERE,
    b"not found": NOT_THERE,
    b"forbidden": PRIVATE,
    b"unauthorized": NOT_EMBEDDED,
}


class Seen(NamedTuple):
    """`reason`: NOT_THERE or PRIVATE of one that is gone, NOT_EMBEDDED, or None."""

    state: Literal["alive", "gone"]
    reason: str | None


class Unclear(RemoteError):
    """It answered, but not so that anybody could tell; another video may fare better."""

    def __init__(self) -> None:
        sentence = "YouTube answers something that we do not understand."
        super().__init__(SERVICE, sentence, retry_after=AGAIN)


class _Embed(BaseModel):
    type: Literal["video"]
    html: str


class YouTubePages:
    def __init__(self, url: str, http: Http, turns: Turns) -> None:
        self._url, self._http, self._turns = f"{url}/oembed", http, turns

    def look(self, video_id: str) -> Seen:
        """Say whether a video is there.

        Raises:
            NotYet: it is asked too often.
            Unclear: it does not say.
            RemoteError: no answer.
        """
        self._turns.take()
        params = {"url": videos.address(video_id), "format": "json"}
        try:
            answer = self._http.get(
                SERVICE, self._url, params=params, most=_MOST, seconds=_SECONDS, fine=_TOLD
            )
        except BadStatus as error:
            if error.code != _TOO_OFTEN or error.retry_after is None:
                raise
            self._turns.rest(error.retry_after, str(error), is_quota=False)
            raise NotYet(SERVICE, str(error), retry_after=error.retry_after) from None
        return _judged(answer)


def _judged(answer: Answer) -> Seen:
    try:
        _Embed.model_validate_json(answer.body)
    except ValidationError:
        reason = _WORDS.get(answer.body.strip().lower())
    else:
        return Seen("alive", None)
    if reason is None:
        raise Unclear
    return Seen("alive" if reason == NOT_EMBEDDED else "gone", reason)

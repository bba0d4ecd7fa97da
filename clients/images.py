"""Pictures by their address: the bytes as they come. What is in them is not looked at here."""

from dataclasses import dataclass

from clients.http import AGAIN, BadStatus, Http, TooMuch
from core.errors import RemoteError

SERVICE = "The picture server"
MOST, SECONDS = 3 << 20, 60.0
_GONE = (404, 410)


@dataclass(frozen=True)
class Picture:
    """Encoded bytes, not checked; `etag` and `last_modified` ask for news later."""

    data: bytes
    etag: str | None
    last_modified: str | None


class NoPicture(RemoteError):
    """There is none at that address, and there will be none soon."""

    status = 404

    def __init__(self, sentence: str) -> None:
        super().__init__(SERVICE, sentence)


def fetch(
    http: Http, url: str, *, etag: str | None = None, last_modified: str | None = None
) -> Picture | None:
    """Return the picture at `url`, or None if it is what it was.

    Raises:
        NoPicture: it is gone, or larger than any poster.
        RemoteError: no answer or not a whole one, no entry, a page instead of a
            picture: all of which says nothing about the picture.
    """
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {field: value for field, value in known.items() if value}
    fine = (304,) if headers else ()
    try:
        answer = http.get(SERVICE, url, headers=headers, most=MOST, seconds=SECONDS, fine=fine)
    except TooMuch as error:
        raise NoPicture(str(error)) from None
    except BadStatus as error:
        if error.code in _GONE:
            raise NoPicture(str(error)) from None
        raise
    if answer.status in fine:
        return None
    if answer.headers.get("Content-Type", "").lower().startswith("text/"):
        # Most often the login of a hotspot, which answers for everybody.
        sentence = f"{SERVICE} sent a page instead of a picture."
        raise RemoteError(SERVICE, sentence, retry_after=AGAIN)
    return Picture(answer.body, answer.tag("ETag"), answer.tag("Last-Modified"))

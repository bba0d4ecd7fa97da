"""Pictures by their address: the bytes as they come. What is in them is not looked at here."""

from dataclasses import dataclass

from clients.http import Http
from core.errors import RemoteError

SERVICE = "The picture server"
MOST, SECONDS = 3 << 20, 60.0


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
        NoPicture: it is gone, is no picture, or the address is none that may be asked.
        RemoteError: no answer, or not a whole one; another try may help.
    """
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {field: value for field, value in known.items() if value}
    fine = (304,) if headers else ()
    try:
        answer = http.get(SERVICE, url, headers=headers, most=MOST, seconds=SECONDS, fine=fine)
    except RemoteError as error:
        if error.retry_after is None:
            raise NoPicture(str(error)) from None
        raise
    if answer.status in fine:
        return None
    if not answer.headers.get("Content-Type", "").lower().startswith("image/"):
        raise NoPicture(f"{SERVICE} sent something that is no picture.")
    return Picture(answer.body, answer.headers.get("ETag"), answer.headers.get("Last-Modified"))

"""Discogs: whose a token is, what stands in a collection, which releases there are.

Wants a token, which goes in a header and never in an address. Discogs says with each
answer how often it may be asked, and how much of that is left; it is asked no faster.
Whoever shows what it says names Discogs on the page.
"""

import re
import time
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel, SecretStr

from clients.discogs_answers import (
    Collection,
    Found,
    Identity,
    Numbered,
    WholeRelease,
)
from clients.discogs_values import Page, Told
from clients.guard import Bases
from clients.http import Answer, BadStatus, Http
from clients.json_answers import JSON_MOST, JSON_SECONDS, read_json
from clients.pace import Pace
from core.errors import RemoteError
from core.releases import Release, Wanted

SERVICE = "Discogs"
A_MINUTE = 60  # requests, where it does not say how many
PER_PAGE = 100
_OFFERED = 25
_FEW_LEFT, _REST_SECONDS = 3, 15.0
_NO_TOKEN, _UNKNOWN = 401, 404
_FIGURE = re.compile(r"[0-9]{1,6}", re.ASCII)

Shape = TypeVar("Shape", bound=BaseModel)


class BadToken(RemoteError):
    """It refuses the token, and with it whatever else is asked."""

    def __init__(self) -> None:
        super().__init__(SERVICE, "Discogs refused the token. Make a new one there, and link it.")


class NoSuchRelease(RemoteError):
    status = 404

    def __init__(self) -> None:
        super().__init__(SERVICE, "Discogs does not know that release.")


class Discogs:
    def __init__(
        self,
        api_url: str,
        image_url: str,
        token: SecretStr,
        http: Http,
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Make it ready; nothing is asked yet. `pause` waits for so many seconds."""
        self._url, self._http, self._token, self._pause = api_url, http, token, pause
        self._pictures = Bases([image_url, api_url])
        self._pace = Pace(A_MINUTE / 60)

    def account(self) -> str:
        """Return the name of the account that the token is of.

        Raises:
            BadToken: the token is refused.
            RemoteError: no answer, or not one that we understand.
        """
        return self._get("oauth/identity", Identity).username

    def folders(self, account: str) -> dict[int, str]:
        """Return the folders of a collection, by number."""
        return self._get(f"users/{account}/collection/folders", Numbered).names()

    def fields(self, account: str) -> dict[int, str]:
        """Return what the owner of a collection may note of a copy, by number."""
        return self._get(f"users/{account}/collection/fields", Numbered).names()

    def collection(self, account: str, page: int) -> Page:
        """Return a page of a collection, from 1; what was added first comes first."""
        asked = {"page": str(page), "per_page": str(PER_PAGE)}
        asked |= {"sort": "added", "sort_order": "asc"}
        path = f"users/{account}/collection/folders/0/releases"
        return self._get(path, Collection, asked).page(self._cover)

    def search(self, wanted: Wanted) -> list[Release]:
        """Return the releases that may be meant: one request, two where the year finds none."""
        asked = _question(wanted)
        found = self._get("database/search", Found, asked).releases(self._cover)
        if found or "year" not in asked:
            return found
        del asked["year"]
        return self._get("database/search", Found, asked).releases(self._cover)

    def release(self, discogs_id: int) -> Told:
        """Return all that is told of a release.

        Raises:
            NoSuchRelease: there is none of that number.
            RemoteError: as `account`.
        """
        try:
            return self._get(f"releases/{discogs_id}", WholeRelease).told(self._cover)
        except BadStatus as error:
            if error.code == _UNKNOWN:
                raise NoSuchRelease from None
            raise

    def _cover(self, address: str | None) -> str | None:
        """Return an address that may be asked for a picture; what stands for none is elsewhere."""
        return address if address and self._pictures.allow(address) else None

    def _get(self, path: str, model: type[Shape], params: dict[str, str] | None = None) -> Shape:
        seconds = self._pace.reserve(time.monotonic())
        if seconds > 0:
            self._pause(seconds)
        headers = {"Authorization": f"Discogs token={self._token.get_secret_value()}"}
        url = f"{self._url}/{path}"
        try:
            answer = self._http.get(
                SERVICE, url, params=params, headers=headers, most=JSON_MOST, seconds=JSON_SECONDS
            )
        except BadStatus as error:
            if error.code == _NO_TOKEN:
                raise BadToken from None
            raise
        self._heed(answer)
        return read_json(SERVICE, answer, model)

    def _heed(self, answer: Answer) -> None:
        """Go no faster than Discogs says that one may."""
        allowed = answer.headers.get("X-Discogs-Ratelimit", "")
        if _FIGURE.fullmatch(allowed) and int(allowed):
            self._pace.change(int(allowed) / 60)
        left = answer.headers.get("X-Discogs-Ratelimit-Remaining", "")
        if _FIGURE.fullmatch(left) and int(left) < _FEW_LEFT:
            # Others ask with the same token: the minute moves on, and frees some more.
            self._pace.rest(time.monotonic() + _REST_SECONDS)


def _question(wanted: Wanted) -> dict[str, str]:
    asked = {
        "q": wanted.words,
        "barcode": wanted.barcode,
        "artist": wanted.artist,
        "release_title": wanted.title,
        "year": str(wanted.year or ""),
        "format": wanted.medium,
    }
    said = {name: words for name, words in asked.items() if words}
    return {"type": "release", "per_page": str(_OFFERED), "page": "1"} | said

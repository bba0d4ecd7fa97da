"""A Spotify with people's libraries, which asks for consent, says no, and changes, as the real one.

Its addresses are those of the Web API, below /v1, and of the accounts service.
"""

import re
from collections import Counter
from collections.abc import Callable
from html import escape
from urllib.parse import urlencode

from fakes.covers import cover
from fakes.server import Asked, Fake, Reply
from fakes.spotify_accounts import SCOPES, Accounts, Consent
from fakes.spotify_api import ROUTES, Asking, Route, error
from fakes.spotify_library import Library, large, small
from fakes.spotify_shapes import Shapes

__all__ = [
    "CLIENT_ID", "CLIENT_SECRET", "SCOPES", "TOKEN", "Consent", "FakeSpotify", "Library", "large",
    "small",
]  # fmt: skip

CLIENT_ID, CLIENT_SECRET = "an-app", "an-app-secret"
TOKEN = "a-token"  # noqa: S105 - of the first library's person, and good for everything
_PREMIUM = "Active premium subscription required for the owner of the app."
_STRANGER = "User not registered in the Developer Dashboard"
_ID = re.compile(r"/(playlists|albums|artists|tracks)/[^/]+")


class FakeSpotify(Fake):
    """Answers with what is in `libraries`, by owner; `library` is that of the first.

    Attributes that change how it answers, at any time:
        accounts: consents and tokens; see there.
        spelling: "new", "old" or "both".
        has_features: whether it tells how tracks sound; to most apps it does not.
        has_premium: whether the owner of the app pays.
        strangers: owners who are not on the app's list.
        shortens: rows by which each page is shorter than it could be.
        before: called with each request before it is answered.
    """

    def __init__(self, *libraries: Library, port: int = 0) -> None:
        super().__init__(port)
        self.libraries = {one.owner_id: one for one in libraries or (small(),)}
        self.library = next(iter(self.libraries.values()))
        self.accounts = Accounts(CLIENT_ID, CLIENT_SECRET)
        self.accounts.known(TOKEN, self.accounts.consent(self.library.owner_id))
        # Whose browser it is that comes for a consent; None: whoever is chosen there.
        self.login: str | None = self.library.owner_id
        self.spelling = "both"
        self.has_features, self.has_premium = False, True
        self.strangers: set[str] = set()
        self.shortens = 0
        self.before: Callable[[Asked], None] | None = None

    @property
    def api_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def calls(self) -> Counter[str]:
        """How often each address of the Web API was asked, with ID for what it names."""
        routes = (one.route.removeprefix("/v1") for one in tuple(self.requests) if _is_api(one))
        return Counter(_ID.sub(r"/\1/ID", route) for route in routes)

    def forget_calls(self) -> None:
        self.requests.clear()

    def too_often(self, retry_after: str | None = "1", *, times: int | None = 1) -> None:
        """Answer that it is asked too often; `retry_after` in seconds or as a date."""
        self._fault(429, "API rate limit exceeded", retry_after=retry_after, times=times)

    def quota_exceeded(self, retry_after: str | None = None, *, times: int | None = None) -> None:
        """Answer that the quota of the app is used up."""
        self._fault(
            429, "Quota exceeded", reason="QUOTA_EXCEEDED", retry_after=retry_after, times=times
        )

    def refuses(self, message: str, *, status: int = 403, path_prefix: str = "/v1") -> None:
        """Answer with an error in those words."""
        self._fault(status, message, path_prefix=path_prefix)

    def _fault(  # noqa: PLR0913 - what an error may have
        self,
        status: int,
        message: str,
        *,
        reason: str | None = None,
        retry_after: str | None = None,
        times: int | None = None,
        path_prefix: str = "/v1",
    ) -> None:
        said = error(status, message, reason)
        headers = dict(said.headers) | ({"Retry-After": retry_after} if retry_after else {})
        self.answers(status, headers, said.body, times=times, path_prefix=path_prefix)

    def reply(self, asked: Asked) -> Reply:
        if self.before is not None:
            self.before(asked)
        if asked.route == "/authorize":
            return self._consent(asked)
        if asked.route == "/api/token":
            return self.accounts.token(asked)
        if asked.route.startswith("/image/"):
            return _picture(asked.route)
        return self._api(asked) if _is_api(asked) else error(404, "Service not found")

    def _consent(self, asked: Asked) -> Reply:
        whose = self.login or asked.query.get("whose", "")
        if whose in self.libraries:
            return self.accounts.authorise(asked, whose)
        ways = "".join(
            f'<p><a href="?{escape(urlencode(asked.query | {"whose": one.owner_id}))}">'
            f"Allow it as {escape(one.owner_name)}</a></p>"
            for one in self.libraries.values()
        )
        page = (
            '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">'
            "<title>Spotify, played by this machine</title>"
            f"<h1>Spotify, played by this machine</h1>{ways}</html>"
        )
        return Reply(200, {"Content-Type": "text/html; charset=utf-8"}, page.encode())

    def _api(self, asked: Asked) -> Reply:
        consent = self.accounts.of(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if consent is None:
            return error(401, "The access token expired")
        if not self.has_premium:
            return error(403, _PREMIUM)
        if consent.whose in self.strangers:
            # In plain text, as it comes now and then.
            return Reply(403, {"Content-Type": "text/plain"}, _STRANGER.encode())
        path = asked.route.removeprefix("/v1")
        for route in ROUTES:
            found = route.pattern.fullmatch(path)
            if found is not None and route.method == asked.method:
                return self._answer(asked, consent, route, found.groups())
        return error(404, "Service not found")

    def _answer(
        self, asked: Asked, consent: Consent, route: Route, named: tuple[str, ...]
    ) -> Reply:
        if not set(route.scopes.split()) <= set(consent.scopes.split()):
            return error(403, "Insufficient client scope")
        library = self.libraries[consent.whose]
        shapes = Shapes(library.catalogue, self.url, self.spelling)
        asking = Asking(asked, library, shapes, self.shortens, self.has_features, *named)
        return route.answer(asking)


def _is_api(asked: Asked) -> bool:
    return asked.route.startswith("/v1/")


def _picture(route: str) -> Reply:
    name = route.rpartition("/")[2]
    seed = sum(ord(sign) * place for place, sign in enumerate(name.partition("-")[0], 1))
    return Reply(200, {"Content-Type": "image/jpeg"}, cover(seed, "", ""))

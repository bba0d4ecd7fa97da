"""YouTube, of which so far one thing is asked: whose channel a consent is for."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from clients.http import Http
from clients.json_answers import get_json
from core.consents import Account
from core.errors import RemoteError

SERVICE = "YouTube"
_LONGEST_NAME = 300


class NoChannel(RemoteError):
    """The Google account has none, and so nothing to keep playlists in."""

    def __init__(self) -> None:
        super().__init__(
            SERVICE,
            "This Google account has no channel at YouTube, and playlists belong to channels. "
            "Make one at youtube.com, then connect again.",
        )


def shown(said: str) -> str:
    """Return a name as a page can show it and every database take it."""
    return "".join(sign for sign in said if sign.isprintable()).strip()[:_LONGEST_NAME]


class _Snippet(BaseModel):
    title: Annotated[str, AfterValidator(shown)] = ""


class _Channel(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    id: str = Field(pattern=r"^[\x21-\x7e]{1,200}$")
    snippet: _Snippet = _Snippet()


class _Channels(BaseModel):
    items: list[_Channel] = []


class YouTube:
    def __init__(self, url: str, token: SecretStr, http: Http) -> None:
        self._url, self._token, self._http = f"{url}/youtube/v3", token, http

    def own_channel(self) -> Account:
        """Return the channel that the consent is for; it costs one unit of the day's quota.

        Raises:
            NoChannel: there is none.
            RemoteError: no answer, or not one that we understand.
        """
        found = get_json(
            self._http,
            SERVICE,
            f"{self._url}/channels",
            _Channels,
            params={"part": "snippet", "mine": "true"},
            headers={"Authorization": f"Bearer {self._token.get_secret_value()}"},
        )
        if not found.items:
            raise NoChannel
        channel = found.items[0]
        return Account(channel.id, channel.snippet.title or channel.id)

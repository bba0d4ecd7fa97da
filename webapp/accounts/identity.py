"""Whose account a token has just been given for. Loaded when somebody comes back, not before."""

from clients.http import Http
from clients.spotify import Spotify
from clients.youtube import YouTube
from core.consents import NAMES, SPOTIFY, Access, Account, Tokens
from core.errors import RemoteError
from core.settings import Settings


class _AtOnce:
    """Turns of somebody who waits for a page: one call is made now, or not at all."""

    def take(self) -> None:
        pass

    def rest(self, seconds: float, said: str, *, is_quota: bool) -> None:  # noqa: ARG002 - one kind here
        raise RemoteError(NAMES[SPOTIFY], said, retry_after=seconds)


def of(settings: Settings, http: Http, provider: str, tokens: Tokens) -> Account:
    """Return whose it is.

    Raises:
        RemoteError: the provider does not say.
    """
    if provider == SPOTIFY:
        return _at_spotify(settings, http, tokens)
    return YouTube(settings.youtube_url, tokens.access, http).own_channel()


def _at_spotify(settings: Settings, http: Http, tokens: Tokens) -> Account:
    def access(refused: int | None) -> Access:
        if refused is not None:
            raise RemoteError(NAMES[SPOTIFY], "Spotify does not take what it has just given.")
        return Access(tokens.access, 0)

    told = Spotify(settings.spotify_api_url, access, http, _AtOnce()).me()
    return Account(told.subject, told.name, told.formerly)

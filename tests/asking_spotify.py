"""What a Spotify client of a test needs: a token, and turns that are always free."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from clients.http import Http
from clients.spotify import Spotify
from core.consents import Access
from core.errors import NotYet
from fakes.spotify import TOKEN, FakeSpotify


class FreeTurns:
    """Turns that come at once, until a rest of more than `patience` seconds was asked for."""

    def __init__(self, patience: float = 0.0) -> None:
        self.taken = 0
        self.rests: list[tuple[float, bool]] = []
        self._patience = patience

    def take(self) -> None:
        if self.rests and self.rests[-1][0] > self._patience:
            raise NotYet("Spotify", "It rests.", retry_after=self.rests[-1][0])
        self.taken += 1

    def rest(self, seconds: float, said: str, *, is_quota: bool) -> None:
        assert said
        self.rests.append((seconds, is_quota))


class Keys:
    """Access tokens, one after the other: each that is refused makes way for the next one."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = tokens or (TOKEN,)
        self.refused: list[int | None] = []

    def access(self, refused: int | None) -> Access:
        self.refused.append(refused)
        version = sum(one is not None for one in self.refused)
        return Access(SecretStr(self._tokens[min(version, len(self._tokens) - 1)]), version)


@contextmanager
def asking(
    fake: FakeSpotify, turns: FreeTurns | None = None, keys: Keys | None = None
) -> Iterator[Spotify]:
    http = Http([fake.api_url], user_agent="Needledrop/test", pauses=())
    try:
        yield Spotify(fake.api_url, (keys or Keys()).access, http, turns or FreeTurns())
    finally:
        http.close()

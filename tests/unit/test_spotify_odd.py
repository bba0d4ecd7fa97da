"""Whatever Spotify may answer, it is understood or refused in one sentence, and never a crash."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.spotify import Spotify
from core.errors import RemoteError
from core.library import Page
from fakes.server import Asked, Reply
from fakes.spotify import FakeSpotify
from tests.asking_spotify import asking

JSON = {"Content-Type": "application/json"}
READS: dict[str, Callable[[Spotify], Any]] = {
    "me": lambda spotify: spotify.me(),
    "playlists": lambda spotify: spotify.playlists(),
    "playlist": lambda spotify: spotify.playlist("lst8930000000000000001"),
    "items": lambda spotify: spotify.playlist_items("lst8930000000000000001"),
    "image": lambda spotify: spotify.playlist_image("lst8930000000000000001"),
    "liked": lambda spotify: spotify.liked(),
    "albums": lambda spotify: spotify.saved_albums(),
    "album": lambda spotify: spotify.album("alb0000000000000000000"),
    "album tracks": lambda spotify: spotify.album_tracks("alb0000000000000000000"),
    "track": lambda spotify: spotify.track("trk0000000000000000000"),
    "artist": lambda spotify: spotify.artist("art0000000000000000000"),
    "followed": lambda spotify: spotify.followed(),
    "recent": lambda spotify: spotify.recent(),
    "top tracks": lambda spotify: spotify.top_tracks("long_term"),
    "features": lambda spotify: spotify.audio_features(["trk0000000000000000000"]),
    "counts": lambda spotify: spotify.counts(),
}
ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=9),
    st.sampled_from(["", "\0", "0000", "spotify:local:x", "https://", "1e999", "9" * 40]),
    st.lists(st.none(), max_size=2),
    st.just({}),
)


class _Spoilt(FakeSpotify):
    """Answers well but for the places that `spoils` names, which hold what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.has_features = True
        self.spoils: list[tuple[int, Any]] = []

    def reply(self, asked: Asked) -> Reply:
        said = super().reply(asked)
        body = json.loads(said.body)
        for place, odd in self.spoils:
            body = _spoilt(body, place, odd)
        return Reply(said.status, JSON, json.dumps(body).encode())


def _places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children: Any = ()
    if isinstance(node, dict):
        children = node.items()
    elif isinstance(node, list):
        children = enumerate(node)
    for key, child in children:
        yield from _places(child, (*path, key))


def _spoilt(body: Any, place: int, odd: Any) -> Any:
    """Put something odd in one of the places of a body; `...` takes away what is there."""
    paths = list(_places(body))
    path = paths[place % len(paths)]
    if not path:
        return None if odd is ... else odd
    parent = body
    for key in path[:-1]:
        parent = parent[key]
    if odd is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = odd
    return body


@pytest.fixture(scope="module")
def spoilt() -> Iterator[_Spoilt]:
    with _Spoilt() as made:
        yield made


@pytest.fixture(scope="module")
def spotify(spoilt: _Spoilt) -> Iterator[Spotify]:
    with asking(spoilt) as made:
        yield made


@pytest.mark.parametrize("read", READS)
@settings(max_examples=60, deadline=None)
@given(
    spoils=st.lists(
        st.tuples(st.integers(0, 5_000), st.one_of(st.just(...), ODD)), min_size=1, max_size=4
    )
)
def test_an_odd_answer_is_read_or_refused(
    spoilt: _Spoilt, spotify: Spotify, read: str, spoils: list[tuple[int, Any]]
) -> None:
    spoilt.spoils = spoils
    try:
        told = READS[read](spotify)
    except RemoteError:
        return
    if isinstance(told, Page):
        assert told.cursor is None or told.cursor
        assert all(count > 0 for count in told.skipped.values())
    assert "\\x00" not in repr(told)


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60), status=st.sampled_from([200, 400, 401, 403, 404, 410, 429]))
def test_a_body_of_any_bytes_is_refused(spoilt: _Spoilt, body: bytes, status: int) -> None:
    from core.errors import NeedledropError

    spoilt.behaves()
    spoilt.answers(status, JSON, body)
    with asking(spoilt) as client, pytest.raises(NeedledropError):
        client.liked()
    spoilt.behaves()

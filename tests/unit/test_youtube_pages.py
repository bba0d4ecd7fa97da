"""Whether a video plays is told by the JSON that comes, or by the word that comes in its place."""

from collections.abc import Iterator

import pytest

from clients.http import Http
from clients.youtube_pages import NOT_EMBEDDED, NOT_THERE, PRIVATE, Seen, Unclear, YouTubePages
from core.errors import NotYet, RemoteError
from core.videos import as_id
from fakes.youtube_pages import FakeYouTubePages

ID = as_id(7)


class Turns:
    """Turns that are always there; what is said of them is kept."""

    def __init__(self) -> None:
        self.rests: list[float] = []

    def take(self) -> None:
        pass

    def rest(self, seconds: float, said: str, *, is_quota: bool) -> None:  # noqa: ARG002
        self.rests.append(seconds)


@pytest.fixture
def fake() -> Iterator[FakeYouTubePages]:
    with FakeYouTubePages() as made:
        yield made


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def client(fake: FakeYouTubePages, turns: Turns) -> Iterator[YouTubePages]:
    http = Http([fake.url], user_agent="Needledrop/test", pauses=())
    yield YouTubePages(fake.url, http, turns)
    http.close()


@pytest.mark.parametrize(
    ("way", "seen"),
    [
        ("gone", Seen("gone", NOT_THERE)),
        ("removed", Seen("gone", NOT_THERE)),
        ("private", Seen("gone", PRIVATE)),
        ("private at 200", Seen("gone", PRIVATE)),
        ("not embedded", Seen("alive", NOT_EMBEDDED)),
    ],
)
def test_each_way_is_understood(
    fake: FakeYouTubePages, client: YouTubePages, way: str, seen: Seen
) -> None:
    fake.says(way, ID)

    assert client.look(ID) == seen
    assert client.look(as_id(8)) == Seen("alive", None)


def test_a_page_in_its_place_says_nothing_of_a_video(
    fake: FakeYouTubePages, client: YouTubePages
) -> None:
    fake.html(times=1)
    with pytest.raises(Unclear):
        client.look(ID)
    fake.answers(404, {"Content-Type": "text/html"}, b"<html>Not Found</html>", times=1)
    with pytest.raises(Unclear):
        client.look(ID)
    fake.answers(200, {"Content-Type": "application/json"}, b'{"type": "photo"}', times=1)
    with pytest.raises(Unclear):
        client.look(ID)


def test_asked_too_often_everybody_waits(
    fake: FakeYouTubePages, client: YouTubePages, turns: Turns
) -> None:
    fake.answers(429, {"Retry-After": "7"}, times=1)

    with pytest.raises(NotYet) as told:
        client.look(ID)

    assert (told.value.retry_after, turns.rests) == (7.0, [7.0])


def test_its_trouble_is_no_answer(fake: FakeYouTubePages, client: YouTubePages) -> None:
    fake.answers(500, {}, b"Not Found", times=1)

    with pytest.raises(RemoteError) as told:
        client.look(ID)

    assert told.value.retry_after

"""ListenBrainz and Last.fm, asked over real connections: what each way of failing becomes."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from clients import lastfm, listenbrainz
from clients.http import Http
from clients.lastfm import BadKeys, Keys, LastFm
from clients.listenbrainz import BadToken, ListenBrainz
from core.errors import RemoteError
from fakes.scrobbling import FakeLastFm, FakeListenBrainz

LISTEN = {
    "listened_at": 1_780_000_000,
    "track_metadata": {"artist_name": "Can", "track_name": "Paperhouse"},
}
SCROBBLE = {"artist": "Can", "track": "Ödipus & Co.", "timestamp": "1780000000"}
KEYS = {"key": "an-api-key", "secret": "an-api-secret", "session": "a-session"}


@pytest.fixture
def brainz() -> Iterator[FakeListenBrainz]:
    with FakeListenBrainz() as fake:
        yield fake


@pytest.fixture
def last_fm() -> Iterator[FakeLastFm]:
    with FakeLastFm() as fake:
        yield fake


@pytest.fixture
def http(brainz: FakeListenBrainz, last_fm: FakeLastFm) -> Iterator[Http]:
    made = Http((brainz.url, last_fm.url), user_agent="test", pauses=())
    yield made
    made.close()


def listenbrainz_of(fake: FakeListenBrainz, http: Http, token: str = "") -> ListenBrainz:
    return ListenBrainz(fake.url, SecretStr(token or "token"), http)


def lastfm_of(fake: FakeLastFm, http: Http, **keys: str) -> LastFm:
    return LastFm(fake.url, Keys.model_validate(KEYS | keys), http)


def test_whose_a_key_is(brainz: FakeListenBrainz, last_fm: FakeLastFm, http: Http) -> None:
    assert listenbrainz_of(brainz, http).account() == "ada"
    assert lastfm_of(last_fm, http).account() == "ada"
    # No secret stands in an address: those end up in logs.
    asked = [asked.path for asked in (*brainz.requests, *last_fm.requests)]
    assert asked == ["/1/validate-token", "/2.0/"]


def test_keys_that_are_refused(brainz: FakeListenBrainz, last_fm: FakeLastFm, http: Http) -> None:
    for ask in ("account", "submit"):
        with pytest.raises(BadToken):
            _call(listenbrainz_of(brainz, http, "another"), ask, LISTEN)
    for name in KEYS:
        with pytest.raises(BadKeys):
            lastfm_of(last_fm, http, **{name: "another"}).scrobble([SCROBBLE])


def _call(service: ListenBrainz, ask: str, listen: dict[str, object]) -> None:
    if ask == "account":
        service.account()
    else:
        service.submit([listen])


@pytest.mark.parametrize(("status", "waits"), [(429, 90), (500, 60), (503, 60), (404, None)])
def test_listenbrainz_in_trouble(
    brainz: FakeListenBrainz, http: Http, status: int, waits: float | None
) -> None:
    brainz.answers(status, {"Retry-After": "90"} if status == 429 else {}, b"{}")

    with pytest.raises(RemoteError) as caught:
        listenbrainz_of(brainz, http).submit([LISTEN])

    assert caught.value.retry_after == waits
    assert len(brainz.requests) == 1


@pytest.mark.parametrize(
    ("status", "body", "waits"),
    [
        (200, b'{"error": 29, "message": "Rate limit exceeded"}', 60),
        (503, b'{"error": 16, "message": "temporarily unavailable"}', 60),
        (500, b'{"error": 8, "message": "Operation failed"}', 60),
        (502, b"<html>Bad gateway</html>", 60),
        (500, b"<html>oops</html>", 60),
        (200, b"<html>Log in to the wifi</html>", 60),
        (200, b"[]", None),
    ],
)
def test_last_fm_in_trouble(
    last_fm: FakeLastFm, http: Http, status: int, body: bytes, waits: float | None
) -> None:
    last_fm.answers(status, {"Content-Type": "application/json"}, body)

    with pytest.raises(RemoteError) as caught:
        lastfm_of(last_fm, http).scrobble([SCROBBLE])

    assert caught.value.retry_after == waits
    assert not isinstance(caught.value, BadKeys)


def test_what_no_service_takes_is_told_apart(
    brainz: FakeListenBrainz, last_fm: FakeLastFm, http: Http
) -> None:
    with pytest.raises(listenbrainz.Refused):
        listenbrainz_of(brainz, http).submit([LISTEN | {"listened_at": 5}])
    with pytest.raises(lastfm.Refused):
        lastfm_of(last_fm, http).scrobble([SCROBBLE] * 51)


def test_letters_beyond_ascii_are_signed_as_last_fm_reads_them(
    last_fm: FakeLastFm, http: Http
) -> None:
    lastfm_of(last_fm, http).scrobble([SCROBBLE])

    assert [one["track"] for one in last_fm.scrobbles.values()] == ["Ödipus & Co."]


def test_what_is_sent_is_sent_to_no_other_address(
    brainz: FakeListenBrainz, last_fm: FakeLastFm, http: Http
) -> None:
    brainz.answers(307, {"Location": f"{last_fm.url}/1/submit-listens"}, b"x")

    with pytest.raises(RemoteError):
        listenbrainz_of(brainz, http).submit([LISTEN])

    assert last_fm.requests == []

"""Spotify says no in many ways; each is told as what it is, and none costs more than it must."""

from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import pytest

from clients.http import AGAIN, BadStatus, Http
from clients.spotify import (
    FeaturesClosed,
    NotOnList,
    PremiumNeeded,
    Spotify,
    Unreadable,
)
from clients.spotify_calls import TRIES
from core import clock
from core.consents import SPOTIFY_WRITES, ReconnectNeeded, ScopeNeeded
from core.errors import NotYet, Parked, RemoteError
from fakes.server import Asked, Reply
from fakes.spotify import TOKEN, FakeSpotify
from tests.asking_spotify import FreeTurns, Keys, asking

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def fake() -> Iterator[FakeSpotify]:
    with FakeSpotify() as made:
        yield made


@pytest.fixture
def turns() -> FreeTurns:
    return FreeTurns(patience=5.0)


@pytest.fixture
def spotify(fake: FakeSpotify, turns: FreeTurns) -> Iterator[Spotify]:
    with asking(fake, turns) as made:
        yield made


def consented(fake: FakeSpotify, *scopes: str) -> Keys:
    (token,) = fake.accounts.consent(fake.library.owner_id, " ".join(scopes)).access
    return Keys(token)


def test_a_token_that_ends_in_the_middle_of_a_list_costs_no_page(fake: FakeSpotify) -> None:
    songs = [fake.library.track(f"Song {number}") for number in range(230)]
    key = fake.library.playlist("Long", songs)
    (second,) = fake.accounts.consent(fake.library.owner_id).access
    fake.accounts.holds_for = 3
    keys = Keys(TOKEN, second)

    with asking(fake, keys=keys) as spotify:
        cursor, found = None, []
        while True:
            page = spotify.playlist_items(key, cursor)
            found += [one.track.spotify_id for one in page.items]
            if (cursor := page.cursor) is None:
                break

    assert found == songs
    offsets = [one.query["offset"] for one in fake.requests]
    assert offsets == ["0", "50", "100", "150", "150", "200"]
    assert keys.refused == [None, None, None, None, 0, None]


def test_a_token_that_was_just_renewed_and_is_refused_needs_the_person(fake: FakeSpotify) -> None:
    keys = Keys("wrong", "wrong too")

    with asking(fake, keys=keys) as spotify, pytest.raises(ReconnectNeeded):
        spotify.me()

    assert len(fake.requests) == 2
    assert keys.refused == [None, 0]


@pytest.mark.parametrize(
    ("ask", "scopes"),
    [
        (lambda spotify: spotify.liked(), ("user-library-read",)),
        (lambda spotify: spotify.followed(), ("user-follow-read",)),
        (lambda spotify: spotify.recent(), ("user-read-recently-played",)),
        (lambda spotify: spotify.top_tracks("long_term"), ("user-top-read",)),
        (lambda spotify: spotify.make_playlist("x", ""), SPOTIFY_WRITES),
        (lambda spotify: spotify.describe("lst1", ""), SPOTIFY_WRITES),
        (lambda spotify: spotify.add("lst1", []), SPOTIFY_WRITES),
    ],
)
def test_what_was_not_consented_to_is_named(
    fake: FakeSpotify, ask: Callable[[Spotify], Any], scopes: tuple[str, ...]
) -> None:
    keys = consented(fake, "user-read-private")

    with asking(fake, keys=keys) as spotify, pytest.raises(ScopeNeeded) as raised:
        ask(spotify)

    assert raised.value.scopes == scopes
    assert keys.refused == [None]


def test_a_missing_scope_that_is_told_as_401_is_one(fake: FakeSpotify, spotify: Spotify) -> None:
    fake.refuses("Permissions missing", status=401)

    with pytest.raises(ScopeNeeded):
        spotify.recent()

    assert len(fake.requests) == 1


def test_without_premium_the_whole_house_waits_a_while(
    fake: FakeSpotify, spotify: Spotify, turns: FreeTurns
) -> None:
    fake.has_premium = False

    with pytest.raises(PremiumNeeded) as raised:
        spotify.playlists()

    assert raised.value.retry_after is None
    assert turns.rests == [(600.0, True)]


def test_whoever_is_not_on_the_list_is_told_so_also_in_plain_text(
    fake: FakeSpotify, spotify: Spotify, turns: FreeTurns
) -> None:
    fake.strangers.add(fake.library.owner_id)

    with pytest.raises(NotOnList, match="User Management") as raised:
        spotify.me()

    assert raised.value.retry_after is None
    assert turns.rests == []


def test_a_page_of_somebody_on_the_way_says_nothing_about_us(
    fake: FakeSpotify, spotify: Spotify, turns: FreeTurns
) -> None:
    page = b"<html>Not registered? Buy our premium scope on your dashboard. Quota_exceeded</html>"
    for status in (403, 429):
        fake.behaves()
        fake.answers(status, {"Content-Type": "text/html", "Retry-After": "60"}, page)
        with pytest.raises(RemoteError) as raised:
            spotify.playlists()
        assert type(raised.value) is (BadStatus if status == 403 else NotYet)
    assert turns.rests == [(60.0, False)]


ONE_THING: dict[str, Callable[[Spotify], Any]] = {
    "playlist": lambda spotify: spotify.playlist("none"),
    "playlist items": lambda spotify: spotify.playlist_items("none"),
    "playlist image": lambda spotify: spotify.playlist_image("none"),
    "album": lambda spotify: spotify.album("none"),
    "album tracks": lambda spotify: spotify.album_tracks("none"),
    "track": lambda spotify: spotify.track("none"),
    "artist": lambda spotify: spotify.artist("none"),
}


@pytest.mark.parametrize("thing", ONE_THING)
def test_one_thing_that_is_not_shown_is_no_reason_to_stop(
    fake: FakeSpotify, spotify: Spotify, thing: str
) -> None:
    for status in (404, 403, 400):
        with pytest.raises(Unreadable, match=thing.partition(" ")[0]) as raised:
            ONE_THING[thing](spotify)
        assert raised.value.retry_after is None
        fake.behaves()
        fake.refuses("Forbidden", status=status)


def test_playlists_of_others_and_of_spotify_are_not_shown(
    fake: FakeSpotify, spotify: Spotify
) -> None:
    song = fake.library.track("Song")
    other = fake.library.playlist("Another's", [song], owner_id="ben")
    shared = fake.library.playlist("Ours", [song], owner_id="ben", collaborative=True)
    daily = fake.library.playlist("Daily", [song], owner_id="spotify")
    fake.library.playlists[daily].is_hidden = True

    assert spotify.playlist(other).tracks_total is None
    assert len(spotify.playlist_items(shared).items) == 1
    with pytest.raises(Unreadable):
        spotify.playlist_items(other)
    with pytest.raises(Unreadable):
        spotify.playlist(daily)
    with pytest.raises(Unreadable, match="let us change"):
        spotify.describe(other, "x")
    with pytest.raises(Unreadable, match="let us change"):
        spotify.add(other, [f"spotify:track:{song}"])


@pytest.mark.parametrize("status", [403, 404, 410])
def test_features_are_closed_and_that_is_an_answer(
    fake: FakeSpotify, spotify: Spotify, status: int
) -> None:
    fake.answers(status, JSON, b'{"error": {"status": 403}}', path_prefix="/v1/audio-features")

    with pytest.raises(FeaturesClosed) as raised:
        spotify.audio_features(["one"])

    assert raised.value.retry_after is None


def test_features_that_are_refused_for_another_reason_are_not_closed(
    fake: FakeSpotify, spotify: Spotify
) -> None:
    fake.refuses("Bad request", status=400)
    with pytest.raises(BadStatus):
        spotify.audio_features(["one"])

    fake.behaves()
    fake.has_premium = False
    with pytest.raises(PremiumNeeded):
        spotify.audio_features(["one"])


def test_asked_too_often_it_waits_as_long_as_it_is_told_and_goes_on(
    fake: FakeSpotify, spotify: Spotify, turns: FreeTurns
) -> None:
    fake.too_often("2")
    fake.too_often(formatdate(clock.now() / 1000 + 4, usegmt=True))

    assert len(spotify.liked().items) == 9

    (first, second) = [seconds for seconds, _ in turns.rests]
    assert first == 2.0
    assert 2.0 < second <= 4.0
    assert not any(is_quota for _, is_quota in turns.rests)
    assert turns.taken == len(fake.requests) == 3


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(None, 30.0), ("nonsense", 30.0), ("-5", 30.0), ("86400", 86_400.0), ("9" * 30, 86_400.0)],
)
def test_a_long_wait_is_left_to_the_queue(
    fake: FakeSpotify, spotify: Spotify, turns: FreeTurns, said: str | None, seconds: float
) -> None:
    fake.too_often(said, times=None)

    with pytest.raises(NotYet) as raised:
        spotify.liked()

    assert turns.rests == [(seconds, False)]
    assert raised.value.retry_after == seconds
    assert len(fake.requests) == 1


def test_a_storm_of_refusals_ends_after_a_few_tries(fake: FakeSpotify, spotify: Spotify) -> None:
    fake.too_often("1", times=None)

    with pytest.raises(NotYet) as raised:
        spotify.liked()

    assert len(fake.requests) == TRIES
    assert raised.value.retry_after


def test_a_quota_that_is_used_up_parks_the_house_until_it_is_told(
    fake: FakeSpotify, spotify: Spotify, turns: FreeTurns
) -> None:
    fake.quota_exceeded("4")

    with pytest.raises(Parked) as raised:
        spotify.liked()

    # Also where the wait is short: it is not for haste.
    assert turns.rests == [(4.0, True)]
    assert raised.value.retry_after == 4.0
    assert len(fake.requests) == 1


@pytest.mark.parametrize(("at", "hours"), [(0, 24), (23 * clock.HOUR, 1), (24 * clock.HOUR - 1, 0)])
def test_a_quota_without_a_time_comes_back_with_the_next_day(
    fake: FakeSpotify,
    spotify: Spotify,
    turns: FreeTurns,
    monkeypatch: pytest.MonkeyPatch,
    at: int,
    hours: int,
) -> None:
    fake.quota_exceeded()
    monkeypatch.setattr(clock, "now", lambda: 20_000 * clock.DAY + at)

    with pytest.raises(Parked):
        spotify.liked()

    ((seconds, is_quota),) = turns.rests
    assert is_quota
    assert hours * 3_600 < seconds <= hours * 3_600 + 61


def test_nothing_is_asked_before_its_turn(fake: FakeSpotify, turns: FreeTurns) -> None:
    turns.rest(3_600, "It rests.", is_quota=False)

    with asking(fake, turns) as spotify, pytest.raises(NotYet):
        spotify.me()

    assert fake.requests == []


def test_a_server_in_trouble_is_tried_again_and_a_token_is_left_alone(
    fake: FakeSpotify, turns: FreeTurns
) -> None:
    fake.answers(502, times=2)
    keys = Keys()
    http = Http([fake.api_url], user_agent="Needledrop/test", pauses=(0.0, 0.0))
    spotify = Spotify(fake.api_url, keys.access, http, turns)

    assert len(spotify.liked().items) == 9

    assert len(fake.requests) == 3 <= TRIES
    assert keys.refused == [None]
    http.close()


HOSTILE: dict[str, tuple[Callable[[FakeSpotify], None], float | None]] = {
    "a page": (lambda fake: fake.html(), AGAIN),
    "half of it": (lambda fake: fake.truncates(), AGAIN),
    "broken off": (lambda fake: fake.drops(), AGAIN),
    "trouble": (lambda fake: fake.answers(500), AGAIN),
    "trouble for so long": (lambda fake: fake.answers(503, {"Retry-After": "7"}), 7),
    "a flood": (lambda fake: fake.floods(), None),
    "another shape": (lambda fake: fake.answers(200, JSON, b'{"items": 7}'), None),
    "a text": (lambda fake: fake.answers(200, JSON, b'"well"'), None),
    "null": (lambda fake: fake.answers(200, JSON, b"null"), None),
    "nothing": (lambda fake: fake.answers(200, JSON, b""), AGAIN),
    "no entry": (lambda fake: fake.answers(418), None),
    "elsewhere": (lambda fake: fake.redirects_to("http://127.0.0.1:9/"), None),
}
READS: tuple[Callable[[Spotify], Any], ...] = (
    lambda spotify: spotify.me(),
    lambda spotify: spotify.playlists(),
    lambda spotify: spotify.playlist("any"),
    lambda spotify: spotify.liked(),
    lambda spotify: spotify.saved_albums(),
    lambda spotify: spotify.followed(),
    lambda spotify: spotify.recent(),
    lambda spotify: spotify.track("any"),
    lambda spotify: spotify.audio_features(["any"]),
)


class _Bland(FakeSpotify):
    """Has one answer for everything: half of it is something, too."""

    def reply(self, asked: Asked) -> Reply:  # noqa: ARG002 - whatever is asked
        return Reply(200, JSON, b'{"items": [], "next": null, "name": "A name of some length"}')


@pytest.mark.parametrize("fault", HOSTILE)
def test_whatever_goes_wrong_is_one_sentence(fault: str) -> None:
    misbehave, again = HOSTILE[fault]
    with _Bland() as fake, asking(fake) as spotify:
        misbehave(fake)
        for read in READS:
            with pytest.raises(RemoteError) as raised:
                read(spotify)
            assert raised.value.retry_after == again
            assert TOKEN not in str(raised.value)


def test_a_slow_drip_ends_with_the_time_that_it_is_given(
    fake: FakeSpotify, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clients import spotify_calls

    monkeypatch.setattr(spotify_calls, "JSON_SECONDS", 0.3)
    fake.endless()

    with asking(fake) as spotify, pytest.raises(RemoteError, match="in time"):
        spotify.liked()


def test_a_list_that_changes_while_it_is_read_ends(fake: FakeSpotify, spotify: Spotify) -> None:
    songs = [fake.library.track(f"Song {number}") for number in range(150)]
    fake.library.like(*songs)

    def drift(_asked: Asked) -> None:
        # Somebody likes something more before each page: the first of it is the last before.
        fake.library.like(fake.library.track("New"))

    fake.before = drift
    first = spotify.liked()
    second = spotify.liked(first.cursor)

    ids = [one.track.spotify_id for one in (*first.items, *second.items)]
    assert len(ids) == 100
    assert len(set(ids)) == 99

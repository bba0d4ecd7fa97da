"""ReccoBeats' rows find the tracks that they are of, whatever order and gaps they come in."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from clients.http import Http
from clients.reccobeats import AT_ONCE, ReccoBeats
from core.errors import NotYet, RemoteError
from core.library import FEATURE_SOURCES, Features, TrackKey
from fakes.reccobeats import FakeReccoBeats
from worker_jobs import turns as paces
from worker_jobs.features.providers import PROVIDERS

URL = "https://open.spotify.com/track/"


class Turns:
    """Turns that are always there; what is said of them is kept."""

    def __init__(self) -> None:
        self.taken = 0
        self.rests: list[float] = []

    def take(self) -> None:
        self.taken += 1

    def rest(self, seconds: float, said: str, *, is_quota: bool) -> None:  # noqa: ARG002
        self.rests.append(seconds)


@pytest.fixture
def fake() -> Iterator[FakeReccoBeats]:
    with FakeReccoBeats() as made:
        yield made


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def client(fake: FakeReccoBeats, turns: Turns) -> Iterator[ReccoBeats]:
    http = Http([fake.url], user_agent="Needledrop/test", pauses=())
    yield ReccoBeats(fake.url, http, turns)
    http.close()


def key(id_: int, spotify_id: str | None = None, isrc: str | None = None) -> TrackKey:
    return TrackKey(id_, spotify_id, isrc, f"Track {id_}", "Can", 180_000)


def says(fake: FakeReccoBeats, content: Any) -> None:
    fake.answers(200, {"Content-Type": "application/json"}, json.dumps(content).encode())


def test_rows_are_matched_by_address_though_they_come_in_another_order(
    fake: FakeReccoBeats, client: ReccoBeats
) -> None:
    keys = [key(number, f"id{number}") for number in range(AT_ONCE)]
    for number in range(0, AT_ONCE, 2):
        fake.knows(f"id{number}", energy=number / 100, key=3, mode=1)

    found = client.features(keys)

    assert found == {
        number: Features(energy=number / 100, pitch_class=3, mode=1)
        for number in range(0, AT_ONCE, 2)
    }
    assert len(fake.requests) == 1
    assert fake.requests[0].headers["user-agent"] == "Needledrop/test"


def test_a_track_without_an_id_is_asked_for_by_its_isrc(
    fake: FakeReccoBeats, client: ReccoBeats
) -> None:
    fake.knows("elsewhere", "USHM80865849", tempo=120.0)

    found = client.features([key(1, isrc="ushm8-08-65849"), key(2)])

    assert found == {1: Features(tempo=120.0)}
    assert fake.asked == [["USHM80865849"]]


def test_one_recording_under_two_ids_is_known_by_its_isrc(
    fake: FakeReccoBeats, client: ReccoBeats
) -> None:
    fake.knows("single", "USHM80865849", tempo=120.0)

    found = client.features([key(1, "album", "USHM80865849"), key(2, "single")])

    assert found == {number: Features(tempo=120.0) for number in (1, 2)}


def test_nothing_is_asked_for_tracks_without_any_name(
    fake: FakeReccoBeats, client: ReccoBeats, turns: Turns
) -> None:
    assert client.features([key(1), key(2, "odd,id&x=1"), key(3, isrc="")]) == {}
    assert fake.requests == [] and turns.taken == 0


@pytest.mark.parametrize("href", [f"{URL}abc", f"{URL}abc?si=1", f"{URL}abc/"])
def test_addresses_may_be_written_in_several_ways(
    fake: FakeReccoBeats, client: ReccoBeats, href: str
) -> None:
    says(fake, {"content": [{"id": "uuid", "href": href, "energy": 0.5}]})

    assert client.features([key(1, "abc")]) == {1: Features(energy=0.5)}


def test_a_figure_that_makes_no_sense_costs_no_other(
    fake: FakeReccoBeats, client: ReccoBeats
) -> None:
    row = {"href": f"{URL}abc", "energy": 7, "valence": "x", "key": -1, "tempo": None, "mode": 1}
    says(fake, {"content": [None, 7, {"href": 7, "energy": 0.1}, {"energy": 0.1}, row]})

    assert client.features([key(1, "abc"), key(2, "def")]) == {1: Features(mode=1)}


def test_a_row_of_another_track_is_nobody_s(fake: FakeReccoBeats, client: ReccoBeats) -> None:
    says(fake, {"content": [{"href": f"{URL}other", "isrc": "X", "energy": 0.5}]})

    assert client.features([key(1, "abc", "Y")]) == {}


def test_a_rest_is_told_to_all_and_then_asked_once_more(
    fake: FakeReccoBeats, client: ReccoBeats, turns: Turns
) -> None:
    fake.knows("abc", energy=0.5)
    fake.answers(429, {"Retry-After": "3"}, times=1)

    assert client.features([key(1, "abc")]) == {1: Features(energy=0.5)}
    assert (turns.rests, turns.taken) == ([3.0], 2)


def test_who_is_still_asked_too_often_is_left_alone(
    fake: FakeReccoBeats, client: ReccoBeats, turns: Turns
) -> None:
    fake.answers(429, {"Retry-After": "120"})

    with pytest.raises(NotYet) as caught:
        client.features([key(1, "abc")])

    assert caught.value.retry_after == 120
    assert turns.rests == [120.0, 120.0]


@pytest.mark.parametrize(
    "body", [b"{}", b'{"content": {}}', b"[]", b"null", b'{"content"', b"<html>"]
)
def test_answers_of_another_shape(fake: FakeReccoBeats, client: ReccoBeats, body: bytes) -> None:
    fake.answers(200, {}, body)

    with pytest.raises(RemoteError, match="do not understand"):
        client.features([key(1, "abc")])


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_refusals(fake: FakeReccoBeats, client: ReccoBeats, status: int) -> None:
    fake.answers(status)

    with pytest.raises(RemoteError, match="ReccoBeats"):
        client.features([key(1, "abc")])


def test_the_fake_minds_its_limit_as_the_real_one(client: ReccoBeats) -> None:
    with pytest.raises(RemoteError, match="400"):
        client.features([key(number, f"id{number}") for number in range(AT_ONCE + 1)])


def test_providers_stand_in_the_order_in_which_they_are_believed() -> None:
    assert tuple(provider.name for provider in PROVIDERS) == FEATURE_SOURCES
    asked = {one.name: (one.max_batch, one.on_by_default) for one in PROVIDERS if one.needs_network}
    assert asked == {"spotify": (100, True), "reccobeats": (40, False)}


def test_two_a_second_are_never_ten_at_once() -> None:
    about = paces.PROVIDERS["reccobeats"]

    assert (about.per_second, about.at_once) == (2.0, 1)

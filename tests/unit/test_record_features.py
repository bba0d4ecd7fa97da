"""How a record sounds: what its tracks have in common, and not its interlude."""

from typing import Any

import pytest

from core.album_sound import JUDGED, sound
from core.library import Features

PLAIN = Features(
    danceability=0.5, energy=0.5, pitch_class=0, mode=1, instrumentalness=0.5, valence=0.5,
    tempo=120.0, loudness=-8.0, duration_ms=200_000,
)  # fmt: skip


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return values


def tracks(number: int) -> list[Features]:
    """Return tracks that differ a little, for a mean of 0.5 and 120."""
    return [
        PLAIN._replace(energy=0.5 + step / 100, tempo=120.0 + step)
        for step in range(-(number // 2), number // 2 + 1)
    ]


def test_a_track_with_two_odd_values_is_left_out() -> None:
    found = sound([*tracks(8), PLAIN._replace(energy=0.99, tempo=220.0)])

    assert found and (found.tracks, found.left_out) == (9, 1)
    assert found.features.energy == pytest.approx(0.5)
    assert found.features.tempo == pytest.approx(120.0)


def test_one_odd_value_is_nothing_odd() -> None:
    found = sound([*tracks(8), PLAIN._replace(tempo=220.0)])

    assert found and (found.tracks, found.left_out) == (10, 0)
    assert found.features.tempo == pytest.approx(130.0)


@pytest.mark.parametrize(("last", "left_out"), [(0.84, 0), (0.86, 1)])
def test_quartiles_lie_between_values(last: float, left_out: int) -> None:
    # Of 0.1 to 0.5 and the last they are 0.225 and 0.475: beyond 0.85 a value is odd.
    values = [0.1, 0.2, 0.3, 0.4, 0.5, last]

    found = sound([PLAIN._replace(energy=value, valence=value) for value in values])

    assert found and found.left_out == left_out


def test_where_all_are_odd_none_is() -> None:
    # Each is the highest in one thing and the lowest in the next; the other three are the same.
    names = ("danceability", "energy", "valence", "instrumentalness", "loudness")
    odd = [
        Features(**_said(dict.fromkeys(names, 0.5) | {high: 0.9, low: 0.1}))
        for high, low in zip(names, (*names[1:], names[0]), strict=True)
    ]

    found = sound(odd)

    assert found and (found.tracks, found.left_out) == (5, 0)
    assert found.features.energy == pytest.approx(0.5)


def test_what_is_the_same_on_every_track_is_never_odd() -> None:
    same = PLAIN._replace(energy=0.1 + 0.2, valence=0.7, tempo=119.87)

    found = sound([same] * 7)

    assert found and found.left_out == 0


def test_of_keys_and_modes_the_most_frequent_counts() -> None:
    keys = [(4, 1), (4, 0), (2, 1), (2, 0), (9, 1)]

    found = sound([PLAIN._replace(pitch_class=key, mode=mode) for key, mode in keys])

    assert found and (found.features.pitch_class, found.features.mode) == (2, 1)


def test_what_no_track_is_judged_by_is_told_too() -> None:
    odd = PLAIN._replace(speechiness=0.9, liveness=0.9, acousticness=0.9, time_signature=3)
    even = PLAIN._replace(speechiness=0.1, liveness=0.1, acousticness=0.1, time_signature=4)

    found = sound([*[even] * 9, odd])

    assert found and (found.tracks, found.left_out) == (10, 0)
    assert found.features.speechiness == pytest.approx(0.18)
    assert found.features.time_signature == 4


def test_what_nobody_says_is_ignored() -> None:
    found = sound([Features(tempo=100.0), Features(tempo=110.0, energy=0.5), Features()])

    assert found and (found.tracks, found.features.energy) == (2, 0.5)
    assert found.features.tempo == 105.0
    assert found.features.valence is None
    assert sound([]) is None and sound([Features(), Features()]) is None
    assert set(JUDGED) <= set(Features._fields)

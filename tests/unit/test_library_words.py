"""How features are written: three decimals, units, signs, and the words for the outermost."""

import pytest

from core.analysis import SUMMED
from core.library import FEATURE_SOURCES, FIELDS, UNIT_FIELDS
from webapp import feature_words as words
from webapp.filters import track_length


@pytest.mark.parametrize(
    ("name", "said", "written"),
    [
        ("valence", 0.5, "0.500"),
        ("loudness", -7.25, "\u22127.250\u00a0dB"),
        ("loudness", 1.0234, "1.023\u00a0dB"),
        ("tempo", 120.0, "120.000\u00a0BPM"),
        ("duration_ms", 201_400, "3:21"),
        ("energy", None, "–"),
        ("pitch_class", 1, "C♯/D♭"),
        ("mode", 0, "minor"),
        ("time_signature", 4, "4 beats a bar"),
        ("time_signature", None, "–"),
    ],
)
def test_a_feature_carries_its_unit(name: str, said: float | None, written: str) -> None:
    assert words.said(name, said) == written


@pytest.mark.parametrize(
    ("name", "said", "written"),
    [
        ("valence", 0.05, "+0.050"),
        ("loudness", -0.5, "\u22120.500\u00a0dB"),
        ("duration_ms", -7_000, "\u22120:07"),
        ("tempo", 0.0, "±0.000\u00a0BPM"),
        ("tempo", None, "–"),
    ],
)
def test_a_difference_carries_its_sign(name: str, said: float | None, written: str) -> None:
    assert words.difference(name, said) == written


@pytest.mark.parametrize(
    ("ms", "written"), [(None, "–"), (0, "0:00"), (59_600, "1:00"), (3_723_000, "1:02:03")]
)
def test_a_length_is_minutes_and_seconds(ms: int | None, written: str) -> None:
    assert track_length(ms) == written


def test_there_are_words_for_all_of_it() -> None:
    assert set(words.FEATURES) == set(SUMMED)
    assert set(words.FEATURES) | set(words.COUNTED) == {*FIELDS, "duration_ms"}
    assert all(words.FEATURES[name].about for name in UNIT_FIELDS)
    assert set(words.SOURCES) == set(FEATURE_SOURCES)
    named = {name: (words.FEATURES[name].most, words.FEATURES[name].least) for name in words.APART}
    assert named["tempo"] == ("fastest", "slowest") and named["duration_ms"] == (
        "longest",
        "shortest",
    )
    assert (words.FEATURES["valence"].most, words.FEATURES["valence"].least) == (
        "happiest",
        "saddest",
    )

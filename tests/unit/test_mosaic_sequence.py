"""In which sequence posters stand: what is not known is last, whichever way."""

import pytest

from database.mosaic_words import SEQUENCES
from database.viewings import Seen
from worker_jobs.mosaic.sequence import arranged


def seen(title: str, year: int | None, half_stars: int | None, watched_on: str | None) -> Seen:
    return Seen(1, title, year, None, half_stars, watched_on, None, is_rewatch=False)


# As they come: the newest viewing first.
FILMS = [
    seen("ran", 1985, 9, "2026-03-02"),
    seen("Alien", 1979, 8, "2026-03-01"),
    seen("Éden", None, None, "2026-03-01"),
    seen("Zodiac", 2007, 9, None),
]


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("-watched", "ran Alien Éden Zodiac"),
        ("watched", "Éden Alien ran Zodiac"),
        ("-rating", "ran Zodiac Alien Éden"),
        ("rating", "Alien ran Zodiac Éden"),
        ("-year", "Zodiac ran Alien Éden"),
        ("year", "Alien ran Zodiac Éden"),
        ("title", "Alien Éden ran Zodiac"),
        ("-title", "Zodiac ran Éden Alien"),
        ("listed", "ran Alien Éden Zodiac"),
        ("-listed", "Zodiac Éden Alien ran"),
        # By colour nothing moves before there are posters.
        ("spectrum", "ran Alien Éden Zodiac"),
        ("-islands", "ran Alien Éden Zodiac"),
    ],
)
def test_each_sequence(sequence: str, expected: str) -> None:
    assert [film.title for film in arranged(FILMS, sequence)] == expected.split()


def test_there_is_a_test_for_each_of_them() -> None:
    assert {sequence.removeprefix("-") for sequence in SEQUENCES} == {
        "watched", "rating", "year", "title", "listed", "spectrum", "islands",
    }  # fmt: skip
    assert len(SEQUENCES) == 14

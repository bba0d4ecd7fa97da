"""Made-up film diaries: who watched what when, the same again for the same seed."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from fakes.films import Film, films

_REVIEWS = [
    "Better than I remembered, and I remembered it fondly.",
    "The last ten minutes make up for the first hundred.",
    "Watched with the window open; the neighbours now know the score by heart.",
    "Two hours & not one wasted. <i>That</i> is how to end a film.",
    "I would follow that camera anywhere.",
]


@dataclass(frozen=True)
class Viewing:
    film: Film
    watched_on: date
    half_stars: int | None = None
    rewatch: bool = False
    liked: bool = False
    review: str | None = None
    spoilers: bool = False


def diary(seed: int, today: date, count: int = 50) -> list[Viewing]:
    """Return that many viewings, newest first, the newest today: some five in a week."""
    chance = random.Random(seed)
    seen: list[Viewing] = []
    day = today
    for film in chance.sample(films(), count):
        seen.append(
            Viewing(
                film,
                day,
                half_stars=chance.choice([None, 4, 5, 6, 7, 7, 8, 8, 9, 10]),
                rewatch=chance.random() < 0.2,  # noqa: PLR2004 - a fifth, say
                liked=chance.random() < 0.3,  # noqa: PLR2004
                review=chance.choice([None, None, None, *_REVIEWS]),
            )
        )
        day -= timedelta(days=chance.choice([0, 1, 1, 1, 2, 3]))
    return seen

"""Some hundred films that exist, for the fakes to speak of: titles, years, directors, no more.

The ids and addresses are made up, from the title, and stay the same from run to run.
"""

import csv
import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

_LIST = Path(__file__).with_name("films.csv")


@dataclass(frozen=True)
class Film:
    title: str
    year: int
    director: str
    original_title: str
    kind: Literal["movie", "tv"]
    slug: str

    @property
    def id(self) -> int:
        """The number by which the fake TMDB knows it."""
        return 1_000 + zlib.crc32(f"{self.kind}/{self.slug}".encode()) % 900_000

    @property
    def has_poster(self) -> bool:
        """Whether the fake TMDB has one: for one film in thirty it has none."""
        return self.id % 30 != 0


@cache
def films() -> tuple[Film, ...]:
    """Return them by year as listed; remakes of one title, scripts of half the world among them."""
    made: dict[str, Film] = {}
    with _LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            slug = _slug(row, made)
            made[slug] = Film(
                row["title"],
                int(row["year"]),
                row["director"],
                row["original_title"] or row["title"],
                "tv" if row["kind"] == "tv" else "movie",
                slug,
            )
    return tuple(made.values())


def find(title: str, year: int | None = None) -> Film:
    """Return the first film of that title and, if given, year."""
    return next(film for film in films() if film.title == title and year in (None, film.year))


def _slug(row: dict[str, str], taken: dict[str, Film]) -> str:
    # As the real ones: the title in ASCII, the year behind it for a later film of that title.
    latin = unicodedata.normalize("NFKD", row["title"]).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^a-z0-9]+", "-", latin.lower().replace("'", "")).strip("-")
    plain = plain or f"film-{zlib.crc32(row['title'].encode()):08x}"
    dated = f"{plain}-{row['year']}"
    return next(slug for slug in (plain, dated, f"{dated}-1") if slug not in taken)

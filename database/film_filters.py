"""Which films of a collection a page shows and in which order: all of it stands in its address."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import ColumnElement, exists, func, or_, select

from core.names import fold
from database.film_order import Order
from database.models import (
    CollectionFilm,
    Film,
    FilmList,
    FilmListEntry,
    FilmSource,
    PictureAddress,
    Viewing,
)

FIRST_YEAR, LAST_YEAR = 1870, 2199  # of a film, and of a day on which one was watched
_LARGEST = 2**63 - 1
# A thousand words would be more than SQLite can nest.
_LONGEST_SEARCH = 200
_Stars = Annotated[float, Field(ge=0.5, le=5, multiple_of=0.5, allow_inf_nan=False)]
_DECADE = 10


class Filter(BaseModel):
    """What a film has to meet, all of it at once. `stars` are whole stars in steps of a half."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    q: str = Field("", description="Words of the title or the director, or a year.")
    year: int | None = Field(
        None, ge=FIRST_YEAR, le=LAST_YEAR, description="Give a year like 1975."
    )
    decade: int | None = Field(
        None,
        ge=FIRST_YEAR,
        le=LAST_YEAR,
        multiple_of=_DECADE,
        description="Give a decade like 1970.",
    )
    stars: _Stars | None = Field(None, description="Give 0.5 to 5 stars, in halves.")
    stars_to: _Stars | None = Field(None, description="Give 0.5 to 5 stars, in halves.")
    seen: int | None = Field(
        None, ge=FIRST_YEAR, le=LAST_YEAR, description="Give a year like 2025."
    )
    liked: bool = Field(default=False, description="Give 1 for liked films only.")
    rewatched: bool = Field(default=False, description="Give 1 for rewatched films only.")
    poster: Literal["none"] | None = Field(None, description="Give none, or nothing.")
    list: int | None = Field(None, ge=1, le=_LARGEST, description="Choose one of your lists.")
    sort: Literal[
        "title", "-title", "year", "-year", "rating", "-rating", "watched", "-watched", "-viewings"
    ] = Field("title", description="Choose one of these orders.")

    @field_validator("q", mode="before")
    @classmethod
    def _is_short(cls, given: Any) -> Any:
        return given[:_LONGEST_SEARCH] if isinstance(given, str) else given

    @property
    def is_all(self) -> bool:
        """Whether every film meets it."""
        return not self.model_dump(exclude_defaults=True, exclude={"sort"})

    @property
    def order(self) -> Order:
        return _ORDERS[self.sort.removeprefix("-")]._replace(is_down=self.sort.startswith("-"))


EVERYTHING = Filter.model_construct()
_ORDERS = {
    "title": Order(),
    "year": Order("year"),
    "rating": Order("half_stars", nothing=0),
    "watched": Order("last_on", nothing="", is_text=True),
    "viewings": Order("viewings", nothing=0),
}


def conditions(wanted: Filter, person_id: int) -> list[ColumnElement[bool]]:
    """Return what holds for the rows of `films` and `collection_films` that are meant."""
    found = [_holds(word) for word in sorted(set(fold(wanted.q).split()))]
    for name, condition in _CONDITIONS.items():
        said = getattr(wanted, name)
        if said is not None and said is not False:
            found.append(condition(_Said(said, person_id)))
    return found


class _Said(NamedTuple):
    value: Any
    person_id: int


def _holds(word: str) -> ColumnElement[bool]:
    found = [
        Film.title_folded.contains(word, autoescape=True),
        Film.director.icontains(word, autoescape=True),
    ]
    if not word.isascii():
        # SQLite folds no letter beyond ASCII: "jean-éric" is to find Jean-Éric.
        found.append(Film.director.contains(word.title(), autoescape=True))
    if re.fullmatch(r"[0-9]{4}", word, re.ASCII):
        found.append(Film.year == int(word))
    return or_(*found)


def _half_stars(said: _Said) -> int:
    return int(said.value * 2)


def _is_seen_in(said: _Said) -> ColumnElement[bool]:
    mine = select(FilmSource.id).where(FilmSource.person_id == said.person_id)
    return CollectionFilm.film_id.in_(
        select(Viewing.film_id).where(
            Viewing.source_id.in_(mine),
            Viewing.watched_on.between(f"{said.value}-01-01", f"{said.value}-12-31"),
        )
    )


def _is_listed(said: _Said) -> ColumnElement[bool]:
    return CollectionFilm.film_id.in_(
        select(FilmListEntry.film_id)
        .join(FilmList, FilmList.id == FilmListEntry.list_id)
        .join(FilmSource, FilmSource.id == FilmList.source_id)
        .where(FilmList.id == said.value, FilmSource.person_id == said.person_id)
    )


def _has_no_poster(_said: _Said) -> ColumnElement[bool]:
    # As in film_posters: the household's own, else TMDB's, else the one of an entry in a feed.
    of_an_entry = select(func.max(Viewing.poster_address)).where(Viewing.film_id == Film.id)
    address = func.coalesce(Film.poster_address, of_an_entry.correlate(Film).scalar_subquery())
    at_hand = exists().where(PictureAddress.address == address, PictureAddress.sha256.is_not(None))
    return Film.poster_sha256.is_(None) & ~at_hand


_CONDITIONS: dict[str, Callable[[_Said], ColumnElement[bool]]] = {
    "year": lambda said: Film.year == said.value,
    "decade": lambda said: Film.year.between(said.value, said.value + _DECADE - 1),
    "stars": lambda said: CollectionFilm.half_stars >= _half_stars(said),
    "stars_to": lambda said: CollectionFilm.half_stars.between(1, _half_stars(said)),
    "seen": _is_seen_in,
    "liked": lambda _said: CollectionFilm.is_liked.is_(True),
    "rewatched": lambda _said: CollectionFilm.is_rewatched.is_(True),
    "poster": _has_no_poster,
    "list": _is_listed,
}

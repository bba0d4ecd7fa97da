"""Which records a page shows and in which order: all of it stands in its address."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import ColumnElement, and_, func, or_, select

from core.names import fold
from database.models import (
    Artist,
    Format,
    Genre,
    Label,
    Record,
    RecordArtist,
    RecordLabel,
)
from database.record_details import FIRST_YEAR, LAST_YEAR, Day

DECADE = 10
_LARGEST = 2**63 - 1
# A thousand words would be more than SQLite can nest.
_LONGEST_SEARCH = 200
_YEAR = re.compile(r"[0-9]{4}", re.ASCII)
_NO_FILTERS = ("q", "sort", "whose", "state")
_Rated = Annotated[int, Field(ge=1, le=10)]
_Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
_Name = Annotated[str, Field(max_length=400)]


class Filter(BaseModel):
    """What a record has to meet, all of it at once; and whose records are asked for."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    q: str = Field("", description="Words of the title, an artist or a label; a format; a year.")
    artist: _Name = Field("", description="A part of an artist's name.")
    artist_id: int | None = Field(None, ge=1, le=_LARGEST, description="Choose an artist.")
    label: _Name = Field("", description="A part of a label's name.")
    title: _Name = Field("", description="The whole title.")
    genre: _Name = Field("", description="Choose a genre.")
    format: _Name = Field("", description="Choose a format.")
    country: _Name = Field("", description="Choose a country.")
    year: _Year | None = Field(None, description="Give a year like 1975.")
    decade: Annotated[_Year, Field(multiple_of=DECADE)] | None = Field(
        None, description="Give a decade like 1970."
    )
    rating_from: _Rated | None = Field(None, description="Give a rating, 1 to 10.")
    rating_to: _Rated | None = Field(None, description="Give a rating, 1 to 10.")
    unrated: bool = Field(default=False, description="Give 1 for unrated records only.")
    digitised: Literal["yes", "no"] | None = Field(None, description="Give yes or no.")
    state: Literal["all", "active", "removed"] | None = Field(
        None, description="Give all, active or removed."
    )
    purchased_from: Day | None = Field(None, description="A day like 2026-11-24.")
    purchased_to: Day | None = Field(None, description="A day like 2026-11-24.")
    cover: Literal["none"] | None = Field(None, description="Give none, or nothing.")
    discogs: Literal["none"] | None = Field(None, description="Give none, or nothing.")
    whose: Literal["mine", "everyone"] | Annotated[int, Field(ge=1, le=_LARGEST)] = Field(
        "mine", description="Choose whose records."
    )
    sort: Literal[
        "-purchased",
        "purchased",
        "artist",
        "-artist",
        "title",
        "-title",
        "-year",
        "year",
        "-rating",
        "rating",
        "-price",
        "price",
    ] = Field("-purchased", description="Choose one of these orders.")

    @field_validator("q", mode="before")
    @classmethod
    def _is_short(cls, given: Any) -> Any:
        return given[:_LONGEST_SEARCH] if isinstance(given, str) else given

    @field_validator("year", "rating_from", "rating_to", mode="before")
    @classmethod
    def _nothing_is_off(cls, given: Any) -> Any:
        return None if given in ("0", 0) else given

    @property
    def is_filtered(self) -> bool:
        """Whether something but words is asked for."""
        return bool(self.model_dump(exclude_defaults=True, exclude=set(_NO_FILTERS)))

    @property
    def shows(self) -> str:
        """Return 'all', 'active' or 'removed': a filter looks among active records by itself."""
        return self.state or ("active" if self.is_filtered else "all")

    @property
    def is_all(self) -> bool:
        """Whether every record of those whose they are meets it."""
        return not self.q and not self.is_filtered and self.shows == "all"


EVERYTHING = Filter.model_construct()


def conditions(wanted: Filter, person_id: int) -> list[ColumnElement[bool]]:
    """Return what holds for the rows of `records` that are meant; `person_id` is who asks."""
    found = _is_found(wanted.q)
    if wanted.whose != "everyone":
        found.append(Record.person_id == (person_id if wanted.whose == "mine" else wanted.whose))
    if wanted.shows != "all":
        found.append(Record.is_active.is_(wanted.shows == "active"))
    for name, condition in _CONDITIONS.items():
        if said := getattr(wanted, name):
            found.append(condition(said))
    return found


def _is_found(words: str) -> list[ColumnElement[bool]]:
    """Return what holds where each word does, or all of them together name the format."""
    each = [_holds(word) for word in sorted(set(fold(words).split()))]
    return [or_(and_(*each), _has_format(words))] if len(each) > 1 else each


def _holds(word: str) -> ColumnElement[bool]:
    found = [Record.words.contains(word, autoescape=True), _has_format(word)]
    if _YEAR.fullmatch(word):
        found.append(Record.year == int(word))
    return or_(*found)


def _has_format(name: str) -> ColumnElement[bool]:
    return Record.format_id.in_(select(Format.id).where(Format.name_folded == fold(name)))


def _has_genre(name: str) -> ColumnElement[bool]:
    return Record.genre_id.in_(select(Genre.id).where(Genre.name_folded == fold(name)))


def _is_by(artist: ColumnElement[bool]) -> ColumnElement[bool]:
    made = select(RecordArtist.record_id).join(Artist, Artist.id == RecordArtist.artist_id)
    return Record.id.in_(made.where(artist))


def _has_label(part: str) -> ColumnElement[bool]:
    released = select(RecordLabel.record_id).join(Label, Label.id == RecordLabel.label_id)
    return Record.id.in_(released.where(Label.name_folded.contains(fold(part), autoescape=True)))


def _is_from(country: str) -> ColumnElement[bool]:
    # SQLite makes no letter beyond ASCII small: "österreich" is to find Österreich.
    written = (country, country.title())
    return _is_by(or_(func.lower(Artist.country) == country.lower(), Artist.country.in_(written)))


_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "artist": lambda part: Record.artist_folded.contains(fold(part), autoescape=True),
    "artist_id": lambda artist_id: _is_by(Artist.id == artist_id),
    "label": _has_label,
    "title": lambda title: Record.title_folded == fold(title),
    "genre": _has_genre,
    "format": _has_format,
    "country": _is_from,
    "year": lambda year: Record.year == year,
    "decade": lambda decade: Record.year.between(decade, decade + DECADE - 1),
    "rating_from": lambda value: Record.rating >= value,
    "rating_to": lambda value: Record.rating.between(1, value),
    "unrated": lambda _said: Record.rating == 0,
    "digitised": lambda said: Record.is_digitised.is_(said == "yes"),
    "purchased_from": lambda day: Record.purchased_on >= day,
    "purchased_to": lambda day: Record.purchased_on <= day,
    "cover": lambda _said: Record.cover_sha256.is_(None),
    "discogs": lambda _said: Record.discogs_id.is_(None),
}

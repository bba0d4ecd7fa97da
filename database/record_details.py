"""What a person says of a record: bought, corrected, parted with, taken back.

Several names stand in one field, with ";" between them. A price is typed in whole units of
the shelf's currency ("20.00" or "20,00", of a script 20) and kept in hundredths.
"""

import re
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from core.names import fold

NOT_GIVEN = "NA"
FIRST_YEAR, LAST_YEAR = 1860, 2199
MOST_NAMES, LONGEST_NAME = 50, 200
DEAREST = 1_000_000_000  # hundredths
# date.fromisoformat takes weeks too, "2026-W48-2".
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PRICE = re.compile(r"([0-9]{1,8})(?:[.,]([0-9]{1,2}))?", re.ASCII)
_RELEASE = re.compile(r"(?:.*/release/)?\[?r?([0-9]{1,12})\]?(?:-[^/]*)?", re.ASCII)
_WORD_OF_DAY = "A day like 2026-11-24."
_LONG = ("remarks", "review")
# PostgreSQL knows no text with a NUL in it, and no sleeve bears the others.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# What an index of PostgreSQL takes: folding makes 18 letters of one where it comes to the worst.
_LONGEST_FOLDED = 2_000  # bytes


def _sentence(words: str) -> PydanticCustomError:
    return PydanticCustomError("sentence", "{words}", {"words": words})


def _hundredths(given: Any) -> Any:
    # A script may send a number; of what it writes, no digit gets lost in a float.
    found = None if isinstance(given, bool) else _PRICE.fullmatch(str(given).strip())
    if found is None:
        raise ValueError
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _day(given: Any) -> Any:
    # pydantic would take a number for a moment.
    text = given.isoformat() if isinstance(given, date) else given
    if not isinstance(text, str) or _DAY.fullmatch(text.strip()) is None:
        raise ValueError
    found = date.fromisoformat(text.strip())
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError
    return found.isoformat()


Price = Annotated[
    int,
    Field(ge=0, le=DEAREST),
    BeforeValidator(_hundredths, json_schema_input_type=float | str),
]
Day = Annotated[str, BeforeValidator(_day, json_schema_input_type=date)]
_Text = Annotated[str, Field(max_length=200)]
_LongText = Annotated[str, Field(max_length=20_000)]


def release_number(text: str) -> int | None:
    """Return the number of a release at Discogs, or in an address there; None for what is none.

    >>> release_number("[r1234]"), release_number("https://www.discogs.com/release/1234-Can-Tago")
    (1234, 1234)
    """
    found = _RELEASE.fullmatch(text.strip())
    return int(found[1]) or None if found else None


def split(names: str) -> list[str]:
    """Return the names that stand in a field, each once and with single spaces."""
    found: dict[str, str] = {}
    for name in names.split(";"):
        spaced = " ".join(name.split())
        if spaced:
            found.setdefault(fold(spaced), spaced)
    return list(found.values())


def _check_folded(name: str) -> None:
    if len(fold(name).encode()) > _LONGEST_FOLDED:
        raise _sentence("This is too long.")


def _countries(given: str) -> list[str]:
    found = [" ".join(one.split()) for one in given.split(";")]
    while found and not found[-1]:
        found.pop()
    return found


class Details(BaseModel):
    """A record as its page has it."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    artists: str = Field("", max_length=4000, description="With ; between several; empty: NA.")
    countries: str = Field(
        "", max_length=4000, description="One an artist, with ; between; empty: what is known."
    )
    title: str = Field(min_length=1, max_length=400, description="Give the title.")
    genre: str = Field(min_length=1, max_length=100, description="Choose a genre, or name one.")
    add_genre: bool = Field(default=False, description="Next time it will be offered.")
    labels: str = Field("", max_length=4000, description="With ; between several; empty: NA.")
    year: int | None = Field(
        None,
        ge=FIRST_YEAR,
        le=LAST_YEAR,
        description="A year like 1975; empty if nobody knows.",
    )
    format: str = Field(
        "LP", min_length=1, max_length=100, description="Choose a format, or name one."
    )
    add_format: bool = Field(default=False, description="Next time it will be offered.")
    colour: _Text = Field("", description="The vinyl's colour, at most 200 characters.")
    edition: _Text = Field("", description="Like 500, or lim: at most 200 characters.")
    copy_number: _Text = Field("", description="Which copy of the edition, like 123.")
    catalogue_number: _Text = Field("", description="As on the spine, at most 200 characters.")
    barcode: _Text = Field("", description="Its figures, at most 200 characters.")
    remarks: _LongText = Field("", description="At most 20,000 characters.")
    media_condition: _Text = Field("", description="Like Near Mint (NM or M-).")
    sleeve_condition: _Text = Field("", description="Like Very Good Plus (VG+).")
    folder: _Text = Field("", description="Where it stands, at most 200 characters.")
    purchased_on: Day = Field(description=_WORD_OF_DAY)
    price: Price | None = Field(None, description="Like 20.00; empty if nobody knows.")
    is_digitised: bool = Field(default=False, description="There is a digital copy.")
    review: _LongText = Field("", description="At most 20,000 characters.")
    discogs_id: int | None = Field(
        None, ge=1, le=10**12, description="The release's number at Discogs, or its address there."
    )
    musicbrainz_id: str | None = Field(
        None, description="The release's id at MusicBrainz, or its address there."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _as_seen(cls, given: Any, about: ValidationInfo) -> Any:
        """Write a text on one line with single spaces; a long one as it was typed."""
        if not isinstance(given, str):
            return given
        text = given.replace("\r\n", "\n").replace("\r", "\n")
        if UNSEEN.search(text):
            raise _sentence("There is a character in this that cannot be seen: type it again.")
        return text if about.field_name in _LONG else " ".join(text.split())

    @field_validator("title", "genre", "format")
    @classmethod
    def _short_enough(cls, given: str) -> str:
        _check_folded(given)
        return given

    @field_validator("discogs_id", mode="before", json_schema_input_type=int | str | None)
    @classmethod
    def _of_discogs(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        found = release_number(given)
        if found is None:
            raise ValueError
        return found

    @field_validator("musicbrainz_id")
    @classmethod
    def _of_musicbrainz(cls, given: str | None) -> str | None:
        return None if given is None else str(UUID(given.rstrip("/").rpartition("/")[2]))

    @field_validator("colour")
    @classmethod
    def _in_small_letters(cls, given: str) -> str:
        return given.lower()

    @field_validator("artists", "labels")
    @classmethod
    def _few_enough(cls, given: str) -> str:
        names = split(given)
        if len(names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in names):
            raise _sentence(
                f"At most {MOST_NAMES} names of at most {LONGEST_NAME} characters, with ; between."
            )
        for name in names:
            _check_folded(name)
        return given

    @field_validator("countries")
    @classmethod
    def _one_an_artist(cls, given: str, said: ValidationInfo) -> str:
        # "artists" is missing where it did not pass itself.
        artists = split(said.data.get("artists", "")) or [NOT_GIVEN]
        if "artists" in said.data and len(_countries(given)) > len(artists):
            raise _sentence("There are more countries than artists.")
        return given

    @property
    def artist_names(self) -> list[str]:
        return split(self.artists) or [NOT_GIVEN]

    @property
    def label_names(self) -> list[str]:
        return split(self.labels) or [NOT_GIVEN]

    @property
    def countries_given(self) -> list[str]:
        """One an artist, "" where none is said: places count, so that "; Japan" is the second's."""
        given = _countries(self.countries)
        return given + [""] * (len(self.artist_names) - len(given))


class Purchase(Details):
    """A record that was bought, or given: 1 credit or none."""

    rating: int | None = Field(None, ge=1, le=10, description="1 to 10; empty: not rated.")
    credits: int = Field(1, ge=0, le=1, description="1, or 0 if it was a gift.")
    is_another_copy: bool = Field(default=False, description="It is another copy of one here.")


class Removal(BaseModel):
    """A record that is parted with."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    removed_on: Day = Field(description=_WORD_OF_DAY)
    credits: int = Field(0, ge=0, le=1, description="1 if parting gives a credit back, or 0.")


class Reactivation(BaseModel):
    """A record that comes back: bought once more."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    purchased_on: Day = Field(description=_WORD_OF_DAY)
    price: Price | None = Field(None, description="Like 20.00; empty if nobody knows.")
    credits: int = Field(1, ge=0, le=1, description="1, or 0 if it was a gift.")


class Rated(BaseModel):
    """What a record is given, on a day."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    value: int = Field(ge=1, le=10, description="Choose a rating, 1 to 10.")
    rated_on: Day | None = Field(None, description=_WORD_OF_DAY)


class Deletion(BaseModel):
    """A record that should never have been there; its title is the guard."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    title: str = Field(max_length=1000, description="Type the record's title as it is above.")
    with_credits: bool = Field(
        default=False, description="Otherwise they stay, and tell what they were for."
    )


def price_text(hundredths: int | None) -> str:
    """Write a price as it is typed, "20.00"; "" for one that nobody knows."""
    return "" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02}"

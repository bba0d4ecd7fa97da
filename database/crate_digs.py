"""What is looked for in a crate: all of it stands in an address, in one order.

Values of one field are alternatives, fields narrow each other; a value of a list with a minus
before it is left out: `genre=Jazz&genre=Funk&country=-US&year=1970-1975`.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, NoReturn, Self, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from core.crate_rows import COUNTRY, DESCRIPTION, FORMAT, GENRE, STYLE
from core.errors import InvalidInput

LISTS = (GENRE, STYLE, COUNTRY, FORMAT, DESCRIPTION)
DECADE = "decade"
NAMES = ("artist", "title", "label")
DECADE_YEARS = 10
MINUS = "-"
LARGEST_ID = 2**32 - 1  # what a bitmap holds
_MOST = 50  # values of a field
MOST_SAID = 3_000  # bytes of all values: each link of a page says the whole dig
_MOST_STARS = 10  # in a field: every beginning of words is looked up in all that begin so
_YEARS = re.compile(r"-?([0-9]{1,4})(?:-([0-9]{1,4}))?", re.ASCII)
_DECADE = re.compile(r"-?[0-9]{0,3}0s?", re.ASCII)
_ORDERS = Literal["newest", "oldest", "artist", "title", "videos", "random"]


def _years(said: str) -> str:
    found = _YEARS.fullmatch(said)
    if not found or (found[2] and int(found[1]) > int(found[2])):
        raise PydanticCustomError("years", "not years")
    return said


def _decade(said: str) -> str:
    if not _DECADE.fullmatch(said):
        raise PydanticCustomError("decade", "not a decade")
    return said.removesuffix("s")


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(sorted(set(values)))


def _flag(given: Any) -> Any:
    return {"1": True, "true": True, "0": False, "false": False}.get(str(given).casefold(), given)


_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"  # PostgreSQL takes no zero byte
_Word = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_CONTROLS)]
_Words = Annotated[tuple[_Word, ...], Field(max_length=_MOST), AfterValidator(_once)]
_Years = Annotated[
    tuple[Annotated[str, AfterValidator(_years)], ...],
    Field(max_length=_MOST),
    AfterValidator(_once),
]
_Decades = Annotated[
    tuple[Annotated[str, AfterValidator(_decade)], ...],
    Field(max_length=_MOST),
    AfterValidator(_once),
]
_Ids = Annotated[
    tuple[Annotated[int, Field(ge=1, le=LARGEST_ID)], ...],
    Field(max_length=_MOST),
    AfterValidator(_once),
]
_Flag = Annotated[bool, BeforeValidator(_flag)]
_Rated = Annotated[int, Field(ge=1, le=10)]
_LIST = "Choose from the list; with a minus before it, it is left out."
_NAME = "A name as Discogs writes it, in full; at most 200 characters."
_FLAG = "Give 1, or nothing."


class Dig(BaseModel):
    """What a release has to meet, all of it at once.

    `grouped`: of the versions of a master that meet it, one is shown. `seed`: the same one, the
    same order at random. `owned`, `rating_from`, `rating_to`: on the shelf of who asks.
    """

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    q: str = Field(
        "",
        max_length=200,
        pattern=_NO_CONTROLS,
        description="Words of a title, an artist or a label; wor* begins one.",
    )
    artist: _Words = Field((), description=_NAME)
    title: _Words = Field((), description="A title in full; at most 200 characters.")
    label: _Words = Field((), description=_NAME)
    match: Literal["whole", "words"] = Field(
        "whole", description="whole: names in full; words: names that contain these words."
    )
    artist_id: _Ids = Field((), description="The number of an artist at Discogs.")
    label_id: _Ids = Field((), description="The number of a label at Discogs.")
    genre: _Words = Field((), description=_LIST)
    style: _Words = Field((), description=_LIST)
    country: _Words = Field((), description=_LIST)
    format: _Words = Field((), description=_LIST)
    description: _Words = Field((), description=_LIST)
    year: _Years = Field(
        (), description="A year like 1975, or years like 1970-1975, the earlier first."
    )
    decade: _Decades = Field((), description="A decade like 1970.")
    has_video: _Flag = Field(default=False, description=_FLAG)
    main: _Flag = Field(default=False, description=_FLAG)
    owned: Literal["yes", "no"] | None = Field(None, description="Give yes or no, or nothing.")
    rating_from: _Rated | None = Field(None, description="Give a rating, 1 to 10.")
    rating_to: _Rated | None = Field(None, description="Give a rating, 1 to 10.")
    grouped: _Flag = Field(default=True, description="0: every version of a master by itself.")
    sort: _ORDERS = Field("newest", description="Choose one of the orders.")
    seed: int = Field(0, ge=0, lt=2**32, description="A number, for an order at random.")

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.rating_from and self.rating_to and self.rating_from > self.rating_to:
            _refuse("rating_from", "Give the lower rating first.")
        for field in ("q", *(NAMES if self.match == "words" else ())):
            if "".join(getattr(self, field)).count("*") > _MOST_STARS:
                _refuse(field, f"At most {_MOST_STARS} words may have a star behind them.")
        said = {field: _size(getattr(self, field)) for field in ("q", *NAMES, *LISTS)}
        if sum(said.values()) > MOST_SAID:
            _refuse(max(said, key=said.__getitem__), "That is too much at once: say less.")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether every release of the crate meets it."""
        said = self.model_dump(exclude_defaults=True, exclude={"match", "grouped", "sort", "seed"})
        return not said

    def wanted(self, field: str) -> list[str]:
        """Return the values of a list that may be: those without a minus."""
        values: tuple[str, ...] = getattr(self, field)
        return [value for value in values if not value.startswith(MINUS)]

    def unwanted(self, field: str) -> list[str]:
        """Return the values of a list that are left out, without their minus."""
        values: tuple[str, ...] = getattr(self, field)
        return [value[1:] for value in values if value.startswith(MINUS)]

    def to_args(self) -> list[tuple[str, str]]:
        """Return it as an address says it: what is not as usual, fields and values in order."""
        said = self.model_dump(exclude_defaults=True)
        if self.sort != "random":
            said.pop("seed", None)
        if not any(said.get(name) for name in NAMES):
            said.pop("match", None)
        return [
            (name, _written(value))
            for name, given in said.items()
            for value in (given if isinstance(given, tuple) else (given,))
        ]

    @classmethod
    def from_args(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Read an address; unknown names and empty values are left aside.

        Of a field that has one value the first counts.

        Raises:
            InvalidInput: one sentence for each field that needs another look.
        """
        said: dict[str, Any] = {}
        for name, value in pairs:
            if name not in cls.model_fields or not value.strip():
                continue
            if _is_many(name):
                said.setdefault(name, []).append(value)
            else:
                said.setdefault(name, value)
        try:
            return cls.model_validate(said)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)
            raise InvalidInput(dict(map(_sentence, reversed(wrong)))) from None


def _size(said: str | tuple[str, ...]) -> int:
    return len("".join(said).encode())


def _refuse(field: str, sentence: str) -> NoReturn:
    raise PydanticCustomError("sentence", sentence, {"field": field})


def _written(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _is_many(name: str) -> bool:
    return get_origin(Dig.model_fields[name].annotation) is tuple


def _sentence(wrong: ErrorDetails) -> tuple[str, str]:
    if not wrong["loc"]:
        return wrong["ctx"]["field"], wrong["msg"]
    name = str(wrong["loc"][0])
    if wrong["type"] == "too_long":
        return name, f"That is too much at once: at most {_MOST} values."
    return name, Dig.model_fields[name].description or wrong["msg"]


def years(said: str) -> range:
    """Return the years that a value of `year` means, without its minus.

    >>> years("1970-1975")
    range(1970, 1976)
    """
    first, _, last = said.partition(MINUS)
    return range(int(first), int(last or first) + 1)

"""What may be asked of a mosaic, and how a form's words become that."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from database.mosaic_sizes import NORMAL, WORDS
from database.mosaic_words import MOST_PLAYED, NEWEST_FIRST, PLAYS, RECORDS

# Of a collection, beside the time: all, what was seen more than once, what is liked, what is
# rated so many half stars or more, a list by its id.
ALL, REWATCHES, LIKED = "all", "rewatches", "liked"
MOST_COLUMNS, MOST_APART, MOST_TINT, MOST_ALBUMS = 200, 20, 0.4, 1_000
_LARGEST = 2**53  # the largest whole number that JSON keeps everywhere
# A profile's address, pasted: the name is the first part of its path.
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?letterboxd\.com/([^/?#\s]+)", re.IGNORECASE)


_Period = Annotated[
    str,
    Field(
        pattern=r"^(month|last-month|last30|all|year:(18|19|20)\d\d"
        r"|month:(18|19|20)\d\d-(0[1-9]|1[0-2]))$",
        description="Choose month, last-month, last30, all, year:2025 or month:2025-03.",
    ),
]


def account(typed: Any) -> Any:
    """Return the name in what was typed or pasted: "letterboxd.com/dave/films" is "dave"."""
    if not isinstance(typed, str):
        return typed
    found = _ADDRESS.match(typed.strip())
    return found[1] if found else typed.strip().removeprefix("@")


def _blank(given: Any) -> Any:
    return None if given == "" else given


class Order(BaseModel):
    """A mosaic of whatever source: `period` and `only` say of which films."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    period: _Period = "month"
    only: str = Field(
        ALL,
        pattern=r"^(all|rewatches|liked|rated:([1-9]|10)|list:\d{1,15})$",
        description="Choose all, rewatches, liked, rated:8 (half stars) or list:3 (its number).",
    )
    sequence: str = Field(
        NEWEST_FIRST,
        pattern="^-?(watched|rating|year|title|spectrum|islands|listed)$",
        description="Choose watched, rating, year, title, spectrum, islands or listed; - before "
        "it turns it round.",
    )
    layout: Literal["sheet", "wall", "photo"] = Field(
        "sheet", description="Choose sheet, wall or photo."
    )
    scale: int = Field(2, ge=1, le=3, description="Choose 1, 2 or 3.")
    size: str = Field(NORMAL, description=f"Choose one of {', '.join(WORDS)}.")
    columns: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=MOST_COLUMNS, description=f"From 1 to {MOST_COLUMNS}; empty: what fits."
    )
    small_tiles: bool = Field(
        default=False, description="Print pictures smaller than 12 mm as well."
    )
    # Of a wall.
    gap: Literal["none", "thin", "wide"] = Field("thin", description="Choose none, thin or wide.")
    ground: Literal["night", "black", "white", "mean"] = Field(
        "night", description="Choose night, black, white or mean."
    )
    heading: bool = Field(default=False, description="Say at the top whose they are.")
    captions: bool = Field(
        default=False, description="Set each title and its stars below the picture."
    )
    # Of a picture made of posters. `target` is a film's poster, unless a file is sent.
    target: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=_LARGEST, description="Choose one of your films, or send a picture."
    )
    tint: float = Field(
        0.25, ge=0, le=MOST_TINT, description="From 0, not at all, to 0.4: tinted by the picture."
    )
    apart: int = Field(
        4, ge=0, le=MOST_APART, description="From 0 to 20 cells between two of the same."
    )
    most_uses: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=40_000, description="How often one may be used; empty: any number."
    )
    once: bool = Field(default=False, description="Use each one once at the most.")
    seed: int = Field(
        0,
        ge=0,
        le=_LARGEST,
        description="With each one once: another number, another picture.",
    )

    @field_validator("size")
    @classmethod
    def _known(cls, size: str) -> str:
        if size not in WORDS:
            raise PydanticCustomError("sentence", f"Choose one of {', '.join(WORDS)}.")
        return size

    @model_validator(mode="after")
    def _sheets_are_as_they_are(self) -> Self:
        if self.layout == "sheet" and self.size != NORMAL:
            raise PydanticCustomError(
                "sentence", "A sheet is as large as its text needs: choose a wall for that size."
            )
        return self

    @property
    def args(self) -> dict[str, Any]:
        """What the worker is told: nothing that the layout has no use for."""
        told = self.model_dump(exclude={"letterboxd_username"})
        if not self.once:
            told["seed"] = 0  # there is nothing that it could decide
        return {name: told[name] for name in (*_OF_ALL, *_OF_LAYOUT[self.layout])}


_OF_ALL = ("period", "only", "sequence", "layout")
_OF_LAYOUT = {
    "sheet": ("scale",),
    "wall": ("size", "columns", "small_tiles", "gap", "ground", "heading", "captions"),
    "photo": (
        *("size", "columns", "small_tiles", "target", "tint", "apart", "most_uses", "once"),
        "seed",
    ),
}
# What only some layouts have a use for.
_OF_SOME = {name for names in _OF_LAYOUT.values() for name in names}


def of_use(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form gave, without what its layout has no use for and does not show."""
    used = _OF_LAYOUT.get(str(given.get("layout", "sheet")), _OF_SOME)
    return {name: said for name, said in given.items() if name in used or name not in _OF_SOME}


class FeedOrder(Order):
    """Of the films in somebody's public feed, about the newest fifty."""

    letterboxd_username: Annotated[str, BeforeValidator(account)] = Field(
        pattern="^[A-Za-z0-9_]{1,40}$",
        description="Give a Letterboxd name: letters, digits and _, at most 40.",
    )


class RecordsOrder(Order):
    """Of the covers of a person's own records: `period` is of their purchase."""

    period: _Period = "all"
    only: str = Field(
        ALL,
        pattern=r"^(all|rated:([1-9]|10))$",
        description="Choose all or rated:8 (out of ten).",
    )
    sequence: str = Field(
        NEWEST_FIRST,
        pattern="^-?(watched|rating|year|title|artist|spectrum|islands)$",
        description="Choose watched (bought), rating, year, title, artist, spectrum or islands; "
        "- before it turns it round.",
    )
    target: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=_LARGEST, description="Choose one of the records, or send a picture."
    )


class PlaysOrder(Order):
    """Of the covers of the albums that were played most in a period, or from day to day."""

    period: Annotated[
        str,
        Field(
            pattern=r"^(month|last-month|last30|all|year:(18|19|20)\d\d"
            r"|month:(18|19|20)\d\d-(0[1-9]|1[0-2])|days:[\d-]{10}:[\d-]{10})$",
            description="Choose month, last-month, last30 (days), all, year:2025 or month:2025-03.",
        ),
    ] = "month"
    only: str = Field(ALL, pattern="^all$", description="Choose all.")
    sequence: str = Field(
        MOST_PLAYED,
        pattern="^-?(plays|title|artist|spectrum|islands)$",
        description="Choose plays, title, artist, spectrum or islands; - before it turns it round.",
    )
    target: Annotated[int | None, BeforeValidator(_blank)] = Field(
        None, ge=1, le=_LARGEST, description="Choose one of the albums, or send a picture."
    )
    whose: str = Field(
        "me",
        pattern=r"^(me|us|[1-9]\d{0,14})$",
        description="Choose me, us (the household) or a person's number.",
    )
    most: int = Field(
        60, ge=1, le=MOST_ALBUMS, description=f"From 1 to {MOST_ALBUMS}: the most played."
    )
    since: Annotated[date | None, BeforeValidator(_blank)] = Field(
        None, description="Instead of a period: a day like 2025-03-01."
    )
    until: Annotated[date | None, BeforeValidator(_blank)] = Field(
        None, description="The last day, like 2025-03-31."
    )

    @field_validator("period")
    @classmethod
    def _real_days(cls, period: str) -> str:
        kind, _, which = period.partition(":")
        if kind == "days":
            first, _, last = which.partition(":")
            try:
                is_fine = date.fromisoformat(first) <= date.fromisoformat(last)
            except ValueError:
                is_fine = False
            if not is_fine:
                raise PydanticCustomError("sentence", "Give days like days:2025-03-01:2025-03-31.")
        return period

    @model_validator(mode="after")
    def _both_days_or_none(self) -> Self:
        if (self.since is None) != (self.until is None):
            raise PydanticCustomError("sentence", "Give both the first day and the last, or none.")
        if self.since is not None and self.until is not None and self.since > self.until:
            raise PydanticCustomError("sentence", "The last day must not be before the first.")
        return self

    @property
    def args(self) -> dict[str, Any]:
        told = super().args | {"whose": self.whose, "most": self.most}
        if self.since is not None:
            told["period"] = f"days:{self.since}:{self.until}"
        return told


def of_source(source: str | None) -> type[Order]:
    """Return what may be asked of the pictures of that source, whoever's they are."""
    if source == PLAYS:
        return PlaysOrder
    return RecordsOrder if source == RECORDS else Order

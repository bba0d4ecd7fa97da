"""What an address of the API is asked with: filters, pages, or a sentence about what is wrong."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest

from core.errors import InvalidInput
from database.library_filters import AlbumFilter, Flag, PlaylistFilter
from database.library_lists import Page
from webapp import forms
from webapp.answers import typed

Model = TypeVar("Model", bound=BaseModel)

_MOST = 1_000_000
_ID = r"[A-Za-z0-9]{1,64}"
_Number = Annotated[int, Field(ge=1, le=_MOST)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)


class OfListing(_Asked):
    """A page of a list of Spotify's."""

    page: _Number = Field(1, description="Which page, from 1.")
    page_size: int = Field(20, ge=1, le=50, description="How many on a page: 1 to 50.")
    offset: int | None = Field(
        None, ge=0, le=_MOST, description="How many to leave out before it, whatever the page."
    )

    @property
    def skip(self) -> int:
        return (self.page - 1) * self.page_size if self.offset is None else self.offset

    @property
    def part(self) -> Page:
        return Page(self.page_size, self.skip)


class OfArtists(_Asked):
    """A page of the followed artists."""

    page_size: int = Field(20, ge=1, le=50, description="How many on a page: 1 to 50.")
    last: str | None = Field(
        None, pattern=rf"^{_ID}$", description="What the last answer called `last`."
    )


class Paged(_Asked):
    """A page of what is stored."""

    page: _Number = Field(1, description="Which page, from 1.")
    page_size: int = Field(10, ge=1, le=100, description="How many on a page: 1 to 100.")

    @property
    def part(self) -> Page:
        return Page(self.page_size, (self.page - 1) * self.page_size)


class Playlists(Paged, PlaylistFilter):
    """A page of playlists that meet a filter."""


class Albums(Paged, AlbumFilter):
    """A page of albums that meet a filter."""


class OfTracks(Paged):
    """Which part of the tracks of something."""

    page_size: int = Field(500, ge=1, le=500, description="How many tracks: 1 to 500.")


class Told(Paged):
    """A page of notifications."""

    unacknowledged: Flag = Field(
        None, description="1 or true: those not acknowledged; 0 or false: the others."
    )


class Profile(_Asked):
    force: Flag = Field(None, description="1 or true: fetch it anew, however fresh it is.")


class Recent(_Asked):
    limit: int = Field(1, ge=1, le=50, description="How many plays: 1 to 50.")


class Operation(_Asked):
    """What is to be done with something."""

    operation: Literal["sync", "analyze"] | None = Field(
        None, description="sync or analyze; sync without it."
    )


class Change(Operation):
    """What is to be done with a playlist: an operation, or what it says of itself."""

    description: str | None = Field(
        None,
        min_length=1,
        max_length=300,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="What the playlist says of itself: 1 to 300 characters on one line.",
    )


def query(model: type[Model]) -> Model:
    """Return what the address asks for; of a parameter that is repeated, the first.

    Raises:
        BadRequest: it is not understood; a sentence for each parameter.
    """
    try:
        return forms.read(model, request.args.to_dict())
    except InvalidInput as error:
        raise _unclear(error.problems) from None


def body(model: type[Model]) -> Model:
    """Return what was sent, as JSON or a form; what is empty is not left out.

    Raises:
        BadRequest: as `query`.
    """
    try:
        return model.model_validate(dict(typed()))
    except ValidationError as error:
        raise _unclear(forms.problems(model, error)) from None


def _unclear(problems: Mapping[str, str]) -> BadRequest:
    return BadRequest(" ".join(f"{name}: {sentence}" for name, sentence in problems.items()))

"""What scripts are told of the crates: what is in them, baskets, playlists."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from database.crate_digs import Dig
from webapp.crates import basket_described, playlists_described
from webapp.crates.api import Part
from webapp.describing import LARGEST, Area, Operation, ordered

_Number = Annotated[int, Field(description="Discogs' number of it.", ge=0, le=LARGEST)]
_Count = Annotated[int, Field(description="How many releases of this crate.")]


class ReleaseRow(TypedDict):
    """A release as lists show it; `videos`: how many it has."""

    id: _Number
    title: str | None
    artist: str | None
    label: str | None
    catno: str | None
    year: int | None
    country: str | None
    format: str | None
    master_id: _Number | None
    is_main: Annotated[bool, Field(description="The main one of its master, or without one.")]
    videos: int


class CrateName(TypedDict):
    """An artist or a label, by the whole name that Discogs has."""

    id: _Number
    name: str | None
    releases: _Count


class CrateNamed(CrateName):
    """`beside`: an artist's aliases, or the label that a label belongs to."""

    beside: list[CrateName]


class CrateVideo(TypedDict):
    """`id`: YouTube's."""

    id: str
    title: str | None
    seconds: int | None
    url: str


class CrateRelease(ReleaseRow):
    artists: list[CrateName]
    labels: list[CrateName]
    genres: list[str]
    styles: list[str]
    descriptions: list[str]
    barcode: Annotated[str | None, Field(description="Where the crate keeps them.")]
    links: list[CrateVideo]


class CrateMaster(TypedDict):
    id: _Number
    title: str | None
    artist: str | None
    year: int | None
    main_release: _Number | None
    versions: list[ReleaseRow]
    links: list[CrateVideo]


class CrateProblem(TypedDict):
    """What of a field is not in the crate, and what may be meant."""

    sentence: str
    suggestions: list[str]


class CrateValue(TypedDict):
    name: str
    releases: _Count


class CrateValues(TypedDict):
    values: list[CrateValue]


class CrateFound(TypedDict):
    """`query`: the dig in one order of its words; `version`: of the dump; `after`: the next part.

    `counts`: how many there would be if of a facet it alone were asked for.
    """

    query: str
    version: str | None
    count: int
    releases: list[ReleaseRow]
    after: _Number | None
    problems: dict[str, CrateProblem]
    counts: NotRequired[dict[str, list[CrateValue]]]


class Typed(TypedDict):
    """Of what a name is the beginning."""

    field: Literal["artist", "title", "label"]
    q: NotRequired[Annotated[str, Field(description="As somebody types it.")]]


class OfKind(TypedDict):
    """Whose values."""

    kind: Literal["genre", "style", "country", "format", "description", "year"]


class _Asked(Dig, Part):
    """A dig, and which part of what it finds."""


_CRATES: dict[str, Any] = {
    "crates_api.suggest": Operation(
        "Names that begin so, those of most releases first", {200: list[str]}, (400,), Typed
    ),
    "crates_api.values": Operation("All values of a facet", {200: CrateValues}, (400, 404), OfKind),
    "crates_api.digs": Operation(
        "What a dig finds; values of one field are alternatives, fields narrow each other",
        {200: CrateFound},
        (404, 422),
        _Asked,
    ),
    "crates_api.release": Operation("A release", {200: CrateRelease}, (404,)),
    "crates_api.master": Operation("A master and its versions", {200: CrateMaster}, (404,)),
    "crates_api.artist": Operation("An artist", {200: CrateNamed}, (404,)),
    "crates_api.label": Operation("A label", {200: CrateNamed}, (404,)),
    "crates.try_sample": ordered("Have a crate made of the sample", (409,)),
}

AREA = Area(
    "Crates",
    "What the monthly dumps of Discogs hold, to dig in; a basket and playlists of what was found.",
    {**_CRATES, **basket_described.OPERATIONS, **playlists_described.OPERATIONS},
)

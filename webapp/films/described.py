"""What scripts are told of films."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from database.film_filters import Filter
from webapp.describing import Area, Before, Binary, Operation, Part, ordered
from webapp.films.bring import Import
from webapp.films.repair import Meant

Day = Annotated[str, Field(description="A day like 2026-11-24.")]
Moment = Annotated[int, Field(description="Milliseconds since 1970, UTC.")]
HalfStars = Annotated[int | None, Field(description="Half stars: 9 is 4½ stars.")]


class FilmRow(TypedDict):
    """A film of a collection; `stars` as given, else those of its newest rated viewing."""

    id: int
    title: str
    year: int | None
    director: str | None
    stars: float | None
    viewings: int
    last_watched: Day | None
    liked: bool
    rewatched: bool


class Films(TypedDict):
    films: list[FilmRow]


class Said(TypedDict):
    half_stars: HalfStars
    is_liked: bool
    watched_on: Day | None
    wanted_on: Day | None


class Viewing(TypedDict):
    watched_on: Day
    half_stars: HalfStars
    is_rewatch: bool
    is_liked: bool
    tags: str | None
    review: str | None


class InList(TypedDict):
    id: int
    name: str
    position: int
    note: str | None


class InMosaic(TypedDict):
    public_id: str
    title: str
    created_at: Moment


class Film(TypedDict):
    """One film with all that hangs on it; `said` is of the film as such."""

    film: int
    title: str
    year: int | None
    director: str | None
    poster: str | None
    links: dict[str, str | None]
    said: Said
    viewings: list[Viewing]
    lists: list[InList]
    mosaics: list[InMosaic]


class FilmPage(TypedDict):
    film: int
    url: str


class Counted(TypedDict):
    """How many viewings were added, changed, the same and skipped; and of what else."""

    added: int
    changed: int
    same: int
    skipped: int
    parts: NotRequired[list[Part]]
    problems: NotRequired[list[str]]
    more_problems: NotRequired[int]
    dry_run: NotRequired[bool]
    is_begun_again: NotRequired[bool]
    result_url: NotRequired[str]


Brought = TypedDict(
    "Brought",
    {
        "import": str,
        "file_name": str,
        "counts": dict[str, Any],
        "created_at": Moment,
        "undone_at": Moment | None,
    },
)


class FilmImports(TypedDict):
    """The newest first; `before` leads to the older ones."""

    imports: list[Brought]
    before: int | None


class Told(TypedDict):
    """A row of an export; `what` says of which kind."""

    what: Literal["viewing", "mark", "wanted", "list"]
    title: str
    year: int | None
    director: str | None
    letterboxd: str | None
    tmdb: str | None
    day: NotRequired[Day | None]
    stars: NotRequired[float | None]
    rewatch: NotRequired[bool]
    liked: NotRequired[bool]
    tags: NotRequired[str | None]
    review: NotRequired[str | None]
    position: NotRequired[int]
    note: NotRequired[str | None]


class ToldList(TypedDict):
    name: str
    description: str | None
    made_on: Day | None
    films: list[Told]


class Export(TypedDict):
    viewings: list[Told]
    marks: list[Told]
    watchlist: list[Told]
    lists: list[ToldList]


_CSV = Binary("text/csv")
_ZIP = {"export": "The zip that Letterboxd gives, or a csv file of it; at most 40 MB."}
_POSTER = {"poster": "JPEG, PNG or WebP, at most 15 MB."}

AREA = Area(
    "Films",
    "A collection of films: from Letterboxd's exports and feeds.",
    {
        "films.index": Operation("The films that are asked for", {200: Films}, query=Filter),
        "films.collection_json": Operation("The same", {200: Films}, query=Filter),
        "films.collection_csv": Operation("The same as a table", {200: _CSV}, query=Filter),
        "films.film": Operation("One film", {200: Film}),
        "films.export_json": Operation("Everything of one's films", {200: Export}),
        "films.export_csv": Operation("Everything as a table", {200: _CSV}),
        "films.take": ordered("Bring an export", body=Import, files=_ZIP),
        "films.brought": Operation("What an import did", {200: Counted, 303: None}),
        "films.bring_now": ordered("Bring what a dry run has read", (409,)),
        "films.imports": Operation("What was brought so far", {200: FilmImports}, query=Before),
        "films.undo": ordered("Take an import back", (409,)),
        "films.replace_poster": ordered("Show a poster of your own", files=_POSTER),
        "films.remove_poster": Operation("Show the fetched poster again", {200: FilmPage}),
        "films.find_matches": ordered("Ask TMDB which film is meant", body=Meant),
        "films.look_again": ordered("Look for its poster again"),
        "films.look_for_all": ordered("Look for the posters of all that have none"),
    },
)

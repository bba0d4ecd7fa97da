"""The shapes in which scripts are told of the library's pages. Types alone."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from core.analysis import Computation
from database.library_filters import AlbumFilter, ArtistFilter, PlaylistFilter, TrackFilter
from database.track_picks import Picking
from webapp.describing import LARGEST

Moment = Annotated[int, Field(description="Milliseconds since 1970, UTC.")]
Format = Annotated[Literal["json", "csv"], Field(description="json, or csv.")]


class Form(TypedDict):
    """As what a list is to be sent."""

    format: NotRequired[Format]


class ForPlaylists(PlaylistFilter):
    format: Format = "json"


class ForAlbums(AlbumFilter):
    format: Format = "json"


class ForTracks(TrackFilter):
    format: Format = "json"


class ForArtists(ArtistFilter):
    format: Format = "json"


class ForPicks(Picking):
    format: Format = "json"


class Both(Form):
    """Two analyses."""

    a: Annotated[int, Field(ge=1, le=LARGEST, description="The number of the earlier one.")]
    b: Annotated[int, Field(ge=1, le=LARGEST, description="The number of the later one.")]


class Playlists(TypedDict):
    playlists: list[dict[str, Any]]


class Albums(TypedDict):
    albums: list[dict[str, Any]]


class Artists(TypedDict):
    artists: list[dict[str, Any]]


class Tracks(TypedDict):
    """Tracks with how they sound; `sources` says who told that."""

    tracks: list[dict[str, Any]]


class Pick(TypedDict):
    """A track of a list; `track_id`: Spotify's. `feature`: of that which orders the list."""

    track_id: str | None
    track_name: str
    artists: list[str]
    album_name: str | None
    isrc: str | None
    plays: int | None
    feature: float | None


class Picked(TypedDict):
    tracks: list[Pick]


class MadePlaylist(TypedDict):
    """`tracks`: how many belong on it, of which `done` are; `problem`: why it stopped.

    `task`: which one is at it.
    """

    made: str
    name: str
    description: str
    spotify_id: str | None
    tracks: int
    done: int
    left_out: int
    state: Literal["made", "under way", "stopped"]
    problem: str | None
    task: str | None
    created_at: Moment
    finished_at: Moment | None


class MadePlaylists(TypedDict):
    playlists: list[MadePlaylist]


class Analyses(TypedDict):
    analyses: list[dict[str, Any]]


class Analysis(TypedDict):
    """`tracks`: what it is of, by number; `data`: what was worked out."""

    analysis: int
    kind: str
    scope: str
    version: str
    title: str
    tracks: list[int]
    data: Computation
    created_at: Moment
    updated_at: Moment


class Moved(TypedDict):
    before: float | None
    after: float | None
    difference: float | None


class Compared(TypedDict):
    """`added`, `removed`: tracks, by number; `averages`: by the name of the feature."""

    before: Analysis
    after: Analysis
    added: list[int]
    removed: list[int]
    averages: dict[str, Moved]


class TrackPage(TypedDict):
    """`features`: what is believed, `sources`: of whom, `said`: what each source says."""

    track: int
    features: dict[str, float | None]
    sources: dict[str, str]
    said: dict[str, dict[str, float | None]]


class Saved(TypedDict):
    track: int
    url: str


class Wishes(TypedDict):
    """What is done by itself."""

    syncs_daily: bool
    reads_recent: bool
    uses_reccobeats: bool


class Brought(TypedDict):
    """What became of a file, or would."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    dry_run: NotRequired[bool]


LibraryBrought = TypedDict(
    "LibraryBrought",
    {
        "import": str,
        "file_name": str,
        "counts": dict[str, Any] | None,
        "created_at": Moment,
        "undone_at": Moment | None,
    },
)


class Imports(TypedDict):
    """The newest first; `before` leads to the older ones."""

    imports: list[LibraryBrought]
    before: int | None

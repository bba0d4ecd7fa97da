"""The shapes in which scripts are told of listening. Types alone."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from webapp.describing import LARGEST

Moment = Annotated[int, Field(description="Milliseconds since 1970, UTC.")]


class Asked(TypedDict):
    """Whose numbers, and of when."""

    whose: NotRequired[
        Annotated[str, Field(description="us: the household; or a person's number; default me.")]
    ]
    since: NotRequired[
        Annotated[str, Field(description="From then on: a date, a date-time or Unix seconds.")]
    ]
    until: NotRequired[
        Annotated[str, Field(description="Before then: a date, a date-time or Unix seconds.")]
    ]
    period: NotRequired[
        Annotated[
            Literal["day", "week", "month", "year", "all"], Field(description="The running one.")
        ]
    ]
    format: NotRequired[
        Annotated[Literal["json", "csv"], Field(description="CSV is of one table alone.")]
    ]
    table: NotRequired[Annotated[str, Field(description="Only this one of the tables.")]]


class Part(Asked):
    by: NotRequired[Annotated[Literal["plays", "ms"], Field(description="What counts most.")]]
    page: NotRequired[Annotated[int, Field(ge=1, le=LARGEST, description="Which part.")]]


class Search(Asked):
    q: NotRequired[Annotated[str, Field(description="Words of a name.")]]


class Shelf(Asked):
    which: NotRequired[
        Annotated[Literal["never", "missing", "records"], Field(description="Which list.")]
    ]
    after: NotRequired[Annotated[str, Field(description="`next` of the page before.")]]


class Tables(TypedDict):
    """The tables of a page, each a list of rows by the name of the table."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    whose: str
    since: str | None
    until: str | None


class Brought(TypedDict):
    """What became of a history: of `read` plays so many were `added` and `known`."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]

    files: NotRequired[list[dict[str, Any]]]
    parts: NotRequired[list[dict[str, Any]]]
    problems: NotRequired[list[str]]
    dry_run: NotRequired[bool]


HistoryBrought = TypedDict(
    "HistoryBrought",
    {
        "import": str,
        "file_name": str,
        "counts": dict[str, Any] | None,
        "created_at": Moment,
        "undone_at": Moment | None,
    },
)


class Histories(TypedDict):
    """The newest first; `before` leads to the older ones."""

    imports: list[HistoryBrought]
    before: int | None


class AlbumPage(TypedDict):
    album: int
    url: str


class RecordPage(TypedDict):
    record: int
    url: str


class ArtistGenres(TypedDict):
    artist: int
    genres: list[str]
    url: str


class Relay(TypedDict):
    """How sending on goes; `name` is empty until what was given has been tried."""

    provider: str
    name: str
    is_stopped: bool
    sent: int
    refused: int
    sent_at: Moment | None
    waiting: int
    said: str | None


class Relays(TypedDict):
    relays: list[Relay]


class Linking(TypedDict):
    """Of ListenBrainz the token; of Last.fm the other three."""

    token: NotRequired[str]
    key: NotRequired[str]
    secret: NotRequired[str]
    session: NotRequired[str]


class Whose(TypedDict):
    """Of whom: oneself, or a child that one looks after."""

    person: NotRequired[
        Annotated[int, Field(ge=1, le=LARGEST, description="A child that you look after.")]
    ]


class MalojaAlbum(TypedDict):
    artists: list[str]
    albumtitle: str


class MalojaTrack(TypedDict):
    """`length` in seconds."""

    artists: list[str]
    title: str
    album: MalojaAlbum | None
    length: int | None


class MalojaScrobble(TypedDict):
    """`time` in seconds since 1970, `duration` in seconds."""

    time: int
    track: MalojaTrack
    duration: int | None
    origin: str


class MalojaExport(TypedDict):
    export_time: int


class AsMaloja(TypedDict):
    maloja: MalojaExport
    scrobbles: list[MalojaScrobble]


class WhoseCounted(Whose):
    counted: NotRequired[Annotated[str, Field(description="The task that tried each rule.")]]


class Done(TypedDict):
    url: str


class Edit(TypedDict):
    """A correction; `said` tells it in words."""

    edit: str
    person: str
    kind: str
    said: Any
    plays: int
    created_at: Moment
    undone_at: Moment | None
    is_over: bool


class Edits(TypedDict):
    """The newest first; `before` leads to the older ones."""

    edits: list[Edit]
    before: int | None


class OfWhat(Asked):
    kind: NotRequired[Annotated[str, Field(description="artists, albums or tracks.")]]
    item: NotRequired[Annotated[int, Field(ge=1, le=LARGEST, description="Which of them.")]]


class BySource(TypedDict):
    source: str
    file_name: str | None
    stored: int
    counted: int


class Why(TypedDict):
    """What is stored, what of it counts and what does not, and by which rule it would be what."""

    name: str
    stored: int
    counted: int
    short: int
    duplicate: int
    not_me: int
    not_music: int
    deleted: int
    ms: int
    estimated: int
    by_rule: dict[str, int] | None
    by_source: list[BySource]


class CountingNow(TypedDict):
    person: int
    rule: str
    counts: dict[str, int] | None
    is_joint: bool
    is_shared: bool
    is_public: bool


class Child(TypedDict):
    child: int
    name: str


class Children(TypedDict):
    children: list[Child]


class ChildPage(TypedDict):
    child: int
    url: str


class GivingBack(TypedDict):
    give_back: NotRequired[Annotated[bool, Field(description="The plays come to the parent.")]]


class Into(TypedDict):
    into: Annotated[int, Field(ge=1, le=LARGEST, description="The one that it is.")]

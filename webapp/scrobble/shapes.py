"""The shapes in which players send plays and are told of them. Types alone."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

Seconds = Annotated[int, Field(description="Seconds since 1970, UTC.")]
Score = Annotated[int, Field(description="1 loved, -1 hated, 0 neither.")]


class Failed(TypedDict):
    """Why not; `code` is the status."""

    code: int
    error: str


class Ok(TypedDict):
    status: Literal["ok"]
    recording_msid: NotRequired[str]


class Valid(TypedDict):
    code: Literal[200]
    message: str
    valid: bool
    user_name: NotRequired[str]


class Token(TypedDict):
    token: NotRequired[Annotated[str, Field(description="Instead of the header.")]]


class Metadata(TypedDict):
    """What was heard; whatever else is known stands in `additional_info`."""

    artist_name: str
    track_name: str
    release_name: NotRequired[str]
    additional_info: NotRequired[dict[str, Any]]


class SentListen(TypedDict):
    listened_at: NotRequired[Seconds]
    track_metadata: Metadata


class Sent(TypedDict):
    listen_type: Literal["single", "playing_now", "import"]
    payload: Annotated[list[SentListen], Field(min_length=1, max_length=1000)]


class WithMsid(TypedDict):
    return_msid: NotRequired[Annotated[str, Field(description="true: tell the id of the track.")]]


class Part(TypedDict):
    count: NotRequired[Annotated[int, Field(ge=0, description="How many, at most 1000.")]]
    offset: NotRequired[Annotated[int, Field(ge=0, description="How many to leave out.")]]


class Between(TypedDict):
    max_ts: NotRequired[Annotated[Seconds, Field(description="Before then: the newest.")]]
    min_ts: NotRequired[Annotated[Seconds, Field(description="After then: the oldest.")]]
    count: NotRequired[Annotated[int, Field(ge=0, description="25 without it, at most 1000.")]]


class Listen(TypedDict):
    listened_at: Seconds
    inserted_at: Seconds
    recording_msid: str
    user_name: str
    track_metadata: Metadata


class Playing(TypedDict):
    playing_now: Literal[True]
    user_name: str
    track_metadata: Metadata


class ListensPayload(TypedDict):
    count: int
    user_id: str
    latest_listen_ts: Seconds
    oldest_listen_ts: Seconds
    listens: list[Listen]


class Listens(TypedDict):
    payload: ListensPayload


class CountPayload(TypedDict):
    count: int


class Count(TypedDict):
    payload: CountPayload


class PlayingPayload(TypedDict):
    count: int
    user_id: str
    playing_now: Literal[True]
    listens: list[Playing]


class PlayingNow(TypedDict):
    payload: PlayingPayload


class Client(TypedDict):
    client: NotRequired[Annotated[str, Field(description="Only if this one has set it.")]]


class Deleted(TypedDict):
    listened_at: Seconds
    recording_msid: str


class Service(TypedDict):
    user_name: str
    service: NotRequired[str]


class LatestImport(TypedDict):
    musicbrainz_id: str
    latest_import: Seconds
    status: None
    error: None


class Imported(TypedDict):
    ts: NotRequired[Seconds]
    service: NotRequired[str]


class Feedback(TypedDict):
    score: Score
    recording_msid: NotRequired[str]
    recording_mbid: NotRequired[str]


class Opinion(TypedDict):
    created: Seconds
    recording_msid: str | None
    recording_mbid: str | None
    score: Score
    user_id: str
    track_metadata: NotRequired[Metadata]


class Opinions(TypedDict):
    feedback: list[Opinion]
    count: int
    total_count: int
    offset: int


class OpinionsAsked(Part):
    score: NotRequired[Annotated[int, Field(description="1 or -1.")]]
    metadata: NotRequired[Annotated[str, Field(description="true: with names.")]]


class Recordings(TypedDict):
    recording_msids: NotRequired[Annotated[str, Field(description="With commas between.")]]
    recording_mbids: NotRequired[Annotated[str, Field(description="With commas between.")]]


class RecordingsSent(TypedDict):
    recording_msids: NotRequired[list[str]]
    recording_mbids: NotRequired[list[str]]


class OpinionsOf(TypedDict):
    feedback: list[Opinion]


class Range(TypedDict):
    range: NotRequired[
        Annotated[
            Literal[
                "week",
                "month",
                "quarter",
                "half_yearly",
                "year",
                "this_week",
                "this_month",
                "this_year",
                "all_time",
            ],
            Field(description="week and the like: the whole one before this; default all_time."),
        ]
    ]


class RangePart(Range, Part):
    """A part of what is of a range."""


class _About(TypedDict):
    user_id: str
    range: str
    from_ts: Seconds
    to_ts: Seconds
    last_updated: Seconds


class Top(TypedDict):
    """What was heard often: an artist, a release or a recording, by the names it has."""

    listen_count: int
    artist_name: str
    artist_mbid: NotRequired[str | None]
    artist_mbids: NotRequired[list[str]]
    release_name: NotRequired[str | None]
    release_mbid: NotRequired[str | None]
    release_group_name: NotRequired[str]
    release_group_mbid: NotRequired[str | None]
    track_name: NotRequired[str]
    recording_mbid: NotRequired[str | None]
    recording_msid: NotRequired[str | None]


class TopsPayload(_About):
    count: int
    offset: int
    artists: NotRequired[list[Top]]
    total_artist_count: NotRequired[int]
    releases: NotRequired[list[Top]]
    total_release_count: NotRequired[int]
    release_groups: NotRequired[list[Top]]
    total_release_group_count: NotRequired[int]
    recordings: NotRequired[list[Top]]
    total_recording_count: NotRequired[int]


class Tops(TypedDict):
    payload: TopsPayload


class Activity(TypedDict):
    from_ts: Seconds
    to_ts: Seconds
    time_range: str
    listen_count: int


class ActivityPayload(_About):
    listening_activity: list[Activity]


class ListeningActivity(TypedDict):
    payload: ActivityPayload


class Hour(TypedDict):
    hour: int
    listen_count: int


class DailyPayload(_About):
    daily_activity: dict[str, list[Hour]]


class DailyActivity(TypedDict):
    payload: DailyPayload


class Called(TypedDict):
    method: Annotated[str, Field(description="Like track.scrobble or user.getRecentTracks.")]
    format: NotRequired[Annotated[str, Field(description="json; otherwise XML.")]]
    sk: NotRequired[Annotated[str, Field(description="The session key.")]]
    user: NotRequired[str]


class Refusal(TypedDict):
    """Last.fm's own numbers; the status is 200."""

    error: int
    message: str


class Scrobble(TypedDict):
    key: NotRequired[Annotated[str, Field(description="A token, if not in the header.")]]
    artist: NotRequired[str]
    artists: NotRequired[list[str]]
    title: str
    album: NotRequired[str]
    albumartists: NotRequired[list[str]]
    duration: NotRequired[Annotated[int, Field(description="Seconds that it was heard.")]]
    length: NotRequired[Annotated[int, Field(description="Seconds that it is long.")]]
    time: NotRequired[Seconds]


class ScrobbledTrack(TypedDict):
    artists: list[str]
    title: str


class Scrobbled(TypedDict):
    status: Literal["success"]
    track: ScrobbledTrack
    desc: str
    warnings: list[str]

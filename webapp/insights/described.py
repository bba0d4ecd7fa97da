"""What scripts are told of the insights."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from webapp.describing import Area, Operation


class _Spanned(TypedDict, total=False):
    since: Annotated[str, Field(description="From then on: a date, a date-time or Unix seconds.")]
    until: Annotated[str, Field(description="Before then: a date, a date-time or Unix seconds.")]
    period: Annotated[
        Literal["day", "week", "month", "year", "all"],
        Field(description="The running one instead; without any of these, all."),
    ]


class _Top(_Spanned, total=False):
    limit: Annotated[int, Field(ge=1, le=100, description="How many at most; 10 without it.")]


class _Time(_Spanned, total=False):
    as_string: Annotated[
        Literal["1", "true", "yes", "on", "0", "false", "no", "off"],
        Field(description="In days, hours, minutes and seconds; otherwise milliseconds."),
    ]


class TopTrack(TypedDict):
    """A track, by its primary artist; `image_url` is an address of this house."""

    track_id: int
    track_name: str
    artist_name: str | None
    count: int
    duration_ms: int | None
    image_url: str
    preview_url: str | None


class TopArtist(TypedDict):
    artist_id: int
    artist_name: str
    count: int


class TopAlbum(TypedDict):
    album_id: int
    album_name: str
    artist_name: str | None
    count: int


class TopGenre(TypedDict):
    genre: str
    count: int


class TopListener(TypedDict):
    user_id: int
    count: int


class Cleared(TypedDict):
    status: Literal["success"]
    message: str


class Size(TypedDict):
    size: int


def _each(name: str, summary: str, answer: Any, query: Any) -> dict[str, Operation]:
    """Describe what is asked of a person, and the same of the household."""
    return {
        f"insights.{name}": Operation(f"{summary}, of a person", {200: answer}, (403,), query),
        f"insights.household_{name}": Operation(
            f"{summary}, of the household", {200: answer}, query=query
        ),
    }


AREA = Area(
    "Insights",
    "Numbers of listening: plays that count, in any window. What was answered is remembered until"
    " a play comes or an hour is over; `X-Cache` says HIT or MISS. Of genres `X-Genre-Coverage`"
    " says which share of the plays has one.",
    {
        **_each("top_tracks", "Tracks played most", list[TopTrack], _Top),
        **_each("top_artists", "Artists played most, by any credit", list[TopArtist], _Top),
        **_each("top_primary_artists", "Primary artists played most", list[TopArtist], _Top),
        **_each("top_albums", "Albums played most", list[TopAlbum], _Top),
        **_each("top_genres", "Genres played most", list[TopGenre], _Top),
        "insights.household_top_listeners": Operation(
            "Who played most, of those who share", {200: list[TopListener]}, query=_Top
        ),
        **_each("listens", "How many plays count", int, _Spanned),
        **_each("listen_time", "How long was listened", int | str, _Time),
        **_each("distinct_tracks", "How many different tracks", int, _Spanned),
        **_each("distinct_artists", "How many different artists", int, _Spanned),
        **_each("distinct_primary_artists", "How many different primary artists", int, _Spanned),
        "insights.invalidate": Operation(
            "Clear the cache",
            {200: Cleared},
            headers={"X-Invalidation-Secret": "What NEEDLEDROP_CACHE_SECRET is set to."},
        ),
        "insights.size": Operation("How much is remembered", {200: Size}),
    },
    unclear=400,
)

"""What scripts are told of playlists at YouTube."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from webapp.crates.playlists import Order
from webapp.describing import Operation, ordered


class Part(TypedDict):
    """Which part of a long list: fifty each."""

    page: NotRequired[Annotated[int, Field(ge=1, description="The first is 1.")]]


class StateCounts(TypedDict):
    """How many videos are in each state."""

    waiting: int
    added: int
    dead: int
    duplicate: int
    failed: int


class FilledPlaylist(TypedDict):
    """`said`: why it does not go on now; `task`: the one that is at it; `is_gone`: it was made."""

    public_id: str
    title: str
    description: str
    youtube_id: str | None
    is_existing: bool
    part: int
    counts: StateCounts
    state: Literal["done", "under way", "stopped"]
    said: str | None
    task: str | None
    is_gone: bool
    created_at: int
    finished_at: int | None


class PlaylistVideo(TypedDict):
    """`reason`: why it is not added; `item_id`: its place on the playlist, as YouTube calls it."""

    video_id: str
    title: str
    state: Literal["waiting", "added", "dead", "duplicate", "failed"]
    reason: str | None
    item_id: str | None


class FilledPlaylists(TypedDict):
    playlists: list[FilledPlaylist]


class FilledPage(TypedDict):
    """What could not be added comes first."""

    playlist: FilledPlaylist
    videos: list[PlaylistVideo]


OPERATIONS = {
    "crates.playlists": Operation(
        "The playlists filled at YouTube from here", {200: FilledPlaylists}, query=Part
    ),
    "crates.make_playlist": ordered(
        "Have what is chosen in your basket put on a playlist at YouTube", (409,), body=Order
    ),
    "crates.look_for_playlists": ordered("Have your playlists at YouTube looked for", (409,)),
    "crates.playlist": Operation(
        "What became of each video of a playlist", {200: FilledPage}, query=Part
    ),
    "crates.go_on": ordered("Go on with a playlist that has stopped", (409,)),
}

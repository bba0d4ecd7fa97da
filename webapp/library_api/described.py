"""What scripts are told of the library's API."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from core.analysis import Computation
from webapp.describing import Area, Operation
from webapp.library_api import asked

_Moment = Annotated[int, Field(description="Milliseconds since 1970, UTC.")]
_Status = Literal["WAITING", "PROGRESSING", "COMPLETE", "ERROR", "CANCELLED"]
_TaskId = Annotated[str, Field(description="A task under way: GET /tasks/ID tells how far it is.")]
_Ms = Annotated[int, Field(description="In milliseconds.")]


class Ordered(TypedDict):
    """The task that does it."""

    message: str
    task_id: _TaskId
    status: _Status


class Credited(TypedDict):
    id: int
    name: str
    spotify_id: str | None


class OnAlbum(TypedDict):
    id: int
    name: str
    spotify_id: str | None


class Playlist(TypedDict):
    """`version`: Spotify's snapshot. `skipped`: how many entries were left out, by why."""

    id: int
    name: str
    spotify_id: str | None
    num_tracks: int
    is_synced: bool
    is_analyzed: bool
    description: str | None
    owner_id: str | None
    owner_name: str | None
    version: str | None
    image_url: str | None
    public: bool | None
    shared: bool
    synced_at: _Moment | None
    skipped: dict[str, int] | None
    problem: Annotated[str | None, Field(description="Why it cannot be read.")]


class Album(TypedDict):
    id: int
    name: str
    artists: list[Credited]
    spotify_id: str | None
    release_year: int | None
    tracks: list[OnAlbum]
    image_url: str | None
    is_synced: bool
    is_analyzed: bool
    is_saved: bool
    album_type: str | None
    label: str | None
    copyright: str | None
    genres: list[str] | None
    synced_at: _Moment | None


class Artist(TypedDict):
    id: int
    name: str
    spotify_id: str | None
    genres: list[str] | None
    followers: int | None
    image_url: str | None
    is_synced: bool
    is_followed: bool


class Features(TypedDict):
    """How a track sounds: the first seven from 0 to 1, `loudness` in dB, `tempo` in beats a minute.

    `key` 0 (C) to 11; `mode` 1 for major, 0 for minor.
    """

    danceability: float | None
    energy: float | None
    speechiness: float | None
    acousticness: float | None
    instrumentalness: float | None
    liveness: float | None
    valence: float | None
    loudness: float | None
    tempo: float | None
    key: int | None
    mode: int | None
    time_signature: int | None
    duration_ms: _Ms | None


class ListedTrack(TypedDict):
    id: int
    name: str
    spotify_id: str | None
    duration: _Ms | None
    spotify_url: str | None
    album_id: int | None
    album_name: str | None
    album_art: str | None
    artists: list[Credited]
    isrc: str | None
    is_synced: bool
    is_analyzed: bool


class Track(ListedTrack):
    """`sources`: who says so, by field."""

    features: Features | None
    sources: dict[str, str]


class Pagination(TypedDict):
    total: int
    per_page: int
    page: int
    num_pages: int


class PlaylistPage(TypedDict):
    data: list[Playlist]
    pagination: Pagination


class AlbumPage(TypedDict):
    data: list[Album]
    pagination: Pagination


class WholePlaylist(TypedDict):
    playlist: Playlist
    computations: Computation | None
    tracks: list[Track]


class PlaylistAnswer(TypedDict):
    """`pagination`: of the tracks."""

    data: WholePlaylist
    pagination: Pagination


class WholeAlbum(TypedDict):
    album: Album
    computations: Computation | None
    tracks: list[Track]


class AlbumAnswer(TypedDict):
    data: WholeAlbum


class WholeTrack(TypedDict):
    track: Track
    computations: Computation | None
    tracks: list[Track]


class TrackAnswer(TypedDict):
    data: WholeTrack


class PlaylistsMeta(TypedDict):
    """Tracks count once, on however many playlists; analysed ones are those with features."""

    total_synced: int
    total_analyzed: int
    total_synced_tracks: int
    total_analyzed_tracks: int
    total_unanalyzed_tracks: int
    total_tracks: int


class AlbumsMeta(TypedDict):
    total_synced: int
    total_analyzed: int
    total_tracks: int


class Listing(TypedDict):
    """As Spotify told it at `fetched_at`; null: never. `task_id`: what fetches it now, or null."""

    data: Annotated[
        list[Playlist] | list[ListedTrack] | list[Album], Field(union_mode="left_to_right")
    ]
    page_size: int
    page: int
    total: int
    fetched_at: _Moment | None
    task_id: _TaskId | None


class Artists(TypedDict):
    """`last`: what to ask for the next ones with; null: there are none."""

    data: list[Artist]
    page_size: int
    page: int
    total: int
    last: str | None
    fetched_at: _Moment | None
    task_id: _TaskId | None


class _Stored(TypedDict):
    task_id: _TaskId | None
    status: _Status | None


class StoredPlaylist(_Stored):
    data: Playlist | None


class StoredTrack(_Stored):
    data: Track | None


class StoredFeatures(_Stored):
    data: Features | None


class Linking(TypedDict):
    redirect: Annotated[str, Field(description="To be opened in the person's own browser.")]


class Profile(TypedDict):
    """The counters are null until they were fetched."""

    subject: str
    name: str
    id: str | None
    image: str | None
    product: str | None
    artists: int | None
    albums: int | None
    tracks: int | None
    playlists: int | None
    shows: int | None


class ProfileAnswer(_Stored):
    data: Profile
    fetched_at: _Moment | None


class Counters(TypedDict):
    artists: int
    albums: int
    tracks: int
    playlists: int
    shows: int


class Saved(TypedDict):
    data: Counters


class Play(TypedDict):
    id: int
    played_at: Annotated[str, Field(description="When it began, in the person's own zone.")]
    track: str
    track_id: int
    album: str | None
    album_id: int | None
    artists: list[str]
    image_url: str | None


class Plays(TypedDict):
    data: list[Play]


class Notification(TypedDict):
    """`extras`: which parts of a library; `error`, why it failed."""

    id: int
    type: Literal["task_started", "task_complete", "task_failed"]
    user_id: int
    resource: Literal["playlist", "album", "track", "artist", "library"]
    resource_id: str | None
    operation: Literal["sync", "analyze", "full_sync"]
    task_id: str
    extras: dict[str, Any]
    created_at: _Moment
    changed_at: _Moment
    acknowledged_at: _Moment | None


class Notifications(TypedDict):
    """The newest first."""

    data: list[Notification]
    pagination: Pagination


def _ordered(summary: str, *, query: Any = None, body: Any = None) -> Operation:
    return Operation(summary, {202: Ordered}, (409, 429), query, body, is_partial=True)


_USER = {
    "library_api.auth": Operation("Where to link an account at Spotify", {200: Linking}),
    "library_api.renew": Operation("Have its access token renewed", {200: Ordered}, (404, 429)),
    "library_api.profile": Operation(
        "Its profile and counters", {200: ProfileAnswer}, (404, 429), asked.Profile
    ),
    "library_api.saved": Operation("How much is saved", {200: Saved}),
}
_LISTINGS = {
    "library_api.listing": Operation(
        "Playlists, liked tracks or saved albums", {200: Listing}, query=asked.OfListing
    ),
    "library_api.artists": Operation("Followed artists", {200: Artists}, query=asked.OfArtists),
    "library_api.sync_listing": _ordered("Have one of these lists fetched"),
    "library_api.playlist_at_spotify": Operation(
        "A playlist by its id at Spotify", {200: StoredPlaylist, 202: StoredPlaylist}, (429,)
    ),
    "library_api.track_at_spotify": Operation(
        "A track by its id at Spotify", {200: StoredTrack, 202: StoredTrack}, (429,)
    ),
    "library_api.track_features": Operation(
        "How a track sounds, by its id at Spotify",
        {200: StoredFeatures, 202: StoredFeatures},
        (429,),
    ),
}
_BROWSER = {
    "library_api.playlists": Operation(
        "Playlists of the library", {200: PlaylistPage}, query=asked.Playlists
    ),
    "library_api.sync_playlists": _ordered("Have playlists synced", query=asked.Playlists),
    "library_api.playlists_meta": Operation("How much of them is synced", {200: PlaylistsMeta}),
    "library_api.playlist": Operation(
        "A playlist with its analysis and tracks", {200: PlaylistAnswer}, query=asked.OfTracks
    ),
    "library_api.renew_playlist": _ordered("Have it synced and analysed"),
    "library_api.change_playlist": _ordered(
        "Have it synced, analysed or described", body=asked.Change
    ),
    "library_api.albums": Operation("Albums of the library", {200: AlbumPage}, query=asked.Albums),
    "library_api.sync_albums": _ordered("Have saved albums synced", query=asked.Albums),
    "library_api.albums_meta": Operation("How much of them is synced", {200: AlbumsMeta}),
    "library_api.album": Operation("An album with its analysis and tracks", {200: AlbumAnswer}),
    "library_api.renew_album": _ordered("Have it synced and analysed"),
    "library_api.change_album": _ordered("Have it synced or analysed", body=asked.Operation),
    "library_api.track": Operation("A track with its features and analysis", {200: TrackAnswer}),
    "library_api.renew_track": _ordered("Have it synced and analysed"),
    "library_api.change_track": _ordered("Have it synced or analysed", body=asked.Operation),
}
_REST = {
    "library_api.recent": Operation("The last plays", {200: Plays}, query=asked.Recent),
    "library_api.read_recent": _ordered("Have Spotify asked for new plays"),
    "library_api.notified": Operation("Notifications", {200: Notifications}, query=asked.Told),
    "library_api.acknowledge": Operation("Acknowledge one", {204: None}),
    "library_api.acknowledge_all": Operation("Acknowledge all", {204: None}),
}

AREA = Area(
    "Library",
    "Playlists, albums, tracks and artists, synced from Spotify or out of files. Answers are of"
    " what is stored; what is to be fetched becomes a task, which the answer names.",
    {**_USER, **_LISTINGS, **_BROWSER, **_REST},
    unclear=400,
)

"""Playlists, albums, tracks and artists as a service or a file tells of them.

Clients and readers of files make these; the database takes nothing else in. None: not said,
which never overwrites what is known.
"""

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

Item = TypeVar("Item")

# Why an entry of a list is left out; the words stand in the database.
EPISODE, LOCAL, MISSING = "episodes", "local", "missing"
RANGES = ("short_term", "medium_term", "long_term")  # four weeks, six months, a year


class ArtistTold(NamedTuple):
    """`is_whole`: all of it was told, and not the name alone."""

    name: str
    spotify_id: str | None = None
    genres: tuple[str, ...] | None = None
    followers: int | None = None
    image: str | None = None
    is_whole: bool = False


class AlbumTold(NamedTuple):
    """`kind`: 'album', 'single', 'compilation'. `released`: YYYY, YYYY-MM or YYYY-MM-DD."""

    name: str
    artists: tuple[ArtistTold, ...] = ()
    spotify_id: str | None = None
    kind: str | None = None
    label: str | None = None
    copyright: str | None = None
    released: str | None = None
    tracks_total: int | None = None
    genres: tuple[str, ...] | None = None
    image: str | None = None


class TrackTold(NamedTuple):
    """`artists`: the primary one first. `isrc`: in capitals, without hyphens."""

    name: str
    artists: tuple[ArtistTold, ...]
    album: AlbumTold | None = None
    spotify_id: str | None = None
    isrc: str | None = None
    duration_ms: int | None = None
    disc: int | None = None
    number: int | None = None
    is_explicit: bool | None = None


class EntryTold(NamedTuple):
    """A track in a list. `added_at`: a moment."""

    track: TrackTold
    added_at: int | None = None
    added_by: str | None = None


class SavedAlbum(NamedTuple):
    """`tracks`: those that came with it; all of them where there are `album.tracks_total`."""

    album: AlbumTold
    tracks: tuple[TrackTold, ...] = ()
    added_at: int | None = None


class PlaylistTold(NamedTuple):
    spotify_id: str
    name: str
    snapshot: str
    owner_id: str
    owner_name: str | None = None
    is_public: bool | None = None
    is_collaborative: bool = False
    description: str | None = None
    tracks_total: int | None = None
    image: str | None = None


class PlayedTold(NamedTuple):
    track: TrackTold
    played_at: int


class Page(NamedTuple, Generic[Item]):
    """`cursor`: what the next page is asked for by, None on the last. `skipped`: by why."""

    items: list[Item]
    cursor: str | None
    total: int | None
    skipped: Mapping[str, int]


# Before the id of an account in a subject: an id may be chosen, and must not pass for a mark that
# is another account's for ever.
BY_ID = "id:"


class ProfileTold(NamedTuple):
    """Whose account it is. `subject`: what it is known by for ever; else BY_ID and its id.

    `user_id`: what its playlists name as their owner, which may change.
    """

    subject: str
    name: str
    image: str | None = None
    product: str | None = None
    user_id: str | None = None

    @property
    def formerly(self) -> str | None:
        """Return what the account is known by where it was connected before it told a mark."""
        return None if self.user_id is None else f"{BY_ID}{self.user_id}"


UNIT_FIELDS = (  # between 0 and 1
    "danceability", "energy", "speechiness", "acousticness", "instrumentalness", "liveness",
    "valence",
)  # fmt: skip
MEASURED = (*UNIT_FIELDS, "loudness", "tempo")
COUNTED = ("pitch_class", "mode", "time_signature")
FIELDS = (*MEASURED, *COUNTED)


class Features(NamedTuple):
    """How a track sounds, as one source says: `loudness` in dB, `tempo` in beats a minute.

    `pitch_class` 0 (C) to 11, which others call the key; `mode` 1 for major, 0 for minor.
    """

    danceability: float | None = None
    energy: float | None = None
    speechiness: float | None = None
    acousticness: float | None = None
    instrumentalness: float | None = None
    liveness: float | None = None
    valence: float | None = None
    loudness: float | None = None
    tempo: float | None = None
    pitch_class: int | None = None
    mode: int | None = None
    time_signature: int | None = None
    duration_ms: int | None = None


class TrackKey(NamedTuple):
    """What a provider of features may find a track by; `id` is ours."""

    id: int
    spotify_id: str | None
    isrc: str | None
    title: str
    artist: str
    duration_ms: int | None


# In this order: the first that says something of a field is believed.
FEATURE_SOURCES = ("manual", "spotify", "csv", "reccobeats")

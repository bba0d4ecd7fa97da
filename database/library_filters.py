"""Which playlists, albums, tracks and artists are asked for, and in which order.

All of it stands in an address: `sort=name&name_dir=desc` says by what and which way round.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

LARGEST = 2**63 - 1
_YES, _NO = ("1", "true"), ("0", "false")


def _flag(given: Any) -> Any:
    if isinstance(given, bool) or given is None:
        return given
    said = str(given).strip().casefold()
    if said not in (*_YES, *_NO):
        raise PydanticCustomError("flag", "Give 1 or true, 0 or false.")
    return said in _YES


_FLAG = "1 or true: those alone; 0 or false: the others."
_PART = "A part of {}; at most 200 characters."
_WAY = "desc: the other way round."

Flag = Annotated[bool | None, BeforeValidator(_flag)]
_Part = Annotated[str, Field(max_length=200)]
_Year = Annotated[int, Field(ge=0, le=9999)]
_Number = Annotated[int, Field(ge=0, le=LARGEST)]
_Id = Annotated[int, Field(ge=1, le=LARGEST)]
_Way = Literal["asc", "desc"] | None


class Filter(BaseModel):
    """What an item has to meet, all of it at once; `sort` None: in the usual order."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)
    no_filters: ClassVar[tuple[str, ...]] = ("sort", "which")

    @property
    def by(self) -> str | None:
        """Return what it is sorted by."""
        found: str | None = getattr(self, "sort", None)
        return found

    @property
    def is_descending(self) -> bool:
        return self.by is not None and getattr(self, f"{self.by}_dir") == "desc"

    @property
    def is_filtered(self) -> bool:
        """Whether anything but an order is asked for."""
        said = self.model_dump(exclude_defaults=True, exclude=set(self.no_filters))
        return any(not name.endswith("_dir") for name in said)


class PlaylistFilter(Filter):
    """Which playlists of a library are asked for.

    What is said of tracks, artists and albums has to hold for one track of a playlist.
    """

    name: _Part = Field("", description=_PART.format("the name"))
    public: Flag = Field(None, description=_FLAG)
    collaborative: Flag = Field(None, description=_FLAG)
    my_playlists: Flag = Field(None, description="1 or true: your own; 0 or false: others'.")
    private: Flag = Field(
        None, description="1 or true: those that are said to be private; 0 or false: the others."
    )
    is_synced: Flag = Field(None, description=_FLAG)
    is_analyzed: Flag = Field(None, description=_FLAG)
    num_tracks_gt: _Number | None = Field(None, description="A number: more tracks than that.")
    num_tracks_lt: _Number | None = Field(None, description="A number: fewer tracks than that.")
    track_name: _Part = Field("", description=_PART.format("a track's name"))
    artist_name: _Part = Field("", description=_PART.format("an artist's name"))
    album_name: _Part = Field("", description=_PART.format("an album's name"))
    sort: Literal["name", "public", "collaborative", "is_synced", "is_analyzed"] | None = Field(
        None, description="By name, public, collaborative, is_synced or is_analyzed."
    )
    name_dir: _Way = Field(None, description=_WAY)
    public_dir: _Way = Field(None, description=_WAY)
    collaborative_dir: _Way = Field(None, description=_WAY)
    is_synced_dir: _Way = Field(None, description=_WAY)
    is_analyzed_dir: _Way = Field(None, description=_WAY)


class AlbumFilter(Filter):
    """Which albums of a library are asked for: those that are saved, and those of its tracks."""

    which: Literal["all", "saved"] = Field("all", description="all, or saved: those alone.")
    name: _Part = Field("", description=_PART.format("the name"))
    artist: _Id | None = Field(None, description="The id of an artist.")
    artist_name: _Part = Field("", description=_PART.format("an artist's name"))
    release_year: _Year | None = Field(None, description="A year like 1975.")
    released_before: _Year | None = Field(None, description="A year like 1975: before that one.")
    released_after: _Year | None = Field(None, description="A year like 1975: after that one.")
    is_synced: Flag = Field(None, description=_FLAG)
    is_analyzed: Flag = Field(None, description=_FLAG)
    sort: Literal["name", "release_year"] | None = Field(
        None, description="By name or release_year."
    )
    name_dir: _Way = Field(None, description=_WAY)
    release_year_dir: _Way = Field(None, description=_WAY)


class TrackFilter(Filter):
    """Which tracks of a library are asked for: all, those that are liked, or an artist's."""

    which: Literal["all", "liked"] = Field("all", description="all, or liked: those alone.")
    name: _Part = Field("", description=_PART.format("the name"))
    artist: _Part = Field("", description=_PART.format("an artist's name"))
    album: _Part = Field("", description=_PART.format("the album's name"))
    artist_id: _Id | None = Field(None, description="The id of an artist.")
    is_synced: Flag = Field(None, description=_FLAG)
    is_analyzed: Flag = Field(None, description=_FLAG)
    sort: Literal["name", "artist", "album", "duration"] | None = Field(
        None, description="By name, artist, album or duration."
    )
    name_dir: _Way = Field(None, description=_WAY)
    artist_dir: _Way = Field(None, description=_WAY)
    album_dir: _Way = Field(None, description=_WAY)
    duration_dir: _Way = Field(None, description=_WAY)


class ArtistFilter(Filter):
    """Which artists of a library are asked for: those followed, and those of its tracks."""

    which: Literal["all", "followed"] = Field("all", description="all, or followed: those alone.")
    name: _Part = Field("", description=_PART.format("the name"))
    genre: _Part = Field("", description="A genre, in full.")
    is_synced: Flag = Field(None, description=_FLAG)
    sort: Literal["name", "followers"] | None = Field(None, description="By name or followers.")
    name_dir: _Way = Field(None, description=_WAY)
    followers_dir: _Way = Field(None, description=_WAY)

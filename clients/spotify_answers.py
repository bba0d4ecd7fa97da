"""What Spotify answers, made into what the rest of the program knows (core/library.py).

Two spellings are in use, that of before 2026 and that of after: `one_spelling` makes one of
them. An odd row of a list costs that row; what is left out of a list is counted.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, model_validator

from clients.spotify_errors import Garbled, not_understood
from clients.spotify_values import (
    MAX_TEXT,
    Described,
    Flag,
    Handle,
    Id,
    Images,
    Instant,
    MaybeId,
    Number,
    Odd,
    Words,
    best,
    isrc,
    released,
)
from core import feature_values
from core.library import (
    BY_ID,
    EPISODE,
    LOCAL,
    MISSING,
    AlbumTold,
    ArtistTold,
    EntryTold,
    Features,
    Page,
    PlayedTold,
    PlaylistTold,
    ProfileTold,
    SavedAlbum,
    TrackTold,
)

UNTITLED = "Untitled"
_FURTHEST = 200_000  # where a list ends that never says that it does
_KINDS = ("album", "single", "compilation")
_FINE = 200  # as a status

Row = TypeVar("Row")
Item = TypeVar("Item", bound=tuple[Any, ...])


def one_spelling(said: Any) -> Any:
    """Return a playlist, or an entry of one, by the names of 2026: `items` and `item`.

    While both are in use an answer may hold either or both; the track inside of an entry has
    a `track` of its own, which is true or false.
    """
    if not isinstance(said, dict):
        return said
    told = dict(said)
    for new, old in (("item", "track"), ("items", "tracks")):
        found = [told[name] for name in (new, old) if isinstance(told.get(name), dict)]
        told[new] = found[0] if found else None
    return told


class Counted(BaseModel):
    total: Number = None


class Artist(BaseModel):
    id: MaybeId = None
    name: Words = None
    genres: Annotated[list[Words] | None, Odd] = None
    followers: Annotated[Counted | None, Odd] = None
    images: Images = None

    def named(self) -> ArtistTold | None:
        """Return the artist of a track or an album; None for one without a name."""
        return ArtistTold(self.name, self.id) if self.name else None

    def told(self) -> ArtistTold | str:
        """Return all of the artist, or why it is left out."""
        if not (self.id and self.name):
            return MISSING
        followers = self.followers.total if self.followers else None
        genres = _said(self.genres)
        return ArtistTold(self.name, self.id, genres, followers, best(self.images), is_whole=True)


Artists = Annotated[list[Annotated[Artist | None, Odd]] | None, Odd]


def _named(artists: Sequence[Artist | None] | None) -> tuple[ArtistTold, ...]:
    named = (artist.named() for artist in artists or () if artist)
    return tuple(dict.fromkeys(artist for artist in named if artist))


def _said(words: Sequence[str | None] | None) -> tuple[str, ...] | None:
    # An empty list is what it answers since it tells no more of genres.
    return tuple(dict.fromkeys(word for word in words or () if word)) or None


class _Copyright(BaseModel):
    text: Words = None


class _Codes(BaseModel):
    isrc: Words = None


class Album(BaseModel):
    id: MaybeId = None
    name: Words = None
    album_type: Words = None
    release_date: Words = None
    release_date_precision: Words = None
    total_tracks: Number = None
    label: Words = None
    genres: Annotated[list[Words] | None, Odd] = None
    copyrights: Annotated[list[Annotated[_Copyright | None, Odd]] | None, Odd] = None
    artists: Artists = None
    images: Images = None
    tracks: Annotated["Listed[Track] | None", Odd] = None

    def named(self) -> AlbumTold | None:
        """Return the album; None for one without a name."""
        if not self.name:
            return None
        kind = (self.album_type or "").lower()
        rights = _said([one.text for one in self.copyrights or () if one]) or ()
        return AlbumTold(
            self.name,
            _named(self.artists),
            self.id,
            kind=kind if kind in _KINDS else None,
            label=self.label or None,
            copyright=" / ".join(rights)[:MAX_TEXT] or None,
            released=released(self.release_date, self.release_date_precision),
            tracks_total=self.total_tracks,
            genres=_said(self.genres),
            image=best(self.images),
        )

    def told(self, added_at: int | None = None) -> SavedAlbum | str:
        """Return the album with the tracks that came with it, or why it is left out."""
        album = self.named()
        if album is None or album.spotify_id is None:
            return MISSING
        tracks = (
            track.told(album) for track in (self.tracks.items if self.tracks else ()) if track
        )
        return SavedAlbum(album, tuple(one for one in tracks if not isinstance(one, str)), added_at)


class Track(BaseModel):
    """A track, or one of the other things that stand among tracks."""

    id: MaybeId = None
    name: Words = None
    type: Words = None
    uri: Words = None
    is_local: Flag = None
    episode: Flag = None
    artists: Artists = None
    album: Annotated[Album | None, Odd] = None
    external_ids: Annotated[_Codes | None, Odd] = None
    duration_ms: Number = None
    disc_number: Number = None
    track_number: Number = None
    explicit: Flag = None

    def told(self, album: AlbumTold | None = None) -> TrackTold | str:
        """Return the track, of `album` where it names none itself, or why it is left out."""
        if self.type not in (None, "track") or self.episode:
            return EPISODE
        if self.is_local or (self.uri or "").startswith("spotify:local:"):
            return LOCAL
        artists = _named(self.artists)
        if not (self.id and self.name and artists):
            return MISSING
        return TrackTold(
            self.name,
            artists,
            (self.album.named() if self.album else None) or album,
            self.id,
            isrc(self.external_ids.isrc if self.external_ids else None),
            self.duration_ms or None,
            self.disc_number or None,
            self.track_number or None,
            self.explicit,
        )


class _Adder(BaseModel):
    id: Handle  # "" in a playlist that Spotify made: nobody's


class Entry(BaseModel):
    """A row of a list: when somebody put it there, and what."""

    item: Annotated[Track | None, Odd] = None
    is_local: Flag = None
    added_at: Instant = None
    added_by: Annotated[_Adder | None, Odd] = None
    played_at: Instant = None

    _spelling = model_validator(mode="before")(one_spelling)

    def told(self) -> EntryTold | str:
        """Return the entry, or why it is left out."""
        track = self._track()
        if isinstance(track, str):
            return track
        return EntryTold(track, self.added_at, self.added_by.id if self.added_by else None)

    def played(self) -> PlayedTold | str:
        """Return the play, or why it is left out."""
        track = self._track()
        if isinstance(track, str):
            return track
        return PlayedTold(track, self.played_at) if self.played_at else MISSING

    def _track(self) -> TrackTold | str:
        if self.is_local:
            return LOCAL
        return self.item.told() if self.item else MISSING


class Saved(BaseModel):
    """A row of the saved albums."""

    added_at: Instant = None
    album: Album

    def told(self) -> SavedAlbum | str:
        return self.album.told(self.added_at)


class _Owner(BaseModel):
    id: Handle
    display_name: Words = None


class Playlist(BaseModel):
    """Without an id, an owner or a snapshot nothing can be done with one."""

    id: Id
    name: Words = None
    snapshot_id: Handle
    owner: _Owner
    public: Flag = None
    collaborative: Flag = None
    description: Described = None
    items: Annotated[Counted | None, Odd] = None
    images: Images = None

    _spelling = model_validator(mode="before")(one_spelling)

    def told(self) -> PlaylistTold:
        return PlaylistTold(
            self.id,
            self.name or UNTITLED,
            self.snapshot_id,
            self.owner.id,
            self.owner.display_name or None,
            self.public,
            self.collaborative is True,
            self.description,
            self.items.total if self.items else None,
            best(self.images),
        )


class Listed(BaseModel, Generic[Row]):
    """A page of a list. A null or an odd row is None; `limit`: how many it would have held."""

    items: list[Annotated[Row | None, Odd]]
    next: Any = None
    limit: Number = None
    total: Number = None


class _Cursors(BaseModel):
    after: MaybeId = None


class _Followed(Listed[Artist]):
    cursors: Annotated[_Cursors | None, Odd] = None


class Followed(BaseModel):
    """The page stands one level down, and goes on after an artist instead of after a number."""

    artists: _Followed

    def page(self, cursor: str | None) -> Page[ArtistTold]:
        said = self.artists
        items, skipped = sifted(said.items, Artist.told)
        after = said.cursors.after if said.cursors else None
        goes_on = said.next and after != cursor
        return Page(items, after if goes_on else None, said.total, skipped)


class Hits(BaseModel):
    """What a search for tracks finds."""

    tracks: Listed[Track]


class Asked(NamedTuple):
    """Which page was asked for, from 0 on, of how many rows."""

    offset: int
    limit: int


def page(said: Listed[Row], asked: Asked, tell: Callable[[Row], Item | str]) -> Page[Item]:
    """Return a page with what `tell` makes of its rows; the next one begins where we say."""
    items, skipped = sifted(said.items, tell)
    return Page(items, _cursor(said, asked), said.total, skipped)


def _cursor(said: Listed[Row], asked: Asked) -> str | None:
    """Return where the next page begins: never what the answer says of that.

    A page may be short, but counts as long as it would have been.
    """
    step = max(min(said.limit or asked.limit, asked.limit), len(said.items))
    end = _FURTHEST if said.total is None else said.total
    is_last = not said.next or (said.total is None and not said.items)
    return None if is_last or asked.offset + step >= end else str(asked.offset + step)


def sifted(
    rows: Sequence[Row | None], tell: Callable[[Row], Item | str]
) -> tuple[list[Item], dict[str, int]]:
    """Return what `tell` makes of rows, and how many it makes nothing of, by why."""
    items: list[Item] = []
    skipped: Counter[str] = Counter()
    for row in rows:
        told = MISSING if row is None else tell(row)
        if isinstance(told, str):
            skipped[told] += 1
        else:
            items.append(told)
    return items, dict(skipped)


def whole(told: Item | str, thing: str) -> Item:
    """Return the one thing that was asked for.

    Raises:
        Garbled: it lacks what it cannot do without.
    """
    if isinstance(told, str):
        raise Garbled(thing, _FINE)
    return told


class Profile(BaseModel):
    """`account_id` never changes; `id` is all that there is where that is not told."""

    account_id: Annotated[Handle | None, Odd] = None
    id: Annotated[Handle | None, Odd] = None
    display_name: Words = None
    product: Words = None
    images: Images = None

    def told(self) -> ProfileTold:
        """Return whose account it is.

        Raises:
            RemoteError: it says nothing that it could be known by.
        """
        subject = self.account_id or (self.id and f"{BY_ID}{self.id}")
        if subject is None:
            raise not_understood()
        name = self.display_name or self.id or subject
        return ProfileTold(subject, name, best(self.images), self.product or None, self.id)


class Totals(BaseModel):
    """How long a list is, told by any page of it."""

    total: Number = None
    artists: Annotated[Counted | None, Odd] = None

    @property
    def count(self) -> int | None:
        return self.artists.total if self.artists else self.total


class Sounds(BaseModel):
    """How tracks sound; None for one that it knows nothing of."""

    audio_features: list[Annotated[dict[str, Any] | None, Odd]]

    def by_id(self) -> dict[str, Features]:
        """Return what is told, by the track's id: rows may come in any order."""
        told = {
            row["id"]: feature_values.sane(row | {"pitch_class": row.get("key")})
            for row in self.audio_features
            if row and isinstance(row.get("id"), str)
        }
        return {key: one for key, one in told.items() if not feature_values.is_empty(one)}


class Covers(BaseModel):
    images: Images = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, said: Any) -> Any:
        return {"images": said}

    @property
    def best(self) -> str | None:
        return best(self.images)

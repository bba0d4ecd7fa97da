"""Libraries: playlists, albums, tracks and artists as Spotify and files tell of them.

They belong to the household; `LibraryItem` says whose library one is in. A library track is
one recording with an id of its own there, and no track of listening, which is known by its
names: `library_plays` finds the one from the other. Whatever has no `spotify_id` came in a file.
"""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Json, Key, Moment, Words
from database.models.tasks import partial

_WITH_ID = partial("spotify_id IS NOT NULL")
_WITHOUT_ID = partial("spotify_id IS NULL")


class LibraryArtist(Base):
    """`details_at`: when its genres and picture were asked for; never in the loop of a sync."""

    __tablename__ = "library_artists"
    __table_args__ = (
        Index("library_artists_spotify_id", "spotify_id", unique=True, **_WITH_ID),
        Index("library_artists_name_folded", "name_folded"),
        Index(
            "library_artists_image_sha256", "image_sha256", **partial("image_sha256 IS NOT NULL")
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    spotify_id: Mapped[Words | None]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    followers: Mapped[Count | None]
    genres: Mapped[list[str] | None] = mapped_column(Json)
    image_address: Mapped[Words | None]
    image_at: Mapped[Moment | None]
    image_sha256: Mapped[Words | None]
    details_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class LibraryAlbum(Base):
    """`names_key`: of folded artists and name. `synced_at`: when all its tracks were there."""

    __tablename__ = "library_albums"
    __table_args__ = (
        Index("library_albums_spotify_id", "spotify_id", unique=True, **_WITH_ID),
        Index("library_albums_names_key", "names_key"),
        Index("library_albums_name_folded", "name_folded"),
        Index("library_albums_image_sha256", "image_sha256", **partial("image_sha256 IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    spotify_id: Mapped[Words | None]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    names_key: Mapped[Words]
    credit: Mapped[Words]
    kind: Mapped[Words | None]
    label: Mapped[Words | None]
    copyright: Mapped[Words | None]
    released: Mapped[Words | None]
    release_year: Mapped[Count | None]
    tracks_total: Mapped[Count | None]
    genres: Mapped[list[str] | None] = mapped_column(Json)
    image_address: Mapped[Words | None]
    image_at: Mapped[Moment | None]
    image_sha256: Mapped[Words | None]
    synced_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class LibraryAlbumArtist(Base):
    """Position 0 is the primary artist."""

    __tablename__ = "library_album_artists"
    __table_args__ = (
        ForeignKeyConstraint(["album_id"], ["library_albums.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["artist_id"], ["library_artists.id"], ondelete="RESTRICT"),
        Index("library_album_artists_artist_id", "artist_id"),
        {"sqlite_with_rowid": False},
    )

    album_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    artist_id: Mapped[Count]


class LibraryTrack(Base):
    """`credit`: its artists in words. `artist_folded`, `song_key`: as listening compares by.

    `names_key`: of folded artists, name and album; one row each where there is no id.
    """

    __tablename__ = "library_tracks"
    __table_args__ = (
        ForeignKeyConstraint(["album_id"], ["library_albums.id"], ondelete="SET NULL"),
        Index("library_tracks_spotify_id", "spotify_id", unique=True, **_WITH_ID),
        Index("library_tracks_names_key", "names_key", unique=True, **_WITHOUT_ID),
        Index("library_tracks_isrc", "isrc", **partial("isrc IS NOT NULL")),
        Index("library_tracks_song_key", "song_key", "artist_folded"),
        Index("library_tracks_name_folded", "name_folded"),
        Index("library_tracks_album_id", "album_id", **partial("album_id IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    spotify_id: Mapped[Words | None]
    isrc: Mapped[Words | None]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    names_key: Mapped[Words]
    credit: Mapped[Words]
    artist_folded: Mapped[Words]
    song_key: Mapped[Words]
    duration_ms: Mapped[Count | None]
    album_id: Mapped[Count | None]
    disc: Mapped[Count | None]
    number: Mapped[Count | None]
    is_explicit: Mapped[bool | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class LibraryTrackArtist(Base):
    """Position 0 is the primary artist."""

    __tablename__ = "library_track_artists"
    __table_args__ = (
        ForeignKeyConstraint(["track_id"], ["library_tracks.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["artist_id"], ["library_artists.id"], ondelete="RESTRICT"),
        Index("library_track_artists_artist_id", "artist_id"),
        {"sqlite_with_rowid": False},
    )

    track_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    artist_id: Mapped[Count]


class LibraryImport(Base):
    """A file with a library in it that was brought. `counts` is None until it has ended."""

    __tablename__ = "library_imports"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("library_imports_public_id", "public_id", unique=True),
        Index("library_imports_person_id", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    file_name: Mapped[Words]
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[Moment]
    undone_at: Mapped[Moment | None]


class LibraryStatement(Base):
    """What an import says of something of which another one says it, too; for undoing either.

    `kind`: 'features' (`item_id`: a track), 'playlist', or 'track', 'album', 'artist' for a list
    of what somebody likes (`item_id`: who). Of a list only what a later import has replaced.
    """

    __tablename__ = "library_statements"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["library_imports.id"], ondelete="CASCADE"),
        Index("library_statements_import_id", "import_id", "kind", "item_id"),
        {"sqlite_with_rowid": False},
    )

    kind: Mapped[Words] = mapped_column(primary_key=True)
    item_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    import_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    said: Mapped[Any] = mapped_column(Json)


class Playlist(Base):
    """`person_id`: whose alone it is, of one that came in a file; others follow `spotify_id`.

    `snapshot`: the version that is stored. `told_snapshot`: the one that Spotify's list of
    playlists names; equal ones need no fetching. `tracks_total`: as told; `num_tracks`: stored.
    `skipped`: how many entries were left out, by why. `problem`: why it cannot be read.
    `is_public`: None where it is not said.
    """

    __tablename__ = "playlists"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["import_id"], ["library_imports.id"], ondelete="SET NULL"),
        Index("playlists_spotify_id", "spotify_id", unique=True, **_WITH_ID),
        Index("playlists_person_id", "person_id", **partial("person_id IS NOT NULL")),
        Index("playlists_import_id", "import_id", **partial("import_id IS NOT NULL")),
        Index("playlists_name_folded", "name_folded"),
        Index("playlists_image_sha256", "image_sha256", **partial("image_sha256 IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    spotify_id: Mapped[Words | None]
    person_id: Mapped[Count | None]
    import_id: Mapped[Count | None]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    snapshot: Mapped[Words | None]
    told_snapshot: Mapped[Words | None]
    is_public: Mapped[bool | None]
    is_collaborative: Mapped[bool]
    description: Mapped[Words | None]
    owner_id: Mapped[Words | None]
    owner_name: Mapped[Words | None]
    tracks_total: Mapped[Count | None]
    num_tracks: Mapped[Count]
    skipped: Mapped[dict[str, int] | None] = mapped_column(Json)
    problem: Mapped[Words | None]
    image_address: Mapped[Words | None]
    image_at: Mapped[Moment | None]
    image_sha256: Mapped[Words | None]
    synced_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class PlaylistTrack(Base):
    """What was left out leaves no hole in `position`, which counts from 0."""

    __tablename__ = "playlist_tracks"
    __table_args__ = (
        ForeignKeyConstraint(["playlist_id"], ["playlists.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["track_id"], ["library_tracks.id"], ondelete="RESTRICT"),
        Index("playlist_tracks_track_id", "track_id"),
        {"sqlite_with_rowid": False},
    )

    playlist_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    track_id: Mapped[Count]
    added_at: Mapped[Moment | None]
    added_by: Mapped[Words | None]


class LibraryItem(Base):
    """Something in somebody's library.

    `kind`: 'playlist', 'track' (liked), 'album' (saved), 'artist' (followed), or a list of
    Spotify's of what they play most, 'top-tracks:short_term' and the like. `item_id`: of the
    kind's table. `origin`: 'spotify' or 'file', a sync replaces its own alone; or 'asked', for
    what was fetched by its name and is in no list of theirs.
    """

    __tablename__ = "library_items"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("library_items_item_id", "kind", "item_id", "person_id"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[Words] = mapped_column(primary_key=True)
    origin: Mapped[Words] = mapped_column(primary_key=True)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[Count]
    added_at: Mapped[Moment | None]


class Listing(Base):
    """A list of Spotify's that is being read, or was: what has come is kept, and goes on there.

    `name`: 'playlists', 'tracks', 'albums', 'artists', 'top-tracks:short_term' …, or
    'playlist:ID', 'album:ID' for what is in one, by our id. `cursor`: where the next page begins;
    None: it is read to its end. `version`: of what is read, so that another one begins anew.
    """

    __tablename__ = "listings"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("listings_name", "person_id", "name", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    name: Mapped[Words]
    version: Mapped[Words | None]
    cursor: Mapped[Words | None]
    total: Mapped[Count | None]
    skipped: Mapped[dict[str, int]] = mapped_column(Json)
    begun_at: Mapped[Moment]
    fetched_at: Mapped[Moment | None]


class ListingEntry(Base):
    """One that has come while its listing is being read; gone when that has taken its place."""

    __tablename__ = "listing_entries"
    __table_args__ = (
        ForeignKeyConstraint(["listing_id"], ["listings.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    listing_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    item_id: Mapped[Count]
    added_at: Mapped[Moment | None]
    added_by: Mapped[Words | None]


class LibrarySettings(Base):
    """What somebody wants done by itself; nobody without a row wants anything else than these.

    `uses_reccobeats`: names of tracks may leave the house. `syncs_daily`, `reads_recent`: from
    Spotify, as long as an account is linked.
    """

    __tablename__ = "library_settings"
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),)

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    uses_reccobeats: Mapped[bool]
    syncs_daily: Mapped[bool]
    reads_recent: Mapped[bool]
    recent_at: Mapped[Moment | None]
    recent_asked_at: Mapped[Moment | None]


class PlayGap(Base):
    """Between these moments Spotify may have played more than it told of."""

    __tablename__ = "play_gaps"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    after_at: Mapped[Moment] = mapped_column(primary_key=True, autoincrement=False)
    before_at: Mapped[Moment]
    created_at: Mapped[Moment]


class MadePlaylist(Base):
    """A playlist that somebody has made at Spotify from tracks here, and how far that is.

    `uris`: all that belong on it, in order; `done`: how many Spotify has confirmed. `sought`:
    tracks that are looked for at Spotify first, None once they were. `unconfirmed`: how many
    tracks it was asked to add and may have added; 0: to make the playlist; None: none in doubt.
    """

    __tablename__ = "made_playlists"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("made_playlists_public_id", "public_id", unique=True),
        Index("made_playlists_person_id", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    name: Mapped[Words]
    description: Mapped[Words]
    uris: Mapped[list[str]] = mapped_column(Json)
    sought: Mapped[list[dict[str, Any]] | None] = mapped_column(Json)
    left_out: Mapped[Count]
    spotify_id: Mapped[Words | None]
    done: Mapped[Count]
    unconfirmed: Mapped[Count | None]
    created_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]

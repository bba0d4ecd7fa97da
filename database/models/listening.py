"""Plays, what was played, and the sums that pages read instead of plays.

Tracks, albums and artists belong to the household. Each stands as a source first named it;
what turns out to be another spelling `counts_as` the one that it is, and nothing is rewritten:
taking that back restores every number. A play never changes either: what somebody corrects is
marked, and stands beside it.

`PlaySum` and `PlayTally` repeat what the plays say: `play_sums` keeps them.
"""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Json, Key, Moment, Words
from database.models.tasks import partial


class Listener(Base):
    """How somebody's plays are counted, and who sees them. Nobody without a row has plays.

    `rule`: what counts ('all', '30s', 'half', 'end'). `is_joint`: they are part of the
    household's charts. `is_shared`: members see theirs. `is_public`: everybody may read their
    listens by the scrobble addresses. `version` rises whenever their numbers may change.
    """

    __tablename__ = "listeners"
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),)

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    rule: Mapped[Words]
    is_joint: Mapped[bool]
    is_shared: Mapped[bool]
    is_public: Mapped[bool]
    version: Mapped[Count]
    created_at: Mapped[Moment]


class Album(Base):
    """`names_key` tells apart by folded artist and title. `cover_sha256` names its picture."""

    __tablename__ = "albums"
    __table_args__ = (
        ForeignKeyConstraint(["artist_id"], ["artists.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["counts_as"], ["albums.id"], ondelete="SET NULL"),
        Index("albums_names_key", "names_key", unique=True),
        Index("albums_title_folded", "title_folded"),
        Index("albums_artist_id", "artist_id"),
        Index("albums_counts_as", "counts_as", **partial("counts_as IS NOT NULL")),
        Index("albums_cover_sha256", "cover_sha256", **partial("cover_sha256 IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    title: Mapped[Words]
    title_folded: Mapped[Words]
    credit: Mapped[Words]
    artist_id: Mapped[Count | None]
    names_key: Mapped[Words]
    counts_as: Mapped[Count | None]
    musicbrainz_id: Mapped[Words | None]
    spotify_id: Mapped[Words | None]
    cover_address: Mapped[Words | None]
    cover_sha256: Mapped[Words | None]
    cover_asked_at: Mapped[Moment | None]
    created_at: Mapped[Moment]


class Track(Base):
    """A track as a source names it: title, credited artists, album.

    `kind`: 'music', 'podcast' or 'audiobook'. `credit`: its artists in words. `msid`: UUIDv5 of
    the folded names, as ListenBrainz knows it. `song_key` is the title without what editions
    add, folded: plays of two sources are compared by it. `duration_ms`: the shortest that any
    play says.
    """

    __tablename__ = "tracks"
    __table_args__ = (
        ForeignKeyConstraint(["album_id"], ["albums.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["counts_as"], ["tracks.id"], ondelete="SET NULL"),
        Index("tracks_msid", "msid", unique=True),
        Index("tracks_title_folded", "title_folded"),
        Index("tracks_album_id", "album_id", **partial("album_id IS NOT NULL")),
        Index("tracks_counts_as", "counts_as", **partial("counts_as IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    kind: Mapped[Words]
    title: Mapped[Words]
    title_folded: Mapped[Words]
    credit: Mapped[Words]
    song_key: Mapped[Words]
    msid: Mapped[Words]
    album_id: Mapped[Count | None]
    counts_as: Mapped[Count | None]
    duration_ms: Mapped[Count | None]
    created_at: Mapped[Moment]


class TrackArtist(Base):
    """Position 0 is the primary artist."""

    __tablename__ = "track_artists"
    __table_args__ = (
        ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["artist_id"], ["artists.id"], ondelete="RESTRICT"),
        Index("track_artists_artist_id", "artist_id"),
        {"sqlite_with_rowid": False},
    )

    track_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    artist_id: Mapped[Count]


class TrackName(Base):
    """What a track is called elsewhere: `scheme` is 'spotify', 'isrc' or 'mbid'."""

    __tablename__ = "track_names"
    __table_args__ = (
        ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="CASCADE"),
        Index("track_names_track_id", "track_id"),
        {"sqlite_with_rowid": False},
    )

    scheme: Mapped[Words] = mapped_column(primary_key=True)
    value: Mapped[Words] = mapped_column(primary_key=True)
    track_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)


class ArtistGenre(Base):
    """Said by a person of this house, or by a source."""

    __tablename__ = "artist_genres"
    __table_args__ = (
        ForeignKeyConstraint(["artist_id"], ["artists.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["genre_id"], ["genres.id"], ondelete="CASCADE"),
        Index("artist_genres_genre_id", "genre_id"),
        {"sqlite_with_rowid": False},
    )

    artist_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    genre_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)


class PlayContext(Base):
    """What many plays have in common: by what and how they were played. `digest`: of all of it."""

    __tablename__ = "play_contexts"
    __table_args__ = (
        Index("play_contexts_digest", "digest", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    digest: Mapped[Words]
    client: Mapped[Words | None]
    client_version: Mapped[Words | None]
    player: Mapped[Words | None]
    service: Mapped[Words | None]
    platform: Mapped[Words | None]
    country: Mapped[Words | None]
    reason_start: Mapped[Words | None]
    reason_end: Mapped[Words | None]
    is_shuffled: Mapped[bool | None]
    is_skipped: Mapped[bool | None]
    is_offline: Mapped[bool | None]
    is_private: Mapped[bool | None]


class PlayImport(Base):
    """One export that was brought. `counts` is None until it has ended."""

    __tablename__ = "play_imports"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("play_imports_public_id", "public_id", unique=True),
        Index("play_imports_person_id", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    file_name: Mapped[Words]
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[Moment]
    undone_at: Mapped[Moment | None]


class PlayEdit(Base):
    """Something that somebody corrected, to be taken back as one.

    `kind`: 'add', 'change', 'delete', 'not-me', 'merge-artists', 'merge-albums',
    'merge-tracks', 'spin'. `before`: which plays or names are meant, how far it is, and what an
    undo needs.
    """

    __tablename__ = "play_edits"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("play_edits_public_id", "public_id", unique=True),
        Index("play_edits_person_id", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    kind: Mapped[Words]
    said: Mapped[Words]
    plays: Mapped[Count]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[Moment]
    undone_at: Mapped[Moment | None]


class Play(Base):
    """One track, played by one person, as one source tells it.

    `source`, `standing`, `mark`: numbers of core.plays. `ms_played`: what the source says;
    `ms`: what is summed up, by another source or the track's length where it says nothing.
    `duration_ms`: how long the track is, as the source says.
    `ended_at`: only where the source tells the end. `day`: YYYYMMDD, and `hour_of_week`: 0 to
    167 from Monday midnight, in the person's zone. `row_key`: what the source's row is known by.
    `duplicate_of`: the play that counts instead. `marked_by`, `made_by`: edits.
    """

    __tablename__ = "plays"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["track_id"], ["tracks.id"], ondelete="RESTRICT"),
        ForeignKeyConstraint(["context_id"], ["play_contexts.id"], ondelete="RESTRICT"),
        ForeignKeyConstraint(["import_id"], ["play_imports.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["duplicate_of"], ["plays.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["marked_by"], ["play_edits.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["made_by"], ["play_edits.id"], ondelete="SET NULL"),
        Index("plays_row_key", "person_id", "row_key", unique=True),
        # All that lists, tops of a few weeks and comparing read, so that they read no play.
        Index(
            "plays_started_at", "person_id", "started_at", "standing", "source", "track_id", "ms"
        ),
        Index("plays_track_id", "track_id", "person_id", "standing", "started_at"),
        Index("plays_import_id", "import_id", **partial("import_id IS NOT NULL")),
        Index("plays_duplicate_of", "duplicate_of", **partial("duplicate_of IS NOT NULL")),
        Index("plays_marked_by", "marked_by", **partial("marked_by IS NOT NULL")),
        Index("plays_made_by", "made_by", **partial("made_by IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    started_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    ms_played: Mapped[Count | None]
    ms: Mapped[Count]
    duration_ms: Mapped[Count | None]
    track_id: Mapped[Count]
    source: Mapped[Count]
    standing: Mapped[Count]
    day: Mapped[Count]
    hour_of_week: Mapped[Count]
    row_key: Mapped[Count]
    context_id: Mapped[Count | None]
    import_id: Mapped[Count | None]
    duplicate_of: Mapped[Count | None]
    mark: Mapped[Count | None]
    marked_by: Mapped[Count | None]
    made_by: Mapped[Count | None]
    raw: Mapped[dict[str, Any] | None] = mapped_column(Json)


class PlaySum(Base):
    """How often and how long something counted, in a span.

    `whose`: a person's id, or 0 for the household. `kind`: a number of database.play_sums.
    `span`: 0 for ever, YYYY a year, YYYYMM a month. `item`: an id, a day or an hour of the week.
    """

    __tablename__ = "play_sums"
    __table_args__ = (
        Index("play_sums_plays", "whose", "kind", "plays", **partial("span = 0")),
        Index("play_sums_empty", "plays", **partial("plays = 0")),
        {"sqlite_with_rowid": False},
    )

    whose: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    span: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    item: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    plays: Mapped[Count]
    ms: Mapped[Count]


class PlayTally(Base):
    """How many plays are stored, by all that decides whether they count.

    `import_id` and `context_id` are 0 where a play has none. `is_estimated`: the source does
    not say how long it was played.
    """

    __tablename__ = "play_tallies"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("play_tallies_empty", "plays", **partial("plays = 0")),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    import_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    context_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    standing: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    is_estimated: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    plays: Mapped[Count]
    ms: Mapped[Count]


class HouseVersion(Base):
    """One row: rises whenever any number of listening may change."""

    __tablename__ = "house_versions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[Count]


class PlayRoute(Base):
    """Which of somebody's plays are a child's: those by this client, in these hours.

    `words`: part of the client's, the player's or the platform's name, folded; "" for any.
    `from_hour` to before `until_hour`, 0 to 24, in the person's zone; over midnight too.
    """

    __tablename__ = "play_routes"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["to_person_id"], ["people.id"], ondelete="CASCADE"),
        Index("play_routes_person_id", "person_id"),
        Index("play_routes_to_person_id", "to_person_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    to_person_id: Mapped[Count]
    words: Mapped[Words]
    from_hour: Mapped[Count]
    until_hour: Mapped[Count]
    created_at: Mapped[Moment]


class NowPlaying(Base):
    """What somebody hears right now, as their player says; over at `until`."""

    __tablename__ = "now_playing"
    __table_args__ = (ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),)

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    said: Mapped[dict[str, Any]] = mapped_column(Json)
    client: Mapped[Words]
    since: Mapped[Moment]
    until: Mapped[Moment]


class Feedback(Base):
    """Loved (1) or hated (-1). `msid` or `mbid` of the recording, or both."""

    __tablename__ = "feedback"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("feedback_msid", "person_id", "msid", unique=True, **partial("msid IS NOT NULL")),
        Index("feedback_mbid", "person_id", "mbid", unique=True, **partial("mbid IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    msid: Mapped[Words | None]
    mbid: Mapped[Words | None]
    score: Mapped[Count]
    created_at: Mapped[Moment]


class LatestImport(Base):
    """How far a client of ListenBrainz' has brought plays of a service; in seconds, as it says."""

    __tablename__ = "latest_imports"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    service: Mapped[Words] = mapped_column(primary_key=True)
    seconds: Mapped[Count]


class ScrobbleSession(Base):
    """A player that was let in by Last.fm's protocol or Audioscrobbler's; kept as a hash.

    `handshake`: for Audioscrobbler, the seconds it was asked with: each serves once.
    """

    __tablename__ = "scrobble_sessions"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["token_id"], ["tokens.id"], ondelete="CASCADE"),
        Index("scrobble_sessions_secret_hash", "secret_hash", unique=True),
        Index("scrobble_sessions_person_id", "person_id"),
        Index(
            "scrobble_sessions_handshake",
            "token_id",
            "handshake",
            unique=True,
            **partial("handshake IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    token_id: Mapped[Count | None]
    protocol: Mapped[Words]
    client: Mapped[Words]
    secret_hash: Mapped[Words]
    handshake: Mapped[Count | None]
    created_at: Mapped[Moment]
    last_used_at: Mapped[Moment | None]


class ScrobbleGrant(Base):
    """Last.fm's way in through the browser: a token that waits for somebody to approve it."""

    __tablename__ = "scrobble_grants"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("scrobble_grants_token_hash", "token_hash", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    token_hash: Mapped[Words]
    api_key: Mapped[Words]
    person_id: Mapped[Count | None]
    created_at: Mapped[Moment]


class RelayedPlay(Base):
    """A play that waits to be sent on: `said` as the service takes it."""

    __tablename__ = "relayed_plays"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("relayed_plays_due", "person_id", "provider", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    provider: Mapped[Words]
    said: Mapped[dict[str, Any]] = mapped_column(Json)
    tries: Mapped[Count]
    created_at: Mapped[Moment]


class Relay(Base):
    """How sending plays on to a service goes, for one who does.

    `said`: why it does not go on, while it does not. `is_stopped`: until it is linked anew.
    """

    __tablename__ = "relays"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    provider: Mapped[Words] = mapped_column(primary_key=True)
    is_stopped: Mapped[bool]
    sent: Mapped[Count]
    refused: Mapped[Count]
    sent_at: Mapped[Moment | None]
    said: Mapped[Words | None]
    created_at: Mapped[Moment]


class RecordAlbum(Base):
    """Whether a record of somebody's is an album, as a person said; else by their names."""

    __tablename__ = "record_albums"
    __table_args__ = (
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["album_id"], ["albums.id"], ondelete="CASCADE"),
        Index("record_albums_album_id", "album_id"),
        {"sqlite_with_rowid": False},
    )

    record_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    album_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    is_same: Mapped[bool]

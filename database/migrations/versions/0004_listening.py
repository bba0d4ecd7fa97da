"""Listening: tracks, albums, plays and their sums, and what lets players in."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"

# SQLite numbers a key by itself only when it is called INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _listeners()
    _albums()
    _tracks()
    _track_artists()
    _track_names()
    _artist_genres()
    _play_contexts()
    _play_imports()
    _play_edits()
    _plays()
    _play_sums()
    _play_tallies()
    _house_versions()
    _play_routes()
    _now_playing()
    _feedback()
    _latest_imports()
    _scrobble_sessions()
    _scrobble_grants()
    _relayed_plays()
    _relays()
    _record_albums()
    _columns_of_older_tables()


def _columns_of_older_tables() -> None:
    # In SQL: Alembic would make SQLite's tables anew for these, and lose their checks.
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE people ADD COLUMN parent_id {number}"
        " CONSTRAINT people_parent_id_fk REFERENCES people (id) ON DELETE CASCADE"
    )
    op.execute("ALTER TABLE tokens ADD COLUMN md5_sealed TEXT")
    op.execute(
        f"ALTER TABLE artists ADD COLUMN counts_as {number}"
        " CONSTRAINT artists_counts_as_fk REFERENCES artists (id) ON DELETE CASCADE"
    )
    op.execute("ALTER TABLE artists ADD COLUMN musicbrainz_id TEXT")
    op.execute("ALTER TABLE artists ADD COLUMN spotify_id TEXT")
    op.execute(
        f"ALTER TABLE mosaic_films ADD COLUMN album_id {number}"
        " CONSTRAINT mosaic_films_album_id_fk REFERENCES albums (id) ON DELETE SET NULL"
    )
    for table, column in (
        ("people", "parent_id"),
        ("artists", "counts_as"),
        ("artists", "musicbrainz_id"),
        ("mosaic_films", "album_id"),
    ):
        op.execute(
            f"CREATE INDEX {table}_{column} ON {table} ({column}) WHERE {column} IS NOT NULL"
        )


def _listeners() -> None:
    op.create_table(
        "listeners",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("is_joint", sa.Boolean(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("version", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="listeners_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="listeners_pk"),
    )


def _albums() -> None:
    op.create_table(
        "albums",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("artist_id", _NUMBER, nullable=True),
        sa.Column("names_key", sa.Text(), nullable=False),
        sa.Column("counts_as", _NUMBER, nullable=True),
        sa.Column("musicbrainz_id", sa.Text(), nullable=True),
        sa.Column("spotify_id", sa.Text(), nullable=True),
        sa.Column("cover_address", sa.Text(), nullable=True),
        sa.Column("cover_sha256", sa.Text(), nullable=True),
        sa.Column("cover_asked_at", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["counts_as"], ["albums.id"], name="albums_counts_as_fk", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.id"], name="albums_artist_id_fk", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="albums_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("albums_artist_id", "albums", ["artist_id"], unique=False)
    op.create_index(
        "albums_counts_as",
        "albums",
        ["counts_as"],
        unique=False,
        sqlite_where=sa.text("counts_as IS NOT NULL"),
        postgresql_where=sa.text("counts_as IS NOT NULL"),
    )
    op.create_index(
        "albums_cover_sha256",
        "albums",
        ["cover_sha256"],
        unique=False,
        sqlite_where=sa.text("cover_sha256 IS NOT NULL"),
        postgresql_where=sa.text("cover_sha256 IS NOT NULL"),
    )
    op.create_index("albums_names_key", "albums", ["names_key"], unique=True)
    op.create_index("albums_title_folded", "albums", ["title_folded"], unique=False)


def _tracks() -> None:
    op.create_table(
        "tracks",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("song_key", sa.Text(), nullable=False),
        sa.Column("msid", sa.Text(), nullable=False),
        sa.Column("album_id", _NUMBER, nullable=True),
        sa.Column("counts_as", _NUMBER, nullable=True),
        sa.Column("duration_ms", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["album_id"], ["albums.id"], name="tracks_album_id_fk", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["counts_as"], ["tracks.id"], name="tracks_counts_as_fk", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="tracks_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "tracks_album_id",
        "tracks",
        ["album_id"],
        unique=False,
        sqlite_where=sa.text("album_id IS NOT NULL"),
        postgresql_where=sa.text("album_id IS NOT NULL"),
    )
    op.create_index(
        "tracks_counts_as",
        "tracks",
        ["counts_as"],
        unique=False,
        sqlite_where=sa.text("counts_as IS NOT NULL"),
        postgresql_where=sa.text("counts_as IS NOT NULL"),
    )
    op.create_index("tracks_msid", "tracks", ["msid"], unique=True)
    op.create_index("tracks_title_folded", "tracks", ["title_folded"], unique=False)


def _track_artists() -> None:
    op.create_table(
        "track_artists",
        sa.Column("track_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("artist_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.id"], name="track_artists_artist_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="track_artists_track_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("track_id", "position", name="track_artists_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("track_artists_artist_id", "track_artists", ["artist_id"], unique=False)


def _track_names() -> None:
    op.create_table(
        "track_names",
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("track_id", _NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="track_names_track_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("scheme", "value", "track_id", name="track_names_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("track_names_track_id", "track_names", ["track_id"], unique=False)


def _artist_genres() -> None:
    op.create_table(
        "artist_genres",
        sa.Column("artist_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("genre_id", _NUMBER, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.id"], name="artist_genres_artist_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["genre_id"], ["genres.id"], name="artist_genres_genre_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("artist_id", "genre_id", name="artist_genres_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("artist_genres_genre_id", "artist_genres", ["genre_id"], unique=False)


def _play_contexts() -> None:
    op.create_table(
        "play_contexts",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("client_version", sa.Text(), nullable=True),
        sa.Column("player", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("reason_start", sa.Text(), nullable=True),
        sa.Column("reason_end", sa.Text(), nullable=True),
        sa.Column("is_shuffled", sa.Boolean(), nullable=True),
        sa.Column("is_skipped", sa.Boolean(), nullable=True),
        sa.Column("is_offline", sa.Boolean(), nullable=True),
        sa.Column("is_private", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="play_contexts_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("play_contexts_digest", "play_contexts", ["digest"], unique=True)


def _play_imports() -> None:
    op.create_table(
        "play_imports",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("undone_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="play_imports_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="play_imports_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("play_imports_person_id", "play_imports", ["person_id", "id"], unique=False)
    op.create_index("play_imports_public_id", "play_imports", ["public_id"], unique=True)


def _play_edits() -> None:
    op.create_table(
        "play_edits",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("plays", _NUMBER, nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("undone_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="play_edits_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="play_edits_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("play_edits_person_id", "play_edits", ["person_id", "id"], unique=False)
    op.create_index("play_edits_public_id", "play_edits", ["public_id"], unique=True)


def _plays() -> None:
    op.create_table(
        "plays",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("started_at", _NUMBER, nullable=False),
        sa.Column("ended_at", _NUMBER, nullable=True),
        sa.Column("ms_played", _NUMBER, nullable=True),
        sa.Column("ms", _NUMBER, nullable=False),
        sa.Column("duration_ms", _NUMBER, nullable=True),
        sa.Column("track_id", _NUMBER, nullable=False),
        sa.Column("source", _NUMBER, nullable=False),
        sa.Column("standing", _NUMBER, nullable=False),
        sa.Column("day", _NUMBER, nullable=False),
        sa.Column("hour_of_week", _NUMBER, nullable=False),
        sa.Column("row_key", _NUMBER, nullable=False),
        sa.Column("context_id", _NUMBER, nullable=True),
        sa.Column("import_id", _NUMBER, nullable=True),
        sa.Column("duplicate_of", _NUMBER, nullable=True),
        sa.Column("mark", _NUMBER, nullable=True),
        sa.Column("marked_by", _NUMBER, nullable=True),
        sa.Column("made_by", _NUMBER, nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["play_imports.id"], name="plays_import_id_fk", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["marked_by"], ["play_edits.id"], name="plays_marked_by_fk", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["context_id"], ["play_contexts.id"], name="plays_context_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["plays.id"], name="plays_duplicate_of_fk", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["play_edits.id"], name="plays_made_by_fk", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name="plays_track_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="plays_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="plays_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "plays_duplicate_of",
        "plays",
        ["duplicate_of"],
        unique=False,
        sqlite_where=sa.text("duplicate_of IS NOT NULL"),
        postgresql_where=sa.text("duplicate_of IS NOT NULL"),
    )
    op.create_index(
        "plays_import_id",
        "plays",
        ["import_id"],
        unique=False,
        sqlite_where=sa.text("import_id IS NOT NULL"),
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index(
        "plays_made_by",
        "plays",
        ["made_by"],
        unique=False,
        sqlite_where=sa.text("made_by IS NOT NULL"),
        postgresql_where=sa.text("made_by IS NOT NULL"),
    )
    op.create_index(
        "plays_marked_by",
        "plays",
        ["marked_by"],
        unique=False,
        sqlite_where=sa.text("marked_by IS NOT NULL"),
        postgresql_where=sa.text("marked_by IS NOT NULL"),
    )
    op.create_index("plays_row_key", "plays", ["person_id", "row_key"], unique=True)
    op.create_index(
        "plays_started_at",
        "plays",
        ["person_id", "started_at", "standing", "source", "track_id", "ms"],
        unique=False,
    )
    op.create_index(
        "plays_track_id", "plays", ["track_id", "person_id", "standing", "started_at"], unique=False
    )


def _play_sums() -> None:
    op.create_table(
        "play_sums",
        sa.Column("whose", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("span", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("item", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("plays", _NUMBER, nullable=False),
        sa.Column("ms", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("whose", "kind", "span", "item", name="play_sums_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "play_sums_empty",
        "play_sums",
        ["plays"],
        unique=False,
        sqlite_where=sa.text("plays = 0"),
        postgresql_where=sa.text("plays = 0"),
    )
    op.create_index(
        "play_sums_plays",
        "play_sums",
        ["whose", "kind", "plays"],
        unique=False,
        sqlite_where=sa.text("span = 0"),
        postgresql_where=sa.text("span = 0"),
    )


def _play_tallies() -> None:
    op.create_table(
        "play_tallies",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("month", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("source", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("import_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("context_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("standing", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("is_estimated", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("plays", _NUMBER, nullable=False),
        sa.Column("ms", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="play_tallies_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "person_id",
            "month",
            "source",
            "import_id",
            "context_id",
            "standing",
            "is_estimated",
            name="play_tallies_pk",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "play_tallies_empty",
        "play_tallies",
        ["plays"],
        unique=False,
        sqlite_where=sa.text("plays = 0"),
        postgresql_where=sa.text("plays = 0"),
    )


def _house_versions() -> None:
    op.create_table(
        "house_versions",
        sa.Column("id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="house_versions_pk"),
    )


def _play_routes() -> None:
    op.create_table(
        "play_routes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("to_person_id", _NUMBER, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("from_hour", _NUMBER, nullable=False),
        sa.Column("until_hour", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["to_person_id"], ["people.id"], name="play_routes_to_person_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="play_routes_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="play_routes_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("play_routes_person_id", "play_routes", ["person_id"], unique=False)
    op.create_index("play_routes_to_person_id", "play_routes", ["to_person_id"], unique=False)


def _now_playing() -> None:
    op.create_table(
        "now_playing",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.Column("until", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="now_playing_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="now_playing_pk"),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("msid", sa.Text(), nullable=True),
        sa.Column("mbid", sa.Text(), nullable=True),
        sa.Column("score", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="feedback_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="feedback_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "feedback_mbid",
        "feedback",
        ["person_id", "mbid"],
        unique=True,
        sqlite_where=sa.text("mbid IS NOT NULL"),
        postgresql_where=sa.text("mbid IS NOT NULL"),
    )
    op.create_index(
        "feedback_msid",
        "feedback",
        ["person_id", "msid"],
        unique=True,
        sqlite_where=sa.text("msid IS NOT NULL"),
        postgresql_where=sa.text("msid IS NOT NULL"),
    )


def _latest_imports() -> None:
    op.create_table(
        "latest_imports",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("seconds", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="latest_imports_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "service", name="latest_imports_pk"),
        sqlite_with_rowid=False,
    )


def _scrobble_sessions() -> None:
    op.create_table(
        "scrobble_sessions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("token_id", _NUMBER, nullable=True),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("handshake", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("last_used_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="scrobble_sessions_person_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["tokens.id"], name="scrobble_sessions_token_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="scrobble_sessions_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "scrobble_sessions_handshake",
        "scrobble_sessions",
        ["token_id", "handshake"],
        unique=True,
        sqlite_where=sa.text("handshake IS NOT NULL"),
        postgresql_where=sa.text("handshake IS NOT NULL"),
    )
    op.create_index("scrobble_sessions_person_id", "scrobble_sessions", ["person_id"], unique=False)
    op.create_index(
        "scrobble_sessions_secret_hash", "scrobble_sessions", ["secret_hash"], unique=True
    )


def _scrobble_grants() -> None:
    op.create_table(
        "scrobble_grants",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("api_key", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="scrobble_grants_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="scrobble_grants_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("scrobble_grants_token_hash", "scrobble_grants", ["token_hash"], unique=True)


def _relayed_plays() -> None:
    op.create_table(
        "relayed_plays",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("tries", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="relayed_plays_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="relayed_plays_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "relayed_plays_due", "relayed_plays", ["person_id", "provider", "id"], unique=False
    )


def _relays() -> None:
    op.create_table(
        "relays",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("is_stopped", sa.Boolean(), nullable=False),
        sa.Column("sent", _NUMBER, nullable=False),
        sa.Column("refused", _NUMBER, nullable=False),
        sa.Column("sent_at", _NUMBER, nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="relays_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "provider", name="relays_pk"),
        sqlite_with_rowid=False,
    )


def _record_albums() -> None:
    op.create_table(
        "record_albums",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("album_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("is_same", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name="record_albums_record_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["album_id"], ["albums.id"], name="record_albums_album_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", "album_id", name="record_albums_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("record_albums_album_id", "record_albums", ["album_id"], unique=False)

"""Library: consents, playlists, albums, tracks and artists, audio features and analyses."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0005", "0004"

# SQLite numbers a key by itself only when it is called INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_ENDED = "new.status <> old.status AND new.status IN ('COMPLETE', 'ERROR', 'CANCELLED')"
_TELL = """
    UPDATE notifications
       SET type            = CASE new.status WHEN 'COMPLETE' THEN 'task_complete'
                                             ELSE 'task_failed' END,
           error_msg       = CASE new.status WHEN 'ERROR'     THEN new.error_msg
                                             WHEN 'CANCELLED' THEN 'Cancelled.' END,
           changed_at      = new.finished_at,
           acknowledged_at = NULL
     WHERE task_id = new.public_id;
"""
_SQLITE_TELLING = f"""
    CREATE TRIGGER tasks_told AFTER UPDATE OF status ON tasks
      WHEN {_ENDED}
    BEGIN
        {_TELL}
    END
"""
_TELLING_FUNCTION = f"""
    CREATE FUNCTION tasks_told() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {_TELL}
        RETURN NULL;
    END $$
"""
_TELLING_TRIGGER = f"""
    CREATE TRIGGER tasks_told AFTER UPDATE OF status ON tasks
       FOR EACH ROW WHEN ({_ENDED}) EXECUTE FUNCTION tasks_told()
"""


def upgrade() -> None:
    _grants()
    _oauth_transactions()
    _device_flows()
    _provider_paces()
    _notifications()
    _library_artists()
    _library_albums()
    _library_album_artists()
    _library_tracks()
    _library_track_artists()
    _library_imports()
    _library_statements()
    _playlists()
    _playlist_tracks()
    _library_items()
    _listings()
    _listing_entries()
    _library_settings()
    _play_gaps()
    _track_features()
    _feature_absences()
    _record_sounds()
    _analyses()
    _made_playlists()


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("access_expires_at", _NUMBER, nullable=False),
        sa.Column("authorised_at", _NUMBER, nullable=False),
        sa.Column("reconnect_by", _NUMBER, nullable=True),
        sa.Column("version", _NUMBER, nullable=False),
        sa.Column("lease_by", sa.Text(), nullable=True),
        sa.Column("lease_until", _NUMBER, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("profile_at", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.CheckConstraint("status IN ('OK', 'RECONNECT')", name="grants_status"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="grants_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="grants_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("grants_person_id", "grants", ["person_id", "provider"], unique=True)
    op.create_index("grants_subject", "grants", ["provider", "subject"], unique=True)


def _oauth_transactions() -> None:
    op.create_table(
        "oauth_transactions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("state_hash", sa.Text(), nullable=False),
        sa.Column("browser_hash", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("verifier", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=False),
        sa.Column("used_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="oauth_transactions_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="oauth_transactions_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "oauth_transactions_expires_at", "oauth_transactions", ["expires_at"], unique=False
    )
    op.create_index(
        "oauth_transactions_state_hash", "oauth_transactions", ["state_hash"], unique=True
    )


def _device_flows() -> None:
    op.create_table(
        "device_flows",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("device_code", sa.Text(), nullable=True),
        sa.Column("user_code", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("interval_seconds", _NUMBER, nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("expires_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="device_flows_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "provider", name="device_flows_pk"),
        sqlite_with_rowid=False,
    )


def _provider_paces() -> None:
    op.create_table(
        "provider_paces",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("free_at", _NUMBER, nullable=False),
        sa.Column("rest_until", _NUMBER, nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("calls", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("provider", name="provider_paces_pk"),
        sqlite_with_rowid=False,
    )


def _notifications() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=True),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("extras", sa.Text(), nullable=False),
        sa.Column("error_msg", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("changed_at", _NUMBER, nullable=False),
        sa.Column("acknowledged_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="notifications_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="notifications_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "notifications_new",
        "notifications",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("acknowledged_at IS NULL"),
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    op.create_index("notifications_person_id", "notifications", ["person_id", "id"], unique=False)
    op.create_index("notifications_task_id", "notifications", ["task_id"], unique=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_TELLING_FUNCTION)
        op.execute(_TELLING_TRIGGER)
    else:
        op.execute(_SQLITE_TELLING)


def _library_artists() -> None:
    op.create_table(
        "library_artists",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("spotify_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("followers", _NUMBER, nullable=True),
        sa.Column("genres", sa.Text(), nullable=True),
        sa.Column("image_address", sa.Text(), nullable=True),
        sa.Column("image_at", _NUMBER, nullable=True),
        sa.Column("image_sha256", sa.Text(), nullable=True),
        sa.Column("details_at", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="library_artists_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "library_artists_image_sha256",
        "library_artists",
        ["image_sha256"],
        unique=False,
        sqlite_where=sa.text("image_sha256 IS NOT NULL"),
        postgresql_where=sa.text("image_sha256 IS NOT NULL"),
    )
    op.create_index("library_artists_name_folded", "library_artists", ["name_folded"], unique=False)
    op.create_index(
        "library_artists_spotify_id",
        "library_artists",
        ["spotify_id"],
        unique=True,
        sqlite_where=sa.text("spotify_id IS NOT NULL"),
        postgresql_where=sa.text("spotify_id IS NOT NULL"),
    )


def _library_albums() -> None:
    op.create_table(
        "library_albums",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("spotify_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("names_key", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("copyright", sa.Text(), nullable=True),
        sa.Column("released", sa.Text(), nullable=True),
        sa.Column("release_year", _NUMBER, nullable=True),
        sa.Column("tracks_total", _NUMBER, nullable=True),
        sa.Column("genres", sa.Text(), nullable=True),
        sa.Column("image_address", sa.Text(), nullable=True),
        sa.Column("image_at", _NUMBER, nullable=True),
        sa.Column("image_sha256", sa.Text(), nullable=True),
        sa.Column("synced_at", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="library_albums_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "library_albums_image_sha256",
        "library_albums",
        ["image_sha256"],
        unique=False,
        sqlite_where=sa.text("image_sha256 IS NOT NULL"),
        postgresql_where=sa.text("image_sha256 IS NOT NULL"),
    )
    op.create_index("library_albums_name_folded", "library_albums", ["name_folded"], unique=False)
    op.create_index("library_albums_names_key", "library_albums", ["names_key"], unique=False)
    op.create_index(
        "library_albums_spotify_id",
        "library_albums",
        ["spotify_id"],
        unique=True,
        sqlite_where=sa.text("spotify_id IS NOT NULL"),
        postgresql_where=sa.text("spotify_id IS NOT NULL"),
    )


def _library_album_artists() -> None:
    op.create_table(
        "library_album_artists",
        sa.Column("album_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("artist_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["album_id"],
            ["library_albums.id"],
            name="library_album_artists_album_id_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["artist_id"],
            ["library_artists.id"],
            name="library_album_artists_artist_id_fk",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("album_id", "position", name="library_album_artists_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "library_album_artists_artist_id", "library_album_artists", ["artist_id"], unique=False
    )


def _library_tracks() -> None:
    op.create_table(
        "library_tracks",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("spotify_id", sa.Text(), nullable=True),
        sa.Column("isrc", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("names_key", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("artist_folded", sa.Text(), nullable=False),
        sa.Column("song_key", sa.Text(), nullable=False),
        sa.Column("duration_ms", _NUMBER, nullable=True),
        sa.Column("album_id", _NUMBER, nullable=True),
        sa.Column("disc", _NUMBER, nullable=True),
        sa.Column("number", _NUMBER, nullable=True),
        sa.Column("is_explicit", sa.Boolean(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["album_id"],
            ["library_albums.id"],
            name="library_tracks_album_id_fk",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="library_tracks_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "library_tracks_album_id",
        "library_tracks",
        ["album_id"],
        unique=False,
        sqlite_where=sa.text("album_id IS NOT NULL"),
        postgresql_where=sa.text("album_id IS NOT NULL"),
    )
    op.create_index(
        "library_tracks_isrc",
        "library_tracks",
        ["isrc"],
        unique=False,
        sqlite_where=sa.text("isrc IS NOT NULL"),
        postgresql_where=sa.text("isrc IS NOT NULL"),
    )
    op.create_index("library_tracks_name_folded", "library_tracks", ["name_folded"], unique=False)
    op.create_index(
        "library_tracks_names_key",
        "library_tracks",
        ["names_key"],
        unique=True,
        sqlite_where=sa.text("spotify_id IS NULL"),
        postgresql_where=sa.text("spotify_id IS NULL"),
    )
    op.create_index(
        "library_tracks_song_key", "library_tracks", ["song_key", "artist_folded"], unique=False
    )
    op.create_index(
        "library_tracks_spotify_id",
        "library_tracks",
        ["spotify_id"],
        unique=True,
        sqlite_where=sa.text("spotify_id IS NOT NULL"),
        postgresql_where=sa.text("spotify_id IS NOT NULL"),
    )


def _library_track_artists() -> None:
    op.create_table(
        "library_track_artists",
        sa.Column("track_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("artist_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["library_tracks.id"],
            name="library_track_artists_track_id_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["artist_id"],
            ["library_artists.id"],
            name="library_track_artists_artist_id_fk",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("track_id", "position", name="library_track_artists_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "library_track_artists_artist_id", "library_track_artists", ["artist_id"], unique=False
    )


def _library_imports() -> None:
    op.create_table(
        "library_imports",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("undone_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="library_imports_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="library_imports_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "library_imports_person_id", "library_imports", ["person_id", "id"], unique=False
    )
    op.create_index("library_imports_public_id", "library_imports", ["public_id"], unique=True)


def _library_statements() -> None:
    op.create_table(
        "library_statements",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("import_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["library_imports.id"],
            name="library_statements_import_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kind", "item_id", "import_id", name="library_statements_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "library_statements_import_id",
        "library_statements",
        ["import_id", "kind", "item_id"],
        unique=False,
    )


def _playlists() -> None:
    op.create_table(
        "playlists",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("spotify_id", sa.Text(), nullable=True),
        sa.Column("person_id", _NUMBER, nullable=True),
        sa.Column("import_id", _NUMBER, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("told_snapshot", sa.Text(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=True),
        sa.Column("is_collaborative", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=True),
        sa.Column("tracks_total", _NUMBER, nullable=True),
        sa.Column("num_tracks", _NUMBER, nullable=False),
        sa.Column("skipped", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("image_address", sa.Text(), nullable=True),
        sa.Column("image_at", _NUMBER, nullable=True),
        sa.Column("image_sha256", sa.Text(), nullable=True),
        sa.Column("synced_at", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="playlists_person_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["library_imports.id"],
            name="playlists_import_id_fk",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="playlists_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "playlists_image_sha256",
        "playlists",
        ["image_sha256"],
        unique=False,
        sqlite_where=sa.text("image_sha256 IS NOT NULL"),
        postgresql_where=sa.text("image_sha256 IS NOT NULL"),
    )
    op.create_index(
        "playlists_import_id",
        "playlists",
        ["import_id"],
        unique=False,
        sqlite_where=sa.text("import_id IS NOT NULL"),
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )
    op.create_index("playlists_name_folded", "playlists", ["name_folded"], unique=False)
    op.create_index(
        "playlists_person_id",
        "playlists",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("person_id IS NOT NULL"),
        postgresql_where=sa.text("person_id IS NOT NULL"),
    )
    op.create_index(
        "playlists_spotify_id",
        "playlists",
        ["spotify_id"],
        unique=True,
        sqlite_where=sa.text("spotify_id IS NOT NULL"),
        postgresql_where=sa.text("spotify_id IS NOT NULL"),
    )


def _playlist_tracks() -> None:
    op.create_table(
        "playlist_tracks",
        sa.Column("playlist_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("track_id", _NUMBER, nullable=False),
        sa.Column("added_at", _NUMBER, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["playlist_id"],
            ["playlists.id"],
            name="playlist_tracks_playlist_id_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["library_tracks.id"],
            name="playlist_tracks_track_id_fk",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("playlist_id", "position", name="playlist_tracks_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("playlist_tracks_track_id", "playlist_tracks", ["track_id"], unique=False)


def _library_items() -> None:
    op.create_table(
        "library_items",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("item_id", _NUMBER, nullable=False),
        sa.Column("added_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="library_items_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", "origin", "position", name="library_items_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "library_items_item_id", "library_items", ["kind", "item_id", "person_id"], unique=False
    )


def _listings() -> None:
    op.create_table(
        "listings",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("total", _NUMBER, nullable=True),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("begun_at", _NUMBER, nullable=False),
        sa.Column("fetched_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="listings_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="listings_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("listings_name", "listings", ["person_id", "name"], unique=True)


def _listing_entries() -> None:
    op.create_table(
        "listing_entries",
        sa.Column("listing_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("item_id", _NUMBER, nullable=False),
        sa.Column("added_at", _NUMBER, nullable=True),
        sa.Column("added_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["listing_id"],
            ["listings.id"],
            name="listing_entries_listing_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("listing_id", "position", name="listing_entries_pk"),
        sqlite_with_rowid=False,
    )


def _library_settings() -> None:
    op.create_table(
        "library_settings",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("uses_reccobeats", sa.Boolean(), nullable=False),
        sa.Column("syncs_daily", sa.Boolean(), nullable=False),
        sa.Column("reads_recent", sa.Boolean(), nullable=False),
        sa.Column("recent_at", _NUMBER, nullable=True),
        sa.Column("recent_asked_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="library_settings_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="library_settings_pk"),
    )


def _play_gaps() -> None:
    op.create_table(
        "play_gaps",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("after_at", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("before_at", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="play_gaps_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "after_at", name="play_gaps_pk"),
        sqlite_with_rowid=False,
    )


def _track_features() -> None:
    op.create_table(
        "track_features",
        sa.Column("track_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("danceability", sa.Float(53), nullable=True),
        sa.Column("energy", sa.Float(53), nullable=True),
        sa.Column("speechiness", sa.Float(53), nullable=True),
        sa.Column("acousticness", sa.Float(53), nullable=True),
        sa.Column("instrumentalness", sa.Float(53), nullable=True),
        sa.Column("liveness", sa.Float(53), nullable=True),
        sa.Column("valence", sa.Float(53), nullable=True),
        sa.Column("loudness", sa.Float(53), nullable=True),
        sa.Column("tempo", sa.Float(53), nullable=True),
        sa.Column("pitch_class", _NUMBER, nullable=True),
        sa.Column("mode", _NUMBER, nullable=True),
        sa.Column("time_signature", _NUMBER, nullable=True),
        sa.Column("duration_ms", _NUMBER, nullable=True),
        sa.Column("import_id", _NUMBER, nullable=True),
        sa.Column("fetched_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["library_tracks.id"],
            name="track_features_track_id_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["library_imports.id"],
            name="track_features_import_id_fk",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("track_id", "source", name="track_features_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "track_features_import_id",
        "track_features",
        ["import_id"],
        unique=False,
        sqlite_where=sa.text("import_id IS NOT NULL"),
        postgresql_where=sa.text("import_id IS NOT NULL"),
    )


def _feature_absences() -> None:
    op.create_table(
        "feature_absences",
        sa.Column("track_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("until", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["library_tracks.id"],
            name="feature_absences_track_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("track_id", "source", name="feature_absences_pk"),
        sqlite_with_rowid=False,
    )


def _record_sounds() -> None:
    op.create_table(
        "record_sounds",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_said", sa.Boolean(), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("album_id", _NUMBER, nullable=True),
        sa.Column("tracks", _NUMBER, nullable=False),
        sa.Column("left_out", _NUMBER, nullable=False),
        sa.Column("danceability", sa.Float(53), nullable=True),
        sa.Column("energy", sa.Float(53), nullable=True),
        sa.Column("speechiness", sa.Float(53), nullable=True),
        sa.Column("acousticness", sa.Float(53), nullable=True),
        sa.Column("instrumentalness", sa.Float(53), nullable=True),
        sa.Column("liveness", sa.Float(53), nullable=True),
        sa.Column("valence", sa.Float(53), nullable=True),
        sa.Column("loudness", sa.Float(53), nullable=True),
        sa.Column("tempo", sa.Float(53), nullable=True),
        sa.Column("pitch_class", _NUMBER, nullable=True),
        sa.Column("mode", _NUMBER, nullable=True),
        sa.Column("time_signature", _NUMBER, nullable=True),
        sa.Column("duration_ms", _NUMBER, nullable=True),
        sa.Column("tried_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name="record_sounds_record_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["album_id"],
            ["library_albums.id"],
            name="record_sounds_album_id_fk",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("record_id", name="record_sounds_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "record_sounds_album_id",
        "record_sounds",
        ["album_id"],
        unique=False,
        sqlite_where=sa.text("album_id IS NOT NULL"),
        postgresql_where=sa.text("album_id IS NOT NULL"),
    )


def _analyses() -> None:
    op.create_table(
        "analyses",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("track_ids", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="analyses_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="analyses_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "analyses_scope", "analyses", ["person_id", "kind", "scope", "id"], unique=False
    )
    op.create_index("analyses_version", "analyses", ["person_id", "version"], unique=True)


def _made_playlists() -> None:
    op.create_table(
        "made_playlists",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("uris", sa.Text(), nullable=False),
        sa.Column("sought", sa.Text(), nullable=True),
        sa.Column("left_out", _NUMBER, nullable=False),
        sa.Column("spotify_id", sa.Text(), nullable=True),
        sa.Column("done", _NUMBER, nullable=False),
        sa.Column("unconfirmed", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("finished_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="made_playlists_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="made_playlists_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("made_playlists_person_id", "made_playlists", ["person_id", "id"], unique=False)
    op.create_index("made_playlists_public_id", "made_playlists", ["public_id"], unique=True)

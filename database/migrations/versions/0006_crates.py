"""Crates: dumps, digs, baskets, and playlists that are made at YouTube."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"

# SQLite numbers a key by itself only when it is called INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _dumps()
    _crate_imports()
    _digs()
    _basket_videos()
    _video_checks()
    _youtube_playlists()
    _youtube_videos()
    _quota_days()


def _dumps() -> None:
    op.create_table(
        "dumps",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("size", _NUMBER, nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("bytes_done", _NUMBER, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("noticed_at", _NUMBER, nullable=False),
        sa.Column("fetched_at", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="dumps_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("dumps_version", "dumps", ["version", "kind"], unique=True)


def _crate_imports() -> None:
    op.create_table(
        "crate_imports",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("finished_at", _NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name="crate_imports_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("crate_imports_public_id", "crate_imports", ["public_id"], unique=True)


def _digs() -> None:
    op.create_table(
        "digs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="digs_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="digs_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("digs_asked", "digs", ["person_id", "asked"], unique=True)


def _basket_videos() -> None:
    op.create_table(
        "basket_videos",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("video_id", sa.Text(), nullable=False),
        sa.Column("position", _NUMBER, nullable=False),
        sa.Column("release_id", _NUMBER, nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("video_title", sa.Text(), nullable=False),
        sa.Column("seconds", _NUMBER, nullable=True),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("added_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="basket_videos_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "video_id", name="basket_videos_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "basket_videos_position", "basket_videos", ["person_id", "position"], unique=False
    )
    op.create_index(
        "basket_videos_release_id", "basket_videos", ["person_id", "release_id"], unique=False
    )


def _video_checks() -> None:
    op.create_table(
        "video_checks",
        sa.Column("video_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("checked_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("video_id", name="video_checks_pk"),
        sqlite_with_rowid=False,
    )


def _youtube_playlists() -> None:
    op.create_table(
        "youtube_playlists",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("youtube_id", sa.Text(), nullable=True),
        sa.Column("is_existing", sa.Boolean(), nullable=False),
        sa.Column("part", _NUMBER, nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("finished_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="youtube_playlists_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="youtube_playlists_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "youtube_playlists_person_id", "youtube_playlists", ["person_id", "id"], unique=False
    )
    op.create_index("youtube_playlists_public_id", "youtube_playlists", ["public_id"], unique=True)


def _youtube_videos() -> None:
    op.create_table(
        "youtube_videos",
        sa.Column("playlist_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("video_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("item_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'added', 'dead', 'duplicate', 'failed')",
            name="youtube_videos_state",
        ),
        sa.ForeignKeyConstraint(
            ["playlist_id"],
            ["youtube_playlists.id"],
            name="youtube_videos_playlist_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("playlist_id", "position", name="youtube_videos_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "youtube_videos_state", "youtube_videos", ["playlist_id", "state"], unique=False
    )


def _quota_days() -> None:
    op.create_table(
        "quota_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("units", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("day", name="quota_days_pk"),
        sqlite_with_rowid=False,
    )

"""The shelf: records and who made them, ratings, credits, what was brought, linked accounts."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"

# SQLite numbers a key by itself only when it is called INTEGER.
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_KINDS = (
    "kind = 'Initial Load' AND (record_text IS NULL OR value = 0)"
    " OR kind = 'Purchase' AND value IN (-1, 0) AND record_text IS NOT NULL"
    " OR kind = 'Addition' AND value = 1 AND record_id IS NULL AND record_text IS NULL"
    " OR kind = 'Remove' AND value IN (0, 1) AND record_text IS NOT NULL"
)


def upgrade() -> None:
    _shelves()
    _artists()
    _genres()
    _labels()
    _formats()
    _records()
    _record_artists()
    _record_labels()
    _ratings()
    _songs()
    _credit_transactions()
    _record_turns()
    _shelf_imports()
    _record_changes()
    _record_origins()
    _linked_accounts()
    with op.batch_alter_table("mosaic_films") as films:
        films.add_column(sa.Column("record_id", _NUMBER, nullable=True))
        films.create_foreign_key(
            "mosaic_films_record_id_fk", "records", ["record_id"], ["id"], ondelete="SET NULL"
        )
    held = sa.text("record_id IS NOT NULL")
    op.create_index(
        "mosaic_films_record_id",
        "mosaic_films",
        ["record_id"],
        unique=False,
        sqlite_where=held,
        postgresql_where=held,
    )


def _shelves() -> None:
    op.create_table(
        "shelves",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("credits_from", sa.Text(), nullable=False),
        sa.Column("interval_days", _NUMBER, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.CheckConstraint("interval_days BETWEEN 1 AND 3650", name="shelves_interval_days"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="shelves_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name="shelves_pk"),
    )


def _artists() -> None:
    op.create_table(
        "artists",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="artists_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("artists_name_folded", "artists", ["name_folded"], unique=True)


def _genres() -> None:
    op.create_table(
        "genres",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="genres_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("genres_name_folded", "genres", ["name_folded"], unique=True)


def _labels() -> None:
    op.create_table(
        "labels",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="labels_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("labels_name_folded", "labels", ["name_folded"], unique=True)


def _formats() -> None:
    op.create_table(
        "formats",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_folded", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="formats_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("formats_name_folded", "formats", ["name_folded"], unique=True)


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_folded", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("artist_folded", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("year", _NUMBER, nullable=True),
        sa.Column("genre_id", _NUMBER, nullable=False),
        sa.Column("format_id", _NUMBER, nullable=False),
        sa.Column("colour", sa.Text(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=True),
        sa.Column("copy_number", sa.Text(), nullable=True),
        sa.Column("catalogue_number", sa.Text(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("remarks", sa.Text(), nullable=True),
        sa.Column("media_condition", sa.Text(), nullable=True),
        sa.Column("sleeve_condition", sa.Text(), nullable=True),
        sa.Column("folder", sa.Text(), nullable=True),
        sa.Column("purchased_on", sa.Text(), nullable=False),
        sa.Column("price", _NUMBER, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rating", _NUMBER, nullable=False),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("is_digitised", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("removed_on", sa.Text(), nullable=True),
        sa.Column("discogs_id", _NUMBER, nullable=True),
        sa.Column("discogs_key", sa.Text(), nullable=True),
        sa.Column("musicbrainz_id", sa.Text(), nullable=True),
        sa.Column("cover_sha256", sa.Text(), nullable=True),
        sa.Column("cover_address", sa.Text(), nullable=True),
        sa.Column("cover_asked_at", _NUMBER, nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.CheckConstraint("price >= 0", name="records_price"),
        sa.CheckConstraint("rating BETWEEN 0 AND 10", name="records_rating"),
        sa.ForeignKeyConstraint(
            ["genre_id"], ["genres.id"], name="records_genre_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["format_id"], ["formats.id"], name="records_format_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="records_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="records_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "records_cover_sha256",
        "records",
        ["cover_sha256"],
        unique=False,
        sqlite_where=sa.text("cover_sha256 IS NOT NULL"),
        postgresql_where=sa.text("cover_sha256 IS NOT NULL"),
    )
    op.create_index("records_created_at", "records", ["person_id", "created_at"], unique=False)
    op.create_index(
        "records_discogs_id",
        "records",
        ["discogs_id"],
        unique=False,
        sqlite_where=sa.text("discogs_id IS NOT NULL"),
        postgresql_where=sa.text("discogs_id IS NOT NULL"),
    )
    op.create_index(
        "records_discogs_key",
        "records",
        ["person_id", "discogs_key"],
        unique=True,
        sqlite_where=sa.text("discogs_key IS NOT NULL"),
        postgresql_where=sa.text("discogs_key IS NOT NULL"),
    )
    op.create_index(
        "records_figures",
        "records",
        [
            "person_id",
            "is_active",
            "rating",
            "purchased_on",
            "genre_id",
            "format_id",
            "year",
            "currency",
            "price",
        ],
        unique=False,
    )
    op.create_index("records_format_id", "records", ["format_id", "person_id"], unique=False)
    op.create_index("records_genre_id", "records", ["genre_id", "person_id"], unique=False)
    op.create_index("records_purchased_on", "records", ["person_id", "purchased_on"], unique=False)
    op.create_index("records_title_folded", "records", ["person_id", "title_folded"], unique=False)


def _record_artists() -> None:
    op.create_table(
        "record_artists",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("artist_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["artist_id"], ["artists.id"], name="record_artists_artist_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name="record_artists_record_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name="record_artists_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "record_artists_artist_id", "record_artists", ["artist_id", "record_id"], unique=True
    )


def _record_labels() -> None:
    op.create_table(
        "record_labels",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("label_id", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["label_id"], ["labels.id"], name="record_labels_label_id_fk", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name="record_labels_record_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", "position", name="record_labels_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "record_labels_label_id", "record_labels", ["label_id", "record_id"], unique=True
    )


def _ratings() -> None:
    op.create_table(
        "ratings",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("record_id", _NUMBER, nullable=False),
        sa.Column("value", _NUMBER, nullable=False),
        sa.Column("rated_on", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.CheckConstraint("value BETWEEN 1 AND 10", name="ratings_value"),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name="ratings_record_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="ratings_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ratings_record_id", "ratings", ["record_id", "rated_on", "id", "value"], unique=False
    )


def _songs() -> None:
    op.create_table(
        "songs",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("seq", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("seconds", _NUMBER, nullable=True),
        sa.Column("is_favourite", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name="songs_record_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("record_id", "seq", name="songs_pk"),
    )


def _credit_transactions() -> None:
    op.create_table(
        "credit_transactions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("booked_on", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", _NUMBER, nullable=False),
        sa.Column("record_id", _NUMBER, nullable=True),
        sa.Column("record_text", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.CheckConstraint(
            _KINDS,
            name="credit_transactions_kind",
        ),
        sa.CheckConstraint(
            "record_id IS NULL OR record_text IS NOT NULL", name="credit_transactions_text"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name="credit_transactions_person_id_fk",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["records.id"],
            name="credit_transactions_record_id_fk",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="credit_transactions_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "credit_transactions_addition",
        "credit_transactions",
        ["person_id", "booked_on"],
        unique=True,
        sqlite_where=sa.text("kind = 'Addition'"),
        postgresql_where=sa.text("kind = 'Addition'"),
    )
    op.create_index(
        "credit_transactions_booked_on",
        "credit_transactions",
        ["person_id", "booked_on", "id", "value"],
        unique=False,
    )
    op.create_index(
        "credit_transactions_record_id",
        "credit_transactions",
        ["record_id"],
        unique=False,
        sqlite_where=sa.text("record_id IS NOT NULL"),
        postgresql_where=sa.text("record_id IS NOT NULL"),
    )


def _record_turns() -> None:
    op.create_table(
        "record_turns",
        sa.Column("person_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("nth", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("round", _NUMBER, nullable=False),
        sa.Column("record_id", _NUMBER, nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["records.id"], name="record_turns_record_id_fk", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="record_turns_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "day", "nth", name="record_turns_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index("record_turns_record_id", "record_turns", ["record_id"], unique=False)


def _shelf_imports() -> None:
    op.create_table(
        "shelf_imports",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("undone_at", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="shelf_imports_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="shelf_imports_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index("shelf_imports_person_id", "shelf_imports", ["person_id", "id"], unique=False)
    op.create_index("shelf_imports_public_id", "shelf_imports", ["public_id"], unique=True)


def _record_changes() -> None:
    op.create_table(
        "record_changes",
        sa.Column("import_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["shelf_imports.id"],
            name="record_changes_import_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "record_id", name="record_changes_pk"),
        sqlite_with_rowid=False,
    )


def _record_origins() -> None:
    op.create_table(
        "record_origins",
        sa.Column("record_id", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["records.id"],
            name="record_origins_record_id_fk",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("record_id", "source", name="record_origins_pk"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "record_origins_row_key",
        "record_origins",
        ["row_key"],
        unique=False,
        sqlite_where=sa.text("row_key IS NOT NULL"),
        postgresql_where=sa.text("row_key IS NOT NULL"),
    )


def _linked_accounts() -> None:
    op.create_table(
        "linked_accounts",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("person_id", _NUMBER, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", _NUMBER, nullable=False),
        sa.Column("updated_at", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="linked_accounts_person_id_fk", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="linked_accounts_pk"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "linked_accounts_provider", "linked_accounts", ["person_id", "provider"], unique=True
    )

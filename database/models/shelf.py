"""Records, who made them, how they were rated, and the credits that were paid for them.

A record stands on one person's shelf. Artists, genres, labels and formats belong to the
household. `artist`, `label`, `words` and `rating` of a record repeat what its links and
ratings say, so that pages can sort and search by them: `record_sums` keeps them.
"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Day, Json, Key, Moment, Words
from database.models.tasks import partial


class Shelf(Base):
    """One a person, from their first record on: the rules of their credits, and their currency."""

    __tablename__ = "shelves"
    __table_args__ = (
        CheckConstraint("interval_days BETWEEN 1 AND 3650", name="interval_days"),
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    credits_from: Mapped[Day]
    interval_days: Mapped[Count]
    currency: Mapped[Words]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Artist(Base):
    """One that `counts_as` another is an alias of it."""

    __tablename__ = "artists"
    __table_args__ = (
        ForeignKeyConstraint(["counts_as"], ["artists.id"], ondelete="CASCADE"),
        Index("artists_name_folded", "name_folded", unique=True),
        Index("artists_counts_as", "counts_as", **partial("counts_as IS NOT NULL")),
        Index("artists_musicbrainz_id", "musicbrainz_id", **partial("musicbrainz_id IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    country: Mapped[Words | None]
    counts_as: Mapped[Count | None]
    musicbrainz_id: Mapped[Words | None]
    spotify_id: Mapped[Words | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Genre(Base):
    __tablename__ = "genres"
    __table_args__ = (
        Index("genres_name_folded", "name_folded", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Label(Base):
    __tablename__ = "labels"
    __table_args__ = (
        Index("labels_name_folded", "name_folded", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Format(Base):
    __tablename__ = "formats"
    __table_args__ = (
        Index("formats_name_folded", "name_folded", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Record(Base):
    """`price` is in hundredths of its currency, None where nobody knows; `rating` 0: unrated.

    `discogs_key` is what a copy in a Discogs collection is known by: its release, the moment
    it was added, and which of several that share both.
    """

    __tablename__ = "records"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("rating BETWEEN 0 AND 10", name="rating"),
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["genre_id"], ["genres.id"], ondelete="RESTRICT"),
        ForeignKeyConstraint(["format_id"], ["formats.id"], ondelete="RESTRICT"),
        Index("records_purchased_on", "person_id", "purchased_on"),
        Index("records_created_at", "person_id", "created_at"),
        Index("records_title_folded", "person_id", "title_folded"),
        # All that figures are counted by: they read this, and no record.
        Index(
            "records_figures",
            "person_id",
            "is_active",
            "rating",
            "purchased_on",
            "genre_id",
            "format_id",
            "year",
            "currency",
            "price",
        ),
        Index("records_genre_id", "genre_id", "person_id"),
        Index("records_format_id", "format_id", "person_id"),
        Index(
            "records_discogs_key",
            "person_id",
            "discogs_key",
            unique=True,
            **partial("discogs_key IS NOT NULL"),
        ),
        Index("records_discogs_id", "discogs_id", **partial("discogs_id IS NOT NULL")),
        Index("records_cover_sha256", "cover_sha256", **partial("cover_sha256 IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    title: Mapped[Words]
    title_folded: Mapped[Words]
    artist: Mapped[Words]
    artist_folded: Mapped[Words]
    label: Mapped[Words]
    words: Mapped[Words]
    year: Mapped[Count | None]
    genre_id: Mapped[Count]
    format_id: Mapped[Count]
    colour: Mapped[Words | None]
    edition: Mapped[Words | None]
    copy_number: Mapped[Words | None]
    catalogue_number: Mapped[Words | None]
    barcode: Mapped[Words | None]
    remarks: Mapped[Words | None]
    media_condition: Mapped[Words | None]
    sleeve_condition: Mapped[Words | None]
    folder: Mapped[Words | None]
    purchased_on: Mapped[Day]
    price: Mapped[Count | None]
    currency: Mapped[Words]
    rating: Mapped[Count]
    review: Mapped[Words | None]
    is_digitised: Mapped[bool]
    is_active: Mapped[bool]
    removed_on: Mapped[Day | None]
    discogs_id: Mapped[Count | None]
    discogs_key: Mapped[Words | None]
    musicbrainz_id: Mapped[Words | None]
    cover_sha256: Mapped[Words | None]
    cover_address: Mapped[Words | None]
    cover_asked_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class RecordArtist(Base):
    __tablename__ = "record_artists"
    __table_args__ = (
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["artist_id"], ["artists.id"], ondelete="RESTRICT"),
        Index("record_artists_artist_id", "artist_id", "record_id", unique=True),
        {"sqlite_with_rowid": False},
    )

    record_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    artist_id: Mapped[Count]


class RecordLabel(Base):
    __tablename__ = "record_labels"
    __table_args__ = (
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["label_id"], ["labels.id"], ondelete="RESTRICT"),
        Index("record_labels_label_id", "label_id", "record_id", unique=True),
        {"sqlite_with_rowid": False},
    )

    record_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    label_id: Mapped[Count]


class Rating(Base):
    """What a record was given on a day, 1 to 10. The newest by (rated_on, id) is what counts."""

    __tablename__ = "ratings"
    __table_args__ = (
        CheckConstraint("value BETWEEN 1 AND 10", name="value"),
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),
        Index("ratings_record_id", "record_id", "rated_on", "id", "value"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    record_id: Mapped[Count]
    value: Mapped[Count]
    rated_on: Mapped[Day]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class Song(Base):
    """A song on a record: `position` as on the sleeve ("A1"), `seconds` None where unknown."""

    __tablename__ = "songs"
    __table_args__ = (ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),)

    record_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Words | None]
    title: Mapped[Words]
    seconds: Mapped[Count | None]
    is_favourite: Mapped[bool]


class CreditTransaction(Base):
    """One line of a person's ledger; the balance is the sum of `value`.

    `record_text` tells what it was for, also when the record is gone.
    """

    __tablename__ = "credit_transactions"
    __table_args__ = (
        CheckConstraint(
            "kind = 'Initial Load' AND (record_text IS NULL OR value = 0)"
            " OR kind = 'Purchase' AND value IN (-1, 0) AND record_text IS NOT NULL"
            " OR kind = 'Addition' AND value = 1 AND record_id IS NULL AND record_text IS NULL"
            " OR kind = 'Remove' AND value IN (0, 1) AND record_text IS NOT NULL",
            name="kind",
        ),
        CheckConstraint("record_id IS NULL OR record_text IS NOT NULL", name="text"),
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="SET NULL"),
        Index("credit_transactions_booked_on", "person_id", "booked_on", "id", "value"),
        Index("credit_transactions_record_id", "record_id", **partial("record_id IS NOT NULL")),
        Index(
            "credit_transactions_addition",
            "person_id",
            "booked_on",
            unique=True,
            **partial("kind = 'Addition'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    booked_on: Mapped[Day]
    kind: Mapped[Words]
    value: Mapped[Count]
    record_id: Mapped[Count | None]
    record_text: Mapped[Words | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class RecordTurn(Base):
    """A record of the day: the `nth` of that day for that person.

    In one `round` each active record has one turn.
    """

    __tablename__ = "record_turns"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),
        Index("record_turns_record_id", "record_id"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[str] = mapped_column(Text, primary_key=True)
    nth: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    round: Mapped[Count]
    record_id: Mapped[Count]
    created_at: Mapped[Moment]


class ShelfImport(Base):
    """What was brought onto a shelf at once; without `counts` it has not ended.

    `source` is 'discogs-csv', 'csv' or 'discogs'. `cursor` is where a long one goes on.
    """

    __tablename__ = "shelf_imports"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("shelf_imports_public_id", "public_id", unique=True),
        Index("shelf_imports_person_id", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    source: Mapped[Words]
    file_name: Mapped[Words]
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    cursor: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[Moment]
    undone_at: Mapped[Moment | None]


class RecordChange(Base):
    """A record that an import added (without `before`) or changed; what an undo takes back.

    `before` is the whole record as it was, `fingerprint` is of what it became. No foreign key:
    an undo counts what is gone.
    """

    __tablename__ = "record_changes"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["shelf_imports.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    import_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    record_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    fingerprint: Mapped[Words]


class RecordOrigin(Base):
    """What an import last said of a record, so that news there are told from corrections here.

    `source` is 'discogs' or 'csv'. `row_key` is what a row of a table is known by; a copy at
    Discogs is known by its record's `discogs_key`.
    """

    __tablename__ = "record_origins"
    __table_args__ = (
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),
        Index("record_origins_row_key", "row_key", **partial("row_key IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )

    record_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    row_key: Mapped[Words | None]
    said: Mapped[dict[str, Any]] = mapped_column(Json)


class LinkedAccount(Base):
    """An account of a person's elsewhere; `secret` is encrypted with a key outside the database."""

    __tablename__ = "linked_accounts"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("linked_accounts_provider", "person_id", "provider", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    provider: Mapped[Words]
    name: Mapped[Words]
    secret: Mapped[Words]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

"""Films, who watched them when, and the pictures that show them.

A film belongs to the household and says nothing about anybody. What a person
did with it hangs on a source: one Letterboxd account, owned by a person, or by
nobody when a name was only typed in.
"""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Day, Json, Key, Moment, Words
from database.models.tasks import partial


class Film(Base):
    __tablename__ = "films"
    __table_args__ = (
        Index("films_tmdb", "kind", "tmdb_id", unique=True, **partial("tmdb_id IS NOT NULL")),
        Index("films_slug", "slug", unique=True, **partial("slug IS NOT NULL")),
        Index("films_uri", "uri", unique=True, **partial("uri IS NOT NULL")),
        Index("films_title_folded", "title_folded", "year"),
        Index("films_tmdb_state", "tmdb_state", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    kind: Mapped[Words | None]
    tmdb_id: Mapped[Count | None]
    slug: Mapped[Words | None]
    uri: Mapped[Words | None]
    title: Mapped[Words]
    title_folded: Mapped[Words]
    year: Mapped[Count | None]
    director: Mapped[Words | None]
    poster_address: Mapped[Words | None]
    poster_sha256: Mapped[Words | None]
    tmdb_state: Mapped[Words]
    asked_at: Mapped[Moment | None]
    created_at: Mapped[Moment]


class FilmCandidate(Base):
    """One of several films that TMDB knows by the same name; a person settles which is meant."""

    __tablename__ = "film_candidates"
    __table_args__ = (ForeignKeyConstraint(["film_id"], ["films.id"], ondelete="CASCADE"),)

    film_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    tmdb_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[Words]
    year: Mapped[Count | None]
    overview: Mapped[Words | None]


class FilmSource(Base):
    __tablename__ = "film_sources"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index(
            "film_sources_owned",
            "person_id",
            "name_folded",
            unique=True,
            **partial("person_id IS NOT NULL"),
        ),
        # NULL differs from NULL in a unique index, and nobody's sources are unique too.
        Index("film_sources_open", "name_folded", unique=True, **partial("person_id IS NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count | None]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    etag: Mapped[Words | None]
    last_modified: Mapped[Words | None]
    fetched_at: Mapped[Moment | None]
    feed_entries: Mapped[Count | None]
    not_before: Mapped[Moment | None]


class Viewing(Base):
    __tablename__ = "viewings"
    __table_args__ = (
        ForeignKeyConstraint(["source_id"], ["film_sources.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["film_id"], ["films.id"], ondelete="RESTRICT"),
        Index("viewings_nth", "source_id", "film_id", "watched_on", "nth", unique=True),
        Index("viewings_watched_on", "source_id", "watched_on"),
        Index("viewings_film_id", "film_id"),
        # As SQLAlchemy asks for it on SQLite; on PostgreSQL it is `is_uncertain` alone.
        Index("viewings_uncertain", "source_id", **partial("is_uncertain = 1")),
    )

    id: Mapped[Key]
    source_id: Mapped[Count]
    film_id: Mapped[Count]
    watched_on: Mapped[Day]
    nth: Mapped[Count]
    logged_on: Mapped[Day | None]
    half_stars: Mapped[Count | None]
    is_rewatch: Mapped[bool]
    is_liked: Mapped[bool]
    is_uncertain: Mapped[bool]
    review: Mapped[Words | None]
    tags: Mapped[Words | None]
    entry_uri: Mapped[Words | None]
    guid: Mapped[Words | None]
    poster_address: Mapped[Words | None]


class FilmMark(Base):
    """What an account says of a film as such, apart from any viewing."""

    __tablename__ = "film_marks"
    __table_args__ = (
        ForeignKeyConstraint(["source_id"], ["film_sources.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["film_id"], ["films.id"], ondelete="RESTRICT"),
        Index("film_marks_film_id", "film_id"),
    )

    source_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    film_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    watched_on: Mapped[Day | None]
    half_stars: Mapped[Count | None]
    is_liked: Mapped[bool]
    wanted_on: Mapped[Day | None]


class FilmList(Base):
    __tablename__ = "film_lists"
    __table_args__ = (
        ForeignKeyConstraint(["source_id"], ["film_sources.id"], ondelete="CASCADE"),
        Index("film_lists_slug", "source_id", "slug", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    source_id: Mapped[Count]
    slug: Mapped[Words]
    name: Mapped[Words]
    description: Mapped[Words | None]
    made_on: Mapped[Day | None]


class FilmListEntry(Base):
    __tablename__ = "film_list_entries"
    __table_args__ = (
        ForeignKeyConstraint(["list_id"], ["film_lists.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["film_id"], ["films.id"], ondelete="RESTRICT"),
        Index("film_list_entries_film_id", "film_id"),
    )

    list_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    film_id: Mapped[Count]
    note: Mapped[Words | None]


class FilmImport(Base):
    """One export that a person brought, and what came of it."""

    __tablename__ = "film_imports"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["source_id"], ["film_sources.id"], ondelete="CASCADE"),
        Index("film_imports_public_id", "public_id", unique=True),
        Index("film_imports_person_id", "person_id", "id"),
        Index("film_imports_source_id", "source_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    source_id: Mapped[Count]
    file_name: Mapped[Words]
    counts: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[Moment]
    undone_at: Mapped[Moment | None]


class FilmChange(Base):
    """One row that an import added (without `before`) or changed; what an undo takes back."""

    __tablename__ = "film_changes"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["film_imports.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    import_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[Words]
    key: Mapped[list[Any]] = mapped_column(Json)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any]] = mapped_column(Json)


class Picture(Base):
    """The bytes of a poster, once, whatever leads to them; the file is named by the hash."""

    __tablename__ = "pictures"
    __table_args__ = (Index("pictures_used_at", "used_at"),)

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    size: Mapped[Count]
    used_at: Mapped[Moment]
    parts: Mapped[bytes | None] = mapped_column(LargeBinary)


class PictureAddress(Base):
    """What was found at an address. Without `sha256` there was nothing, until `expires_at`."""

    __tablename__ = "picture_addresses"
    __table_args__ = (Index("picture_addresses_sha256", "sha256"),)

    address: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[Words | None]
    etag: Mapped[Words | None]
    last_modified: Mapped[Words | None]
    fetched_at: Mapped[Moment]
    expires_at: Mapped[Moment]

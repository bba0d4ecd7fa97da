"""Films, who watched them when, and the pictures that show them.

A film belongs to the household and says nothing about anybody. What a person
did with it hangs on a source: one Letterboxd account, owned by a person, or by
nobody when a name was only typed in.
"""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, Text, false
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
        Index("films_year", "year", "title_folded"),
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
    is_settled: Mapped[bool] = mapped_column(server_default=false())
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
        # With all that the sums of a year need: the rows themselves are not read for them.
        Index(
            "viewings_watched_on", "source_id", "watched_on", "film_id", "half_stars", "is_rewatch"
        ),
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


class CollectionFilm(Base):
    """A film of a person's collection, summed up from viewings and marks by triggers."""

    __tablename__ = "collection_films"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["film_id"], ["films.id"], ondelete="CASCADE"),
        Index("collection_films_film_id", "film_id"),
        Index("collection_films_half_stars", "person_id", "half_stars"),
        Index("collection_films_last_on", "person_id", "last_on"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    film_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    viewings: Mapped[Count]
    last_on: Mapped[Day]
    half_stars: Mapped[Count]
    is_liked: Mapped[bool]
    is_rewatched: Mapped[bool]


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
    """One export that a person brought, and what came of it; without `counts` it has not ended.

    `source_id` is None once an undo has taken the source away.
    """

    __tablename__ = "film_imports"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["source_id"], ["film_sources.id"], ondelete="SET NULL"),
        Index("film_imports_public_id", "public_id", unique=True),
        Index("film_imports_person_id", "person_id", "id"),
        Index("film_imports_source_id", "source_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    source_id: Mapped[Count | None]
    file_name: Mapped[Words]
    counts: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[Moment]
    undone_at: Mapped[Moment | None]


class FilmChange(Base):
    """One row that an import added (without `before`) or changed; what an undo takes back.

    `key` is the row's id, a list's or a film's, `place` the position in a list. `film_id` is
    the film that an undo needs: it stays as long as that is possible, and follows when two
    films become one. `fingerprint` is of what the row became.
    """

    __tablename__ = "film_changes"
    __table_args__ = (
        ForeignKeyConstraint(["import_id"], ["film_imports.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["film_id"], ["films.id"], ondelete="RESTRICT"),
        Index("film_changes_film_id", "film_id", **partial("film_id IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )

    import_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    film_id: Mapped[Count | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    fingerprint: Mapped[Words]


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
    # Found by the address alone, of which many begin alike: once down the tree, not twice.
    __table_args__ = (
        Index("picture_addresses_sha256", "sha256"),
        {"sqlite_with_rowid": False},
    )

    address: Mapped[str] = mapped_column(Text, primary_key=True)
    sha256: Mapped[Words | None]
    etag: Mapped[Words | None]
    last_modified: Mapped[Words | None]
    fetched_at: Mapped[Moment]
    expires_at: Mapped[Moment]

"""Finished mosaics: what was asked, whose they are, the picture file, the films in it."""

from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Day, Json, Key, Moment, Words
from database.models.tasks import partial


class Mosaic(Base):
    __tablename__ = "mosaics"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["task_id"], ["tasks.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["recipe_id"], ["recipes.id"], ondelete="SET NULL"),
        Index("mosaics_public_id", "public_id", unique=True),
        Index("mosaics_task_id", "task_id", unique=True),
        Index("mosaics_file", "file", unique=True),
        Index("mosaics_name_folded", "name_folded", "created_at"),
        Index("mosaics_person_id", "person_id", "created_at"),
        Index("mosaics_recipe_id", "recipe_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    task_id: Mapped[Count | None]
    person_id: Mapped[Count | None]
    guest_hash: Mapped[Words | None]
    is_shared: Mapped[bool]
    is_for_members: Mapped[bool] = mapped_column(default=False, server_default=false())
    recipe_id: Mapped[Count | None]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    title: Mapped[Words]
    alt: Mapped[Words]
    recipe: Mapped[dict[str, Any]] = mapped_column(Json)
    file: Mapped[Words | None]
    sha256: Mapped[Words]
    size: Mapped[Count]
    width: Mapped[Count]
    height: Mapped[Count]
    # Up to some ten thousand numbers, which few pages need.
    places: Mapped[dict[str, Any] | None] = mapped_column(
        Json, deferred=True, deferred_raiseload=True
    )
    preview_width: Mapped[Count]
    preview_height: Mapped[Count]
    created_at: Mapped[Moment]


class Recipe(Base):
    """A mosaic to be made again and again: what was asked, by a name of its own."""

    __tablename__ = "recipes"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("recipes_public_id", "public_id", unique=True),
        Index("recipes_name_folded", "person_id", "name_folded", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    name: Mapped[Words]
    name_folded: Mapped[Words]
    args: Mapped[dict[str, Any]] = mapped_column(Json)
    is_monthly: Mapped[bool]
    made_for: Mapped[Words | None]
    created_at: Mapped[Moment]


class MosaicFilm(Base):
    """One picture in a mosaic, in reading order, with the words as they were when it was made."""

    __tablename__ = "mosaic_films"
    __table_args__ = (
        ForeignKeyConstraint(["mosaic_id"], ["mosaics.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["film_id"], ["films.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="SET NULL"),
        Index("mosaic_films_film_id", "film_id"),
        ForeignKeyConstraint(["album_id"], ["albums.id"], ondelete="SET NULL"),
        Index("mosaic_films_album_id", "album_id", **partial("album_id IS NOT NULL")),
        Index("mosaic_films_record_id", "record_id", **partial("record_id IS NOT NULL")),
    )

    mosaic_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    film_id: Mapped[Count | None]
    record_id: Mapped[Count | None]
    album_id: Mapped[Count | None]
    title: Mapped[Words]
    year: Mapped[Count | None]
    director: Mapped[Words | None]
    half_stars: Mapped[Count | None]
    watched_on: Mapped[Day | None]
    has_poster: Mapped[bool]

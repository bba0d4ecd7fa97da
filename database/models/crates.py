"""Crates: which dumps there are, saved digs, baskets, and playlists that are made at YouTube.

What is in a dump is not here: it is a file of its own (database/crate_file.py), or a schema of
PostgreSQL (database/crate_postgres.py), put in place of the one before. Whatever a person keeps
stands here with copied names: a release may be gone from the next dump.
"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Day, Json, Key, Moment, Words


class Dump(Base):
    """A file of a monthly dump, as Discogs lists it or a person brought it.

    `version`: YYYYMMDD. `kind`: 'releases', 'masters', 'artists', 'labels'. `sha256` None until
    the list of checksums is there: without it a dump is not complete. `path`: below
    the folder of data, once it is there; `bytes_done`: how much of it.
    """

    __tablename__ = "dumps"
    __table_args__ = (
        Index("dumps_version", "version", "kind", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    version: Mapped[Words]
    kind: Mapped[Words]
    address: Mapped[Words | None]
    size: Mapped[Count | None]
    sha256: Mapped[Words | None]
    etag: Mapped[Words | None]
    path: Mapped[Words | None]
    bytes_done: Mapped[Count]
    problem: Mapped[Words | None]
    noticed_at: Mapped[Moment]
    fetched_at: Mapped[Moment | None]


class CrateImport(Base):
    """A dump that became the crate, or was to. `scope`: 'videos' or 'all'. `name`: of the crate.

    `counts` is None until it has ended, well or not; `problems`: what was put aside.
    """

    __tablename__ = "crate_imports"
    __table_args__ = (
        Index("crate_imports_public_id", "public_id", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    version: Mapped[Words]
    scope: Mapped[Words]
    name: Mapped[Words | None]
    counts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    problems: Mapped[list[Any] | None] = mapped_column(Json)
    created_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]


class Dig(Base):
    """A dig that somebody keeps. `asked`: as its address says it, in one order."""

    __tablename__ = "digs"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("digs_asked", "person_id", "asked", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    name: Mapped[Words]
    asked: Mapped[Words]
    created_at: Mapped[Moment]


class BasketVideo(Base):
    """A video in somebody's basket, once each. `is_chosen`: it goes into a playlist.

    `position` counts upwards as things are put in. `release_id`: Discogs' number of the release
    that it was put in with first.
    """

    __tablename__ = "basket_videos"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("basket_videos_position", "person_id", "position"),
        Index("basket_videos_release_id", "person_id", "release_id"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    video_id: Mapped[Words] = mapped_column(primary_key=True)
    position: Mapped[Count]
    release_id: Mapped[Count]
    artist: Mapped[Words]
    title: Mapped[Words]
    label: Mapped[Words]
    video_title: Mapped[Words]
    seconds: Mapped[Count | None]
    is_chosen: Mapped[bool]
    added_at: Mapped[Moment]


class VideoCheck(Base):
    """Whether a video could be played when it was last asked for. `state`: 'alive', 'gone'."""

    __tablename__ = "video_checks"
    __table_args__ = ({"sqlite_with_rowid": False},)

    video_id: Mapped[Words] = mapped_column(primary_key=True)
    state: Mapped[Words]
    reason: Mapped[Words | None]
    checked_at: Mapped[Moment]


class YoutubePlaylist(Base):
    """A playlist that somebody has filled at YouTube, and how far that is.

    `youtube_id` None until it is made there; `is_existing`: it was theirs before. `part`: of
    several, where one is full. `said`: why it does not go on.
    """

    __tablename__ = "youtube_playlists"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("youtube_playlists_public_id", "public_id", unique=True),
        Index("youtube_playlists_person_id", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    person_id: Mapped[Count]
    title: Mapped[Words]
    description: Mapped[Words]
    youtube_id: Mapped[Words | None]
    is_existing: Mapped[bool]
    part: Mapped[Count]
    said: Mapped[Words | None]
    created_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]


class YoutubeVideo(Base):
    """`state`: 'waiting', 'added', 'dead', 'duplicate', 'failed'; `item_id`: YouTube's, once in.

    It is empty where YouTube was asked to take it and nobody knows yet what came of that.
    """

    __tablename__ = "youtube_videos"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'added', 'dead', 'duplicate', 'failed')", name="state"
        ),
        ForeignKeyConstraint(["playlist_id"], ["youtube_playlists.id"], ondelete="CASCADE"),
        Index("youtube_videos_state", "playlist_id", "state"),
        {"sqlite_with_rowid": False},
    )

    playlist_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    video_id: Mapped[Words]
    title: Mapped[Words]
    state: Mapped[Words]
    reason: Mapped[Words | None]
    item_id: Mapped[Words | None]


class QuotaDay(Base):
    """Units of YouTube's quota that were used on a day in California."""

    __tablename__ = "quota_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[Day] = mapped_column(primary_key=True)
    units: Mapped[Count]

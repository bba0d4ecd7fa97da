"""How tracks and records sound, as sources say, and what was worked out of it."""

from typing import Any

from sqlalchemy import Float, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Json, Key, Moment, Words
from database.models.tasks import partial


class TrackFeatures(Base):
    """What one source says of how a track sounds; sources are never merged away.

    `source`: 'manual', 'spotify', 'csv', 'reccobeats'. The first seven lie between 0 and 1.
    `loudness` in dB, `tempo` in beats a minute, `pitch_class` 0 (C) to 11, `mode` 1 for major.
    """

    __tablename__ = "track_features"
    __table_args__ = (
        ForeignKeyConstraint(["track_id"], ["library_tracks.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["import_id"], ["library_imports.id"], ondelete="SET NULL"),
        Index("track_features_import_id", "import_id", **partial("import_id IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )

    track_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[Words] = mapped_column(primary_key=True)
    danceability: Mapped[float | None] = mapped_column(Float(53))
    energy: Mapped[float | None] = mapped_column(Float(53))
    speechiness: Mapped[float | None] = mapped_column(Float(53))
    acousticness: Mapped[float | None] = mapped_column(Float(53))
    instrumentalness: Mapped[float | None] = mapped_column(Float(53))
    liveness: Mapped[float | None] = mapped_column(Float(53))
    valence: Mapped[float | None] = mapped_column(Float(53))
    loudness: Mapped[float | None] = mapped_column(Float(53))
    tempo: Mapped[float | None] = mapped_column(Float(53))
    pitch_class: Mapped[Count | None]
    mode: Mapped[Count | None]
    time_signature: Mapped[Count | None]
    duration_ms: Mapped[Count | None]
    import_id: Mapped[Count | None]
    fetched_at: Mapped[Moment]


class FeatureAbsence(Base):
    """A source did not know a track; it is not asked again before `until`."""

    __tablename__ = "feature_absences"
    __table_args__ = (
        ForeignKeyConstraint(["track_id"], ["library_tracks.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    track_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[Words] = mapped_column(primary_key=True)
    until: Mapped[Moment]


class RecordSound(Base):
    """How a record sounds: what its album's tracks have in common; every value may be unknown.

    `state`: 'sounds'; 'silent', nobody knows how its tracks sound; 'not_found', no album of the
    library is like it; 'none', somebody said that no album is it. `is_said`: somebody said which
    one it is, or that none is. `sought`: the artists and the title that were looked for.
    `tracks`: of how many the values tell; `left_out`: how many were unlike the others.
    `tried_at`: None where it is to be looked for with the next task.
    """

    __tablename__ = "record_sounds"
    __table_args__ = (
        ForeignKeyConstraint(["record_id"], ["records.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["album_id"], ["library_albums.id"], ondelete="SET NULL"),
        Index("record_sounds_album_id", "album_id", **partial("album_id IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )

    record_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[Words]
    is_said: Mapped[bool]
    sought: Mapped[Words]
    album_id: Mapped[Count | None]
    tracks: Mapped[Count]
    left_out: Mapped[Count]
    danceability: Mapped[float | None] = mapped_column(Float(53))
    energy: Mapped[float | None] = mapped_column(Float(53))
    speechiness: Mapped[float | None] = mapped_column(Float(53))
    acousticness: Mapped[float | None] = mapped_column(Float(53))
    instrumentalness: Mapped[float | None] = mapped_column(Float(53))
    liveness: Mapped[float | None] = mapped_column(Float(53))
    valence: Mapped[float | None] = mapped_column(Float(53))
    loudness: Mapped[float | None] = mapped_column(Float(53))
    tempo: Mapped[float | None] = mapped_column(Float(53))
    pitch_class: Mapped[Count | None]
    mode: Mapped[Count | None]
    time_signature: Mapped[Count | None]
    duration_ms: Mapped[Count | None]
    tried_at: Mapped[Moment | None]


class Analysis(Base):
    """What was worked out of a collection of tracks, and of which tracks.

    `kind`: 'track', 'album', 'playlist', 'artist', 'liked', 'period'; `scope`: the item's id,
    '' or 'YYYY-MM-DD..YYYY-MM-DD'. `version`: of what is in it; one of the same is worked out
    in its place. `digest`: of all that went in, so that the same is not worked out again.
    """

    __tablename__ = "analyses"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("analyses_version", "person_id", "version", unique=True),
        Index("analyses_scope", "person_id", "kind", "scope", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    kind: Mapped[Words]
    scope: Mapped[Words]
    version: Mapped[Words]
    title: Mapped[Words]
    digest: Mapped[Words]
    track_ids: Mapped[list[int]] = mapped_column(Json)
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

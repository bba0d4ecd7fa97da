"""What pages tell of how records sound: lists of them, one alone, albums to choose from."""

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, exists, func, or_, select, text
from sqlalchemy.orm import Session

from core.library import Features
from core.names import fold
from database import record_features
from database.models import (
    LibraryAlbum,
    LibraryAlbumArtist,
    LibraryArtist,
    Record,
    RecordSound,
    Result,
    Task,
)
from database.record_sounds import ACTION, NONE, NOT_FOUND, SILENT, SOUNDS

PAGE = 50
OFFERED = 30
_OPEN = text("status IN ('WAITING', 'PROGRESSING')")


class Wanted(BaseModel):
    """Which records are listed, and in which order."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    which: Literal["sounds", "not_found"] = Field(
        "sounds", description="Those whose sound is known, or those that were not found."
    )
    by: Literal[
        "artist", "danceability", "energy", "speechiness", "acousticness", "instrumentalness",
        "liveness", "valence", "loudness", "tempo", "pitch_class", "mode", "time_signature",
        "duration_ms",
    ] = Field("artist", description="Choose one of these.")  # fmt: skip
    order: Literal["most", "least"] = Field(
        "most", description="Those with the most of it first, or with the least."
    )


class Listed(NamedTuple):
    """A record and how it sounds; `album` is what it was taken for. As in `models.RecordSound`."""

    record_id: int
    artist: str
    title: str
    year: int | None
    state: str
    is_said: bool
    album_id: int | None
    album: str | None
    tracks: int
    left_out: int
    tried_at: int | None
    features: Features


class Counts(NamedTuple):
    """How many active records there are, by what became of them."""

    records: int
    sounds: int
    not_found: int

    @property
    def untried(self) -> int:
        return self.records - self.sounds - self.not_found


class Choice(NamedTuple):
    """An album of the library that a record may be."""

    id: int
    name: str
    credit: str
    release_year: int | None
    tracks: int


def counts(session: Session, person_id: int) -> Counts:
    """Count the active records of a shelf; those that nobody has tried yet are in `records` alone.

    Not found are those, too, of whose album nobody knows how it sounds.
    """
    query = (
        select(
            func.count(),
            func.count().filter(RecordSound.state == SOUNDS),
            func.count().filter(RecordSound.state.in_((SILENT, NOT_FOUND, NONE))),
        )
        .select_from(Record)
        .outerjoin(RecordSound, RecordSound.record_id == Record.id)
        .where(Record.person_id == person_id, Record.is_active)
    )
    return Counts(*session.execute(query).one())


def listed(
    session: Session, person_id: int, wanted: Wanted, *, skip: int = 0, limit: int = PAGE
) -> list[Listed]:
    """Return active records of a shelf; those of which a value is unknown come last."""
    states = (SOUNDS,) if wanted.which == "sounds" else (SILENT, NOT_FOUND, NONE)
    query = _query().where(
        Record.person_id == person_id, Record.is_active, RecordSound.state.in_(states)
    )
    if wanted.by == "artist" or wanted.which != "sounds":
        query = query.order_by(Record.artist_folded, Record.title_folded, Record.id)
    else:
        value = getattr(RecordSound, wanted.by)
        first = value.desc() if wanted.order == "most" else value
        query = query.order_by(value.is_(None), first, Record.id)
    return [_listed(row) for row in session.execute(query.offset(skip).limit(limit))]


def of(session: Session, record_id: int) -> Listed | None:
    """Return how a record sounds; None where nobody has tried to find out."""
    row = session.execute(_query().where(Record.id == record_id)).one_or_none()
    return None if row is None else _listed(row)


def _query() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Record.id,
            Record.artist,
            Record.title,
            Record.year,
            RecordSound.state,
            RecordSound.is_said,
            RecordSound.album_id,
            LibraryAlbum.name,
            RecordSound.tracks,
            RecordSound.left_out,
            RecordSound.tried_at,
            *(getattr(RecordSound, name) for name in Features._fields),
        )
        .join(RecordSound, RecordSound.record_id == Record.id)
        .outerjoin(LibraryAlbum, LibraryAlbum.id == RecordSound.album_id)
    )


def _listed(row: Any) -> Listed:
    values = tuple(row)
    said = len(Listed._fields) - 1
    return Listed._make([*values[:said], Features(*values[said:])])


def last(session: Session, person_id: int) -> dict[str, Any] | None:
    """Return the summary of the last time that all of somebody's records were tried."""
    query = select(Result.body).join(Task, Task.id == Result.task_id)
    query = query.where(Task.person_id == person_id, Task.action == ACTION)
    bodies = session.scalars(query.order_by(Task.id.desc()).limit(20))
    return next((body for body in bodies if body["is_whole_shelf"]), None)


def under_way(session: Session, person_id: int) -> str | None:
    """Return the public id of the open task that tries somebody's records, if there is one."""
    query = select(Task.public_id).where(_OPEN, Task.person_id == person_id, Task.action == ACTION)
    return session.scalar(query.order_by(Task.id).limit(1))


def choices(session: Session, record_id: int, words: str = "") -> list[Choice]:
    """Return albums that hold every one of `words` in their name or their artists'.

    Without a word those of the record's artists.
    """
    query = select(
        LibraryAlbum.id,
        LibraryAlbum.name,
        LibraryAlbum.credit,
        LibraryAlbum.release_year,
        record_features.number_of_tracks(),
    )
    if said := fold(words).split():
        for word in said:
            query = query.where(_holds(word))
    else:
        names = record_features.artists(session, [record_id]).get(record_id, set())
        query = query.where(_by(LibraryArtist.name_folded.in_(sorted(names))))
    query = query.order_by(LibraryAlbum.name_folded, LibraryAlbum.id).limit(OFFERED)
    return [Choice(*row) for row in session.execute(query)]


def _holds(word: str) -> Any:
    in_artist = LibraryArtist.name_folded.contains(word, autoescape=True)
    return or_(LibraryAlbum.name_folded.contains(word, autoescape=True), _by(in_artist))


def _by(is_artist: Any) -> Any:
    return exists().where(
        LibraryAlbumArtist.album_id == LibraryAlbum.id,
        LibraryArtist.id == LibraryAlbumArtist.artist_id,
        is_artist,
    )

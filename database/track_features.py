"""How tracks sound, as each source says; what a source did not know rests for a while.

One row for each track and source. What a file or a service says again leaves what it does not
say as it was; what a person says takes the place of all that they said before.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.feature_values import checked, is_empty
from core.library import FEATURE_SOURCES, FIELDS, Features, TrackKey
from database.feature_winners import Known, winners
from database.models import FeatureAbsence, LibraryArtist, LibraryTrack, LibraryTrackArtist
from database.models import TrackFeatures as Row
from database.play_rows import in_many, write_many

__all__ = ["Known", "winners"]

MANUAL = "manual"
_MANY = 2_000
_COLUMNS = ", ".join(Features._fields)
_PUT = f"""
    INSERT INTO track_features (track_id, source, {_COLUMNS}, import_id, fetched_at)
    VALUES (:track_id, :source, :{_COLUMNS.replace(", ", ", :")}, :import_id, :fetched_at)
    ON CONFLICT (track_id, source)
    DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in Features._fields)},
                  import_id = excluded.import_id, fetched_at = excluded.fetched_at
"""  # noqa: S608 - names of columns of ours
_ABSENT = """
    INSERT INTO feature_absences (track_id, source, until)
    VALUES (:track_id, :source, :until)
    ON CONFLICT (track_id, source) DO UPDATE SET until = excluded.until
"""

_Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Manual(BaseModel):
    """What a person says of how a track sounds; what is left empty others may say."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    danceability: _Unit | None = Field(None, description="0 to 1, 1 for the most.")
    energy: _Unit | None = Field(None, description="0 to 1, 1 for the most.")
    speechiness: _Unit | None = Field(None, description="0 to 1, 1 for speech alone.")
    acousticness: _Unit | None = Field(None, description="0 to 1, 1 for the most.")
    instrumentalness: _Unit | None = Field(None, description="0 to 1, 1 without voice.")
    liveness: _Unit | None = Field(None, description="0 to 1, 1 with an audience.")
    valence: _Unit | None = Field(None, description="0 to 1, 1 for the happiest.")
    loudness: float | None = Field(
        None, ge=-100, le=20, allow_inf_nan=False, description="In dB, -100 to 20: about -8."
    )
    tempo: float | None = Field(
        None, ge=0, le=400, allow_inf_nan=False, description="Beats a minute, 0 to 400."
    )
    pitch_class: int | None = Field(None, ge=0, le=11, description="0 for C to 11 for B.")
    mode: int | None = Field(None, ge=0, le=1, description="1 for major, 0 for minor.")
    time_signature: int | None = Field(
        None, ge=1, le=16, description="Beats in a bar, 1 to 16: mostly 4."
    )

    def features(self) -> Features:
        return Features(**self.model_dump())


class Sourced(NamedTuple):
    """What one source says of a track. `fetched_at`: since when."""

    source: str
    features: Features
    fetched_at: int


def put(
    session: Session,
    source: str,
    rows: Sequence[tuple[int, Features]],
    import_id: int | None = None,
) -> int:
    """Keep what a source says of tracks; return of how many it says something new.

    Values that make no sense are left out, and so are tracks of which nothing is said; a person
    who says nothing takes back what they said. Of two rows of one track each field is the last
    one's that says it.
    """
    said: dict[int, Features] = {}
    for track_id, features in rows:
        said[track_id] = over(checked(features), said.get(track_id))
    written = 0
    ids = sorted(said)
    for start in range(0, len(ids), _MANY):
        part = {track_id: said[track_id] for track_id in ids[start : start + _MANY]}
        written += _put(session, source, part, import_id)
    return written


def _put(session: Session, source: str, said: dict[int, Features], import_id: int | None) -> int:
    before = _stored(session, source, said)
    if source != MANUAL:
        said = {track_id: over(new, before.get(track_id)) for track_id, new in said.items()}
    news = {
        track_id: features
        for track_id, features in said.items()
        if features != before.get(track_id) and not is_empty(features)
    }
    if source == MANUAL:
        for track_id in (one for one in before if is_empty(said[one])):
            clear_manual(session, track_id)
    shared = {"source": source, "import_id": import_id, "fetched_at": clock.now()}
    rows = [
        {"track_id": track_id} | shared | features._asdict() for track_id, features in news.items()
    ]
    write_many(session, _PUT, rows)
    _found(session, source, news)
    return len(news)


def over(new: Features, old: Features | None) -> Features:
    """Return what is said now, and what was said before where it says nothing."""
    if old is None:
        return new
    pairs = zip(new, old, strict=True)
    return Features._make([was if said is None else said for said, was in pairs])


def _stored(session: Session, source: str, track_ids: Collection[int]) -> dict[int, Features]:
    query = select(Row.track_id, *(getattr(Row, name) for name in Features._fields))
    query = query.where(Row.source == source)
    found = in_many(session, query, Row.track_id, track_ids)
    return {row[0]: Features(*row[1:]) for row in found}


def _found(session: Session, source: str, track_ids: Collection[int]) -> None:
    """Forget that a source did not know these."""
    query = select(FeatureAbsence.track_id).where(FeatureAbsence.source == source)
    for row in list(in_many(session, query, FeatureAbsence.track_id, track_ids)):
        gone = delete(FeatureAbsence).where(
            FeatureAbsence.track_id == row.track_id, FeatureAbsence.source == source
        )
        session.execute(gone)


def clear_manual(session: Session, track_id: int) -> None:
    """Take back what a person said of a track."""
    session.execute(delete(Row).where(Row.track_id == track_id, Row.source == MANUAL))


def absent(session: Session, source: str, track_ids: Collection[int], until: int) -> None:
    """Note that a source does not know these tracks; it is not asked again before `until`."""
    rows = [
        {"track_id": track_id, "source": source, "until": until} for track_id in sorted(track_ids)
    ]
    write_many(session, _ABSENT, rows)


def unknown(
    session: Session,
    source: str,
    track_ids: Collection[int],
    now: int,
    fields: Sequence[str] = FIELDS,
) -> list[TrackKey]:
    """Return those tracks that a source may be asked about, by id.

    Left out are those that it has told of, those it did not know of late, and those of which
    nobody needs it: all of `fields` are known.
    """
    ids = sorted(set(track_ids))
    keys: list[TrackKey] = []
    for start in range(0, len(ids), _MANY):
        part = ids[start : start + _MANY]
        lacking = {
            track_id
            for track_id, known in winners(session, part).items()
            if not set(fields) <= known.sources.keys()
        }
        keys += _askable(session, source, lacking, now)
    return keys


def _askable(
    session: Session, source: str, track_ids: Collection[int], now: int
) -> Iterator[TrackKey]:
    told = exists().where(Row.track_id == LibraryTrack.id, Row.source == source)
    rests = exists().where(
        FeatureAbsence.track_id == LibraryTrack.id,
        FeatureAbsence.source == source,
        FeatureAbsence.until > now,
    )
    primary = (
        select(LibraryArtist.name)
        .join(LibraryTrackArtist, LibraryTrackArtist.artist_id == LibraryArtist.id)
        .where(LibraryTrackArtist.track_id == LibraryTrack.id, LibraryTrackArtist.position == 0)
        .scalar_subquery()
    )
    query = select(
        LibraryTrack.id,
        LibraryTrack.spotify_id,
        LibraryTrack.isrc,
        LibraryTrack.name,
        func.coalesce(primary, LibraryTrack.credit),
        LibraryTrack.duration_ms,
    ).where(~told, ~rests)
    found = in_many(session, query.order_by(LibraryTrack.id), LibraryTrack.id, sorted(track_ids))
    return (TrackKey(*row) for row in found)


def known(session: Session, track_ids: Collection[int]) -> tuple[int, int]:
    """Return of how many tracks somebody says something, and of how many in all."""
    ids = sorted(set(track_ids))
    query = select(Row.track_id).distinct()
    return sum(1 for _ in in_many(session, query, Row.track_id, ids)), len(ids)


_OF_ONE = text(f"""
    SELECT source, fetched_at, {_COLUMNS} FROM track_features WHERE track_id = :track_id
""")  # noqa: S608 - names of columns of ours


def sources(session: Session, track_id: int) -> list[Sourced]:
    """Return what each source says of a track, whom is believed first at the front."""
    rows: Sequence[Any] = session.execute(_OF_ONE, {"track_id": track_id}).all()
    found = [Sourced(row.source, Features(*row[2:]), row.fetched_at) for row in rows]
    return sorted(found, key=lambda one: FEATURE_SOURCES.index(one.source))

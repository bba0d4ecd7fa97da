"""How tracks sound as files say it: any of several that tell of one track can be taken back."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from core.feature_values import checked, is_empty
from core.library import Features
from database import library_statements, track_features
from database.library_statements import FEATURES, Statement
from database.models import LibraryImport, LibraryStatement, TrackFeatures
from database.play_rows import among, in_many, write_many

SOURCE = "csv"
_CHANGE = f"""
    UPDATE track_features
       SET {", ".join(f"{name} = :{name}" for name in Features._fields)}, import_id = :import_id
     WHERE track_id = :track_id AND source = '{SOURCE}'
"""  # noqa: S608 - names of columns of ours


class _Told(NamedTuple):
    """What is stored of a track, and with which import it came."""

    import_id: int
    features: Features


def put(session: Session, import_id: int, rows: Sequence[tuple[int, Features]]) -> int:
    """Keep how tracks sound as an import says; return of how many that is news."""
    said = {track_id: checked(features) for track_id, features in rows}
    said = {track_id: one for track_id, one in said.items() if not is_empty(one)}
    _keep_apart(session, import_id, said)
    return track_features.put(session, SOURCE, list(said.items()), import_id)


def _keep_apart(session: Session, import_id: int, said: Mapping[int, Features]) -> None:
    """Keep what each says of those tracks of which another import has told, too.

    Somebody who says the same once more says nothing: it came with the first.
    """
    told = _told(session, import_id, said)
    apart = library_statements.of(session, FEATURES, told)
    own = _imports_beside(session, import_id)
    kept: list[Statement] = []
    for track_id, known in told.items():
        noted = {one.import_id for one in apart.get(track_id, ())}
        is_news = track_features.over(said[track_id], known.features) != known.features
        if not is_news and {known.import_id, *noted} & own:
            continue
        if known.import_id not in noted:
            kept.append(Statement(track_id, known.import_id, known.features))
        kept.append(Statement(track_id, import_id, said[track_id]))
    library_statements.keep(session, FEATURES, kept)


def _told(session: Session, import_id: int, said: Mapping[int, Features]) -> dict[int, _Told]:
    fields = (getattr(TrackFeatures, name) for name in Features._fields)
    query = select(TrackFeatures.track_id, TrackFeatures.import_id, *fields).where(
        TrackFeatures.source == SOURCE, TrackFeatures.import_id != import_id
    )
    rows = in_many(session, query, TrackFeatures.track_id, said)
    return {row[0]: _Told(row[1], Features(*row[2:])) for row in rows}


def _imports_beside(session: Session, import_id: int) -> set[int]:
    """Return all imports of the person whose import it is."""
    whose = select(LibraryImport.person_id).where(LibraryImport.id == import_id)
    theirs = LibraryImport.person_id == whose.scalar_subquery()
    return set(session.scalars(select(LibraryImport.id).where(theirs)))


def number(session: Session, import_id: int) -> int:
    """Return of how many tracks an import says how they sound."""
    apart = select(LibraryStatement.item_id).where(
        LibraryStatement.kind == FEATURES, LibraryStatement.import_id == import_id
    )
    query = select(func.count()).where(
        TrackFeatures.source == SOURCE,
        or_(TrackFeatures.import_id == import_id, TrackFeatures.track_id.in_(apart)),
    )
    return session.scalar(query) or 0


def take_back(session: Session, import_id: int, limit: int) -> list[int]:
    """Take back what an import says of up to `limit` tracks; return them.

    What others say of them is what is stored then, with all that only they said.
    """
    ids = _of(session, import_id, limit)
    library_statements.forget(session, FEATURES, import_id, ids)
    left = library_statements.of(session, FEATURES, ids)
    write_many(session, _CHANGE, [_merged(told) for told in left.values()])
    gone = delete(TrackFeatures).where(
        among(session, TrackFeatures.track_id, [one for one in ids if one not in left]),
        TrackFeatures.source == SOURCE,
        TrackFeatures.import_id == import_id,
    )
    session.execute(gone, execution_options={"synchronize_session": False})
    return ids


def _of(session: Session, import_id: int, limit: int) -> list[int]:
    stored = select(TrackFeatures.track_id).where(TrackFeatures.import_id == import_id)
    apart = select(LibraryStatement.item_id).where(
        LibraryStatement.import_id == import_id, LibraryStatement.kind == FEATURES
    )
    found = {
        *session.scalars(stored.order_by(TrackFeatures.track_id).limit(limit)),
        *session.scalars(apart.order_by(LibraryStatement.item_id).limit(limit)),
    }
    return sorted(found)[:limit]


def _merged(told: Sequence[Statement]) -> dict[str, Any]:
    """Return what several imports say of a track, each field by the latest that says it."""
    features = Features()
    for one in told:
        features = track_features.over(Features(*one.said), features)
    return {"track_id": told[0].item_id, "import_id": told[-1].import_id} | features._asdict()

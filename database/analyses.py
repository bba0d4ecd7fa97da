"""Analyses that were made: one for each version of what is in a collection of tracks.

What is worked out again and comes to the same is not written again. Of one thing no more than
the newest MOST versions are kept.
"""

import json
from collections.abc import Collection as Several
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.analysis import Computation
from core.errors import NotFound
from database import analysis_sums
from database.analysed import Collection, collection
from database.models import Analysis
from database.play_rows import in_many

__all__ = ["Collection", "collection"]

MOST = 50  # versions of one thing

_KEEP = text("""
    INSERT INTO analyses (person_id, kind, scope, version, title, digest, track_ids, data,
                          created_at, updated_at)
         VALUES (:person_id, :kind, :scope, :version, :title, :digest, :track_ids, :data,
                 :now, :now)
    ON CONFLICT (person_id, version)
      DO UPDATE SET title = excluded.title, digest = excluded.digest,
                    track_ids = excluded.track_ids, data = excluded.data,
                    updated_at = excluded.updated_at
      RETURNING id
""")
_LISTED = (
    Analysis.id,
    Analysis.scope,
    Analysis.version,
    Analysis.title,
    Analysis.created_at,
    Analysis.updated_at,
)


class Shown(NamedTuple):
    """An analysis: of what, and what was worked out."""

    id: int
    kind: str
    scope: str
    version: str
    title: str
    track_ids: list[int]
    data: Computation
    created_at: int
    updated_at: int


class Version(NamedTuple):
    """An analysis in a list."""

    id: int
    scope: str
    version: str
    title: str
    created_at: int
    updated_at: int


class Made(NamedTuple):
    """An analysis that was worked out. `id`: of the one that stands and says the same, or None."""

    collection: Collection
    digest: str
    data: Computation
    id: int | None


def make(
    session: Session, person_id: int, wanted: Collection, problems: Sequence[str] = ()
) -> Made:
    """Work out an analysis, unless the one that stands comes from the very same; writes nothing."""
    digest = analysis_sums.digest(session, wanted, problems)
    query = select(Analysis.id, Analysis.digest, Analysis.data)
    query = query.where(Analysis.person_id == person_id, Analysis.version == wanted.version)
    before = session.execute(query).one_or_none()
    if before is not None and before.digest == digest:
        return Made(wanted, digest, Computation.model_validate(before.data), before.id)
    return Made(wanted, digest, analysis_sums.work_out(session, wanted, problems), None)


def keep(session: Session, person_id: int, made: Made) -> int:
    """Keep an analysis in the place of one of the same version; return its id.

    The versions before the newest MOST go.
    """
    if made.id is not None:
        return made.id
    wanted = made.collection
    row = {
        "person_id": person_id,
        "kind": wanted.kind,
        "scope": wanted.scope,
        "version": wanted.version,
        "title": wanted.title,
        "digest": made.digest,
        "track_ids": json.dumps(wanted.track_ids, separators=(",", ":")),
        "data": made.data.model_dump_json(),
        "now": clock.now(),
    }
    analysis_id = int(session.execute(_KEEP, row).scalar_one())
    _drop_old(session, person_id, wanted)
    return analysis_id


def _drop_old(session: Session, person_id: int, wanted: Collection) -> None:
    query = select(Analysis.id).where(*_of(person_id, wanted.kind, wanted.scope))
    # By moments: what has come back to an old version is new again, and its number is old.
    old = query.order_by(Analysis.updated_at.desc(), Analysis.id.desc()).offset(MOST).limit(MOST)
    if ids := session.scalars(old).all():
        session.execute(delete(Analysis).where(Analysis.id.in_(ids)))


def get(session: Session, person_id: int, analysis_id: int) -> Shown:
    """Return an analysis of a person's.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.get(Analysis, analysis_id)
    if found is None or found.person_id != person_id:
        raise NotFound("analysis", analysis_id)
    return _shown(found)


def latest(session: Session, person_id: int, kind: str, scope: str) -> Shown | None:
    """Return what was last worked out of something, or None."""
    query = select(Analysis).where(*_of(person_id, kind, scope))
    found = session.scalar(query.order_by(Analysis.updated_at.desc(), Analysis.id.desc()).limit(1))
    return None if found is None else _shown(found)


def versions(
    session: Session, person_id: int, kind: str, scope: str, *, limit: int = MOST
) -> list[Version]:
    """Return the analyses of something, the newest first."""
    query = select(*_LISTED).where(*_of(person_id, kind, scope))
    rows = session.execute(query.order_by(Analysis.id.desc()).limit(limit))
    return [Version(*row) for row in rows]


def listed(session: Session, person_id: int, kind: str, *, limit: int = 100) -> list[Version]:
    """Return the newest analysis of each thing of a kind, those worked out last first."""
    newest = (
        select(func.max(Analysis.id))
        .where(Analysis.person_id == person_id, Analysis.kind == kind)
        .group_by(Analysis.scope)
    )
    query = select(*_LISTED).where(Analysis.id.in_(newest))
    rows = session.execute(query.order_by(Analysis.updated_at.desc(), Analysis.id).limit(limit))
    return [Version(*row) for row in rows]


def analysed(session: Session, person_id: int, kind: str, item_ids: Several[int]) -> set[int]:
    """Return those things of a kind that were ever analysed for a person."""
    query = select(Analysis.scope).where(Analysis.person_id == person_id, Analysis.kind == kind)
    scopes = [str(item_id) for item_id in item_ids]
    return {int(row.scope) for row in in_many(session, query, Analysis.scope, scopes)}


def _of(person_id: int, kind: str, scope: str) -> tuple[ColumnElement[bool], ...]:
    return (Analysis.person_id == person_id, Analysis.kind == kind, Analysis.scope == scope)


def _shown(row: Analysis) -> Shown:
    return Shown(
        row.id,
        row.kind,
        row.scope,
        row.version,
        row.title,
        row.track_ids,
        Computation.model_validate(row.data),
        row.created_at,
        row.updated_at,
    )

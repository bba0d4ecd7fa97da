"""Dumps that became the crate, or were to: begun and ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core import clock
from database.models import CrateImport


def begin(session: Session, public_id: str, version: str, scope: str) -> None:
    """Keep that an import begins; once more is the same. `public_id`: its task's."""
    if session.scalar(select(CrateImport.id).where(CrateImport.public_id == public_id)) is None:
        made = CrateImport(
            public_id=public_id, version=version, scope=scope, created_at=clock.now()
        )
        session.add(made)


def finish(
    session: Session,
    public_id: str,
    *,
    name: str | None,
    counts: Mapping[str, int],
    problems: Sequence[Mapping[str, Any]],
) -> None:
    """Keep how an import ended. `name`: of the crate that serves from now on, None: it failed.

    `problems`: {"record", "release_id", "reason", "start"} of each that was put aside; of a
    failure the reason alone.
    """
    session.execute(
        update(CrateImport)
        .where(CrateImport.public_id == public_id)
        .values(name=name, counts=dict(counts), problems=list(problems), finished_at=clock.now())
    )


def releases_before(session: Session, scope: str) -> int:
    """Return how many releases the last crate of that scope had, 0: there was none."""
    query = select(CrateImport.counts).where(
        CrateImport.scope == scope, CrateImport.name.is_not(None)
    )
    counts = session.scalar(query.order_by(CrateImport.id.desc()).limit(1))
    return int(counts["releases"]) if counts else 0

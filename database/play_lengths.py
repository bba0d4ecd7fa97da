"""Plays whose length was a guess are summed up anew when a track's length becomes known."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.plays import Source, Standing
from database import listeners, play_standing, play_sums
from database.models import Listener, Play, PlayContext, Track
from database.play_rows import in_many, write_many
from database.play_standing import Facts

_WRITE = "UPDATE plays SET ms = :ms, standing = :standing WHERE id = :id"


def apply(session: Session, track_ids: Sequence[int]) -> None:
    """Count the plays of tracks whose length has just been learnt. Under the lock of listening."""
    same = select(Track.id, Track.counts_as)
    wanted = {*track_ids, *(row.id for row in in_many(session, same, Track.counts_as, track_ids))}
    query = (
        select(
            Play.id,
            Play.person_id,
            Play.source,
            Play.ms_played,
            Play.ms,
            Play.standing,
            Play.track_id,
            PlayContext.reason_end,
            Listener.rule,
        )
        .join(Listener, Listener.person_id == Play.person_id)
        .outerjoin(PlayContext, PlayContext.id == Play.context_id)
        .where(
            or_(
                (Play.ms_played.is_(None)) & (Play.ms == 0),
                (Listener.rule == "half")
                & Play.standing.in_((int(Standing.COUNTED), int(Standing.SHORT))),
            )
        )
    )
    lengths = _lengths(session, wanted)
    changed = []
    people = set()
    for row in in_many(session, query, Play.track_id, sorted(wanted)):
        new = _now(row, lengths[row.track_id])
        if (new["ms"], new["standing"]) != (row.ms, row.standing):
            changed.append(new)
            people.add(row.person_id)
    if not changed:
        return
    ids = [new["id"] for new in changed]
    play_sums.take_ids(session, ids)
    write_many(session, _WRITE, changed)
    play_sums.add_ids(session, ids)
    listeners.touch(session, people)


def _lengths(session: Session, track_ids: set[int]) -> dict[int, int | None]:
    query = select(Track.id, Track.counts_as, Track.duration_ms)
    rows = list(in_many(session, query, Track.id, sorted(track_ids)))
    own = {row.id: row.duration_ms for row in rows}
    return {row.id: row.duration_ms or own.get(row.counts_as) for row in rows}


def _now(row: Any, duration_ms: int | None) -> dict[str, Any]:
    counts = row.standing
    if counts in (Standing.COUNTED, Standing.SHORT):
        facts = Facts(Source(row.source), "music", row.ms_played, duration_ms, row.reason_end)
        counts = int(play_standing.standing(facts, row.rule))
    is_guess = row.ms_played is None and row.ms == 0
    ms = play_standing.listened(None, duration_ms) if is_guess else row.ms
    return {"id": row.id, "ms": ms, "standing": counts}

"""How long tracks are, by what plays say of them, and plays that are summed up by that.

A track is as long as the shortest that any play of it says. So it does not matter who says it
first, and what an import said goes with it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.plays import Source, Standing
from database import listeners, play_standing, play_sums
from database.models import Listener, Play, PlayContext, Track
from database.play_rows import in_many, pairs, write_many
from database.play_standing import Facts

_WRITE = "UPDATE plays SET ms = :ms, standing = :standing WHERE id = :id"
_BY_LENGTH = (int(Standing.COUNTED), int(Standing.SHORT))


def unlearn(session: Session, said: Iterable[tuple[int, int | None]]) -> None:
    """Let tracks be as long as their plays say, now that some are gone, and sum up anew.

    `said`: the track and the `duration_ms` of each play that is gone. Under the lock of
    listening.
    """
    told: dict[int, int] = {}
    for track_id, ms in said:
        if ms:
            told[track_id] = min(ms, told.get(track_id, ms))
    known = pairs(session, select(Track.id, Track.duration_ms), Track.id, list(told))
    doubtful = [track_id for track_id, ms in told.items() if known.get(track_id) == ms]
    shortest = select(Play.track_id, func.min(Play.duration_ms)).group_by(Play.track_id)
    left = pairs(session, shortest, Play.track_id, doubtful)
    changed = [id_ for id_ in doubtful if left.get(id_) != known[id_]]
    rows = [{"id": id_, "ms": left.get(id_)} for id_ in sorted(changed)]
    write_many(session, "UPDATE tracks SET duration_ms = :ms WHERE id = :id", rows)
    apply(session, changed)


def apply(session: Session, track_ids: Collection[int]) -> None:
    """Sum up the plays of tracks whose length is another now. Under the lock of listening."""
    if not track_ids:
        return
    same = select(Track.id)
    others = (row.id for row in in_many(session, same, Track.counts_as, track_ids))
    wanted = sorted({*track_ids, *others})
    rows = list(in_many(session, _plays(), Play.track_id, wanted))
    told = _told_by_others(session, [row.id for row in rows if row.ms_played is None])
    changed = []
    for row in rows:
        ms, counts = _now(row, is_told=row.id in told)
        if (ms, counts) != (row.ms, row.standing):
            changed.append({"id": row.id, "ms": ms, "standing": counts})
    if not changed:
        return
    ids = [one["id"] for one in changed]
    play_sums.take_ids(session, ids)
    write_many(session, _WRITE, changed)
    play_sums.add_ids(session, ids)
    people = {row.id: row.person_id for row in rows}
    listeners.touch(session, {people[id_] for id_ in ids})


def _plays() -> Any:
    same = aliased(Track)
    by_length = (Listener.rule == "half") & Play.standing.in_(_BY_LENGTH)
    return (
        select(
            Play.id,
            Play.person_id,
            Play.source,
            Play.ms_played,
            Play.ms,
            Play.standing,
            func.coalesce(Track.duration_ms, same.duration_ms).label("duration_ms"),
            PlayContext.reason_end,
            Listener.rule,
        )
        .join(Listener, Listener.person_id == Play.person_id)
        .join(Track, Track.id == Play.track_id)
        .outerjoin(same, same.id == Track.counts_as)
        .outerjoin(PlayContext, PlayContext.id == Play.context_id)
        .where(or_(Play.ms_played.is_(None), by_length))
    )


def _told_by_others(session: Session, play_ids: Sequence[int]) -> set[int | None]:
    """Return those plays of which another source says how long they were heard."""
    query = select(Play.duplicate_of).where(Play.ms_played.is_not(None))
    return {row.duplicate_of for row in in_many(session, query, Play.duplicate_of, play_ids)}


def _now(row: Row[*tuple[Any, ...]], *, is_told: bool) -> tuple[int, int]:
    if row.ms_played is None:
        ms = row.ms if is_told else play_standing.listened(None, row.duration_ms)
        return ms, row.standing
    facts = Facts(Source(row.source), "music", row.ms_played, row.duration_ms, row.reason_end)
    counts = row.standing
    if counts in _BY_LENGTH:
        counts = int(play_standing.standing(facts, row.rule))
    return row.ms, counts

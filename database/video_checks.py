"""Whether videos can still be played, as it was when YouTube was asked last; kept for weeks."""

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Exists, delete, exists, func, select, text
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict
from database import baskets, quota, tasks
from database.baskets import GONE
from database.models import BasketVideo, VideoCheck
from database.owner import Owner
from database.tasks import Enqueued

CHECK = "check_videos"
GOOD_FOR = 28 * clock.DAY
_KEEP = text("""
    INSERT INTO video_checks (video_id, state, reason, checked_at)
         VALUES (:video_id, :state, :reason, :now)
    ON CONFLICT (video_id) DO UPDATE
       SET state = excluded.state, reason = excluded.reason, checked_at = excluded.checked_at
""")


class Look(NamedTuple):
    """What was found of a video: 'alive' or 'gone', and what there is to say about it."""

    state: str
    reason: str | None = None


def key(person_id: int) -> str:
    """Return the key of the task that looks at somebody's basket: there is one at a time."""
    return f"{CHECK}:{person_id}"


def due(session: Session, person_id: int) -> list[str]:
    """Return the videos in somebody's basket that nobody has looked at for weeks, in order."""
    query = select(BasketVideo.video_id).where(BasketVideo.person_id == person_id, ~_looked_at())
    return list(session.scalars(query.order_by(BasketVideo.position)))


def count_due(session: Session, person_id: int) -> int:
    query = select(func.count()).select_from(BasketVideo)
    return session.scalar(query.where(BasketVideo.person_id == person_id, ~_looked_at())) or 0


def _looked_at() -> Exists:
    since = clock.now() - GOOD_FOR
    return exists().where(
        VideoCheck.video_id == BasketVideo.video_id, VideoCheck.checked_at > since
    )


def keep(session: Session, looks: Mapping[str, Look]) -> None:
    """Keep what was found; what is gone, and was not before, is chosen in no basket any more."""
    now = clock.now()
    gone = {id_ for id_, look in looks.items() if look.state == GONE}
    known = select(VideoCheck.video_id).where(
        VideoCheck.video_id.in_(gone), VideoCheck.state == GONE
    )
    fresh = gone.difference(session.scalars(known))
    # In one order: two that write the same rows never wait for each other.
    rows = [
        {"video_id": id_, "state": look.state, "reason": look.reason, "now": now}
        for id_, look in sorted(looks.items())
    ]
    if rows:
        session.execute(_KEEP, rows)
    if fresh:
        baskets.leave_out(session, fresh)


def forget(session: Session, before: int) -> int:
    """Drop what was found before that moment; return how many."""
    query = delete(VideoCheck).where(VideoCheck.checked_at < before)
    done = query.returning(VideoCheck.video_id)
    return len(session.scalars(done, execution_options={"synchronize_session": False}).all())


def ask(session: Session, owner: Owner, person_id: int) -> Enqueued:
    """Have the videos in somebody's basket looked at, of which that is due.

    Raises:
        Conflict: that is none.
        TooMany: too much of theirs is open already.
    """
    if not count_due(session, person_id):
        raise Conflict("All of the videos in your basket were looked at of late.")
    placed = tasks.enqueue(
        session,
        CHECK,
        {"person_id": person_id},
        owner=owner,
        lane=tasks.LONG,
        dedup_key=key(person_id),
    )
    quota.check(session, owner)
    return placed

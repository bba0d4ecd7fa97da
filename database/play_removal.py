"""Takes plays away for good, with all that they told: for undoing what brought them."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from database import play_lengths, play_settling, play_sums
from database.models import Play
from database.play_rows import in_many


def remove(session: Session, play_ids: Sequence[int]) -> None:
    """Remove these plays, and let those around them stand as if they had never been.

    Some thousand at a time, under the lock of listening.
    """
    query = select(Play.person_id, Play.started_at, Play.track_id, Play.duration_ms)
    rows = list(in_many(session, query, Play.id, play_ids))
    play_sums.take_ids(session, play_ids)
    gone = delete(Play).where(Play.id.in_(play_ids))
    session.execute(gone, execution_options={"synchronize_session": False})
    play_lengths.unlearn(session, [(row.track_id, row.duration_ms) for row in rows])
    for person_id in {row.person_id for row in rows}:
        moments = [row.started_at for row in rows if row.person_id == person_id]
        play_settling.settle(session, person_id, moments, everything=True)

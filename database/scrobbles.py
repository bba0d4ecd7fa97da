"""Plays that players send, live: the way in for all protocols of scrobblers."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core.plays import Heard
from database import relays
from database.play_intake import Intake, Taken


def keep(
    session: Session, person_id: int, heard: Sequence[Heard], *, is_live: bool = True
) -> Taken:
    """Keep plays that somebody's player sends; those that are known stay as they are.

    What is not `is_live`, but an old history that a client brings, is not sent on to where
    the person lets their plays be sent.
    """
    if is_live:
        relays.enqueue(session, person_id, heard)
    return Intake(person_id).take(session, heard)

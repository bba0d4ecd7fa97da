"""Plays that players send, live: the way in for all protocols of scrobblers."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.plays import Context, Heard, Named
from database import now_playing, play_intake, relays
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


def play_now(  # noqa: PLR0913 - by name
    session: Session,
    person_id: int,
    named: Named,
    context: Context,
    *,
    artist: str,
    duration_ms: int | None,
    info: Mapping[str, Any] | None = None,
) -> None:
    """Note what is heard from now on, as somebody's player says; some players are a child's."""
    now_playing.say(
        session,
        who_plays(session, person_id, context),
        named,
        artist=artist,
        duration_ms=duration_ms,
        client=context.client or "",
        info=info,
    )


def who_plays(session: Session, person_id: int, context: Context) -> int:
    """Return who hears what this player of somebody's plays now: they, or a child of theirs."""
    return play_intake.whose(session, person_id, context, clock.now())

"""How fast a provider may be asked by all processes together, and how often it was today.

The quota is the whole house's: what one process reserves no other has, and a worker that is
started anew does not ask a provider that wants to be left alone. Turns are reserved by the
handful, so that a memory card is written to once for many calls.
"""

from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from database.models import ProviderPace

# Further off, the clock was wrong: longer than any Retry-After that is heeded, and any queue.
_LONGEST_REST = 25 * clock.HOUR
_LONGEST_QUEUE = clock.MINUTE
_ADD = text("""
    INSERT INTO provider_paces (provider, free_at, day, calls)
         VALUES (:provider, 0, :day, 0)
    ON CONFLICT (provider) DO NOTHING
""")
_RESERVE = text("""
    UPDATE provider_paces
       SET free_at = :free_at,
           calls   = CASE WHEN day = :day THEN calls ELSE 0 END + :turns,
           day     = :day
     WHERE provider = :provider
""")
_GIVE_BACK = text("""
    UPDATE provider_paces
       SET free_at = free_at - :ms,
           calls   = CASE WHEN day = :day AND calls > :turns THEN calls - :turns ELSE 0 END,
           day     = :day
     WHERE provider = :provider
""")
_REST = text("""
    UPDATE provider_paces
       SET rest_until = :until,
           said       = :said
     WHERE provider = :provider
""")


class Rest(NamedTuple):
    """Nobody asks before `until`. `said`: why, if that is more than haste."""

    until: int
    said: str | None


class Standing(NamedTuple):
    """How it is with a provider, for a page: `calls` today, in UTC."""

    rest: Rest | None
    calls: int


def standing(session: Session, provider: str) -> Standing:
    """Return whether a provider is left alone at the moment, and how often it was asked today."""
    query = select(ProviderPace).where(ProviderPace.provider == provider)
    row = session.scalar(query)
    if row is None:
        return Standing(None, 0)
    now = clock.now()
    return Standing(_resting(row, now), row.calls if row.day == _day(now) else 0)


def listed(session: Session) -> dict[str, Standing]:
    """Return how it is with every provider that was ever asked."""
    now = clock.now()
    rows = session.scalars(select(ProviderPace)).all()
    return {
        row.provider: Standing(_resting(row, now), row.calls if row.day == _day(now) else 0)
        for row in rows
    }


def reserve(
    session: Session, provider: str, turns: int, *, apart: int, patience: int
) -> int | Rest:
    """Take the next free turns, `apart` ms from each other; return the moment of the first.

    That of the first is in the past where nobody asked of late: as many turns as are taken at
    once may then be used at once. Takes none while the provider rests, or if the first were
    more than `patience` ms off; returns the rest instead.
    """
    now = clock.now()
    row = _alone(session, provider, now)
    resting = _resting(row, now)
    if resting is not None:
        return resting
    free_at = row.free_at if row.free_at - now <= _LONGEST_QUEUE else now
    begins = max(now, free_at) - turns * apart
    if begins - now > patience:
        return Rest(begins, None)
    reserved = {"free_at": max(now, free_at) + turns * apart, "turns": turns, "day": _day(now)}
    session.execute(_RESERVE, reserved | {"provider": provider})
    return begins


def give_back(session: Session, provider: str, turns: int, *, apart: int) -> None:
    """Let others have turns that were reserved and not used; they do not count as calls."""
    words = {"provider": provider, "turns": turns, "ms": turns * apart, "day": _day(clock.now())}
    session.execute(_GIVE_BACK, words)


def rest(session: Session, provider: str, until: int, said: str | None) -> None:
    """Let nobody ask a provider before a moment; a longer rest than this one holds on.

    `said`: why, where it is told on pages.
    """
    now = clock.now()
    resting = _resting(_alone(session, provider, now), now)
    if resting is None or until > resting.until:
        words = {"provider": provider, "until": min(until, now + _LONGEST_REST), "said": said}
        session.execute(_REST, words)


def _alone(session: Session, provider: str, now: int) -> ProviderPace:
    """Return the provider's row, made if there is none, and no other writer's until the end."""
    session.execute(_ADD, {"provider": provider, "day": _day(now)})
    query = select(ProviderPace).where(ProviderPace.provider == provider)
    return session.scalars(query.with_for_update()).one()


def _resting(row: ProviderPace, now: int) -> Rest | None:
    until = row.rest_until or 0
    return Rest(until, row.said) if 0 < until - now <= _LONGEST_REST else None


def _day(now: int) -> str:
    return clock.utc(now).date().isoformat()

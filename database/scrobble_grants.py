"""Last.fm's way in through the browser: a player asks for a token, a person approves it.

One row a token, not one a player: two devices of one player do not put each other out.
"""

import hashlib
import secrets

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NeedledropError, TooMany
from database.models import Person, ScrobbleGrant

LASTS = 60 * clock.MINUTE
MOST = 500  # that wait: whoever can reach the house may ask for one


class NotApproved(NeedledropError):
    """Nobody has approved of the token yet."""

    status = 409

    def __init__(self) -> None:
        super().__init__("This token has not been approved of.")


class Expired(NeedledropError):
    """The token was used, is too old, or there never was such a one."""

    status = 409

    def __init__(self) -> None:
        super().__init__("This token has expired.")


def ask(session: Session, api_key: str) -> str:
    """Return a new token that waits for somebody's approval.

    Raises:
        TooMany: too many wait already.
    """
    session.execute(delete(ScrobbleGrant).where(ScrobbleGrant.created_at <= clock.now() - LASTS))
    waiting = select(func.count()).where(ScrobbleGrant.person_id.is_(None))
    if (session.scalar(waiting) or 0) >= MOST:
        raise TooMany("Too many players wait to be let in.", LASTS / clock.SECOND)
    token = secrets.token_hex(16)
    session.add(ScrobbleGrant(token_hash=_sha256(token), api_key=api_key, created_at=clock.now()))
    session.flush()
    return token


def check(session: Session, token: str, api_key: str) -> None:
    """Go on only with a token that waits for this player.

    Raises:
        Expired: it does not.
    """
    if session.scalar(select(ScrobbleGrant.id).where(*_waits(token, api_key))) is None:
        raise Expired


def approve(session: Session, token: str, api_key: str, person_id: int) -> None:
    """Let the player in that asked for this token.

    Raises:
        Expired: it does not wait, or not any more.
    """
    change = update(ScrobbleGrant).where(*_waits(token, api_key)).values(person_id=person_id)
    if not session.scalars(change.returning(ScrobbleGrant.id)).all():
        raise Expired


def take(session: Session, token: str, api_key: str) -> Person:
    """Return who approved of a token, which serves this once.

    Raises:
        NotApproved: nobody has, yet.
        Expired: it was used, is too old, or there is none.
    """
    gone = delete(ScrobbleGrant).where(*_is(token, api_key), ScrobbleGrant.person_id.is_not(None))
    person_id = session.scalar(gone.returning(ScrobbleGrant.person_id))
    if person_id is not None:
        return session.get_one(Person, person_id)
    check(session, token, api_key)
    raise NotApproved


def _is(token: str, api_key: str) -> tuple[ColumnElement[bool], ...]:
    return (
        ScrobbleGrant.token_hash == _sha256(token),
        ScrobbleGrant.api_key == api_key,
        ScrobbleGrant.created_at > clock.now() - LASTS,
    )


def _waits(token: str, api_key: str) -> tuple[ColumnElement[bool], ...]:
    return (*_is(token, api_key), ScrobbleGrant.person_id.is_(None))


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""Walks to a provider and back: each good once, for ten minutes, in the browser it began in."""

import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, TooMany
from database.models import OauthTransaction

LINK, RECONNECT, SCOPES, LOGIN = "link", "reconnect", "scopes", "login"
LASTS = 10 * clock.MINUTE
MOST_OF_GUESTS = 500  # at a time: whoever can reach the house may begin to log in
_LONGEST_STATE = 200


class Walk(NamedTuple):
    """What is known of one on its way back. `verifier`: sealed. `person_id` None: of a login."""

    person_id: int | None
    provider: str
    purpose: str
    verifier: str
    scopes: str
    redirect_uri: str
    next_path: str


class NotBegun(Conflict):
    """Nobody began it here, or it was used, or it took too long: which of these is not told."""

    def __init__(self) -> None:
        super().__init__(
            "This was not begun in this browser, was used already, or is older than ten minutes. "
            "Nothing was changed: begin again."
        )


def begin(session: Session, walk: Walk, browser: str) -> str:
    """Note that somebody sets out; return the state, which comes back with them.

    `browser` is what only theirs holds.

    Raises:
        TooMany: too many guests are on their way already.
    """
    now = clock.now()
    session.execute(delete(OauthTransaction).where(OauthTransaction.expires_at <= now))
    if walk.person_id is None:
        on_their_way = select(func.count()).where(OauthTransaction.person_id.is_(None))
        if (session.scalar(on_their_way) or 0) >= MOST_OF_GUESTS:
            raise TooMany("Too many are logging in this way at the moment.", LASTS / clock.SECOND)
    state = secrets.token_urlsafe(32)
    session.add(
        OauthTransaction(
            **walk._asdict(),
            state_hash=_sha256(state),
            browser_hash=_sha256(browser),
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    session.flush()
    return state


def take(
    session: Session, provider: str, state: str, browser: str | None, person_id: int | None
) -> Walk:
    """Return the walk that this state is of, which serves this once.

    A walk of a person is theirs alone, and one to log in is whoever's in that browser. States
    are compared by their hashes, so that the time it takes tells nothing of them.

    Raises:
        NotBegun: there is none that is open, or it is not theirs.
    """
    if not browser or not state or len(state) > _LONGEST_STATE:
        raise NotBegun
    is_theirs = OauthTransaction.purpose == LOGIN
    if person_id is not None:
        is_theirs = or_(is_theirs, OauthTransaction.person_id == person_id)
    used = (
        update(OauthTransaction)
        .where(
            OauthTransaction.state_hash == _sha256(state),
            OauthTransaction.browser_hash == _sha256(browser),
            OauthTransaction.provider == provider,
            is_theirs,
            OauthTransaction.used_at.is_(None),
            OauthTransaction.expires_at > clock.now(),
        )
        .values(used_at=clock.now())
        .returning(*(getattr(OauthTransaction, name) for name in Walk._fields))
    )
    row = session.execute(used).one_or_none()
    if row is None:
        raise NotBegun
    return Walk(*row)


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

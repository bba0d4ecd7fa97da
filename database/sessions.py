"""Logins: one row a browser, so that they can be listed and ended; and the throttle before them."""

import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database.models import LoginFailure, Person, PersonSession

_IDLE = 14 * clock.DAY
_LONGEST = 90 * clock.DAY
_SEEN_EVERY = 10 * clock.MINUTE  # each write costs the card
_FREE_TRIES = 5
_LONGEST_WAIT = 15 * clock.MINUTE

_FAILED = text("""
    INSERT INTO login_failures (scope, failures, last_at) VALUES (:scope, 1, :now)
    ON CONFLICT (scope)
      DO UPDATE SET failures = login_failures.failures + 1, last_at = excluded.last_at
""")


class Browser(NamedTuple):
    """What a login is recognised by in the list of them."""

    name: str
    address: str


def begin(session: Session, person_id: int, browser: Browser) -> str:
    """Begin a session; return its secret, which only the cookie keeps."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        PersonSession(
            person_id=person_id,
            secret_hash=_sha256(secret),
            browser=browser.name[:200],
            address=browser.address,
            created_at=now,
            last_seen_at=now,
            expires_at=now + _LONGEST,
        )
    )
    return secret


def find(session: Session, secret: str) -> tuple[Person, PersonSession] | None:
    """Return who it is, if the session still holds. A clock that went back ends none."""
    query = select(Person, PersonSession).join(Person, Person.id == PersonSession.person_id)
    row = session.execute(query.where(PersonSession.secret_hash == _sha256(secret))).one_or_none()
    if row is None:
        return None
    person, found = row
    now = clock.now()
    if now > found.expires_at or now - found.last_seen_at > _IDLE:
        return None
    return person, found


def is_to_be_seen(found: PersonSession) -> bool:
    """Say whether it is time to write down that the session is in use."""
    return abs(clock.now() - found.last_seen_at) > _SEEN_EVERY


def see(session: Session, session_id: int) -> None:
    session.execute(
        update(PersonSession).where(PersonSession.id == session_id).values(last_seen_at=clock.now())
    )


def listed(session: Session, person_id: int) -> list[PersonSession]:
    """Return a person's sessions, the one in use last first."""
    query = select(PersonSession).where(PersonSession.person_id == person_id)
    return list(session.scalars(query.order_by(PersonSession.last_seen_at.desc())))


def end(session: Session, person_id: int, session_id: int) -> None:
    """End one of a person's sessions.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    mine = (PersonSession.id == session_id, PersonSession.person_id == person_id)
    gone = session.scalars(delete(PersonSession).where(*mine).returning(PersonSession.id))
    if not gone.all():
        raise NotFound("session", session_id)


def end_all(session: Session, person_id: int, *, but: int | None = None) -> None:
    """End all of a person's sessions, but for one."""
    mine = PersonSession.person_id == person_id
    session.execute(delete(PersonSession).where(mine, PersonSession.id != (but or 0)))


def wait_seconds(session: Session, scopes: list[str]) -> int:
    """Return for how long no login is tried for these names or addresses; 0: go on."""
    now, longest = clock.now(), 0
    query = select(LoginFailure).where(LoginFailure.scope.in_(scopes))
    for row in session.scalars(query):
        over = row.failures - _FREE_TRIES
        if over >= 0:
            wait = min(_LONGEST_WAIT, clock.SECOND * 2 ** min(over, 20))
            # After a clock that went back the wait is not longer than it was.
            longest = max(longest, min(wait, row.last_at + wait - now))
    return -(-longest // clock.SECOND) if longest > 0 else 0


def failed(session: Session, scopes: list[str]) -> None:
    for scope in scopes:
        session.execute(_FAILED, {"scope": scope, "now": clock.now()})


def succeeded(session: Session, scopes: list[str]) -> None:
    session.execute(delete(LoginFailure).where(LoginFailure.scope.in_(scopes)))


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

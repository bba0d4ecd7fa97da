"""Logins: one row a browser, so that they can be listed and ended; and the throttle before them."""

import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from core.names import fold
from database.models import LoginFailure, Person, PersonSession

IDLE = 14 * clock.DAY
_LONGEST = 90 * clock.DAY
_SEEN_EVERY = 10 * clock.MINUTE  # each write costs the card

# On PostgreSQL the row stays locked to the end: of many at one moment each sees the one before.
_COUNT = text("""
    INSERT INTO login_failures (scope, failures, last_at) VALUES (:scope, 1, :now)
    ON CONFLICT (scope)
      DO UPDATE SET failures = login_failures.failures + 1
 RETURNING failures, last_at
""")


class Scope(NamedTuple):
    """What failed tries are counted by: how many cost nothing, and the longest wait after them."""

    key: str
    free: int = 5
    longest: int = 15 * clock.MINUTE


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
    if now > found.expires_at or now - found.last_seen_at > IDLE:
        return None
    return person, found


def is_to_be_seen(found: PersonSession) -> bool:
    """Say whether it is time to write down that the session is in use.

    Not by a clock that is behind: once that is set right, the person would seem long gone.
    """
    return clock.now() - found.last_seen_at > _SEEN_EVERY


def see(session: Session, session_id: int) -> None:
    session.execute(
        update(PersonSession).where(PersonSession.id == session_id).values(last_seen_at=clock.now())
    )


def listed(session: Session, person_id: int) -> list[PersonSession]:
    """Return those of a person's sessions that still hold, the one in use last first."""
    now = clock.now()
    query = select(PersonSession).where(
        PersonSession.person_id == person_id,
        PersonSession.expires_at >= now,
        PersonSession.last_seen_at >= now - IDLE,
    )
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


def login_scopes(session: Session, name: str, address: str) -> list[Scope]:
    """Return what failed logins are counted by: where they come from, and for whom.

    By the name alone only mildly, against guesses from everywhere at once, and not
    where the person has been before: else a stranger who guesses wrong would keep
    its owner out.
    """
    folded = fold(name)[:200]
    scopes = [Scope(f"address:{address}"), Scope(f"from:{address} name:{folded}")]
    if not _has_been(session, folded, address):
        scopes.append(Scope(f"name:{folded}", free=20, longest=30 * clock.SECOND))
    return scopes


def person_scope(person_id: int) -> Scope:
    """Return what a person's own wrong passwords are counted by, who is logged in already."""
    return Scope(f"person:{person_id}")


def _has_been(session: Session, folded: str, address: str) -> bool:
    query = exists().where(
        PersonSession.address == address,
        PersonSession.person_id == Person.id,
        Person.name_folded == folded,
    )
    return bool(session.scalar(select(query)))


def count_try(session: Session, scopes: list[Scope]) -> int:
    """Count a try as failed before it is made; return 0, or the seconds to wait instead.

    One that has to wait is not to count: let the transaction fail then.
    """
    now = clock.now()
    # In one order, or two at one moment would each wait for the other's row.
    ordered = sorted(scopes)
    longest = max(_wait(session, scope, now) for scope in ordered)
    if longest > 0:
        return -(-longest // clock.SECOND)
    keys = [scope.key for scope in ordered]
    session.execute(update(LoginFailure).where(LoginFailure.scope.in_(keys)).values(last_at=now))
    return 0


def _wait(session: Session, scope: Scope, now: int) -> int:
    counted = session.execute(_COUNT, {"scope": scope.key, "now": now}).one()
    over = counted.failures - 1 - scope.free
    if over < 0:
        return 0
    wait = min(scope.longest, clock.SECOND * 2 ** min(over, 20))
    # After a clock that went back the wait is not longer than it was.
    return int(min(wait, counted.last_at + wait - now))


def succeeded(session: Session, scopes: list[Scope]) -> None:
    """Take back what was counted: the password was right."""
    for scope in sorted(scopes):
        session.execute(delete(LoginFailure).where(LoginFailure.scope == scope.key))


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

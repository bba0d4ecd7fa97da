"""Players that Last.fm's protocol or Audioscrobbler's has let in: a session each.

Its key is kept as a hash. It holds until the person ends it, or its token is removed.
"""

import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from database.models import Person, ScrobbleSession, Token

LASTFM, AUDIOSCROBBLER = "lastfm", "audioscrobbler"
MOST = 20  # of one player: some begin a new one whenever they start
_USED_EVERY = 10 * clock.MINUTE  # each write costs the card
_LONGEST_NAME = 100


class Player(NamedTuple):
    """`client`: its name. `token_id`: the token that let it in; None: a person did."""

    protocol: str
    client: str
    token_id: int | None = None


def begin(session: Session, person_id: int, player: Player, *, handshake: int | None = None) -> str:
    """Let a player in; return its session's key, for the only time.

    `handshake`: the seconds that an Audioscrobbler's was asked with.

    Raises:
        Conflict: this handshake was there before.
    """
    key = secrets.token_hex(16)
    new = ScrobbleSession(
        person_id=person_id,
        token_id=player.token_id,
        protocol=player.protocol,
        client=player.client[:_LONGEST_NAME],
        secret_hash=_sha256(key),
        handshake=handshake,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(new)
    except IntegrityError:
        raise Conflict("This handshake was used before.") from None
    _end_oldest(session, new)
    return key


def _end_oldest(session: Session, new: ScrobbleSession) -> None:
    used = func.coalesce(ScrobbleSession.last_used_at, ScrobbleSession.created_at)
    alike = (
        ScrobbleSession.person_id == new.person_id,
        ScrobbleSession.protocol == new.protocol,
        ScrobbleSession.client == new.client,
        ScrobbleSession.id != new.id,
    )
    newest = (used.desc(), ScrobbleSession.id.desc())
    query = select(ScrobbleSession.id).where(*alike).order_by(*newest)
    old = session.scalars(query.offset(MOST - 1)).all()
    if old:
        session.execute(delete(ScrobbleSession).where(ScrobbleSession.id.in_(old)))


def find(session: Session, key: str, protocol: str) -> tuple[Person, ScrobbleSession] | None:
    """Return who it is, if the session still holds."""
    query = select(Person, ScrobbleSession).join(Person, Person.id == ScrobbleSession.person_id)
    query = query.where(
        ScrobbleSession.secret_hash == _sha256(key), ScrobbleSession.protocol == protocol
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def is_to_be_used(found: ScrobbleSession) -> bool:
    """Say whether it is time to write down that the session is in use."""
    return found.last_used_at is None or abs(clock.now() - found.last_used_at) > _USED_EVERY


def use(session: Session, session_id: int) -> None:
    this = ScrobbleSession.id == session_id
    session.execute(update(ScrobbleSession).where(this).values(last_used_at=clock.now()))


class Listed(NamedTuple):
    """A session as a page shows it; `label` is its token's, None where a person let it in."""

    id: int
    protocol: str
    client: str
    label: str | None
    created_at: int
    last_used_at: int | None


def listed(session: Session, person_id: int) -> list[Listed]:
    """Return a person's players, the one in use last first."""
    query = select(
        ScrobbleSession.id,
        ScrobbleSession.protocol,
        ScrobbleSession.client,
        Token.label,
        ScrobbleSession.created_at,
        ScrobbleSession.last_used_at,
    ).outerjoin(Token, Token.id == ScrobbleSession.token_id)
    used = func.coalesce(ScrobbleSession.last_used_at, ScrobbleSession.created_at)
    query = query.where(ScrobbleSession.person_id == person_id)
    rows = session.execute(query.order_by(used.desc(), ScrobbleSession.id.desc()))
    return [Listed(*row) for row in rows]


def end(session: Session, person_id: int, session_id: int) -> None:
    """Shut one of a person's players out.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    mine = (ScrobbleSession.id == session_id, ScrobbleSession.person_id == person_id)
    gone = session.scalars(delete(ScrobbleSession).where(*mine).returning(ScrobbleSession.id))
    if not gone.all():
        raise NotFound("player", session_id)


def end_all(session: Session, person_id: int) -> None:
    session.execute(delete(ScrobbleSession).where(ScrobbleSession.person_id == person_id))


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()

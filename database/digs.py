"""Digs that people keep: each by a name of theirs, and by what its address says, once."""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from core.names import fold
from database.models import Dig

MOST = 200
NAME_LENGTH = 100
LONGEST = 2_000  # an index of PostgreSQL takes little more


class Naming(BaseModel):
    """What a dig is to be called."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    name: str = Field(
        min_length=1,
        max_length=NAME_LENGTH,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description=f"Give it a name, up to {NAME_LENGTH} characters.",
    )


class Kept(NamedTuple):
    """A dig of somebody's. `query`: what its address says behind the question mark."""

    id: int
    name: str
    query: str
    created_at: int


def listed(session: Session, person_id: int) -> list[Kept]:
    """Return a person's digs by name."""
    query = select(Dig.id, Dig.name, Dig.asked, Dig.created_at).where(Dig.person_id == person_id)
    found = [Kept(*row) for row in session.execute(query)]
    return sorted(found, key=lambda kept: (fold(kept.name), kept.id))


def get(session: Session, person_id: int, dig_id: int) -> Kept:
    """Return a dig of a person's.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.get(Dig, dig_id)
    if found is None or found.person_id != person_id:
        raise NotFound("dig", dig_id)
    return Kept(found.id, found.name, found.asked, found.created_at)


def keep(session: Session, person_id: int, query: str, name: str) -> int:
    """Keep a dig, and return its number.

    Raises:
        Conflict: it is too long, the person keeps it already, or keeps as many as may be.
    """
    if len(query) > LONGEST:
        raise Conflict("This dig says too much to be kept: take something out of it.")
    count = select(func.count()).select_from(Dig).where(Dig.person_id == person_id)
    if (session.scalar(count) or 0) >= MOST:
        raise Conflict(f"You keep {MOST} digs already: delete one that is not needed any more.")
    made = Dig(person_id=person_id, name=name, asked=query, created_at=clock.now())
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("You keep this dig already.") from None
    return made.id


def rename(session: Session, person_id: int, dig_id: int, name: str) -> None:
    """Call a dig something else.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    get(session, person_id, dig_id)
    session.execute(update(Dig).where(Dig.id == dig_id).values(name=name))


def forget(session: Session, person_id: int, dig_id: int) -> None:
    """Delete a dig.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    get(session, person_id, dig_id)
    session.execute(delete(Dig).where(Dig.id == dig_id))

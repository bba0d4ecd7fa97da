"""API tokens: for scripts and scrobblers. Shown once, kept as a hash."""

import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core import clock, sealing
from core.errors import Conflict, NotFound
from core.names import fold
from database import people
from database.models import Person, Token

_USED_EVERY = 10 * clock.MINUTE  # each write costs the card
_PREFIX = 8


def _printable(label: str) -> str:
    if not label.isprintable():
        raise PydanticCustomError("sentence", "Give a label of letters, digits and the like.")
    return label


class NewToken(BaseModel):
    """What a token is for."""

    model_config = ConfigDict(
        frozen=True, defer_build=True, str_strip_whitespace=True, hide_input_in_errors=True
    )

    label: Annotated[str, AfterValidator(_printable)] = Field(
        min_length=1,
        max_length=80,
        description="What will use it, “phone” or “backup script”: up to 80 characters.",
    )


def add(session: Session, person_id: int, label: str, *, folder: Path | None = None) -> str:
    """Make a token; return it, for the only time.

    `folder`: where the key is that its MD5 is sealed with, for players of two old protocols
    to get in by it; None: they do not.

    Raises:
        OSError: the key cannot be kept.
        Conflict: it would be a child's.
    """
    people.demand_grown_up(session, person_id)
    # Scrobblers expect the form of a UUID; this one is random in 122 bits.
    token = str(uuid.uuid4())
    session.add(
        Token(
            person_id=person_id,
            label=label,
            token_hash=_sha256(token),
            prefix=token[:_PREFIX],
            md5_sealed=sealing.seal(folder, SecretStr(md5(token))) if folder else None,
            created_at=clock.now(),
        )
    )
    session.flush()
    return token


def find(session: Session, token: str) -> tuple[Person, Token] | None:
    query = select(Person, Token).join(Person, Person.id == Token.person_id)
    row = session.execute(query.where(Token.token_hash == _sha256(token))).one_or_none()
    return (row[0], row[1]) if row else None


def find_md5(
    session: Session, name: str, folder: Path, is_it: Callable[[str], bool]
) -> Token | None:
    """Return the token of somebody whose MD5 `is_it`: all that two old protocols tell of one.

    Raises:
        OSError: the key that they are sealed with cannot be read.
    """
    query = select(Token).join(Person, Person.id == Token.person_id)
    query = query.where(Person.name_folded == fold(name), Token.md5_sealed.is_not(None))
    for token in session.scalars(query.order_by(Token.id)):
        try:
            opened = sealing.unseal(folder, str(token.md5_sealed))
        except Conflict:
            # Sealed with a key that is no more: as if it had none.
            continue
        if is_it(opened.get_secret_value()):
            return token
    return None


def is_to_be_used(token: Token) -> bool:
    """Say whether it is time to write down that the token is in use."""
    return token.last_used_at is None or abs(clock.now() - token.last_used_at) > _USED_EVERY


def use(session: Session, token_id: int) -> None:
    session.execute(update(Token).where(Token.id == token_id).values(last_used_at=clock.now()))


def listed(session: Session, person_id: int) -> list[Token]:
    query = select(Token).where(Token.person_id == person_id)
    return list(session.scalars(query.order_by(Token.created_at.desc(), Token.id.desc())))


def remove(session: Session, person_id: int, token_id: int) -> None:
    """Remove one of a person's tokens.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    mine = (Token.id == token_id, Token.person_id == person_id)
    if not session.scalars(delete(Token).where(*mine).returning(Token.id)).all():
        raise NotFound("token", token_id)


def remove_all(session: Session, person_id: int) -> None:
    session.execute(delete(Token).where(Token.person_id == person_id))


def md5(said: str) -> str:
    """Return what the protocols of Last.fm and Audioscrobbler make of a secret."""
    return hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

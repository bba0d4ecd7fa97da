"""Accounts: who is there, their passwords, the set-up code that lets the first admin in."""

import hashlib
import secrets
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.names import fold
from database import film_sources, listeners, play_removal, record_names
from database.models import Listener, Person, Play, SetupCode

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PASSWORD, MAX_PASSWORD = 8, 1024
PASSWORD_WANTED = "At least 8 characters; better 15, such as four words."  # noqa: S105 - a sentence
CODE_LASTS = clock.HOUR
_PLAYS = 2_000  # that are taken away in one step
_COMMON = Path(__file__).with_name("common_passwords.txt")
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another
# One at a time: each takes 19 MB, and four at once would be felt on a small machine.
_hashing = threading.BoundedSemaphore(1)

_FIRST_ADMIN = text("""
    INSERT INTO people (name, name_folded, password_hash, is_admin, zone, created_at)
    SELECT :name, :folded, :password_hash, :yes, :zone, CAST(:now AS BIGINT)
     WHERE NOT EXISTS (SELECT 1 FROM people)
 RETURNING id
""")
# In one statement: webs on several hosts may start at once.
_NEW_CODE = text("""
    INSERT INTO setup_codes (id, code_hash, expires_at)
         VALUES (1, :hash, :expires)
    ON CONFLICT (id)
      DO UPDATE
            SET code_hash = excluded.code_hash, expires_at = excluded.expires_at
""")
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(4713)")


def _name(name: str) -> str:
    if not name.isprintable():
        raise PydanticCustomError("sentence", "Give a name of letters, digits and the like.")
    return name


def _password(password: str) -> str:
    if len(password.encode()) > MAX_PASSWORD:
        raise PydanticCustomError("sentence", "Take a password of at most 1,024 bytes.")
    if fold(password) in common_passwords():
        raise PydanticCustomError("sentence", "Many people use this password: take another one.")
    return password


Name = Annotated[str, AfterValidator(_name)]
Password = Annotated[str, AfterValidator(_password)]


class NewPerson(BaseModel):
    """What an account is made from."""

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)

    username: Name = Field(min_length=1, max_length=40, description="A name of up to 40 letters.")
    password: Password = Field(min_length=MIN_PASSWORD, description=PASSWORD_WANTED)


@cache
def common_passwords() -> frozenset[str]:
    return frozenset(_COMMON.read_text().split())


def add(session: Session, wanted: NewPerson, *, zone: str, is_admin: bool = False) -> Person:
    """Make an account.

    Raises:
        InvalidInput: the name is taken.
    """
    person = Person(
        name=wanted.username.strip(),
        name_folded=fold(wanted.username),
        password_hash=hashed(wanted.password),
        is_admin=is_admin,
        zone=zone,
        created_at=clock.now(),
    )
    session.add(person)
    try:
        session.flush()
    except IntegrityError:
        raise InvalidInput({"username": "Somebody here has that name already."}) from None
    return person


def add_first(session: Session, wanted: NewPerson, *, zone: str) -> int:
    """Make the first account, an admin's.

    Raises:
        Forbidden: there is somebody already.
    """
    if session.get_bind().dialect.name == "postgresql":
        # Two that come together would both find nobody; SQLite has one writer anyway.
        session.execute(_ONE_AT_A_TIME)
    made = session.execute(
        _FIRST_ADMIN,
        {
            "name": wanted.username.strip(),
            "folded": fold(wanted.username),
            "password_hash": hashed(wanted.password),
            "yes": True,
            "zone": zone,
            "now": clock.now(),
        },
    ).scalar()
    if made is None:
        raise Forbidden("Needledrop is set up already. Log in instead.")
    session.execute(delete(SetupCode))
    return int(made)


def get(session: Session, person_id: int) -> Person:
    """Return a person.

    Raises:
        NotFound: there is none.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("person", person_id)
    return person


def lives_here(session: Session, person_id: int) -> bool:
    return session.scalar(select(Person.id).where(Person.id == person_id)) is not None


def named(session: Session, name: str) -> Person:
    """Return the person of that name, in any case.

    Raises:
        NotFound: there is none.
    """
    person = find(session, name)
    if person is None:
        raise NotFound("person", name)
    return person


def meant(session: Session, name: str | None) -> Person:
    """Return the person of that name; without one, the only person of this house.

    Raises:
        NotFound: there is none of that name.
        InvalidInput: no name was given, and not exactly one person lives here.
    """
    if name is not None:
        return named(session, name)
    everybody = [person for person in listed(session) if person.parent_id is None]
    if len(everybody) != 1:
        names = ", ".join(person.name for person in everybody) or "nobody lives here yet"
        raise InvalidInput({"": f"Say whose with --user NAME: {names}."})
    return everybody[0]


def listed(session: Session) -> list[Person]:
    return list(session.scalars(select(Person).order_by(Person.name_folded)))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Person)) or 0


def find(session: Session, name: str) -> Person | None:
    """Return the person of that name, in any case, or None."""
    return session.scalar(select(Person).where(Person.name_folded == fold(name)))


def is_password(person: Person | None, password: str) -> bool:
    """Say whether the password is theirs; a child has none. Takes as long when there is nobody.

    To be asked while no transaction is open: it takes a small machine half a second.
    """
    stored = person.password_hash if person and person.parent_id is None else _nobodys_hash()
    return _fits(stored, password) and person is not None and person.parent_id is None


def demand_grown_up(session: Session, person_id: int) -> None:
    """Go on only with somebody who may log in.

    Raises:
        Conflict: it is a child's profile.
    """
    if session.scalar(select(Person.parent_id).where(Person.id == person_id)) is not None:
        raise Conflict("This is a child’s profile: it has no password, no token and no rights.")


def set_password(session: Session, person_id: int, password: str) -> None:
    demand_grown_up(session, person_id)
    session.execute(
        update(Person).where(Person.id == person_id).values(password_hash=hashed(password))
    )


def change(session: Session, person_id: int, *, zone: str, letterboxd_name: str | None) -> None:
    """Store what a person may say of themselves; their children live in the same zone.

    Raises:
        InvalidInput: somebody else said already that this Letterboxd account is theirs.
    """
    if letterboxd_name and film_sources.account_holder(session, letterboxd_name) not in (
        None,
        person_id,
    ):
        sentence = "Somebody else here has said that this account is theirs."
        raise InvalidInput({"letterboxd_name": sentence})
    family = or_(Person.id == person_id, Person.parent_id == person_id)
    session.execute(update(Person).where(family).values(zone=zone))
    session.execute(
        update(Person).where(Person.id == person_id).values(letterboxd_name=letterboxd_name)
    )


def set_admin(session: Session, person_id: int, *, is_admin: bool) -> None:
    """Make somebody an admin, or no longer.

    Raises:
        Conflict: nobody would be left to look after the house.
    """
    _alone(session)
    demand_grown_up(session, person_id)
    if not is_admin:
        _check_other_admin(session, person_id)
    session.execute(update(Person).where(Person.id == person_id).values(is_admin=is_admin))


def remove(session: Session, person_id: int) -> None:
    """Remove a person and their children with all that is theirs; files are cleaned up afterwards.

    Raises:
        Conflict: nobody would be left to look after the house.
    """
    # First of all, as everybody does who writes plays: on PostgreSQL two would wait for each
    # other for ever if one took the rows of people before.
    listeners.lock(session)
    check_removal(session, person_id)
    for one in listeners.family(session, person_id):
        while forget_some_plays(session, one):
            pass
    session.execute(delete(Person).where(Person.id == person_id))
    record_names.drop_all_unused(session)


def check_removal(session: Session, person_id: int) -> None:
    """Go on only if somebody may be removed.

    Raises:
        Conflict: nobody would be left to look after the house.
    """
    _alone(session)
    _check_other_admin(session, person_id)


def forget_some_plays(session: Session, person_id: int) -> int:
    """Take plays of somebody who leaves away, the oldest first; 0: there are none.

    They leave the household's charts with the first.
    """
    listeners.lock(session)
    if session.get(Listener, person_id) is None:
        return 0
    listeners.set_joint(session, person_id, is_joint=False)
    theirs = select(Play.id).where(Play.person_id == person_id)
    ids = list(session.scalars(theirs.order_by(Play.started_at, Play.id).limit(_PLAYS)))
    play_removal.remove(session, ids)
    return len(ids)


def _alone(session: Session) -> None:
    # For PostgreSQL: two admins who take each other's rights at once would leave none.
    session.execute(select(Person.id).where(Person.is_admin).with_for_update())


def _check_other_admin(session: Session, person_id: int) -> None:
    query = select(Person.id).where(Person.is_admin, Person.id != person_id).limit(1)
    if session.scalar(query) is None:
        raise Conflict("This is the last admin: make somebody else one first.")


def new_setup_code(session: Session) -> str | None:
    """Make the code for the first visitor anew; None when somebody is there already."""
    if count(session):
        return None
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(4))
    session.execute(_NEW_CODE, {"hash": _sha256(code), "expires": clock.now() + CODE_LASTS})
    return code


def is_setup_code(session: Session, code: str) -> bool:
    row = session.get(SetupCode, 1)
    return (
        row is not None
        and row.expires_at > clock.now()
        and secrets.compare_digest(row.code_hash, _sha256(code.strip().upper()))
    )


def hashed(password: str) -> str:
    """Return the argon2id hash: 19 MiB, two passes, as ASVS 5 approves."""
    with _hashing:
        return _hasher().hash(password)


def needs_new_hash(person: Person) -> bool:
    """Say whether the parameters have changed since the password was stored."""
    return bool(_hasher().check_needs_rehash(person.password_hash))


def _fits(stored: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password.encode()) > MAX_PASSWORD:
        return False
    try:
        with _hashing:
            return bool(_hasher().verify(stored, password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@cache
def _nobodys_hash() -> str:
    return hashed(secrets.token_hex())


def _sha256(text_: str) -> str:
    return hashlib.sha256(text_.encode()).hexdigest()

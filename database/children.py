"""Children: people who cannot log in, whose plays a parent looks after."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.errors import Forbidden, InvalidInput, NotFound
from core.names import fold
from database import listeners
from database.models import Person, PlayRoute
from database.owner import Owner
from database.people import Name

_HOURS = 24


class NewChild(BaseModel):
    """What a child's profile is made from."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    name: Name = Field(min_length=1, max_length=40, description="A name of up to 40 letters.")


class NewRoute(BaseModel):
    """Which plays of a parent's are the child's."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    words: str = Field(
        "",
        max_length=200,
        description="Part of the name of the client, player or device; empty for any.",
    )
    from_hour: int = Field(0, ge=0, le=23, description="An hour from 0 to 23.")
    until_hour: int = Field(_HOURS, ge=0, le=_HOURS, description="An hour from 0 to 24.")


def demand(session: Session, person_id: int, owner: Owner) -> Person:
    """Return somebody whose plays these may correct: themselves, or a child of theirs.

    An admin looks after every child.

    Raises:
        NotFound: there is none.
        Forbidden: it is somebody else.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("person", person_id)
    is_looked_after = owner.is_admin and person.parent_id is not None
    is_theirs = owner.person_id is not None and owner.person_id in (person.id, person.parent_id)
    if not is_theirs and not is_looked_after:
        raise Forbidden("These plays are somebody else's.")
    return person


def demand_child(session: Session, child_id: int, owner: Owner) -> Person:
    """Return a child of theirs; an admin looks after every child.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    person = session.get(Person, child_id)
    is_theirs = person is not None and (owner.is_admin or person.parent_id == owner.person_id)
    if person is None or person.parent_id is None or not is_theirs:
        raise NotFound("child", child_id)
    return person


def listed(session: Session, owner: Owner) -> list[Person]:
    """Return the children of somebody, and of everybody for an admin, by name."""
    query = select(Person).where(Person.parent_id.is_not(None))
    if not owner.is_admin:
        query = query.where(Person.parent_id == owner.person_id)
    return list(session.scalars(query.order_by(Person.name_folded)))


def family(session: Session, person_id: int) -> list[Person]:
    """Return a person and their children, the person first: whose plays they may correct."""
    query = select(Person).where(or_(Person.id == person_id, Person.parent_id == person_id))
    return sorted(session.scalars(query), key=lambda one: (one.id != person_id, one.name_folded))


def add(session: Session, parent_id: int, wanted: NewChild) -> Person:
    """Make a child's profile, in the parent's zone; outside the household's charts.

    Raises:
        InvalidInput: the name is taken.
        Forbidden: a child has no children.
    """
    parent = session.get_one(Person, parent_id)
    if parent.parent_id is not None:
        raise Forbidden("A child has no children.")
    child = Person(
        name=wanted.name,
        name_folded=fold(wanted.name),
        password_hash="",  # no password fits it
        is_admin=False,
        zone=parent.zone,
        parent_id=parent_id,
        created_at=clock.now(),
    )
    session.add(child)
    try:
        session.flush()
    except IntegrityError:
        raise InvalidInput({"name": "Somebody here has that name already."}) from None
    listeners.settle(session, child.id)
    return child


def routes(session: Session, child_id: int) -> Sequence[PlayRoute]:
    query = select(PlayRoute).where(PlayRoute.to_person_id == child_id)
    return session.scalars(query.order_by(PlayRoute.id)).all()


def add_route(session: Session, child: Person, wanted: NewRoute) -> None:
    """Send plays of the child's parent to the child from now on.

    Raises:
        InvalidInput: it would send all of them.
    """
    is_always = (wanted.until_hour - wanted.from_hour) % _HOURS == 0
    if is_always and not fold(wanted.words):
        raise InvalidInput({"words": "Give a name, or hours: this would take every play."})
    session.add(
        PlayRoute(
            person_id=child.parent_id,
            to_person_id=child.id,
            words=fold(wanted.words),
            from_hour=0 if is_always else wanted.from_hour,
            until_hour=_HOURS if is_always else wanted.until_hour,
            created_at=clock.now(),
        )
    )
    session.flush()


def remove_route(session: Session, child: Person, route_id: int) -> None:
    """Send them no more; plays that are the child's already stay so.

    Raises:
        NotFound: the child has no such route.
    """
    route = session.get(PlayRoute, route_id)
    if route is None or route.to_person_id != child.id:
        raise NotFound("route", route_id)
    session.delete(route)
    session.flush()

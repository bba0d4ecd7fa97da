"""Whose numbers are read by Last.fm's protocol, and whether the one who asks may see them."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from core.errors import Forbidden
from database import listeners, people
from database.listeners import Whose
from database.models import Person
from webapp.scrobble import lastfm_auth
from webapp.scrobble.lastfm_auth import Asker
from webapp.scrobble.lastfm_words import INCOMPLETE, NOTHING, Asked, Refusal


class User(NamedTuple):
    """`is_public`: whoever asks did not say who they are, and sees this person alone."""

    person: Person
    whose: Whose
    is_public: bool

    @property
    def name(self) -> str:
        return self.person.name


def asked_for(session: Session, asked: Asked, asker: Asker | None) -> User:
    """Return whose numbers are asked for: those of `user`, or one's own.

    Raises:
        Refusal: 17, they are private; 7, there is no such user; 6, nobody is named.
    """
    name = asked.get("user") or asked.get("username") or (asker.name if asker else "")
    if not name.strip():
        raise Refusal(INCOMPLETE, "Invalid parameters: user is missing.")
    person = people.find(session, name)
    if asker is None:
        # Who lives here is told to nobody either.
        if person is None or not listeners.get(session, person.id).is_public:
            raise lastfm_auth.private()
        return User(person, Whose(person.id, (person.id,), person.zone), is_public=True)
    if person is None:
        raise Refusal(NOTHING, "User not found.")
    try:
        whose = listeners.seen_by(session, person.id, asker.owner)
    except Forbidden:
        raise lastfm_auth.private() from None
    return User(person, whose, is_public=False)

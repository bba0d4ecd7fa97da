"""Whether somebody knows the password; asked at the login and again before what matters."""

import logging

from flask import session as cookie
from flask_login import current_user

from core import clock
from core.errors import InvalidInput, TooMany
from database import people, sessions
from database.models import Person
from database.sessions import Scope
from webapp.database import reading, writing
from webapp.login import address

log = logging.getLogger(__name__)

_MINUTE = 60
_PROVED, _HOLDS = "proved_at", 15 * clock.MINUTE


def check(name: str, password: str) -> Person | None:
    """Return the person of that name if the password is theirs.

    Raises:
        TooMany: there were too many wrong ones lately.
    """
    with reading() as session:
        person = people.find(session, name)
        scopes = sessions.login_scopes(session, name, address())
    return person if _tried(scopes, person, name, password) else None


def demand(password: str, field: str) -> None:
    """Go on only with the right password of the person who asks.

    Raises:
        InvalidInput: it is not; said of `field`.
        TooMany: there were too many wrong ones lately.
    """
    with reading() as session:
        person = people.get(session, current_user.id)
    # Counted apart from logins: a stranger who guesses must not keep its owner from changing it.
    if not _tried([sessions.person_scope(person.id)], person, person.name, password):
        raise InvalidInput({field: "This is not your password."})


def remember() -> None:
    """Note that the person of this session has just shown the password; forgotten with it."""
    cookie[_PROVED] = clock.now()


def is_recent() -> bool:
    """Say whether that was within a quarter of an hour; a clock that went back says no."""
    at = cookie.get(_PROVED)
    return isinstance(at, int) and 0 <= clock.now() - at < _HOLDS


def _tried(scopes: list[Scope], person: Person | None, name: str, password: str) -> bool:
    """Try the password.

    A try counts as failed before it is made: many sent at the same moment would
    all pass otherwise. No transaction is open while the hash takes its time.

    Raises:
        TooMany: there were too many wrong ones lately.
    """
    with writing(bulk=True) as session:
        wait = sessions.count_try(session, scopes)
        if wait:
            log.warning("password of %r refused unread: tried too often from %s", name, address())
            raise TooMany(f"Too many tries. Please wait {in_words(wait)}, then try again.", wait)
    if not people.is_password(person, password):
        log.warning("wrong password for %r from %s", name, address())
        return False
    with writing(bulk=True) as session:
        sessions.succeeded(session, scopes)
    return True


def in_words(seconds: int) -> str:
    """Say how long, "1 second" or "3 minutes"; rounded up."""
    count, word = (seconds, "second") if seconds < _MINUTE else (-(-seconds // _MINUTE), "minute")
    return f"{count} {word}{'s' if count != 1 else ''}"

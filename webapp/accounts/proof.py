"""Whether somebody knows the password; asked at the login and again before what matters."""

import logging

from core.errors import InvalidInput, TooMany
from database import people, sessions
from database.models import Person
from webapp.database import reading, writing
from webapp.login import address, password_scopes

log = logging.getLogger(__name__)

_MINUTE = 60


def check(name: str, password: str) -> Person | None:
    """Return the person of that name if the password is theirs.

    A try counts as failed before it is made: many sent at the same moment would
    all pass otherwise. No transaction is open while the hash takes its time.

    Raises:
        TooMany: there were too many wrong ones lately.
    """
    scopes = password_scopes(name)
    with writing(bulk=True) as session:
        wait = sessions.wait_seconds(session, scopes)
        if not wait:
            sessions.failed(session, scopes)
    if wait:
        log.warning("password of %r refused unread: tried too often from %s", name, address())
        raise TooMany(f"Too many tries. Please wait {in_words(wait)}, then try again.", wait)
    with reading() as session:
        person = people.check_password(session, name, password)
    if person is None:
        log.warning("wrong password for %r from %s", name, address())
        return None
    with writing(bulk=True) as session:
        sessions.succeeded(session, scopes)
    return person


def demand(name: str, password: str, field: str) -> None:
    """Go on only with the right password.

    Raises:
        InvalidInput: it is not; said of `field`.
        TooMany: there were too many wrong ones lately.
    """
    if check(name, password) is None:
        raise InvalidInput({field: "This is not your password."})


def in_words(seconds: int) -> str:
    """Say how long, "1 second" or "3 minutes"; rounded up."""
    count, word = (seconds, "second") if seconds < _MINUTE else (-(-seconds // _MINUTE), "minute")
    return f"{count} {word}{'s' if count != 1 else ''}"

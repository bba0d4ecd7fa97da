"""Who asks: the session's cookie or a token leads to a person; beginning and ending sessions."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import NeedledropError
from database import sessions, tokens
from database.models import Person
from database.sessions import Browser
from webapp.database import reading, writing

log = logging.getLogger(__name__)

_SECRET = "sid"  # noqa: S105 - the name of the place, not what is in it
_SCHEMES = ("bearer", "token")


@dataclass(frozen=True)
class Member(UserMixin):  # type: ignore[misc]
    """The person who asks, as it was when the request came in."""

    id: int
    name: str
    is_admin: bool
    zone: str
    letterboxd_name: str | None

    @classmethod
    def of(cls, person: Person) -> "Member":
        return cls(person.id, person.name, person.is_admin, person.zone, person.letterboxd_name)


class Guest(AnonymousUserMixin):  # type: ignore[misc]
    """Somebody without an account."""

    id = None
    name = ""
    is_admin = False
    letterboxd_name = None


def register(app: Flask) -> None:
    manager = LoginManager()
    manager.anonymous_user = Guest
    manager.session_protection = None
    manager.request_loader(_member)
    manager.init_app(app)


def given_token(asked: Request) -> str | None:
    """Return the token of the Authorization header, in either of the ways clients send it."""
    scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.casefold() in _SCHEMES and token.strip() else None


def _member(asked: Request) -> Member | None:
    if g.get("failed_to_look"):
        # The page that tells of the failure asks again, and must not fail of it too.
        return None
    g.failed_to_look = True
    token = given_token(asked)
    # Where a token comes along, the cookie counts for nothing.
    found = by_token(token) if token is not None else _by_cookie(session)
    g.failed_to_look = False
    return found


def by_token(token: str) -> Member | None:
    """Return whose token this is, and note that it is in use."""
    with reading() as reader:
        found = tokens.find(reader, token)
    if found is None:
        return None
    person, row = found
    if tokens.is_to_be_used(row):
        note(lambda writer: tokens.use(writer, row.id))
    return Member.of(person)


def _by_cookie(cookie: Mapping[str, Any]) -> Member | None:
    secret = cookie.get(_SECRET)
    if not isinstance(secret, str):
        return None
    with reading() as reader:
        found = sessions.find(reader, secret)
    if found is None:
        return None
    person, row = found
    g.session_id = row.id
    if sessions.is_to_be_seen(row):
        note(lambda writer: sessions.see(writer, row.id))
    return Member.of(person)


def note(write: Callable[[Session], None]) -> None:
    """Write down that somebody was here, if that is possible: nobody is shut out for want of it."""
    try:
        with writing(bulk=True) as writer:
            write(writer)
    except NeedledropError as error:
        log.warning("not written down who was here: %s", error)
    except OperationalError as error:
        log.warning("not written down who was here: %s", error.orig)


def log_in(writer: Session, person: Person) -> None:
    """Begin a session for this browser; what the old one held is forgotten."""
    session.clear()
    session.permanent = True
    browser = Browser(request.headers.get("User-Agent", ""), address())
    session[_SECRET] = sessions.begin(writer, person.id, browser)


def log_out() -> None:
    """Forget who this browser is; the row is ended by sessions.end."""
    session.clear()


def current_session_id() -> int:
    """Return the row of the session that asks; 0 for a token."""
    return int(g.get("session_id", 0))


def address() -> str:
    return request.remote_addr or ""

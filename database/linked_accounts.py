"""Accounts of a person's elsewhere, and the secrets to them, sealed (core/sealing.py).

A secret that nobody has tried yet has no name beside it: it is stored before it is tried,
so that it never stands among the arguments of a task.
"""

from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select, text, update
from sqlalchemy.orm import Session

from core import clock
from database.models import LinkedAccount

DISCOGS = "discogs"
_PUT = text("""
    INSERT INTO linked_accounts (person_id, provider, name, secret, created_at, updated_at)
         VALUES (:person_id, :provider, '', :secret, :now, :now)
    ON CONFLICT (person_id, provider)
      DO UPDATE SET name       = excluded.name,
                    secret     = excluded.secret,
                    created_at = excluded.created_at,
                    updated_at = excluded.updated_at
""")


class Account(NamedTuple):
    """What a page may show of one; `name` is "" until the secret has been tried."""

    name: str
    linked_at: int
    used_at: int


class Sealed(NamedTuple):
    """An account with its secret, for whoever asks the service."""

    name: str
    secret: str


def put(session: Session, person_id: int, provider: str, secret: str) -> None:
    """Keep a sealed secret that is to be tried; one that was there is forgotten."""
    session.execute(
        _PUT,
        {"person_id": person_id, "provider": provider, "secret": secret, "now": clock.now()},
    )


def find(session: Session, person_id: int, provider: str) -> Account | None:
    query = select(LinkedAccount.name, LinkedAccount.created_at, LinkedAccount.updated_at)
    found = session.execute(query.where(*_is(person_id, provider))).first()
    return None if found is None else Account(*found)


def sealed(session: Session, person_id: int, provider: str) -> Sealed | None:
    query = select(LinkedAccount.name, LinkedAccount.secret)
    found = session.execute(query.where(*_is(person_id, provider))).first()
    return None if found is None else Sealed(*found)


def confirm(session: Session, person_id: int, provider: str, tried: Sealed, name: str) -> bool:
    """Note that a secret is that of an account of this name, and was used just now.

    False if another one has taken its place since.
    """
    known = (
        update(LinkedAccount)
        .where(*_is(person_id, provider), LinkedAccount.secret == tried.secret)
        .values(name=name, updated_at=clock.now())
        .returning(LinkedAccount.id)
    )
    return session.scalar(known) is not None


def drop(session: Session, person_id: int, provider: str, tried: Sealed | None = None) -> None:
    """Forget an account and its secret; with `tried`, only if that is still the one."""
    gone = delete(LinkedAccount).where(*_is(person_id, provider))
    if tried is not None:
        gone = gone.where(LinkedAccount.secret == tried.secret)
    session.execute(gone)


def _is(person_id: int, provider: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LinkedAccount.person_id == person_id, LinkedAccount.provider == provider

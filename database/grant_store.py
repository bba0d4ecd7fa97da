"""The store of one consent, as the loop that renews it wants it: each verb a transaction.

Whoever renews takes a lease first; what comes of it counts only as long as the version is
still the one that was read. A clock that jumped holds nobody up: a lease that would last
twice as long as one can is none. Not less: on PostgreSQL who waits for the row has looked at
the clock before, and the lease taken meanwhile ends a little later than its own would.
"""

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core import clock, consents
from core.consents import OK, RECONNECT, Held, Tokens
from core.errors import Busy, Conflict
from database import grant_rows
from database.engine import Database
from database.grant_rows import Sealed
from database.models import Grant

_TAKE_LEASE = text("""
    UPDATE grants
       SET lease_by = :me, lease_until = :until
     WHERE id = :id AND version = :version AND status = 'OK'
       AND (lease_until IS NULL OR lease_until <= :now OR lease_until > :latest)
 RETURNING id
""")
_GONE = Held(RECONNECT, None, 0, None, None, 0)


class GrantStore:
    """Of one consent; a newer one of the same person has another version, and is read instead."""

    def __init__(self, db: Database, folder: Path, grant_id: int, provider: str) -> None:
        """`folder`: of data, where the key is."""
        self._db, self._folder = db, folder
        self._whose = Sealed(grant_id, provider)
        self.provider = provider

    def read(self) -> Held:
        """Return what is held now; as ended, where it has been dropped or opens no more."""
        with self._db.reading() as session:
            row = session.get(Grant, self._whose.grant_id)
            now = grant_rows.now(session)
        if row is None or row.provider != self.provider:
            return _GONE
        if row.secret is None:
            return Held(RECONNECT, row.last_error, row.version, None, None, 0)
        try:
            access, refresh = grant_rows.opened(self._folder, self._whose, row.secret)
        except Conflict as error:
            if row.status == OK:
                self._mark(row.version, status=RECONNECT, last_error=str(error))
            return Held(RECONNECT, str(error), row.version, None, None, 0)
        if row.status != OK and not self._mark(row.version, status=OK, last_error=None):
            return self.read()
        left = (row.access_expires_at - now) / clock.SECOND
        return Held(OK, None, row.version, access, refresh, left)

    def take_lease(self, version: int, me: str, seconds: int) -> bool:
        """Say whether it is `me` who renews, for so long."""
        with self._db.writing() as session:
            now = grant_rows.now(session)
            words = {
                "id": self._whose.grant_id,
                "version": version,
                "me": me,
                "now": now,
                "until": now + seconds * clock.SECOND,
                "latest": now + 2 * seconds * clock.SECOND,
            }
            return session.execute(_TAKE_LEASE, words).first() is not None

    def release(self, me: str) -> None:
        """Let others try, if the lease is still mine."""
        mine = Grant.id == self._whose.grant_id, Grant.lease_by == me
        with self._db.writing() as session:
            free = update(Grant).where(*mine).values(lease_by=None, lease_until=None)
            session.execute(free)

    def save(self, version: int, tokens: Tokens, refresh: SecretStr) -> bool:
        """Keep what came, and `refresh` where no newer one did. False: the version moved on.

        Raises:
            Busy, DiskFails, NoRoom: it is not kept yet; also where the database is away.
        """
        try:
            with self._db.writing() as session:
                newer = tokens.refresh or refresh
                values: dict[str, Any] = {
                    "secret": grant_rows.sealed(self._folder, self._whose, tokens, newer),
                    "access_expires_at": grant_rows.expiry(grant_rows.now(session), tokens),
                }
                if tokens.scopes is not None:
                    values["scopes"] = tokens.scopes
                return self._move(session, version, values)
        except OperationalError as error:
            raise Busy from error

    def end(self, version: int, said: str) -> str | None:
        """Wipe what the provider refuses; return why, as pages say it. None: it moved on."""
        with self._db.writing() as session:
            row = session.get(Grant, self._whose.grant_id)
            if row is None:
                return None
            age = grant_rows.now(session) - row.authorised_at
            why = consents.why_it_ended(self.provider, said, age)
            values = {"secret": None, "status": RECONNECT, "last_error": why}
            return why if self._move(session, version, values) else None

    def _mark(self, version: int, **values: Any) -> bool:
        with self._db.writing() as session:
            return self._move(session, version, values)

    def _move(self, session: Session, version: int, values: dict[str, Any]) -> bool:
        is_that = Grant.id == self._whose.grant_id, Grant.version == version
        moved = (
            update(Grant)
            .where(*is_that)
            .values(**values, version=Grant.version + 1, lease_by=None, lease_until=None)
            .returning(Grant.id)
            .execution_options(synchronize_session=False)
        )
        return session.scalar(moved) is not None

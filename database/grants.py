"""Consents that people gave elsewhere: found, put, wiped; what they are good for, on a page.

Renewing one is database/grant_store.py's. A consent is a row until it is dropped; one that has
ended stays, and says why.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr
from sqlalchemy import ColumnElement, Select, delete, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import consents, sealing
from core.consents import GOOGLE, NAMES, OK, SPOTIFY, Account, Tokens
from core.errors import Conflict
from database import grant_rows, tasks, youtube_filling, youtube_playlists
from database.grant_rows import Sealed
from database.models import DeviceFlow, Grant
from database.owner import HOUSE
from database.tasks import Enqueued

REVOKE = "revoke_consent"
# What nobody wants any more once there is no consent, by the names of its actions.
_TASKS = {
    SPOTIFY: (
        "sync_library", "full_sync", "sync_playlist", "sync_album", "sync_track", "sync_artist",
        "read_recent", "read_top", "read_artist_details", "describe_playlist", "make_playlist",
        "test_connection",
    ),
    GOOGLE: (
        "poll_device", "test_connection", youtube_filling.FILL, youtube_playlists.LIST,
    ),
}  # fmt: skip
_PUT = text("""
    INSERT INTO grants (person_id, provider, subject, subject_name, scopes, access_expires_at,
                        authorised_at, reconnect_by, version, status, created_at)
         VALUES (:person_id, :provider, :subject, :name, :scopes, :now,
                 :now, CAST(:reconnect_by AS BIGINT), 1, 'OK', :now)
    ON CONFLICT (person_id, provider)
      DO UPDATE SET subject           = excluded.subject,
                    subject_name      = excluded.subject_name,
                    scopes            = excluded.scopes,
                    access_expires_at = excluded.access_expires_at,
                    authorised_at     = excluded.authorised_at,
                    reconnect_by      = excluded.reconnect_by,
                    version           = grants.version + 1,
                    status            = 'OK',
                    last_error        = NULL,
                    lease_by          = NULL,
                    lease_until       = NULL
              WHERE grants.subject IN (excluded.subject, :formerly)
      RETURNING id
""")


class Shown(NamedTuple):
    """What a page may show of one. `profile`: what the provider tells of the account."""

    id: int
    provider: str
    subject: str
    subject_name: str
    scopes: tuple[str, ...]
    status: str
    last_error: str | None
    authorised_at: int
    reconnect_by: int | None
    profile: dict[str, Any] | None
    profile_at: int | None

    @property
    def is_ok(self) -> bool:
        return self.status == OK


class OtherAccount(Conflict):
    """Connecting again led to another account than the one that is connected."""

    def __init__(self, provider: str, name: str) -> None:
        super().__init__(
            f"This is another account at {NAMES[provider]} than the one that is connected: "
            f"“{name}”. Disconnect that one first, or log in there as it."
        )


class TakenAccount(Conflict):
    """It is somebody else's in this house."""

    def __init__(self, provider: str) -> None:
        super().__init__(
            f"Somebody else in this house has connected this account at {NAMES[provider]} already."
        )


def find(session: Session, person_id: int, provider: str) -> Shown | None:
    found = session.execute(_shown().where(*_is(person_id, provider))).first()
    return None if found is None else _as_shown(found)


def listed(session: Session, person_id: int) -> dict[str, Shown]:
    """Return all of a person's, by provider."""
    rows = session.execute(_shown().where(Grant.person_id == person_id).order_by(Grant.provider))
    return {row.provider: _as_shown(row) for row in rows}


def whose(session: Session, provider: str, account: Account) -> int | None:
    """Return who has connected this account, whether consent to it still holds or not."""
    marks = [mark for mark in (account.subject, account.formerly) if mark]
    query = select(Grant.person_id).where(Grant.provider == provider, Grant.subject.in_(marks))
    return session.scalar(query.order_by(Grant.subject != account.subject).limit(1))


def linked(session: Session, provider: str) -> list[int]:
    """Return whose consent holds, in the order of their ids."""
    query = select(Grant.person_id).where(Grant.provider == provider, Grant.status == OK)
    return list(session.scalars(query.order_by(Grant.person_id)))


def put(  # noqa: PLR0913 - by name
    session: Session,
    folder: Path,
    person_id: int,
    provider: str,
    *,
    account: Account,
    tokens: Tokens,
    scopes: Sequence[str],
) -> int:
    """Keep a new consent in place of any before it; return its id.

    `scopes`: what was asked for; it counts where the provider does not say what was granted.

    Raises:
        OtherAccount: another account of theirs is connected.
        TakenAccount: it is somebody else's.
        Conflict: there is no key to seal it with.
    """
    owner = whose(session, provider, account)
    if owner is not None and owner != person_id:
        raise TakenAccount(provider)
    now = grant_rows.now(session)
    words = {
        "person_id": person_id,
        "provider": provider,
        "subject": account.subject,
        "formerly": account.formerly or account.subject,
        "name": account.name,
        "scopes": tokens.scopes if tokens.scopes is not None else " ".join(scopes),
        "reconnect_by": consents.ends_at(provider, now),
        "now": now,
    }
    try:
        grant_id = session.execute(_PUT, words).scalar()
    except IntegrityError as error:
        # Two people with one account, at the same moment.
        raise TakenAccount(provider) from error
    if grant_id is None:
        known = find(session, person_id, provider)
        raise OtherAccount(provider, known.subject_name if known else "")
    kept = grant_rows.sealed(folder, Sealed(grant_id, provider), tokens, tokens.refresh)
    session.execute(
        update(Grant)
        .where(Grant.id == grant_id)
        .values(secret=kept, access_expires_at=grant_rows.expiry(now, tokens))
    )
    if provider == GOOGLE:
        youtube_playlists.go_on_with_all(session, person_id)
    return int(grant_id)


def set_profile(session: Session, person_id: int, provider: str, profile: dict[str, Any]) -> None:
    """Note what the provider tells of the account."""
    values = {"profile": profile, "profile_at": grant_rows.now(session)}
    session.execute(update(Grant).where(*_is(person_id, provider)).values(values))


def confirm(session: Session, person_id: int, provider: str, name: str) -> None:
    """Note what the account calls itself now."""
    known = update(Grant).where(*_is(person_id, provider)).values(subject_name=name)
    session.execute(known)


def drop(session: Session, folder: Path, person_id: int, provider: str) -> Enqueued | None:
    """Forget an account with its secret, and call off what was to be done with it.

    Google is told by a task, which is returned: the token is in its hands, sealed.
    """
    query = select(Grant.id, Grant.secret).where(*_is(person_id, provider)).with_for_update()
    row = session.execute(query).one_or_none()
    session.execute(delete(Grant).where(*_is(person_id, provider)))
    session.execute(
        delete(DeviceFlow).where(DeviceFlow.person_id == person_id, DeviceFlow.provider == provider)
    )
    tasks.call_off(session, person_id, _TASKS[provider])
    if provider != GOOGLE or row is None or row.secret is None:
        return None
    try:
        _, refresh = grant_rows.opened(folder, Sealed(row.id, provider), row.secret)
    except Conflict:
        # Without its key it is of no use to us either.
        return None
    return _ask_revoke(session, folder, provider, refresh)


def _ask_revoke(session: Session, folder: Path, provider: str, refresh: SecretStr) -> Enqueued:
    told = sealing.seal(folder, refresh, about=revocation(provider))
    return tasks.enqueue(session, REVOKE, {"provider": provider, "sealed": told}, owner=HOUSE)


def have_revoked(session: Session, person_id: int) -> None:
    """Have Google told that somebody leaves the house, whose rows go in this transaction."""
    query = select(Grant.id, Grant.secret).where(*_is(person_id, GOOGLE))
    row = session.execute(query).one_or_none()
    if row is not None and row.secret is not None:
        args = {"provider": GOOGLE, "sealed": row.secret, "grant_id": row.id}
        tasks.enqueue(session, REVOKE, args, owner=HOUSE)


def revocation(provider: str) -> str:
    """Return what a token that is to be revoked is sealed as."""
    return f"revoke:{provider}"


def _shown() -> Select[Any]:
    return select(
        Grant.id,
        Grant.provider,
        Grant.subject,
        Grant.subject_name,
        Grant.scopes,
        Grant.status,
        Grant.last_error,
        Grant.authorised_at,
        Grant.reconnect_by,
        Grant.profile,
        Grant.profile_at,
    )


def _as_shown(row: Any) -> Shown:
    shown = Shown(*row)
    return shown._replace(scopes=tuple(str(shown.scopes).split()))


def _is(person_id: int, provider: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Grant.person_id == person_id, Grant.provider == provider

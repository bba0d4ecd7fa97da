"""Codes that people type in at a provider's page; a task asks meanwhile whether they have.

First there is only the task. Once the provider has given a code, both are here, and once it has
given tokens, these in its place: they are not lost if what is asked next has trouble.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, select, text, update
from sqlalchemy.orm import Session

from core import clock
from database import tasks
from database.models import DeviceFlow
from database.owner import Owner
from database.tasks import Enqueued

POLL = "poll_device"
_PUT = text("""
    INSERT INTO device_flows (person_id, provider, scopes, interval_seconds, task_id, created_at)
         VALUES (:person_id, :provider, :scopes, 0, :task_id, :now)
    ON CONFLICT (person_id, provider)
      DO UPDATE SET device_code      = NULL,
                    user_code        = NULL,
                    address          = NULL,
                    scopes           = excluded.scopes,
                    interval_seconds = 0,
                    task_id          = excluded.task_id,
                    created_at       = excluded.created_at,
                    expires_at       = NULL
""")


class Flow(NamedTuple):
    """One that is under way. `task_id`: public, of the task that asks.

    `user_code` and `address` None: there is no code yet, or it has been entered. `device_code`,
    sealed, is then None, or holds the tokens.
    """

    device_code: str | None
    user_code: str | None
    address: str | None
    scopes: tuple[str, ...]
    interval_seconds: int
    task_id: str
    expires_at: int | None

    @property
    def has_tokens(self) -> bool:
        return self.device_code is not None and self.user_code is None


class Code(NamedTuple):
    """What a provider gave: `sealed` is what to ask with, `expires_at` a moment."""

    sealed: str
    user_code: str
    address: str
    interval_seconds: int
    expires_at: int


def begin(session: Session, person_id: int, provider: str, scopes: Sequence[str]) -> Enqueued:
    """Have a code asked for; while that is under way already, it is that one."""
    key = f"{POLL}:{person_id}:{provider}"
    task = tasks.enqueue(
        session, POLL, {"provider": provider}, owner=Owner(person_id), dedup_key=key, lock_key=key
    )
    if task.is_new:
        words = {
            "person_id": person_id,
            "provider": provider,
            "scopes": " ".join(scopes),
            "task_id": task.public_id,
            "now": clock.now(),
        }
        session.execute(_PUT, words)
    return task


def find(session: Session, person_id: int, provider: str) -> Flow | None:
    query = select(
        DeviceFlow.device_code,
        DeviceFlow.user_code,
        DeviceFlow.address,
        DeviceFlow.scopes,
        DeviceFlow.interval_seconds,
        DeviceFlow.task_id,
        DeviceFlow.expires_at,
    ).where(*_is(person_id, provider))
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return Flow(**row._asdict() | {"scopes": tuple(row.scopes.split())})


def show(session: Session, person_id: int, provider: str, task_id: str, code: Code) -> None:
    """Keep a code for the person to see, if it still is this task that asks."""
    values = {
        "device_code": code.sealed,
        "user_code": code.user_code,
        "address": code.address,
        "interval_seconds": code.interval_seconds,
        "expires_at": code.expires_at,
    }
    _change(session, person_id, provider, task_id, values)


def slow_down(
    session: Session, person_id: int, provider: str, task_id: str, interval_seconds: int
) -> None:
    _change(session, person_id, provider, task_id, {"interval_seconds": interval_seconds})


def hold(session: Session, person_id: int, provider: str, task_id: str, sealed: str) -> None:
    """Keep the tokens in the place of the code, which is worth nothing any more."""
    values = {"device_code": sealed, "user_code": None, "address": None}
    _change(session, person_id, provider, task_id, values)


def drop(session: Session, person_id: int, provider: str, task_id: str) -> bool:
    """Forget one, if it still is this task that asks; False: it was given up meanwhile."""
    its = (*_is(person_id, provider), DeviceFlow.task_id == task_id)
    gone = delete(DeviceFlow).where(*its).returning(DeviceFlow.person_id)
    return session.scalar(gone) is not None


def drop_older(session: Session, before: int) -> int:
    """Drop those whose task was cancelled, or that nobody finished; return how many."""
    gone = delete(DeviceFlow).where(DeviceFlow.created_at < before)
    return len(session.execute(gone.returning(DeviceFlow.person_id)).all())


def _change(
    session: Session, person_id: int, provider: str, task_id: str, values: Mapping[str, object]
) -> None:
    its = (*_is(person_id, provider), DeviceFlow.task_id == task_id)
    session.execute(update(DeviceFlow).where(*its).values(dict(values)))


def _is(person_id: int, provider: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return DeviceFlow.person_id == person_id, DeviceFlow.provider == provider

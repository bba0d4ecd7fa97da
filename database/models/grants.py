"""Consents: what other services let the program do for a person, and how one is asked for.

Secrets are sealed (core/sealing.py): in the database they are of no use to whoever reads it.
"""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Day, Json, Key, Moment, Words
from database.models.tasks import partial


class Grant(Base):
    """A person's account at a provider, with tokens that expire and are renewed.

    `subject`: whom the provider says it is; never an e-mail address. `secret`: sealed, of both
    tokens; None once consent has ended. `version` rises with each change of it. `lease_by`,
    `lease_until`: who renews it at the moment. `reconnect_by`: when consent ends by itself.
    `profile`: what the provider tells of the account, counters among it.
    """

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("status IN ('OK', 'RECONNECT')", name="status"),
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("grants_subject", "provider", "subject", unique=True),
        Index("grants_person_id", "person_id", "provider", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    provider: Mapped[Words]
    subject: Mapped[Words]
    subject_name: Mapped[Words]
    scopes: Mapped[Words]
    secret: Mapped[Words | None]
    access_expires_at: Mapped[Moment]
    authorised_at: Mapped[Moment]
    reconnect_by: Mapped[Moment | None]
    version: Mapped[Count]
    lease_by: Mapped[Words | None]
    lease_until: Mapped[Moment | None]
    status: Mapped[Words]
    last_error: Mapped[Words | None]
    profile: Mapped[dict[str, Any] | None] = mapped_column(Json)
    profile_at: Mapped[Moment | None]
    created_at: Mapped[Moment]


class OauthTransaction(Base):
    """One walk to a provider and back: good once, for ten minutes, in the browser it began in.

    `purpose`: 'link', 'reconnect', 'scopes' or 'login'; only the last is nobody's yet.
    `browser_hash`: of what its cookie holds. `verifier`: sealed.
    """

    __tablename__ = "oauth_transactions"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("oauth_transactions_state_hash", "state_hash", unique=True),
        Index("oauth_transactions_expires_at", "expires_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    state_hash: Mapped[Words]
    browser_hash: Mapped[Words]
    person_id: Mapped[Count | None]
    provider: Mapped[Words]
    purpose: Mapped[Words]
    verifier: Mapped[Words]
    scopes: Mapped[Words]
    redirect_uri: Mapped[Words]
    next_path: Mapped[Words]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class DeviceFlow(Base):
    """A code that a person types in at a provider's page, while a task asks whether they have."""

    __tablename__ = "device_flows"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    person_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    provider: Mapped[Words] = mapped_column(primary_key=True)
    device_code: Mapped[Words | None]
    user_code: Mapped[Words | None]
    address: Mapped[Words | None]
    scopes: Mapped[Words]
    interval_seconds: Mapped[Count]
    task_id: Mapped[Words]
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]


class ProviderPace(Base):
    """How fast a provider may be asked, by all processes together.

    `free_at`: when the next turn is. `rest_until`: nobody asks before, because of what it
    `said`. `calls`: on `day`, in UTC.
    """

    __tablename__ = "provider_paces"
    __table_args__ = ({"sqlite_with_rowid": False},)

    provider: Mapped[Words] = mapped_column(primary_key=True)
    free_at: Mapped[Moment]
    rest_until: Mapped[Moment | None]
    said: Mapped[Words | None]
    day: Mapped[Day]
    calls: Mapped[Count]


class Notification(Base):
    """What became of something that a person asked for; one row a task, whose state it follows.

    A trigger on `tasks` says how that ended; `error_msg`: why it failed.
    `type`: 'task_started', 'task_complete', 'task_failed'. `resource`: 'playlist', 'album',
    'track', 'artist', 'library'. `operation`: 'sync', 'analyze', 'full_sync'.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("notifications_task_id", "task_id", unique=True),
        Index("notifications_person_id", "person_id", "id"),
        Index("notifications_new", "person_id", **partial("acknowledged_at IS NULL")),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    person_id: Mapped[Count]
    task_id: Mapped[Words]
    type: Mapped[Words]
    resource: Mapped[Words]
    resource_id: Mapped[Words | None]
    operation: Mapped[Words]
    extras: Mapped[dict[str, Any]] = mapped_column(Json)
    error_msg: Mapped[Words | None]
    created_at: Mapped[Moment]
    changed_at: Mapped[Moment]
    acknowledged_at: Mapped[Moment | None]

"""The queue: workers, tasks, their results and events, and schedules."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from database.models.base import Base, Count, Json, Key, Moment, Words

_OPEN = "status IN ('WAITING', 'PROGRESSING')"


def partial(condition: str) -> dict[str, Any]:
    """Return the arguments that make an index partial.

    On SQLite: to say it of PostgreSQL too would load all that SQLAlchemy knows of it,
    5 MB for the house. What is so there, the migrations say.
    """
    return {"sqlite_where": text(condition)}


class Worker(Base):
    """One process that claims tasks. It lives as long as its lock, not as long as its row."""

    __tablename__ = "workers"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[Key]
    host: Mapped[Words]
    boot_id: Mapped[Words]
    pid: Mapped[Count]
    lock_name: Mapped[Words]
    started_at: Mapped[Moment]
    gone_at: Mapped[Moment | None]


# Under which names the arguments of a task say which files came with it.
_UPLOADS = ("upload", "target_upload")


def uploads_of(args: dict[str, Any]) -> list[str]:
    """Return the names of the files in DATA/uploads that the arguments of a task tell of."""
    return [args[name] for name in _UPLOADS if args.get(name)]


class Task(Base):
    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint(
            "status IN ('WAITING', 'PROGRESSING', 'COMPLETE', 'ERROR', 'CANCELLED')", name="status"
        ),
        CheckConstraint("(status = 'PROGRESSING') = (worker_id IS NOT NULL)", name="held"),
        CheckConstraint(
            "(status IN ('COMPLETE', 'ERROR', 'CANCELLED')) = (finished_at IS NOT NULL)",
            name="finished",
        ),
        ForeignKeyConstraint(["person_id"], ["people.id"], ondelete="CASCADE"),
        Index("tasks_public_id", "public_id", unique=True),
        Index("tasks_person_id", "person_id", "id", **partial("person_id IS NOT NULL")),
        Index("tasks_guest_hash", "guest_hash", "id", **partial("guest_hash IS NOT NULL")),
        Index("tasks_claim", "lane", "sort_key", "id", "run_at", **partial("status = 'WAITING'")),
        Index("tasks_running", "worker_id", **partial("status = 'PROGRESSING'")),
        Index(
            "tasks_dedup", "dedup_key", unique=True, **partial(f"dedup_key IS NOT NULL AND {_OPEN}")
        ),
        Index(
            "tasks_lock",
            "lock_key",
            unique=True,
            **partial("lock_key IS NOT NULL AND status = 'PROGRESSING'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Key]
    public_id: Mapped[Words]
    action: Mapped[Words]
    args: Mapped[dict[str, Any]] = mapped_column(Json)
    person_id: Mapped[Count | None]
    guest_hash: Mapped[Words | None]
    lane: Mapped[Words]
    status: Mapped[Words]
    sort_key: Mapped[Count]
    run_at: Mapped[Moment]
    attempt: Mapped[Count]
    failures: Mapped[Count]
    max_failures: Mapped[Count]
    crashes: Mapped[Count]
    max_crashes: Mapped[Count]
    worker_id: Mapped[Count | None]
    claimed_at: Mapped[Moment | None]
    timeout_seconds: Mapped[Count | None]
    dedup_key: Mapped[Words | None]
    lock_key: Mapped[Words | None]
    parent_id: Mapped[Count | None]
    schedule_name: Mapped[Words | None]
    cancel_asked_at: Mapped[Moment | None]
    progress_msg: Mapped[Words | None]
    error_msg: Mapped[Words | None]
    created_at: Mapped[Moment]
    changed_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]

    @property
    def is_open(self) -> bool:
        return self.status in ("WAITING", "PROGRESSING")

    @property
    def uploads(self) -> list[str]:
        """The files in DATA/uploads that came with it."""
        return uploads_of(self.args)

    @property
    def is_retrying(self) -> bool:
        """Failed before and waiting for its next try at `run_at`."""
        return self.status == "WAITING" and self.failures > 0

    @property
    def is_put_off(self) -> bool:
        """Put off until `run_at`, for a reason that is no failure and stands in `error_msg`."""
        return self.status == "WAITING" and not self.failures and self.error_msg is not None


class Result(Base):
    __tablename__ = "results"
    __table_args__ = (ForeignKeyConstraint(["task_id"], ["tasks.id"], ondelete="CASCADE"),)

    task_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[Count]
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[Moment]


class TaskEvent(Base):
    """What happened to a task: one row a change of status, written by triggers.

    Numbered within its task: together they lie in one place, and need no index beside it.
    """

    __tablename__ = "task_events"
    __table_args__ = (
        ForeignKeyConstraint(["task_id"], ["tasks.id"], ondelete="CASCADE"),
        {"sqlite_with_rowid": False},
    )

    task_id: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[Count] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[Count]
    at: Mapped[Moment]
    type: Mapped[Words]
    message: Mapped[Words | None]


class Schedule(Base):
    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    action: Mapped[Words]
    args: Mapped[dict[str, Any]] = mapped_column(Json)
    rule: Mapped[Words]
    zone: Mapped[Words]
    is_enabled: Mapped[bool]
    next_run_at: Mapped[Moment]
    last_slot: Mapped[Moment | None]

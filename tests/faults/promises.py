"""What must hold of a household whatever befell its processes, looked at from outside."""

import hashlib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from database import mosaics, tasks
from database.engine import Database
from database.models import Mosaic, Result, Task, TaskEvent
from database.workers import DIED

ENDS = {"complete": "COMPLETE", "error": "ERROR", "cancelled": "CANCELLED"}
_DIED = DIED.removesuffix(".")


class Replayed(NamedTuple):
    """What the history of a task says of it."""

    status: str
    attempt: int
    crashes: int


def replayed(events: list[TaskEvent]) -> Replayed:
    """Play the history of one task; a step that cannot be is an AssertionError."""
    status, attempt, crashes = "", 0, 0
    for event in events:
        if event.type == "queued":
            assert status == "", "queued twice"
            status = "WAITING"
        elif event.type == "claimed":
            assert status == "WAITING", f"claimed while {status}"
            assert event.attempt == attempt + 1, "an attempt that is none"
            status, attempt = "PROGRESSING", event.attempt
        elif event.type != "cancel_asked":
            assert status == "PROGRESSING", f"{event.type} while {status}"
            assert event.attempt == attempt, "an end of another attempt"
            crashes += event.type == "recovered" or (event.message or "").startswith(_DIED)
            status = ENDS.get(event.type, "WAITING")
    return Replayed(status, attempt, crashes)


def everything_holds(db: Database) -> dict[str, int]:
    """Check the promises for every task; return how many ended in which way."""
    with db.reading() as session:
        if db.is_sqlite:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        rows = session.scalars(select(Task).order_by(Task.id)).all()
        histories = _histories(session)
        results = {row.task_id: row.attempt for row in session.scalars(select(Result))}
    found: dict[str, int] = defaultdict(int)
    for task in rows:
        _holds(task, histories[task.id], results.get(task.id))
        found[task.status] += 1
    return dict(found)


def only_the_unlucky_failed(db: Database) -> None:
    """An ERROR is allowed only where the worker was killed over one task three times."""
    with db.reading() as session:
        failed = session.scalars(select(Task).where(Task.status == "ERROR")).all()
    for task in failed:
        assert task.crashes == tasks.MAX_CRASHES, f"{task.action}: {task.error_msg}"
        assert task.error_msg and task.error_msg.startswith(_DIED)


def _histories(session: Session) -> dict[int, list[TaskEvent]]:
    found: dict[int, list[TaskEvent]] = defaultdict(list)
    for event in session.scalars(select(TaskEvent).order_by(TaskEvent.task_id, TaskEvent.number)):
        found[event.task_id].append(event)
    return found


def _holds(task: Task, history: list[TaskEvent], result_of: int | None) -> None:
    told = replayed(history)
    assert told == (task.status, task.attempt, task.crashes), f"task {task.id}"
    assert task.status in ENDS.values(), f"task {task.id} never ended"
    ends = [event.type for event in history if event.type in ENDS]
    assert len(ends) == 1, f"task {task.id} ended as {ends}"
    expected = task.attempt if task.status == "COMPLETE" else None
    assert result_of == expected, f"task {task.id} has a result of attempt {result_of}"


def files_and_rows_agree(db: Database, pictures: Path) -> int:
    """Check that each mosaic has its whole files, and each file its mosaic; return how many."""
    with db.reading() as session:
        rows = session.execute(select(Mosaic.file, Mosaic.sha256)).all()
    named = {row.file: row.sha256 for row in rows}
    assert None not in named, "a mosaic has lost its picture"
    there = {path.name for path in pictures.iterdir()}
    assert there == {file for name in named for file in mosaics.files_of(name)}
    for name, sha256 in named.items():
        assert hashlib.sha256((pictures / name).read_bytes()).hexdigest() == sha256
    return len(named)

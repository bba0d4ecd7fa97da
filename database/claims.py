"""The queue as a worker sees it: claim, finish, fail, give back, recover.

Every statement names the status it expects, and every one that ends an attempt
names the attempt as well: a worker that was believed dead and comes back late
changes nothing.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file

import json
import random
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from core import clock
from database import wake
from database.statement import Link, Statement, connected

BACKOFF_BASE = clock.SECOND
BACKOFF_CAP = 10 * clock.MINUTE
# Several hosts' clocks may differ by less than this.
_AHEAD = clock.MINUTE

# What was put off by a clock that was ahead of this one would wait for years: it is due now.
_TURN = f"""
    SELECT t.id FROM tasks t
     WHERE t.status = 'WAITING' AND t.lane = :lane
       AND (t.run_at <= :now OR t.changed_at > :now + {_AHEAD})
       AND t.action IN ({{actions}})
       AND (t.lock_key IS NULL OR NOT EXISTS
               (SELECT 1 FROM tasks r
                 WHERE r.lock_key = t.lock_key AND r.status = 'PROGRESSING'))
     ORDER BY t.sort_key, t.id
     LIMIT 1
"""
_TAKE = """
    SET status = 'PROGRESSING', attempt = attempt + 1, worker_id = :worker_id,
        claimed_at = :now, changed_at = :now, progress_msg = NULL, error_msg = NULL
"""
_GIVE = (
    "RETURNING tasks.id, public_id, action, args, attempt, person_id, guest_hash, timeout_seconds"
)
# One whom the others took for dead claims nothing: they would recover it at once, as a crash.
_LIVES = """
    NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = :worker_id AND w.gone_at IS NOT NULL)
"""
_CLAIM_SQLITE = f"UPDATE tasks {_TAKE} WHERE id = ({_TURN}) AND {_LIVES} {_GIVE}"
_CLAIMABLE = f"SELECT 1 FROM ({_TURN}) AS turn"
# MATERIALIZED keeps PostgreSQL from running the select twice.
_CLAIM_POSTGRESQL = f"""
    WITH turn AS MATERIALIZED ({_TURN} FOR UPDATE OF t SKIP LOCKED)
    UPDATE tasks {_TAKE} FROM turn WHERE tasks.id = turn.id AND {_LIVES} {_GIVE}
"""
_NEXT_DUE = text("SELECT min(run_at) FROM tasks WHERE status = 'WAITING' AND lane = :lane")
_MINE = "id = :id AND attempt = :attempt AND status = 'PROGRESSING'"
_FINISH = Statement(f"""
    UPDATE tasks SET status = 'COMPLETE', finished_at = :now, changed_at = :now,
                     worker_id = NULL
     WHERE {_MINE}
""")
_RESULT = Statement("""
    INSERT INTO results (task_id, attempt, body, created_at) VALUES (:id, :attempt, :body, :now)
""")
_STOP = text(f"""
    UPDATE tasks SET status = 'CANCELLED', finished_at = :now, changed_at = :now,
                     worker_id = NULL
     WHERE {_MINE}
""")
# In SQL every right-hand side sees the old row, so the cases agree.
_FAIL = text(f"""
    UPDATE tasks
       SET failures    = failures + :counted,
           worker_id   = NULL,
           error_msg   = :sentence,
           status      = CASE WHEN cancel_asked_at IS NOT NULL THEN 'CANCELLED'
                              WHEN :final = 1 OR failures + :counted >= max_failures THEN 'ERROR'
                              ELSE 'WAITING' END,
           finished_at = CASE WHEN cancel_asked_at IS NOT NULL
                                OR :final = 1 OR failures + :counted >= max_failures
                              THEN CAST(:now AS BIGINT) END,
           changed_at  = :now,
           run_at      = CAST(:retry_at AS BIGINT),
           sort_key    = CAST(:retry_at AS BIGINT)
     WHERE {_MINE}
 RETURNING status
""")
_FAILURES = text(f"SELECT failures FROM tasks WHERE {_MINE}")
_GIVE_BACK = text(f"""
    UPDATE tasks
       SET worker_id   = NULL,
           status      = CASE WHEN cancel_asked_at IS NOT NULL THEN 'CANCELLED'
                              ELSE 'WAITING' END,
           finished_at = CASE WHEN cancel_asked_at IS NOT NULL THEN CAST(:now AS BIGINT) END,
           changed_at  = :now,
           run_at      = CAST(:now AS BIGINT)
     WHERE {_MINE}
 RETURNING status
""")
_RECOVER = text("""
    UPDATE tasks
       SET crashes     = crashes + 1,
           worker_id   = NULL,
           error_msg   = CAST(:sentence AS TEXT),
           status      = CASE WHEN cancel_asked_at IS NOT NULL THEN 'CANCELLED'
                              WHEN crashes + 1 >= max_crashes THEN 'ERROR'
                              ELSE 'WAITING' END,
           finished_at = CASE WHEN cancel_asked_at IS NOT NULL OR crashes + 1 >= max_crashes
                              THEN CAST(:now AS BIGINT) END,
           changed_at  = :now,
           run_at      = CAST(:now AS BIGINT)
     WHERE status = 'PROGRESSING' AND worker_id = :worker_id
 RETURNING status
""")
_MILESTONE = text(f"UPDATE tasks SET progress_msg = :msg WHERE {_MINE}")
_IS_OPEN = text("SELECT 1 FROM tasks WHERE id = :id AND finished_at IS NULL")
_WANTED = text(f"SELECT cancel_asked_at FROM tasks WHERE {_MINE}")


class Attempt(NamedTuple):
    """All that is needed to end an attempt from outside."""

    id: int
    attempt: int


class Claimed(NamedTuple):
    """A task in a worker's hands. `attempt` is the fence."""

    id: int
    public_id: str
    action: str
    args: dict[str, Any]
    attempt: int
    person_id: int | None
    guest_hash: str | None
    timeout_seconds: int | None


@cache
def _for(sql: str, actions: tuple[str, ...]) -> Statement:
    # Names of jobs from the registry, never from outside.
    return Statement(sql.format(actions=", ".join(f"'{action}'" for action in actions)))


def is_claimable(link: Link, lane: str, actions: Collection[str]) -> bool:
    """Look without the write lock, so that an idle worker never takes it."""
    words = {"lane": lane, "now": clock.now()}
    return _for(_CLAIMABLE, tuple(actions)).run(link, words).fetchone() is not None


def next_due(link: Link, lane: str) -> int | None:
    """Return the moment when the next waiting task of the lane may start.

    One in the past: it is held up, by its lock_key or because this program does not know it.
    """
    return link.execute(_NEXT_DUE, {"lane": lane}).scalar()


def claim(link: Link, worker_id: int, lane: str, actions: Collection[str]) -> Claimed | None:
    """Take the task of `lane` whose turn it is; None if none is due, or the worker is buried.

    Only `actions` that this program has code for: beside a newer program, the tasks
    of that one wait for it.

    Raises:
        IntegrityError: on PostgreSQL two workers passed the look at `lock_key`
            together, and the index let the other one through. Try again.
    """
    words = {"worker_id": worker_id, "lane": lane, "now": clock.now()}
    connection = connected(link)
    sql = _CLAIM_SQLITE if connection.dialect.name == "sqlite" else _CLAIM_POSTGRESQL
    row = _for(sql, tuple(actions)).run(connection, words).fetchone()
    if row is None:
        return None
    key, public_id, action, args, *rest = row
    return Claimed(key, public_id, action, json.loads(args), *rest)


def finish(
    link: Link,
    task: Claimed,
    body: dict[str, Any],
    writes: Sequence[Callable[[Session], None]] = (),
) -> bool:
    """Store the result, with all of `writes`. False if the task was given away meanwhile."""
    words = {"id": task.id, "attempt": task.attempt, "now": clock.now()}
    if _FINISH.run(link, words).rowcount != 1:
        return False
    _RESULT.run(link, words | {"body": json.dumps(body, separators=(",", ":"))})
    if writes:
        with Session(connected(link)) as session:
            for write in writes:
                write(session)
            session.flush()
    return True


def stop(link: Link, task: Claimed | Attempt) -> bool:
    """End a task that was cancelled. False if it was given away meanwhile."""
    words = {"id": task.id, "attempt": task.attempt, "now": clock.now()}
    return _changed(link, _STOP, words)


def _changed(link: Link, statement: TextClause, words: dict[str, Any]) -> bool:
    return bool(link.execute(statement, words).rowcount == 1)  # type: ignore[attr-defined]


def fail(
    link: Link,
    task: Claimed | Attempt,
    sentence: str,
    *,
    retry_after: float | None = None,
    is_counted: bool = True,
) -> str | None:
    """End this attempt with a sentence for its owner; return the new status, or None if not ours.

    `retry_after`: seconds after which another try may help, None when none will. The
    wait grows with each failure. `is_counted`: False for what is nobody's fault and
    must not use up the tries, such as a full disk.
    """
    now = clock.now()
    mine = {"id": task.id, "attempt": task.attempt}
    failures = link.execute(_FAILURES, mine).scalar() or 0
    words = mine | {
        "now": now,
        "sentence": sentence.replace("\0", "")[:1000],
        "counted": int(is_counted),
        "final": int(retry_after is None),
        "retry_at": now + delay(failures, retry_after or 0),
    }
    status: str | None = link.execute(_FAIL, words).scalar()
    return status


def delay(failures: int, at_least_seconds: float) -> int:
    """Return how long to wait before the next try, in ms: exponential with full jitter."""
    most = min(BACKOFF_CAP, BACKOFF_BASE * 2 ** min(failures, 20))
    return int(at_least_seconds * clock.SECOND + random.uniform(0, most))  # noqa: S311


def give_back(link: Link, task: Claimed | Attempt) -> bool:
    """Let the task be claimed again at once, as if it had not been: this worker is stopping."""
    words = {"id": task.id, "attempt": task.attempt, "now": clock.now()}
    row = link.execute(_GIVE_BACK, words).one_or_none()
    if row is None:
        return False
    if row.status == "WAITING":
        wake.after_commit(link)
    return True


def recover(link: Link, worker_id: int, sentence: str) -> int:
    """Let the tasks of a dead worker be claimed again; return how many it had.

    One that was in hand at MAX_CRASHES deaths becomes ERROR instead: it may be what
    kills them.
    """
    words = {"worker_id": worker_id, "now": clock.now(), "sentence": sentence}
    rows = link.execute(_RECOVER, words).all()
    if any(row.status == "WAITING" for row in rows):
        wake.after_commit(link)
    return len(rows)


def milestone(link: Link, task: Claimed, msg: str) -> None:
    """Keep a word of progress on disk, for the page after a power cut; seldom."""
    link.execute(_MILESTONE, {"id": task.id, "attempt": task.attempt, "msg": msg})


def wanted(link: Link, task: Claimed | Attempt) -> bool:
    """Say whether to go on: False when it was cancelled, or is not this attempt's any more."""
    row = link.execute(_WANTED, {"id": task.id, "attempt": task.attempt}).one_or_none()
    return row is not None and row.cancel_asked_at is None


def is_open(link: Link, task: Claimed) -> bool:
    """Say whether the task will be, or is being, tried again."""
    return link.execute(_IS_OPEN, {"id": task.id}).first() is not None

"""The queue as its users see it: put in, look at, cancel, run again.

What the worker does with it is database/claims.py. Both change a status only in
an UPDATE that names the status it expects.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file

import json
import logging
import secrets
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.orm import Session

from core import at_hand, clock
from core.errors import Conflict, NotFound
from database import notifications, wake
from database.models import Person, Result, Task, TaskEvent
from database.owner import Owner
from database.statement import Link, Statement

log = logging.getLogger(__name__)

QUICK, LONG = "quick", "long"
MAX_FAILURES, MAX_CRASHES = 5, 3
# A person's next open task stands as if it had come this much later: the first task
# of somebody else goes ahead, and nobody waits for ever.
TURN = 15 * clock.SECOND

_OPEN = "status IN ('WAITING', 'PROGRESSING')"
# In words and not as parameters: a bound status would not find the partial indexes.
_INSERT = f"""
    INSERT INTO tasks (public_id, action, args, person_id, guest_hash, lane, status, sort_key,
                       run_at, attempt, failures, max_failures, crashes, max_crashes,
                       timeout_seconds, dedup_key, lock_key, parent_id, schedule_name, created_at,
                       changed_at)
         VALUES (:public_id, :action, :args, :person_id, :guest_hash, :lane, 'WAITING',
                 :run_at + {TURN} * {{open}}, :run_at, 0, 0, {MAX_FAILURES}, 0, {MAX_CRASHES},
                 :timeout_seconds, :dedup_key, :lock_key, :parent_id, :schedule_name, :created_at,
                 :created_at)
    ON CONFLICT (dedup_key) WHERE dedup_key IS NOT NULL AND {_OPEN}
     DO NOTHING
      RETURNING id
"""
_OPEN_WITH_KEY = text(f"SELECT id, public_id FROM tasks WHERE dedup_key = :key AND {_OPEN}")
_OPEN_OF = f"(SELECT count(*) FROM tasks WHERE {{key}} = :{{key}} AND lane = :lane AND {_OPEN})"
_INSERT_FOR = {
    "person": Statement(_INSERT.format(open=_OPEN_OF.format(key="person_id"))),
    "guest": Statement(_INSERT.format(open=_OPEN_OF.format(key="guest_hash"))),
    "house": Statement(_INSERT.format(open=0)),
}
# Into the event that the insert's trigger has written.
_ASKED_BY = text("UPDATE task_events SET message = :said WHERE task_id = :id AND number = 0")
_ASK_CANCEL = text(f"""
    UPDATE tasks
       SET cancel_asked_at = coalesce(cancel_asked_at, CAST(:now AS BIGINT)),
           status          = CASE WHEN status = 'WAITING' THEN 'CANCELLED' ELSE status END,
           changed_at      = CASE WHEN status = 'WAITING' THEN CAST(:now AS BIGINT)
                                  ELSE changed_at END,
           finished_at     = CASE WHEN status = 'WAITING' THEN CAST(:now AS BIGINT) END
     WHERE id = :id AND {_OPEN}
""")


class Enqueued(NamedTuple):
    """`is_new` is False when the same request was open already: this is that task."""

    id: int
    public_id: str
    is_new: bool


class Listed(NamedTuple):
    id: int
    public_id: str
    action: str
    args: dict[str, Any]
    status: str
    progress_msg: str | None
    error_msg: str | None
    created_at: int
    claimed_at: int | None
    finished_at: int | None
    person_name: str | None

    @property
    def label(self) -> str:
        return label(self.action, self.args)


def enqueue(  # noqa: PLR0913 - what may be said of a task, by name
    link: Link,
    action: str,
    args: dict[str, Any],
    *,
    owner: Owner,
    lane: str = QUICK,
    dedup_key: str | None = None,
    lock_key: str | None = None,
    run_at: int | None = None,
    timeout_seconds: int | None = None,
    parent_id: int | None = None,
    schedule_name: str | None = None,
) -> Enqueued:
    """Put a task in, and wake a worker once this transaction has committed.

    A second request with the `dedup_key` of an open task gives that task. Tasks of
    one `lock_key` never run at the same time. `run_at` delays it.
    """
    now = clock.now()
    row = {
        "public_id": secrets.token_hex(16),
        "action": action,
        "args": json.dumps(args, separators=(",", ":")),
        "person_id": owner.person_id,
        "guest_hash": owner.guest_hash,
        "lane": lane,
        "run_at": max(now, run_at or 0),
        "timeout_seconds": timeout_seconds,
        "dedup_key": dedup_key,
        "lock_key": lock_key,
        "parent_id": parent_id,
        "schedule_name": schedule_name,
        "created_at": now,
    }
    while (made := _INSERT_FOR[owner.kind].run(link, row).fetchone()) is None:
        found = link.execute(_OPEN_WITH_KEY, {"key": dedup_key}).one_or_none()
        # None: on PostgreSQL it ended between the two statements.
        if found is not None:
            return Enqueued(found.id, found.public_id, is_new=False)
    wake.after_commit(link)
    if request := at_hand.request():
        link.execute(_ASKED_BY, {"id": made[0], "said": f"request {request}"})
        log.info("task %d (%s) is asked for", made[0], action)
    return Enqueued(made[0], str(row["public_id"]), is_new=True)


def get(session: Session, public_id: str, owner: Owner) -> Task:
    """Return a task.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    task = session.scalar(select(Task).where(Task.public_id == public_id))
    if task is None or not owner.owns(task.person_id, task.guest_hash):
        raise NotFound("task", public_id)
    return task


def is_open(session: Session, dedup_key: str) -> bool:
    """Say whether what was asked for by this key is not over yet."""
    return session.execute(_OPEN_WITH_KEY, {"key": dedup_key}).first() is not None


def result(session: Session, task_id: int) -> dict[str, Any] | None:
    return session.scalar(select(Result.body).where(Result.task_id == task_id))


def events(session: Session, task_id: int) -> list[tuple[int, int, str, str | None]]:
    """Return (moment, attempt, type, message) of a task, oldest first."""
    query = select(TaskEvent.at, TaskEvent.attempt, TaskEvent.type, TaskEvent.message)
    query = query.where(TaskEvent.task_id == task_id).order_by(TaskEvent.number)
    return [(*row,) for row in session.execute(query)]


def ask_cancel(session: Session, public_id: str, owner: Owner) -> Task:
    """Cancel a waiting task at once, or ask the worker that has it to stop.

    Cancelling a finished task changes nothing.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    task = get(session, public_id, owner)
    session.execute(_ASK_CANCEL, {"id": task.id, "now": clock.now()})
    session.refresh(task)
    return task


def call_off(session: Session, person_id: int, actions: Collection[str]) -> None:
    """Cancel a person's open tasks of these actions, as `ask_cancel` does."""
    # In words and not as a parameter: a bound status would not find the partial index.
    query = select(Task.id).where(
        text(_OPEN), Task.person_id == person_id, Task.action.in_(actions)
    )
    for task_id in session.scalars(query).all():
        session.execute(_ASK_CANCEL, {"id": task_id, "now": clock.now()})


def again(session: Session, public_id: str, owner: Owner) -> Enqueued:
    """Put a finished task in once more, for the same owner.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it is still open, or its file is gone.
    """
    task = get(session, public_id, owner)
    if task.is_open:
        raise Conflict("This task is still open.")
    if task.uploads:
        raise Conflict("This task came with a file: bring the file again to run it anew.")
    made = enqueue(
        session,
        task.action,
        task.args,
        owner=Owner(task.person_id, task.guest_hash),
        lane=task.lane,
        dedup_key=task.dedup_key,
        lock_key=task.lock_key,
        timeout_seconds=task.timeout_seconds,
        parent_id=task.id,
    )
    notifications.started_again(session, task.public_id, made.public_id)
    return made


def listed(
    session: Session,
    owner: Owner,
    *,
    before: int | None = None,
    limit: int = 50,
    everybody: bool = False,
) -> list[Listed]:
    """Return tasks, the newest first; `before` is the id that the last page ended with."""
    query = select(
        Task.id,
        Task.public_id,
        Task.action,
        Task.args,
        Task.status,
        Task.progress_msg,
        Task.error_msg,
        Task.created_at,
        Task.claimed_at,
        Task.finished_at,
        Person.name,
    ).outerjoin(Person, Person.id == Task.person_id)
    if not everybody:
        query = query.where(_belongs_to(owner))
    if before is not None:
        query = query.where(Task.id < before)
    return [Listed(*row) for row in session.execute(query.order_by(Task.id.desc()).limit(limit))]


def _belongs_to(owner: Owner) -> ColumnElement[bool]:
    if owner.person_id is not None:
        return Task.person_id == owner.person_id
    return and_(Task.person_id.is_(None), Task.guest_hash == (owner.guest_hash or ""))


def ahead(session: Session, task: Task) -> int:
    """Return how many tasks of its lane will be claimed before this waiting one."""
    earlier = or_(
        Task.sort_key < task.sort_key,
        and_(Task.sort_key == task.sort_key, Task.id < task.id),
    )
    query = select(func.count()).where(
        text("status = 'WAITING'"), Task.lane == task.lane, Task.run_at <= clock.now(), earlier
    )
    return session.scalar(query) or 0


# What is done with a file, and what the file is called where nobody said its name.
_OF_A_FILE = {
    "import_films": ("Import of {}", "an export"),
    "import_records": ("Import of {}", "a collection"),
    "import_plays": ("Import of {}", "a history"),
    "undo_play_import": ("Undoing the import of {}", "a history"),
    "import_library": ("Import of {}", "a library"),
    "undo_library_import": ("Undoing the import of {}", "a library"),
    "undo_import": ("Undoing the import of {}", "an export"),
    "undo_record_import": ("Undoing the import of {}", "a collection"),
    "replace_poster": ("Poster from {}", "a picture"),
    "replace_cover": ("Cover from {}", "a picture"),
    "replace_album_cover": ("Cover from {}", "a picture"),
    "restore_shelf": ("Restoring the shelf from {}", "an export"),
}
_LABELS = {
    "correct_plays": "Correcting plays",
    "undo_play_edit": "Undoing a correction of plays",
    "remove_child": "Removing a child’s profile",
    "remove_person": "Removing a person",
    "recount_plays": "Counting plays anew",
    "count_by_rules": "Counting plays by each rule",
    "join_household": "Adding up the household’s plays",
    "begin_day": "Adding credits, choosing records of the day",
    "reset_shelf": "Emptying the shelf",
    "fetch_covers": "Looking for covers",
    "match_films": "Asking TMDB about films",
    "find_matches": "Asking TMDB which film is meant",
    "look_again": "Looking for posters again",
    "link_discogs": "Linking an account at Discogs",
    "import_discogs": "Bringing the collection from Discogs",
    "find_releases": "Looking for releases",
    "link_release": "Asking Discogs about a release",
    "fetch_album_covers": "Looking for covers of albums",
    "link_relay": "Linking an account that plays are sent on to",
    "relay_plays": "Sending plays on",
    "poll_device": "Connecting an account by a code",
    "test_connection": "Trying a connection",
    "revoke_consent": "Ending a consent at its provider",
    "end_of_consents": "Looking which consents end soon",
    "sync_library": "Reading a library at Spotify",
    "sync_libraries": "Having libraries read at Spotify",
    "sync_playlist": "Reading a playlist at Spotify",
    "sync_album": "Reading an album at Spotify",
    "sync_track": "Reading a track at Spotify",
    "sync_artist": "Reading about an artist at Spotify",
    "full_sync": "Reading at Spotify, and analysing",
    "analyze": "Analysing how tracks sound",
    "sound_records": "Finding out how records sound",
    "make_playlist": "Making a playlist at Spotify",
    "describe_playlist": "Describing a playlist at Spotify",
    "read_recent": "Reading what was just played at Spotify",
    "read_top": "Reading what was played most at Spotify",
    "fetch_library_images": "Fetching pictures of a library",
    "read_artist_details": "Reading about artists at Spotify",
    "forget_library": "Forgetting what came from Spotify",
    "check_videos": "Looking which videos still play",
    "fill_youtube_playlist": "Filling a playlist at YouTube",
    "list_youtube_playlists": "Looking for playlists at YouTube",
    "look_for_dumps": "Looking for dumps of Discogs",
    "fetch_dump": "Fetching a dump of Discogs",
    "import_crate": "Making a crate of a dump of Discogs",
    "clean_up": "Cleaning up",
    "back_up": "Making a backup",
    "check_database": "Looking at the database",
    "make_monthly": "Ordering the monthly mosaics",
}
_OWN = {"records": "your records", "plays": "albums played"}


def label(action: str, args: dict[str, Any]) -> str:
    """Say in a few words what a task is, as its pages call it."""
    called = args.get("file_name")
    if action == "create_mosaic":
        own = _OWN.get(args.get("source", ""), "your films")
        return f"Mosaic of {args.get('letterboxd_username') or called or own}"
    if action == "restore_shelf" and args.get("dry_run"):
        return f"Looking into {called or 'an export'}"
    if action in _OF_A_FILE:
        words, otherwise = _OF_A_FILE[action]
        return words.format(called or otherwise)
    return _LABELS.get(action, action.replace("_", " ").capitalize())

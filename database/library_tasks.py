"""Has libraries read, analysed and forgotten: which task does it, and when two are the same.

All that asks Spotify in somebody's name goes one after the other: two at once would only read
the same lists twice.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core import clock
from core.errors import Forbidden
from database import notifications, quota, tasks
from database.models import Task
from database.owner import HOUSE, Owner
from database.tasks import Enqueued

SYNC_ALL, FULL, ANALYZE, FORGET = "sync_library", "full_sync", "analyze", "forget_library"
SYNC_EACH, RECENT, TOP = "sync_libraries", "read_recent", "read_top"
IMAGES, DETAILS = "fetch_library_images", "read_artist_details"
DESCRIBE, MAKE = "describe_playlist", "make_playlist"
LIBRARY = "library"
# By what it is called elsewhere: the action, and what its argument is.
_SYNCS = {
    "playlist": ("sync_playlist", "playlist_id"),
    "album": ("sync_album", "album_id"),
    "track": ("sync_track", "track_id"),
    "artist": ("sync_artist", "artist_id"),
}
_LONGEST_KEY = 200  # characters: an index of PostgreSQL's holds no description
_UNDER_WAY = text("status IN ('WAITING', 'PROGRESSING')")


def ask_sync(  # noqa: PLR0913 - what may be said of it, by name
    session: Session,
    owner: Owner,
    resource: str,
    item_id: int | None = None,
    *,
    parts: Sequence[str] | None = None,
    spotify_id: str | None = None,
) -> Enqueued:
    """Have somebody's library, or one thing, brought up to date with Spotify.

    `resource`: 'library', with `parts` of it or all; 'recent'; or 'playlist', 'album', 'track',
    'artist' of that id, which is ours, or else Spotify's.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    person_id = _person(owner)
    if resource == LIBRARY:
        placed = _library(session, person_id, parts)
    elif resource == "recent":
        placed = _place(session, RECENT, {"person_id": person_id}, person_id)
    else:
        action, name = _SYNCS[resource]
        args = {name: item_id} if item_id is not None else {"spotify_id": spotify_id}
        placed = _place(session, action, args, person_id)
    about = resource if resource in _SYNCS else LIBRARY
    said = None if about == LIBRARY else str(item_id or spotify_id)
    told = parts or (["recent"] if resource == "recent" else None)
    extras = {"parts": list(told)} if told else {}
    _tell(session, placed, person_id, (about, said, "sync"), extras)
    quota.check(session, owner)
    return placed


def ask_full(session: Session, owner: Owner, resource: str, item_id: int | None = None) -> Enqueued:
    """Have something brought up to date with Spotify, and analysed if that went well.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    person_id = _person(owner)
    args = {"resource": resource, "item_id": item_id}
    lane = tasks.LONG if resource == LIBRARY else tasks.QUICK
    placed = _place(session, FULL, args, person_id, lane)
    said = None if item_id is None else str(item_id)
    _tell(session, placed, person_id, (resource, said, "full_sync"), {})
    quota.check(session, owner)
    return placed


def ask_analyze(session: Session, owner: Owner, kind: str, scope: str = "") -> Enqueued:
    """Have a collection of tracks analysed; `kind` and `scope` as in `models.Analysis`.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    person_id = _person(owner)
    args = {"kind": kind, "scope": scope}
    placed = tasks.enqueue(
        session,
        ANALYZE,
        args,
        owner=Owner(person_id),
        dedup_key=_key(ANALYZE, person_id, args),
        lock_key=f"{ANALYZE}:{person_id}:{kind}:{scope}",
    )
    is_item = kind in _SYNCS
    about = (kind if is_item else LIBRARY, scope if is_item else None, "analyze")
    _tell(session, placed, person_id, about, {} if is_item else args)
    quota.check(session, owner)
    return placed


def place_analyze(  # noqa: PLR0913 - what there is to say of it, by name
    session: Session, person_id: int, kind: str, scope: str, *, again: int, run_at: int
) -> None:
    """Have something analysed once more from a moment on, though nobody asks.

    `again`: how often that was done, with this time.
    """
    key = f"{ANALYZE}:{person_id}:{kind}:{scope}"
    tasks.enqueue(
        session,
        ANALYZE,
        {"kind": kind, "scope": scope, "person_id": person_id, "again": again},
        # Of a whole library there may be many at once: they are no part of anybody's quota.
        owner=HOUSE,
        lane=tasks.LONG,
        # The one that puts it in is open itself.
        dedup_key=f"{key}:later:{again}",
        lock_key=key,
        run_at=run_at,
    )


def ask_describe(session: Session, owner: Owner, playlist_id: int, description: str) -> Enqueued:
    """Have a playlist at Spotify say something else of itself.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    person_id = _person(owner)
    args = {"playlist_id": playlist_id, "description": description}
    placed = _place(session, DESCRIBE, args, person_id)
    about = ("playlist", str(playlist_id), "sync")
    _tell(session, placed, person_id, about, {"changes": "description"})
    quota.check(session, owner)
    return placed


def ask_make(session: Session, owner: Owner, made_id: int, name: str) -> Enqueued:
    """Have a playlist made at Spotify, or gone on with: a row of `made_playlists`.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    person_id = _person(owner)
    placed = _place(session, MAKE, {"made_id": made_id}, person_id)
    _tell(session, placed, person_id, ("playlist", None, "sync"), {"makes": name})
    quota.check(session, owner)
    return placed


def is_making(session: Session, person_id: int, made_id: int) -> bool:
    """Say whether a task is at this playlist, or waits to be."""
    return tasks.is_open(session, _key(MAKE, person_id, {"made_id": made_id}))


def ask_forget(session: Session, owner: Owner) -> Enqueued:
    """Have all that came from Spotify into somebody's library forgotten.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    placed = _place(session, FORGET, {}, _person(owner), tasks.LONG)
    quota.check(session, owner)
    return placed


def place_forgetting(session: Session) -> None:
    """Have forgotten what is in nobody's library any more, for somebody has left the house."""
    tasks.enqueue(session, FORGET, {}, owner=HOUSE, lane=tasks.LONG, dedup_key=FORGET)


def place_sync(session: Session, person_id: int) -> Enqueued:
    """Have a whole library brought up to date though nobody asks: just linked, or a new day."""
    return _library(session, person_id, None)


def place_images(session: Session, person_id: int) -> Enqueued:
    """Have pictures fetched that are new in somebody's library, or have had their time."""
    return _follow_up(session, IMAGES, person_id)


def place_details(session: Session, person_id: int) -> Enqueued:
    """Have some artists asked for whole, of whom only the name is known."""
    return _follow_up(session, DETAILS, person_id)


def under_way(session: Session, person_id: int) -> str | None:
    """Return which open task brings somebody's library up to date, None if none does."""
    query = select(Task.public_id).where(
        _UNDER_WAY, Task.person_id == person_id, Task.action.in_((SYNC_ALL, FULL))
    )
    return session.scalar(query.order_by(Task.id).limit(1))


def asked_at(session: Session, task_id: int) -> int:
    """Return when a task was put in."""
    at = session.scalar(select(Task.created_at).where(Task.id == task_id))
    return clock.now() if at is None else at


def lock_key(person_id: int) -> str:
    """Return the key of all that asks Spotify in somebody's name."""
    return f"spotify:{person_id}"


def _person(owner: Owner) -> int:
    if owner.person_id is None:
        raise Forbidden("Only a person can have a library.")
    return owner.person_id


def _library(session: Session, person_id: int, parts: Sequence[str] | None) -> Enqueued:
    args = {"parts": sorted(parts) if parts is not None else None}
    return _place(session, SYNC_ALL, args, person_id, tasks.LONG)


def _place(
    session: Session, action: str, args: dict[str, Any], person_id: int, lane: str = tasks.QUICK
) -> Enqueued:
    return tasks.enqueue(
        session,
        action,
        args,
        owner=Owner(person_id),
        lane=lane,
        dedup_key=_key(action, person_id, args),
        lock_key=lock_key(person_id),
    )


def _follow_up(session: Session, action: str, person_id: int) -> Enqueued:
    key = _key(action, person_id, {})
    owner = Owner(person_id)
    return tasks.enqueue(
        session, action, {}, owner=owner, lane=tasks.LONG, dedup_key=key, lock_key=key
    )


def _key(action: str, person_id: int, args: dict[str, Any]) -> str:
    said = ":".join(f"{name}={value}" for name, value in sorted(args.items()) if value is not None)
    if len(said) > _LONGEST_KEY:
        said = blake2b(said.encode(errors="replace"), digest_size=16).hexdigest()
    return f"{action}:{person_id}:{said}"


def _tell(
    session: Session,
    placed: Enqueued,
    person_id: int,
    about: tuple[str, str | None, str],
    extras: dict[str, Any],
) -> None:
    """Let the person know that something was begun; what is under way they know of."""
    if placed.is_new:
        resource, resource_id, operation = about
        notifications.started(
            session, person_id, placed.public_id, resource, resource_id, operation, extras
        )

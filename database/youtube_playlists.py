"""Playlists that people have filled at YouTube: how they are asked for, and told of.

What a job does while it fills one is in youtube_filling.py.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, Forbidden, NotFound
from database import quota, tasks, youtube_filling
from database.models import Person, Result, Task, YoutubePlaylist, YoutubeVideo
from database.owner import Owner
from database.tasks import QUICK, Enqueued
from database.youtube_filling import ADDED, FILL, WAITING, Counts

LIST = "list_youtube_playlists"
PAGE = 50
_MOST_ABOUT = 4_000
_LOOKED_BACK = 200  # tasks that ended, for the last one of each playlist
# YouTube takes no angle brackets, in either.
_LINE, _TEXT = r"^[^\x00-\x1f\x7f<>]*$", r"^[^\x00-\x08\x0b-\x1f\x7f<>]*$"


class NewPlaylist(BaseModel):
    """What a playlist at YouTube is to be called, or which of one's own is to be added to."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    title: str = Field(
        "Discogs Playlist", max_length=140, pattern=_LINE,
        description="A title, at most 140 characters, without < and >.",
    )  # fmt: skip
    description: str = Field(
        "", max_length=_MOST_ABOUT, pattern=_TEXT,
        description=f"At most {_MOST_ABOUT:,} characters, without < and >; it may be empty.",
    )  # fmt: skip
    into: str = Field(
        "", pattern=r"^[A-Za-z0-9_-]{0,100}$",
        description="A new playlist, or one of yours.",
    )  # fmt: skip


class Wanted(NamedTuple):
    """A video for a playlist; `title` as lists show it."""

    video_id: str
    title: str


class OwnPlaylist(NamedTuple):
    """A playlist of somebody's own at YouTube, as it was when it was last looked for."""

    id: str
    title: str
    videos: int


class OwnPlaylists(NamedTuple):
    found: list[OwnPlaylist]
    read_at: int


class Filled(NamedTuple):
    """A playlist as pages tell of it. `state`: 'done', 'under way' or 'stopped'.

    `said`: why it does not go on. `task`: the one that is at it. `is_gone`: it was made, and is
    not at YouTube any more.
    """

    public_id: str
    title: str
    description: str
    youtube_id: str | None
    is_existing: bool
    part: int
    counts: Counts
    state: str
    said: str | None
    task: str | None
    is_gone: bool
    created_at: int
    finished_at: int | None


def ask(
    session: Session,
    owner: Owner,
    wanted: NewPlaylist,
    videos: Iterable[Wanted],
    own: Sequence[OwnPlaylist] = (),
) -> Enqueued:
    """Have a playlist filled with these videos, each once, in this order.

    `own`: the playlists of theirs that are known, one of which `wanted.into` may be.

    The same again, while that is not done yet, goes on with it.

    Raises:
        Conflict: there are no videos, or `into` is none of `own`.
        TooMany: too much of the owner's is open already.
    """
    once: dict[str, Wanted] = {}
    for video in videos:
        once.setdefault(video.video_id, video)
    if not once:
        raise Conflict("There is nothing in the basket to make a playlist of.")
    into = next((one for one in own if one.id == wanted.into), None)
    if wanted.into and into is None:
        raise Conflict("This is none of your playlists at YouTube: look for them anew.")
    made = YoutubePlaylist(
        public_id=secrets.token_hex(16),
        person_id=_person(owner),
        title=into.title if into else wanted.title,
        description="" if into else wanted.description,
        youtube_id=into.id if into else None,
        is_existing=into is not None,
        part=1,
        created_at=clock.now(),
    )
    placed = youtube_filling.place(session, made.person_id, _kept(session, made, [*once.values()]))
    quota.check(session, owner)
    return placed


def _kept(session: Session, made: YoutubePlaylist, wanted: Sequence[Wanted]) -> int:
    """Keep what is to be filled, with which videos; return its id.

    The same again, while that is not done yet, is that one.
    """
    _alone(session, made.person_id)
    same = select(YoutubePlaylist.id).where(
        YoutubePlaylist.person_id == made.person_id,
        YoutubePlaylist.title == made.title,
        YoutubePlaylist.description == made.description,
        YoutubePlaylist.is_existing == made.is_existing,
        YoutubePlaylist.finished_at.is_(None),
    )
    if made.is_existing:
        # Another one of theirs may have the same title.
        same = same.where(YoutubePlaylist.youtube_id == made.youtube_id)
    ids = [video.video_id for video in wanted]
    for playlist_id in session.scalars(same.order_by(YoutubePlaylist.id)).all():
        query = select(YoutubeVideo.video_id).where(YoutubeVideo.playlist_id == playlist_id)
        if list(session.scalars(query.order_by(YoutubeVideo.position))) == ids:
            return playlist_id
    session.add(made)
    session.flush()
    rows = [
        {
            "playlist_id": made.id, "position": position, "video_id": video.video_id,
            "title": video.title, "state": WAITING,
        }
        for position, video in enumerate(wanted)
    ]  # fmt: skip
    session.execute(insert(YoutubeVideo), rows)
    return made.id


def ask_own(session: Session, owner: Owner) -> Enqueued:
    """Have somebody's own playlists looked for.

    Raises:
        TooMany: too much of the owner's is open already.
    """
    person_id = _person(owner)
    placed = tasks.enqueue(
        session, LIST, {}, owner=Owner(person_id), lane=QUICK, dedup_key=f"{LIST}:{person_id}"
    )
    quota.check(session, owner)
    return placed


def go_on(session: Session, owner: Owner, public_id: str) -> Enqueued:
    """Have a playlist gone on with that has stopped; one that is gone there is made anew.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it is done.
        TooMany: too much of the owner's is open already.
    """
    person_id = _person(owner)
    _alone(session, person_id)
    found = _of(session, person_id, public_id)
    if found.finished_at is not None:
        raise Conflict("Nothing is left to do for this playlist.")
    placed = youtube_filling.place(session, found.person_id, found.id)
    quota.check(session, owner)
    return placed


def forget(session: Session, person_id: int, public_id: str) -> str:
    """Take a playlist off somebody's list, and return its title; at YouTube it stays.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: a task is at it.
    """
    _alone(session, person_id)
    found = _of(session, person_id, public_id)
    if youtube_filling.is_filled_now(session, found.id):
        raise Conflict("This playlist is being filled: cancel that first.")
    session.delete(found)
    return youtube_filling.titled(found)


def _alone(session: Session, person_id: int) -> None:
    """Wait for whatever else this person is pressing: it is seen then."""
    session.get_one(Person, person_id, with_for_update=True)


def go_on_with_all(session: Session, person_id: int) -> None:
    """Have everything gone on with that stopped for a reason: Google is connected again.

    What somebody cancelled, called off by disconnecting, or deleted at YouTube waits until they
    say so.
    """
    query = select(YoutubePlaylist.id).where(
        YoutubePlaylist.person_id == person_id,
        YoutubePlaylist.finished_at.is_(None),
        YoutubePlaylist.said.is_not(None),
    )
    counts = youtube_filling.counts_of(session, session.scalars(query).all())
    is_there = YoutubePlaylist.youtube_id.is_not(None)
    began = [playlist_id for playlist_id, counted in counts.items() if counted.added]
    query = query.where(is_there | YoutubePlaylist.id.not_in(began))
    stopped = session.scalars(query.order_by(YoutubePlaylist.id)).all()
    at_it = _tasks(session, person_id) if stopped else {}
    for playlist_id in stopped:
        if not _is_called_off(at_it.get(playlist_id)):
            youtube_filling.place(session, person_id, playlist_id)


def own(session: Session, person_id: int) -> OwnPlaylists | None:
    """Return somebody's playlists at YouTube as last read; None if nobody ever looked."""
    query = (
        select(Result.body, Result.created_at)
        .join(Task, Task.id == Result.task_id)
        .where(Task.person_id == person_id, Task.action == LIST)
        .order_by(Task.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    if row is None:
        return None
    return OwnPlaylists([OwnPlaylist(*one) for one in row.body["playlists"]], row.created_at)


def listed(session: Session, person_id: int, *, skip: int = 0, limit: int = PAGE) -> list[Filled]:
    """Return somebody's playlists, the last one first."""
    query = select(YoutubePlaylist).where(YoutubePlaylist.person_id == person_id)
    query = query.order_by(YoutubePlaylist.id.desc()).offset(skip).limit(limit)
    return _told(session, person_id, session.scalars(query).all())


def show(session: Session, person_id: int, public_id: str) -> Filled:
    """Return one of somebody's playlists.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return _told(session, person_id, [_of(session, person_id, public_id)])[0]


def videos(
    session: Session, person_id: int, public_id: str, *, skip: int = 0, limit: int = PAGE
) -> list[YoutubeVideo]:
    """Return what belongs on a playlist: first what could not be added, then in order.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = _of(session, person_id, public_id)
    is_fine = YoutubeVideo.state.in_((WAITING, ADDED))
    query = select(YoutubeVideo).where(YoutubeVideo.playlist_id == found.id)
    query = query.order_by(is_fine, YoutubeVideo.position).offset(skip).limit(limit)
    return list(session.scalars(query))


def _person(owner: Owner) -> int:
    if owner.person_id is None:
        raise Forbidden("Only a person can have a playlist made.")
    return owner.person_id


def _of(session: Session, person_id: int, public_id: str) -> YoutubePlaylist:
    found = session.scalar(select(YoutubePlaylist).where(YoutubePlaylist.public_id == public_id))
    if found is None or found.person_id != person_id:
        raise NotFound("playlist", public_id)
    return found


def _told(session: Session, person_id: int, rows: Sequence[YoutubePlaylist]) -> list[Filled]:
    counted = youtube_filling.counts_of(session, [row.id for row in rows])
    is_open = any(row.finished_at is None for row in rows)
    at_it = _tasks(session, person_id) if is_open else {}
    return [_one(row, counted.get(row.id, Counts()), at_it.get(row.id)) for row in rows]


def _tasks(session: Session, person_id: int) -> Mapping[int, Task]:
    """Return the last task of each that is of late, by its id."""
    query = select(Task).where(Task.person_id == person_id, Task.action == FILL)
    last = session.scalars(query.order_by(Task.id.desc()).limit(_LOOKED_BACK)).all()
    return {int(task.args["playlist_id"]): task for task in reversed(last)}


def _one(row: YoutubePlaylist, counted: Counts, task: Task | None) -> Filled:
    is_open = task is not None and task.is_open
    unfinished = "under way" if is_open else "stopped"
    return Filled(
        row.public_id,
        youtube_filling.titled(row),
        row.description,
        row.youtube_id,
        row.is_existing,
        row.part,
        counted,
        unfinished if row.finished_at is None else "done",
        None if _is_called_off(task) else row.said,
        task.public_id if task is not None and is_open else None,
        row.youtube_id is None and counted.added > 0,
        row.created_at,
        row.finished_at,
    )


def _is_called_off(task: Task | None) -> bool:
    return task is not None and task.status == "CANCELLED"

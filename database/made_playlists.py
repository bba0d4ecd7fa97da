"""Playlists that people make at Spotify from lists of tracks here: what belongs on each, how far.

What is on one is settled when it is asked for. Whatever Spotify is asked to change is noted
before as not confirmed, so that after an answer that got lost it is looked up, and not repeated.
"""

import re
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from database import library_tasks
from database.models import MadePlaylist, Person, Task
from database.owner import Owner
from database.tasks import Enqueued
from database.track_picks import Pick

PAGE = 50
MOST_SOUGHT = 50  # each is one or two questions to Spotify
_MOST_ABOUT, _MARK = 270, 8  # characters: what Spotify takes, less the mark
_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_LINE = r"^[^\x00-\x1f\x7f]*$"
_LOOKED_BACK = 200  # tasks that ended, for why one did


class NewPlaylist(BaseModel):
    """What a playlist is to be called at Spotify, and to say of itself."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    name: str = Field(
        min_length=1, max_length=100, pattern=_LINE, description="A name, at most 100 characters."
    )
    description: str = Field(
        "", max_length=_MOST_ABOUT, pattern=_LINE,
        description=f"At most {_MOST_ABOUT} characters, on one line; it may be empty.",
    )  # fmt: skip
    look: bool = Field(
        default=False,
        description=f"By their names and codes, the first {MOST_SOUGHT} of them: takes a minute.",
    )


class Description(BaseModel):
    """What a playlist says of itself."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    description: str = Field(
        "", max_length=300, pattern=_LINE, description="At most 300 characters, on one line."
    )


class Made(NamedTuple):
    """A playlist as lists tell of it. `state`: 'made', 'under way' or 'stopped', with a `problem`.

    `tracks`: how many belong on it, of which `done` are; `task`: the one that is at it.
    """

    made: str
    name: str
    description: str
    spotify_id: str | None
    tracks: int
    done: int
    left_out: int
    state: str
    problem: str | None
    task: str | None
    created_at: int
    finished_at: int | None


def ask(session: Session, owner: Owner, wanted: NewPlaylist, tracks: Sequence[Pick]) -> Enqueued:
    """Have a playlist made of those tracks that Spotify knows, each once, in this order.

    The same again, while it is not made yet, goes on with that.

    Raises:
        Conflict: Spotify knows none of them.
        TooMany: too much of the owner's is open already.
    """
    uris, sought = _sorted_out(tracks, look=wanted.look)
    if not uris and not sought:
        raise Conflict("None of these tracks is known at Spotify: there is nothing to put on it.")
    person = _alone(session, owner.person_id)
    found = _unfinished(session, person.id, wanted, uris)
    if found is None:
        without = sum(one.spotify_id is None for one in tracks)
        found = MadePlaylist(
            public_id=secrets.token_hex(16),
            person_id=person.id,
            name=wanted.name,
            description=wanted.description,
            uris=uris,
            sought=sought or None,
            left_out=without - len(sought),
            done=0,
            created_at=clock.now(),
        )
        session.add(found)
        session.flush()
    return library_tasks.ask_make(session, owner, found.id, found.name)


def _sorted_out(tracks: Sequence[Pick], *, look: bool) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the addresses of those that Spotify knows, and what to look for besides.

    `after`: how many addresses stand before the one that is looked for.
    """
    uris: dict[str, None] = {}
    sought: list[dict[str, Any]] = []
    for one in tracks:
        if one.spotify_id and _ID.fullmatch(one.spotify_id):
            uris[f"spotify:track:{one.spotify_id}"] = None
        elif look and len(sought) < MOST_SOUGHT:
            named = {"title": one.title, "artist": one.artists[0], "isrc": one.isrc}
            sought.append({"after": len(uris)} | named)
    return list(uris), sought


def _unfinished(
    session: Session, person_id: int, wanted: NewPlaylist, uris: Sequence[str]
) -> MadePlaylist | None:
    query = select(MadePlaylist).where(
        MadePlaylist.person_id == person_id,
        MadePlaylist.name == wanted.name,
        MadePlaylist.description == wanted.description,
        MadePlaylist.finished_at.is_(None),
    )
    rows = session.scalars(query.order_by(MadePlaylist.id))
    return next((row for row in rows if row.uris == list(uris)), None)


def go_on(session: Session, owner: Owner, public_id: str) -> Enqueued:
    """Have a playlist gone on with that could not be made in one go.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: it is made.
        TooMany: too much of the owner's is open already.
    """
    # A guest has none, and is told so.
    if owner.person_id is not None:
        _alone(session, owner.person_id)
    found = _of(session, owner.person_id, public_id)
    if found.finished_at is not None:
        raise Conflict("This playlist is made.")
    return library_tasks.ask_make(session, owner, found.id, found.name)


def forget(session: Session, person_id: int, public_id: str) -> str:
    """Take a playlist off somebody's list, and return its name; at Spotify it stays.

    Raises:
        NotFound: there is none, or it is somebody else's.
        Conflict: a task is at it.
    """
    _alone(session, person_id)
    found = _of(session, person_id, public_id)
    if library_tasks.is_making(session, person_id, found.id):
        raise Conflict("This playlist is being made: cancel that first.")
    session.delete(found)
    return found.name


def _alone(session: Session, person_id: int | None) -> Person:
    """Wait for whatever else this person is pressing: it is seen then."""
    return session.get_one(Person, person_id, with_for_update=True)


def _of(session: Session, person_id: int | None, public_id: str) -> MadePlaylist:
    found = session.scalar(select(MadePlaylist).where(MadePlaylist.public_id == public_id))
    if found is None or found.person_id != person_id:
        raise NotFound("playlist", public_id)
    return found


def listed(session: Session, person_id: int, *, skip: int = 0, limit: int = PAGE) -> list[Made]:
    """Return the playlists that somebody had made, the last one first."""
    query = select(MadePlaylist).where(MadePlaylist.person_id == person_id)
    rows = session.scalars(query.order_by(MadePlaylist.id.desc()).offset(skip).limit(limit)).all()
    tasks = _tasks(session, person_id) if any(row.finished_at is None for row in rows) else {}
    return [_told(row, tasks.get(row.id)) for row in rows]


def _tasks(session: Session, person_id: int) -> dict[int, Task]:
    """Return the last task of each that is of late, by its id."""
    query = select(Task).where(Task.person_id == person_id, Task.action == library_tasks.MAKE)
    last = session.scalars(query.order_by(Task.id.desc()).limit(_LOOKED_BACK)).all()
    return {int(task.args["made_id"]): task for task in reversed(last)}


def _told(row: MadePlaylist, task: Task | None) -> Made:
    is_open = task is not None and task.is_open
    state = "under way" if is_open else "stopped"
    return Made(
        row.public_id,
        row.name,
        row.description,
        row.spotify_id,
        len(row.uris) + len(row.sought or ()),
        row.done,
        row.left_out,
        state if row.finished_at is None else "made",
        task.error_msg if task is not None and row.finished_at is None else None,
        task.public_id if task is not None and is_open else None,
        row.created_at,
        row.finished_at,
    )


def get(session: Session, person_id: int, made_id: int) -> MadePlaylist:
    """Return what somebody asked for.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.get(MadePlaylist, made_id)
    if found is None or found.person_id != person_id:
        raise NotFound("playlist", made_id)
    return found


def mark(made: MadePlaylist) -> str:
    """Return what its description at Spotify says, by which it is known there again."""
    return f"[Needledrop {made.public_id[:_MARK]}]"


def settle(session: Session, made_id: int, found: Sequence[str | None]) -> MadePlaylist:
    """Put what was looked for in its place, None being what was not found; return the row."""
    row = session.get_one(MadePlaylist, made_id)
    sought = row.sought or []
    put = [(one["after"], uri) for one, uri in zip(sought, found, strict=True) if uri is not None]
    uris: list[str] = []
    for place, uri in enumerate([*row.uris, None]):
        uris += [one for after, one in put if after == place]
        uris += [uri] if uri is not None else []
    row.uris, row.sought = list(dict.fromkeys(uris)), None
    row.left_out += len(sought) - len(put)
    session.flush()
    return row


def say_asked(session: Session, made_id: int, tracks: int) -> None:
    """Note that Spotify is about to be asked to add so many tracks, or with 0 to make it."""
    session.get_one(MadePlaylist, made_id).unconfirmed = tracks


def say_made(session: Session, made_id: int, spotify_id: str) -> None:
    row = session.get_one(MadePlaylist, made_id)
    row.spotify_id, row.unconfirmed = spotify_id, None


def say_added(session: Session, made_id: int, done: int) -> None:
    """Note how many of its tracks are on it."""
    row = session.get_one(MadePlaylist, made_id)
    row.done, row.unconfirmed = done, None


def leave_out(session: Session, made_id: int, uri: str) -> None:
    """Take off a track that Spotify does not take."""
    row = session.get_one(MadePlaylist, made_id)
    row.uris = [one for one in row.uris if one != uri]
    row.left_out += 1
    row.unconfirmed = None


def finish(session: Session, made_id: int) -> None:
    session.get_one(MadePlaylist, made_id).finished_at = clock.now()

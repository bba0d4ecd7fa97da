"""What becomes of each video of a playlist at YouTube while a job fills it.

What is still 'waiting' is what is left to do. A video that YouTube is asked to take is noted
before, so that it is known as ours where the answer never comes.
"""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import clock
from core.errors import NotFound
from database import tasks
from database.models import YoutubePlaylist, YoutubeVideo
from database.owner import Owner
from database.tasks import LONG, Enqueued

FILL = "fill_youtube_playlist"
WAITING, ADDED, DEAD, DUPLICATE, FAILED = "waiting", "added", "dead", "duplicate", "failed"
DATA = "Found in the data of Discogs, https://data.discogs.com (CC0)."
_MARK = 8  # characters
_ASKED = ""  # in place of YouTube's id, while nobody knows whether there is one


class Counts(NamedTuple):
    """How many videos of a playlist are in each state."""

    waiting: int = 0
    added: int = 0
    dead: int = 0
    duplicate: int = 0
    failed: int = 0

    @property
    def all(self) -> int:
        return sum(self)


def get(session: Session, person_id: int, playlist_id: int) -> YoutubePlaylist:
    """Return a playlist that a job is at.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = get_any(session, playlist_id)
    if found.person_id != person_id:
        raise NotFound("playlist", playlist_id)
    return found


def get_any(session: Session, playlist_id: int) -> YoutubePlaylist:
    """Return a playlist, whosever it is.

    Raises:
        NotFound: it went with its person.
    """
    found = session.get(YoutubePlaylist, playlist_id)
    if found is None:
        raise NotFound("playlist", playlist_id)
    return found


def titled(made: YoutubePlaylist) -> str:
    """Return what it is called at YouTube."""
    return made.title if made.part == 1 else f"{made.title} (part {made.part})"


def mark(made: YoutubePlaylist) -> str:
    """Return what its description at YouTube says, by which it is known there again."""
    return f"[Needledrop {made.public_id[:_MARK]}]"


def described(made: YoutubePlaylist) -> str:
    """Return what it says of itself at YouTube."""
    return f"{made.description}\n\n{DATA} {mark(made)}".strip()


def counts(session: Session, playlist_id: int) -> Counts:
    return counts_of(session, [playlist_id]).get(playlist_id, Counts())


def counts_of(session: Session, ids: Sequence[int]) -> dict[int, Counts]:
    query = select(YoutubeVideo.playlist_id, YoutubeVideo.state, func.count())
    query = query.where(YoutubeVideo.playlist_id.in_(ids))
    query = query.group_by(YoutubeVideo.playlist_id, YoutubeVideo.state)
    found: dict[int, dict[str, int]] = {}
    for playlist_id, state, count in session.execute(query):
        found.setdefault(playlist_id, {})[state] = count
    return {playlist_id: Counts(**states) for playlist_id, states in found.items()}


def waiting(session: Session, playlist_id: int, limit: int | None = None) -> list[YoutubeVideo]:
    """Return the next videos that are to be put on a playlist."""
    query = select(YoutubeVideo).where(
        YoutubeVideo.playlist_id == playlist_id, YoutubeVideo.state == WAITING
    )
    return list(session.scalars(query.order_by(YoutubeVideo.position).limit(limit)))


def say(
    session: Session,
    video: YoutubeVideo,
    state: str,
    *,
    item_id: str | None = None,
    reason: str | None = None,
) -> None:
    """Note what became of a video."""
    is_it = (
        YoutubeVideo.playlist_id == video.playlist_id,
        YoutubeVideo.position == video.position,
    )
    said = {"state": state, "item_id": item_id, "reason": reason}
    session.execute(update(YoutubeVideo).where(*is_it).values(said))


def say_asked(session: Session, video: YoutubeVideo) -> None:
    """Note that YouTube is about to be asked to take a video: from now on it may be there."""
    say(session, video, WAITING, item_id=_ASKED)


def is_asked(video: YoutubeVideo) -> bool:
    """Say whether YouTube was asked to take it."""
    return video.item_id is not None


def say_found(session: Session, playlist_id: int, youtube_id: str) -> None:
    get_any(session, playlist_id).youtube_id = youtube_id


def say_made(session: Session, playlist_id: int, youtube_id: str) -> None:
    """Note that a playlist is there, and empty: what was on one before it waits again."""
    say_found(session, playlist_id, youtube_id)
    was_there = YoutubeVideo.state.in_((ADDED, DUPLICATE))
    again = update(YoutubeVideo).where(YoutubeVideo.playlist_id == playlist_id, was_there)
    session.execute(again.values(state=WAITING, reason=None, item_id=None))


def say_gone(session: Session, playlist_id: int) -> None:
    """Note that a playlist of ours is not at YouTube any more. One that was there before stays."""
    made = get_any(session, playlist_id)
    if not made.is_existing:
        made.youtube_id = None


def say_stopped(session: Session, playlist_id: int, said: str | None) -> None:
    """Note why it does not go on; None: it does."""
    session.execute(
        update(YoutubePlaylist).where(YoutubePlaylist.id == playlist_id).values(said=said)
    )


def finish(session: Session, playlist_id: int) -> None:
    row = get_any(session, playlist_id)
    row.said, row.finished_at = None, clock.now()


def split(session: Session, playlist_id: int) -> str:
    """End a playlist that is full; have another filled with the rest, return its public id."""
    full = get_any(session, playlist_id)
    rest = YoutubePlaylist(
        public_id=secrets.token_hex(16),
        person_id=full.person_id,
        title=full.title,
        description=full.description,
        is_existing=False,
        part=full.part + 1,
        created_at=clock.now(),
    )
    session.add(rest)
    session.flush()
    left = (YoutubeVideo.playlist_id == full.id, YoutubeVideo.state == WAITING)
    session.execute(update(YoutubeVideo).where(*left).values(playlist_id=rest.id))
    finish(session, full.id)
    place(session, full.person_id, rest.id)
    return rest.public_id


def is_filled_now(session: Session, playlist_id: int) -> bool:
    """Say whether a task is at it, or waits to be."""
    return tasks.is_open(session, _key(playlist_id))


def _key(playlist_id: int) -> str:
    return f"{FILL}:{playlist_id}"


def place(session: Session, person_id: int, playlist_id: int) -> Enqueued:
    return tasks.enqueue(
        session,
        FILL,
        {"playlist_id": playlist_id},
        owner=Owner(person_id),
        lane=LONG,
        dedup_key=_key(playlist_id),
        lock_key=f"youtube:{person_id}",
    )

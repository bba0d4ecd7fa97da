"""What is heard right now, as players say; over when the track would be."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from core import clock, play_words
from core.plays import Named
from database.models import NowPlaying

_USUAL_LENGTH = 10 * clock.MINUTE
_PUT = text("""
    INSERT INTO now_playing (person_id, said, client, since, until)
         VALUES (:person_id, :said, :client, :since, :until)
    ON CONFLICT (person_id)
      DO UPDATE SET said   = excluded.said,
                    client = excluded.client,
                    since  = excluded.since,
                    until  = excluded.until
""")


class Playing(NamedTuple):
    """A track that is playing, until a moment. `artist`: its artists in words.

    `msid`: of the track, if it is known here. `info`: what else the player said, by the names
    that ListenBrainz has for it.
    """

    person_id: int
    artist: str
    title: str
    album: str
    msid: str
    client: str
    since: int
    until: int
    info: dict[str, Any]


def say(  # noqa: PLR0913 - by name
    session: Session,
    person_id: int,
    named: Named,
    *,
    artist: str = "",
    duration_ms: int | None = None,
    client: str = "",
    info: Mapping[str, Any] | None = None,
) -> None:
    """Note what somebody hears from now on; `artist` is the line that was sent, if it was one."""
    since = clock.now()
    said = {
        "artist": artist or play_words.credit(named.artists),
        "title": named.title,
        "album": named.album,
        "msid": play_words.msid(named),
        "info": dict(info or {}),
    }
    values = {
        "person_id": person_id,
        "said": json.dumps(said),
        "client": client,
        "since": since,
        "until": since + (duration_ms or _USUAL_LENGTH),
    }
    session.execute(_PUT, values)


def current(session: Session, person_ids: Collection[int]) -> list[Playing]:
    """Return what these people hear, who began last first."""
    query = select(NowPlaying).where(
        NowPlaying.person_id.in_(person_ids), NowPlaying.until > clock.now()
    )
    rows = session.scalars(query.order_by(NowPlaying.since.desc(), NowPlaying.person_id))
    return [_playing(row) for row in rows]


def of(session: Session, person_id: int) -> Playing | None:
    return next(iter(current(session, [person_id])), None)


def stop(session: Session, person_id: int) -> None:
    session.execute(delete(NowPlaying).where(NowPlaying.person_id == person_id))


def _playing(row: NowPlaying) -> Playing:
    said = row.said
    return Playing(
        row.person_id,
        said["artist"],
        said["title"],
        said["album"],
        said["msid"],
        row.client,
        row.since,
        row.until,
        said["info"],
    )

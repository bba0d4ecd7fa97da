"""What the insights API tells beyond tops and totals: more of each track, who listened most."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from database import listeners, play_tops
from database.listeners import Whose
from database.models import Album, Listener, Record
from database.owner import Owner
from database.play_tops import Top
from database.play_windows import Window

_ABOUT = text("""
    SELECT tracks.id,
           (SELECT shown.name
              FROM track_artists
              JOIN artists AS credited ON credited.id = track_artists.artist_id
              JOIN artists AS shown ON shown.id = COALESCE(credited.counts_as, credited.id)
             WHERE track_artists.track_id = tracks.id AND track_artists.position = 0) AS artist,
           COALESCE(tracks.duration_ms,
                    (SELECT MAX(same.duration_ms) FROM tracks AS same
                      WHERE same.counts_as = tracks.id)) AS duration_ms,
           (SELECT MIN(shown.id)
              FROM tracks AS same
              JOIN albums AS named ON named.id = same.album_id
              JOIN albums AS shown ON shown.id = COALESCE(named.counts_as, named.id)
             WHERE (same.id = tracks.id OR same.counts_as = tracks.id)
               AND shown.cover_sha256 IS NOT NULL) AS album_id
      FROM tracks
     WHERE tracks.id IN :tracks
""").bindparams(bindparam("tracks", expanding=True))


class About(NamedTuple):
    """`artist` is the primary one, None for a track without; `album_id` has a cover to show."""

    artist: str | None
    duration_ms: int | None
    album_id: int | None


class Heard(NamedTuple):
    person_id: int
    plays: int


def tracks(session: Session, top: Sequence[Top]) -> dict[int, About]:
    """Return more of tracks, by their ids."""
    rows = session.execute(_ABOUT, {"tracks": [one.item for one in top]})
    return {row.id: About(row.artist, row.duration_ms, row.album_id) for row in rows}


def named(session: Session, household: Whose, owner: Owner) -> list[int]:
    """Return those of the household whose plays somebody may see, by id."""
    seen = {person.id for person in listeners.visible(session, owner)}
    return sorted(seen & set(household.person_ids))


def most(
    session: Session, person_ids: Collection[int], zone: str, window: Window, limit: int
) -> list[Heard]:
    """Return who of these listened most, by plays and then id; nobody without a play."""
    found = []
    for person_id in person_ids:
        whose = Whose(person_id, (person_id,), zone)
        found.append(Heard(person_id, play_tops.totals(session, whose, window).plays))
    found.sort(key=lambda one: (-one.plays, one.person_id))
    return [one for one in found if one.plays][:limit]


def rules(session: Session, whose: Whose) -> list[str]:
    """Return by which rules these plays are counted, by person."""
    query = select(Listener.rule).where(Listener.person_id.in_(whose.person_ids))
    return list(session.scalars(query.order_by(Listener.person_id)))


def covers_version(session: Session) -> str:
    """Return what changes when an album gets its cover, or loses it."""
    has_one = Album.cover_sha256.is_not(None)
    query = select(func.count(), func.max(Album.cover_sha256)).where(has_one)
    many, last = session.execute(query).one()
    return f"{many}-{last or ''}"


def shelf_version(session: Session) -> str:
    """Return what changes whenever somebody's records do: their genres are artists' genres."""
    row = session.execute(select(func.count(), func.max(Record.updated_at))).one()
    return f"{row[0]}-{row[1] or 0}"

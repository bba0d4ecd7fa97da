"""Lists that programs read by Last.fm's protocol: the latest plays, and loved tracks."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database import lastfm_known, play_tops, play_windows
from database.listeners import Whose
from database.play_sums import Kind
from database.play_windows import Window

_EVER = 1 << 50  # milliseconds: some 35,000 years

_RECENT = text("""
    SELECT tracks.id, tracks.title, tracks.credit, albums.title AS album,
           albums.musicbrainz_id AS album_mbid, latest.started_at AS at
      FROM (SELECT id, started_at, track_id
              FROM plays
             WHERE person_id = :person_id AND standing = 0
               AND started_at >= :since AND started_at < :until
             ORDER BY started_at DESC, id DESC
             LIMIT :limit OFFSET :offset) AS latest
      JOIN tracks ON tracks.id = latest.track_id
      LEFT JOIN albums ON albums.id = tracks.album_id
     ORDER BY latest.started_at DESC, latest.id DESC
""")
_LOVED = """
      FROM (SELECT feedback.id, feedback.created_at,
                   COALESCE((SELECT id FROM tracks WHERE msid = feedback.msid),
                            (SELECT MIN(track_id) FROM track_names
                              WHERE scheme = 'mbid' AND value = feedback.mbid)) AS track_id
              FROM feedback
             WHERE person_id = :person_id AND score = 1) AS loved
      JOIN tracks ON tracks.id = loved.track_id
"""
_LOVED_PAGE = text(f"""
    SELECT tracks.id, tracks.title, tracks.credit, albums.title AS album,
           albums.musicbrainz_id AS album_mbid, loved.created_at AS at
    {_LOVED}
      LEFT JOIN albums ON albums.id = tracks.album_id
     ORDER BY loved.created_at DESC, loved.id DESC
     LIMIT :limit OFFSET :offset
""")
_LOVED_COUNT = text(f"SELECT COUNT(*) {_LOVED}")
_ARE_LOVED = text("""
    SELECT tracks.id
      FROM tracks
      LEFT JOIN tracks AS same ON same.id = tracks.counts_as
     WHERE tracks.id IN :tracks
       AND (EXISTS (SELECT 1 FROM feedback WHERE person_id = :person_id AND score = 1
                       AND msid IN (tracks.msid, same.msid))
         OR EXISTS (SELECT 1 FROM feedback
                      JOIN track_names ON track_names.scheme = 'mbid'
                                      AND track_names.value = feedback.mbid
                     WHERE feedback.person_id = :person_id AND feedback.score = 1
                       AND track_names.track_id = tracks.id))
""").bindparams(bindparam("tracks", expanding=True))


class Played(NamedTuple):
    """A track of a list. `artist_mbid` is "" where several are credited.

    `at`: when it was played or loved, in milliseconds.
    """

    track_id: int
    title: str
    credit: str
    album: str
    album_mbid: str
    at: int
    artist_mbid: str
    mbid: str


class _Row(NamedTuple):
    """What both lists ask for."""

    track_id: int
    title: str
    credit: str
    album: str | None
    album_mbid: str | None
    at: int


def recent(
    session: Session, whose: Whose, window: Window, *, limit: int, offset: int
) -> tuple[int, list[Played]]:
    """Return how many plays of somebody count in a window, and part of them, the latest first."""
    days = play_tops.days(session, whose, window)
    total = sum(plays for _, plays, _ in days)
    if offset >= total:
        return total, []
    until, rest = _sought(days, offset, clock.zone(whose.zone))
    values = {
        "person_id": whose.id,
        "since": -_EVER if window.since is None else window.since,
        "until": until if window.until is None else min(until, window.until),
        "limit": limit,
        "offset": rest,
    }
    return total, _played(session, [_Row(*row) for row in session.execute(_RECENT, values)])


def _sought(days: Sequence[tuple[int, int, int]], offset: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return the end of the day in which a list goes on, and how many of its plays to pass by.

    To count them off one by one, a hundred thousand would take longer than a page may.
    """
    for number, plays, _ in reversed(days):
        if offset < plays:
            day = date(number // 10_000, number // 100 % 100, number % 100)
            return play_windows.midnight(day + timedelta(days=1), zone), offset
        offset -= plays
    return _EVER, offset


def loved(session: Session, person_id: int, *, limit: int, offset: int) -> list[Played]:
    """Return what somebody loves, of what is known by name, the latest first."""
    values = {"person_id": person_id, "limit": limit, "offset": offset}
    return _played(session, [_Row(*row) for row in session.execute(_LOVED_PAGE, values)])


def count_loved(session: Session, person_id: int) -> int:
    return session.scalar(_LOVED_COUNT, {"person_id": person_id}) or 0


def are_loved(session: Session, person_id: int, tracks: Collection[int]) -> frozenset[int]:
    """Return which of these tracks somebody loves."""
    if not tracks:
        return frozenset()
    values = {"person_id": person_id, "tracks": sorted(set(tracks))}
    return frozenset(session.scalars(_ARE_LOVED, values))


def _played(session: Session, rows: list[_Row]) -> list[Played]:
    if not rows:
        return []
    tracks = sorted({row.track_id for row in rows})
    mbids = lastfm_known.mbids(session, Kind.TRACK, tracks)
    leads = lastfm_known.leads(session, tracks)
    found = []
    for row in rows:
        name, artist_mbid = leads.get(row.track_id, ("", ""))
        found.append(
            Played(
                row.track_id,
                row.title,
                row.credit,
                row.album or "",
                row.album_mbid or "",
                row.at,
                artist_mbid if fold(name) == fold(row.credit) else "",
                mbids.get(row.track_id, ""),
            )
        )
    return found

"""The sums and tallies that pages read: every change of plays goes through here.

Take what plays give to the sums, change them, add what they give now: `take` and `add` are one
statement each with the sign turned, so that what was added is what is taken away. A recount
gives the same numbers: a test says so.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, TextClause, bindparam, delete, select, text
from sqlalchemy.orm import Session

from database.models import Listener, PlaySum, PlayTally

_MANY = 5_000


class Kind(IntEnum):
    """Of what sums are kept; the numbers stand in the database.

    `ARTIST` counts a play for each credited artist, `PRIMARY` for the first alone.
    `HOUR` is the hour of the week, `DAY` stands under its year only.
    """

    ARTIST = 1
    PRIMARY = 2
    ALBUM = 3
    TRACK = 4
    HOUR = 5
    DAY = 6


BY_MONTH = (Kind.ARTIST, Kind.PRIMARY, Kind.HOUR)  # the others' months are as many rows as plays


class Those(NamedTuple):
    """Some plays, as a condition in SQL on `plays`, with its values."""

    sql: str
    values: dict[str, Any]


def of_tracks(track_ids: Sequence[int]) -> Those:
    return Those("plays.track_id IN :tracks", {"tracks": list(track_ids)})


# Grouped by track first: of a track's artists only those count once that are one.
_GAINED = """
    WITH heard AS (
        SELECT plays.person_id AS whose, plays.day / 100 AS month,
               COALESCE(tracks.counts_as, tracks.id) AS track_id, tracks.id AS told_as,
               tracks.album_id, COUNT(*) AS plays, SUM(plays.ms) AS ms
          FROM plays
          JOIN tracks ON tracks.id = plays.track_id
         WHERE plays.standing = 0 AND {those}
         GROUP BY plays.person_id, plays.day / 100, tracks.id
    ), credited AS (
        SELECT heard.whose, heard.month, COALESCE(artists.counts_as, artists.id) AS artist_id,
               MIN(track_artists.position) AS position, heard.plays, heard.ms
          FROM heard
          JOIN track_artists ON track_artists.track_id = heard.track_id
          JOIN artists ON artists.id = track_artists.artist_id
         GROUP BY heard.whose, heard.month, heard.told_as, heard.plays, heard.ms,
                  COALESCE(artists.counts_as, artists.id)
    ), gained AS (
        SELECT whose, 1 AS kind, month, artist_id AS item, SUM(plays) AS plays, SUM(ms) AS ms
          FROM credited
         GROUP BY whose, month, artist_id
         UNION ALL
        SELECT whose, 2, month, artist_id, SUM(plays), SUM(ms)
          FROM credited
         WHERE position = 0
         GROUP BY whose, month, artist_id
         UNION ALL
        SELECT whose, 3, month, COALESCE(albums.counts_as, albums.id), SUM(plays), SUM(ms)
          FROM heard
          JOIN albums ON albums.id = heard.album_id
         GROUP BY whose, month, COALESCE(albums.counts_as, albums.id)
         UNION ALL
        SELECT whose, 4, month, track_id, SUM(plays), SUM(ms)
          FROM heard
         GROUP BY whose, month, track_id
         UNION ALL
        SELECT plays.person_id, 5, plays.day / 100, plays.hour_of_week, COUNT(*), SUM(plays.ms)
          FROM plays
         WHERE plays.standing = 0 AND {those}
         GROUP BY plays.person_id, plays.day / 100, plays.hour_of_week
         UNION ALL
        SELECT plays.person_id, 6, plays.day / 100, plays.day, COUNT(*), SUM(plays.ms)
          FROM plays
         WHERE plays.standing = 0 AND {those}
         GROUP BY plays.person_id, plays.day / 100, plays.day
    ), everyones AS (
        SELECT whose, kind, month, item, plays, ms
          FROM gained
         UNION ALL
        SELECT 0, kind, month, item, SUM(plays), SUM(gained.ms)
          FROM gained
          JOIN listeners ON listeners.person_id = gained.whose AND listeners.is_joint
         WHERE (SELECT COUNT(*) FROM listeners WHERE is_joint) > 1
         GROUP BY kind, month, item
    )
"""
_CHANGE_SUMS = """{gained}
    INSERT INTO play_sums (whose, kind, span, item, plays, ms)
    SELECT whose, kind, month, item, :sign * plays, :sign * ms
      FROM everyones
     WHERE kind IN (1, 2, 5)
     UNION ALL
    SELECT whose, kind, month / 100, item, :sign * SUM(plays), :sign * SUM(ms)
      FROM everyones
     GROUP BY whose, kind, month / 100, item
     UNION ALL
    SELECT whose, kind, 0, item, :sign * SUM(plays), :sign * SUM(ms)
      FROM everyones
     WHERE kind <> 6
     GROUP BY whose, kind, item
    ON CONFLICT (whose, kind, span, item)
      DO UPDATE SET plays = play_sums.plays + excluded.plays,
                    ms    = play_sums.ms + excluded.ms
"""
_CHANGE_TALLIES = """
    INSERT INTO play_tallies
           (person_id, month, source, import_id, context_id, standing, is_estimated, plays, ms)
    SELECT person_id, day / 100, source, COALESCE(import_id, 0), COALESCE(context_id, 0),
           standing, CASE WHEN ms_played IS NULL THEN 1 ELSE 0 END,
           :sign * COUNT(*), :sign * SUM(ms)
      FROM plays
     WHERE {those}
     GROUP BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (person_id, month, source, import_id, context_id, standing, is_estimated)
      DO UPDATE SET plays = play_tallies.plays + excluded.plays,
                    ms    = play_tallies.ms + excluded.ms
"""


def add(session: Session, those: Those) -> None:
    """Add what these plays give to the sums, as they stand now."""
    _change(session, those, +1)


def take(session: Session, those: Those) -> None:
    """Take away what these plays give to the sums, before they are changed."""
    _change(session, those, -1)
    for table in (PlaySum, PlayTally):
        session.execute(delete(table).where(table.plays == text("0")))


def add_ids(session: Session, play_ids: Sequence[int]) -> None:
    for start in range(0, len(play_ids), _MANY):
        add(session, by_ids(play_ids[start : start + _MANY]))


def take_ids(session: Session, play_ids: Sequence[int]) -> None:
    for start in range(0, len(play_ids), _MANY):
        take(session, by_ids(play_ids[start : start + _MANY]))


def by_ids(play_ids: Sequence[int]) -> Those:
    return Those("plays.id IN :ids", {"ids": list(play_ids)})


def _change(session: Session, those: Those, sign: int) -> None:
    for statement in (_CHANGE_SUMS, _CHANGE_TALLIES):
        session.execute(_said(statement, those), those.values | {"sign": sign})


def _said(statement: str, those: Those) -> TextClause:
    several: list[BindParameter[Any]] = [
        bindparam(name, expanding=True)
        for name, value in those.values.items()
        if isinstance(value, list)
    ]
    gained = _GAINED.format(those=those.sql)
    return text(statement.format(gained=gained, those=those.sql)).bindparams(*several)


_TO_HOUSEHOLD = text("""
    INSERT INTO play_sums (whose, kind, span, item, plays, ms)
    SELECT 0, kind, span, item, :sign * SUM(plays), :sign * SUM(ms)
      FROM play_sums
     WHERE whose IN :people
     GROUP BY kind, span, item
    ON CONFLICT (whose, kind, span, item)
      DO UPDATE SET plays = play_sums.plays + excluded.plays,
                    ms    = play_sums.ms + excluded.ms
""").bindparams(bindparam("people", expanding=True))


def join_household(session: Session, person_id: int, *, is_joint: bool) -> None:
    """Add a person's sums to the household's, or take them away, as `listeners` says by now.

    The sums of a household of one are that person's own, and are not kept again.
    """
    joint = select(Listener.person_id).where(Listener.is_joint, Listener.person_id != person_id)
    others = list(session.scalars(joint))
    if not others:
        return
    if not is_joint and len(others) == 1:
        session.execute(delete(PlaySum).where(PlaySum.whose == 0))
        return
    people = [person_id, *(others if is_joint and len(others) == 1 else ())]
    session.execute(_TO_HOUSEHOLD, {"people": people, "sign": 1 if is_joint else -1})
    session.execute(delete(PlaySum).where(PlaySum.plays == text("0")))

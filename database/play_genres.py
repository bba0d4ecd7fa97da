"""Genres of what was played: those of its primary artist.

What somebody says of an artist counts for the household. Where nobody says anything, the
genres of the artist's records on the shelves do.
"""

from typing import NamedTuple

from sqlalchemy.orm import Session

from database import play_tops
from database.listeners import Whose
from database.play_sums import Kind
from database.play_windows import Window

_OF_ARTISTS = """
    WITH said AS (
        SELECT DISTINCT COALESCE(artists.counts_as, artists.id) AS artist_id,
               artist_genres.genre_id
          FROM artist_genres
          JOIN artists ON artists.id = artist_genres.artist_id
    ), genre_of AS (
        SELECT artist_id, genre_id FROM said
         UNION
        SELECT COALESCE(artists.counts_as, artists.id), records.genre_id
          FROM record_artists
          JOIN records ON records.id = record_artists.record_id
          JOIN artists ON artists.id = record_artists.artist_id
         WHERE COALESCE(artists.counts_as, artists.id) NOT IN (SELECT artist_id FROM said)
    )
"""
_TOP = f"""{_OF_ARTISTS}
    SELECT genres.id, genres.name,
           CAST(SUM(counted.plays) AS BIGINT) AS plays, CAST(SUM(counted.ms) AS BIGINT) AS ms
      FROM {{counted}} AS counted
      JOIN genre_of ON genre_of.artist_id = counted.item
      JOIN genres ON genres.id = genre_of.genre_id
     GROUP BY genres.id, genres.name, genres.name_folded
     ORDER BY plays DESC, genres.name_folded, genres.id
     LIMIT :limit
"""  # noqa: S608 - ours
_COVERED = f"""{_OF_ARTISTS}
    SELECT CAST(COALESCE(SUM(counted.plays), 0) AS BIGINT) AS plays
      FROM {{counted}} AS counted
     WHERE counted.item IN (SELECT artist_id FROM genre_of)
"""  # noqa: S608 - ours


class GenreTop(NamedTuple):
    id: int
    name: str
    plays: int
    ms: int


def tops(session: Session, whose: Whose, window: Window, limit: int) -> list[GenreTop]:
    """Return the genres played most; a play counts once for each genre of its primary artist."""
    rows = play_tops.among(session, whose, Kind.PRIMARY, window, _TOP, limit=limit)
    return [GenreTop(*row) for row in rows]


def coverage(session: Session, whose: Whose, window: Window) -> float:
    """Return which share of the plays that count has a genre, 0 to 1; of none, 0."""
    plays = play_tops.totals(session, whose, window).plays
    covered = play_tops.among(session, whose, Kind.PRIMARY, window, _COVERED)[0].plays
    return covered / plays if plays else 0.0

"""When artists were heard for the first time: the first month that has a play of theirs."""

from typing import NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from database import play_ranks
from database.listeners import Whose

# First the year, of few rows, and then which of its months: a lookup each.
_FIRST_MONTHS = text("""
    SELECT month, COUNT(*) AS artists
      FROM (SELECT MIN(months.span) AS month
              FROM (SELECT item, MIN(span) AS year
                      FROM play_sums
                     WHERE whose = :whose AND kind = 1 AND span IN :years
                     GROUP BY item) AS firsts
              JOIN (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
                    UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8
                    UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL SELECT 11
                    UNION ALL SELECT 12) AS nth ON 1 = 1
              JOIN play_sums AS months
                ON months.whose = :whose AND months.kind = 1 AND months.item = firsts.item
               AND months.span = firsts.year * 100 + nth.n
             GROUP BY firsts.item) AS found
     GROUP BY month
""").bindparams(bindparam("years", expanding=True))
_NEW = """
    SELECT own.item, own.plays
      FROM play_sums AS own
     WHERE own.whose = :whose AND own.kind = 1 AND own.span = :year
       AND NOT EXISTS (SELECT 1
                         FROM play_sums AS earlier
                        WHERE earlier.whose = :whose AND earlier.kind = 1
                          AND earlier.span IN :earlier AND earlier.item = own.item)
"""
_OF_YEAR = text(f"""
    SELECT artists.id, artists.name, MIN(months.span) AS month, new.plays, total.plays AS since
      FROM (SELECT new.item, new.plays
              FROM ({_NEW}) AS new
              JOIN artists ON artists.id = new.item
             ORDER BY new.plays DESC, artists.name_folded, artists.id
             LIMIT :limit) AS new
      JOIN play_sums AS months ON months.whose = :whose AND months.kind = 1
                              AND months.span IN :months AND months.item = new.item
      JOIN play_sums AS total ON total.whose = :whose AND total.kind = 1 AND total.span = 0
                             AND total.item = new.item
      JOIN artists ON artists.id = new.item
     GROUP BY artists.id, artists.name, artists.name_folded, new.plays, total.plays
     ORDER BY new.plays DESC, artists.name_folded, artists.id
""").bindparams(bindparam("earlier", expanding=True), bindparam("months", expanding=True))  # noqa: S608 - ours
_COUNT = text(f"""
    SELECT COUNT(*), COALESCE(CAST(SUM(plays) AS BIGINT), 0) FROM ({_NEW}) AS new
""").bindparams(bindparam("earlier", expanding=True))  # noqa: S608 - ours
_PRIMARY_SHARE = text(f"""
    SELECT COALESCE(CAST(SUM(first.plays) AS BIGINT), 0)
      FROM ({_NEW}) AS new
      JOIN play_sums AS first ON first.whose = :whose AND first.kind = 2 AND first.span = :year
                             AND first.item = new.item
""").bindparams(bindparam("earlier", expanding=True))  # noqa: S608 - ours


class New(NamedTuple):
    """An artist heard for the first time in `month` (YYYYMM); plays of that year, and since."""

    artist_id: int
    name: str
    month: int
    plays: int
    since: int


class Count(NamedTuple):
    """So many new artists of a year; `plays`: of tracks that are theirs in the first place."""

    artists: int
    plays: int


def by_month(session: Session, whose: Whose) -> dict[int, int]:
    """Return how many artists were new in each month (YYYYMM) that has one."""
    asked = {"whose": whose.id, "years": list(play_ranks.years(session, whose))}
    return {row.month: row.artists for row in session.execute(_FIRST_MONTHS, asked)}


def of_year(session: Session, whose: Whose, year: int, limit: int) -> list[New]:
    """Return artists who were new in a year, those played most in it first."""
    asked = _asked(session, whose, year)
    asked |= {"months": [year * 100 + month for month in range(1, 13)], "limit": limit}
    return [New(*row) for row in session.execute(_OF_YEAR, asked)]


def count(session: Session, whose: Whose, year: int) -> Count:
    """Return how many artists were new in a year, and how often they were played in it."""
    asked = _asked(session, whose, year)
    artists = session.execute(_COUNT, asked).one()[0]
    return Count(artists, session.scalar(_PRIMARY_SHARE, asked) or 0)


def _asked(session: Session, whose: Whose, year: int) -> dict[str, object]:
    earlier = [one for one in play_ranks.years(session, whose) if one < year]
    return {"whose": whose.id, "year": year, "earlier": earlier}

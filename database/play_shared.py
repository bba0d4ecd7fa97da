"""What people of a household have in common, how alike they listen, who played an artist first."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from database import play_pages
from database.play_sums import Kind

_SEARCHED = 2_000  # of the one who played least: what is beyond is shared hardly

_TOTALS = text("""
    SELECT whose, CAST(SUM(plays) AS BIGINT) AS plays
      FROM play_sums
     WHERE whose IN :people AND kind = 6
     GROUP BY whose
""").bindparams(bindparam("people", expanding=True))
_SHARED = """
    SELECT named.id, named.{name} AS name, {credit} AS credit, found.least, found.plays
      FROM (SELECT one.item,
                   CASE WHEN MIN(other.plays) < one.plays
                        THEN MIN(other.plays) ELSE one.plays END AS least,
                   CAST(one.plays + SUM(other.plays) AS BIGINT) AS plays
              FROM (SELECT item, plays FROM play_sums
                     WHERE whose = :first AND kind = :kind AND span = 0
                     ORDER BY plays DESC LIMIT :searched) AS one
              JOIN play_sums AS other ON other.whose IN :others AND other.kind = :kind
                                     AND other.span = 0 AND other.item = one.item
             GROUP BY one.item, one.plays
            HAVING COUNT(*) = :many) AS found
      JOIN {table} AS named ON named.id = found.item
     ORDER BY found.least DESC, found.plays DESC, named.{name}, named.id
     LIMIT :limit
"""
_NAMED = {
    Kind.ARTIST: {"table": "artists", "name": "name", "credit": "''"},
    Kind.ALBUM: {"table": "albums", "name": "title", "credit": "named.credit"},
    Kind.TRACK: {"table": "tracks", "name": "title", "credit": "named.credit"},
}
# A play in thousandths of a thousandth of all that somebody played: whole numbers in SQL.
_ALIKE = text("""
    SELECT SUM(CASE WHEN one.plays * :second_total < other.plays * :first_total
                    THEN one.plays * :second_total ELSE other.plays * :first_total END)
      FROM play_sums AS one
      JOIN play_sums AS other ON other.whose = :second AND other.kind = 2 AND other.span = 0
                             AND other.item = one.item
     WHERE one.whose = :first AND one.kind = 2 AND one.span = 0
""")
_PRIMARY = text("""
    SELECT whose, CAST(SUM(plays) AS BIGINT) AS plays
      FROM play_sums
     WHERE whose IN :people AND kind = 2 AND span = 0
     GROUP BY whose
""").bindparams(bindparam("people", expanding=True))
_PLAYS = text("""
    SELECT item, whose, plays
      FROM play_sums
     WHERE whose IN :people AND kind = :kind AND span = 0 AND item IN :items
""").bindparams(bindparam("people", expanding=True), bindparam("items", expanding=True))


class Shared(NamedTuple):
    """`least`: how often even the one played it who played it least. `plays`: by all of them."""

    item: int
    name: str
    credit: str
    least: int
    plays: int


class Alike(NamedTuple):
    """How alike two people listen: in per cent."""

    first: int
    second: int
    share: float


class First(NamedTuple):
    """Who played something before all others, and when."""

    person_id: int
    at: int


def shared(session: Session, kind: Kind, person_ids: Sequence[int], limit: int) -> list[Shared]:
    """Return what each of several people plays, by how often at least; of all their plays."""
    totals = _summed(session, _TOTALS, person_ids)
    those = sorted(person_ids, key=lambda person_id: totals.get(person_id, 0))
    if len(those) < 2:  # noqa: PLR2004 - nothing is shared with nobody
        return []
    query = text(_SHARED.format(**_NAMED[kind])).bindparams(bindparam("others", expanding=True))
    asked = {
        "first": those[0],
        "others": those[1:],
        "many": len(those) - 1,
        "kind": int(kind),
        "searched": _SEARCHED,
        "limit": limit,
    }
    return [Shared(*row) for row in session.execute(query, asked)]


def _summed(session: Session, query: TextClause, person_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(query, {"people": list(person_ids)})
    return {row.whose: int(row.plays) for row in rows}


def alike(session: Session, person_ids: Sequence[int]) -> list[Alike]:
    """Return how alike each two of these people listen, the most alike first.

    Of each primary artist the smaller of both people's shares of their own plays, summed up:
    0 where they have no artist in common, 100 where they play the same artists alike often.
    """
    totals = _summed(session, _PRIMARY, person_ids)
    found = []
    for first, second in combinations(sorted(totals), 2):
        asked = {
            "first": first,
            "second": second,
            "first_total": totals[first],
            "second_total": totals[second],
        }
        both = int(session.scalar(_ALIKE, asked) or 0)
        found.append(Alike(first, second, round(100 * both / totals[first] / totals[second], 1)))
    return sorted(found, key=lambda one: -one.share)


def plays_of(
    session: Session, kind: Kind, items: Sequence[int], person_ids: Sequence[int]
) -> dict[int, dict[int, int]]:
    """Return how often each of these people played each of these: by item, then by person."""
    asked = {"people": list(person_ids), "items": list(items), "kind": int(kind)}
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for item, whose, plays in session.execute(_PLAYS, asked):
        found[item][whose] = plays
    return found


def brought_in(
    session: Session, artist_ids: Sequence[int], person_ids: Sequence[int]
) -> dict[int, First]:
    """Return who of these people played each of these artists first."""
    found: dict[int, First] = {}
    for artist_id in artist_ids:
        ends = play_pages.ends(session, Kind.ARTIST, artist_id, person_ids)
        if ends:
            person_id = min(ends, key=lambda one: (ends[one].first, one))
            found[artist_id] = First(person_id, ends[person_id].first)
    return found

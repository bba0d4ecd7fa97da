"""What was played most in a window, and how much in all: read from the sums."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from database.listeners import Whose
from database.play_sums import Kind
from database.play_windows import Cover, Ragged, Window, cover


class Top(NamedTuple):
    """`item` is an id. `credit`: the artists of a track or album, in words."""

    item: int
    name: str
    credit: str
    plays: int
    ms: int


class Totals(NamedTuple):
    plays: int
    ms: int


_HEARD = """
    SELECT track_id, COUNT(*) AS plays, SUM(ms) AS ms
      FROM plays
     WHERE person_id IN :people AND standing = 0
       AND started_at >= :since{n} AND started_at < :until{n} {without}
     GROUP BY track_id
"""
_RAGGED = {
    Kind.ARTIST: """
        SELECT artist_id AS item, SUM(plays) AS plays, SUM(ms) AS ms
          FROM (SELECT DISTINCT heard.nth, heard.track_id, heard.plays, heard.ms,
                       COALESCE(artists.counts_as, artists.id) AS artist_id
                  FROM heard
                  JOIN tracks ON tracks.id = heard.track_id
                  JOIN track_artists
                    ON track_artists.track_id = COALESCE(tracks.counts_as, tracks.id)
                  JOIN artists ON artists.id = track_artists.artist_id) AS credited
         GROUP BY artist_id
    """,
    Kind.PRIMARY: """
        SELECT COALESCE(artists.counts_as, artists.id) AS item, SUM(plays) AS plays, SUM(ms) AS ms
          FROM heard
          JOIN tracks ON tracks.id = heard.track_id
          JOIN track_artists ON track_artists.track_id = COALESCE(tracks.counts_as, tracks.id)
                            AND track_artists.position = 0
          JOIN artists ON artists.id = track_artists.artist_id
         GROUP BY COALESCE(artists.counts_as, artists.id)
    """,
    Kind.ALBUM: """
        SELECT COALESCE(albums.counts_as, albums.id) AS item, SUM(plays) AS plays, SUM(ms) AS ms
          FROM heard
          JOIN tracks ON tracks.id = heard.track_id
          JOIN albums ON albums.id = tracks.album_id
         GROUP BY COALESCE(albums.counts_as, albums.id)
    """,
    Kind.TRACK: """
        SELECT COALESCE(tracks.counts_as, tracks.id) AS item, SUM(plays) AS plays, SUM(ms) AS ms
          FROM heard
          JOIN tracks ON tracks.id = heard.track_id
         GROUP BY COALESCE(tracks.counts_as, tracks.id)
    """,
}
_NAMED = {
    Kind.ARTIST: ("artists", "name", "name_folded", "''"),
    Kind.PRIMARY: ("artists", "name", "name_folded", "''"),
    Kind.ALBUM: ("albums", "title", "title_folded", "named.credit"),
    Kind.TRACK: ("tracks", "title", "title_folded", "named.credit"),
}
# As it stands, for the index of these.
_KEPT = """
    SELECT item, plays, ms
      FROM play_sums
     WHERE whose = :whose AND kind = :kind AND span = 0
"""
ORDERS = ("plays", "ms")
_MANY = 5_000


def tops(  # noqa: PLR0913 - by name
    session: Session,
    whose: Whose,
    kind: Kind,
    window: Window,
    *,
    limit: int,
    offset: int = 0,
    by: str = "plays",
) -> list[Top]:
    """Return what was played most, by `plays` or by time (`ms`); equals by folded name, then id."""
    return ranking(session, whose, kind, window, limit=limit, offset=offset, by=by).tops


class Ranking(NamedTuple):
    """Some of what was played most, of `in_all` different ones."""

    tops: list[Top]
    in_all: int


def ranking(  # noqa: PLR0913 - by name
    session: Session,
    whose: Whose,
    kind: Kind,
    window: Window,
    *,
    limit: int,
    offset: int = 0,
    by: str = "plays",
) -> Ranking:
    """Return what `tops` and `distinct` do, at the price of one."""
    counted, values = _counted(whose, kind, window)
    is_kept = counted is _KEPT
    many = "0" if is_kept else "COUNT(*) OVER ()"
    query = f"""
        SELECT item, plays, ms, {many} AS in_all
          FROM ({counted}) AS counted
         ORDER BY {by} DESC
         LIMIT :many
    """  # noqa: S608 - ours
    if is_kept:
        query = f"{counted} ORDER BY {by} DESC LIMIT :many"
    end = offset + limit
    found = session.execute(_with(query, values), values | {"many": end + 1}).all()
    if not found:
        return Ranking([], 0)
    in_all = distinct(session, whose, kind, window) if is_kept else found[0].in_all
    rows = [(row.item, row.plays, row.ms) for row in found]
    if len(rows) > end and getattr(found[end], by) == getattr(found[end - 1], by):
        # Of those that are equal to the last one only the first by name belong here.
        least = getattr(found[end], by)
        equals = f"SELECT item, plays, ms FROM ({counted}) AS counted WHERE {by} = :least"  # noqa: S608
        tied = session.execute(_with(equals, values), values | {"least": least})
        rows = [(row.item, row.plays, row.ms) for row in found if getattr(row, by) > least]
        rows += [(row.item, row.plays, row.ms) for row in tied]
    return Ranking(_named(session, kind, rows, by)[offset:end], in_all)


def _named(
    session: Session, kind: Kind, rows: Sequence[tuple[int, int, int]], by: str
) -> list[Top]:
    """Return these with their names, the most first, equals by folded name, then id."""
    table, name, folded, credit = _NAMED[kind]
    query = text(
        f"SELECT named.id, named.{name} AS name, {credit} AS credit, named.{folded} AS folded"  # noqa: S608
        f" FROM {table} AS named WHERE named.id IN :items"
    ).bindparams(bindparam("items", expanding=True))
    names: dict[int, Any] = {}
    for start in range(0, len(rows), _MANY):
        items = [row[0] for row in rows[start : start + _MANY]]
        names |= {row.id: row for row in session.execute(query, {"items": items})}
    most = ORDERS.index(by) + 1
    ordered = sorted(rows, key=lambda row: (-row[most], names[row[0]].folded, row[0]))
    return [
        Top(item, names[item].name, names[item].credit, plays, ms) for item, plays, ms in ordered
    ]


def distinct(session: Session, whose: Whose, kind: Kind, window: Window) -> int:
    """Return how many different ones have at least one play that counts."""
    counted, values = _counted(whose, kind, window)
    query = f"SELECT COUNT(*) FROM ({counted}) AS counted"  # noqa: S608 - ours
    return session.scalar(_with(query, values), values) or 0


def totals(session: Session, whose: Whose, window: Window) -> Totals:
    """Return how many plays count, and for how many milliseconds."""
    plays = ms = 0
    for _, day_plays, day_ms in days(session, whose, window):
        plays, ms = plays + day_plays, ms + day_ms
    return Totals(plays, ms)


def days(session: Session, whose: Whose, window: Window) -> list[tuple[int, int, int]]:
    """Return (YYYYMMDD, plays, milliseconds) of each day with a play that counts, by day."""
    found = cover(whose, Kind.DAY, window)
    values: dict[str, Any] = {"whose": whose.id, "people": list(whose.person_ids)}
    parts = []
    if found.days is not None:
        values |= {"first": found.days[0], "last": found.days[1]}
        values |= {"first_year": found.days[0] // 10_000, "last_year": found.days[1] // 10_000}
        parts.append(
            "SELECT item AS day, plays, ms FROM play_sums WHERE whose = :whose AND kind = 6"
            " AND span BETWEEN :first_year AND :last_year AND item BETWEEN :first AND :last"
        )
    for n, ragged in enumerate(found.ragged):
        values |= _bounds(n, ragged)
        parts.append(
            "SELECT day, COUNT(*) AS plays, SUM(ms) AS ms FROM plays"  # noqa: S608 - ours
            f" WHERE person_id IN :people AND standing = 0 AND started_at >= :since{n}"
            f" AND started_at < :until{n} {_without(n, ragged)} GROUP BY day"
        )
    if not parts:
        return []
    query = (
        f"SELECT day, SUM(plays), SUM(ms) FROM ({' UNION ALL '.join(parts)}) AS days"  # noqa: S608
        " GROUP BY day ORDER BY day"
    )
    return [
        (day, int(plays), int(ms))
        for day, plays, ms in session.execute(_with(query, values), values)
    ]


def hours(session: Session, whose: Whose, window: Window) -> list[int]:
    """Return how many plays count in each hour of the week, 168 of them from Monday midnight."""
    found = cover(whose, Kind.HOUR, window)
    values: dict[str, Any] = {"whose": whose.id, "people": list(whose.person_ids)}
    parts = []
    if found.spans:
        values["spans"] = found.spans
        parts.append(
            "SELECT item, plays FROM play_sums WHERE whose = :whose AND kind = 5 AND span IN :spans"
        )
    for n, ragged in enumerate(found.ragged):
        values |= _bounds(n, ragged)
        parts.append(
            "SELECT hour_of_week AS item, 1 AS plays FROM plays"  # noqa: S608
            " WHERE person_id IN :people AND standing = 0"
            f" AND started_at >= :since{n} AND started_at < :until{n} {_without(n, ragged)}"
        )
    counts = [0] * 168
    if parts:
        query = f"SELECT item, SUM(plays) FROM ({' UNION ALL '.join(parts)}) AS hours GROUP BY item"  # noqa: S608
        for hour, plays in session.execute(_with(query, values), values):
            counts[hour] = int(plays)
    return counts


def among(
    session: Session, whose: Whose, kind: Kind, window: Window, query: str, **values: Any
) -> Sequence[Any]:
    """Return the rows of a question of ours about what counted.

    `{counted}` in it stands for (item, plays, ms) of a window.
    """
    counted, bound = _counted(whose, kind, window)
    bound |= values
    return session.execute(_with(query.replace("{counted}", f"({counted})"), bound), bound).all()


def _counted(whose: Whose, kind: Kind, window: Window) -> tuple[str, dict[str, Any]]:
    """Return a question for (item, plays, ms) of a window, and its values."""
    found = cover(whose, kind, window)
    values: dict[str, Any] = {"whose": whose.id, "kind": int(kind)}
    if found.spans == [0]:
        return _KEPT, values
    parts = []
    if found.spans:
        values["spans"] = found.spans
        parts.append(
            "SELECT item, plays, ms FROM play_sums"
            " WHERE whose = :whose AND kind = :kind AND span IN :spans"
        )
    if found.ragged:
        values["people"] = list(whose.person_ids)
        parts.append(_ragged(kind, found, values))
    if not parts:
        parts = ["SELECT item, plays, ms FROM play_sums WHERE whose = :whose AND kind = 0"]
    if len(found.spans) <= 1 and not found.ragged:
        return parts[0], values
    counted = f"""
        SELECT item, CAST(SUM(plays) AS BIGINT) AS plays, CAST(SUM(ms) AS BIGINT) AS ms
          FROM ({" UNION ALL ".join(parts)}) AS parts
         GROUP BY item
        HAVING SUM(plays) > 0
    """  # noqa: S608 - ours
    return counted, values


def _ragged(kind: Kind, found: Cover, values: dict[str, Any]) -> str:
    heard = []
    for n, ragged in enumerate(found.ragged):
        values |= _bounds(n, ragged)
        one = _HEARD.format(n=n, without=_without(n, ragged))
        heard.append(
            f"SELECT {n} AS nth, track_id, {ragged.sign} * plays AS plays, {ragged.sign} * ms AS ms"  # noqa: S608
            f" FROM ({one}) AS heard{n}"
        )
    # Whole numbers again: PostgreSQL sums those up to others, which take twice as long to add.
    return (
        "SELECT item, CAST(plays AS BIGINT) AS plays, CAST(ms AS BIGINT) AS ms"  # noqa: S608 - ours
        f" FROM (WITH heard AS ({' UNION ALL '.join(heard)}) {_RAGGED[kind]}) AS ragged"
    )


def _bounds(n: int, ragged: Ragged) -> dict[str, Any]:
    bounds = {f"since{n}": ragged.since, f"until{n}": ragged.until}
    if ragged.without is not None:
        bounds |= {f"first{n}": ragged.without[0], f"last{n}": ragged.without[1]}
    return bounds


def _without(n: int, ragged: Ragged) -> str:
    return f"AND NOT day BETWEEN :first{n} AND :last{n}" if ragged.without is not None else ""


def _with(query: str, values: dict[str, Any]) -> Any:
    several: Sequence[Any] = [
        bindparam(name, expanding=True)
        for name, value in values.items()
        if isinstance(value, list) and f":{name}" in query
    ]
    return text(query).bindparams(*several)

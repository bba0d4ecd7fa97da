"""Who watched what on which day, as mosaics and pages ask for it. Saving is in `diary`."""

# ruff: noqa: S608 - the statements are put together from constants of this file

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from core.errors import NotFound
from database import diary
from database.film_identity import alone
from database.models import Film, FilmList, FilmSource, Viewing

# A film without a poster of TMDB's takes the one of its own entry, then any entry's.
_ANY_POSTER = "(SELECT max(o.poster_address) FROM viewings o WHERE o.film_id = f.id)"

# What a viewing was not rated, the film as such may be.
_MARKED = """(SELECT max(m.half_stars) FROM film_marks m
                     WHERE m.source_id IN :source_ids AND m.film_id = f.id)"""

_OF_PERIOD = text(f"""
    SELECT f.id, f.title, f.year, f.director,
           coalesce(seen.half_stars, {_MARKED}) AS half_stars, seen.watched_on,
           coalesce(f.poster_address, seen.poster_address, {_ANY_POSTER}) AS poster_address,
           seen.is_rewatch, f.poster_sha256
      FROM (SELECT id, film_id, half_stars, watched_on, logged_on, poster_address, is_rewatch,
                   row_number() OVER (PARTITION BY film_id
                                          ORDER BY watched_on DESC, nth DESC, id DESC) AS newest
              FROM viewings
             WHERE source_id IN :source_ids
               AND watched_on >= :since
               AND watched_on < :until) AS seen
      JOIN films f ON f.id = seen.film_id
     WHERE seen.newest = 1
     ORDER BY seen.watched_on DESC, coalesce(seen.logged_on, seen.watched_on) DESC, seen.id DESC
     LIMIT :limit
""").bindparams(bindparam("source_ids", expanding=True))

# Marked as watched, but on a day that nobody wrote down.
_UNDATED = text(f"""
    SELECT f.id, f.title, f.year, f.director, marked.half_stars, NULL AS watched_on,
           coalesce(f.poster_address, {_ANY_POSTER}) AS poster_address,
           false AS is_rewatch, f.poster_sha256
      FROM (SELECT film_id, max(half_stars) AS half_stars, max(watched_on) AS watched_on
              FROM film_marks
             WHERE source_id IN :source_ids
               AND watched_on IS NOT NULL
             GROUP BY film_id) AS marked
      JOIN films f ON f.id = marked.film_id
     WHERE NOT EXISTS (SELECT 1 FROM viewings v
                        WHERE v.source_id IN :source_ids AND v.film_id = marked.film_id)
     ORDER BY marked.watched_on DESC, f.title_folded, f.id
""").bindparams(bindparam("source_ids", expanding=True))

# Watched or not: by the newest viewing, if there is one.
_OF_LIST = text(f"""
    SELECT f.id, f.title, f.year, f.director,
           coalesce(seen.half_stars, {_MARKED}) AS half_stars, seen.watched_on,
           coalesce(f.poster_address, seen.poster_address, {_ANY_POSTER}) AS poster_address,
           coalesce(seen.is_rewatch, false) AS is_rewatch, f.poster_sha256
      FROM (SELECT film_id, min(position) AS place
              FROM film_list_entries
             WHERE list_id = :list_id
             GROUP BY film_id) AS listed
      JOIN films f ON f.id = listed.film_id
      LEFT JOIN (SELECT film_id, half_stars, watched_on, poster_address, is_rewatch,
                        row_number() OVER (
                            PARTITION BY film_id
                                ORDER BY watched_on DESC, nth DESC, id DESC) AS newest
                   FROM viewings
                  WHERE source_id IN :source_ids) AS seen
        ON seen.film_id = f.id AND seen.newest = 1
     ORDER BY listed.place
""").bindparams(bindparam("source_ids", expanding=True))
_LIKED = text("""
    SELECT film_id FROM film_marks WHERE source_id IN :source_ids AND is_liked
     UNION
    SELECT film_id FROM viewings WHERE source_id IN :source_ids AND is_liked
""").bindparams(bindparam("source_ids", expanding=True))
_LISTS = text("""
    SELECT l.id, l.name, count(e.film_id) AS films
      FROM film_sources s
      JOIN film_lists l ON l.source_id = s.id
      LEFT JOIN film_list_entries e ON e.list_id = l.id
     WHERE s.person_id = :person_id
     GROUP BY l.id, l.name
     ORDER BY lower(l.name), l.id
""")

_MONTHS = text("""
    SELECT substr(v.watched_on, 1, 7)  AS month,
           count(*)                    AS viewings
      FROM film_sources s
      JOIN viewings v ON v.source_id = s.id
     WHERE s.person_id = :person_id
     GROUP BY substr(v.watched_on, 1, 7)
     ORDER BY month DESC
""")

_EVER, _NEVER = "0000-01-01", "9999-99-99"
_ALL = 1 << 31  # no household has as many films


class Seen(NamedTuple):
    """One film of a mosaic, by its newest viewing in the period; or one record, or album.

    `watched_on` is None where the film was marked as watched, on no day in particular, or
    was not watched yet. `poster_sha256` is a poster of the household's own. Of a record,
    which has no `film_id`, these are artist, rating, day of purchase and cover; of an album
    `half_stars` is how often it was played.
    """

    film_id: int | None
    title: str
    year: int | None
    director: str | None
    half_stars: int | None
    watched_on: str | None
    poster_address: str | None
    is_rewatch: bool
    poster_sha256: str | None = None
    record_id: int | None = None
    album_id: int | None = None


class ListNamed(NamedTuple):
    """A list as a choice: its name, and how many films it names."""

    id: int
    name: str
    films: int


class Month(NamedTuple):
    year: int
    month: int
    viewings: int


class Choice(NamedTuple):
    """One of the films that a viewing may have been of."""

    id: int
    title: str
    director: str | None
    uri: str | None


class Uncertain(NamedTuple):
    """A viewing of one of several films of one title and year; `films` has all of them."""

    viewing_id: int
    title: str
    year: int | None
    watched_on: str
    films: list[Choice]


def of_period(
    session: Session,
    source_ids: Sequence[int],
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
) -> list[Seen]:
    """Return films that were watched, the newest first, each once.

    From the day `since` to the day before `until`, both YYYY-MM-DD. Without
    days and limit, films follow that were watched on a day that is not known:
    whether they are among the newest is not known either.
    """
    most = _ALL if limit is None else limit
    ids = list(source_ids)
    days = {"since": since or _EVER, "until": until or _NEVER}
    rows = session.execute(_OF_PERIOD, {"source_ids": ids, "limit": most, **days})
    found = [_seen(*row) for row in rows]
    if since is None and until is None and limit is None:
        rows = session.execute(_UNDATED, {"source_ids": ids})
        found += [_seen(*row) for row in rows]
    return found


def of_list(session: Session, source_ids: Sequence[int], list_id: int) -> list[Seen]:
    """Return the films of a list in its order, watched or not.

    Raises:
        NotFound: none of these sources has that list.
    """
    query = select(FilmList.id).where(FilmList.id == list_id, FilmList.source_id.in_(source_ids))
    if session.scalar(query) is None:
        raise NotFound("list of yours", list_id)
    words = {"source_ids": list(source_ids), "list_id": list_id}
    return [_seen(*row) for row in session.execute(_OF_LIST, words)]


def liked(session: Session, source_ids: Sequence[int]) -> set[int]:
    """Return the films that are liked, as such or by one of their viewings."""
    rows = session.execute(_LIKED, {"source_ids": list(source_ids)})
    return {row.film_id for row in rows}


def lists(session: Session, person_id: int) -> list[ListNamed]:
    """Return the person's lists by name."""
    return [ListNamed(*row) for row in session.execute(_LISTS, {"person_id": person_id})]


def of_feed(
    session: Session, source_id: int, since: str | None = None, until: str | None = None
) -> int:
    """Return how many viewings of that time a feed told of; days as in `of_period`."""
    query = select(func.count()).where(
        Viewing.source_id == source_id,
        Viewing.guid.is_not(None),
        Viewing.watched_on >= (since or _EVER),
        Viewing.watched_on < (until or _NEVER),
    )
    return session.scalar(query) or 0


def _seen(*row: object) -> Seen:
    seen = Seen(*row)  # type: ignore[arg-type]
    # SQLite knows no booleans.
    return seen._replace(is_rewatch=bool(seen.is_rewatch))


def months(session: Session, person_id: int) -> list[Month]:
    """Return the months in which the person watched films, the newest first."""
    found = session.execute(_MONTHS, {"person_id": person_id})
    return [Month(int(month[:4]), int(month[5:]), viewings) for month, viewings in found]


def uncertain(session: Session, person_id: int, limit: int = 50) -> list[Uncertain]:
    """Return viewings of which it is not certain what was watched, the newest first."""
    query = (
        select(Viewing.id, Viewing.watched_on, Film.title, Film.title_folded, Film.year)
        .join(FilmSource, FilmSource.id == Viewing.source_id)
        .join(Film, Film.id == Viewing.film_id)
        .where(FilmSource.person_id == person_id, Viewing.is_uncertain)
        .order_by(Viewing.watched_on.desc(), Viewing.id.desc())
        .limit(limit)
    )
    rows = session.execute(query).all()
    choices = _of_one_name(session, {row.title_folded for row in rows})
    return [
        Uncertain(row.id, row.title, row.year, row.watched_on, choices[row.title_folded, row.year])
        for row in rows
    ]


def _of_one_name(session: Session, folded: set[str]) -> dict[tuple[str, int | None], list[Choice]]:
    found: dict[tuple[str, int | None], list[Choice]] = defaultdict(list)
    query = select(Film.title_folded, Film.year, Film.id, Film.title, Film.director, Film.uri)
    query = query.where(Film.title_folded.in_(sorted(folded))).order_by(Film.id)
    for row in session.execute(query):
        found[row.title_folded, row.year].append(Choice(*row[2:]))
    return found


def settle(session: Session, person_id: int, viewing_id: int, film_id: int) -> None:
    """Say which film the person's viewing was of.

    Raises:
        NotFound: there is no such viewing of theirs, or that film has another name or year.
    """
    alone(session)
    viewing = session.scalar(
        select(Viewing)
        .join(FilmSource, FilmSource.id == Viewing.source_id)
        .where(Viewing.id == viewing_id, FilmSource.person_id == person_id)
    )
    if viewing is None:
        raise NotFound("viewing", viewing_id)
    now, meant = session.get_one(Film, viewing.film_id), session.get(Film, film_id)
    if meant is None or (now.title_folded, now.year) != (meant.title_folded, meant.year):
        raise NotFound("film", film_id)
    viewing.is_uncertain = False
    if meant is not now:
        viewing.nth = diary.next_nth(session, viewing.source_id, meant.id, viewing.watched_on)
        viewing.film_id = meant.id
    session.flush()

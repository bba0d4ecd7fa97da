"""Which film is meant: what a feed or an export calls a film, and the row that stands for it.

A film is known by TMDB's id, by Letterboxd's slug, or by its address in an
export; a name and a year alone fit any film of that name and year. Rows grow
together as more is learned: nothing that hangs on one is ever lost.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, text, tuple_, update
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database import diary
from database.models import Film, FilmCandidate, FilmListEntry, MosaicFilm

# Any number; on PostgreSQL, who makes films or joins them holds this lock.
FILMS_LOCK = 7_262_035
_BATCH = 500

_MERGE_MARKS = text("""
    INSERT INTO film_marks (source_id, film_id, watched_on, half_stars, is_liked, wanted_on)
         SELECT source_id, CAST(:keep AS bigint), watched_on, half_stars, is_liked, wanted_on
           FROM film_marks
          WHERE film_id = :gone
    ON CONFLICT (source_id, film_id)
      DO UPDATE SET watched_on = coalesce(film_marks.watched_on, excluded.watched_on),
                    half_stars = coalesce(film_marks.half_stars, excluded.half_stars),
                    is_liked   = CASE WHEN film_marks.is_liked THEN film_marks.is_liked
                                      ELSE excluded.is_liked END,
                    wanted_on  = coalesce(film_marks.wanted_on, excluded.wanted_on)
""")
_DROP_MARKS = text("DELETE FROM film_marks WHERE film_id = :gone")


@dataclass(frozen=True, slots=True)
class SeenFilm:
    """A film as a source names it. `kind` ("movie" or "tv") belongs to `tmdb_id`."""

    title: str
    year: int | None
    kind: str | None = None
    tmdb_id: int | None = None
    slug: str | None = None
    uri: str | None = None


def resolve(session: Session, seen: Sequence[SeenFilm]) -> list[int]:
    """Return the id of the film that each of `seen` is, making those that are new.

    Whatever names a film by an id adds that id to the row; two rows that turn out
    to be one film become one, the one that TMDB knows.
    """
    alone(session)
    known = _Known(session, seen)
    found = [known.find_or_make(one) for one in seen]
    known.store()
    return [film.stands().id for film in found]


def alone(session: Session) -> None:
    """Keep other processes from making or joining films until this transaction ends.

    On SQLite the one writer is alone anyway. Without it, two imports at once would
    each make the films that both of them name by title and year alone.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(FILMS_LOCK)))


def merge(session: Session, gone: int, keep: int) -> None:
    """Let everything that hangs on the film `gone` hang on `keep`; `gone` is no more."""
    diary.move(session, gone, keep)
    session.execute(_MERGE_MARKS, {"gone": gone, "keep": keep})
    session.execute(_DROP_MARKS, {"gone": gone})
    for hanging in (FilmListEntry, MosaicFilm):
        session.execute(update(hanging).where(hanging.film_id == gone).values(film_id=keep))
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == gone))
    lost = session.execute(select(Film.slug, Film.uri).where(Film.id == gone)).one()
    session.execute(delete(Film).where(Film.id == gone))
    session.execute(
        update(Film)
        .where(Film.id == keep)
        .values(slug=func.coalesce(Film.slug, lost.slug), uri=func.coalesce(Film.uri, lost.uri))
    )


@dataclass(eq=False, slots=True)
class _Film:
    """A row, or one to be; `into` is the film that it was joined with."""

    id: int  # 0: not stored yet
    kind: str | None
    tmdb_id: int | None
    slug: str | None
    uri: str | None
    title: str
    title_folded: str
    year: int | None
    into: "_Film | None" = None
    is_asked_anew: bool = False

    def stands(self) -> "_Film":
        film = self
        while film.into is not None:
            film = film.into
        return film

    def may_be(self, seen: SeenFilm) -> bool:
        """Say whether a film of the same name and year may be this one: no id says otherwise."""
        mine = (self.kind, self.tmdb_id) if self.tmdb_id is not None else None
        theirs = (seen.kind, seen.tmdb_id) if seen.tmdb_id is not None else None
        return all(
            one is None or other is None or one == other
            for one, other in ((mine, theirs), (self.slug, seen.slug), (self.uri, seen.uri))
        )


class _Known:
    """The films that those seen may be, by everything that tells them apart."""

    def __init__(self, session: Session, seen: Sequence[SeenFilm]) -> None:
        self.session = session
        self.by_id: dict[tuple[Any, ...], _Film] = {}
        self.by_name: dict[tuple[str, int | None], list[_Film]] = defaultdict(list)
        self.new: list[_Film] = []
        self.changed: dict[_Film, None] = {}  # as an ordered set
        self.joined: list[tuple[int, int]] = []
        self.folded = {one.title: fold(one.title) for one in seen}
        for film in self._load(seen):
            self._remember(film)
            self.by_name[film.title_folded, film.year].append(film)

    def _load(self, seen: Sequence[SeenFilm]) -> Iterator[_Film]:
        rows: dict[int, _Film] = {}
        for wanted in self._wanted(seen):
            query = select(
                Film.id,
                Film.kind,
                Film.tmdb_id,
                Film.slug,
                Film.uri,
                Film.title,
                Film.title_folded,
                Film.year,
            ).where(wanted)
            for row in self.session.execute(query):
                rows.setdefault(row.id, _Film(*row))
        # The oldest first: of several that may be meant it is always the same one.
        yield from sorted(rows.values(), key=lambda film: film.id)

    def _wanted(self, seen: Sequence[SeenFilm]) -> Iterator[ColumnElement[bool]]:
        ids = {(one.kind, one.tmdb_id) for one in seen if one.tmdb_id is not None}
        for column, values in (
            (tuple_(Film.kind, Film.tmdb_id), ids),
            (Film.slug, {one.slug for one in seen if one.slug}),
            (Film.uri, {one.uri for one in seen if one.uri}),
            (Film.title_folded, set(self.folded.values())),
        ):
            rest = sorted(values)
            for start in range(0, len(rest), _BATCH):
                yield column.in_(rest[start : start + _BATCH])

    def _remember(self, film: _Film) -> None:
        for key in _keys(film):
            self.by_id[key] = film

    def find_or_make(self, seen: SeenFilm) -> _Film:
        hits = [self.by_id[key].stands() for key in _keys(seen) if key in self.by_id]
        if not hits:
            same_name = self.by_name[self.folded[seen.title], seen.year]
            hits = [film for film in same_name if film.into is None and film.may_be(seen)][:1]
        if not hits:
            return self._make(seen)
        film = hits[0]
        for other in hits[1:]:
            film = self._join(film, other)
        self._learn(film, seen)
        return film

    def _make(self, seen: SeenFilm) -> _Film:
        folded = self.folded[seen.title]
        film = _Film(0, seen.kind, seen.tmdb_id, seen.slug, seen.uri, seen.title, folded, seen.year)
        self.new.append(film)
        self.by_name[folded, seen.year].append(film)
        self._remember(film)
        return film

    def _join(self, keep: _Film, other: _Film) -> _Film:
        if other is keep:
            return keep
        if other.id and not keep.id:
            keep, other = other, keep
        other.into = keep
        if other.id:
            self.joined.append((other.id, keep.id))
        keep.slug, keep.uri = keep.slug or other.slug, keep.uri or other.uri
        if keep.tmdb_id is None and other.tmdb_id is not None:
            keep.kind, keep.tmdb_id, keep.is_asked_anew = other.kind, other.tmdb_id, True
        self.changed[keep] = None
        return keep

    def _learn(self, film: _Film, seen: SeenFilm) -> None:
        before = film.kind, film.tmdb_id, film.slug, film.uri
        if seen.tmdb_id is not None and (seen.kind, seen.tmdb_id) != (film.kind, film.tmdb_id):
            self.by_id.pop(("tmdb", film.kind, film.tmdb_id), None)
            film.kind, film.tmdb_id, film.is_asked_anew = seen.kind, seen.tmdb_id, True
        film.slug = seen.slug or film.slug
        film.uri = film.uri or seen.uri
        if (film.kind, film.tmdb_id, film.slug, film.uri) != before:
            self.changed[film] = None
            self._remember(film)

    def store(self) -> None:
        for gone, keep in self.joined:
            merge(self.session, gone, keep)
        for film in self.changed:
            if film.id and film.into is None:
                self._update(film)
        made = [film for film in self.new if film.into is None]
        for start in range(0, len(made), _BATCH):
            self._insert(made[start : start + _BATCH])

    def _update(self, film: _Film) -> None:
        values: dict[str, Any] = {
            "kind": film.kind,
            "tmdb_id": film.tmdb_id,
            "slug": film.slug,
            "uri": film.uri,
        }
        if film.is_asked_anew:
            # What was known by another id, or by none, says nothing of this one.
            values |= {"tmdb_state": "unasked", "director": None, "poster_address": None}
            self.session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == film.id))
        self.session.execute(update(Film).where(Film.id == film.id).values(**values))

    def _insert(self, films: Sequence[_Film]) -> None:
        now = clock.now()
        rows = [
            {
                "kind": film.kind,
                "tmdb_id": film.tmdb_id,
                "slug": film.slug,
                "uri": film.uri,
                "title": film.title,
                "title_folded": film.title_folded,
                "year": film.year,
                "tmdb_state": "unasked",
                "created_at": now,
            }
            for film in films
        ]
        query = insert(Film).returning(Film.id, sort_by_parameter_order=True)
        for film, film_id in zip(films, self.session.scalars(query, rows), strict=True):
            film.id = film_id


def _keys(film: _Film | SeenFilm) -> Iterator[tuple[Any, ...]]:
    """Yield what tells the film apart, the strongest first."""
    if film.tmdb_id is not None:
        yield "tmdb", film.kind, film.tmdb_id
    if film.slug:
        yield "slug", film.slug
    if film.uri:
        yield "uri", film.uri

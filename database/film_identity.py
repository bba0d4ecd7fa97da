"""Which film is meant: what a feed or an export calls a film, and the row that stands for it.

A film is known by TMDB's id, by Letterboxd's slug, or by its address in an
export; a name and a year alone fit any film of that name and year. Rows grow
together as more is learned: nothing that hangs on one is ever lost.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from core import clock
from core.names import fold
from database import diary
from database.free import Free, Ids
from database.models import Film, FilmCandidate, FilmChange, FilmListEntry, MosaicFilm

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


def resolve(session: Session, seen: Sequence[SeenFilm], *, is_trusted: bool = True) -> list[int]:
    """Return the id of the film that each of `seen` is, making those that are new.

    Whatever names a film by an id adds that id to the row, and says what it is called;
    two rows that turn out to be one film become one, the one that TMDB knows. What is
    not trusted, as a guest's file, changes no film that is there.
    """
    alone(session)
    known = _Known(session, seen, is_trusted=is_trusted)
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
    for hanging in (FilmListEntry, MosaicFilm, FilmChange):
        session.execute(update(hanging).where(hanging.film_id == gone).values(film_id=keep))
    session.execute(delete(FilmCandidate).where(FilmCandidate.film_id == gone))
    lost = session.execute(
        select(Film.slug, Film.uri, Film.poster_sha256).where(Film.id == gone)
    ).one()
    session.execute(delete(Film).where(Film.id == gone))
    session.execute(
        update(Film)
        .where(Film.id == keep)
        .values(
            slug=func.coalesce(Film.slug, lost.slug),
            uri=func.coalesce(Film.uri, lost.uri),
            poster_sha256=func.coalesce(Film.poster_sha256, lost.poster_sha256),
        )
    )


def called(session: Session, film_ids: Collection[int]) -> dict[int, tuple[str, int | None]]:
    """Return title and year of films, by their ids; some hundred at the most."""
    query = select(Film.id, Film.title, Film.year).where(Film.id.in_(film_ids))
    return {row.id: (row.title, row.year) for row in session.execute(query)}


def likely(seen: Collection[SeenFilm]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that together find every row that may be one of `seen`."""
    pairs = {(fold(one.title), one.year) for one in seen}
    columns: tuple[tuple[Any, set[Any]], ...] = (
        (
            tuple_(Film.kind, Film.tmdb_id),
            {(one.kind, one.tmdb_id) for one in seen if one.tmdb_id is not None},
        ),
        (Film.slug, {one.slug for one in seen if one.slug}),
        (Film.uri, {one.uri for one in seen if one.uri}),
        (
            tuple_(Film.title_folded, Film.year),
            {(title, year) for title, year in pairs if year is not None},
        ),
    )
    for column, values in columns:
        for batch in _batches(values):
            yield column.in_(batch)
    for batch in _batches({title for title, year in pairs if year is None}):
        yield and_(Film.title_folded.in_(batch), Film.year.is_(None))


def _batches(values: Collection[Any]) -> Iterator[list[Any]]:
    rest = sorted(values)
    for start in range(0, len(rest), _BATCH):
        yield rest[start : start + _BATCH]


@dataclass(eq=False, slots=True)
class _Film:
    """A row, or one to be; `into` is the film that it was joined with. `order`: by age."""

    id: int  # 0: not stored yet
    kind: str | None
    tmdb_id: int | None
    slug: str | None
    uri: str | None
    title: str
    title_folded: str
    year: int | None
    is_settled: bool = False
    order: int = 0
    version: int = 0
    into: "_Film | None" = None
    is_asked_anew: bool = False

    def stands(self) -> "_Film":
        film = self
        while film.into is not None:
            film = film.into
        return film

    @property
    def ids(self) -> Ids:
        return frozenset(kind for kind, *_ in _keys(self))

    def is_another(self, other: "_Film") -> bool:
        """Say whether the two have ids that no one film has: two of TMDB's, two addresses."""
        tmdb = (self.tmdb_id, other.tmdb_id)
        return (None not in tmdb and (self.kind, self.tmdb_id) != (other.kind, other.tmdb_id)) or (
            None not in (self.uri, other.uri) and self.uri != other.uri
        )


class _Known:
    """The films that those seen may be, by everything that tells them apart."""

    def __init__(self, session: Session, seen: Sequence[SeenFilm], *, is_trusted: bool) -> None:
        self.session, self.is_trusted = session, is_trusted
        self.by_id: dict[tuple[Any, ...], _Film] = {}
        self.by_name: dict[tuple[str, int | None], Free[_Film]] = defaultdict(Free)
        self.new: list[_Film] = []
        self.changed: dict[_Film, None] = {}  # as an ordered set
        self.joined: list[tuple[int, int]] = []
        self.robbed: list[int] = []  # rows that lose an id to another
        self.folded = {one.title: fold(one.title) for one in seen}
        self.count = 0
        for film in self._load(seen):
            self._remember(film)

    def _load(self, seen: Sequence[SeenFilm]) -> Iterator[_Film]:
        rows: dict[int, _Film] = {}
        for wanted in likely(seen):
            query = select(
                Film.id,
                Film.kind,
                Film.tmdb_id,
                Film.slug,
                Film.uri,
                Film.title,
                Film.title_folded,
                Film.year,
                Film.is_settled,
            ).where(wanted)
            for row in self.session.execute(query):
                rows.setdefault(row.id, _Film(*row))
        # The oldest first: of several that may be meant it is always the same one.
        yield from sorted(rows.values(), key=lambda film: film.id)

    def _remember(self, film: _Film) -> None:
        if not film.order:
            self.count += 1
            film.order = self.count
        film.version += 1
        for key in _keys(film):
            self.by_id[key] = film
        self.by_name[film.title_folded, film.year].put(film)

    def find_or_make(self, seen: SeenFilm) -> _Film:
        hits = [self.by_id[key].stands() for key in _keys(seen) if key in self.by_id]
        if not hits:
            ids = frozenset(kind for kind, *_ in _keys(seen))
            film = self.by_name[self.folded[seen.title], seen.year].first(ids)
            if film is None:
                return self._make(seen)
        else:
            film = self._make(seen) if self._has_moved(hits[0], seen) else hits[0]
            for other in hits:
                film = self._one_of(film, other, seen)
            if self.is_trusted:
                self._call(film, seen)
        self._learn(film, seen)
        return film

    def _make(self, seen: SeenFilm) -> _Film:
        folded = self.folded[seen.title]
        film = _Film(0, seen.kind, seen.tmdb_id, seen.slug, seen.uri, seen.title, folded, seen.year)
        self.new.append(film)
        self._remember(film)
        return film

    def _has_moved(self, film: _Film, seen: SeenFilm) -> bool:
        """Say whether an address has gone from `film` to another; else TMDB's id was corrected."""
        tmdb = (film.tmdb_id, seen.tmdb_id)
        return (
            None not in tmdb
            and (film.kind, film.tmdb_id) != (seen.kind, seen.tmdb_id)
            and (film.title_folded, film.year) != (self.folded[seen.title], seen.year)
        )

    def _one_of(self, film: _Film, other: _Film, seen: SeenFilm) -> _Film:
        if other is film:
            return film
        if not film.is_another(other):
            return self._join(film, other)
        # They stay two: an address at Letterboxd has moved from one film to another.
        if other.slug == seen.slug:
            other.slug = None
        if other.uri == seen.uri and film.uri is None:
            other.uri = None
        self.changed[other] = None
        self.robbed.append(other.id)
        self._remember(other)
        return film

    def _join(self, keep: _Film, other: _Film) -> _Film:
        if other.id and not keep.id:
            keep, other = other, keep
        other.into = keep
        other.version += 1
        if other.id:
            self.joined.append((other.id, keep.id))
        keep.slug, keep.uri = keep.slug or other.slug, keep.uri or other.uri
        if keep.tmdb_id is None and other.tmdb_id is not None:
            keep.kind, keep.tmdb_id, keep.is_asked_anew = other.kind, other.tmdb_id, True
        self.changed[keep] = None
        self._remember(keep)
        return keep

    def _call(self, film: _Film, seen: SeenFilm) -> None:
        """Let a film bear the name that somebody gives it who knows it by an id."""
        year = film.year if seen.year is None else seen.year
        if (film.title, film.year) == (seen.title, year):
            return
        folded = self.folded[seen.title]
        if film.tmdb_id is None and (film.title_folded, film.year) != (folded, year):
            film.is_asked_anew = True
        film.title, film.title_folded, film.year = seen.title, folded, year
        self.changed[film] = None
        self._remember(film)

    def _learn(self, film: _Film, seen: SeenFilm) -> None:
        before = film.kind, film.tmdb_id, film.slug, film.uri
        is_told = seen.tmdb_id is not None and not (film.is_settled and film.tmdb_id is not None)
        if is_told and (seen.kind, seen.tmdb_id) != (film.kind, film.tmdb_id):
            self.by_id.pop(("tmdb", film.kind, film.tmdb_id), None)
            self.robbed.append(film.id)
            film.kind, film.tmdb_id, film.is_asked_anew = seen.kind, seen.tmdb_id, True
        if seen.slug and seen.slug != film.slug:
            self.by_id.pop(("slug", film.slug), None)
            self.robbed.append(film.id)
            film.slug = seen.slug
        film.uri = film.uri or seen.uri
        if (film.kind, film.tmdb_id, film.slug, film.uri) != before:
            # Two films of one name in a guest's file are two, though neither teaches us anything.
            if self.is_trusted:
                self.changed[film] = None
            self._remember(film)

    def store(self) -> None:
        # An id is free before another row takes it; what stays is written again below.
        for batch in _batches(set(self.robbed)):
            self.session.execute(
                update(Film)
                .where(Film.id.in_(batch))
                .values(kind=None, tmdb_id=None, slug=None, uri=None),
                execution_options={"synchronize_session": False},
            )
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
            "title": film.title,
            "title_folded": film.title_folded,
            "year": film.year,
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

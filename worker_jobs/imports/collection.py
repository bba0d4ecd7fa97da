"""An export becomes part of a person's collection: films, marks, viewings, lists.

In transactions of some hundred rows each, so that nobody waits long for the
database, and safe to repeat: what is there already stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy.orm import Session

from database import diary, film_marks, film_sources, films
from database.diary import Counts, Entry
from database.engine import Database
from database.film_marks import Listing, Mark
from database.films import SeenFilm
from worker_jobs.imports.export_rows import DiaryRow, FilmListing, FilmRow
from worker_jobs.imports.letterboxd import Export

Report = Callable[[str, int, int], None]
Begin = Callable[[], AbstractContextManager[Session]]


def keep(  # noqa: PLR0913 - by name, but for what is kept where
    db: Database,
    export: Export,
    *,
    person_id: int | None,
    name: str,
    report: Report,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Save what an export says, as of the account `name` of this person.

    Returns viewings "added", "changed", "same" and "skipped" (rows that were no
    use), "films" and "viewings" in the export, "lists" that changed, "problems"
    in sentences, and "source_id". `dry_run` counts and leaves everything as it was.
    """
    if dry_run:
        with _undone(db) as begin:
            return _keep(begin, export, person_id, name, report)
    return _keep(lambda: db.writing(bulk=True), export, person_id, name, report)


@contextmanager
def _undone(db: Database) -> Iterator[Begin]:
    """Hand out one transaction as if it were many, and take everything back."""
    with db.writing(bulk=True) as session:

        @contextmanager
        def begin() -> Iterator[Session]:
            yield session

        yield begin
        session.rollback()


def _keep(
    begin: Begin, export: Export, person_id: int | None, name: str, report: Report
) -> dict[str, Any]:
    with begin() as session:
        source_id = film_sources.source(session, person_id, name).id
    # Films first that come with an address of their own: viewings then find them by it.
    for films_of in _chunks([*export.watched, *export.ratings], "Keeping films", report):
        with begin() as session:
            film_marks.save_marks(session, source_id, _marks(session, films_of, _mark))
    with begin() as session:
        _keep_whole(session, source_id, export)
    counts = Counts()
    parts = list(diary.in_chunks(export.diary, _day))
    for part, rows in enumerate(parts):
        report("Keeping viewings", part * diary.CHUNK, len(export.diary))
        with begin() as session:
            counts = counts.plus(diary.save(session, source_id, _entries(session, rows)))
    lists = 0
    for number, listing in enumerate(export.lists):
        report("Keeping lists", number, len(export.lists))
        with begin() as session:
            lists += film_marks.replace_list(session, source_id, _listing(session, listing))
    return {
        "added": counts.added,
        "changed": counts.changed,
        "same": counts.same,
        "skipped": counts.skipped + export.skipped,
        "films": len(set(map(_seen, _all_rows(export)))),
        "viewings": len(export.diary),
        "lists": lists,
        "problems": export.problems,
        "source_id": source_id,
    }


def _chunks(rows: list[FilmRow], msg: str, report: Report) -> Iterator[list[FilmRow]]:
    for start in range(0, len(rows), diary.CHUNK):
        report(msg, start, len(rows))
        yield rows[start : start + diary.CHUNK]


def _keep_whole(session: Session, source_id: int, export: Export) -> None:
    """Save likes and the watchlist: what is no longer there was taken off."""
    marks = _marks(session, export.likes, lambda film_id, _: Mark(film_id, is_liked=True))
    marks += _marks(session, export.watchlist, lambda film_id, row: Mark(film_id, wanted_on=row.on))
    tables = {"likes": "is_liked", "watchlist": "wanted_on"}
    whole = [column for table, column in tables.items() if table in export.tables]
    if whole:
        film_marks.save_marks(session, source_id, marks, whole=whole)


def _marks(
    session: Session, rows: list[FilmRow], make: Callable[[int, FilmRow], Mark]
) -> list[Mark]:
    film_ids = films.resolve(session, list(map(_seen, rows)))
    return [make(film_id, row) for film_id, row in zip(film_ids, rows, strict=True)]


def _mark(film_id: int, row: FilmRow) -> Mark:
    # A rating says as well that the film was watched.
    return Mark(film_id, watched_on=row.on, half_stars=row.half_stars)


def _entries(session: Session, rows: list[DiaryRow]) -> list[Entry]:
    film_ids = films.resolve(session, list(map(_seen, rows)))
    return [
        Entry(
            film_id=film_id,
            watched_on=row.watched_on,
            half_stars=row.half_stars,
            is_rewatch=row.is_rewatch,
            is_uncertain=row.is_uncertain,
            review=row.review,
            tags=row.tags,
            logged_on=row.logged_on,
            entry_uri=row.entry_uri,
        )
        for film_id, row in zip(film_ids, rows, strict=True)
    ]


def _listing(session: Session, listing: FilmListing) -> Listing:
    film_ids = films.resolve(session, list(map(_seen, listing.films)))
    notes = [row.note for row in listing.films]
    entries = list(zip(film_ids, notes, strict=True))
    return Listing(listing.slug, listing.name, listing.description, listing.made_on, entries)


def _seen(row: FilmRow | DiaryRow) -> SeenFilm:
    uri = row.uri if isinstance(row, FilmRow) else row.film_uri
    return SeenFilm(row.name, row.year, uri=uri)


def _day(row: DiaryRow) -> tuple[SeenFilm, str]:
    return _seen(row), row.watched_on


def _all_rows(export: Export) -> Iterable[FilmRow | DiaryRow]:
    yield from export.watched
    yield from export.ratings
    yield from export.diary
    yield from export.likes

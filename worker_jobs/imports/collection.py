"""An export becomes part of a person's collection: films, marks, viewings, lists.

In transactions of some hundred rows each, so that nobody waits long for the
database, and safe to repeat: what is there already stays as it is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from database import diary, film_marks, film_sources, films, trial
from database.diary import CHUNK, Counts, Entry
from database.engine import Database
from database.film_marks import Listing, Mark, Whole
from database.films import SeenFilm
from database.trial import Begin
from worker_jobs.imports.export_rows import DiaryRow, FilmListing, FilmRow
from worker_jobs.imports.letterboxd import Export

Report = Callable[[str, int, int], None]
Row = TypeVar("Row")


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
    in sentences, and "source_id". `dry_run` counts the same, and leaves everything as
    it was: it is done in a copy, and nobody waits for it.
    """
    if dry_run:
        with trial.opened(db, person_id, name, map(_seen, _every_row(export))) as begin:
            return _Keeping(begin, export, person_id, name, report).run()
    return _Keeping(lambda: db.writing(bulk=True), export, person_id, name, report).run()


@dataclass
class _Keeping:
    begin: Begin
    export: Export
    person_id: int | None
    name: str
    report: Report
    source_id: int = 0
    films: set[int] = field(default_factory=set)

    def run(self) -> dict[str, Any]:
        export = self.export
        with self.begin() as session:
            self.source_id = film_sources.source(session, self.person_id, self.name).id
        # Films first that come with an address of their own: viewings then find them by it.
        self.films |= self._keep_marks([*export.watched, *export.ratings], _mark)
        counts = self._keep_diary()
        self.films |= self._keep_whole("likes", "is_liked", export.likes, _like)
        self._keep_whole("watchlist", "wanted_on", export.watchlist, _want)
        return {
            "added": counts.added,
            "changed": counts.changed,
            "same": counts.same,
            "skipped": counts.skipped + export.skipped,
            "films": len(self.films),
            "viewings": len(export.diary),
            "lists": self._keep_lists(),
            "problems": export.problems,
            "source_id": self.source_id,
        }

    def _resolve(self, session: Session, rows: Sequence[FilmRow | DiaryRow]) -> list[int]:
        # What a guest calls a film is the guest's own affair.
        is_trusted = self.person_id is not None
        return films.resolve(session, list(map(_seen, rows)), is_trusted=is_trusted)

    def _keep_marks(
        self, rows: Sequence[FilmRow], make: Callable[[int, FilmRow], Mark]
    ) -> set[int]:
        """Save a mark for each row; return the films that they are of."""
        found: set[int] = set()
        for start, batch in _batches(rows):
            self.report("Keeping films", start, len(rows))
            with self.begin() as session:
                film_ids = self._resolve(session, batch)
                marks = [make(film_id, row) for film_id, row in zip(film_ids, batch, strict=True)]
                film_marks.save_marks(session, self.source_id, marks)
            found.update(film_ids)
        return found

    def _keep_whole(
        self,
        table: str,
        what: Whole,
        rows: Sequence[FilmRow],
        make: Callable[[int, FilmRow], Mark],
    ) -> set[int]:
        """Save likes, or the watchlist: what is no longer there was taken off."""
        named = self._keep_marks(rows, make)
        if table in self.export.tables:
            with self.begin() as session:
                gone = film_marks.no_longer(session, self.source_id, what, named)
            for _, batch in _batches(gone):
                with self.begin() as session:
                    film_marks.take_off(session, self.source_id, what, batch)
        return named

    def _keep_diary(self) -> Counts:
        rows, done, counts = self.export.diary, 0, Counts()
        for batch in diary.in_chunks(rows, _day):
            self.report("Keeping viewings", done, len(rows))
            with self.begin() as session:
                film_ids = self._resolve(session, batch)
                told = [_entry(film_id, row) for film_id, row in zip(film_ids, batch, strict=True)]
                counts = counts.plus(diary.save(session, self.source_id, told))
            self.films.update(film_ids)
            done += len(batch)
        return counts

    def _keep_lists(self) -> int:
        """Make the lists what they are in the export; return how many changed."""
        changed = 0
        for number, listing in enumerate(self.export.lists):
            self.report("Keeping lists", number, len(self.export.lists))
            changed += self._keep_list(listing)
        return changed

    def _keep_list(self, listing: FilmListing) -> bool:
        about = Listing(listing.slug, listing.name, listing.description, listing.made_on)
        with self.begin() as session:
            list_id, changed = film_marks.list_of(session, self.source_id, about)
        for start, batch in _batches(listing.films):
            with self.begin() as session:
                film_ids = self._resolve(session, batch)
                told = [(film_id, row.note) for film_id, row in zip(film_ids, batch, strict=True)]
                changed |= film_marks.put_entries(session, list_id, told, start)
        while True:
            with self.begin() as session:
                if not film_marks.shorten(session, list_id, len(listing.films)):
                    return changed
            changed = True


def _batches(rows: Sequence[Row]) -> Iterator[tuple[int, Sequence[Row]]]:
    for start in range(0, len(rows), CHUNK):
        yield start, rows[start : start + CHUNK]


def _mark(film_id: int, row: FilmRow) -> Mark:
    # A rating says as well that the film was watched.
    return Mark(film_id, watched_on=row.on, half_stars=row.half_stars)


def _like(film_id: int, _row: FilmRow) -> Mark:
    return Mark(film_id, is_liked=True)


def _want(film_id: int, row: FilmRow) -> Mark:
    return Mark(film_id, wanted_on=row.on)


def _entry(film_id: int, row: DiaryRow) -> Entry:
    return Entry(
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


def _seen(row: FilmRow | DiaryRow) -> SeenFilm:
    uri = row.uri if isinstance(row, FilmRow) else row.film_uri
    return SeenFilm(row.name, row.year, uri=uri)


def _day(row: DiaryRow) -> tuple[SeenFilm, str]:
    return _seen(row), row.watched_on


def _every_row(export: Export) -> Iterator[FilmRow | DiaryRow]:
    yield from chain(export.watched, export.ratings, export.likes, export.watchlist)
    yield from export.diary
    for listing in export.lists:
        yield from listing.films

"""An export becomes part of a person's collection: films, marks, viewings, lists.

In transactions of some hundred rows each, so that nobody waits long for the
database, and safe to repeat: what is there already stays as it is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from database import (
    diary,
    film_changes,
    film_identity,
    film_imports,
    film_marks,
    film_sources,
    films,
    trial,
)
from database.diary import CHUNK, Counts, Entry
from database.engine import Database
from database.film_changes import Change
from database.film_imports import NewImport
from database.film_marks import Listing, Mark, Whole
from database.films import SeenFilm
from database.trial import Begin
from worker_jobs.imports.export_rows import DiaryRow, FilmListing, FilmRow
from worker_jobs.imports.letterboxd import Export
from worker_jobs.imports.tally import How, Kind, Names, Tally

Report = Callable[[str, int, int], None]
Row = TypeVar("Row")
_COUNTS = ("added", "changed", "same", "skipped", "films", "viewings", "lists")
_WHOLE: dict[Whole, Kind] = {"is_liked": "likes", "wanted_on": "watchlist"}


def keep(  # noqa: PLR0913 - by name, but for what is kept where
    db: Database,
    export: Export,
    *,
    person_id: int | None,
    name: str,
    report: Report,
    dry_run: bool = False,
    new: NewImport | None = None,
) -> dict[str, Any]:
    """Save what an export says, as of the account `name` of this person.

    Returns viewings "added", "changed", "same" and "skipped" (rows that were no
    use), "films" and "viewings" in the export, "lists" that changed, "parts" as
    `Tally` tells them, "unchanged" by kind, "problems" in sentences, and "source_id".
    `dry_run` counts the same, and leaves everything as it was: it is done in a copy, and
    nobody waits for it. `new`: each row that changes is kept, so that it can be undone.
    """
    if dry_run:
        with trial.opened(db, person_id, name, map(_seen, _every_row(export))) as begin:
            return _Keeping(begin, export, person_id, name, report, doing="Comparing").run()
    keeping = _Keeping(lambda: db.writing(bulk=True), export, person_id, name, report, new)
    return keeping.run()


@dataclass
class _Keeping:
    begin: Begin
    export: Export
    person_id: int | None
    name: str
    report: Report
    new: NewImport | None = None
    doing: str = "Keeping"
    source_id: int = 0
    import_id: int | None = None
    films: set[int] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)

    def run(self) -> dict[str, Any]:
        export = self.export
        self._open()
        # Films first that come with an address of their own: viewings then find them by it.
        self.films |= self._keep_marks("films", _watched(export), _mark)
        counts = self._keep_diary()
        self.films |= self._keep_whole("likes", "is_liked", export.likes, _like)
        self._keep_whole("watchlist", "wanted_on", export.watchlist, _want)
        result = {
            "added": counts.added,
            "changed": counts.changed,
            "same": counts.same,
            "skipped": counts.skipped + export.skipped,
            "films": len(self.films),
            "viewings": len(export.diary),
            "lists": self._keep_lists(),
            "parts": self.tally.as_json(),
            "unchanged": self.tally.same,
            "problems": export.problems,
            "source_id": self.source_id,
        }
        self._close(result)
        return result

    def _open(self) -> None:
        with self.begin() as session:
            if self.person_id is not None and self.new is not None:
                self.import_id, self.source_id = film_imports.begin(
                    session, self.person_id, self.name, self.new
                )
            else:
                self.source_id = film_sources.source(session, self.person_id, self.name).id

    def _close(self, result: dict[str, Any]) -> None:
        if self.import_id is None:
            return
        counts = {name: result[name] for name in _COUNTS}
        counts["parts"] = [
            {name: part[name] for name in ("kind", "how", "count")} for part in result["parts"]
        ]
        with self.begin() as session:
            film_imports.end(session, self.import_id, counts)

    def _write_down(self, session: Session, changes: Sequence[Change]) -> None:
        if self.import_id is not None:
            film_changes.keep(session, self.import_id, changes)

    def _resolve(self, session: Session, rows: Sequence[FilmRow | DiaryRow]) -> list[int]:
        # What a guest calls a film is the guest's own affair.
        is_trusted = self.person_id is not None
        return films.resolve(session, list(map(_seen, rows)), is_trusted=is_trusted)

    def _keep_marks(
        self, kind: Kind, rows: Sequence[FilmRow], make: Callable[[int, FilmRow], Mark]
    ) -> set[int]:
        """Save a mark for each row; return the films that they are of."""
        found: set[int] = set()
        for start, batch in _batches(rows):
            self.report(f"{self.doing} films", start, len(rows))
            with self.begin() as session:
                film_ids = self._resolve(session, batch)
                marks = [make(film_id, row) for film_id, row in zip(film_ids, batch, strict=True)]
                saved = film_marks.save_marks(session, self.source_id, marks)
                self._write_down(session, saved.changes)
            self.tally.marks(kind, saved.changes, saved.counts, _names(film_ids, batch))
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
        named = self._keep_marks(_WHOLE[what], rows, make)
        if table in self.export.tables:
            with self.begin() as session:
                gone = film_marks.no_longer(session, self.source_id, what, named)
            for _, batch in _batches(gone):
                with self.begin() as session:
                    changes = film_marks.take_off(session, self.source_id, what, batch)
                    self._write_down(session, changes)
                    names = film_identity.called(session, batch)
                self.tally.taken_off(_WHOLE[what], changes, names)
        return named

    def _keep_diary(self) -> Counts:
        rows, done, counts = self.export.diary, 0, Counts()
        for batch in diary.in_chunks(rows, _day):
            self.report(f"{self.doing} viewings", done, len(rows))
            with self.begin() as session:
                film_ids = self._resolve(session, batch)
                told = [_entry(film_id, row) for film_id, row in zip(film_ids, batch, strict=True)]
                saved = diary.save_telling(session, self.source_id, told)
                self._write_down(session, saved.changes)
            counts = counts.plus(saved.counts)
            self.tally.viewings(saved.changes, saved.counts, _names(film_ids, batch))
            self.films.update(film_ids)
            done += len(batch)
        return counts

    def _keep_lists(self) -> int:
        """Make the lists what they are in the export; return how many changed."""
        changed = 0
        for number, listing in enumerate(self.export.lists):
            self.report(f"{self.doing} lists", number, len(self.export.lists))
            changed += self._keep_list(listing)
        return changed

    def _keep_list(self, listing: FilmListing) -> bool:
        about = Listing(listing.slug, listing.name, listing.description, listing.made_on)
        with self.begin() as session:
            list_id, changes = film_marks.list_of(session, self.source_id, about)
            self._write_down(session, changes)
        is_new = any(change.before is None for change in changes)
        is_changed = bool(changes)
        for start, batch in _batches(listing.films):
            with self.begin() as session:
                film_ids = self._resolve(session, batch)
                told = [(film_id, row.note) for film_id, row in zip(film_ids, batch, strict=True)]
                changes = film_marks.put_entries(session, list_id, told, start)
                # A new list goes as a whole.
                self._write_down(session, [] if is_new else changes)
            is_changed |= bool(changes)
        while True:
            with self.begin() as session:
                changes = film_marks.shorten(session, list_id, len(listing.films))
                self._write_down(session, changes)
            if not changes:
                break
            is_changed = True
        how: How | None = "added" if is_new else "changed" if is_changed else None
        self.tally.listing(how, listing.name, listing.made_on, len(listing.films))
        return is_changed


def _batches(rows: Sequence[Row]) -> Iterator[tuple[int, Sequence[Row]]]:
    for start in range(0, len(rows), CHUNK):
        yield start, rows[start : start + CHUNK]


def _names(film_ids: Sequence[int], rows: Sequence[FilmRow | DiaryRow]) -> Names:
    return {film_id: (row.name, row.year) for film_id, row in zip(film_ids, rows, strict=True)}


def _watched(export: Export) -> list[FilmRow]:
    """Return each film once, on the day it was marked as watched and with its rating.

    A rating says as well that the film was watched, but on a day of its own.
    """
    found = {_seen(row): row for row in export.watched}
    for row in export.ratings:
        seen = _seen(row)
        found[seen] = replace(found.get(seen, row), half_stars=row.half_stars)
    return list(found.values())


def _mark(film_id: int, row: FilmRow) -> Mark:
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

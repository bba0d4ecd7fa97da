"""Reads a list of Spotify's page by page: a killed worker goes on at the page that comes next."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy.orm import Session

from core.library import Page
from database import library_tasks, listings
from database.listings import Came, Place, Staged, Which
from worker_jobs.run import Run

Item = TypeVar("Item")

Ask = Callable[[str | None], Page[Item]]
Keep = Callable[[Session, list[Item]], Sequence[Staged]]
Skipped = Mapping[str, int]
Put = Callable[[Session, list[Staged], Skipped], object]
# Whether a first page says that nothing has changed.
Same = Callable[[Session, Sequence[Staged], int | None], bool]


class Read(NamedTuple):
    """What came of it. `pages`: those asked for now; `is_resumed`: others were before."""

    pages: int
    is_resumed: bool = False

    @property
    def is_of_one_piece(self) -> bool:
        """Whether nothing can have changed while it was read."""
        return self.pages <= 1 and not self.is_resumed


class Pages:
    """The lists of one person's, as one task reads them."""

    def __init__(self, run: Run, person_id: int) -> None:
        self.run, self.person_id = run, person_id
        with run.db.reading() as session:
            self.since = library_tasks.asked_at(session, run.task.id)

    def read(  # noqa: PLR0913 - what is done with a page, by name
        self,
        which: Which,
        saying: str,
        *,
        ask: Ask[Item],
        keep: Keep[Item],
        put: Put,
        is_same: Same | None = None,
    ) -> Read:
        """Read a list to its end, unless this task has done so already.

        `keep` takes a page in, and `put` puts all entries in place, in the transaction of the
        last page. No transaction is open while Spotify is asked.
        """
        with self.run.db.reading() as session:
            place = listings.place(session, which, since=self.since)
        if place.is_read:
            return Read(0)
        pages, is_resumed = 0, place.cursor is not None
        while True:
            page = ask(place.cursor)
            pages += 1
            with self.run.db.writing(bulk=True) as session:
                entries = keep(session, page.items)
                is_first = place.cursor is None
                if is_same and is_first and is_same(session, entries, page.total):
                    listings.say_read(session, which)
                    return Read(pages)
                came = Came(entries, page.cursor, page.total, page.skipped)
                whole = listings.add(session, which, place, came)
                if whole is not None:
                    put(session, whole, listings.skipped(session, which))
                    return Read(pages, is_resumed)
            place = Place(page.cursor, done=place.done + len(entries))
            self._say(saying, place.done, page.total)

    def _say(self, saying: str, done: int, total: int | None) -> None:
        of = total if total is not None and total >= done else None
        self.run.report(saying, done if of else None, of)

"""Brings a person's collection from Discogs onto their shelf, page by page.

Each page is kept in one transaction together with the number of the next one: a worker that
is killed, or a Discogs that is asked too often, costs no page twice.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from clients.discogs import PER_PAGE, Discogs
from clients.discogs_values import Page
from database import linked_accounts, record_covers, shelf_imports
from database.linked_accounts import DISCOGS
from database.owner import Owner
from database.record_copies import Copy
from worker_jobs import discogs_account
from worker_jobs.discogs_account import Linked
from worker_jobs.discogs_copies import Reader
from worker_jobs.imports.tables import Problems
from worker_jobs.run import Run
from worker_jobs.shelf_imports import keep
from worker_jobs.shelf_imports.keep import Origin, Whose
from worker_jobs.shelf_imports.tally import Tally

_SOURCE = "discogs"
_MOST_PAGES = 2_000
_READING = "Reading the collection at Discogs"


class _Place(NamedTuple):
    """Where an import goes on: the next page, how many copies came before it, how many odd ones."""

    page: int = 1
    copies: int = 0
    odd: int = 0


def import_discogs(args: dict[str, Any], run: Run) -> dict[str, Any]:
    """Bring the collection, or say what would come; safe to repeat, and goes on where it was.

    Args: {"dry_run": bool}. Result: what `keep.told` returns. Covers are fetched by a task
    of their own.

    Raises:
        Conflict: no account is linked.
        BadToken: its token is refused.
        RemoteError: Discogs does not answer, or nothing that is understood.
    """
    whose, linked = keep.whose(run), discogs_account.own(run)
    dry_run = bool(args.get("dry_run"))
    progress = _Progress(run)
    with discogs_account.opened(run, linked.token, progress.say) as discogs:
        account = _account(run, linked, discogs)
        collection = _Collection(discogs, account, whose, progress)
        bring = _looked_at if dry_run else _kept
        tally, odd = bring(run, collection, whose)
    problems = Problems(f"{account} at Discogs")
    if odd:
        problems.skipped = odd
        problems.say(f"{odd:,} {'copy is' if odd == 1 else 'copies are'} not understood; left out.")
    if tally.count["added"] + tally.count["changed"] and not dry_run:
        owner = Owner(whose.person_id)
        run.at_finish(lambda session: record_covers.place(session, owner) and None)
    return keep.told(run, tally, problems, dry_run=dry_run)


def _account(run: Run, linked: Linked, discogs: Discogs) -> str:
    """Return whose account it is; note that it was used."""
    name = discogs.account()
    with run.db.writing(bulk=True) as session:
        linked_accounts.confirm(session, linked.person_id, DISCOGS, linked.sealed, name)
    return name


class _Progress:
    """How many copies have been read, of how many."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.done = 0
        self.of: int | None = None

    def say(self) -> None:
        self._run.report(_READING, self.done if self.of else None, self.of)


class _Collection:
    """Somebody's collection, read in the order in which it grew."""

    def __init__(self, discogs: Discogs, account: str, whose: Whose, progress: _Progress) -> None:
        self.account, self._discogs, self._progress = account, discogs, progress
        self._reader = Reader(discogs.folders(account), discogs.fields(account), whose.today)

    def pages(self, place: _Place) -> Iterator[tuple[list[Copy], _Place]]:
        """Yield the copies of each page from a place on, and the place behind them."""
        if place.page > 1:
            # The keys of copies that were added in the same minute go on over the edge of a page.
            self._copies(self._discogs.collection(self.account, place.page - 1))
        while place.page <= _MOST_PAGES:
            page = self._discogs.collection(self.account, place.page)
            self._progress.of = page.copies
            copies = self._copies(page)
            place = _Place(place.page + 1, place.copies + len(copies), place.odd + page.odd)
            yield copies, place
            self._progress.done = place.copies + place.odd
            self._progress.say()
            if place.page > min(page.pages, -(-page.copies // PER_PAGE)):
                return

    def _copies(self, page: Page) -> list[Copy]:
        return [self._reader.copy(held) for held in page.held]


def _looked_at(run: Run, collection: _Collection, whose: Whose) -> tuple[Tally, int]:
    """Return what keeping the collection would do; everything stays as it is."""
    odd = 0

    def copies() -> Iterator[Copy]:
        nonlocal odd
        for found, place in collection.pages(_Place()):
            odd = place.odd
            yield from found

    origin = Origin(_SOURCE, f"{collection.account} at Discogs")
    tally = keep.looked_at(run, copies(), whose, origin, 0)
    return tally, odd


def _kept(run: Run, collection: _Collection, whose: Whose) -> tuple[Tally, int]:
    """Keep the collection; the counts are of all tries of this task."""
    tally, taken = Tally(), set[int]()
    with run.db.writing(bulk=True) as session:
        name = f"{collection.account} at Discogs"
        begun = shelf_imports.begin(session, whose.person_id, run.task.public_id, _SOURCE, name)
        import_id, place = begun.id, _Place(**(begun.cursor or {}))
    for copies, behind in collection.pages(place):
        with run.db.writing(bulk=True) as session:
            matches = shelf_imports.bring(
                session, import_id, whose.person_id, copies, today=whose.today, taken=taken
            )
            shelf_imports.go_on_from(session, import_id, behind._asdict())
        tally.keep(matches)
        place = behind
    with run.db.writing() as session:
        counts = shelf_imports.finish(session, import_id, skipped=place.odd)
    same = max(0, place.copies - counts["added"] - counts["changed"])
    tally.count = {"added": counts["added"], "changed": counts["changed"], "same": same}
    return tally, place.odd

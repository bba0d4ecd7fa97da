"""Lists of Spotify's while they are read: what has come is kept, and reading goes on there.

A page's entries and where the next one begins are written in one transaction with what the page
told of; the last page's entries take the place of what was there before.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core import clock
from database.models import Listing, ListingEntry
from database.play_rows import in_many, write_many

PLAYLISTS, TRACKS, ALBUMS, ARTISTS = "playlists", "tracks", "albums", "artists"
TOP_TRACKS, TOP_ARTISTS = "top-tracks:{}", "top-artists:{}"  # of a span
_STALE = clock.HOUR  # what another task left half read is begun anew after

_STAGE = """
    INSERT INTO listing_entries (listing_id, position, item_id, added_at, added_by)
         VALUES (:listing_id, :position, :item_id, :added_at, :added_by)
"""


class Which(NamedTuple):
    """A list of somebody's. `version`: of what is in it, where it has one."""

    person_id: int
    name: str
    version: str | None = None


class Staged(NamedTuple):
    """An entry that has come."""

    item_id: int
    added_at: int | None = None
    added_by: str | None = None


class Place(NamedTuple):
    """Where reading goes on. `is_read`: nowhere, it is read. `done`: how many have come."""

    cursor: str | None
    is_read: bool = False
    done: int = 0


class Fetched(NamedTuple):
    """When a list was read to its end, and what it said. `begun_at`: when its first page was."""

    begun_at: int
    fetched_at: int
    total: int | None
    skipped: Mapping[str, int]


class Came(NamedTuple):
    """A page, as it is kept. `cursor`: where the next one begins, None on the last."""

    entries: Sequence[Staged]
    cursor: str | None
    total: int | None
    skipped: Mapping[str, int]


def of_playlist(playlist_id: int) -> str:
    return f"playlist:{playlist_id}"


def of_album(album_id: int) -> str:
    return f"album:{album_id}"


def place(session: Session, which: Which, *, since: int) -> Place:
    """Return where the reading of a list goes on.

    `since`: what was read whole since then is fresh enough. Half of one counts if it is of the
    same version, or of no version and not old.
    """
    found = _get(session, which.person_id, which.name)
    if found is None or found.version != which.version:
        return Place(None)
    if found.cursor is None:
        read_at = found.fetched_at or 0
        return Place(None, is_read=read_at >= max(found.begun_at, since))
    if which.version is None and found.begun_at < min(since, clock.now() - _STALE):
        return Place(None)
    return Place(found.cursor, done=_count(session, found.id))


def add(session: Session, which: Which, at: Place, came: Came) -> list[Staged] | None:
    """Keep a page; with the last one return all entries, which are its caller's to put in place.

    `at`: where the page was. The first page forgets what an older reading left. The total is what
    that one says: where something is removed while the list is read, one of its entries may be
    missing here, and by another total it is found out the next time.
    """
    found = _get(session, which.person_id, which.name)
    if found is None:
        found = Listing(
            person_id=which.person_id, name=which.name, begun_at=clock.now(), skipped={}
        )
        session.add(found)
    if at.cursor is None:
        found.begun_at, found.version, found.skipped = clock.now(), which.version, {}
        found.total = came.total
        session.flush()
        session.execute(delete(ListingEntry).where(ListingEntry.listing_id == found.id))
    found.cursor = came.cursor
    found.skipped = dict(Counter(found.skipped) + Counter(came.skipped))
    if came.cursor is None:
        found.fetched_at = clock.now()
        return _taken(session, found.id, came.entries)
    session.flush()
    first = _count(session, found.id)
    rows = [(found.id, first + nth, *entry) for nth, entry in enumerate(came.entries)]
    write_many(session, _STAGE, rows)
    return None


def _taken(session: Session, listing_id: int, last: Sequence[Staged]) -> list[Staged]:
    session.flush()
    query = select(ListingEntry.item_id, ListingEntry.added_at, ListingEntry.added_by)
    query = query.where(ListingEntry.listing_id == listing_id).order_by(ListingEntry.position)
    found = [Staged(*row) for row in session.execute(query)]
    session.execute(delete(ListingEntry).where(ListingEntry.listing_id == listing_id))
    return [*found, *last]


def forget(session: Session, person_id: int, name: str) -> None:
    """Let a list be read from its beginning."""
    gone = delete(Listing).where(Listing.person_id == person_id, Listing.name == name)
    session.execute(gone)


def say_read(session: Session, which: Which) -> None:
    """Note that a list was looked at, and needs no reading now."""
    found, now = _get(session, which.person_id, which.name), clock.now()
    if found is None or found.version != which.version or found.cursor is not None:
        forget(session, which.person_id, which.name)
        found = Listing(**which._asdict(), begun_at=now, skipped={})
        session.add(found)
    found.fetched_at = now
    session.flush()


def last(session: Session, person_id: int, name: str) -> Fetched | None:
    """Return when a list was last read to its end, None if never."""
    found = _get(session, person_id, name)
    if found is None or found.fetched_at is None:
        return None
    return Fetched(found.begun_at, found.fetched_at, found.total, found.skipped)


def skipped(session: Session, which: Which) -> Mapping[str, int]:
    """Return how many entries of a list were left out so far, by why."""
    found = _get(session, which.person_id, which.name)
    return found.skipped if found else {}


def read_since(
    session: Session, person_id: int, names: Collection[str], since: int
) -> dict[str, str | None]:
    """Return the versions of those of these lists that were read to their end since then."""
    query = select(Listing.name, Listing.version).where(
        Listing.person_id == person_id, Listing.cursor.is_(None), Listing.fetched_at >= since
    )
    return {row.name: row.version for row in in_many(session, query, Listing.name, names)}


def drop_halves(session: Session, before: int) -> None:
    """Drop what came of lists that were begun before that moment, and never read to their end."""
    halves = select(Listing.id).where(Listing.begun_at < before, Listing.cursor.is_not(None))
    ids = list(session.scalars(halves))
    session.execute(delete(ListingEntry).where(ListingEntry.listing_id.in_(ids)))
    session.execute(delete(Listing).where(Listing.id.in_(ids)))


def _get(session: Session, person_id: int, name: str) -> Listing | None:
    return session.scalar(
        select(Listing).where(Listing.person_id == person_id, Listing.name == name)
    )


def _count(session: Session, listing_id: int) -> int:
    query = select(func.count()).where(ListingEntry.listing_id == listing_id)
    return session.scalar(query) or 0

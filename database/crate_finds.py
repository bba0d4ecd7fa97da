"""The videos of releases in the crate, as they go into a basket: their own and their master's."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from core.crate_rows import ONLY, WITH_VIDEO
from core.errors import Conflict
from database.baskets import MOST_AT_ONCE, Find
from database.crate_digs import Dig
from database.crate_orders import Walk
from database.crate_store import Store, Video

if TYPE_CHECKING:
    from pyroaring import BitMap

MOST_RELEASES = 1_000  # that are looked at one by one


class Room(NamedTuple):
    """Whether what was found goes into a basket at once. `videos` None: nobody has counted."""

    releases: int
    videos: int | None
    most: int = MOST_AT_ONCE

    @property
    def fits(self) -> bool:
        return self.videos is not None and 0 < self.videos <= self.most


def of(store: Store, release_ids: Collection[int]) -> list[Find]:
    """Return the videos of releases, in their order; on several of them, as often."""
    rows = store.rows(release_ids)
    own = _by_place(store.videos([row.id for row in rows]))
    masters = _by_place(store.master_videos({row.master_id for row in rows if row.master_id}))
    return [
        Find(video.id, video.title or "", video.seconds, row.id, row.artist or "",
             row.title or "", row.label or "")
        for row in rows
        for video in (*own[row.id], *masters[row.master_id or 0])
    ]  # fmt: skip


def _by_place(videos: Iterable[Video]) -> dict[int, list[Video]]:
    found: dict[int, list[Video]] = defaultdict(list)
    for video in videos:
        found[video.of].append(video)
    return found


def of_dig(store: Store, found: "BitMap", dig: Dig) -> list[Find]:
    """Return the videos of what a dig found, in its order.

    Raises:
        Conflict: they are too many, or none.
    """
    ids = _candidates(store, found)
    finds: list[Find] | None = None
    if len(ids) <= MOST_RELEASES:
        finds = of(store, list(Walk(store).through(ids, dig.sort, dig.seed, None)))
    _check(_room(ids, finds))
    return finds or []


def room(store: Store, found: "BitMap") -> Room:
    """Count the videos of what a dig found, if that is not too much for a page."""
    ids = _candidates(store, found)
    return _room(ids, of(store, list(ids)) if len(ids) <= MOST_RELEASES else None)


def _candidates(store: Store, found: "BitMap") -> "BitMap":
    """Return the releases to be looked at: where they are many, those with videos of their own."""
    return found if len(found) <= MOST_RELEASES else found & store.bitmap(ONLY, WITH_VIDEO)


def _room(ids: "BitMap", finds: Sequence[Find] | None) -> Room:
    return Room(len(ids), None if finds is None else len({find.video_id for find in finds}))


def _check(room: Room) -> None:
    if room.fits:
        return
    releases = "1 release" if room.releases == 1 else f"{room.releases:,} releases"
    if room.videos == 0:
        raise Conflict(f"{releases} found, but no videos.")
    what = f"The videos of {releases}" if room.videos is None else f"{room.videos:,} videos"
    raise Conflict(f"{what} are too many: up to {room.most:,} go in at once. Dig more narrowly.")

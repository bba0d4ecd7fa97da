"""The videos of releases: their own and their master's, and no more than go in at once."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from pyroaring import BitMap

from core.crate_rows import ReleaseRow
from core.errors import Conflict
from core.videos import as_id
from database import crate_finds
from database.baskets import Find
from database.crate_digs import Dig
from database.crate_finds import Room
from database.crate_store import Store
from database.engine import Database
from tests.little_crates import Video, batch, opened, release, with_master

Make = Callable[[Iterable[ReleaseRow], Iterable[Video]], Store]


@pytest.fixture
def store(db: Database, tmp_path: Path) -> Make:
    return lambda rows, videos: opened(db, tmp_path, with_master(batch(rows, videos)))


def test_a_release_has_its_own_videos_and_its_masters(store: Make) -> None:
    rows = [release(1, 2, master_id=5), release(2, artist=None, label=None, master_id=5)]
    crate = store(rows, [(1, 1, 11, 60, "A"), (1, 2, 12, None, None)])

    assert crate_finds.of(crate, [2, 1, 3]) == [
        Find(as_id(900), "", None, 2, "", "Title 2", ""),
        Find(as_id(11), "A", 60, 1, "Can", "Title 1", "Spoon"),
        Find(as_id(12), "", None, 1, "Can", "Title 1", "Spoon"),
        Find(as_id(900), "", None, 1, "Can", "Title 1", "Spoon"),
    ]


def test_the_videos_of_a_dig_come_in_its_order(store: Make) -> None:
    rows = [release(1, 1, title="b"), release(2, 1, title="A"), release(3, title="c")]
    crate = store(rows, [(1, 1, 11, 1, "A"), (2, 1, 12, 1, "B")])

    finds = crate_finds.of_dig(crate, BitMap([1, 2, 3]), Dig(sort="title"))

    assert [find.video_id for find in finds] == [as_id(12), as_id(11)]


def test_a_video_on_two_releases_counts_once(store: Make) -> None:
    crate = store(
        [release(1, 1), release(2, 2)], [(1, 1, 7, 1, "A"), (2, 1, 7, 1, "A"),
                                                   (2, 2, 8, 1, "B")],
    )  # fmt: skip

    room = crate_finds.room(crate, BitMap([1, 2]))

    assert room == Room(2, 2)
    assert room.fits


def test_releases_without_videos_are_told(store: Make) -> None:
    crate = store([release(1)], [])

    room = crate_finds.room(crate, BitMap([1]))

    assert not room.fits
    with pytest.raises(Conflict, match="1 release found, but no videos"):
        crate_finds.of_dig(crate, BitMap([1]), Dig())


def test_a_thousand_videos_go_in_at_once_and_one_more_does_not(store: Make) -> None:
    videos = [(1, nth, nth, 1, "A") for nth in range(1_000)] + [(2, 1, 5_000, 1, "B")]
    crate = store([release(1, 1_000), release(2, 1)], videos)

    assert len(crate_finds.of_dig(crate, BitMap([1]), Dig())) == 1_000
    with pytest.raises(Conflict, match=r"1,001 videos are too many: up to 1,000"):
        crate_finds.of_dig(crate, BitMap([1, 2]), Dig())


def test_of_many_releases_those_with_videos_are_looked_at(store: Make) -> None:
    many = crate_finds.MOST_RELEASES + 5
    rows = [release(id_, int(id_ == 3)) for id_ in range(1, many + 1)]
    crate = store(rows, [(3, 1, 7, 1, "A")])

    assert crate_finds.room(crate, BitMap(range(1, many + 1))) == Room(1, 1)


def test_where_too_many_have_videos_nobody_counts(store: Make) -> None:
    many = crate_finds.MOST_RELEASES + 1
    rows = [release(id_, 1) for id_ in range(1, many + 1)]
    crate = store(rows, [(id_, 1, id_, 1, "A") for id_ in range(1, many + 1)])

    found = BitMap(range(1, many + 1))

    assert crate_finds.room(crate, found) == Room(many, None)
    with pytest.raises(Conflict, match="videos of 1,001 releases are too many"):
        crate_finds.of_dig(crate, found, Dig())

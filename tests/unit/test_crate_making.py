"""From the files of a dump to the file of a crate, and nothing of it where something is wrong."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap

from core import videos
from core.crate_rows import ALL, VIDEOS
from core.errors import BadFile, NoRoom
from database import crate_bitmaps, crate_file, crates
from fakes import dumps
from worker_jobs.discogs_import.making import Made, Order, Progress, make

ONE, TWO, THREE = "tHo8-qLdx9A", "v23rAAAAAAA", "-_aaaaaaaaY"
Rows = list[tuple[Any, ...]]


class House:
    """A folder with dumps, and the crate that is made of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.crate = folder, folder / "made.new"
        self.paths: dict[str, Path] = {}
        self.progress: list[Progress] = []

    def bring(self, records: Sequence[bytes], kind: str = "releases") -> Path:
        path = self.folder / f"discogs_20261001_{kind}.xml.gz"
        path.write_bytes(dumps.packed(dumps.dump(records, kind)))
        self.paths[kind] = path
        return path

    def make(self, scope: str = VIDEOS, **said: Any) -> Made:
        order = Order(dumps=self.paths, version="20261001", scope=scope, **said)
        return make(order, lambda: crate_file.Loader(self.crate), self.progress.append)

    def rows(self, query: str) -> Rows:
        with closing(sqlite3.connect(self.crate)) as link:
            return link.execute(query).fetchall()

    def content(self) -> str:
        """Return a hash of all that is in the crate, but for when it was made."""
        tables = ("release", "artist", "label", "release_artist", "release_label", "video", "facet",
                  "crowd", "master", "master_video", "alias", "parent", "quarantine")  # fmt: skip
        held = [self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]
        about = self.rows("SELECT * FROM about WHERE name <> 'made_at' ORDER BY 1")
        return hashlib.sha256(repr((held, about)).encode()).hexdigest()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def some(most: int = 400) -> list[bytes]:
    return [dumps.release(at) for at in range(1, most)]


def test_a_crate_of_releases_with_videos(house: House) -> None:
    house.bring([
        dumps.plain(1, "Alone"), dumps.plain(2, "Two", ONE, TWO), dumps.plain(9, "Nine", ONE),
    ])  # fmt: skip

    made = house.make()

    assert (made.records, made.releases, made.videos, made.aside) == (3, 2, 3, 0)
    assert made.is_trimmed
    assert house.rows("SELECT id, title, artist, videos FROM release") == [
        (2, "Two", "Aurora", 2), (9, "Nine", "Aurora", 1),
    ]  # fmt: skip
    assert house.rows("SELECT release_id, position, number, seconds FROM video") == [
        (2, 0, videos.as_number(ONE), 60),
        (2, 1, videos.as_number(TWO), 60),
        (9, 0, videos.as_number(ONE), 60),
    ]
    assert house.rows("SELECT * FROM artist") == [(1, "Aurora", "aurora", 2)]
    ((data,),) = house.rows("SELECT bitmap FROM facet WHERE kind = 'only' AND name = 'any'")
    assert list(BitMap.deserialize(data)) == [2, 9]
    assert house.rows("SELECT rowid FROM search WHERE search MATCH 'nine'") == [(9,)]
    about = crates.read_about(house.crate)
    assert (about["releases"], about["videos"], about["scope"]) == ("2", "3", VIDEOS)


def test_a_crate_of_all_releases(house: House) -> None:
    house.bring(some())

    made = house.make(ALL, barcodes=True)

    assert made.records == made.releases == 399
    (with_video,) = house.rows("SELECT releases FROM facet WHERE name = 'with video'")
    assert with_video == house.rows("SELECT count(*) FROM release WHERE videos > 0")[0]
    assert house.rows("SELECT count(*) FROM release WHERE barcode IS NOT NULL") == [(399,)]
    # Every release of an artist, counted by one who counts.
    counted = house.rows("SELECT artist_id, count(*) FROM release_artist GROUP BY 1 ORDER BY 1")
    assert house.rows("SELECT id, releases FROM artist ORDER BY id") == counted


def test_names_are_folded_and_those_without_one_are_there(house: House) -> None:
    house.bring(some())

    house.make(ALL)

    folded: dict[str, str] = dict(house.rows("SELECT name, folded FROM artist"))
    assert folded["Björk (1)"] == "bjork (1)" and folded["Mötley"] == "motley"
    assert house.rows("SELECT name, folded FROM label WHERE id = 8") == [(None, None)]


def test_masters_artists_and_labels_of_what_is_in_the_crate(house: House) -> None:
    released = dumps.plain(1, "One", ONE).replace(
        b"<tracklist>", b"<labels><label name='L' id='3'/></labels><master_id>5</master_id>"
        b"<tracklist>"
    )  # fmt: skip
    house.bring([released, dumps.plain(2, "Two", TWO)])
    house.bring(
        [dumps.master(5, "M", 1971, 1, TWO, THREE), dumps.master(6, "Else", 1999, 8, ONE)],
        "masters",
    )
    house.bring([dumps.artist(1, "Aurora", (4, "Dawn")), dumps.artist(2, "B", (5, "C"))], "artists")
    house.bring([dumps.label(3, "L", (7, "Above")), dumps.label(4, "M", (7, "Above"))], "labels")

    house.make()

    assert house.rows("SELECT * FROM master") == [(5, "M", "Aurora", 1971, 1)]
    assert house.rows("SELECT master_id, position, number FROM master_video") == [
        (5, 0, videos.as_number(TWO)), (5, 1, videos.as_number(THREE)),
    ]  # fmt: skip
    assert house.rows("SELECT * FROM alias") == [(1, 4, "Dawn")]
    assert house.rows("SELECT * FROM parent") == [(3, 7, "Above")]
    about = crates.read_about(house.crate)
    assert [about[f"has_{kind}"] for kind in ("masters", "artists", "labels")] == ["1"] * 3


def test_what_cannot_be_read_is_told_with_its_place(house: House) -> None:
    records = some(20)
    records[4] = dumps.LOST["no number"](dumps.plain(5, "Five", ONE))
    house.bring(records)

    made = house.make(ALL)

    assert (made.releases, made.aside) == (18, 1)
    assert [one.record for one in made.told] == [5]
    assert house.rows("SELECT record FROM quarantine") == [(5,)]


def test_the_same_dump_gives_the_same_crate(house: House) -> None:
    house.bring(some())
    house.make(ALL)
    first = house.content()

    house.make(ALL)

    assert house.content() == first


def test_another_layout_is_read_whole(house: House) -> None:
    turned = [
        dumps.plain(at, "T", ONE).replace(b"<videos>", b"<videos x='1'>") for at in range(1, 50)
    ]
    house.bring(turned)

    made = house.make()

    assert (made.releases, made.is_trimmed) == (49, False)


@pytest.mark.parametrize("damage", [dumps.cut, dumps.flipped])
def test_a_damaged_dump_leaves_nothing(house: House, damage: Callable[[bytes], bytes]) -> None:
    path = house.bring(some())
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(BadFile):
        house.make()

    assert not list(house.folder.glob("made*"))


def test_a_dump_of_another_checksum_leaves_nothing(house: House) -> None:
    path = house.bring(some())
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    house.make(sha256={"releases": right})
    house.crate.unlink()

    with pytest.raises(BadFile, match="checksum"):
        house.make(sha256={"releases": "0" * 64})

    assert not list(house.folder.glob("made*"))


def test_a_dump_that_has_shrunk_is_refused(house: House) -> None:
    house.bring([dumps.plain(at, "T", ONE) for at in range(1, 90)])

    house.make(before=98)
    with pytest.raises(BadFile, match="89 releases"):
        house.make(before=100)

    assert not house.crate.exists()


def test_a_dump_without_anything_is_refused(house: House) -> None:
    house.bring([dumps.plain(1, "T")])

    with pytest.raises(BadFile, match="no release"):
        house.make()


def test_a_full_disk_is_told_in_our_words(house: House) -> None:
    house.bring([dumps.plain(at, "T" * 300, ONE) for at in range(1, 4_000)])
    loader = crate_file.Loader(house.crate)
    loader._link.execute("PRAGMA max_page_count = 20")
    order = Order(dumps=house.paths, version="20261001", scope=VIDEOS)

    with pytest.raises(NoRoom):
        make(order, lambda: loader, house.progress.append)

    assert not house.crate.exists()


def test_progress_is_in_records_and_bytes(house: House) -> None:
    path = house.bring(some())

    house.make()

    reading = [one for one in house.progress if one.words == "Reading releases"]
    assert reading[-1].records == 399
    assert reading[-1].done == reading[-1].of == path.stat().st_size
    assert [one.words for one in house.progress][-1] == "Writing to the disk"


def test_bitmaps_are_spilled_and_joined(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.bring(some())
    house.make(ALL)
    whole = house.content()
    monkeypatch.setattr(crate_bitmaps, "_SPILL_EVERY", 100)
    monkeypatch.setattr("worker_jobs.discogs_import.chunks._READ", 20_000)

    house.make(ALL)

    assert house.content() == whole


def test_who_has_many_releases_has_a_bitmap(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crate_file, "MANY", 2)
    house.bring([dumps.plain(at, "T", ONE) for at in (1, 2, 5)])

    house.make()

    ((kind, id_, data),) = house.rows("SELECT kind, id, bitmap FROM crowd")
    assert (kind, id_, list(BitMap.deserialize(data))) == ("artist", 1, [1, 2, 5])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "crates").mkdir()
    return tmp_path


def finished(data: Path, attempt: int, name: str) -> Path:
    house = House(data)
    house.bring([dumps.plain(1, name, ONE)])
    house.crate = crates.new_path(data, "abc", attempt)
    house.make()
    return crates.put_in_place(data, house.crate, name)


def test_the_crate_that_was_finished_last_serves(data: Path) -> None:
    assert crates.current(data) is None
    first = finished(data, 1, "20261001-videos")
    assert crates.current(data) == first
    os.utime(first, (4e9, 4e9))  # a clock that was ahead

    older_dump = finished(data, 2, "20260901-all")

    assert crates.current(data) == older_dump
    with closing(sqlite3.connect(f"{first.as_uri()}?mode=ro&immutable=1", uri=True)) as reader:
        assert reader.execute("SELECT count(*) FROM release").fetchone() == (1,)
        assert crates.drop_older(data) == 1
        assert reader.execute("SELECT title FROM release").fetchone() == ("20261001-videos",)
    assert not first.exists() and crates.current(data) == older_dump


def test_what_is_no_crate_never_serves(data: Path) -> None:
    first = finished(data, 1, "20261001-videos")
    broken = crates.new_path(data, "abc", 2)
    broken.write_bytes(b"SQLite format 3\0" + b"\0" * 9_000)

    with pytest.raises(BadFile):
        crates.put_in_place(data, broken, "20261101-videos")

    assert crates.current(data) == first and crates.unfinished(data) == [broken]

"""What crates are measured by: all answer the same, or their times could not be compared."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from bench import crate_others, crate_peers, crate_reading, crates, dumps
from bench.crate_peers import Joins, Sets
from bench.odd_records import QUIRKS
from core.crate_rows import ALL
from core.dump_files import ARTISTS, LABELS, MASTERS
from database.crate_file import Loader
from database.crate_store_sqlite import SqliteStore


@pytest.fixture(scope="module")
def dug(tmp_path_factory: pytest.TempPathFactory) -> Path:
    crate = tmp_path_factory.mktemp("crates") / "dug.crate"
    crates.build(Loader(crate), 3_000)
    return crate


def test_a_dump_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first, again, other = (tmp_path / f"{name}.xml.gz" for name in ("first", "again", "other"))
    size = dumps.write(first, 300, quirks=20)
    dumps.write(again, 300, quirks=20)
    dumps.write(other, 300, quirks=20, seed=2)

    assert gzip.decompress(first.read_bytes()) == gzip.decompress(again.read_bytes())
    assert gzip.decompress(first.read_bytes()) != gzip.decompress(other.read_bytes())
    assert 2_000 * 300 < size < 4_000 * 300


def test_every_odd_record_is_met_and_comes_to_what_its_dump_says(tmp_path: Path) -> None:
    dump = tmp_path / "odd.xml.gz"
    many = 10 * len(QUIRKS)
    dumps.write(dump, many, quirks=10)

    crates.compare(tmp_path, dump)

    told = list(crate_reading.each(dump))
    assert len(told) == many - 2  # two have no number
    assert not all(is_sound for _, is_sound in told)


def test_an_import_that_says_something_else_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = tmp_path / "dump.xml.gz"
    dumps.write(dump, 50)
    monkeypatch.setattr(crate_reading, "_catno", lambda _: "another")

    with pytest.raises(SystemExit, match="something else"):
        crates.compare(tmp_path, dump)


@pytest.fixture
def others(tmp_path: Path) -> tuple[Path, dict[str, Path]]:
    """Return a dump of releases, and some odd ones of what those name."""
    releases = tmp_path / "releases.xml.gz"
    dumps.write(releases, 600)
    crates.bring(releases, tmp_path / "named.crate", ALL)
    made = {kind: tmp_path / f"{kind}.xml.gz" for kind in (MASTERS, ARTISTS, LABELS)}
    for kind, dump in made.items():
        crate_others.write(dump, kind, tmp_path / "named.crate")
    return releases, made


def test_masters_artists_and_labels_come_to_what_their_dumps_say(
    tmp_path: Path, others: tuple[Path, dict[str, Path]], capsys: pytest.CaptureFixture[str]
) -> None:
    crates.compare_others(tmp_path, *others)

    told = capsys.readouterr().out.splitlines()
    assert len(told) == 6
    assert not any(", all: 0 rows" in line for line in told)


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        (MASTERS, "UPDATE master SET year = 1901 WHERE id = (SELECT max(id) FROM master)"),
        (MASTERS, "DELETE FROM master_video WHERE number IS NOT NULL"),
        (ARTISTS, "DELETE FROM alias WHERE other_id = 7"),
        (LABELS, "UPDATE parent SET name = 'Another'"),
    ],
)
def test_another_row_of_what_they_add_is_noticed(
    tmp_path: Path, others: tuple[Path, dict[str, Path]], kind: str, statement: str
) -> None:
    releases, made = others
    crate = tmp_path / "changed.crate"
    crates.bring(releases, crate, ALL, made)
    with closing(sqlite3.connect(crate)) as link, link:
        link.execute(statement)

    found = crate_others.compare(crate, kind, made[kind])

    assert found.differ or found.missing


def test_plain_reading_is_the_same_in_one_go_and_record_by_record(tmp_path: Path) -> None:
    dump = tmp_path / "dump.xml.gz"
    dumps.write(dump, 200)

    assert [(told, True) for told in crate_reading.iterparse(dump)] == list(
        crate_reading.each(dump)
    )


def test_all_find_the_same(dug: Path, tmp_path: Path, redis_url: str) -> None:
    digs = crate_peers.digs(dug, 60)
    joins = Joins(tmp_path / "joins.sqlite", dug)
    with Redis.from_url(redis_url) as link:
        sets, ours = Sets(link, dug), crates.Ours(SqliteStore(dug))
        for asked in digs:
            found = joins.answer(asked)

            assert found == sets.answer(asked) == sets.answer_here(asked)
            assert ours.answer(asked)[0] == found[0]
    joins.close()
    assert any(asked.years for asked in digs)

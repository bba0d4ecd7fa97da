"""The crate in PostgreSQL: the same rows as in a file, and one that serves at any time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pyroaring import BitMap
from sqlalchemy import Connection

from core import clock
from core.crate_rows import ALL, VIDEOS
from core.errors import BadFile, NoRoom, RemoteError
from database import crate_bitmaps, crate_file, crate_postgres, crate_postgres_loader
from database.crate_postgres_loader import Loader
from database.crate_postgres_tables import quoted
from database.engine import Database
from fakes import dumps
from tests import little_crates
from tests.crate_content import rows_of_file, rows_of_schema
from worker_jobs.discogs_import.making import Order, make

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

ONE, TWO, THREE = "tHo8-qLdx9A", "v23rAAAAAAA", "-_aaaaaaaaY"
NEW = crate_postgres.new_name("abc", 1)
Bring = Callable[..., Path]


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    def put(records: Sequence[bytes], kind: str = "releases") -> Path:
        path = tmp_path / f"{kind}.xml.gz"
        path.write_bytes(dumps.packed(dumps.dump(records, kind)))
        return path

    return put


def loader(db: Database, name: str = NEW) -> Loader:
    return Loader(crate_postgres.line_of(db), name)


def made(db: Database, order: Order, name: str = NEW) -> str:
    make(order, lambda: loader(db, name), lambda _: None)
    return name


def order(releases: Path, scope: str = VIDEOS, **others: Path) -> Order:
    paths = {"releases": releases, **others}
    return Order(dumps=paths, version="20261001", scope=scope, barcodes=True)


def schemas(db: Database) -> list[str]:
    query = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^crate' ORDER BY nspname"
    with db.reading() as session:
        return list(session.connection().exec_driver_sql(query).scalars())


def asked(db: Database, query: str) -> list[tuple[Any, ...]]:
    with db.reading() as session:
        found = session.connection().exec_driver_sql(query.replace("CRATE", quoted(NEW)))
        return [tuple(row) for row in found]


def same_as_in_a_file(db: Database, wanted: Order, folder: Path) -> None:
    made(db, wanted)
    make(wanted, lambda: crate_file.Loader(folder / "file.new"), lambda _: None)
    here, there = rows_of_schema(db, NEW), rows_of_file(folder / "file.new")
    for table, rows in there.items():
        assert here[table] == rows, table


@pytest.mark.parametrize("scope", [ALL, VIDEOS])
def test_every_row_is_the_same_as_in_a_file(
    db: Database, bring: Bring, tmp_path: Path, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (crate_file, crate_postgres_loader):
        monkeypatch.setattr(module, "MANY", 10)
    monkeypatch.setattr(crate_bitmaps, "_SPILL_EVERY", 100)
    monkeypatch.setattr(crate_postgres_loader, "_AT_ONCE", 70)
    monkeypatch.setattr("worker_jobs.discogs_import.chunks._READ", 20_000)
    layouts = (dumps.OLD, dumps.NEW)
    releases = [dumps.release(at, layouts[at // 150]) for at in range(1, 300)]
    releases[50] = releases[50].replace(b"</title>", b"\xff\x01&#0;&nbsp</title>")

    same_as_in_a_file(db, order(bring(releases), scope), tmp_path)

    assert asked(db, "SELECT kind FROM CRATE.crowd LIMIT 1")


def test_of_what_is_said_twice_the_first_stands(
    db: Database, bring: Bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker_jobs.discogs_import.chunks._READ", 500)
    releases = bring([dumps.release(at) for at in range(1, 400)])
    videos = [ONE, TWO, THREE]
    masters = [
        dumps.master(at % 40 + 1, f"M {at}", 1980 + at % 9, at, *videos[: at % 4])
        for at in range(200)
    ]
    artists = [
        dumps.artist(at % 5 + 1, f"A {at}", (at % 3 + 1, f"N {at}"), (at % 3 + 1, "again"))
        for at in range(60)
    ]
    labels = [dumps.label(at % 5 + 1, f"L {at}", (at % 3 + 1, f"P {at}")) for at in range(60)]

    wanted = order(
        releases,
        ALL,
        masters=bring(masters, "masters"),
        artists=bring(artists, "artists"),
        labels=bring(labels, "labels"),
    )
    same_as_in_a_file(db, wanted, tmp_path)

    (count,) = asked(db, "SELECT count(*) FROM CRATE.master_video")
    assert count[0]
    assert len(asked(db, "SELECT 1 FROM CRATE.alias")) < len(artists)


def test_names_of_any_length_and_any_letters_are_taken_in(
    db: Database, bring: Bring, tmp_path: Path
) -> None:
    odd = "\\N \\. \t 'a' \"b\" :*&|!() \N{HORIZONTAL ELLIPSIS} Ⅱ Straße 𝄞"
    endless = "".join(chr(0x4E00 + at * 7919 % 20_000) for at in range(9_000))
    words = " ".join(f"wörd{at}" for at in range(90_000))
    records = [
        dumps.plain(at, title, ONE).replace(b"Aurora", title.encode() if at < 3 else b"Aurora")
        for at, title in enumerate(
            (odd.replace("&", "+").replace('"', "'"), endless, words, "x" * 5_000, "̈"), start=1
        )
    ]
    style = b"<styles><style>%b</style></styles>" % endless.encode()
    records[4] = records[4].replace(b"<artists>", style + b"<artists>")

    same_as_in_a_file(db, order(bring(records)), tmp_path)

    found = f"SELECT id FROM CRATE.release WHERE words @@ '''{'x' * 255}'':A'::tsquery"
    assert asked(db, found) == [(4,)]


def test_words_are_of_a_field_and_of_what_core_names_says(db: Database) -> None:
    row = little_crates.release(7, title="Sigur Rós: Ágætis", artist="Björk's", label="4AD 2")
    link = loader(db)
    link.take(little_crates.batch([row], []))
    list(link.finish({"version": "1"}))

    assert asked(db, "SELECT title_folded, words::text FROM CRATE.release") == [
        (
            "sigur ros: agætis",
            "'2':3C '4ad':3C 'agætis':1A 'bjork':2B 'ros':1A 's':2B 'sigur':1A",
        )
    ]


def test_it_is_in_the_order_of_the_file(db: Database, tmp_path: Path) -> None:
    titles = ["b", "B", "Ä", "ä", "a", "Z", "_", "~", "\N{COMBINING DIAERESIS}", None, "a "]
    rows = [
        little_crates.release(at, title=title, artist=title)
        for at, title in enumerate(titles * 400, start=1)
    ]
    file = tmp_path / "file.new"
    for link in (loader(db), crate_file.Loader(file)):
        link.take(little_crates.batch(rows, []))
        list(link.finish({}))

    assert rows_of_schema(db, NEW)["facet"] == rows_of_file(file)["facet"]


def test_a_damaged_dump_leaves_nothing(db: Database, bring: Bring) -> None:
    path = bring([dumps.plain(at, "T", ONE) for at in range(1, 3_000)])
    path.write_bytes(dumps.flipped(path.read_bytes()))

    with pytest.raises(BadFile):
        made(db, order(path))

    assert schemas(db) == []


def test_what_an_attempt_left_behind_is_not_in_its_way(db: Database, bring: Bring) -> None:
    link = loader(db)
    link._link.close()

    made(db, order(bring([dumps.plain(1, "T", ONE)])))

    assert asked(db, "SELECT title FROM CRATE.release") == [("T",)]
    assert asked(db, "SELECT relname FROM pg_class WHERE relname ~ '^begun'") == []


def test_a_password_may_have_a_space_in_it(db: Database, tmp_path: Path) -> None:
    url = db.engine.url.set(password="correct horse+battery@home")
    with closing(Database(url.render_as_string(hide_password=False), tmp_path)) as same:
        link = loader(same)._link

    assert link.info.password == "correct horse+battery@home"
    assert link.info.get_parameters()["tcp_user_timeout"] == "10000"
    link.close()


def test_a_server_that_goes_away_is_told_and_may_come_back(db: Database, bring: Bring) -> None:
    path = bring([dumps.plain(at, "T", ONE) for at in range(1, 100)])
    link = loader(db)
    with db.transaction() as other:
        other.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            (NEW,),
        )

    with pytest.raises(RemoteError) as caught:
        make(order(path), lambda: link, lambda _: None)

    assert caught.value.retry_after


def test_a_full_disk_is_told_in_our_words(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    link = loader(db)
    link.take(little_crates.batch([little_crates.release(1)], []))
    # As PostgreSQL says it, at the next statement but one.
    full = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'disk_full'; END $$"
    monkeypatch.setattr(crate_postgres_loader, "KEYS", (full,))

    with pytest.raises(NoRoom):
        list(link.finish({}))

    link.drop()
    assert schemas(db) == []


def finished(db: Database, attempt: int, title: str) -> str:
    name = crate_postgres.new_name("abc", attempt)
    link = loader(db, name)
    link.take(little_crates.batch([little_crates.release(1, title=title)], []))
    list(link.finish({"version": title}))
    return crate_postgres.put_in_place(db, name)


def test_the_crate_that_was_finished_last_serves(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crate_postgres.current(db) is None and crate_postgres.drop_older(db) == 0
    monkeypatch.setattr(clock, "now", lambda: 9_000_000_000_000)
    first = finished(db, 1, "20261001")
    monkeypatch.undo()
    assert crate_postgres.current(db) == first

    second = finished(db, 2, "20260901")

    assert crate_postgres.current(db) == second and schemas(db) == [first, second]
    assert crate_postgres.read_about(db, second) == {"version": "20260901"}
    assert crate_postgres.drop_older(db) == 1
    assert schemas(db) == [second] and crate_postgres.read_about(db, first) == {}


def test_what_is_no_crate_never_serves(db: Database) -> None:
    first = finished(db, 1, "20261001")
    loader(db)._link.close()

    with pytest.raises(BadFile):
        crate_postgres.put_in_place(db, NEW)

    assert crate_postgres.current(db) == first
    assert crate_postgres.unfinished(db) == [NEW]


@pytest.fixture
def reader(db: Database) -> Iterator[Connection]:
    with db.engine.connect() as link:
        yield link


def test_one_that_is_being_read_is_dropped_later(
    db: Database, reader: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = finished(db, 1, "20261001")
    monkeypatch.setattr(crate_postgres, "_TRIES", 1)
    monkeypatch.setattr(crate_postgres, "_WAIT", "SET LOCAL lock_timeout = '10ms'")
    query = f"SELECT title FROM {quoted(first)}.release"
    assert reader.exec_driver_sql(query).scalar() == "20261001"
    second = finished(db, 2, "20261101")

    assert crate_postgres.drop_older(db) == 0
    assert reader.exec_driver_sql(query).scalar() == "20261001"
    reader.rollback()

    assert crate_postgres.drop_older(db) == 1 and schemas(db) == [second]


def test_whoever_still_makes_one_that_is_dropped_is_ended(db: Database) -> None:
    link = loader(db)
    link._link.execute("BEGIN")
    link._link.execute("LOCK TABLE release")

    assert crate_postgres.drop(db, NEW)

    assert schemas(db) == []
    with pytest.raises(psycopg.OperationalError):
        link._link.execute("SELECT 1")


@pytest.mark.parametrize("name", ["public", "crate_1", 'crate_new_a_1"', "crate_new_A_1", ""])
def test_what_is_no_name_of_a_crate_is_in_no_statement(db: Database, name: str) -> None:
    with pytest.raises(ValueError, match="no crate's name"):
        crate_postgres.drop(db, name)


def test_who_has_many_releases_has_a_bitmap(
    db: Database, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crate_postgres_loader, "MANY", 2)

    made(db, order(bring([dumps.plain(at, "T", ONE) for at in (1, 2, 5)])))

    ((kind, id_, data),) = asked(db, "SELECT kind, id, bitmap FROM CRATE.crowd")
    assert (kind, id_, list(BitMap.deserialize(data))) == ("artist", 1, [1, 2, 5])

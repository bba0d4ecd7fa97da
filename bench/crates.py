"""Measure crates: the import of a dump, and digs in what came of it.

    python -m bench.crates [--releases 1000000] [--large 3600000] [--digs 200] [--dump FILE]
    python -m bench.crates --check [--dump FILE]

The dump is made up, in the layout of 2025/26; with --dump it is kept, and made only if it is not
there. It is imported, videos alone and whole, and read by lxml's iterparse and by discogskit,
which without --discogskit PROGRAM is installed into an environment of its own: that takes the
internet, --alone leaves it out. Then 200 digs are done in crates of as many and of --large
releases with videos, beside joins in SQLite, sets in Redis and our crate on PostgreSQL, and once
more while an import runs. --check compares imports with a plain reading of every record instead:
of --dump, and of 100,000 made up, one of fifty odd; of masters, artists and labels, too, where
--dump has them beside it, and of some made up.
"""

import argparse
import gc
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench import crate_imports, crate_others, crate_peers, crate_reading, dumps, postgres
from bench.crate_columns import Columns
from bench.crate_imports import measured
from bench.crate_peers import Answer, Asked, Joins, Sets
from bench.processes import python, running
from core.crate_rows import ALL, VIDEOS
from core.dump_files import ARTISTS, LABELS, MASTERS, RELEASES, name_of
from database import crate_postgres, crate_postgres_loader, crates
from database.crate_digs import Dig
from database.crate_file import Loader
from database.crate_search import Crate
from database.crate_store import Store
from database.crate_store_postgres import PostgresStore
from database.crate_store_sqlite import SqliteStore
from database.engine import Database
from worker_jobs.discogs_import.making import Made, Order, make

_SIZE = 1_000_000
_CHECKED, _ODD_EVERY = 100_000, 50
_WHOLE_SETS = 20  # digs for which every set is fetched: it takes long
_VERSION = "20261001"
_OTHERS = (MASTERS, ARTISTS, LABELS)


def bring(dump: Path, crate: Path, scope: str, others: Mapping[str, Path] | None = None) -> Made:
    order = Order(dumps={RELEASES: dump, **(others or {})}, version=_VERSION, scope=scope)
    return make(order, lambda: Loader(crate), lambda _: None)


# --- imports --------------------------------------------------------------------------------


def imports(folder: Path, dump: Path, discogskit: Path | None) -> None:
    """Tell what each way of reading a dump takes."""
    ways: list[tuple[str, Callable[[Path], list[str]]]] = [
        ("Needledrop, videos alone", lambda at: _step("import", dump, at, VIDEOS)),
        ("Needledrop, every release", lambda at: _step("import", dump, at, ALL)),
        ("lxml iterparse, into nothing", lambda at: _step("iterparse", dump, at, ALL)),
    ]
    if discogskit:
        program = str(discogskit)
        ways.append(("discogskit, into SQLite", lambda at: _discogskit(program, dump, at)))
    for name, command in ways:
        at = folder / "result"
        at.mkdir()
        found = measured(command(at), at)
        print(f"{name:<30} {found}")
        shutil.rmtree(at)


def _step(step: str, dump: Path, at: Path, scope: str) -> list[str]:
    out = str(at / "crate")
    return python("-m", "bench.crates", "--dump", str(dump), "--step", step, out, scope)


def _discogskit(program: str, dump: Path, at: Path) -> list[str]:
    # It unpacks the dump beside itself, and wants Discogs' name for it.
    own = at / name_of(_VERSION, RELEASES)
    own.hardlink_to(dump)
    options = ["--dsn", str(at / "discogs.db"), "--parse-workers", "2", "--no-progress"]
    return [program, "load", *options, str(own)]


def _do(step: str, dump: Path, out: Path, scope: str) -> None:
    if step == "import":
        gc.disable()  # as in the process that imports
        bring(dump, out, scope)
    else:
        for _ in crate_reading.iterparse(dump):
            pass


def compare(folder: Path, dump: Path) -> None:
    """Import a dump and compare each release with what a plain reading of it says.

    Raises:
        SystemExit: some differ.
    """
    for scope in (VIDEOS, ALL):
        crate = folder / "compared.crate"
        made = bring(dump, crate, scope)
        expected: dict[int, crate_reading.Told] = {}
        odd = set()
        for told, is_sound in crate_reading.each(dump):
            if told.id not in expected and (told.videos or scope == ALL):
                expected[told.id] = told
                odd |= set() if is_sound else {told.id}
        differ = 0
        for told in crate_reading.crate(crate):
            # How a damaged title is mended is ours alone.
            found = told._replace(title=None) if told.id in odd else told
            differ += expected.pop(told.id, None) != found
        print(
            f"{dump.name}, {scope}: {made.records:,} records, {made.releases:,} in the crate,"
            f" {len(odd):,} mended, {made.aside:,} aside, trimmed: {made.is_trimmed};"
            f" {differ} differ, {len(expected)} missing"
        )
        if differ or expected:
            sys.exit("An import says something else than its dump.")


def compare_others(folder: Path, releases: Path, others: Mapping[str, Path]) -> None:
    """Import a dump with those of other kinds, and compare what it has of them.

    Raises:
        SystemExit: some differ.
    """
    crate = folder / "compared.crate"
    for scope in (VIDEOS, ALL):
        bring(releases, crate, scope, others)
        for kind, dump in others.items():
            found = crate_others.compare(crate, kind, dump)
            print(
                f"{dump.name}, {scope}: {found.rows:,} rows in the crate;"
                f" {found.differ} differ, {found.missing} missing"
            )
            if found.differ or found.missing:
                sys.exit("An import says something else than its dump.")


# --- digs -----------------------------------------------------------------------------------


def build(loader: crates.Loader, releases: int) -> None:
    for batch in Columns().batches(releases):
        loader.take(batch)
    about: dict[str, str | int] = {"version": _VERSION, "scope": VIDEOS, "releases": releases}
    for _ in loader.finish(about):
        pass


def timed(answer: Callable[[Asked], object], digs: Iterable[Asked]) -> list[float]:
    """Return the milliseconds that each took, shortest first."""
    times = []
    for asked in digs:
        begun = time.perf_counter()
        answer(asked)
        times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)


def _tell(name: str, times: list[float], more: str = "") -> None:
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
    print(f"{name:<34} p50 {p50:8.2f} ms   p99 {p99:8.2f} ms{more}")


class Ours:
    """Digs as the pages do them."""

    def __init__(self, store: Store) -> None:
        self._crate = Crate(store)

    def answer(self, asked: Asked) -> Answer:
        """Find, and read a page of rows."""
        dig = _dig(asked, grouped=False)
        found = self._crate.find(dig)
        return len(found), [row.id for row in self._crate.page(found, dig).rows]

    def page(self, asked: Asked) -> None:
        """Find and read all that the page of a dig shows: rows, one per master, and counts."""
        dig = _dig(asked, grouped=True)
        found = self._crate.find(dig)
        self._crate.page(found, dig)
        self._crate.counts(found, dig)


def _dig(asked: Asked, *, grouped: bool) -> Dig:
    said = {kind: (name,) for kind, name in asked.values.items()}
    if asked.years:
        said["year"] = (f"{asked.years[0]}-{asked.years[-1]}",)
    return Dig.model_validate({**said, "grouped": grouped})


def digs(folder: Path, releases: int, many: int) -> None:
    """Tell what digs take in a crate of that size, ours and others' ways.

    Raises:
        SystemExit: they do not find the same.
    """
    crate = folder / "dug.crate"
    build(Loader(crate), releases)
    asked = crate_peers.digs(crate, many)
    ours, joins = Ours(SqliteStore(crate)), Joins(folder / "joins.sqlite", crate)
    print(f"\n{many} digs in {releases:,} releases, {crate.stat().st_size / 1e6:,.0f} MB:")
    with crate_peers.redis_server(folder) as redis:
        sets = Sets(redis, crate)
        for one in asked:
            counts = {way.answer(one)[0] for way in (ours, joins, sets)}
            if len(counts) > 1:
                sys.exit(f"They do not find the same: {one}, {counts}")
        _tell("found, and 50 rows", timed(ours.answer, asked))
        _tell("the page, with its counts", timed(ours.page, asked))
        size = (folder / "joins.sqlite").stat().st_size / 1e6
        _tell("SQLite, joins", timed(joins.answer, asked), f"   {size:,.0f} MB")
        _tell("Redis, joined by the server", timed(sets.answer, asked), f"   {sets.mb():,.0f} MB")
        _tell(
            f"Redis, sets fetched ({_WHOLE_SETS} digs)",
            timed(sets.answer_here, asked[:_WHOLE_SETS]),
        )
    joins.close()
    (folder / "joins.sqlite").unlink()
    with postgres.server(folder) as server:
        _digs_there(server.database("crates"), folder, releases, ours, asked)


def _digs_there(address: str, folder: Path, releases: int, here: Ours, asked: list[Asked]) -> None:
    """Tell what the same digs take in a crate on PostgreSQL.

    Raises:
        SystemExit: they do not find the same there.
    """
    url = address.replace("postgresql:", "postgresql+psycopg:", 1)
    new = crate_postgres.new_name("bench", 1)
    begun, used = time.perf_counter(), time.process_time()
    build(crate_postgres_loader.Loader(address, new), releases)
    took, used = time.perf_counter() - begun, time.process_time() - used
    print(f"the same on PostgreSQL, made in {took:,.0f} s, {used:,.0f} of them our processor's:")
    db = Database(url, folder)
    there = Ours(PostgresStore(db, crate_postgres.put_in_place(db, new)))
    for one in asked:
        if there.answer(one) != here.answer(one):
            sys.exit(f"They do not find the same: {one}")
    _tell("found, and 50 rows", timed(there.answer, asked))
    _tell("the page, with its counts", timed(there.page, asked))
    db.close()


def while_importing(folder: Path, dump: Path, many: int) -> None:
    """Tell what the same pages take while the processor is busy with an import."""
    asked = crate_peers.digs(folder / "dug.crate", many)
    at = folder / "result"
    at.mkdir()
    times: list[float] = []
    with running(["nice", *_step("import", dump, at, ALL)], {}) as importing:
        ours = Ours(SqliteStore(folder / "dug.crate"))
        while importing.is_alive and len(times) < many:
            times += timed(ours.page, [asked[len(times)]])
        is_over = not importing.is_alive
    shutil.rmtree(at)
    _tell("the page while an import runs", sorted(times), "   (it ended sooner)" * is_over)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wanted.add_argument("--releases", type=int, default=_SIZE)
    wanted.add_argument("--large", type=int, default=3_600_000)
    wanted.add_argument("--digs", type=int, default=200)
    wanted.add_argument("--dump", type=Path, metavar="FILE")
    wanted.add_argument("--discogskit", type=Path, metavar="PROGRAM")
    wanted.add_argument("--alone", action="store_true", help="without discogskit beside")
    wanted.add_argument("--check", action="store_true")
    wanted.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    asked = wanted.parse_args()
    if asked.step:
        step, out, scope = asked.step
        _do(step, asked.dump, Path(out), scope)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.check:
            _check(folder, asked.dump)
            return
        dump = asked.dump or folder / "releases.xml.gz"
        if not dump.exists():
            size = dumps.write(dump, asked.releases) / asked.releases
            print(f"a dump of {asked.releases:,} releases, {size:,.0f} bytes each")
        program = asked.discogskit
        if not asked.alone:
            program = program or crate_imports.install_discogskit(folder / "discogskit")
        imports(folder, dump, program)
        digs(folder, asked.releases, asked.digs)
        while_importing(folder, dump, asked.digs)
        digs(folder, asked.large, asked.digs)


def _check(folder: Path, dump: Path | None) -> None:
    if dump is not None:
        compare(folder, dump)
        beside = {kind: dump.with_name(dump.name.replace(RELEASES, kind)) for kind in _OTHERS}
        compare_others(folder, dump, {kind: at for kind, at in beside.items() if at.is_file()})
    odd = folder / "odd.xml.gz"
    dumps.write(odd, _CHECKED, quirks=_ODD_EVERY)
    compare(folder, odd)
    others = {kind: folder / f"odd_{kind}.xml.gz" for kind in _OTHERS}
    for kind, at in others.items():
        crate_others.write(at, kind, folder / "compared.crate")
    compare_others(folder, odd, others)


if __name__ == "__main__":
    main()

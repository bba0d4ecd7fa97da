"""What a dig is measured by: joins of tables in SQLite, and sets in Redis.

Both are filled from a crate that is there, so that all answer over the same releases.
"""

import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pyroaring import BitMap
from redis import Redis

from core import crate_rows as kinds

PAGE = 50
_KINDS = (kinds.GENRE, kinds.STYLE, kinds.COUNTRY, kinds.FORMAT, kinds.DESCRIPTION)
_FIRST_YEARS = (1960, 1970, 1980, 1990, 2000, 2010)
_AT_ONCE = 5_000  # ids in a command
_START_SECONDS = 10

Answer = tuple[int, list[int]]  # how many releases, the ids of the first PAGE


class Asked(NamedTuple):
    """A dig: one value of each kind, and perhaps some years, the last one too."""

    values: dict[str, str]
    years: range


def digs(crate: Path, many: int, seed: int = 11) -> list[Asked]:
    """Draw digs of two to five kinds, values as often as they occur."""
    chance = random.Random(seed)
    sizes: dict[str, tuple[list[str], list[int]]] = {kind: ([], []) for kind in _KINDS}
    for kind, name, releases, _ in _facets(crate):
        if kind in sizes:
            sizes[kind][0].append(name)
            sizes[kind][1].append(releases)
    return [_drawn(chance, sizes) for _ in range(many)]


def _drawn(chance: random.Random, sizes: dict[str, tuple[list[str], list[int]]]) -> Asked:
    chosen = chance.sample([*_KINDS, kinds.YEAR], chance.choice((2, 3, 3, 4, 5)))
    values = {kind: chance.choices(*sizes[kind])[0] for kind in _KINDS if kind in chosen}
    first = chance.choice(_FIRST_YEARS)
    many = chance.choice((1, 5, 10, 10)) if kinds.YEAR in chosen else 0
    return Asked(values, range(first, first + many))


def _facets(crate: Path) -> Iterator[tuple[str, str, int, bytes]]:
    link = sqlite3.connect(f"{crate.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    yield from link.execute("SELECT kind, name, releases, bitmap FROM facet")
    link.close()


class Joins:
    """A table for each kind: a row for each value of a release, found from either side."""

    def __init__(self, file: Path, crate: Path) -> None:
        self._link = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -262144"):
            self._link.execute(f"PRAGMA {pragma}")
        self._link.execute("BEGIN")
        for kind in _KINDS:
            self._link.execute(f"CREATE TABLE {kind} (name TEXT, release_id INTEGER)")
        self._link.execute("CREATE TABLE release (id INTEGER PRIMARY KEY, year INTEGER)")
        for kind, name, _, bitmap in _facets(crate):
            self._take(kind, name, BitMap.deserialize(bitmap))
        for kind in _KINDS:
            self._link.execute(f"CREATE INDEX {kind}_name ON {kind} (name, release_id)")
            self._link.execute(f"CREATE INDEX {kind}_release ON {kind} (release_id, name)")
        self._link.execute("COMMIT")
        self._link.execute("ANALYZE")

    def _take(self, kind: str, name: str, ids: BitMap) -> None:
        many = self._link.executemany
        if kind in _KINDS:
            many(f"INSERT INTO {kind} VALUES (?, ?)", ((name, id_) for id_ in ids))
        elif kind == kinds.YEAR:
            many("INSERT INTO release VALUES (?, ?)", ((id_, int(name)) for id_ in ids))

    def answer(self, asked: Asked) -> Answer:
        tables, conditions, said = [], [], list[str | int]()
        for kind, name in asked.values.items():
            tables.append(kind)
            conditions.append(f"{kind}.name = ?")
            said.append(name)
        if asked.years:
            tables.append("(SELECT id AS release_id, year FROM release) AS dated")
            conditions.append("year BETWEEN ? AND ?")
            said += [asked.years[0], asked.years[-1]]
        found = f"FROM {tables[0]}" + "".join(
            f" JOIN {one} USING (release_id)" for one in tables[1:]
        )
        found += f" WHERE {' AND '.join(conditions)}"
        (count,) = self._link.execute(f"SELECT count(*) {found}", said).fetchone()
        page = self._link.execute(
            f"SELECT release_id {found} ORDER BY release_id LIMIT {PAGE}", said
        )
        return count, [row[0] for row in page]

    def close(self) -> None:
        self._link.close()


class Sets:
    """A set of ids for each value, joined by the server, or here as the original did."""

    def __init__(self, redis: Redis, crate: Path) -> None:
        self._redis = redis
        for kind, name, _, bitmap in _facets(crate):
            if kind in (*_KINDS, kinds.YEAR):
                self._take(f"{kind}:{name}", BitMap.deserialize(bitmap))

    def _take(self, key: str, ids: BitMap) -> None:
        rest = iter(ids)
        while some := list(islice(rest, _AT_ONCE)):
            self._redis.sadd(key, *some)

    def mb(self) -> float:
        said = self._redis.info("memory")
        return float(said["used_memory"]) / 1e6

    def answer(self, asked: Asked) -> Answer:
        keys = _keys(asked)
        with self._redis.pipeline() as pipe:
            if asked.years:
                pipe.sunionstore("years", _years(asked))
                keys.append("years")
            pipe.sinterstore("found", keys)
            pipe.sort("found", start=0, num=PAGE)
            *_, count, page = pipe.execute()
        return count, [int(id_) for id_ in page]

    def answer_here(self, asked: Asked) -> Answer:
        """Fetch every set whole."""
        sets = [self._redis.smembers(key) for key in _keys(asked)]
        if asked.years:
            sets.append(set().union(*map(self._redis.smembers, _years(asked))))
        found = set.intersection(*sets)
        return len(found), sorted(map(int, found))[:PAGE]


def _keys(asked: Asked) -> list[str]:
    return [f"{kind}:{name}" for kind, name in asked.values.items()]


def _years(asked: Asked) -> list[str]:
    return [f"{kinds.YEAR}:{year}" for year in asked.years]


@contextmanager
def redis_server(folder: Path) -> Iterator[Redis]:
    """Start one of its own that keeps nothing; ends the bench where there is none."""
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("This is measured against Redis as well: sudo apt install redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as started:
        try:
            _wait(port)
            with Redis(port=port) as link:
                yield link
        finally:
            started.terminate()


def _wait(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("Redis does not answer.")

"""Fetches pictures and keeps them: the bytes once, as files named by their hash.

One picture that cannot be had never fails a mosaic; what is missing is remembered,
so that it is not asked for again each time.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from clients.http import Http
from clients.images import NoPicture, Picture, fetch
from clients.outside import outside
from core import clock
from core.errors import RemoteError
from core.store import Store
from database import pictures
from database.film_posters import own_path
from database.pictures import Found, path_of
from database.viewings import Seen
from worker_jobs import poster_files
from worker_jobs.poster_files import store
from worker_jobs.run import Run

_CONNECTIONS = 4
_FRESH_FOR = 30 * clock.DAY
_MISSING_FOR = 7 * clock.DAY
_GIVE_UP_AFTER = 5  # failures in a row at one host: it is away, and the rest gets cards
_BATCH = 25
_FETCHING = "Fetching posters"


class _Got(NamedTuple):
    """What came of one address: a new file, the old one still good, nothing, or no answer.

    With both a hash and `is_missing` there is nothing any more, and the old one stays.
    """

    address: str
    sha256: str | None = None
    size: int = 0
    picture: Picture | None = None
    is_missing: bool = False


def of_films(run: Run, seen: Sequence[Seen]) -> list[Path | None]:
    """Return the file of each film's poster: the household's own, else one that was fetched."""
    folder = run.settings.own_posters
    own = {
        film.poster_sha256: path
        for film in seen
        if film.poster_sha256 and run.store.fetch(path := own_path(folder, film.poster_sha256))
    }
    rest = [film for film in seen if film.poster_sha256 not in own]
    found = collect(run, [film.poster_address for film in rest if film.poster_address])
    return [
        own.get(film.poster_sha256 or "") or found.get(film.poster_address or "") for film in seen
    ]


def collect(run: Run, addresses: Collection[str]) -> dict[str, Path]:
    """Return the file of each picture that can be had; those that cannot are left out."""
    wanted = sorted(set(addresses))
    with run.db.reading() as session:
        known = pictures.find(session, wanted)
    now = clock.now()
    folder = run.settings.posters
    files = {
        found.sha256: path_of(folder, found.sha256) for found in known.values() if found.sha256
    }
    there = {sha256 for sha256, path in files.items() if run.store.fetch(path)}
    due = [
        address
        for address in wanted
        if (found := known.get(address)) is None
        or found.expires_at <= now
        or (found.sha256 is not None and found.sha256 not in there)
    ]
    hashes = {address: found.sha256 for address, found in known.items() if found.sha256 in there}
    keeper = _Keeper(run, set(hashes.values()))
    for got in _fetch_all(run, keeper, due, known, done=len(wanted) - len(due)):
        if got.sha256 is not None:
            hashes[got.address] = got.sha256
    with run.db.writing(bulk=True) as session:
        pictures.touch(session, list(hashes.values()))
    return {
        address: files.get(sha256) or path_of(folder, sha256) for address, sha256 in hashes.items()
    }


def _fetch_all(
    run: Run, keeper: "_Keeper", due: Collection[str], known: dict[str, Found], *, done: int
) -> Iterator[_Got]:
    """Fetch with a few connections; keep what came in batches, also when cancelled half way."""
    of = done + len(due)
    run.report(_FETCHING, done, of)
    settings = run.settings
    with outside(settings, settings.letterboxd_image_url, settings.tmdb_image_url) as http:
        fetcher = _Fetcher(http, run.store, settings.posters, known)
        pool = ThreadPoolExecutor(_CONNECTIONS)
        try:
            for got in _results(pool.submit(fetcher.fetch, address) for address in due):
                done += 1
                keeper.add(got)
                fetcher.is_full = keeper.is_full
                yield got
                run.report(_FETCHING, done, of)
        finally:
            pool.shutdown(cancel_futures=True)
            keeper.flush()


def _results(futures: Iterable[Future[_Got]]) -> Iterator[_Got]:
    for future in as_completed(list(futures)):
        yield future.result()


class _Keeper:
    """Keeps what came in batches; where it becomes too much, older pictures go.

    `mine` are the hashes that this mosaic shows: they stay. `is_full` once they
    alone are as much as may be kept.
    """

    def __init__(self, run: Run, mine: set[str]) -> None:
        self._run, self._mine = run, mine
        self._batch: list[_Got] = []
        self._bytes = self._count()
        self.is_full = False

    def add(self, got: _Got) -> None:
        self._batch.append(got)
        if len(self._batch) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        batch, self._batch = self._batch, []
        with self._run.db.writing(bulk=True) as session:
            for got in batch:
                _save(session, got)
        self._mine |= {got.sha256 for got in batch if got.sha256}
        self._bytes += sum(got.size for got in batch)
        if self._bytes > poster_files.MOST:
            folder = self._run.settings.posters
            poster_files.drop_over(self._run.db, self._run.store, folder, spared=self._mine)
            self._bytes = self._count()
            self.is_full = self._bytes > poster_files.MOST

    def _count(self) -> int:
        with self._run.db.reading() as session:
            return pictures.total(session)


def _save(session: Session, got: _Got) -> None:
    asked_again = clock.now() + (_MISSING_FOR if got.is_missing else _FRESH_FOR)
    if got.sha256 is not None:
        pictures.save(
            session,
            got.address,
            sha256=got.sha256,
            size=got.size,
            etag=got.picture.etag if got.picture else None,
            last_modified=got.picture.last_modified if got.picture else None,
            expires_at=asked_again,
        )
    elif got.is_missing:
        pictures.save_missing(session, got.address, expires_at=asked_again)


class _Fetcher:
    """Fetches one address after the other in several threads; stops asking a dead server."""

    def __init__(self, http: Http, where: Store, folder: Path, known: dict[str, Found]) -> None:
        self._http, self._where, self._folder, self._known = http, where, folder, known
        self._failures: Counter[str] = Counter()  # in a row, by host
        self.is_full = False

    def fetch(self, address: str) -> _Got:
        """Return what came of it; only a full disk and a store that is away are errors."""
        old = self._known.get(address)
        kept = old.sha256 if old and old.sha256 and self._is_there(old.sha256) else None
        host = _host(address)
        if self.is_full or self._failures[host] >= _GIVE_UP_AFTER:
            return _Got(address)
        try:
            picture = fetch(
                self._http,
                address,
                etag=old.etag if old and kept else None,
                last_modified=old.last_modified if old and kept else None,
            )
        except NoPicture:
            self._failures[host] = 0
            return self._as_before(address, old, is_missing=True)
        except RemoteError:
            self._failures[host] += 1
            return _Got(address)
        self._failures[host] = 0
        return self._checked(address, old, picture) if picture else self._as_before(address, old)

    def _as_before(self, address: str, old: Found | None, *, is_missing: bool = False) -> _Got:
        """Return the picture that is here already, if there is one."""
        if old is None or old.sha256 is None or not self._is_there(old.sha256):
            return _Got(address, is_missing=is_missing)
        size = path_of(self._folder, old.sha256).stat().st_size
        same = Picture(b"", old.etag, old.last_modified)
        return _Got(address, old.sha256, size, same, is_missing)

    def _checked(self, address: str, old: Found | None, picture: Picture) -> _Got:
        from worker_jobs.mosaic.pictures import BadPicture, check

        try:
            check(picture.data)
        except BadPicture:
            return self._as_before(address, old, is_missing=True)
        sha256 = store(self._where, self._folder, picture.data)
        # The bytes are in the file now; a thousand of them would not fit into memory.
        bare = Picture(b"", picture.etag, picture.last_modified)
        return _Got(address, sha256, len(picture.data), bare)

    def _is_there(self, sha256: str) -> bool:
        return path_of(self._folder, sha256).exists()


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""

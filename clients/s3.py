"""A store of files that speaks S3; the folder of data holds what was in hand lately.

A file is one object of the bucket, called by its path in the folder of data. What bears its
name here is in the store as well, or was: it is written there first, and deleted there first.
"""

import logging
import mmap
import os
import re
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import requests
from requests_aws4auth import AWS4Auth

from clients.guard import CONNECTIONS
from clients.http import AGAIN, Answer, BadStatus, Fields, Http
from clients.outside import user_agent
from core import clock
from core.errors import RemoteError
from core.room import check_room, full_disk_told
from core.settings import Settings
from core.store import SERVICE, Kept, StoreAway, files_below

log = logging.getLogger(__name__)

_TIMEOUTS = 3.0, 10.0  # to connect, and between two pieces
_LOOK_SECONDS = 3.0  # for what has no content
_AWAY_SECONDS = 5.0  # so long nobody asks again one that did not answer
_LIST_MOST = 4 << 20
_SAID_MOST = 64 << 10
_PIECE = 1 << 16
_GONE, _REFUSED = 404, 403
_STAYS = 7 * clock.DAY  # a file here that nobody asked for
_STAYS_GIVEN_UP = 10 * clock.MINUTE  # one that is given up
_SWEEP_SECONDS = 3600.0
_SWEPT = "swept"  # in DATA/run: when that was last
_XML = "{*}"
# Whatever else lies in the bucket is somebody else's: markers of folders, say.
_OURS = re.compile(r"(?:\w[\w.-]*/)*\w[\w.-]*", re.ASCII)


class S3:
    """A core.store.Store. Any number of threads may share it; a few ask at the same time."""

    setting = "NEEDLEDROP_STORE_URL"

    def __init__(
        self,
        settings: Settings,
        seconds: float,
        *,
        at_once: int = CONNECTIONS,
        turn_seconds: float | None = None,
    ) -> None:
        """Make it ready; nothing is asked yet.

        Args:
            settings: say where it is, and with which key it is asked.
            seconds: that one file may take.
            at_once: so many may wait for it; others wait for their turn.
            turn_seconds: that one waits for a turn; as long as a file may take, if not given.
        """
        self._data, self._seconds = settings.data, seconds
        self._folders, self._swept = settings.shared, settings.running / _SWEPT
        self._base = settings.store_url.removeprefix("s3+")
        secret = settings.store_key_secret
        auth = _Signed(
            settings.store_key_id,
            secret.get_secret_value() if secret else "",
            settings.store_region,
            "s3",
        )
        self._http = _SignedHttp([self._base], user_agent(settings), auth)
        self._turns = threading.BoundedSemaphore(at_once)
        self._turn_seconds = seconds if turn_seconds is None else turn_seconds
        self._judging = threading.Lock()
        self._away_until = 0.0  # 0: it answered when it was last asked

    def called(self, path: Path) -> str:
        if path == self._data:
            return f"The store {self._base}"
        return f"the object {path.relative_to(self._data).as_posix()} there"

    def keep(self, path: Path, content: Path) -> None:
        with content.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            # Mapped: it never is in memory as a whole.
            body = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if size else b""
        self._ask("PUT", self._url(path), seconds=self._seconds, body=body)
        self._sweep()

    def fetch(self, path: Path) -> bool:
        if _used(path):
            return True
        self._sweep()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.part")
        try:
            with full_disk_told():
                if not self._downloaded(self._url(path), part):
                    return False
                part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        return True

    def read(self, path: Path) -> bytes | None:
        with self._told():
            answer = self._ask("GET", self._url(path), seconds=_LOOK_SECONDS, fine=(200, _GONE))
            if answer.status == _GONE:
                _see_bucket(answer.body)
                return None
        return answer.body

    def has(self, path: Path) -> bool:
        answer = self._ask("HEAD", self._url(path), seconds=_LOOK_SECONDS, fine=(200, _GONE))
        return answer.status != _GONE

    def renew(self, path: Path) -> bool:
        if not self.fetch(path):
            return False
        self.keep(path, path)
        return True

    def forget(self, path: Path) -> None:
        # Also those who do not say that it was not there.
        self._ask("DELETE", self._url(path), seconds=_LOOK_SECONDS, fine=(200, 204, _GONE))
        path.unlink(missing_ok=True)

    def release(self, path: Path) -> None:
        at = (clock.now() - _STAYS + _STAYS_GIVEN_UP) / clock.SECOND
        with suppress(FileNotFoundError):
            os.utime(path, (at, at))

    def listed(self, folder: Path) -> dict[Path, Kept]:
        found: dict[Path, Kept] = {}
        asked = {"list-type": "2", "prefix": f"{folder.relative_to(self._data).as_posix()}/"}
        while True:
            answer = self._ask(
                "GET", f"{self._base}/", seconds=self._seconds, most=_LIST_MOST, params=asked
            )
            more, token = _page(answer.body)
            found |= {self._data / key: kept for key, kept in more.items()}
            if not token:
                return found
            asked["continuation-token"] = token

    def _url(self, path: Path) -> str:
        # Names are letters, digits, dots and dashes of our own.
        return f"{self._base}/{path.relative_to(self._data).as_posix()}"

    def _ask(self, method: str, url: str, **how: Any) -> Answer:
        # What somebody brought is not lost for a turn that takes its time.
        turn_seconds = self._seconds if method == "PUT" else self._turn_seconds
        with self._told(), self._turn(turn_seconds):
            answer = self._http.send(method, url, **how)
            self._away_until = 0.0
        return answer

    def _downloaded(self, url: str, part: Path) -> bool:
        """Write an object to a file, synced; False if there is none."""
        until = time.monotonic() + self._seconds
        with (
            self._told(),
            self._turn(self._turn_seconds),
            self._http.opened(SERVICE, url, headers={}, fine=(_GONE,)) as opened,
        ):
            self._away_until = 0.0
            if opened.answer.status == _GONE:
                _see_bucket(b"".join(opened.pieces()))
                return False
            size = int(opened.answer.headers.get("Content-Length", "0"))
            check_room(part.parent, size)
            with part.open("wb") as out:
                for piece in opened.pieces():
                    out.write(piece)
                    if time.monotonic() > until:
                        raise RemoteError(SERVICE, "Too slow.", retry_after=AGAIN)
                out.flush()
                # Its name must not come to a file that a power cut leaves empty.
                os.fsync(out.fileno())
            if part.stat().st_size != size:
                raise RemoteError(SERVICE, "Cut off.", retry_after=AGAIN)
        return True

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        if not self._turns.acquire(timeout=seconds):
            raise _no_answer()
        try:
            self._look_away()
            yield
        finally:
            self._turns.release()

    def _look_away(self) -> None:
        now = time.monotonic()
        with self._judging:
            if now < self._away_until:
                raise _no_answer()
            if self._away_until:
                # One alone looks whether it is back. The others would hang with that one.
                self._away_until = now + sum(_TIMEOUTS)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one sentence what is wrong with the store: it is one for all that need it."""
        try:
            yield
        except BadStatus as error:
            self._away_until = 0.0
            log.warning("the store answered with status %d", error.code)
            if error.code == _REFUSED:
                said = "The store of pictures and uploads refuses our key."
                raise StoreAway(SERVICE, said, retry_after=AGAIN) from None
            said = (
                f"The store of pictures and uploads has trouble of its own (status {error.code})."
            )
            raise StoreAway(SERVICE, said, retry_after=AGAIN) from None
        except StoreAway:
            raise
        except RemoteError:
            if not self._away_until:
                log.warning("the store does not answer")
            self._away_until = time.monotonic() + _AWAY_SECONDS
            raise _no_answer() from None

    def _sweep(self) -> None:
        """Let go what nobody asked for in a week; now and then, as it takes a look at all."""
        if not self._is_time_to_sweep():
            return
        with suppress(OSError):  # on a full disk it is all the more time
            self._swept.touch(mode=0o600)
        mark = self._data / "house"
        try:
            theirs = self.read(mark)
        except StoreAway:
            return
        # In a bucket without it, or with another house's, there may be nothing of what lies here.
        if theirs is None or (mark.exists() and mark.read_bytes().strip() != theirs.strip()):
            return
        before = clock.now() - _STAYS
        for folder in self._folders:
            for path, kept in files_below(folder).items():
                if kept.at < before:
                    path.unlink(missing_ok=True)

    def _is_time_to_sweep(self) -> bool:
        # On the disk: processes come and go within the hour.
        try:
            since = time.time() - self._swept.stat().st_mtime
        except FileNotFoundError:
            return True
        # Also after a clock that was ahead.
        return abs(since) > _SWEEP_SECONDS


class _SignedHttp(Http):
    def __init__(self, bases: Sequence[str], agent: str, auth: AWS4Auth) -> None:
        super().__init__(bases, user_agent=agent, timeouts=_TIMEOUTS, pauses=())
        self._session.auth = auth

    def send(  # noqa: PLR0913 - as get
        self,
        method: str,
        url: str,
        *,
        body: bytes | memoryview = b"",
        params: Fields | None = None,
        most: int = _SAID_MOST,
        seconds: float,
        fine: Collection[int] = (200,),
    ) -> Answer:
        """Return the answer to a request of any method, which may be empty."""
        wanted = self._wanted(SERVICE, most, seconds)
        data: Any = body  # requests takes what has a length, whatever its types say
        request = requests.Request(method, url, data=data, params=params)
        return self._judged(wanted, self._ask(wanted, request), fine)


class _Signed(AWS4Auth):  # type: ignore[misc]  # it comes without types
    """Signs a body that is mapped, and has it sent in pieces.

    In one piece it would have to be sent within the time that a connection may take.
    """

    def __call__(self, request: Any) -> Any:
        body = request.body
        signed = super().__call__(request)
        if isinstance(body, memoryview):
            signed.body = _Pieces(body)
        return signed


class _Pieces:
    def __init__(self, whole: memoryview) -> None:
        self._whole = whole

    def __len__(self) -> int:
        return len(self._whole)

    def __iter__(self) -> Iterator[memoryview]:
        for start in range(0, len(self._whole), _PIECE):
            yield self._whole[start : start + _PIECE]


def _used(path: Path) -> bool:
    """Say whether a file is here, and note that it was asked for, once a day."""
    try:
        at = path.stat().st_mtime * clock.SECOND
    except FileNotFoundError:
        return False
    if at < clock.now() - clock.DAY:
        with suppress(FileNotFoundError):
            os.utime(path)
    return path.is_file()


def _no_answer() -> StoreAway:
    said = "The store of pictures and uploads does not answer."
    return StoreAway(SERVICE, said, retry_after=_AWAY_SECONDS)


def _see_bucket(said: bytes) -> None:
    if b"NoSuchBucket" in said:
        words = "The store of pictures and uploads has no such bucket."
        raise StoreAway(SERVICE, words, retry_after=AGAIN)


def _page(body: bytes) -> tuple[dict[str, Kept], str | None]:
    """Read one page of a list, and what to ask for the next one with.

    Raises:
        StoreAway: it is none.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
        found = {
            key: Kept(
                int(one.findtext(f"{_XML}Size") or 0), _moment(one.findtext(f"{_XML}LastModified"))
            )
            for one in root.iterfind(f"{_XML}Contents")
            if _OURS.fullmatch(key := str(one.findtext(f"{_XML}Key")))
        }
    except (etree.XMLSyntaxError, ValueError):
        said = "The store of pictures and uploads sent a list that is none."
        raise StoreAway(SERVICE, said, retry_after=AGAIN) from None
    return found, root.findtext(f"{_XML}NextContinuationToken")


def _moment(written: str | None) -> int:
    return clock.moment(datetime.fromisoformat(str(written)))

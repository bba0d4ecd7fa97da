"""A file of a dump, opened: bytes out, and how far through it they are."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from core.dump_files import GZIP
from core.errors import BadFile

_DAMAGED: tuple[type[Exception], ...] = (EOFError, gzip.BadGzipFile, zlib.error)
try:
    from isal import igzip
    from isal.isal_zlib import IsalError
except ImportError:  # a 32-bit system
    _open: Any = gzip.GzipFile
else:
    _open = igzip.IGzipFile
    _DAMAGED = (*_DAMAGED, IsalError)  # type: ignore[arg-type]  # typed as if it were one

_HASHED_AT_ONCE = 1 << 20


class Unpacked(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Packed(io.RawIOBase):
    """A file that knows how much of it was read, and what its SHA-256 is so far."""

    def __init__(self, path: Path, file: BinaryIO, *, is_hashed: bool) -> None:
        self.done = 0
        self._path, self._file = path, file
        self._sha256 = hashlib.sha256() if is_hashed else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        with _told(self._path):
            read: int = self._file.readinto(buffer)  # type: ignore[attr-defined]  # not buffered
        self.done += read
        if self._sha256 is not None:
            self._sha256.update(memoryview(buffer)[:read])
        return read

    def sha256(self) -> str | None:
        """Read what is left, and return the SHA-256 of the whole file; None: not asked for."""
        if self._sha256 is None:
            return None
        while self.read(_HASHED_AT_ONCE):
            pass
        return self._sha256.hexdigest()


@contextmanager
def opened(path: Path, sha256: str | None) -> Iterator[tuple[Packed, Unpacked]]:
    """Open a dump, unpacked already or not, and at the end compare its SHA-256, if one is given.

    Raises:
        BadFile: it cannot be read, or is another than the one meant.
    """
    with _told(path):
        file = path.open("rb", buffering=0)
    with file:
        packed = Packed(path, file, is_hashed=sha256 is not None)
        with _told(path):
            is_gzip = file.read(len(GZIP)) == GZIP
            file.seek(0)
        try:
            yield packed, _open(fileobj=packed, mode="rb") if is_gzip else packed
        except _DAMAGED as error:
            raise BadFile(f"{path.name} is damaged ({error}): fetch or copy it again.") from error
        if sha256 is not None and packed.sha256() != sha256:
            raise BadFile(
                f"{path.name} is not the file that its checksum is of: fetch or copy it again."
            )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell of a file that cannot be read, or of a card or a share that fails, as a bad file."""
    try:
        yield
    except FileNotFoundError:
        raise BadFile(f"{path.name} is not there any more.") from None
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read ({error.strerror}).") from error

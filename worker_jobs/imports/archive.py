"""A zip that a stranger may have made: looked at before it is trusted, read in memory only.

Nothing is ever extracted, so a member's name is a word and no path. What the
zip says of itself is checked first, what comes out of it is counted again. It
knows nothing of what is inside.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from core.errors import BadFile

MB = 1 << 20
MAX_LISTED = 2_000  # members a zip may list at all
MAX_MEMBER = 20 * MB
MAX_TOTAL = 60 * MB
MAX_RATIO = 100
# A small file of equal lines shrinks further than any real one; it harms nobody.
_SMALL = MB
_PIECE = 64 * 1024
# What a member costs in the zip's own list, generously: its name, its extra fields.
_MAX_LISTING = 512

_END, _LOCATOR, _END64 = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_END_SIZE, _LOCATOR_SIZE, _END64_SIZE = 22, 20, 56
_MAX_COMMENT = 1 << 16
_ENCRYPTED = 0x1
# The others (bzip2, LZMA) may ask for gigabytes before they give a byte.
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Caps(NamedTuple):
    """How many bytes may come out of a zip, out of one member, and for each packed one."""

    total: int = MAX_TOTAL
    member: int = MAX_MEMBER
    ratio: int = MAX_RATIO


_USUAL_CAPS = Caps()


class Archive:
    """An open zip; `names` are its files with "/" between folders, in their order."""

    def __init__(self, zipped: zipfile.ZipFile, caps: Caps) -> None:
        self._zipped, self._caps = zipped, caps
        self._read = 0
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in zipped.infolist():
            # A name that is empty, or begins with NUL, is none; zipfile itself falls over it.
            if info.filename and not info.is_dir():
                # Of two members of one name, the first counts.
                self._infos.setdefault(info.filename.replace("\\", "/"), info)

    @property
    def names(self) -> list[str]:
        return list(self._infos)

    @property
    def size(self) -> int:
        """How many bytes its files have, as it says."""
        return sum(info.file_size for info in self._infos.values())

    def read(self, name: str) -> bytes:
        """Return the bytes of one member.

        Raises:
            BadFile: it is locked, damaged, too large, or a bomb.
        """
        content = bytearray()
        for piece in self.pieces(name):
            content += piece
        return bytes(content)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of one member as they come.

        Raises:
            BadFile: as `read`; what came before was whole.
        """
        info, came = self._infos[name], 0
        _check(info, self._caps)
        with _translated(), self._zipped.open(info) as member:
            while piece := member.read(_PIECE):
                came += len(piece)
                self._read += len(piece)
                _check_size(info, came, self._caps)
                if self._read > self._caps.total:
                    total = self._caps.total // MB
                    raise BadFile(f"This zip unpacks to more than {total} MB; that is no export.")
                yield piece


@contextmanager
def opened(path: Path, *, most: int = MAX_LISTED, caps: Caps = _USUAL_CAPS) -> Iterator[Archive]:
    """Open a zip that lists at most so many members, and gives no more bytes than it may.

    Raises:
        BadFile: it is damaged, or lists more members than any export has.
    """
    with path.open("rb") as file:
        # Before zipfile sees it: that would make an object of each member first.
        members, directory = _announced(file)
        if members > most or directory > most * _MAX_LISTING:
            raise BadFile(f"This zip holds more than {most:,} files; an export has fewer.")
        with _translated():
            zipped = zipfile.ZipFile(file)
        with zipped:
            yield Archive(zipped, caps)


def is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return re.match(rb"PK(\x03\x04|\x05\x06)", file.read(4)) is not None


def _announced(file: BinaryIO) -> tuple[int, int]:
    """Return the number of members, and the bytes of their list, as the zip's end tells them."""
    size = file.seek(0, 2)
    start = max(0, size - _MAX_COMMENT - _END_SIZE)
    file.seek(start)
    tail = file.read()
    at = len(tail) - _END_SIZE
    # Looked for in the same order as zipfile does, or the two might read two different ends.
    if not (at >= 0 and tail.startswith(_END, at) and tail.endswith(b"\0\0")):
        at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise _damaged()
    members, directory = struct.unpack_from("<HL", tail, at + 10)
    for more_members, more_directory in _announced_large(file, start + at):
        members, directory = max(members, more_members), max(directory, more_directory)
    return members, directory


def _announced_large(file: BinaryIO, end: int) -> Iterator[tuple[int, int]]:
    # A second end for large zips: right before the locator, or where the locator says.
    locator_at = end - _LOCATOR_SIZE
    if locator_at < 0:
        return
    file.seek(locator_at)
    locator = file.read(_LOCATOR_SIZE)
    if not locator.startswith(_LOCATOR):
        return
    (said,) = struct.unpack_from("<Q", locator, 8)
    for at in {said, locator_at - _END64_SIZE}:
        if not 0 <= at < end:
            continue
        file.seek(at)
        record = file.read(_END64_SIZE)
        if record.startswith(_END64) and len(record) == _END64_SIZE:
            yield struct.unpack_from("<QQ", record, 32)


def _check(info: zipfile.ZipInfo, caps: Caps) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise BadFile("This zip is locked with a password. Save it without one and try again.")
    if info.compress_type not in _PACKINGS:
        raise BadFile(
            f"{info.filename!r} is packed in a way that is not understood; zip it the usual way."
        )
    _check_size(info, info.file_size, caps)


def _check_size(info: zipfile.ZipInfo, size: int, caps: Caps) -> None:
    if size > caps.member:
        raise BadFile(f"{info.filename!r} unpacks to more than {caps.member // MB} MB.")
    if size > _SMALL and size > caps.ratio * info.compress_size:
        raise BadFile(f"{info.filename!r} unpacks to far more than an export does.")


def _damaged() -> BadFile:
    return BadFile("This zip is damaged, or was not downloaded completely.")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise _damaged() from error

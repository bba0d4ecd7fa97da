"""A zip that is sent while it is made: what goes in comes out in pieces, and nothing is kept."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

_PIECE = 64 * 1024
_BORN = (1980, 1, 1)  # before that a zip knows no day


class Member(NamedTuple):
    """A file of a zip, as its bytes come; `is_packed`: they are as small as they get."""

    name: str
    pieces: Iterable[bytes]
    is_packed: bool = False


class _Through(io.RawIOBase):
    """A file that cannot go back: it holds what was written until somebody takes it."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._held += content
        return len(content)

    def __len__(self) -> int:
        return len(self._held)

    def take(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


def pieces(members: Iterable[Member], at: datetime) -> Iterator[bytes]:
    """Yield a zip of these files, each dated `at`."""
    through = _Through()
    with zipfile.ZipFile(through, "w", allowZip64=True) as zipped:
        for member in members:
            with zipped.open(_info(member, at), "w", force_zip64=True) as out:
                for piece in member.pieces:
                    out.write(piece)
                    if len(through) >= _PIECE:
                        yield through.take()
    yield through.take()


def _info(member: Member, at: datetime) -> zipfile.ZipInfo:
    when = max(at.timetuple()[:6], (*_BORN, 0, 0, 0))
    info = zipfile.ZipInfo(member.name, when)
    info.compress_type = zipfile.ZIP_STORED if member.is_packed else zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info

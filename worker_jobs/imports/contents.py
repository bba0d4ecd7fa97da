"""What is in a file that somebody brings, unwrapped: itself, or each file of a zip.

Nothing is extracted and nothing is held: a file goes by in pieces.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

from core.errors import BadFile
from worker_jobs.imports import archive
from worker_jobs.imports.archive import MB, Caps

_MOST_FILES = 2_000
_SMALL = MB
_PIECE = 64 * 1024
_GZIP = b"\x1f\x8b"
_LISTING = ("__macosx/", ".ds_store")


class Contents:
    """A file, packed or not. `size`: how many bytes there are to go through; `done`: by now.

    Raises:
        BadFile: it is damaged, or made to do harm.
    """

    def __init__(self, path: Path, name: str, caps: Caps) -> None:
        self._path, self._name, self._caps = path, name, caps
        self.size, self.done = path.stat().st_size, 0

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield each file that is in it, with its bytes in pieces, in the order of their names.

        Raises:
            BadFile: as above; of a damaged member while its pieces are taken.
        """
        with self._path.open("rb") as file:
            head = file.read(len(_GZIP))
        if archive.is_zip(self._path):
            yield from self._unzipped()
        elif head == _GZIP:
            yield self._name, self._gunzipped()
        else:
            yield self._name, self._plain()

    def _unzipped(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        with archive.opened(self._path, most=_MOST_FILES, caps=self._caps) as zipped:
            self.size = zipped.size
            for name in sorted(zipped.names):
                if not name.lower().startswith(_LISTING[0]) and _LISTING[1] not in name.lower():
                    yield name, self._counted(zipped.pieces(name))

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.done += len(piece)
            yield piece

    def _plain(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            yield from self._counted(iter(lambda: file.read(_PIECE), b""))

    def _gunzipped(self) -> Iterator[bytes]:
        """Yield what is in a gzip file; it may consist of several, one behind the other."""
        came = 0
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        for packed in self._plain():
            rest = packed
            while rest:
                try:
                    piece = unpacking.decompress(rest, _PIECE)
                except zlib.error:
                    raise BadFile(
                        "This file is damaged, or was not downloaded completely."
                    ) from None
                rest = unpacking.unconsumed_tail
                if unpacking.eof:
                    rest = unpacking.unused_data.lstrip(b"\0")
                    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
                came += len(piece)
                if came > self._caps.member or came > max(_SMALL, self._caps.ratio * self.done):
                    raise BadFile("This file unpacks to far more than an export does.")
                if piece:
                    yield piece

"""A history that somebody brings: unwrapped, each file in it known by its content, and read.

Nothing is extracted and nothing is held: a file goes by in pieces.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from core import play_formats
from core.errors import BadFile
from worker_jobs.imports import archive
from worker_jobs.imports.archive import MB, Caps
from worker_jobs.imports.tables import Problems
from worker_jobs.play_imports import readers
from worker_jobs.play_imports.readers import Found
from worker_jobs.play_imports.rows import Part
from worker_jobs.play_imports.texts import Text

_MOST_FILES = 2_000
# A file goes by in pieces: Koito writes 300 MB in one for 200,000 plays.
_CAPS = Caps(total=1_024 * MB, member=512 * MB, ratio=200)
_SMALL = MB
_PIECE = 64 * 1024
_NOT_KNOWN = "This is not a history of plays in any form that is known here."
_GZIP = b"\x1f\x8b"
# Who somebody is, what they paid and what Spotify makes of them: none of our business.
_PERSONAL = ("userdata", "identity", "identifiers", "payments", "inferences", "follow")
_LISTING = ("__macosx/", ".ds_store")


class Brought:
    """A file, or a zip of several; `parts` tells of each that was looked at so far.

    `size` is how many bytes there are to go through, `done` how many that are by now; a zone is
    what moments are in that name none.

    Raises:
        BadFile: it is damaged, or made to do harm.
    """

    def __init__(self, path: Path, name: str, zone: ZoneInfo) -> None:
        self._path, self._name, self._zone = path, name, zone
        self.parts: list[Part] = []
        self.size, self.done = path.stat().st_size, 0
        self._damage = ""

    @property
    def problems(self) -> list[str]:
        return [sentence for part in self.parts for sentence in part.problems.sentences]

    def plays(self) -> Found:
        """Yield what was played, from all files in the order of their names.

        Raises:
            BadFile: as above, or there is no history of plays in it.
        """
        with self._path.open("rb") as file:
            head = file.read(len(_GZIP))
        if archive.is_zip(self._path):
            yield from self._unzipped()
        elif head == _GZIP:
            yield from self._read(self._name, self._gunzipped())
        else:
            yield from self._read(self._name, self._plain())
        if not any(part.format for part in self.parts):
            raise BadFile(self._damage or _NOT_KNOWN)

    def _unzipped(self) -> Found:
        with archive.opened(self._path, most=_MOST_FILES, caps=_CAPS) as zipped:
            self.size = zipped.size
            for name in sorted(zipped.names):
                if not name.lower().startswith(_LISTING[0]) and _LISTING[1] not in name.lower():
                    yield from self._read(name, self._counted(zipped.pieces(name)))

    def _read(self, name: str, pieces: Iterator[bytes]) -> Found:
        part = Part(name, Problems(name))
        self.parts.append(part)
        if PurePosixPath(name).stem.lower() in _PERSONAL:
            part.why_not = "personal, and never opened"
            return
        try:
            text = Text(pieces, part.problems)
            part.format = play_formats.of(text.head[: play_formats.HEAD])
            if part.format is None:
                part.why_not = "not a history of plays"
                part.problems = Problems(name)
            else:
                yield from readers.plays(text, part.format, part, self._zone)
        except BadFile as damage:
            # What was whole before that was read.
            self._damage = self._damage or str(damage)
            part.problems.say(str(damage))
            part.why_not = part.why_not or ("" if part.format else str(damage))

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
                if came > _CAPS.member or came > max(_SMALL, _CAPS.ratio * self.done):
                    raise BadFile("This file unpacks to far more than an export does.")
                if piece:
                    yield piece

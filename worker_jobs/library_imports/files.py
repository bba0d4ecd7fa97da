"""A library that somebody brings: each file in it known by its content, and read.

Nothing is extracted and nothing is held: a file goes by in pieces.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from core import library_formats, play_formats
from core.errors import BadFile
from core.library_formats import HEAD, Format
from worker_jobs.imports.archive import MB, Caps
from worker_jobs.imports.contents import Contents
from worker_jobs.imports.tables import Problems
from worker_jobs.library_imports import account, tables
from worker_jobs.library_imports.rows import Part, Told
from worker_jobs.play_imports.texts import Text

# The history of plays in the same zip is passed by, and may be large.
_CAPS = Caps(total=512 * MB, member=128 * MB, ratio=200)
_NOT_KNOWN = "This is not a library in any form that is known here."
_READ = ("yourlibrary", "playlist")
_SUFFIXES = (".csv", ".tsv", ".txt")


class Brought:
    """A file, or a zip of several; `parts` tells of each that was looked at so far.

    `size` is how many bytes there are to go through, `done` how many that are by now; a zone is
    what days are in.

    Raises:
        BadFile: it is damaged, or made to do harm.
    """

    def __init__(self, path: Path, name: str, zone: ZoneInfo) -> None:
        self._contents, self._name, self._zone = Contents(path, name, _CAPS), name, zone
        self.parts: list[Part] = []
        self._damage = ""

    @property
    def size(self) -> int:
        return self._contents.size

    @property
    def done(self) -> int:
        return self._contents.done

    @property
    def problems(self) -> list[str]:
        return [sentence for part in self.parts for sentence in part.sentences]

    def told(self) -> Iterator[Told]:
        """Yield what is in the lists, from all files in the order of their names.

        Raises:
            BadFile: as above, or there is no library in it.
        """
        for name, pieces in self._contents.files():
            yield from self._read(name, pieces)
        is_known = any(part.format for part in self.parts)
        if not is_known or (self._damage and not any(part.rows for part in self.parts)):
            raise BadFile(self._damage or _NOT_KNOWN)

    def _read(self, name: str, pieces: Iterator[bytes]) -> Iterator[Told]:
        part = Part(name, Problems(name))
        self.parts.append(part)
        if name != self._name and not _is_wanted(name):
            part.why_not = "not opened"
            return
        if sum(earlier.seen for earlier in self.parts) >= tables.MOST_ROWS:
            part.why_not = "not opened, for there was so much before it"
            return
        try:
            text = Text(pieces, part.problems)
            yield from self._told(text, part)
        except BadFile as damage:
            # What was whole before that was read.
            self._damage = self._damage or str(damage)
            part.problems.say(str(damage))
            part.why_not = part.why_not or ("" if part.format else str(damage))

    def _told(self, text: Text, part: Part) -> Iterator[Told]:
        head = text.head[:HEAD]
        part.format = library_formats.of(head)
        if part.format is Format.YOUR_LIBRARY:
            return account.library(text, part)
        if part.format is Format.PLAYLISTS:
            return account.playlists(text, part, self._zone)
        if part.format and (columns := library_formats.columns(head)):
            return tables.read(text, columns, part, self._zone)
        is_of_plays = play_formats.of(head)
        part.why_not = "a history of plays" if is_of_plays else "not part of a library"
        part.problems = Problems(part.name)
        return iter(())


def _is_wanted(name: str) -> bool:
    """Say whether a file of a zip is opened: not those that tell who somebody is."""
    path = PurePosixPath(name.lower())
    return path.suffix in _SUFFIXES or path.stem.startswith(_READ)

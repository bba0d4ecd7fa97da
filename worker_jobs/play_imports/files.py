"""A history that somebody brings: each file in it known by its content, and read.

Nothing is extracted and nothing is held: a file goes by in pieces.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from core import library_formats, play_formats
from core.errors import BadFile
from worker_jobs.imports.archive import MB, Caps
from worker_jobs.imports.contents import Contents
from worker_jobs.imports.tables import Problems
from worker_jobs.play_imports import readers
from worker_jobs.play_imports.readers import Found
from worker_jobs.play_imports.rows import Part
from worker_jobs.play_imports.texts import Text

# A file goes by in pieces: Koito writes 300 MB in one for 200,000 plays.
_CAPS = Caps(total=1_024 * MB, member=512 * MB, ratio=200)
_NOT_KNOWN = "This is not a history of plays in any form that is known here."
# Who somebody is, what they paid and what Spotify makes of them: none of our business.
_PERSONAL = ("userdata", "identity", "identifiers", "payments", "inferences", "follow")


class Brought:
    """A file, or a zip of several; `parts` tells of each that was looked at so far.

    `size` is how many bytes there are to go through, `done` how many that are by now; a zone is
    what moments are in that name none.

    Raises:
        BadFile: it is damaged, or made to do harm.
    """

    def __init__(self, path: Path, name: str, zone: ZoneInfo) -> None:
        self._contents, self._zone = Contents(path, name, _CAPS), zone
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
        return [sentence for part in self.parts for sentence in part.problems.sentences]

    def plays(self) -> Found:
        """Yield what was played, from all files in the order of their names.

        Raises:
            BadFile: as above, or there is no history of plays in it.
        """
        for name, pieces in self._contents.files():
            yield from self._read(name, pieces)
        if not any(part.format for part in self.parts):
            raise BadFile(self._damage or _NOT_KNOWN)

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
                is_of_library = library_formats.of(text.head[: library_formats.HEAD])
                part.why_not = "part of a library" if is_of_library else "not a history of plays"
                part.problems = Problems(name)
            else:
                yield from readers.plays(text, part.format, part, self._zone)
        except BadFile as damage:
            # What was whole before that was read.
            self._damage = self._damage or str(damage)
            part.problems.say(str(damage))
            part.why_not = part.why_not or ("" if part.format else str(damage))

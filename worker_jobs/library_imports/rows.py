"""What the readers of all files of a library share: what they yield, and what they count."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.library import AlbumTold, ArtistTold, EntryTold, Features
from core.library_formats import Format
from worker_jobs.imports.tables import MAX_TOLD, Problems

# What a list is of, as `LibraryItem` has it; PLAYLIST is one that stands for itself.
PLAYLIST, LIKED, ALBUMS, ARTISTS = "playlist", "track", "album", "artist"


class Row(NamedTuple):
    """One that is on a list, and how it sounds, where that is said."""

    item: EntryTold | AlbumTold | ArtistTold
    features: Features | None = None


class Over(NamedTuple):
    """The list is over to which all rows since the last one belong; `kind`: as above.

    `is_set`: it is no list that somebody made, and a track that comes again in it is the same.
    `skipped`: how many were left out, by why. `is_whole`: it was read to its end.
    """

    kind: str
    name: str = ""
    description: str | None = None
    is_set: bool = False
    skipped: Mapping[str, int] = {}
    is_whole: bool = True


Told = Row | Over


@dataclass
class Part:
    """One file of those that were brought; `format` is None where there is no library in it.

    `rows`: those that were read, of as many as were `seen`. `aside`: how many are no tracks, by
    what they are. `values`: how many values were left out of rows that were read. `why_not`: why
    nothing was read.
    """

    name: str
    problems: Problems
    format: Format | None = None
    rows: int = 0
    seen: int = 0
    aside: Counter[str] = field(default_factory=Counter)
    values: int = 0
    why_not: str = ""

    def leave_out(self, row: int, what: str) -> None:
        """Count a value that makes no sense, the first of them in words; its row is read."""
        self.values += 1
        if self.values <= MAX_TOLD:
            self.problems.remark(row, what)

    @property
    def sentences(self) -> list[str]:
        if (more := self.values - MAX_TOLD) <= 0:
            return self.problems.sentences
        return [*self.problems.sentences, f"{self.name}: {more:,} more values were left out."]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "format": self.format and self.format.value,
            "rows": self.rows,
            "unreadable": self.problems.skipped,
            "aside": dict(self.aside),
            "values": self.values,
            "why_not": self.why_not,
        }

"""What the readers of all formats share: what becomes of a row, and what is counted."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core import clock
from core.carried import KINDS as CARRIED
from core.carried import Carried
from core.play_formats import Format
from core.plays import EARLIEST, Heard
from worker_jobs.imports.tables import Problems

_LONGEST_PLAY = 7 * clock.DAY
# What a value of another kind than a source writes leads to.
_NOT_AS_MEANT = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)


class Loved(NamedTuple):
    """What somebody said of a recording: `score` 1, or -1; `at` in milliseconds, 0: not said."""

    msid: str
    mbid: str
    score: int
    at: int


Told = Heard | Loved | Carried
_BESIDE = frozenset(CARRIED)


class Unreadable(Exception):
    """A row that cannot be read; the message says why."""


class Aside(Exception):
    """A row that is whole and no play; the message says what it is."""


@dataclass
class Part:
    """One file of those that were brought; `format` is None where it is no history of plays.

    `rows`: those that were read. `aside`: how many are no plays, by what they are. `why_not`:
    why nothing was read.
    """

    name: str
    problems: Problems
    format: Format | None = None
    rows: int = 0
    aside: Counter[str] = field(default_factory=Counter)
    why_not: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "format": self.format and self.format.value,
            "rows": self.rows,
            "unreadable": self.problems.skipped,
            "aside": dict(self.aside),
            "why_not": self.why_not,
        }


def read(
    rows: Iterable[tuple[int, Any]], reader: Callable[[Any], Told | None], part: Part
) -> Iterator[Told]:
    """Yield what `reader` makes of the rows; count and tell the others. None: nothing, as meant."""
    latest = clock.now() + clock.DAY
    for number, row in rows:
        try:
            found = reader(row)
            if type(found) is Heard and not (
                EARLIEST <= found.started_at <= latest
                and (found.ended_at is None or found.started_at <= found.ended_at <= latest)
                and (found.ms_played is None or 0 <= found.ms_played <= _LONGEST_PLAY)
            ):
                part.problems.skip(number, "its time cannot be right.")
                continue
        except Unreadable as why:
            part.problems.skip(number, str(why))
        except Aside as what:
            part.aside[str(what)] += 1
        except _NOT_AS_MEANT:
            part.problems.skip(number, "something it should say is missing or of another kind.")
        else:
            if found is not None:
                part.rows += type(found) not in _BESIDE
                yield found

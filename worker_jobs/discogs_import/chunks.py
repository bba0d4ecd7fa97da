"""Cuts a dump at the ends of its records, without looking at what is in them."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.dump_files import ARTISTS, LABELS, MASTERS, RELEASES
from core.errors import BadFile
from worker_jobs.discogs_import.reading import Unpacked

TAGS = {RELEASES: "release", MASTERS: "master", ARTISTS: "artist", LABELS: "label"}
CHECKED_FIRST = CHECKED_EVERY = 1000  # of the first so many each one, then one of so many
_READ = 1 << 20
_LONGEST = 64 << 20
_ROOT = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?<(\w+)\s*>", re.ASCII)


class Chunk(NamedTuple):
    """The records that one read has ended, without what ends each.

    `first`: the number of the first one in the dump, from 0. `kept`: those that are wanted.
    `checked`: those to be read twice, dropped ones among them.
    """

    first: int
    records: list[bytes]
    kept: list[bytes]
    checked: list[bytes]

    def number(self, index: int) -> int:
        """Return the number in the dump, from 1, of a record of `kept`."""
        return self.first + self.records.index(self.kept[index]) + 1


def end_of(kind: str) -> bytes:
    return f"</{TAGS[kind]}>\n".encode()


def chunks(file: Unpacked, kind: str, is_wanted: Callable[[bytes], bool] | None) -> Iterator[Chunk]:
    """Yield what is in `file`.

    What is damaged shows when that place is read, a wrong checksum of gzip not before the very
    end: whoever takes this must be able to throw all of it away.

    Raises:
        BadFile: it is no dump of that kind, or it ends too early.
    """
    end, tail, first, is_begun = end_of(kind), b"", 0, False
    while data := file.read(_READ):
        records = _split(tail + data, end)
        tail = records.pop()
        if not is_begun:
            is_begun = _begin(records, tail, kind)
        if len(tail) > _LONGEST:
            raise BadFile(f"This is no dump of {kind}: no end of a {TAGS[kind]} in 64 MB.")
        if records:
            kept = [one for one in records if is_wanted(one)] if is_wanted else records
            yield Chunk(first, records, kept, _checked(records, first))
            first += len(records)
    if not is_begun:
        raise BadFile("The dump is empty.")
    if tail.strip() != f"</{kind}>".encode():
        raise BadFile("The dump ends in the middle: fetch or copy it again.")


def _split(data: bytes, end: bytes) -> list[bytes]:
    """Do as data.split(end): a line feed alone is found so fast that it takes two thirds."""
    records, start, at = [], 0, 0
    while (at := data.find(b"\n", at)) >= 0:
        at += 1
        if data[at - len(end) : at] == end:
            records.append(data[start : at - len(end)])
            start = at
    records.append(data[start:])
    return records


def _checked(records: list[bytes], first: int) -> list[bytes]:
    return records if first < CHECKED_FIRST else records[-first % CHECKED_EVERY :: CHECKED_EVERY]


def _begin(records: list[bytes], tail: bytes, kind: str) -> bool:
    """Take off what stands before the first record, and see that it is of the kind.

    Raises:
        BadFile: it is another.
    """
    start = records[0] if records else tail
    root = _ROOT.match(start)
    found = root[1].decode() if root else ""
    if found != kind:
        what = f"is a dump of {found}" if found in TAGS else "is no dump of Discogs"
        raise BadFile(f"This {what}; a dump of {kind} was expected.")
    if records:
        records[0] = start[start.find(f"<{TAGS[kind]}".encode(), root.end() if root else 0) :]
    return bool(records)

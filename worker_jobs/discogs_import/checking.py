"""Reads some releases twice, whole and trimmed: what comes of both has to be the same.

The first thousand, and then one of a thousand: one of a thousand alone would let a small dump of
another layout through, and that would be an empty crate without a word.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.crate_rows import Batch
from worker_jobs.discogs_import import parsing, trimming
from worker_jobs.discogs_import.collecting import Collector, Wanted
from worker_jobs.discogs_import.parsing import Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element


class TrimmingUnsafe(Exception):
    """A release that was trimmed says something else than whole: the layout is another."""


def check(records: Sequence[bytes], end: bytes, wanted: Wanted) -> None:
    """Compare, for those that are correct XML: what is mended may differ with what is around it.

    Raises:
        TrimmingUnsafe: one differs, or would have been passed by although it has a video.
    """
    for record in records:
        whole = parsing.strictly(record, end)
        if whole is None:
            continue
        lean = parsing.strictly(trimming.trim(record, barcodes=wanted.barcodes), end)
        if lean is None:
            raise TrimmingUnsafe
        said, trimmed = (_read(one, wanted) for one in (whole, lean))
        is_missed = wanted.only_videos and said.videos and not trimming.has_video(record)
        if said != trimmed or is_missed:
            raise TrimmingUnsafe


def _read(element: "_Element", wanted: Wanted) -> Batch:
    batch = Collector(wanted).collect(Parsed([element], lambda at: at, []))
    # Of one that has no number the first bytes are kept, and those may have been trimmed.
    return batch._replace(aside=[])

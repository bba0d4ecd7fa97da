"""What the dumps beside the releases' add: years and videos of masters, aliases, parent labels.

Of those alone that have a release in the crate; of everything else not even XML is parsed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from core.crate_rows import Aside, MasterRow
from core.dump_files import ARTISTS, LABELS, MASTERS
from database.crates import Ids, Loader, Related
from worker_jobs.discogs_import import collecting, parsing
from worker_jobs.discogs_import.chunks import Chunk, end_of

if TYPE_CHECKING:
    from lxml.etree import _Element

_MASTER_ID = re.compile(rb"<master id=\"(\d{1,10})\"", re.ASCII)
_ID = re.compile(rb"<id>(\d{1,10})</id>", re.ASCII)


class Other(NamedTuple):
    """`is_wanted`: told from the bytes; `take` keeps those of a chunk, but for what it returns."""

    is_wanted: Callable[[bytes], bool]
    take: Callable[[Chunk], list[Aside]]


def other(kind: str, loader: Loader) -> Other:
    """Return how a dump of that kind, other than releases, is taken in."""
    return {MASTERS: _masters, ARTISTS: _artists, LABELS: _labels}[kind](loader)


def _masters(loader: Loader) -> Other:
    def take(chunk: Chunk) -> list[Aside]:
        parsed = parsing.parse(chunk.kept, end_of(MASTERS), chunk.number)
        rows, shown = [], []
        for element in parsed.elements:
            row, found = _master(element)
            rows.append(row)
            shown += collecting.video_rows(row.id, found)
        loader.take_masters(rows, shown)
        return _others(parsed.aside)

    return Other(lambda record: _is_in(record, _MASTER_ID, loader.masters), take)


def _master(element: "_Element") -> tuple[MasterRow, dict[str, collecting.Shown]]:
    said = {child.tag: child for child in element}
    text = {tag: child.text for tag, child in said.items()}
    artist = collecting.artist_of(said["artists"], {}) if "artists" in said else ""
    row = MasterRow(
        collecting.identity(element.get("id")) or 0,
        text.get("title"),
        artist.strip(" ,") or None,
        collecting.year_of(text.get("year")),
        collecting.identity(text.get("main_release")),
    )
    return row, collecting.videos_of(said["videos"]) if "videos" in said else {}


def _artists(loader: Loader) -> Other:
    aliases = _Section(ARTISTS, "artist", "aliases", "aliases/name")
    return _related(aliases, loader.artists, loader.take_aliases)


def _labels(loader: Loader) -> Other:
    parent = _Section(LABELS, "label", "parentLabel", "parentLabel")
    return _related(parent, loader.labels, loader.take_parents)


class _Section(NamedTuple):
    """`name`: of the section of a record that is read; `path`: to those that it names."""

    kind: str
    tag: str
    name: str
    path: str

    @property
    def end(self) -> bytes:
        return f"</{self.name}>".encode()

    def cut(self, record: bytes) -> bytes:
        """Return a record with its number and this section alone: profiles are long."""
        found = _ID.search(record)
        end = record.rfind(self.end) + len(self.end)
        section = record[record.find(b"<%b" % self.name.encode()) : end]
        return b"<%b>%b%b" % (self.tag.encode(), found[0] if found else b"", section)


def _related(
    section: _Section,
    known: Ids,
    take: Callable[[Iterable[Related]], None],
) -> Other:
    def take_all(chunk: Chunk) -> list[Aside]:
        records = [section.cut(one) for one in chunk.kept]
        parsed = parsing.parse(records, end_of(section.kind), chunk.number)
        take(row for element in parsed.elements for row in _rows(element, section.path))
        return _others(parsed.aside)

    return Other(lambda one: section.end in one and _is_in(one, _ID, known), take_all)


def _rows(element: "_Element", path: str) -> Iterator[Related]:
    own = collecting.identity(element.findtext("id"))
    for one in element.iterfind(path):
        id_ = collecting.identity(one.get("id"))
        if own is not None and id_ is not None:
            yield own, id_, one.text


def _is_in(record: bytes, pattern: re.Pattern[bytes], known: Ids) -> bool:
    found = pattern.search(record)
    return found is not None and int(found[1]) <= collecting.LARGEST and int(found[1]) in known


def _others(aside: list[Aside]) -> list[Aside]:
    # The number of a master, an artist or a label is no release's.
    return [one._replace(release_id=None) for one in aside]

"""Elements of releases into rows: one loop over what a release has, by its tag.

Nothing has a fixed place: empty elements are there or left out, by the year of the dump. Only
direct children are looked at: tracks have artists, and series look like labels.
"""

import re
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree
from pyroaring import BitMap

from core import clock, videos
from core.crate_rows import (
    ANY,
    COUNTRY,
    DESCRIPTION,
    FORMAT,
    GENRE,
    ONE_PER_MASTER,
    ONLY,
    STYLE,
    WITH_VIDEO,
    YEAR,
    Aside,
    Batch,
    Facets,
    ReleaseRow,
    empty,
)
from core.release_words import figures
from worker_jobs.discogs_import.parsing import Parsed, put_aside
from worker_jobs.discogs_import.trimming import VIDEO_LINES

if TYPE_CHECKING:
    from lxml.etree import _Element

Shown = tuple[int | None, str | None]  # seconds and title of a video

LARGEST = (1 << 32) - 1  # what a bitmap can hold
_LONGEST_NUMBER = 18  # figures that fit into 64 bits
# A machine without a clock of its own may say 1970.
_FIRST_YEAR, _LAST_YEAR = 1860, max(2026, clock.utc(clock.now()).year) + 1
# By far the most addresses: taking each apart would cost a sixth of the import.
_USUAL = re.compile(
    r"https?://www\.youtube\.com/watch\?v=([A-Za-z0-9_-]{10}[AEIMQUYcgkosw048])", re.ASCII
)
_NAMESAKE = re.compile(r" \(\d{1,6}\)$", re.ASCII)
_NO_CATNO = "none"


class Wanted(NamedTuple):
    """What is kept of a dump: releases with a video alone, or all; barcodes or none."""

    only_videos: bool
    barcodes: bool


class Found:
    """What one release says, until it is known whether it is wanted."""

    __slots__ = (
        "artist", "artists", "barcode", "catno", "country", "facets", "formats", "is_main",
        "label", "labels", "master_id", "title", "videos", "year",
    )  # fmt: skip

    def __init__(self) -> None:
        self.title: str | None = None
        self.artist = ""
        self.label: str | None = None
        self.catno: str | None = None
        self.country: str | None = None
        self.barcode: str | None = None
        self.year: int | None = None
        self.master_id: int | None = None
        self.is_main = True
        self.artists: dict[int, str | None] = {}
        self.labels: dict[int, str | None] = {}
        self.formats: list[str] = []
        self.videos: dict[str, Shown] = {}
        self.facets: list[tuple[str, str]] = [(ONLY, ANY)]


class Collector:
    """Rows of one chunk after the other; remembers which releases there were."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._seen = BitMap()

    def collect(self, parsed: Parsed) -> Batch:
        batch = empty()
        batch.aside.extend(parsed.aside)
        read = dict(_READ)
        if self._wanted.barcodes:
            read["identifiers"] = _identifiers
        for index, element in enumerate(parsed.elements):
            id_ = identity(element.get("id"))
            if id_ is None:
                batch.aside.append(_aside(element, parsed.numbers(index), "no usable number"))
            elif id_ in self._seen:
                batch.aside.append(_aside(element, parsed.numbers(index), "it came before"))
            else:
                self._seen.add(id_)
                found = Found()
                for child in element:
                    if (reader := read.get(child.tag)) is not None:
                        reader(child, found)
                if found.videos or not self._wanted.only_videos:
                    _keep(batch, id_, found)
        return batch


def number(text: str | None) -> int | None:
    if text and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        return int(text)
    return None


def identity(text: str | None) -> int | None:
    """Return a number that Discogs gives to something; 0 is nothing's."""
    if text and text.isdecimal() and len(text) <= _LONGEST_NUMBER:
        found = int(text)
        return found if 0 < found <= LARGEST else None
    return None


def _aside(element: "_Element", at: int, reason: str) -> Aside:
    return put_aside(etree.tostring(element), at, reason)


def _keep(batch: Batch, id_: int, found: Found) -> None:
    if found.is_main:
        found.facets.append((ONLY, ONE_PER_MASTER))
    if found.videos:
        found.facets.append((ONLY, WITH_VIDEO))
    _add(batch.facets, found.facets, id_)
    _link(batch.release_artists, batch.artists, found.artists, id_)
    _link(batch.release_labels, batch.labels, found.labels, id_)
    batch.videos.extend(video_rows(id_, found.videos))
    batch.releases.append(
        ReleaseRow(
            id_,
            found.title,
            found.artist.strip(" ,") or None,
            found.label,
            found.catno,
            found.year,
            found.country,
            ", ".join(dict.fromkeys(found.formats)) or None,
            found.master_id,
            found.is_main,
            len(found.videos),
            found.barcode,
        )
    )


def _link(
    links: list[tuple[int, int]],
    names: dict[int, str | None],
    found: dict[int, str | None],
    id_: int,
) -> None:
    for other, name in found.items():
        links.append((other, id_))
        if name:
            names[other] = name


def _add(facets: Facets, found: list[tuple[str, str]], id_: int) -> None:
    for value in found:
        ids = facets.get(value)
        if ids is None:
            facets[value] = array("I", (id_,))
        elif ids[-1] != id_:
            ids.append(id_)


def _title(child: "_Element", found: Found) -> None:
    found.title = child.text


def _country(child: "_Element", found: Found) -> None:
    if child.text:
        found.country = child.text
        found.facets.append((COUNTRY, child.text))


def _released(child: "_Element", found: Found) -> None:
    found.year = year_of(child.text)
    if found.year is not None:
        found.facets.append((YEAR, str(found.year)))


def year_of(said: str | None) -> int | None:
    """Return the year of a date of Discogs, None for one that no record was made in."""
    year = number((said or "")[:4])
    return year if year and _FIRST_YEAR <= year <= _LAST_YEAR else None


def _genres(child: "_Element", found: Found) -> None:
    found.facets.extend((GENRE, name) for name in _names(child))


def _styles(child: "_Element", found: Found) -> None:
    found.facets.extend((STYLE, name) for name in _names(child))


def _names(child: "_Element") -> list[str]:
    # "1" was a genre of twenty releases.
    return [one.text for one in child if one.text and not one.text.isdigit()]


def _artists(child: "_Element", found: Found) -> None:
    found.artist = artist_of(child, found.artists)


def artist_of(child: "_Element", artists: dict[int, str | None]) -> str:
    """Return the artists as the sleeve has them, and add whom Discogs takes them for."""
    shown = join = ""
    for entry in child:
        said = {part.tag: part.text for part in entry}
        name = said.get("name")
        shown += join + (said.get("anv") or _plain(name or ""))
        join = _joined(said.get("join"))
        if id_ := identity(said.get("id")):
            artists.setdefault(id_, name)
    return shown + join


def _joined(said: str | None) -> str:
    """Return what stands between two artists; nothing is said where an empty element was left out.

    >>> _joined("&")
    ' & '
    """
    return ", " if said in (None, ",") else f" {said} "


def _plain(name: str) -> str:
    # Most names are told from one letter.
    return _NAMESAKE.sub("", name) if name.endswith(")") else name


def _labels(child: "_Element", found: Found) -> None:
    for entry in child:
        name, catno = entry.get("name"), entry.get("catno")
        if found.label is None and name:
            found.label = _plain(name)
            found.catno = catno if catno and catno.casefold() != _NO_CATNO else None
        if id_ := identity(entry.get("id")):
            found.labels.setdefault(id_, name)


def _formats(child: "_Element", found: Found) -> None:
    for entry in child:
        if name := entry.get("name"):
            found.formats.append(name)
            found.facets.append((FORMAT, name))
        for descriptions in entry:
            for description in descriptions:
                if name := description.text:
                    found.formats.append(name)
                    found.facets.append((DESCRIPTION, name))


def _master(child: "_Element", found: Found) -> None:
    found.master_id = identity(child.text)
    found.is_main = found.master_id is None or child.get("is_main_release") == "true"


def _videos(child: "_Element", found: Found) -> None:
    found.videos = videos_of(child)


def _video_lines(child: "_Element", found: Found) -> None:
    lines = (child.text or "").split("\n")
    for id_, seconds, title in zip(lines[::4], lines[1::4], lines[2::4], strict=True):
        if id_ not in found.videos:
            found.videos[id_] = number(seconds), title or None


def videos_of(child: "_Element") -> dict[str, Shown]:
    """Return videos by their id, each once; what leads elsewhere is left out."""
    found: dict[str, Shown] = {}
    for entry in child:
        address = entry.get("src") or ""
        usual = _USUAL.fullmatch(address)
        id_ = usual[1] if usual else videos.video_id(address)
        if id_ is not None and id_ not in found:
            found[id_] = number(entry.get("duration")), _title_of(entry)
    return found


def _title_of(entry: "_Element") -> str | None:
    # findtext() costs four times as much.
    for part in entry:
        if part.tag == "title":
            return part.text
    return None


def video_rows(
    id_: int, found: dict[str, Shown]
) -> list[tuple[int, int, int, int | None, str | None]]:
    """Return the rows of what `videos_of` has found on a release or a master."""
    return [
        (id_, position, videos.as_number(video), seconds, title)
        for position, (video, (seconds, title)) in enumerate(found.items())
    ]


def _identifiers(child: "_Element", found: Found) -> None:
    for entry in child:
        if found.barcode is None and entry.get("type") == "Barcode":
            found.barcode = figures(entry.get("value") or "")


_READ: dict[object, Callable[["_Element", Found], None]] = {
    "title": _title,
    "country": _country,
    "released": _released,
    "genres": _genres,
    "styles": _styles,
    "artists": _artists,
    "labels": _labels,
    "formats": _formats,
    "master_id": _master,
    "videos": _videos,
    VIDEO_LINES: _video_lines,
}

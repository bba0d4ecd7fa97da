"""A dump of releases as one reads it without further thought: every record whole, by its names.

What an import is measured by, and what its crate has to agree with.
"""

import gzip
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree
from pyroaring import BitMap

from core import videos

_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_LENIENT = etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True, recover=True)
_NAMESAKE = re.compile(r" \(\d+\)$", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1860, 2027


class Told(NamedTuple):
    """What is looked for on a release. `facets`: (kind, name); `videos`: ids, in their order."""

    id: int
    title: str | None
    country: str | None
    year: int | None
    label: str | None
    catno: str | None
    master_id: int | None
    facets: frozenset[tuple[str, str]]
    artists: frozenset[int]
    labels: frozenset[int]
    videos: tuple[str, ...]


def iterparse(dump: Path) -> Iterator[Told]:
    """Read a sound dump as lxml's manual teaches.

    Raises:
        XMLSyntaxError: a byte of it is no XML.
    """
    with gzip.open(dump) as file:
        for _, element in etree.iterparse(file, tag="release"):
            found = told(element)
            element.clear()
            while (before := element.getprevious()) is not None:
                before.getparent().remove(before)  # type: ignore[union-attr]  # it has one
            if found:
                yield found


def each(dump: Path) -> Iterator[tuple[Told, bool]]:
    """Read any dump of releases, record by record; of what is no XML the title is None.

    The second of each tells whether it was XML.
    """
    for element, is_sound in elements(dump, "releases", "release"):
        found = told(element)
        if found:
            yield (found if is_sound else found._replace(title=None)), is_sound


def elements(dump: Path, root: str, tag: str) -> Iterator[tuple[etree._Element, bool]]:
    """Parse each record of a dump whole; what is no XML lxml mends, and then the second is False.

    Below `root` each is a `tag`; one of which nothing can be made is left out.
    """
    end = f"</{tag}>\n".encode()
    with gzip.open(dump) as file:
        records = file.read().partition(f"<{root}>\n".encode())[2].split(end)
    for record in records[:-1]:
        try:
            yield etree.fromstring(record + end), True
        except etree.XMLSyntaxError:
            text = record.decode(errors="replace").translate(_CONTROLS)
            element = etree.fromstring(text.encode() + end, _LENIENT)
            if element is not None:
                yield element, False


def told(element: etree._Element) -> Told | None:
    """Return what a record says, None if it has no number."""
    id_ = _number(element.get("id"))
    if id_ is None:
        return None
    label = next((one for one in element.findall("labels/label") if one.get("name")), None)
    return Told(
        id_,
        element.findtext("title") or None,
        element.findtext("country") or None,
        year_of(element.findtext("released")),
        _NAMESAKE.sub("", label.get("name") or "") if label is not None else None,
        _catno(label.get("catno")) if label is not None else None,
        _number(element.findtext("master_id")),
        frozenset(_facets(element)),
        frozenset(filter(None, map(_number, element.xpath("artists/artist/id/text()")))),
        frozenset(filter(None, map(_number, element.xpath("labels/label/@id")))),
        tuple(_videos(element)),
    )


def _facets(element: etree._Element) -> Iterator[tuple[str, str]]:
    for kind in ("genre", "style"):
        for name in element.xpath(f"{kind}s/{kind}/text()"):
            if not name.isdigit():
                yield kind, str(name)
    yield from (("format", str(name)) for name in element.xpath("formats/format/@name") if name)
    for name in element.xpath("formats/format/descriptions/description/text()"):
        yield "description", str(name)


def _videos(element: etree._Element) -> Iterator[str]:
    found = (videos.video_id(src) for src in element.xpath("videos/video/@src"))
    yield from dict.fromkeys(filter(None, found))


def year_of(said: str | None) -> int | None:
    year = _number((said or "")[:4])
    return year if year and _FIRST_YEAR <= year <= _LAST_YEAR else None


def _catno(said: str | None) -> str | None:
    return said if said and said.lower() != "none" else None


def _number(said: str | None) -> int | None:
    return int(said) if said and said.isdecimal() else None


def crate(file: Path) -> Iterator[Told]:
    """Read what a crate says of each release, by id; all of it is held in memory."""
    address = f"{file.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as link:
        facets = _by_release(
            (id_, (kind, name))
            for kind, name, bitmap in link.execute(
                "SELECT kind, name, bitmap FROM facet"
                " WHERE kind IN ('genre', 'style', 'format', 'description')"
            )
            for id_ in BitMap.deserialize(bitmap)
        )
        artists = _by_release(link.execute("SELECT release_id, artist_id FROM release_artist"))
        labels = _by_release(link.execute("SELECT release_id, label_id FROM release_label"))
        seen = _by_release(
            (id_, videos.as_id(number))
            for id_, number in link.execute(
                "SELECT release_id, number FROM video ORDER BY release_id, position"
            )
        )
        for row in link.execute(
            "SELECT id, title, country, year, label, catno, master_id FROM release ORDER BY id"
        ):
            id_ = row[0]
            yield Told(
                *row,  # type: ignore[call-arg]  # as many as it has before the facets
                frozenset(facets.get(id_, ())),
                frozenset(artists.get(id_, ())),
                frozenset(labels.get(id_, ())),
                tuple(seen.get(id_, ())),
            )


def _by_release(pairs: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for id_, what in pairs:
        found.setdefault(id_, []).append(what)
    return found

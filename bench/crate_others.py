"""Dumps of masters, artists and labels: read without further thought, and made up for that.

What a crate has of them has to agree with it. The record is parsed whole, whatever is in it.
"""

import gzip
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from lxml import etree

from bench import crate_reading
from core import videos
from core.dump_files import ARTISTS, LABELS, MASTERS

Told = tuple[tuple[object, ...], bool]  # a row without its key, and whether its record was XML
_ODD_EVERY = 50

_ABOUT_MASTERS = """
    SELECT id, title, year, main_release, (
        SELECT group_concat(number) FROM (
            SELECT number FROM master_video WHERE master_id = id ORDER BY position
        )
    ) FROM master
"""


class _Kind(NamedTuple):
    """`known`: SQL for the ids that the crate has; `rows`: for what it says of them.

    The first `keys` columns of a row are what it is known by. `read` makes rows of a record.
    """

    tag: str
    known: str
    rows: str
    keys: int
    read: Callable[[etree._Element], Iterator[tuple[Any, ...]]]


def _master(record: etree._Element) -> Iterator[tuple[Any, ...]]:
    found = (videos.video_id(src) for src in record.xpath("videos/video/@src"))
    numbers = [str(videos.as_number(one)) for one in dict.fromkeys(filter(None, found))]
    yield (
        _id(record.get("id")),
        record.findtext("title") or None,
        crate_reading.year_of(record.findtext("year")),
        _id(record.findtext("main_release")),
        ",".join(numbers) or None,
    )


def _aliases(record: etree._Element) -> Iterator[tuple[Any, ...]]:
    for one in record.findall("aliases/name"):
        yield _id(record.findtext("id")), _id(one.get("id")), one.text


def _parent(record: etree._Element) -> Iterator[tuple[Any, ...]]:
    # One without a name would tell nobody anything.
    for one in record.findall("parentLabel"):
        if one.text and _id(one.get("id")) is not None:
            yield _id(record.findtext("id")), _id(one.get("id")), one.text


def _id(said: str | None) -> int | None:
    return int(said) or None if said and said.isdecimal() else None


_KINDS = {
    MASTERS: _Kind("master", "SELECT DISTINCT master_id FROM release", _ABOUT_MASTERS, 1, _master),
    ARTISTS: _Kind(
        "artist", "SELECT id FROM artist WHERE name IS NOT NULL", "SELECT * FROM alias", 2, _aliases
    ),
    LABELS: _Kind(
        "label", "SELECT id FROM label WHERE name IS NOT NULL", "SELECT * FROM parent", 1, _parent
    ),
}


class Compared(NamedTuple):
    rows: int
    differ: int
    missing: int


def compare(crate: Path, kind: str, dump: Path) -> Compared:
    """Compare what a crate says with a plain reading of `dump`."""
    of, expected = _KINDS[kind], dict[tuple[Any, ...], Told]()
    known = {id_ for (id_,) in _asked(crate, of.known)}
    for record, is_sound in crate_reading.elements(dump, kind, of.tag):
        for row in of.read(record):
            if row[0] in known and None not in row[: of.keys]:
                expected.setdefault(row[: of.keys], (row[of.keys :], is_sound))
    rows, differ = 0, 0
    for row in _asked(crate, of.rows):
        said, is_sound = expected.pop(row[: of.keys], ((), True))
        # How a damaged name is mended is ours alone.
        differ += is_sound and said != row[of.keys :]
        rows += 1
    return Compared(rows, differ, len(expected))


def _asked(crate: Path, query: str) -> list[tuple[Any, ...]]:
    address = f"{crate.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as link:
        return link.execute(query).fetchall()


# --- dumps that are made up -----------------------------------------------------------------

_VIDEO = '<video src="https://www.youtube.com/watch?v={}" duration="9"><title>{}</title></video>'
_USUAL = {
    MASTERS: '<master id="{id}"><main_release>7</main_release><artists><artist><id>1</id>'
    "<name>{name} (2)</name><join>&amp;</join></artist><artist><name>B</name></artist></artists>"
    "<year>1987</year><title>{name}</title><videos>"
    + _VIDEO.format("AAAAAAAAAAA", "{name}")
    + "</videos><notes>a\n\nb</notes></master>",
    ARTISTS: "<artist><id>{id}</id><name>A</name><profile>Of &lt;b&gt;&#13;\n</profile>"
    '<namevariations><name>a</name></namevariations><aliases><name id="7">{name}</name>'
    '<name id="8">B &amp; C</name></aliases><members><name id="3">M</name></members></artist>',
    LABELS: '<label><id>{id}</id><name>A</name><parentLabel id="9">{name}</parentLabel>'
    '<sublabels><label id="5">Below</label></sublabels></label>',
}
_ODD = {
    MASTERS: (
        '<master id="{id}"><title/><year>0</year><videos/></master>',
        '<master id="{id}"></master>',
        '<master id="{id}"><title>{name} &#7; \x07 R & B</title><year>197</year></master>',
        '<master id="{id}"><title>a&nbsp;b</title><main_release>0</main_release></master>',
        "<master><title>of no number</title></master>",
        '<master id="0"><title>of no number</title></master>',
        '<master id="{id}"><title>two\nlines</title><videos>'
        + _VIDEO.format("BBBBBBBBBBA", "a")
        + _VIDEO.format("BBBBBBBBBBA", "again")
        + _VIDEO.format("AAAAAAAAAA_", "none")
        + '<video src="https://youtu.be/CCCCCCCCCCA?t=3"/></videos></master>',
    ),
    ARTISTS: (
        "<artist><id>{id}</id><name/><aliases/></artist>",
        '<artist><id>{id}</id><aliases><name>{name}</name><name id="">B</name></aliases></artist>',
        (
            '<artist><id>{id}</id><aliases><name id="4">{name}</name><name id="4">B</name>'
            '<name id="0">None</name><name id="6"/></aliases></artist>'
        ),
        (
            "<artist><id>{id}</id><profile>&lt;aliases&gt; R & B &nbsp;</profile>"
            '<aliases><name id="4">{name} &#0; \x07</name></aliases></artist>'
        ),
        '<artist><name>of no number</name><aliases><name id="4">A</name></aliases></artist>',
        (
            '<artist><id>{id}</id><members><id>3</id><name id="3">M</name></members>'
            '<groups><name id="5">G</name></groups></artist>'
        ),
    ),
    LABELS: (
        '<label><id>{id}</id><name/><parentLabel id="9"/></label>',
        "<label><id>{id}</id><parentLabel>{name}</parentLabel></label>",
        (
            '<label><id>{id}</id><profile>a & b</profile><parentLabel id="9">A\x07B</parentLabel>'
            "</label>"
        ),
        '<label><id>{id}</id><sublabels><label id="5">Below</label></sublabels></label>',
        '<label><name>of no number</name><parentLabel id="9">A</parentLabel></label>',
        '<label><id>{id}</id><parentLabel id="0">A</parentLabel></label>',
    ),
}


def write(file: Path, kind: str, crate: Path) -> None:
    """Write a dump: a record for each that `crate` knows and for the id behind it, some odd."""
    known = [id_ for (id_,) in _asked(crate, _KINDS[kind].known) if id_]
    with gzip.open(file, "wb", compresslevel=3) as out:
        out.write(f"<{kind}>\n".encode())
        for nth, id_ in enumerate(sorted({*known, *(one + 1 for one in known)})):
            form = _USUAL[kind]
            if nth % _ODD_EVERY == 0:
                form = _ODD[kind][nth // _ODD_EVERY % len(_ODD[kind])]
            name = escape(f"Nämé {id_ % 97} & so")
            out.write(form.replace("{id}", str(id_)).replace("{name}", name).encode() + b"\n")
        out.write(f"</{kind}>\n".encode())

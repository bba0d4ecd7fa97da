"""Records into elements: all of a chunk as one document, and one by one where one of them is bad.

A single bad byte costs a millisecond, never the import.
"""

import html
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from core.crate_rows import Aside

if TYPE_CHECKING:
    from lxml.etree import _Element

SHOWN = 200  # bytes of a record that is put aside
_ID = re.compile(rb"\bid=\"(\d{1,10})\"", re.ASCII)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(#[0-9]+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*)?(;?)", re.ASCII)
_XMLS_OWN = ("amp", "lt", "gt", "quot", "apos")


class Parsed(NamedTuple):
    """`numbers`: where the record of each element stands in the dump, asked for when needed."""

    elements: Sequence["_Element"]
    numbers: Callable[[int], int]
    aside: list[Aside]


def _parser(*, is_lenient: bool) -> etree.XMLParser:
    return etree.XMLParser(
        huge_tree=True,
        collect_ids=False,
        resolve_entities=False,
        no_network=True,
        recover=is_lenient,
    )


_STRICT, _LENIENT = _parser(is_lenient=False), _parser(is_lenient=True)


def parse(records: Sequence[bytes], end: bytes, number: Callable[[int], int]) -> Parsed:
    """Parse records without their `end`; `number`: where the one of an index is in the dump."""
    try:
        root = etree.fromstring(b"<r>" + end.join(records) + end + b"</r>", _STRICT)
    except etree.XMLSyntaxError:
        return _one_by_one(records, end, number)
    # Two in one, or one that closes before its end, would count the others wrongly.
    if len(root) != len(records):
        return _one_by_one(records, end, number)
    return Parsed(list(root), number, [])


def strictly(record: bytes, end: bytes) -> "_Element | None":
    """Return a record as an element; None where it is not correct XML."""
    try:
        return etree.fromstring(record + end, _STRICT)
    except etree.XMLSyntaxError:
        return None


def _one_by_one(records: Sequence[bytes], end: bytes, number: Callable[[int], int]) -> Parsed:
    elements, indexes, aside = [], [], []
    for index, record in enumerate(records):
        try:
            element = _element(record, end)
        except (etree.XMLSyntaxError, ValueError) as error:
            aside.append(put_aside(record, number(index), str(error)))
        else:
            elements.append(element)
            indexes.append(index)
    return Parsed(elements, lambda at: number(indexes[at]), aside)


def _element(record: bytes, end: bytes) -> "_Element":
    """Parse one record: as it is, mended, and at last leniently.

    Raises:
        XMLSyntaxError: there is nothing to be made of it.
        ValueError: what came of it is no record.
    """
    if (found := strictly(record, end)) is not None:
        return found
    mended = _mended(record)
    if (found := strictly(mended, end)) is not None:
        return found
    found = etree.fromstring(mended + end, _LENIENT)
    if found is None or end.strip() != f"</{found.tag!s}>".encode():
        raise ValueError("there is no record in it")
    return found


def _mended(record: bytes) -> bytes:
    """Return a record in UTF-8, without characters that XML forbids, in whatever spelling."""
    text = _CONTROLS.sub("", record.decode(errors="replace"))
    return _REFERENCE.sub(_reference, text).encode()


def _reference(found: re.Match[str]) -> str:
    name, is_ended = found[1], found[2]
    if not name or not is_ended:
        return f"&amp;{found[0][1:]}"
    if name in _XMLS_OWN:
        return found[0]
    # Where a number stands for nothing, Python has nothing, or U+FFFD.
    meant = _CONTROLS.sub("", html.unescape(found[0]))
    return html.escape(meant)


def put_aside(record: bytes, number: int, reason: str) -> Aside:
    said = _ID.search(record, 0, SHOWN)
    return Aside(number, int(said[1]) if said else None, reason, record[:SHOWN])

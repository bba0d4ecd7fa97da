"""A table that a person brings: its columns by name, and its rows, whatever parts the cells."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.errors import BadFile
from database.shelf_columns import MOST_COLUMNS, bare
from worker_jobs.imports.tables import Problems, cells

_HEAD_BYTES = 64 * 1024
_DELIMITERS = (",", ";", "\t")
_SAID = re.compile(r"sep=([,;\t|])?", re.IGNORECASE)  # how a spreadsheet says what parts the cells


class Row(NamedTuple):
    """A row with its number in a spreadsheet, the header's 1. It may lack its last cells."""

    number: int
    cells: Sequence[str]

    def __call__(self, column: int | None) -> str:
        """Return a cell without the spaces around it, "" where there is none."""
        if column is None or column >= len(self.cells):
            return ""
        return self.cells[column].strip()


class Table(NamedTuple):
    """`names` are those of the columns as they stand there."""

    names: list[str]
    content: bytes
    delimiter: str
    header_row: int

    def rows(self, problems: Problems) -> Iterator[Row]:
        """Yield the rows below the header that are not empty; from the first one each time."""
        for number, row in cells(self.content, problems, self.delimiter):
            if number > self.header_row and any(cell.strip() for cell in row):
                yield Row(number, row)

    @property
    def at(self) -> dict[str, int]:
        """The number of each column by its bare name; of two of one name, the first."""
        found: dict[str, int] = {}
        for number, name in enumerate(self.names):
            found.setdefault(bare(name), number)
        return found


def opened(content: bytes, name: str) -> Table:
    """Find out what parts the cells, and which columns there are.

    Raises:
        BadFile: there is no table in it.
    """
    unheard = Problems(name)
    for delimiter in _likely(content):
        for number, row in cells(content, unheard, delimiter):
            if _SAID.fullmatch(row[0].strip()) and len(row) <= 2:  # noqa: PLR2004 - "sep=," is two cells
                continue
            names = [cell.strip()[:100] for cell in row[:MOST_COLUMNS]]
            return Table(names, content, delimiter, number)
    raise BadFile(f"{name} is empty, or holds no table.")


def _likely(content: bytes) -> list[str]:
    head = content[:_HEAD_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    lines = head.decode(errors="replace").splitlines() or [""]
    if said := _SAID.match(lines[0].strip().strip('"')):
        return [said[1] or "\t"]
    bare_line = re.sub(r'"[^"]*"', "", lines[0])
    return sorted(_DELIMITERS, key=lambda one: -bare_line.count(one))

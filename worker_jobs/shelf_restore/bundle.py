"""A zip of a shelf's tables, opened: rows out, one at a time and as often as they are wanted.

Also of the program that this one grew out of, which has fewer tables and other words.
"""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel

from core.cells import as_it_was
from core.errors import BadFile
from worker_jobs.imports import archive
from worker_jobs.shelf_restore import rows
from worker_jobs.shelf_restore.rows import CreditRow, RatingRow, RecordRow

M = TypeVar("M", bound=BaseModel)

_LONGEST_CELL = 4_000_000
MAX_ROWS = 500_000  # of one table; 20,000 records have half of that in songs
# A cover a record, each read by itself.
_MOST_LISTED, _MOST_BYTES = 25_000, 16 << 30
# Where the original wrote "None" for nothing; anywhere else it may be a name.
_MAY_BE_NONE = ("rating", "lim_edition", "number")
_OURS = "created_at"  # a column of records.csv that only we write
_HALF_SCALE = 5


@dataclass
class Bundle:
    """The tables by name, and where in the zip each cover is, by its hash.

    `is_ours`: we wrote it. `is_to_five`: its ratings go from 0, not rated, to 5.
    """

    path: Path
    tables: dict[str, bytes] = field(default_factory=dict)
    covers: dict[str, str] = field(default_factory=dict)
    is_ours: bool = False
    is_to_five: bool = False

    def rows(self, name: str, model: type[M]) -> Iterator[tuple[int, M | str]]:
        """Yield the rows of a table, each with its number in a spreadsheet, the header's 1.

        One that does not pass comes as a sentence; a table that is missing has none.

        Raises:
            BadFile: the table cannot be read.
        """
        for number, cells in self._cells(name):
            try:
                yield number, rows.read(model, cells)
            except ValueError as error:
                yield number, str(error)

    def _cells(self, name: str) -> Iterator[tuple[int, dict[str, str]]]:
        lines = _lines(f"{name}.csv", self.tables.get(name, b""))
        columns = [column.strip().casefold() for column in next(lines, [])]
        for number, line in enumerate(lines, 2):
            if number > MAX_ROWS + 1:
                raise BadFile(f"{name}.csv has more than {MAX_ROWS:,} rows.")
            if line:
                cells = zip(columns, line, strict=False)
                yield number, {at: text for at, cell in cells if (text := self._text(at, cell))}

    def _text(self, column: str, cell: str) -> str:
        if self.is_ours:
            return as_it_was(cell)
        return "" if cell == "None" and column in _MAY_BE_NONE else cell

    def records(self) -> Iterator[tuple[int, RecordRow | str]]:
        return self.rows("records", RecordRow)

    def credits(self) -> Iterator[tuple[int, CreditRow | str]]:
        return self.rows("credit_trx", CreditRow)

    def ratings(self) -> Iterator[tuple[int, RatingRow | str]]:
        return self.rows("ratings", RatingRow)

    @property
    def has_ratings(self) -> bool:
        return "ratings" in self.tables

    def pictures(self, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield those of these covers that the zip has: what each is called, and its bytes.

        Raises:
            BadFile: one cannot be read.
        """
        with archive.opened(self.path, most=_MOST_LISTED, caps=archive.Caps(_MOST_BYTES)) as opened:
            for sha256, name in self.covers.items():
                if sha256 in wanted:
                    yield sha256, opened.read(name)


def read(path: Path, *, to_five: bool = False) -> Bundle:
    """Open a zip that was brought. `to_five`: somebody says that its ratings go from 0 to 5.

    Raises:
        BadFile: it is no such zip, or damaged, or made to do harm.
    """
    if not path.is_file():
        raise BadFile("The file is not there any more. Please bring it again.")
    if not archive.is_zip(path):
        raise BadFile("This is no zip. Bring the one that the shelf was exported as.")
    found = Bundle(path)
    with archive.opened(path, most=_MOST_LISTED) as opened:
        for name in opened.names:
            inside = PurePosixPath(name)
            if inside.suffix == ".csv" and inside.stem in rows.MODELS:
                found.tables.setdefault(inside.stem, opened.read(name))
            elif inside.parent.name == "covers" and inside.suffix == ".jpg":
                found.covers[inside.stem] = name
    if "records" not in found.tables:
        raise BadFile("There is no records.csv in this zip: it is no export of a shelf.")
    header = next(_lines("records.csv", found.tables["records"]), [])
    found.is_ours = _OURS in header
    found.is_to_five = to_five or (not found.is_ours and _goes_to_five(found))
    return found


def _goes_to_five(bundle: Bundle) -> bool:
    given = {row.rating for _, row in bundle.records() if isinstance(row, RecordRow)}
    return 0 in given and max(filter(None, given), default=_HALF_SCALE + 1) <= _HALF_SCALE


def _lines(name: str, content: bytes) -> Iterator[list[str]]:
    csv.field_size_limit(_LONGEST_CELL)
    head = content.partition(b"\n")[0]
    delimiter = ";" if head.count(b";") > head.count(b",") else ","
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", newline="")
    try:
        yield from csv.reader(text, delimiter=delimiter)
    except UnicodeDecodeError:
        raise BadFile(f"{name} is not written in UTF-8.") from None
    except csv.Error:
        raise BadFile(f"{name} is no table: a cell in it is too long, or does not end.") from None

"""Tables in csv as they come: any encoding, any line ends, rows that do not fit.

Bytes in, rows out, one at a time. What had to be put right or left out is
counted and told in sentences; it knows nothing of what a row means.
"""

import codecs
import csv
import io
from collections.abc import Iterator

MAX_ROWS = 100_000  # of one table; the fullest real ones have a third
MAX_CELL = 4_000_000  # characters; the reader needs ten times as many bytes
MAX_TOLD = 20  # rows of one table that are told one by one

_UTF8_MARK = codecs.BOM_UTF8
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PIECE = 64 * 1024


class Problems:
    """What was wrong with one file: at most MAX_TOLD rows in words, all of them counted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.skipped = 0
        self._said: list[str] = []

    def say(self, sentence: str) -> None:
        self._said.append(f"{self.name}: {sentence}")

    def skip(self, row: int, reason: str) -> None:
        """Count a row that was left out; `row` is its number in a spreadsheet, the header's 1."""
        self.skipped += 1
        if self.skipped <= MAX_TOLD:
            self._said.append(f"{self.name}, row {row}: {reason}")

    def remark(self, row: int, what: str) -> None:
        """Say something of a row that was read nevertheless."""
        self._said.append(f"{self.name}, row {row}: {what}")

    @property
    def sentences(self) -> list[str]:
        more = self.skipped - MAX_TOLD
        if more <= 0:
            return list(self._said)
        return [*self._said, f"{self.name}: {more:,} more rows were left out."]


def cells(
    content: bytes, problems: Problems, delimiter: str = ","
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with its number from 1."""
    # The limit is the process's, not the reader's. The usual one of 131,072 would break a
    # long review into rows of its own.
    csv.field_size_limit(MAX_CELL)
    rows = csv.reader(_lines(content, problems), delimiter=delimiter)
    for number in range(1, MAX_ROWS + 1):
        try:
            row = next(rows, None)
        except csv.Error:
            problems.skip(number, f"a cell has more than {MAX_CELL:,} characters.")
            continue
        if row is None:
            return
        if row:
            yield number, row
    if next(rows, None) is not None:
        problems.say(f"only the first {MAX_ROWS:,} rows were read.")


def _lines(content: bytes, problems: Problems) -> Iterator[str]:
    encoding = _encoding(content)
    if encoding == "cp1252":
        problems.say("it is not UTF-8 as exports are; it was read as Western European.")
    # Every byte means something in cp1252 but for five; those become marks of a lost letter.
    text = io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace", newline="")
    has_nul = False
    for line in text:
        if "\0" in line:
            has_nul = True
            yield line.replace("\0", "")
        else:
            yield line
    if has_nul:
        problems.say("it held NUL characters; they were dropped.")


def _encoding(content: bytes) -> str:
    if content.startswith(_UTF16_MARKS):
        return "utf-16"
    return "utf-8-sig" if content.startswith(_UTF8_MARK) or _is_utf8(content) else "cp1252"


def _is_utf8(content: bytes) -> bool:
    # In pieces: decoded as a whole it would stand in memory twice.
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(content)
    try:
        for start in range(0, len(view), _PIECE):
            decoder.decode(view[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True

"""The rows of a table of any length, a line at a time: a stray quotation mark costs one row."""

import csv
from collections import deque
from collections.abc import Iterator

from worker_jobs.imports.tables import MAX_CELL, Problems
from worker_jobs.play_imports.texts import Text

_MOST_LINES = 20  # of one row: names rarely hold the end of a line
_ENDS_WITHIN = "unexpected end of data"


def rows(
    text: Text, delimiter: str, width: int, problems: Problems
) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row that is not empty, with the number of its first line.

    A row goes on in the next line where that makes it `width` cells.
    """
    # The limit is the process's, not the reader's.
    csv.field_size_limit(MAX_CELL)
    lines = _Lines(text)
    while (first := lines.next()) is not None:
        number, joined = first
        found = _cells(joined, delimiter)
        while found is None and (following := lines.ahead()) is not None:
            joined = f"{joined}\n{following}"
            found = _cells(joined, delimiter)
            if found is not None and len(found) != width:
                found = None
                break
        if found is None:
            lines.put_back()
            problems.skip(number, "a quotation mark is not closed.")
        elif any(cell and not cell.isspace() for cell in found):
            lines.take()
            yield number, found


class _Lines:
    """Lines that may be looked at before they are taken: at most _MOST_LINES of them."""

    def __init__(self, text: Text) -> None:
        self._lines = text.lines()
        self._seen: deque[tuple[int, str]] = deque()
        self._ahead = 0

    def next(self) -> tuple[int, str] | None:
        self._ahead = 0
        return self._seen.popleft() if self._seen else next(self._lines, None)

    def ahead(self) -> str | None:
        """Return the line after the last one that was looked at, None: there is none."""
        if self._ahead == _MOST_LINES:
            return None
        if self._ahead == len(self._seen):
            line = next(self._lines, None)
            if line is None:
                return None
            self._seen.append(line)
        self._ahead += 1
        return self._seen[self._ahead - 1][1]

    def take(self) -> None:
        """Take all that was looked at."""
        for _ in range(self._ahead):
            self._seen.popleft()

    def put_back(self) -> None:
        """Let all that was looked at come again."""
        self._ahead = 0


def _cells(row: str, delimiter: str) -> list[str] | None:
    """Return the cells of a row, None where it ends within one."""
    for is_strict in (True, False):
        try:
            return next(csv.reader([row], delimiter=delimiter, strict=is_strict), [])
        except csv.Error as error:
            if str(error) == _ENDS_WITHIN:
                return None
    return None

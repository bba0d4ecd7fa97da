"""Bytes of any encoding become text, a piece at a time: no file is ever held.

What is not UTF-8 is read as Western European, byte by byte where it is mixed. NULs are dropped
and every kind of line end becomes one. What was put right is told.
"""

import codecs
import io
from collections.abc import Iterator

from worker_jobs.imports.tables import Problems

LONGEST = 1_000_000  # characters of one row
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_MANY = 0.3  # share of NULs that only UTF-16 has
_BY_BYTE = "needledrop-western"


def _western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_BY_BYTE, _western)


class Text:
    """The text of a file whose bytes come in pieces; `head` is its beginning."""

    def __init__(self, pieces: Iterator[bytes], problems: Problems) -> None:
        self._pieces, self._problems = pieces, problems
        first = next(pieces, b"")
        first, encoding = _encoding(first)
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._line_ends = io.IncrementalNewlineDecoder(None, translate=True)
        self._is_western = self._has_nul = False
        self.head = self._text(first)
        self._waiting: str | None = self.head

    def read(self) -> str:
        """Return the next piece of text, "" at the end."""
        if self._waiting is not None:
            text, self._waiting = self._waiting, None
            if text:
                return text
        for piece in self._pieces:
            if text := self._text(piece):
                return text
        # Bytes of half a letter may be left: the file was cut there.
        return self._line_ends.decode("", final=True)

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield each line that is not empty, without its end, with its number from 1."""
        number, rest, is_too_long = 0, "", False
        while piece := self.read():
            *lines, rest = (rest + piece).split("\n")
            for line in lines:
                number += 1
                if is_too_long or len(line) > LONGEST:
                    is_too_long = False
                    self._problems.skip(number, f"it has more than {LONGEST:,} characters.")
                elif line and not line.isspace():
                    yield number, line
            if len(rest) > LONGEST:
                rest, is_too_long = "", True
        if is_too_long:
            self._problems.skip(number + 1, f"it has more than {LONGEST:,} characters.")
        elif rest.strip():
            yield number + 1, rest

    def _text(self, piece: bytes) -> str:
        try:
            text = self._decoder.decode(piece)
        except UnicodeDecodeError:
            text = self._not_utf8(piece)
        if "\0" in text:
            text = text.replace("\0", "")
            if not self._has_nul:
                self._has_nul = True
                self._problems.say("it held NUL characters; they were dropped.")
        return self._line_ends.decode(text)

    def _not_utf8(self, piece: bytes) -> str:
        before = self._decoder.getstate()[0]
        self._decoder = codecs.getincrementaldecoder("utf-8")(_BY_BYTE)
        self._problems.say("it is not all UTF-8; the rest was read as Western European.")
        return self._decoder.decode(before + piece)


def _encoding(first: bytes) -> tuple[bytes, str]:
    """Return the bytes without a mark of their encoding, and what that is."""
    if first.startswith(codecs.BOM_UTF8):
        return first[len(codecs.BOM_UTF8) :], "utf-8"
    for mark, encoding in _UTF16.items():
        if first.startswith(mark):
            return first[len(mark) :], encoding
    some = first[:4096]
    if some[1::2].count(0) > _MANY * len(some):
        return first, "utf-16-le"
    return first, "utf-16-be" if some[::2].count(0) > _MANY * len(some) else "utf-8"

"""A way through JSON of any size: what is wanted is taken out, what is not is passed by.

One piece of the file is held, never all.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from worker_jobs.play_imports.texts import LONGEST, Text

_DECODER = json.JSONDecoder()
_DEEPEST = 20
_GAP = re.compile(r"[\s,:]*")


class Broken(Exception):
    """It is no JSON from here on, the file ends in the middle, or whoever reads it has enough."""


class Walk:
    """Stands in front of a value; each verb steps behind it."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._buffer, self._at = "", 0
        self._is_over = False
        self._steps = 0

    def names(self) -> Iterator[str]:
        """Yield the names of an object's values; each is taken before the next, or passed by.

        Where no object stands, it is passed by.
        """
        for _ in self._inside("{", "}"):
            name = self.value()
            if not isinstance(name, str):
                raise Broken
            steps = self._steps
            yield name
            if steps == self._steps:
                self.skip()

    def items(self) -> Iterator[None]:
        """Stand in front of each value of a list in turn, as `names`."""
        for _ in self._inside("[", "]"):
            steps = self._steps
            yield
            if steps == self._steps:
                self.skip()

    def value(self) -> Any:
        """Return the value that stands here, of at most LONGEST characters.

        Raises:
            Broken: it cannot be read.
        """
        self._next()
        self._steps += 1
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise Broken from None
            except ValueError:
                if len(self._buffer) - self._at > LONGEST or not self._more():
                    raise Broken from None
            else:
                # A number at the very end may go on in the next piece.
                if end < len(self._buffer) or not self._more():
                    self._at = end
                    return found

    def skip(self, depth: int = 0) -> None:
        """Step behind the value that stands here."""
        if depth > _DEEPEST:
            raise Broken
        sign = self._next()
        if sign == "{":
            for _ in self._inside("{", "}"):
                self.value()
                self.skip(depth + 1)
        elif sign == "[":
            for _ in self._inside("[", "]"):
                self.skip(depth + 1)
        else:
            self.value()

    def _inside(self, begins: str, ends: str) -> Iterator[None]:
        if self._next() != begins:
            self.skip()
            return
        self._steps += 1
        self._at += 1
        while self._next() != ends:
            yield
        self._steps += 1
        self._at += 1

    def _next(self) -> str:
        """Go on to the next sign that means something, and return it."""
        while True:
            found = _GAP.match(self._buffer, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                raise Broken

    def _more(self) -> bool:
        piece = "" if self._is_over else self._text.read()
        self._is_over = not piece
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)

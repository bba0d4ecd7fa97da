"""The objects of a long list in JSON, one at a time: one piece of the file is held, never all."""

import json
import re
from collections.abc import Iterator
from typing import Any

from worker_jobs.imports.tables import Problems
from worker_jobs.play_imports.texts import LONGEST, Text

_DECODER = json.JSONDecoder()
_NEAR_THE_END = 16  # what a piece cuts in two (a word, an escape) began no earlier
_MOST_BROKEN = 10_000  # one after the other; whatever that is, it is no export
_SPACE = re.compile(r"[\s,\[\]]*")
_SPACE_IN_LIST = re.compile(r"[\s,]*")
_ANY_OBJECT = re.compile(r"\{\s*\"")
_FIRST_KEY = re.compile(r"\{\s*(\"\w{1,100}\")\s*:")
_BEHIND_LIST = ']}"'
_ENDS = ("]", "}")
_CARRIED = 256  # characters
_CUT = "it ends in the middle; what is before that was read."


class _Broken(Exception):
    """An object that cannot be read; the message says why."""


def listed(
    text: Text, problems: Problems, within: re.Pattern[str] | None = None
) -> Iterator[tuple[int, Any]]:
    """Yield the objects of a list, each with its number from 1; broken ones are told.

    `within` matches what stands before the list, where it is part of something; there may be
    several. Without it every list at the top is meant.
    """
    window = _Window(text, within)
    number = broken = 0
    while window.is_at_object():
        number += 1
        try:
            item = window.decoded()
        except _Broken as why:
            broken += 1
            if not window.find_next() and not window.was_closed:
                problems.say(_CUT)
                return
            problems.skip(number, str(why))
            if broken >= _MOST_BROKEN:
                problems.say("the rest was left alone: too much of it cannot be read.")
                return
        else:
            broken = 0
            yield number, item
    if number and not window.was_closed:
        problems.say(_CUT)


class _Window:
    """A piece of the text, and where in it we are."""

    def __init__(self, text: Text, within: re.Pattern[str] | None) -> None:
        self._text, self._within = text, within
        self._buffer, self._at = "", 0
        self._is_over = False
        self._again = _ANY_OBJECT
        self._tail = ""
        self._is_in_list = within is None
        self.was_closed = False

    def is_at_object(self) -> bool:
        """Go on to the next object; False: there is none."""
        while True:
            if not self._is_in_list:
                if not self._find(self._within):
                    return False
                self._is_in_list, self.was_closed = True, False
            self._skip_space()
            if self._at >= len(self._buffer):
                return False
            if self._within is None or self._buffer[self._at] not in _BEHIND_LIST:
                return True
            self._is_in_list, self.was_closed = False, True

    def _skip_space(self) -> None:
        space = _SPACE if self._within is None else _SPACE_IN_LIST
        while True:
            found = space.match(self._buffer, self._at)
            if found and found.end() > self._at:
                self.was_closed = self.was_closed or "]" in found[0]
                self._at = found.end()
            if self._at < len(self._buffer) or not self._more():
                return

    def decoded(self) -> Any:
        """Return the object that begins here, and step behind it.

        Raises:
            _Broken: it cannot be read; we are still in front of it.
        """
        while True:
            try:
                item, self._at = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise _Broken("it is nested too deeply.") from None
            except ValueError as error:
                if self._is_hopeless(error) or not self._more():
                    raise _Broken("it is no JSON.") from None
                if len(self._buffer) - self._at > LONGEST:
                    raise _Broken(f"it has more than {LONGEST:,} characters.") from None
            else:
                self._learn(item)
                return item

    def _is_hopeless(self, error: ValueError) -> bool:
        """Say whether it is broken whatever follows; else it may merely not be all here yet."""
        if not isinstance(error, json.JSONDecodeError):
            return True
        is_open = error.msg.startswith("Unterminated string")
        return not is_open and error.pos < len(self._buffer) - _NEAR_THE_END

    def _learn(self, item: Any) -> None:
        self.was_closed = False
        if self._again is _ANY_OBJECT and isinstance(item, dict) and item:
            self._know_by(json.dumps(next(iter(item)), ensure_ascii=False))

    def _know_by(self, first: str) -> None:
        """Know by its first key, as it is written, where an object begins."""
        self._again = re.compile(rf"\{{\s*{re.escape(first)}\s*:")

    def find_next(self) -> bool:
        """Step to the next object behind the broken one that begins here."""
        if self._again is _ANY_OBJECT and (said := _FIRST_KEY.match(self._buffer, self._at)):
            self._know_by(said[1])
        self._at += 1
        found = self._find(self._again)
        if found is None:
            self.was_closed = self._tail.rstrip().endswith(_ENDS)
            return False
        self._at = found.start()
        return True

    def _find(self, pattern: re.Pattern[str] | None) -> re.Match[str] | None:
        while pattern:
            if found := pattern.search(self._buffer, self._at):
                self._at = found.end()
                return found
            self._tail = self._buffer[-_CARRIED:]
            # The pattern may begin in this piece and end in the next.
            self._at = max(self._at, len(self._buffer) - _CARRIED)
            if not self._more():
                break
        self._at = len(self._buffer)
        return None

    def _more(self) -> bool:
        piece = "" if self._is_over else self._text.read()
        self._is_over = not piece
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)


def in_lines(text: Text, problems: Problems) -> Iterator[tuple[int, Any]]:
    """Yield the object of each line, with the number of the line."""
    for number, line in text.lines():
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError):
            problems.skip(number, "it is no JSON.")

"""Where log lines go, how they look, what they are about, and what never gets into one.

Text for a person at a terminal, lines with a priority for the journal, JSON for anything else.
Each line tells the request or the task that was at hand.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr

from core import at_hand, clock
from core.settings import Settings

# Values that follow such a name in an address, a header, a dict or an exception's text.
_NAMED = re.compile(
    r"(?i)\b((?:[\w-]+[_-])?(?:code|state|token|key|secret|verifier|password|authorization)"
    r"[\"']?\s*[=:]\s*)"
    r"[\"']?(?:(?:bearer|token|basic)\s+)?[^\s&\"',;}]+"
)
_IN_ADDRESS = re.compile(r"(://[^\s:/@]*:)[^\s/@]+@")
_SHORTEST = 6  # a shorter value is part of many a word
_hidden: set[str] = set()
# What would begin a line of its own, or move a terminal's cursor.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_CONTROL |= {0x0A: "\\n", 0x0D: "\\r", 0x09: "\t", 0x2028: "\\u2028", 0x2029: "\\u2029"}
# JSON has no quarrel with these, but some that read lines break them there.
_JSON_CONTROL = {code: f"\\u{code:04x}" for code in (*range(127, 160), 0x2028, 0x2029)}
# As syslog(3) counts them.
_PRIORITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def hide(values: Iterable[str]) -> None:
    """Let none of these values be in a log line from now on, whatever stands before it."""
    _hidden.update(value for value in values if len(value) >= _SHORTEST)


def hide_secrets(settings: Settings) -> None:
    """Let no key or password that was given by a setting be in a log line."""
    given = (value for _, value in settings if isinstance(value, SecretStr))
    hide(value.get_secret_value() for value in given)


def scrubbed(text: str) -> str:
    """Blot out what is secret in a text."""
    # The longest first: one secret may be the beginning of another.
    for value in sorted(_hidden, key=len, reverse=True):
        text = text.replace(value, "…")
    return _IN_ADDRESS.sub(r"\1…@", _NAMED.sub(r"\1…", text))


class _Line(logging.Formatter):
    """One line a record, its traceback indented below it."""

    def format(self, record: logging.LogRecord) -> str:
        record.message = scrubbed(record.getMessage()).translate(_CONTROL)
        record.asctime = self.formatTime(record, self.datefmt)
        first = self.formatMessage(record) + _about(record.message)
        return "\n    ".join((first, *_traceback(self, record)))


class _Journal(_Line):
    """The same with a priority before each line; the journal has the time and who it was."""

    def __init__(self) -> None:
        super().__init__("%(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        number = next((say for level, say in _PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{number}>{line}" for line in super().format(record).split("\n"))


class _Json(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": clock.utc(round(record.created * clock.SECOND)).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            "message": scrubbed(record.getMessage()),
        }
        if number := at_hand.request():
            said["request"] = number
        if (task := at_hand.task()) is not None:
            said["task"] = task
        if lines := _traceback(self, record):
            said["traceback"] = "\n".join(lines)
        return json.dumps(said, ensure_ascii=False).translate(_JSON_CONTROL)


def _about(message: str) -> str:
    """Return what to add to a line, so that it tells what it is about."""
    number, task = at_hand.request(), at_hand.task()
    about = [f"request {number}"] if number and number not in message else []
    if task is not None and not message.startswith(f"task {task} "):
        about.append(f"task {task}")
    return f" [{', '.join(about)}]" if about else ""


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    parts = [formatter.formatException(record.exc_info)] if record.exc_info else []
    if record.stack_info:
        parts.append(record.stack_info)
    # An error's own words may hold anything; a line that they begin is one of the traceback's.
    lines = scrubbed("\n".join(parts)).splitlines()
    return [line.translate(_CONTROL) for line in lines]


def start(level: int = logging.INFO) -> None:
    """Send this process's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_form())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # At DEBUG they write whole addresses, and what proves who asks for a token.
    for name in ("urllib3", "authlib"):
        logging.getLogger(name).setLevel(logging.INFO)
    # A line for each request that has to wait: most of them in the hour in which all is busy.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _form() -> logging.Formatter:
    if _is_journal():
        return _Journal()
    if sys.stderr.isatty():
        return _Line("%(asctime)s %(levelname)s %(name)s: %(message)s")
    return _Json()


def _is_journal() -> bool:
    """Say whether standard error leads to systemd's journal, which tells so in the environment."""
    told = os.environ.get("JOURNAL_STREAM", "")
    if not told:
        return False
    try:
        found = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return told == f"{found.st_dev}:{found.st_ino}"

"""Where log lines go, how they look, and what never gets into one."""

import logging
import re
import sys

# Values that follow such a name in an address, a header, a dict or an exception's text.
_NAMED = re.compile(
    r"(?i)\b((?:[\w-]+[_-])?(?:code|state|token|key|secret|password|authorization)[\"']?\s*[=:]\s*)"
    r"[\"']?(?:(?:bearer|token|basic)\s+)?[^\s&\"',;}]+"
)
_IN_ADDRESS = re.compile(r"(://[^\s:/@]*:)[^\s/@]+@")


class _Line(logging.Formatter):
    """One line a record, tracebacks indented below it; secrets blotted out of both."""

    def format(self, record: logging.LogRecord) -> str:
        return _IN_ADDRESS.sub(r"\1…@", _NAMED.sub(r"\1…", super().format(record)))


def start(level: int = logging.INFO) -> None:
    """Send this process's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # At DEBUG it writes whole addresses, and there are secrets in some.
    logging.getLogger("urllib3").setLevel(logging.INFO)

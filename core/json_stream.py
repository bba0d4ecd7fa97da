"""A list as JSON that is sent while it is made: some hundred rows at a time."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

_BATCH = 500


def as_array(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield rows as a JSON array, in pieces.

    >>> list(as_array([{"id": 1}]))
    ['[{"id": 1}', ']']
    """
    rest = iter(rows)
    before = "["
    while batch := list(islice(rest, _BATCH)):
        yield before + ",\n".join(json.dumps(row) for row in batch)
        before = ",\n"
    yield "[]" if before == "[" else "]"

"""A JSON array in pieces: whatever the number of rows, it is one that can be read."""

import json

import pytest

from core.json_stream import as_array


@pytest.mark.parametrize("count", [0, 1, 500, 501, 1_001])
def test_the_pieces_are_one_array(count: int) -> None:
    rows = [{"id": number, "title": "Ä\n\"'"} for number in range(count)]

    pieces = list(as_array(iter(rows)))

    assert json.loads("".join(pieces)) == rows
    assert len(pieces) <= count // 500 + 2

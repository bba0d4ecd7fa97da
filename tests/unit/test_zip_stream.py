"""A zip that is sent while it is made."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.zip_stream import Member, pieces

AT = datetime(2026, 11, 24, 18, 30, 12, tzinfo=UTC)


def test_it_holds_what_went_in_and_never_all_of_it_at_once() -> None:
    taken = 0

    def lines() -> Iterator[bytes]:
        nonlocal taken
        for number in range(200_000):
            taken += 1
            yield f"{number * 7919 % 100_003}\n".encode()

    made = pieces([Member("a.csv", lines()), Member("b.jpg", [b"xx"], is_packed=True)], AT)
    first = next(made)
    assert taken < 200_000
    whole = first + b"".join(made)

    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.testzip() is None
        assert opened.read("a.csv").count(b"\n") == 200_000
        assert opened.getinfo("b.jpg").compress_type == zipfile.ZIP_STORED
        assert opened.getinfo("a.csv").date_time == (2026, 11, 24, 18, 30, 12)


@pytest.mark.parametrize("at", [AT.replace(year=1970)])
def test_a_clock_without_a_battery_makes_one_as_well(at: datetime) -> None:
    whole = b"".join(pieces([Member("a.csv", [b"a"])], at))

    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        assert opened.read("a.csv") == b"a"

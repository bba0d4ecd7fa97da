"""Streams locked with a passphrase: it alone opens them, and only as they were written."""

import io

import pytest

from core import locked
from core.errors import BadFile
from core.locked import Locking, Unlocking

_CHUNK, _SEALED = 64 * 1024, 64 * 1024 + 16
_HEAD = 36
PASSPHRASE = b"a passphrase of a test"


def lock(content: bytes) -> bytes:
    out = io.BytesIO()
    locking = Locking(out, PASSPHRASE)
    for start in range(0, len(content), 10_000):
        locking.write(content[start : start + 10_000])
    locking.close()
    return out.getvalue()


def unlock(whole: bytes, passphrase: bytes = PASSPHRASE) -> bytes:
    opening, found = Unlocking(io.BytesIO(whole), passphrase), b""
    while piece := opening.read(7_777):
        found += piece
    return found


@pytest.fixture(scope="module")
def whole() -> bytes:
    """Three chunks, the last one short."""
    return lock(bytes(range(256)) * 600)


@pytest.mark.parametrize("size", [0, 1, _CHUNK - 1, _CHUNK, _CHUNK + 1, 2 * _CHUNK])
def test_what_was_locked_opens_again(size: int) -> None:
    content = (b"rows " * size)[:size]

    assert unlock(lock(content)) == content


def test_nothing_of_it_can_be_read_and_no_two_are_alike() -> None:
    first, second = lock(b"a secret " * 100), lock(b"a secret " * 100)

    assert b"secret" not in first
    assert first[_HEAD:] != second[_HEAD:]
    assert locked.is_locked(io.BytesIO(first))
    assert not locked.is_locked(io.BytesIO(b"needledrop.json"))


def test_another_passphrase_does_not_open_it(whole: bytes) -> None:
    with pytest.raises(BadFile, match="another one"):
        unlock(whole, b"a passphrase of a tesT")


def _without_its_end(whole: bytes) -> bytes:
    return whole[: _HEAD + 2 * _SEALED]


def _cut_within(whole: bytes) -> bytes:
    return whole[:-1]


def _in_another_order(whole: bytes) -> bytes:
    one, two = whole[_HEAD : _HEAD + _SEALED], whole[_HEAD + _SEALED : _HEAD + 2 * _SEALED]
    return whole[:_HEAD] + two + one + whole[_HEAD + 2 * _SEALED :]


def _one_left_out(whole: bytes) -> bytes:
    return whole[: _HEAD + _SEALED] + whole[_HEAD + 2 * _SEALED :]


def _one_bit_changed(whole: bytes) -> bytes:
    return whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:]


def _something_behind_it(whole: bytes) -> bytes:
    return whole + b"x"


def _the_head_alone(whole: bytes) -> bytes:
    return whole[:_HEAD]


def _half_a_head(whole: bytes) -> bytes:
    return whole[:20]


def _another_salt(whole: bytes) -> bytes:
    return whole[:20] + bytes(16) + whole[36:]


@pytest.mark.parametrize(
    "spoil",
    [
        _without_its_end, _cut_within, _in_another_order, _one_left_out, _one_bit_changed,
        _something_behind_it, _the_head_alone, _half_a_head, _another_salt,
    ],
)  # fmt: skip
def test_what_is_not_as_it_was_written_does_not_open(whole: bytes, spoil: object) -> None:
    assert callable(spoil)
    with pytest.raises(BadFile):
        unlock(spoil(whole))


@pytest.mark.parametrize("place", [8, 12, 16])
def test_a_file_cannot_ask_for_all_memory_or_all_time(whole: bytes, place: int) -> None:
    greedy = whole[:place] + b"\xff\xff\xff\xff" + whole[place + 4 :]

    with pytest.raises(BadFile, match="nothing was ever locked"):
        unlock(greedy)

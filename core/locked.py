"""Streams locked with a passphrase: encrypted in chunks, each of which knows its place.

    magic       8 bytes, "NDLOCK01"
    cost        3 x 4 bytes, big-endian: argon2id's passes, memory in KiB, lanes
    salt        16 random bytes
    chunks      64 KiB each, the last one shorter (it may be empty), each followed by its tag of
                16 bytes: AES-256-GCM with the key that argon2id makes of the passphrase, the
                chunk's number (11 bytes, big-endian) and 1 for the last one, 0 for others, as
                nonce, and all that stands before the chunks as further data

A chunk that is changed, missing, moved or put in does not open, nor does a stream that is cut
off: its last chunk does not say that it is. A key is used for one stream alone.
"""

import os
import struct
from typing import TYPE_CHECKING, BinaryIO

from core.backup_file import Out
from core.errors import BadFile

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"NDLOCK01"
_COST = (3, 64 * 1024, 1)
_MOST = (16, 1024 * 1024, 4)  # what a file may ask of the machine that opens it
_HEAD = struct.Struct(">8s3I16s")
_CHUNK = 64 * 1024
_TAG = 16
_WRONG = "It does not open with this passphrase: it is another one, or the file is damaged."


def is_locked(file: BinaryIO) -> bool:
    """Look at the first bytes of a file, and leave it at its beginning."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


class Locking:
    """What is written comes out encrypted; without `close` nothing of the end opens."""

    def __init__(self, out: Out, passphrase: bytes) -> None:
        head = _HEAD.pack(MAGIC, *_COST, os.urandom(16))
        self._out, self._head = out, head
        self._key = _key(passphrase, head)
        self._held = bytearray()
        self._number = 0
        out.write(head)

    def write(self, data: bytes, /) -> int:
        self._held += data
        # One chunk stays: it may be the last.
        while len(self._held) > _CHUNK:
            self._put(bytes(self._held[:_CHUNK]), is_last=False)
            del self._held[:_CHUNK]
        return len(data)

    def close(self) -> None:
        self._put(bytes(self._held), is_last=True)
        self._held.clear()

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._out.write(self._key.encrypt(nonce, chunk, self._head))
        self._number += 1


class Unlocking:
    """Reads what was locked.

    Raises:
        BadFile: it was locked with another passphrase, or has been changed or cut off since.
    """

    def __init__(self, source: BinaryIO, passphrase: bytes) -> None:
        head = source.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise BadFile("This file is cut off.")
        self._source, self._head = source, head
        self._key = _key(passphrase, head)
        self._open = bytearray()
        self._number = 0
        self._next = source.read(_CHUNK + _TAG)
        self._is_over = False

    def read(self, size: int, /) -> bytes:
        while len(self._open) < size and not self._is_over:
            self._open += self._opened()
        given = bytes(self._open[:size])
        del self._open[:size]
        return given

    def _opened(self) -> bytes:
        from cryptography.exceptions import InvalidTag

        sealed, self._next = self._next, self._source.read(_CHUNK + _TAG)
        self._is_over = not self._next
        nonce = _nonce(self._number, is_last=self._is_over)
        try:
            chunk = self._key.decrypt(nonce, sealed, self._head)
        except (InvalidTag, ValueError):
            said = _WRONG if self._number == 0 else "This file is damaged or cut off."
            raise BadFile(said) from None
        self._number += 1
        return chunk


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _key(passphrase: bytes, head: bytes) -> "AESGCM":
    from argon2.low_level import Type, hash_secret_raw
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    magic, passes, memory, lanes, salt = _HEAD.unpack(head)
    cost = (passes, memory, lanes)
    is_sane = all(1 <= asked <= most for asked, most in zip(cost, _MOST, strict=True))
    if magic != MAGIC or not is_sane or memory < 8 * lanes:
        raise BadFile("This file is damaged: nothing was ever locked that way.")
    return AESGCM(
        hash_secret_raw(
            passphrase,
            salt,
            time_cost=passes,
            memory_cost=memory,
            parallelism=lanes,
            hash_len=32,
            type=Type.ID,
        )
    )

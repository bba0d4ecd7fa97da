"""A backup as one file: a plain tar, written and read as a stream, that tells when it is whole.

First a note of what it is, then the database in pieces and the files, at last a list of all
of them with sizes and SHA-256. What is cut off lacks the list. Any tar opens it:
`tar xf FILE; cat database/*.gz | gunzip > needledrop.sqlite3; sha256sum -c SHA256SUMS`.

It is read with suspicion: plain files of the names that it may have, once each, and nothing
more; no link, no folder, no header that says how long another header is.
"""

import hashlib
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple, Protocol

from core.errors import BadFile

FORMAT = 1
PIECE = 4 * 1024 * 1024  # of the database, before it is packed: as much as is in memory at once
FOLDERS = ("pictures", "posters", "covers", "exports", "uploads")
_NOTE, _LIST = "needledrop.json", "SHA256SUMS"
_CHUNK = 1024 * 1024
_BLOCK = tarfile.BLOCKSIZE
_LONGEST_NOTE = 64 * 1024
_LEVEL = 4
# No part begins with a dot: no way up, and nothing hidden.
_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_FILES = rf"(?:{'|'.join(FOLDERS)})(?:/{_PART}){{1,4}}"
_NAME = re.compile(rf"database/\d{{5,8}}(?:\.gz)?|{_FILES}")
_CUT_OFF = "This backup is cut off: it ends before it is whole."
_FOREIGN = "This is no backup of Needledrop's."


class Out(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...


class In(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes: ...


class Member(NamedTuple):
    """One file in a backup; `chunks` gives its content, once."""

    name: str
    size: int
    chunks: Iterator[bytes]


def may_be_called(name: str) -> bool:
    """Say whether a file of that name, below the folder of data, may be in a backup."""
    return len(name) <= 100 and _NAME.fullmatch(name) is not None  # noqa: PLR2004 - tar's


class Writer:
    """Writes a backup piece by piece; it is one only after `close`."""

    def __init__(self, out: Out, facts: Mapping[str, Any], *, at_seconds: int) -> None:
        self._out, self._at = out, at_seconds
        self._sums = bytearray()
        note = json.dumps({"format": FORMAT, **facts}, indent=2).encode() + b"\n"
        self._add(_NOTE, len(note), [note])

    def add(self, name: str, size: int, chunks: Iterable[bytes]) -> None:
        """Put a file in. One that has become shorter meanwhile is filled up with zeros."""
        if not may_be_called(name):
            raise ValueError(name)
        self._add(name, size, chunks)

    def add_packed(self, number: int, piece: bytes) -> None:
        """Put in a piece of the database: one a call, in order, at most PIECE long."""
        packer = zlib.compressobj(_LEVEL, wbits=31)
        packed = packer.compress(piece) + packer.flush()
        self.add(f"database/{number:05}.gz", len(packed), [packed])

    def close(self) -> None:
        """Write the list, and the end of a tar."""
        self._head(_LIST, len(self._sums))
        self._body(self._sums)
        self._out.write(bytes(2 * _BLOCK))

    def _add(self, name: str, size: int, chunks: Iterable[bytes]) -> None:
        self._head(name, size)
        summed = hashlib.sha256()
        for chunk in _padded(chunks, size):
            self._out.write(chunk)
            summed.update(chunk)
        self._out.write(bytes(-size % _BLOCK))
        self._sums += _line(summed.hexdigest(), name)

    def _head(self, name: str, size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, self._at
        # GNU's way to write a size of more than 8 GB; all else is as old as tar.
        self._out.write(info.tobuf(tarfile.GNU_FORMAT, "ascii", "strict"))

    def _body(self, data: bytes | bytearray) -> None:
        self._out.write(bytes(data))
        self._out.write(bytes(-len(data) % _BLOCK))


def _padded(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    left = size
    for chunk in chunks:
        if left <= 0:
            return
        yield chunk[:left]
        left -= len(chunk)
    while left > 0:
        yield bytes(min(left, _CHUNK))
        left -= _CHUNK


def _line(summed: str, name: str) -> bytes:
    return f"{summed}  {name}\n".encode()


class Reader:
    """Reads a backup once, from front to end. `facts` is the note it begins with.

    Raises:
        BadFile: it is none, or of a form that this program does not know.
    """

    def __init__(self, source: In) -> None:
        self._source = source
        self._sums = hashlib.sha256()
        name, size = self._next_head(_FOREIGN)
        if name != _NOTE or size > _LONGEST_NOTE:
            raise BadFile(_FOREIGN)
        self.facts = _note(b"".join(self._content(name, size)))

    def members(self) -> Iterator[Member]:
        """Give each file in turn; the end is reached only by a backup that is whole.

        Raises:
            BadFile: it is cut off, damaged, or holds what no backup holds.
        """
        while True:
            name, size = self._next_head(_CUT_OFF)
            if name == _LIST:
                self._compare(size)
                return
            if not may_be_called(name):
                raise _odd(name)
            chunks = self._content(name, size)
            yield Member(name, size, chunks)
            for _ in chunks:
                pass  # whatever nobody wanted to read

    def _next_head(self, at_end: str) -> tuple[str, int]:
        block = self._source.read(_BLOCK)
        if len(block) < _BLOCK or not any(block):
            raise BadFile(at_end)
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, ValueError):
            raise BadFile(_FOREIGN if at_end == _FOREIGN else "This backup is damaged.") from None
        if info.type != tarfile.REGTYPE or info.size < 0 or info.linkname:
            raise _odd(info.name)
        return info.name, info.size

    def _content(self, name: str, size: int) -> Iterator[bytes]:
        summed = hashlib.sha256()
        for chunk in self._bytes(size):
            summed.update(chunk)
            yield chunk
        self._sums.update(_line(summed.hexdigest(), name))

    def _bytes(self, size: int) -> Iterator[bytes]:
        left = size
        while left:
            chunk = self._source.read(min(left, _CHUNK))
            if not chunk:
                raise BadFile(_CUT_OFF)
            left -= len(chunk)
            yield chunk
        padding = -size % _BLOCK
        if len(self._source.read(padding) if padding else b"") < padding:
            raise BadFile(_CUT_OFF)

    def _compare(self, size: int) -> None:
        told = hashlib.sha256()
        for chunk in self._bytes(size):
            told.update(chunk)
        if told.digest() != self._sums.digest():
            raise BadFile("This backup is damaged: its content is not what was put into it.")
        # To the very end: of an encrypted one that is where it says that nothing is missing.
        if len(self._source.read(2 * _BLOCK)) < 2 * _BLOCK:
            raise BadFile(_CUT_OFF)
        if self._source.read(1):
            raise BadFile("This backup is damaged: something follows its end.")


def _odd(name: str) -> BadFile:
    return BadFile(f"This backup holds what none of ours holds: {name[:100]!r}.")


def _note(said: bytes) -> dict[str, Any]:
    try:
        facts = json.loads(said)
    except (ValueError, RecursionError):
        raise BadFile(_FOREIGN) from None
    if not isinstance(facts, dict) or not isinstance(facts.get("format"), int):
        raise BadFile(_FOREIGN)
    if facts["format"] > FORMAT:
        raise BadFile("This backup was made by a newer version: update the program first.")
    return facts


def unpacked(chunks: Iterable[bytes]) -> bytes:
    """Return a piece of the database as it was before it was packed.

    Raises:
        BadFile: it is no such piece, or a larger one than any.
    """
    packed = bytearray()
    for chunk in chunks:
        packed += chunk
        if len(packed) > 2 * PIECE:
            raise BadFile("This backup is damaged: a piece of the database is too long.")
    opener = zlib.decompressobj(wbits=31)
    try:
        piece = opener.decompress(packed, PIECE + 1)
    except zlib.error:
        raise BadFile("This backup is damaged: the database in it cannot be unpacked.") from None
    if len(piece) > PIECE or not opener.eof or opener.unused_data:
        raise BadFile("This backup is damaged: a piece of the database is not whole.")
    return piece


def pieces(file: BinaryIO, size: int = _CHUNK) -> Iterator[bytes]:
    """Give the content of an open file."""
    while chunk := file.read(size):
        yield chunk

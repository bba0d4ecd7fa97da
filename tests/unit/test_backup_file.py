"""A backup as a file: what was put in comes out, and what is not whole is never taken for it."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core import backup_file
from core.backup_file import FOLDERS, PIECE, Reader, Writer
from core.errors import BadFile
from core.settings import Settings

FACTS = {"schema": "0006"}
FILES = {"pictures/m.jpg": b"a picture", "covers/ab.jpg": b"", "exports/7/x.zip": bytes(2_000)}


def written(files: dict[str, bytes], database: bytes = b"") -> bytes:
    out = io.BytesIO()
    writer = Writer(out, FACTS, at_seconds=0)
    for number, start in enumerate(range(0, len(database), PIECE)):
        writer.add_packed(number, database[start : start + PIECE])
    for name, content in files.items():
        writer.add(name, len(content), [content])
    writer.close()
    return out.getvalue()


def read(whole: bytes) -> dict[str, bytes]:
    return {name: b"".join(chunks) for name, _, chunks in Reader(io.BytesIO(whole)).members()}


_names = some.from_regex(
    r"(pictures|covers|uploads)/[A-Za-z0-9_-][A-Za-z0-9._-]{0,80}", fullmatch=True
)


@given(some.dictionaries(_names, some.binary(max_size=2_000), max_size=6))
def test_what_was_put_in_comes_out(files: dict[str, bytes]) -> None:
    assert read(written(files)) == files


def test_any_tar_opens_it_and_the_list_tells_the_sums() -> None:
    database = bytes(range(256)) * 40_000
    whole = written(FILES, database)

    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        content = {one.name: getattr(tar.extractfile(one), "read", bytes)() for one in tar}

    pieces = sorted(name for name in content if name.startswith("database/"))
    assert len(pieces) == 3
    assert gzip.decompress(b"".join(content[name] for name in pieces)) == database
    assert {name: content[name] for name in FILES} == FILES
    listed = dict(reversed(line.split()) for line in content["SHA256SUMS"].splitlines())  # type: ignore[misc]
    assert set(listed) == {name.encode() for name in content if name != "SHA256SUMS"}


def test_one_that_is_cut_off_anywhere_is_refused() -> None:
    whole = written(FILES, b"rows" * 1_000)

    for length in [*range(0, len(whole), 97), len(whole) - 1, len(whole) - 512]:
        with pytest.raises(BadFile):
            read(whole[:length])


def test_one_with_a_changed_byte_anywhere_is_refused_or_the_same() -> None:
    """Some bytes of a tar say nothing, such as those that fill a block up."""
    whole, meant = written(FILES, b"rows" * 1_000), read(written(FILES, b"rows" * 1_000))

    for place in range(0, len(whole), 53):
        changed = bytearray(whole)
        changed[place] ^= 0x11
        try:
            found = read(bytes(changed))
        except BadFile:
            continue
        assert found == meant, place


@pytest.mark.parametrize(
    "name",
    [
        "../secret_key", "pictures/../../secret_key", "/etc/passwd", "secret_key", "token.key",
        "house", "pictures", "pictures/", "pictures//m.jpg", "pictures/.hidden", "run/open.lock",
        "cache/posters/a", "backups/needledrop.tar", "backup.passphrase", "needledrop.sqlite3",
        "pictures/a\nb", "pictures/ä.jpg", "pictures/" + "x" * 100, "pictures/a/b/c/d/e/f",
        "database/../x", "database/1", "",
    ],
)  # fmt: skip
def test_a_name_that_none_of_ours_has_is_neither_written_nor_read(name: str) -> None:
    writer = Writer(io.BytesIO(), FACTS, at_seconds=0)
    with pytest.raises(ValueError, match=r"."):
        writer.add(name or "\0", 1, [b"x"])

    with pytest.raises(BadFile):
        read(forged(lambda tar: put(tar, tarfile.TarInfo(name))))


def forged(fill: Callable[[tarfile.TarFile], None], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """Return a tar that begins as a backup does."""
    start = io.BytesIO()
    Writer(start, FACTS, at_seconds=0)
    rest = io.BytesIO()
    with tarfile.open(fileobj=rest, mode="w", format=form) as tar:
        fill(tar)
    return start.getvalue() + rest.getvalue()


def put(tar: tarfile.TarFile, info: tarfile.TarInfo) -> None:
    tar.addfile(info, io.BytesIO(bytes(info.size)))


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, b"\0"],
)
def test_whatever_is_no_plain_file_is_refused(kind: bytes) -> None:
    info = tarfile.TarInfo("pictures/m.jpg")
    info.type, info.linkname = kind, "../secret_key"

    with pytest.raises(BadFile, match="none of ours holds"):
        read(forged(lambda tar: put(tar, info)))


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_a_header_about_another_header_is_refused(form: int) -> None:
    """It may say that it is gigabytes long, and would be read as a whole."""
    info = tarfile.TarInfo("pictures/" + "x" * 200)

    with pytest.raises(BadFile, match="none of ours holds"):
        read(forged(lambda tar: put(tar, info), form))


@pytest.mark.parametrize("size", [-1, -(2**62), 2**62])
def test_a_size_that_cannot_be_is_refused(size: int) -> None:
    info = tarfile.TarInfo("pictures/m.jpg")
    info.size = size
    start = io.BytesIO()
    Writer(start, FACTS, at_seconds=0)

    with pytest.raises(BadFile):
        read(start.getvalue() + info.tobuf(tarfile.GNU_FORMAT) + bytes(2_048))


@pytest.mark.parametrize(
    "whole",
    [b"", b"\0" * 1_024, b"PK\x03\x04" + bytes(4_000), b"<html>" * 400, b"{" * 600],
)
def test_something_else_altogether_is_refused(whole: bytes) -> None:
    with pytest.raises(BadFile, match="no backup of Needledrop"):
        read(whole)


def test_something_after_the_end_is_refused() -> None:
    with pytest.raises(BadFile, match="follows its end"):
        read(written(FILES) + b"x")


def test_one_of_a_newer_form_says_so() -> None:
    out = io.BytesIO()
    Writer(out, {"format": backup_file.FORMAT + 1}, at_seconds=0).close()

    with pytest.raises(BadFile, match="newer version"):
        read(out.getvalue())


def test_a_file_that_became_shorter_or_longer_meanwhile_does_no_harm() -> None:
    out = io.BytesIO()
    writer = Writer(out, FACTS, at_seconds=0)
    writer.add("uploads/a", 6, [b"abc"])
    writer.add("uploads/b", 2, [b"abc", b"d"])
    writer.close()

    assert read(out.getvalue()) == {"uploads/a": b"abc\0\0\0", "uploads/b": b"ab"}


def test_a_piece_that_unpacks_to_more_than_any_is_refused() -> None:
    bomb = gzip.compress(bytes(PIECE + 1))

    assert len(bomb) < 10_000
    with pytest.raises(BadFile):
        backup_file.unpacked([bomb])


_PACKED = gzip.compress(b"rows", mtime=0)


@pytest.mark.parametrize(
    "packed",
    [b"", b"rows", zlib.compress(b"rows"), _PACKED[:-1], _PACKED + b"x"],
    ids=["empty", "bare", "of another kind", "cut off", "with more behind it"],
)
def test_a_piece_that_is_not_whole_is_refused(packed: bytes) -> None:
    with pytest.raises(BadFile):
        backup_file.unpacked([packed])


def test_its_folders_are_those_of_the_settings() -> None:
    own = Settings()
    meant = (own.pictures, own.own_posters, own.covers, own.exports, own.uploads)

    assert tuple(str(path.relative_to(own.data)) for path in meant) == FOLDERS

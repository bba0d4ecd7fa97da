"""The files of a monthly dump of Discogs: their names, what is in them, what having them costs."""

import gzip
import io
import re
import stat
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from core.crate_rows import ALL, VIDEOS
from core.errors import BadFile

RELEASES, MASTERS, ARTISTS, LABELS = "releases", "masters", "artists", "labels"
KINDS = (RELEASES, MASTERS, ARTISTS, LABELS)
GZIP = b"\x1f\x8b"
# How large the files were in October 2026, in bytes: said where nobody has looked yet.
USUAL = {
    RELEASES: 11_300_000_000,
    MASTERS: 590_000_000,
    ARTISTS: 460_000_000,
    LABELS: 83_000_000,
}
_START = 4096  # bytes: what a file is stands in its first tag
_LOOKED_AT = 1 << 16  # bytes, packed: a file may give itself a name that has no end
_NAME = re.compile(r"discogs_(\d{8})_(releases|masters|artists|labels)\.xml\.gz", re.ASCII)
_CHECKSUMS = re.compile(r"discogs_(\d{8})_CHECKSUM\.txt", re.ASCII)
_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)", re.ASCII | re.IGNORECASE)
_ROOT = re.compile(rb"\s*(?:<\?xml[^>]*\?>\s*)?<(releases|masters|artists|labels)\b")
_MARK = b"\xef\xbb\xbf"  # what some editors put before everything
# What a crate takes of the size of its dump, and how much more while its indexes are made.
_SHARE = {VIDEOS: 0.17, ALL: 0.54}
_MEANWHILE = 1.5
# Bytes of a dump in a minute, on a small machine and on a fast one.
_READ = {VIDEOS: (400_000_000, 2_000_000_000), ALL: (140_000_000, 700_000_000)}
_LINE_SPEEDS = (1_900_000, 12_000_000)  # bytes a second: 16 and 100 Mbit/s
_MINUTE = 60


class Named(NamedTuple):
    """`version`: YYYYMMDD, as the name of the file has it. `kind`: one of KINDS."""

    version: str
    kind: str


def named(file_name: str) -> Named | None:
    """Return what the name of a file says of it; None for any other name.

    >>> named("discogs_20261001_releases.xml.gz")
    Named(version='20261001', kind='releases')
    """
    found = _NAME.fullmatch(file_name)
    return Named(found[1], found[2]) if found else None


def name_of(version: str, kind: str) -> str:
    return f"discogs_{version}_{kind}.xml.gz"


def version_of_checksums(file_name: str) -> str | None:
    """Return whose checksums a file of that name lists; None for any other name."""
    found = _CHECKSUMS.fullmatch(file_name)
    return found[1] if found else None


def checksums(text: str) -> dict[str, str]:
    """Return the SHA-256 by the names of files, as sha256sum writes them; else nothing."""
    lines = (_LINE.fullmatch(line.strip("\ufeff \t")) for line in text.splitlines())
    return {found[2]: found[1].lower() for found in lines if found}


def kind_inside(file: Path) -> str:
    """Return which kind of dump a file holds, whatever it is called.

    Raises:
        BadFile: it cannot be read, or it is no dump of Discogs.
    """
    if not _is_text(str(file)):
        raise BadFile(f"{shown(file.name)} has a name that is no text (UTF-8): give it another.")
    try:
        start = _start_of(file)
    except gzip.BadGzipFile:
        raise BadFile(f"{file.name} is not packed: bring it as Discogs has it, .xml.gz.") from None
    except (EOFError, zlib.error):
        raise BadFile(f"{file.name} is damaged: its beginning cannot be read.") from None
    except OSError as error:
        raise BadFile(f"{file.name} cannot be read ({error.strerror}).") from None
    found = _ROOT.match(start.removeprefix(_MARK))
    if found is None:
        raise BadFile(f"{file.name} is no dump of Discogs: it begins with something else.")
    return found[1].decode()


def _start_of(file: Path) -> bytes:
    # Of what is no file the start can be had once, or never.
    if not stat.S_ISREG(file.stat().st_mode):
        raise BadFile(f"{file.name} is no file that can be read twice: save it on a disk.")
    with file.open("rb") as opened:
        start = io.BytesIO(opened.read(_LOOKED_AT))
    with gzip.GzipFile(fileobj=start) as packed:
        return packed.read1(_START)


def shown(name: str) -> str:
    """Return the name of a file as text, whatever its bytes are."""
    return name.encode(errors="replace").decode()


def _is_text(name: str) -> bool:
    return shown(name) == name


def is_version(said: str) -> bool:
    """Say whether that may be the day of a dump.

    >>> is_version("20261001"), is_version("2026-10-01"), is_version("20261301")
    (True, False, False)
    """
    return re.fullmatch(r"2\d{3}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", said, re.ASCII) is not None


class Chosen(NamedTuple):
    """Files of one dump that are to become the crate, by their kind."""

    version: str
    files: dict[str, Path]

    @property
    def size(self) -> int:
        """Return the bytes of them all.

        Raises:
            BadFile: one is not there any more.
        """
        try:
            return sum(path.stat().st_size for path in self.files.values())
        except OSError as error:
            names = ", ".join(path.name for path in self.files.values())
            raise BadFile(f"{names} cannot be read ({error.strerror}).") from None


def chosen(files: Sequence[Path], version: str = "") -> Chosen:
    """Return what files are that a person brings; what is in them counts, not what they are called.

    `version` is what the person says; without it their names have to.

    Raises:
        BadFile: one is no dump, or together they make no crate.
    """
    by_kind: dict[str, Path] = {}
    for file in files:
        kind = kind_inside(file)
        if kind in by_kind:
            raise BadFile(f"Both {by_kind[kind].name} and {file.name} hold {kind}: give one.")
        by_kind[kind] = file
    if RELEASES not in by_kind:
        raise BadFile("A crate is made of releases: give the file that holds them, too.")
    return Chosen(version or _version_of(files), by_kind)


def _version_of(files: Sequence[Path]) -> str:
    versions = {told.version for file in files if (told := named(file.name))}
    if not versions:
        raise BadFile("The name does not say which dump this is: give its version, like 20261001.")
    if len(versions) > 1:
        raise BadFile(f"These files are of different dumps: {', '.join(sorted(versions))}.")
    return versions.pop()


def room_for_crate(size: int, scope: str) -> int:
    """Return how many bytes a crate out of `size` bytes of dumps wants, while it is made."""
    return int(size * _SHARE[scope] * _MEANWHILE)


class Minutes(NamedTuple):
    """How long something takes about: at best, and on the smallest machine or line."""

    least: int
    most: int


def minutes_to_fetch(size: int) -> Minutes:
    slow, fast = (speed * _MINUTE for speed in _LINE_SPEEDS)
    return Minutes(_minutes(size, fast), _minutes(size, slow))


def minutes_to_import(size: int, scope: str) -> Minutes:
    slow, fast = _READ[scope]
    return Minutes(_minutes(size, fast), _minutes(size, slow))


def _minutes(size: int, in_a_minute: int) -> int:
    return max(1, round(size / in_a_minute))

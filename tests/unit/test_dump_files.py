"""What a file of a dump is stands in it; its name says of which dump."""

import gzip
import os
from pathlib import Path

import pytest

from core import dump_files
from core.crate_rows import ALL, VIDEOS
from core.dump_files import ARTISTS, KINDS, MASTERS, RELEASES
from core.errors import BadFile

NAME = "discogs_20261001_releases.xml.gz"


def packed(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()))
    return path


@pytest.mark.parametrize(
    "start",
    [
        "<releases>\n<release",
        '<?xml version="1.0" encoding="UTF-8"?>\n<releases>',
        "\ufeff<releases>",
        "\n  <releases><release>",
    ],
)
def test_a_kind_is_known_by_the_first_tag(tmp_path: Path, start: str) -> None:
    assert dump_files.kind_inside(packed(tmp_path, "anything", start)) == RELEASES


@pytest.mark.parametrize("kind", KINDS)
def test_real_dumps_are_known(samples: Path, kind: str) -> None:
    found = sorted((samples / "discogs").glob(f"*_{kind}.xml.gz"))

    assert [dump_files.kind_inside(path) for path in found] == [kind] * len(found)
    assert found


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<releases>", "is not packed"),
        (b"<html>Attention Required!</html>", "is not packed"),
        (b"", "is no dump"),
        (gzip.compress(b"<releases>", mtime=0)[:5], "is damaged"),
        (gzip.compress(b"<releases>", mtime=0)[:10] + b"\xff" * 99, "is damaged"),
        (gzip.compress(b"<html><releases>", mtime=0), "is no dump"),
        (gzip.compress(b"<releasesx>", mtime=0), "is no dump"),
    ],
)
def test_what_is_no_dump_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)

    with pytest.raises(BadFile, match=why):
        dump_files.kind_inside(path)


def test_a_name_without_an_end_inside_a_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / NAME
    with path.open("wb") as file:
        file.write(b"\x1f\x8b\x08\x08" + bytes(5) + b"\x03" + b"a" * 100_000)
        file.write(b"\0" + gzip.compress(b"<releases>", mtime=0)[10:])

    with pytest.raises(BadFile, match="is damaged"):
        dump_files.kind_inside(path)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gz")
    (tmp_path / "folder.gz").mkdir()

    for name in ("pipe.gz", "folder.gz"):
        with pytest.raises(BadFile, match=f"{name} is no file"):
            dump_files.kind_inside(tmp_path / name)
    with pytest.raises(BadFile, match=r"gone\.gz cannot be read \(No such file"):
        dump_files.kind_inside(tmp_path / "gone.gz")


def test_a_name_that_is_no_text_is_told_in_letters_that_are(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.gz")
    path.write_bytes(gzip.compress(b"<releases>"))

    with pytest.raises(BadFile) as caught:
        dump_files.kind_inside(path)

    assert str(caught.value).encode().startswith(b"caf?.gz has a name that is no text")


def test_a_file_that_goes_while_it_is_chosen_is_told(tmp_path: Path) -> None:
    found = dump_files.chosen([packed(tmp_path, NAME, "<releases>")])
    (tmp_path / NAME).unlink()

    with pytest.raises(BadFile, match="cannot be read"):
        assert found.size


def test_names_and_checksums_of_files() -> None:
    said = f"\ufeff{'A1' * 32} *{NAME}\r\n{'b2' * 32}  discogs_20261001_labels.xml.gz\nno line\n"

    assert dump_files.checksums(said) == {
        NAME: "a1" * 32,
        "discogs_20261001_labels.xml.gz": "b2" * 32,
    }
    assert dump_files.checksums("<html>Not found</html>") == {}
    assert dump_files.version_of_checksums("discogs_20261001_CHECKSUM.txt") == "20261001"
    assert dump_files.named("discogs_20261001_releases.xml") is None
    assert dump_files.named(dump_files.name_of("20261001", MASTERS)) == ("20261001", MASTERS)


def test_files_of_one_dump_are_chosen_by_what_is_in_them(tmp_path: Path) -> None:
    releases = packed(tmp_path, "discogs_20261001_artists.xml.gz", "<releases>")
    artists = packed(tmp_path, "mine.gz", "<artists>")

    found = dump_files.chosen([artists, releases])

    assert found.version == "20261001"
    assert found.files == {ARTISTS: artists, RELEASES: releases}
    assert found.size == artists.stat().st_size + releases.stat().st_size


def test_files_that_make_no_crate_say_why(tmp_path: Path) -> None:
    one = packed(tmp_path, NAME, "<releases>")
    other = packed(tmp_path, "again.gz", "<releases>")
    old = packed(tmp_path, "discogs_20260901_masters.xml.gz", "<masters>")

    with pytest.raises(BadFile, match=r"Both .* and again\.gz hold releases"):
        dump_files.chosen([one, other])
    with pytest.raises(BadFile, match="made of releases"):
        dump_files.chosen([old])
    with pytest.raises(BadFile, match="of different dumps: 20260901, 20261001"):
        dump_files.chosen([one, old])
    with pytest.raises(BadFile, match="give its version"):
        dump_files.chosen([other])
    assert dump_files.chosen([one, old], "20260901").version == "20260901"


def test_what_it_takes_grows_with_the_dump_and_with_the_scope() -> None:
    size = 11_300_000_000

    assert 2e9 < dump_files.room_for_crate(size, VIDEOS) < 4e9
    assert 6e9 < dump_files.room_for_crate(size, ALL) < 12e9
    assert dump_files.minutes_to_fetch(size).least <= 16 <= dump_files.minutes_to_fetch(size).most
    videos, everything = (dump_files.minutes_to_import(size, scope) for scope in (VIDEOS, ALL))
    assert videos.least < everything.least and videos.most < everything.most
    assert dump_files.minutes_to_fetch(1).least == 1

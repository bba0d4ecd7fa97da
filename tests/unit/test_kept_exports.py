"""Exports that were made before something went: named by their moment, kept for a while."""

from pathlib import Path

import pytest

from core import clock, kept_exports
from core.kept_exports import KEPT_DAYS, MOST
from core.store import FOLDER

NOW = 1_795_545_012_000  # 2026-11-24 18:30:12


def make(exports: Path, person_id: int, at: int) -> Path:
    path = kept_exports.new_path(FOLDER, exports, person_id, at)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"zip")
    return path


def test_the_newest_come_first_and_two_of_a_second_are_two(tmp_path: Path) -> None:
    for at in (NOW - clock.DAY, NOW, NOW):
        make(tmp_path, 7, at)
    (tmp_path / "7" / "notes.txt").write_text("mine")

    names = [kept.name for kept in kept_exports.listed(FOLDER, tmp_path, 7)]

    newest = kept_exports.stamp(NOW)
    assert names == [
        f"{newest}.zip", f"{newest}.1.zip", f"{kept_exports.stamp(NOW - clock.DAY)}.zip"
    ]  # fmt: skip
    assert kept_exports.listed(FOLDER, tmp_path, 7)[0].at == NOW
    assert kept_exports.listed(FOLDER, tmp_path, 8) == []


@pytest.mark.parametrize("name", ["../7/x.zip", "x.zip", "", "2026-11-24-18-30-12.zip.part", "."])
def test_nothing_else_is_found_by_a_name(tmp_path: Path, name: str) -> None:
    path = make(tmp_path, 7, NOW)

    assert kept_exports.find(FOLDER, tmp_path, 7, path.name) == path
    assert kept_exports.find(FOLDER, tmp_path, 8, path.name) is None
    assert kept_exports.find(FOLDER, tmp_path, 7, name) is None


def test_old_ones_go_and_so_do_those_behind_the_tenth(tmp_path: Path) -> None:
    old = make(tmp_path, 7, NOW - (KEPT_DAYS + 1) * clock.DAY)
    of_nobody = make(tmp_path, 9, NOW)
    many = [make(tmp_path, 8, NOW - nth * clock.HOUR) for nth in range(MOST + 2)]

    assert set(kept_exports.over(FOLDER, tmp_path, {7, 8}, NOW)) == {old, of_nobody, *many[MOST:]}

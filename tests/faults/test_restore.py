"""A backup is a house that can be had again; whatever happens on the way, one house is there."""

import io
import json
import os
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest

from core import room
from core.backup_file import Writer
from core.errors import BadFile, Conflict, NoRoom
from core.settings import Settings
from database import backing_up, presence, restoring, schema, swapping
from database.backups import Backup
from tests.faults import backed_up
from tests.faults.backed_up import BROUGHT, LEFT_BEHIND, apart, content, killed_at, of

pytestmark = pytest.mark.slow

PASSPHRASE = b"a passphrase of a test"


@pytest.fixture
def settings(tmp_path: Path, new_sqlite: Path) -> Settings:
    return backed_up.make(tmp_path / "data", new_sqlite)


@pytest.fixture
def backup(settings: Settings) -> Backup:
    """Of alice's house, in which afterwards bob lives."""
    made = backed_up.backed_up(settings)
    backed_up.put(settings, "bob")
    return made


def restore(settings: Settings, backup: Backup, passphrase: bytes | None = None) -> None:
    restoring.restore(settings, backup.path, passphrase)


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_house_that_was_wiped_is_had_again(
    settings: Settings, tmp_path: Path, passphrase: bytes | None
) -> None:
    before = content(settings)
    kept = shutil.copy(backed_up.backed_up(settings, passphrase).path, tmp_path)
    shutil.rmtree(settings.data)

    done = restoring.restore(settings, Path(kept), passphrase)

    after = of(content(settings))
    assert after == {name: said for name, said in before.items() if name not in LEFT_BEHIND}
    assert set(BROUGHT) < set(after)
    assert done.with_files and done.broken_links == 0
    backed_up.started(settings)


def test_what_was_there_is_kept_beside_it(settings: Settings, backup: Backup) -> None:
    before = content(settings)

    done = restoring.restore(settings, backup.path, None)

    aside = settings.model_copy(update={"data": done.aside})
    kept = content(aside)
    assert {name: before[name] for name in (*BROUGHT, "people", "house")} == kept
    assert content(settings)["people"] == [("alice",)]
    assert (settings.data / "token.key").read_bytes() == b"opens accounts elsewherebob"


def test_what_was_only_in_the_log_goes_aside_with_its_database(
    settings: Settings, backup: Backup
) -> None:
    """A house that was killed has its newest rows in SQLite's log, which fits no other file."""

    def be_killed() -> None:
        assert settings.database_file
        connection = sqlite3.connect(settings.database_file, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("UPDATE people SET name = 'carol'")
        os._exit(0)

    assert apart(be_killed) == 0
    assert list(settings.data.glob("*-wal"))

    done = restoring.restore(settings, backup.path, None)

    aside = settings.model_copy(update={"data": done.aside})
    assert content(aside)["people"] == [("carol",)]
    assert content(settings)["people"] == [("alice",)]


def test_while_somebody_has_the_house_open_it_is_refused(
    settings: Settings, backup: Backup
) -> None:
    here = presence.enter(settings)
    before = content(settings)

    with pytest.raises(Conflict, match="Needledrop is running"):
        restore(settings, backup)

    assert content(settings) == before
    here.leave()
    restore(settings, backup)


def _cut_off(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _one_bit_changed(whole: bytes) -> bytes:
    place = whole.index(b"a cover") + 100
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


def _without_its_list(whole: bytes) -> bytes:
    return whole[: whole.index(b"SHA256SUMS")]


def _something_else(_whole: bytes) -> bytes:
    return b"holidays " * 4_000


def _of_a_newer_schema(whole: bytes) -> bytes:
    return whole.replace(b'"schema": "%s"' % schema.HEAD.encode(), b'"schema": "9999"')


def _of_another_engine(whole: bytes) -> bytes:
    return whole.replace(b'"engine": "sqlite"', b'"engine": "sqlit3"')


def _said_to_be_small(whole: bytes) -> bytes:
    begin, _, rest = whole.partition(b'"database_size": ')
    size, _, rest = rest.partition(b",")
    return begin + b'"database_size": ' + b"1".ljust(len(size)) + b"," + rest


def _of_a_house_of_nonsense(whole: bytes) -> bytes:
    at = whole.index(b'"house": "') + len('"house": "')
    return whole[:at] + b"../../../" + whole[at + 9 :]


@pytest.mark.parametrize(
    "spoil",
    [
        _cut_off, _one_bit_changed, _without_its_list, _something_else, _of_a_newer_schema,
        _of_another_engine, _said_to_be_small, _of_a_house_of_nonsense,
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_nothing_is_changed(
    settings: Settings, backup: Backup, spoil: object
) -> None:
    assert callable(spoil)
    whole = backup.path.read_bytes()
    backup.path.write_bytes(spoil(whole))
    assert backup.path.read_bytes() != whole
    before = content(settings)

    with pytest.raises(BadFile):
        restore(settings, backup)

    assert content(settings) == before
    assert not list(settings.data.glob(f"{swapping.UNPACKED}*"))
    assert not list(settings.data.glob(f"{swapping.ASIDE}*"))


def test_the_same_name_twice_is_refused(settings: Settings, backup: Backup) -> None:
    with tarfile.open(backup.path) as tar:
        note = tar.extractfile("needledrop.json")
        piece = tar.extractfile("database/00000.gz")
        assert note and piece
        facts, packed = json.load(note), piece.read()
    out = io.BytesIO()
    writer = Writer(out, facts, at_seconds=0)
    writer.add("database/00000.gz", len(packed), [packed])
    for _ in range(2):
        writer.add("pictures/m.jpg", 1, [b"x"])
    writer.close()
    backup.path.write_bytes(out.getvalue())

    with pytest.raises(BadFile, match="twice"):
        restore(settings, backup)


def test_killed_anywhere_in_a_restore_the_house_is_the_old_or_the_new_one(
    tmp_path: Path, new_sqlite: Path
) -> None:
    """Killed before each change of the disk in turn, and started again."""
    made = backed_up.make(tmp_path / "alice", new_sqlite)
    new = {name: said for name, said in content(made).items() if name not in LEFT_BEHIND}
    backup = backed_up.backed_up(made)
    seen, number = list[str](), 0
    while True:
        settings = backed_up.make(tmp_path / f"bob {number}", new_sqlite, "bob")
        old = content(settings)
        was_killed = killed_at(number, lambda: restore(settings, backup))  # noqa: B023 - at once

        backed_up.started(settings)

        found = of(content(settings))
        secrets = {name: found.pop(name) for name in LEFT_BEHIND if name in found}
        assert all(said == old[name] for name, said in secrets.items())
        old = {name: said for name, said in old.items() if name not in LEFT_BEHIND}
        assert found in (old, new), number
        assert not list(settings.data.glob("restoring*")), number
        seen.append("new" if found == new else "old")
        shutil.rmtree(settings.data)
        if not was_killed:
            break
        number += 1
    assert seen == ["old"] * seen.count("old") + ["new"] * seen.count("new")
    assert seen.count("old") > 15 and seen.count("new") > 10


def test_killed_anywhere_in_its_recovery_it_is_the_new_one(
    tmp_path: Path, new_sqlite: Path
) -> None:
    made = backed_up.make(tmp_path / "alice", new_sqlite)
    backup = backed_up.backed_up(made)
    number, moment = 0, 30
    while True:
        settings = backed_up.make(tmp_path / f"bob {number}", new_sqlite, "bob")
        moment = _stop_at_its_moment(settings, backup, moment)

        was_killed = killed_at(number, lambda: backed_up.started(settings))  # noqa: B023 - at once
        backed_up.started(settings)

        assert of(content(settings))["people"] == [("alice",)], number
        shutil.rmtree(settings.data)
        if not was_killed:
            break
        number += 1
    assert number > 10


def _stop_at_its_moment(settings: Settings, backup: Backup, number: int) -> int:
    """Restore, as far as to the plan being written down; return before which change that was."""
    while True:
        assert killed_at(number, lambda: restore(settings, backup))
        if (settings.data / "restoring.json").exists():
            return number
        number += 1


def test_tables_alone_leave_the_files_as_they_are(settings: Settings, new_sqlite: Path) -> None:
    assert settings.database_file and new_sqlite
    made = backing_up.of_tables(settings.database_file, settings.running, before="0007")
    backed_up.put(settings, "bob")

    done = restoring.restore(settings, made.path, None)

    found = content(settings)
    assert made.before == "0007" and not done.with_files
    assert found["people"] == [("alice",)]
    assert found["posters/5e.jpg"] == b"a poster of our own" + b"bob"


def test_tables_alone_do_not_come_to_another_houses_files(
    settings: Settings, tmp_path: Path, new_sqlite: Path
) -> None:
    assert settings.database_file
    made = backing_up.of_tables(settings.database_file, settings.running, before="0007")
    other = backed_up.make(tmp_path / "other", new_sqlite, "eve")

    with pytest.raises(Conflict, match="another house"):
        restore(other, made)


def test_a_restore_where_the_database_lies_elsewhere(tmp_path: Path, new_sqlite: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    made = backed_up.make(tmp_path / "data", new_sqlite)
    assert made.database_file
    there = shutil.move(made.database_file, elsewhere / "house.sqlite3")
    settings = made.model_copy(update={"database_url": f"sqlite:///{there}"})
    backup = backed_up.backed_up(settings)
    backed_up.put(settings, "bob")

    restore(settings, backup)

    assert content(settings)["people"] == [("alice",)]
    assert [path.name for path in elsewhere.glob("before-restore-*/*.sqlite3")] == ["house.sqlite3"]


def test_a_folder_beside_a_database_elsewhere_is_not_taken_for_a_restores(
    tmp_path: Path, new_sqlite: Path
) -> None:
    place = tmp_path / "elsewhere"
    settings = backed_up.make(tmp_path / "data", new_sqlite)
    settings = settings.model_copy(update={"database_url": f"sqlite:///{place}/house.sqlite3"})
    photos, left = place / "restoring-photos", place / "restoring-20261126-031700"
    for folder in (photos, left):
        folder.mkdir(parents=True)

    swapping.finish(settings)

    assert (photos.exists(), left.exists()) == (True, False)


def test_a_restore_onto_a_full_disk_changes_nothing(
    backup: Backup, card: Path, new_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "WATERMARK", -(1 << 40))
    settings = backed_up.make(card / "data", new_sqlite, "eve")
    before = content(settings)
    (card / "ballast").write_bytes(bytes(shutil.disk_usage(card).free - 300_000))

    with pytest.raises(NoRoom):
        restore(settings, backup)

    assert content(settings) == before
    assert not list(settings.data.glob(f"{swapping.UNPACKED}*"))

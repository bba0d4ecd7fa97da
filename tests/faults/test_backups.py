"""A backup is made while the house goes on, whole or not at all, and holds no secret."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core import clock
from core.errors import BadFile, Conflict, NoRoom
from core.settings import Settings
from database import backing_up, backups, restoring
from database.backups import Backup
from tests.faults import backed_up
from tests.faults.backed_up import LEFT_BEHIND, content, killed_at

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


def test_secrets_and_what_can_be_had_again_are_not_in_it(backup: Backup) -> None:
    whole = backup.path.read_bytes()

    assert b"a poster of our own" in whole
    assert [said for said in LEFT_BEHIND.values() if said in whole] == []
    assert backup.path.stat().st_mode & 0o777 == 0o600


def test_a_locked_one_shows_nothing_and_needs_its_passphrase(settings: Settings) -> None:
    made = backed_up.backed_up(settings, PASSPHRASE)

    assert made.is_locked and b"a poster" not in made.path.read_bytes()
    for passphrase, said in ((None, "locked"), (b"some other passphrase", "another one")):
        with pytest.raises(BadFile, match=said):
            restore(settings, made, passphrase)


def test_it_is_made_while_others_write(settings: Settings) -> None:
    assert settings.database_file
    with closing(sqlite3.connect(settings.database_file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE people SET name = 'half done'")

        made = backed_up.backed_up(settings)

        writer.execute("COMMIT")
    restore(settings, made)
    assert content(settings)["people"] == [("alice",)]


def test_killed_anywhere_a_backup_leaves_none_or_a_whole_one(settings: Settings) -> None:
    number = 0
    while killed_at(number, lambda: backed_up.backed_up(settings)):
        for found in backups.listed(settings.backups):
            backing_up.check(found, None)
        number += 1

    assert number > 10
    assert len(backups.listed(settings.backups)) >= 1
    assert not list(settings.backups.glob("*.part"))


def test_two_are_never_made_at_once(settings: Settings) -> None:
    with backing_up.alone(settings.running), pytest.raises(Conflict, match="Another backup"):
        backed_up.backed_up(settings)


def test_where_there_is_no_folder_it_is_not_made(settings: Settings, tmp_path: Path) -> None:
    """The disk that it is on is not mounted, then."""
    with pytest.raises(Conflict, match="There is no folder"):
        backing_up.whole(settings, to=tmp_path / "disk", passphrase=None)


def _old_ones(settings: Settings, place: Path, *, house: str | None = None) -> list[str]:
    """Put four backups of five megabytes in a folder, the oldest first."""
    mine = house or (settings.data / "house").read_text()
    names = [backups.name(days * clock.DAY, mine) for days in range(4)]
    for name in names:
        (place / name).write_bytes(bytes(5_000_000))
    return names


def test_where_it_is_scarce_the_oldest_make_room(settings: Settings, card: Path) -> None:
    names = _old_ones(settings, card)
    (settings.covers / "large.jpg").write_bytes(bytes(6_000_000))

    made = backing_up.whole(settings, to=card, passphrase=None).backup

    assert {path.name for path in card.iterdir()} == {*names[1:], made.path.name}


@pytest.fixture
def crowded(card: Path, new_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A house with less room on its card than its database takes, but for four old backups."""
    monkeypatch.setattr(backing_up, "WATERMARK", 0)
    settings = backed_up.make(card / "data", new_sqlite)
    _old_ones(settings, settings.backups)
    (card / "ballast").write_bytes(bytes(backing_up._free(card) - 100_000))
    return settings


def test_on_the_houses_own_card_they_make_room_as_well(crowded: Settings) -> None:
    oldest = min(crowded.backups.iterdir())

    made = backing_up.whole(crowded, passphrase=None).backup

    assert made.path.exists() and not oldest.exists()
    assert len(backups.listed(crowded.backups)) >= 3


def test_none_makes_room_for_a_database_that_is_damaged(crowded: Settings) -> None:
    names = {path.name for path in crowded.backups.iterdir()}
    backed_up.damage_it(crowded)

    with pytest.raises(Conflict, match="no backup was made, and none dropped"):
        backing_up.whole(crowded, passphrase=None)

    assert {path.name for path in crowded.backups.iterdir()} == names


@pytest.mark.parametrize(("size", "house"), [(20_000_000, None), (6_000_000, "another house")])
def test_none_goes_where_that_would_not_be_enough_or_it_is_anothers(
    settings: Settings, card: Path, size: int, house: str | None
) -> None:
    names = _old_ones(settings, card, house=house and "ffffffff")
    (settings.covers / "large.jpg").write_bytes(bytes(size))

    with pytest.raises(Conflict, match="make room, or name another folder"):
        backing_up.whole(settings, to=card, passphrase=None)

    assert {path.name for path in card.iterdir()} == set(names)


def test_a_disk_that_is_full_after_all_leaves_nothing_behind(
    settings: Settings, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_up, "_ask_room", lambda *_: None)
    (settings.covers / "large.jpg").write_bytes(bytes(30_000_000))

    with pytest.raises(NoRoom):
        backing_up.whole(settings, to=card, passphrase=None)

    assert list(card.iterdir()) == []
    assert list(settings.backups.iterdir()) == []


def test_a_link_in_a_folder_leads_nowhere(settings: Settings) -> None:
    (settings.pictures / "leak.jpg").symlink_to(settings.data / "token.key")
    (settings.covers / "all").symlink_to(settings.data)

    made = backed_up.backed_up(settings)

    assert b"opens accounts" not in made.path.read_bytes()


def test_what_another_house_is_making_in_the_same_folder_stays(
    settings: Settings, tmp_path: Path
) -> None:
    mine, anothers = (
        tmp_path / f"{backups.name(0, name)}.part"
        for name in ((settings.data / "house").read_text(), "ffffffff")
    )
    for unfinished in (mine, anothers):
        unfinished.touch()

    made = backing_up.whole(settings, to=tmp_path, passphrase=None).backup

    assert (mine.exists(), anothers.exists(), made.path.exists()) == (False, True, True)


def test_a_file_that_is_dropped_while_they_are_counted_is_left_out(settings: Settings) -> None:
    for name in ("1.jpg", "2.jpg"):
        (settings.covers / name).write_bytes(b"a cover")
    counted = backing_up._below(settings.covers)
    next(counted)

    (settings.covers / "2.jpg").unlink()

    assert [path.name for path, _ in counted] == ["77.jpg"]


def test_a_damaged_database_makes_no_backup_and_drops_none(settings: Settings) -> None:
    good = backed_up.backed_up(settings)
    backed_up.damage_it(settings)

    with pytest.raises(Conflict, match="no backup was made"):
        backed_up.backed_up(settings)

    assert backups.listed(settings.backups) == [good]
    assert sorted(path.name for path in settings.backups.iterdir()) == [good.path.name]

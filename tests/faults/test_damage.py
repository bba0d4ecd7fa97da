"""A database that is damaged is noticed, named, and never replaced by an empty one."""

from pathlib import Path

import pytest

from core.errors import Damaged
from core.settings import Settings
from database import damage, presence, restoring
from database.backups import Backup
from tests.faults import backed_up
from tests.faults.backed_up import apart

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(tmp_path: Path, new_sqlite: Path) -> Settings:
    return backed_up.make(tmp_path / "data", new_sqlite)


def restore(settings: Settings, backup: Backup, passphrase: bytes | None = None) -> None:
    restoring.restore(settings, backup.path, passphrase)


def test_after_a_clean_end_nobody_looks_and_after_any_other_the_next_one_does(
    settings: Settings,
) -> None:
    backed_up.started(settings)
    backed_up.damage_it(settings)
    backed_up.started(settings)

    assert apart(lambda: presence.enter(settings)) == 0

    with pytest.raises(Damaged, match="The database is damaged"):
        presence.enter(settings)
    assert damage.is_noted(settings.data)


def test_a_damaged_house_names_the_backup_and_is_well_after_it(settings: Settings) -> None:
    made = backed_up.backed_up(settings)
    backed_up.damage_it(settings)
    damage.note(settings.data, ["something"])

    with pytest.raises(Damaged, match=f"./run restore {made.path.name}"):
        presence.enter(settings)

    restore(settings, made)
    assert not damage.is_noted(settings.data)
    backed_up.started(settings)


def test_a_note_that_is_not_true_any_more_is_taken_down(settings: Settings) -> None:
    damage.note(settings.data, ["something"])

    backed_up.started(settings)

    assert not damage.is_noted(settings.data)


@pytest.mark.parametrize("is_empty", [True, False])
def test_where_the_database_is_gone_nobody_begins_an_empty_one(
    settings: Settings, is_empty: bool
) -> None:
    backed_up.backed_up(settings)
    assert settings.database_file
    settings.database_file.unlink()
    if is_empty:
        settings.database_file.touch()

    with pytest.raises(Damaged, match="gone or empty"):
        presence.enter(settings)

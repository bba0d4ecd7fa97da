"""Which backups are kept, and how they are found."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import clock
from database import backups
from database.backups import Backup
from worker_jobs.registry import PLANS

BERLIN = ZoneInfo("Europe/Berlin")
HOUSE = "1a2b3c4d"
START = 1_790_000_000_000  # in September 2026


def one(at: int, before: str | None = None) -> Backup:
    return Backup(Path(f"{at}{before}"), at, 1, at, HOUSE, before, is_locked=False)


def days_kept(kept: list[Backup], now: int) -> list[int]:
    return [(now - found.when) // clock.DAY for found in kept]


def after(days: int, *, a_day: int = 1) -> list[Backup]:
    """Return what is left of that many days with backups, dropped one by one as they came."""
    kept: list[Backup] = []
    for number in range(days * a_day):
        kept.insert(0, one(START + number * clock.DAY // a_day))
        gone = backups.over(kept, BERLIN)
        kept = [found for found in kept if found not in gone]
    return kept


@pytest.mark.parametrize("a_day", [1, 3])
def test_of_a_long_time_seven_days_and_four_weeks_are_left(a_day: int) -> None:
    kept = after(90, a_day=a_day)

    ages = days_kept(kept, kept[0].when)
    assert ages.count(0) == a_day
    assert list(dict.fromkeys(ages))[:7] == [0, 1, 2, 3, 4, 5, 6]
    assert len(set(ages)) in (9, 10)
    assert 14 <= max(ages) <= 28


def test_in_the_first_week_nothing_goes() -> None:
    assert len(after(7)) == 7


def test_those_before_the_last_three_updates_stay_however_old() -> None:
    old = [one(START + number, f"000{number}") for number in range(5)]
    new = [one(START + 400 * clock.DAY)]

    gone = backups.over([*new, *old], BERLIN)

    assert sorted(found.before or "" for found in gone) == ["0000", "0001"]


def test_the_newest_stays_whatever_it_is() -> None:
    """One made while the clock was behind is no older than the others for whoever made it."""
    assert backups.over([one(0)], BERLIN) == []


def test_a_name_tells_all_there_is_to_know(tmp_path: Path) -> None:
    for at, before, is_locked in ((START, None, True), (START + 1_000, "0007", False)):
        name = backups.name(at, f"{HOUSE}-5e6f", before=before, is_locked=is_locked)
        (tmp_path / name).write_bytes(b"12")

    found = backups.listed(tmp_path)

    assert [(b.when, b.before, b.is_locked, b.size, b.house) for b in found] == [
        (START + 1_000, "0007", False, 2, HOUSE),
        (START, None, True, 2, HOUSE),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "needledrop-20261126-031700-1a2b3c4d.tar.part",
        "needledrop-20261126-031700-1a2b3c4d.tar.damaged",
        "needledrop-20261326-031700-1a2b3c4d.tar",
        "needledrop-20261126-031700-1a2b3c4d.tar.gz",
        "needledrop-12.sqlite3.part",
        "my holidays.tar",
    ],
)
def test_what_else_lies_there_is_no_backup(tmp_path: Path, name: str) -> None:
    folder = backups.folder(tmp_path)
    folder.mkdir()
    (folder / name).touch()

    assert backups.newest(tmp_path) is None


def test_where_there_is_no_folder_there_is_none(tmp_path: Path) -> None:
    assert backups.newest(tmp_path) is None


def test_they_are_made_and_looked_at_without_anybody_asking() -> None:
    rules = {plan.action: plan.rule for plan in PLANS if plan.is_on}

    assert rules["back_up"].startswith("daily ")
    assert rules["check_database"].startswith("weekly ")

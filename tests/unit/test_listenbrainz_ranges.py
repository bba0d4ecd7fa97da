"""ListenBrainz' ranges: whole periods before this one, this one, and all time."""

from datetime import date
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from webapp.scrobble.doors import Refused
from webapp.scrobble.listenbrainz_ranges import asked

BERLIN = ZoneInfo("Europe/Berlin")
THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("name", "first", "until"),
    [
        ("week", date(2026, 11, 16), date(2026, 11, 23)),
        ("this_week", date(2026, 11, 23), date(2026, 11, 30)),
        ("month", date(2026, 10, 1), date(2026, 11, 1)),
        ("this_month", date(2026, 11, 1), date(2026, 12, 1)),
        ("quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("half_yearly", date(2026, 1, 1), date(2026, 7, 1)),
        ("year", date(2025, 1, 1), date(2026, 1, 1)),
        ("this_year", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_range_is_of_whole_days(name: str, first: date, until: date) -> None:
    found = asked(name, BERLIN, THURSDAY)

    assert (found.first, found.until) == (first, until)
    assert found.window.since == found.from_ts * 1_000
    assert found.window.until == found.to_ts * 1_000


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("month", date(2025, 12, 1)),
        ("quarter", date(2025, 10, 1)),
        ("half_yearly", date(2025, 7, 1)),
    ],
)
def test_the_period_before_may_be_of_last_year(name: str, first: date) -> None:
    found = asked(name, BERLIN, date(2026, 1, 31))

    assert (found.first, found.until) == (first, date(2026, 1, 1))


def test_a_day_begins_at_midnight_of_the_zone_in_summer_and_in_winter() -> None:
    days = list(asked("month", BERLIN, THURSDAY).parts(THURSDAY))

    lengths = [until + 1 - since for _, _, _, since, until in days]
    assert len(days) == 31
    assert [hours // 3_600 for hours in lengths].count(25) == 1
    assert days[0][:3] == ("Thursday 01 October 2026", 20_261_001, 20_261_002)


@pytest.mark.parametrize(
    ("name", "parts", "first"),
    [
        ("this_week", 7, "Monday 23 November 2026"),
        ("quarter", 3, "July 2026"),
        ("year", 12, "January 2025"),
        ("all_time", 3, "2024"),
    ],
)
def test_a_range_is_told_in_days_months_or_years(name: str, parts: int, first: str) -> None:
    found = list(asked(name, BERLIN, THURSDAY).parts(date(2024, 5, 3)))

    assert (len(found), found[0][0]) == (parts, first)
    assert all(one[4] + 1 == after[3] for one, after in pairwise(found))


@pytest.mark.parametrize("name", ["", "weeks", "WEEK", "this_quarter", "\0"])
def test_there_are_no_other_ranges(name: str) -> None:
    with pytest.raises(Refused, match="Invalid range"):
        asked(name, BERLIN)

"""Which days a mosaic of plays is of, and what they are called."""

from datetime import date

import pytest

from worker_jobs.mosaic.period import days, words_of_days

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("period", "first", "until", "words"),
    [
        ("month", "2026-11-01", "2026-12-01", "November 2026"),
        ("last-month", "2026-10-01", "2026-11-01", "October 2026"),
        ("last30", "2026-10-28", "2026-11-27", "28 October 2026 – 26 November 2026"),
        ("year:2024", "2024-01-01", "2025-01-01", "2024"),
        ("month:2024-12", "2024-12-01", "2025-01-01", "December 2024"),
        ("days:2024-02-28:2024-03-01", "2024-02-28", "2024-03-02",
         "28 February 2024 – 1 March 2024"),
        ("days:2024-02-29:2024-02-29", "2024-02-29", "2024-03-01", "29 February 2024"),
    ],
)  # fmt: skip
def test_days_of_a_period(period: str, first: str, until: str, words: str) -> None:
    assert days(period, TODAY) == (date.fromisoformat(first), date.fromisoformat(until))
    assert words_of_days(period, TODAY) == words


def test_all_of_time_has_no_days() -> None:
    assert days("all", TODAY) is None
    assert words_of_days("all", TODAY) == "all of time"

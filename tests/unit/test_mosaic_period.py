"""What days a period has, and what a mosaic calls it."""

from datetime import date

import pytest

from worker_jobs.mosaic.period import Span, span, words

TODAY = date(2026, 12, 9)


@pytest.mark.parametrize(
    ("period", "wanted"),
    [
        ("month", Span("2026-12-01", "2027-01-01")),
        ("month:2025-03", Span("2025-03-01", "2025-04-01")),
        ("month:2025-12", Span("2025-12-01", "2026-01-01")),
        ("year:2025", Span("2025-01-01", "2026-01-01")),
        ("last30", Span(None, None, 30)),
        ("all", Span(None, None)),
    ],
)
def test_a_period_is_a_span_of_days(period: str, wanted: Span) -> None:
    assert span(period, TODAY) == wanted


@pytest.mark.parametrize(
    ("period", "days", "said"),
    [
        ("month", [], "December 2026"),
        ("month:2025-03", ["2025-03-09"], "March 2025"),
        ("year:2025", ["2025-03-09"], "2025"),
        ("last30", ["2026-12-01", "2026-12-09"], "December 2026"),
        ("last30", ["2026-12-01", "2025-11-30"], "November 2025 – December 2026"),
        ("last30", [], "December 2026"),
        ("all", ["2025-03-09", "2025-01-01"], "2025"),
        ("all", ["2025-03-09", "2019-01-01"], "2019 – 2025"),
        ("all", [], "everything"),
    ],
)
def test_a_period_is_said_as_people_say_it(period: str, days: list[str], said: str) -> None:
    assert words(period, TODAY, days) == said

"""The spans of time that a form offers. Values in, values out."""

import calendar
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

# Nobody's diary is older: the site opened in that year.
_FIRST_YEAR = 2011


class Choice(NamedTuple):
    value: str
    words: str


class Group(NamedTuple):
    """Choices under a common heading; "" for those that stand alone."""

    heading: str
    choices: list[Choice]


_NEAR = [Choice("month", "This month"), Choice("last30", "The last 30 films")]


def of_an_export(today: date) -> list[Group]:
    """What may be asked of a file that nobody has looked into yet."""
    years = [Choice(f"year:{year}", str(year)) for year in range(today.year, _FIRST_YEAR - 1, -1)]
    return [Group("", [Choice("all", "Everything in it"), *_NEAR]), Group("A year", years)]


def of_a_collection(months: Iterable[tuple[int, int, int]]) -> list[Group]:
    """What a collection holds; `months` are (year, month, viewings), the newest first."""
    by_year: dict[int, list[Choice]] = {}
    totals: Counter[int] = Counter()
    for year, month, count in months:
        name = f"{calendar.month_name[month]} {year} ({_viewings(count)})"
        by_year.setdefault(year, []).append(Choice(f"month:{year}-{month:02}", name))
        totals[year] += count
    groups = [Group("", [Choice("all", "Everything"), *_NEAR])]
    for year, each in by_year.items():
        whole = Choice(f"year:{year}", f"All of {year} ({_viewings(totals[year])})")
        groups.append(Group(str(year), [whole, *each]))
    return groups


def _viewings(count: int) -> str:
    return f"{count} viewing{'s' if count != 1 else ''}"

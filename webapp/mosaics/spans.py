"""What a form offers to choose from: spans of time, films, sizes. Values in, values out."""

import calendar
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from database.mosaic_sizes import EXACT, LARGEST, NORMAL, WORDS, printed_mm
from database.viewings import ListNamed

# Nobody's diary is older: the site opened in that year.
_FIRST_YEAR = 2011


class Choice(NamedTuple):
    value: str
    words: str


class Group(NamedTuple):
    """Choices under a common heading; "" for those that stand alone."""

    heading: str
    choices: list[Choice]


_NEAR = [
    Choice("month", "This month"),
    Choice("last-month", "Last month"),
    Choice("last30", "The last 30 films"),
]
_FEWEST_STARS = 6  # half of them


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


def of_what(lists: Iterable[ListNamed]) -> list[Group]:
    """Which films of a time are meant; the person's lists by their names."""
    rated = [
        Choice(f"rated:{half_stars}", f"Rated {half_stars / 2:g} stars or more")
        for half_stars in range(10, _FEWEST_STARS - 1, -1)
    ]
    several = [Choice("all", "All of them"), Choice("rewatches", "Only rewatches")]
    groups = [Group("", [*several, Choice("liked", "Only those you like")]), Group("Stars", rated)]
    named = [Choice(f"list:{one.id}", f"{one.name} ({one.films})") for one in lists]
    return [*groups, Group("Your lists", named)] if named else groups


def of_sizes() -> list[Group]:
    screen = [
        Choice(name, f"{_begun(size.words)}, {size.width} × {size.height}")
        for name, size in EXACT.items()
        if not size.is_print
    ]
    paper = [
        Choice(name, f"{size.words}, {printed_mm(size.width)} × {printed_mm(size.height)} mm")
        for name, size in EXACT.items()
        if size.is_print
    ]
    free = [Choice(name, _begun(WORDS[name])) for name in (NORMAL, LARGEST)]
    return [Group("", free), Group("For a screen", screen), Group("For paper, 300 dpi", paper)]


def _begun(words: str) -> str:
    return words[0].upper() + words[1:]


def _viewings(count: int) -> str:
    return f"{count} viewing{'s' if count != 1 else ''}"

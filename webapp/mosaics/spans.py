"""What a form offers to choose from: times, films, records, sizes. Values in, values out."""

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


def _near(things: str = "films") -> list[Choice]:
    return [
        Choice("month", "This month"),
        Choice("last-month", "Last month"),
        Choice("last30", f"The last 30 {things}"),
    ]


_FEWEST_STARS = 6  # half of them; of records, out of ten
_BEST = 10


def of_an_export(today: date) -> list[Group]:
    """What may be asked of a file that nobody has looked into yet."""
    years = [Choice(f"year:{year}", str(year)) for year in range(today.year, _FIRST_YEAR - 1, -1)]
    return [Group("", [Choice("all", "Everything in it"), *_near()]), Group("A year", years)]


def of_a_collection(months: Iterable[tuple[int, int, int]]) -> list[Group]:
    """What a collection holds; `months` are (year, month, viewings), the newest first."""
    return [Group("", [Choice("all", "Everything"), *_near()]), *_by_year(months, "viewing")]


def of_a_shelf(months: Iterable[tuple[int, int, int]]) -> list[Group]:
    """When records were bought; `months` are (year, month, records), the newest first."""
    near = _near("records")
    return [Group("", [Choice("all", "Everything"), *near]), *_by_year(months, "record")]


def of_plays(today: date, months: Iterable[tuple[int, int, int]] = ()) -> list[Group]:
    """When albums were played; `months` are (year, month, plays), the newest first."""
    near = [Choice("month", "This month"), Choice("last-month", "Last month")]
    near += [Choice("last30", "The last 30 days"), Choice(f"year:{today.year}", "This year")]
    return [Group("", [*near, Choice("all", "All of time")]), *_by_year(months, "play")]


def _by_year(months: Iterable[tuple[int, int, int]], what: str) -> list[Group]:
    by_year: dict[int, list[Choice]] = {}
    totals: Counter[int] = Counter()
    for year, month, count in months:
        name = f"{calendar.month_name[month]} {year} ({_counted(count, what)})"
        by_year.setdefault(year, []).append(Choice(f"month:{year}-{month:02}", name))
        totals[year] += count
    return [
        Group(
            str(year),
            [Choice(f"year:{year}", f"All of {year} ({_counted(totals[year], what)})"), *each],
        )
        for year, each in by_year.items()
    ]


def of_records() -> list[Group]:
    """Which records of a time are meant."""
    rated = [
        Choice(f"rated:{rating}", f"Rated {rating} of 10" + (" or more" if rating < _BEST else ""))
        for rating in range(_BEST, _FEWEST_STARS - 1, -1)
    ]
    return [Group("", [Choice("all", "All of them")]), Group("Rating", rated)]


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


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' if count != 1 else ''}"

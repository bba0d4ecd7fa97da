"""What several pages of listening show: tops, and what was played by day, month or year."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from database import play_pages, play_tops
from database.listeners import Whose
from database.play_discovery import New
from database.play_streaks import as_date
from database.play_sums import Kind
from database.play_tops import Ranking, Top, Totals
from database.play_windows import Window
from webapp.charts import Bars
from webapp.listening.asked import Asked
from webapp.listening.downloads import Table

KINDS = {"artists": Kind.ARTIST, "albums": Kind.ALBUM, "tracks": Kind.TRACK}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS = 24
_LAST_YEAR, _LAST_MONTH = 9_999, 999_912
_MOST_DAYS, _MOST_MONTHS = 62, 36
_WIDE, _TALL = 400, 130

Day = tuple[int, int, int]  # YYYYMMDD, plays, milliseconds


class Column(NamedTuple):
    """A bar: what stands below it, what it says in full, its value, where it leads."""

    below: str
    words: str
    value: int
    address: str | None = None


class Step(NamedTuple):
    """A day, month or year: its words, its plays and their milliseconds."""

    said: str
    words: str
    plays: int
    ms: int


class Trend(NamedTuple):
    """What was played, step by step; `by`: "day", "month" or "year"."""

    by: str
    steps: list[Step]
    columns: list[Column]
    bars: Bars

    @property
    def table(self) -> Table:
        rows = [(one.said, one.plays, one.ms) for one in self.steps]
        return Table((self.by, "plays", "ms"), rows)


def trend(days: Sequence[Day], asked: Asked) -> Trend:
    """Sum up days of a window by what makes a chart of it that can be read."""
    first, last = _ends(days, asked)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if (last - first).days < _MOST_DAYS:
        return of_steps("day", _by(days, _days(first, last), 1))
    if months <= _MOST_MONTHS:
        return of_steps("month", _by(days, _months(first, months), 100))
    # A window may be as long as the calendar: only from the first year with a play to the last.
    years = range(days[0][0] // 10_000, days[-1][0] // 10_000 + 1) if days else range(0)
    return of_steps("year", _by(days, years, 10_000))


def by_month(days: Sequence[Day], year: int) -> Trend:
    return of_steps("month", _by(days, _months(date(year, 1, 1), 12), 100))


def of_steps(by: str, sums: Iterable[Day]) -> Trend:
    """Lay out steps, given as (YYYY, YYYYMM or YYYYMMDD, plays, milliseconds)."""
    steps = [Step(_iso(step), _words(step), plays, ms) for step, plays, ms in sums]
    short = _short if len(steps) <= _MOST_MONTHS else _year_of
    columns = [
        Column(short(one.said), f"{one.words}: {many(one.plays)}", one.plays) for one in steps
    ]
    bars = Bars.of([one.plays for one in steps], width=_WIDE, height=_TALL)
    return Trend(by, steps, columns, bars)


def of_counts(counts: Iterable[tuple[str, str, int]], what: str) -> Trend:
    """Lay out steps of something else than plays, given as (YYYY-MM, its words, how many)."""
    steps = [Step(said, words, count, 0) for said, words, count in counts]
    columns = [
        Column(_short(one.said), f"{one.words}: {many(one.plays, what)}", one.plays)
        for one in steps
    ]
    bars = Bars.of([one.plays for one in steps], width=_WIDE, height=_TALL)
    return Trend("month", steps, columns, bars)


def new_table(new: Sequence[New]) -> Table:
    """Return artists who were new as a table."""
    rows = [(one.artist_id, one.name, month_iso(one.month), one.plays, one.since) for one in new]
    return Table(("artist_id", "artist", "month", "plays_that_year", "plays"), rows)


def month_iso(month: int) -> str:
    """Return a month, YYYYMM, as YYYY-MM."""
    return f"{month // 100}-{month % 100:02}"


def _ends(days: Sequence[Day], asked: Asked) -> tuple[date, date]:
    ends = asked.days
    if ends is None:
        ends = (as_date(days[0][0]), as_date(days[-1][0])) if days else (date.min, date.min)
    return ends


def _by(days: Sequence[Day], steps: Iterable[int], divisor: int) -> list[Day]:
    plays = dict.fromkeys(steps, 0)
    ms = dict(plays)
    for day, day_plays, day_ms in days:
        step = day // divisor
        # Of a household in several zones a day may lie a little beside the window.
        if step in plays:
            plays[step] += day_plays
            ms[step] += day_ms
    return [(step, plays[step], ms[step]) for step in plays]


def _days(first: date, last: date) -> list[int]:
    count = (last - first).days + 1
    return [int(f"{first + timedelta(days=nth):%Y%m%d}") for nth in range(count)]


def _months(first: date, count: int) -> list[int]:
    start = first.year * 12 + first.month - 1
    return [nth // 12 * 100 + nth % 12 + 1 for nth in range(start, start + count)]


def _iso(step: int) -> str:
    said = f"{step:04}"
    return "-".join(part for part in (said[:4], said[4:6], said[6:]) if part)


def _words(step: int) -> str:
    return str(step) if step <= _LAST_YEAR else month_words(step)


def month_words(step: int) -> str:
    """Return a month (YYYYMM) or a day (YYYYMMDD) in words."""
    if step <= _LAST_MONTH:
        return f"{date(step // 100, step % 100, 1):%b %Y}"
    day = as_date(step)
    return f"{day.day} {day:%b %Y}"


def _short(said: str) -> str:
    """Return what stands below a bar: the day, a month's letter or the year."""
    if len(said) == len("2026-11-24"):
        return str(int(said[8:]))
    return said if len(said) == len("2026") else f"{date(2000, int(said[5:]), 1):%b}"[:1]


def _year_of(said: str) -> str:
    return said[:4]


def many(count: int, what: str = "play") -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def tops_table(tops: Sequence[Top], kind: str, first: int = 1) -> Table:
    """Return a top list as a table."""
    name = {"artists": "artist", "albums": "album", "tracks": "track"}[kind]
    if kind == "artists":
        rows: list[Any] = [
            (place, top.item, top.name, top.plays, top.ms) for place, top in enumerate(tops, first)
        ]
        return Table(("place", "artist_id", "artist", "plays", "ms"), rows)
    rows = [
        (place, top.item, top.name, top.credit, top.plays, top.ms)
        for place, top in enumerate(tops, first)
    ]
    return Table(("place", f"{name}_id", name, "artist", "plays", "ms"), rows)


def rankings(session: Session, whose: Whose, window: Window, limit: int) -> dict[str, Ranking]:
    """Return the first artists, albums and tracks of a window, and how many there are."""
    return {
        kind: play_tops.ranking(session, whose, number, window, limit=limit)
        for kind, number in KINDS.items()
    }


def covers(session: Session, albums: Iterable[Top]) -> dict[int, str]:
    """Return the pictures of those albums that have one: their hashes by id."""
    return dict(play_pages.albums_with_covers(session, [album.item for album in albums]))


def total(days: Sequence[Day]) -> Totals:
    """Return the plays of days, and their milliseconds."""
    return Totals(sum(plays for _, plays, _ in days), sum(ms for _, _, ms in days))


def hours_table(hours: Sequence[int]) -> Table:
    """Return the plays of each hour of the week as a table: a row an hour, a column a weekday."""
    rows = [(hour, *hours[hour::HOURS]) for hour in range(HOURS)]
    return Table(("hour", *(day.lower() for day in WEEKDAYS)), rows)

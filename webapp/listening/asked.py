"""Whose numbers a page shows, and of when: as its address says, for every page alike.

`whose` is "us" for the household or a person's id, oneself where it is left out. `period`, or
`since` and `until`, is what the insights API takes, too; all of time where it is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request
from flask_login import current_user
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput, NotFound
from database import listeners, play_windows
from database import people as known
from database.listeners import Whose
from database.models import Person
from database.play_windows import ALWAYS, Window
from webapp.owner import current_owner

US = "us"
PERIODS = {"day": "Today", "week": "Week", "month": "Month", "year": "Year", "all": "All time"}
_PERSON = re.compile(r"[0-9]{1,18}")
_WEEK = 7
_LAST_MONTH = 999_912


@dataclass(frozen=True)
class Asked:
    """What an address asks for. `people`: whom one may choose, oneself first.

    `problems`: what was wrong with the times; then it is all of time.
    """

    whose: Whose
    people: list[Person]
    window: Window
    period: str | None
    given: Mapping[str, str]
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return clock.zone(self.whose.zone)

    @property
    def is_mine(self) -> bool:
        return not self.whose.is_household and bool(self.whose.id == current_user.id)

    @property
    def name(self) -> str:
        """Return whose it is in a word: "You", "The household" or a name."""
        if self.is_mine:
            return "You"
        return "The household" if self.whose.is_household else self.names[self.whose.id]

    @property
    def names(self) -> dict[int, str]:
        return {person.id: person.name for person in self.people}

    @property
    def args(self) -> dict[str, Any]:
        """Return what addresses of other pages say to ask for the same person and time."""
        if self.problems:
            return self.whose_args
        if self.period is not None:
            return self.in_period(self.period)
        ends = {name: self.given[name] for name in ("since", "until") if self.given.get(name)}
        return self.whose_args | ends

    @property
    def whose_args(self) -> dict[str, Any]:
        return {"whose": self.given["whose"]} if self.given.get("whose") else {}

    def in_period(self, period: str) -> dict[str, Any]:
        return self.whose_args | {"period": period}

    @property
    def is_chosen(self) -> bool:
        """Whether the address says when."""
        return any(self.given.get(name) for name in ("period", "since", "until"))

    @property
    def seen_ids(self) -> list[int]:
        """Return whose single plays may be shown."""
        return [person_id for person_id in self.whose.person_ids if person_id in self.names]

    @property
    def days(self) -> tuple[date, date] | None:
        """Return the first and the last day of a window with both ends."""
        if self.window.since is None or self.window.until is None:
            return None
        first = clock.local(self.window.since, self.zone).date()
        return first, clock.local(self.window.until - 1, self.zone).date()

    @property
    def until_day(self) -> str:
        """Return the day before which the window ends, as an address says it; "" where none."""
        return "" if self.days is None else (self.days[1] + timedelta(days=1)).isoformat()

    @property
    def months(self) -> tuple[int, int]:
        """Return the first and last month, YYYYMM, that the window touches."""
        first = _month(self.window.since, self.zone) if self.window.since is not None else 0
        if self.window.until is None:
            return first, _LAST_MONTH
        return first, _month(self.window.until - 1, self.zone)

    @property
    def words(self) -> str:
        """Say when, "November 2026"; in the zone of whose it is."""
        return window_words(self.window, self.zone)

    @property
    def before(self) -> Window | None:
        """Return what to compare with: as much of the month, year, … before as of this one."""
        if self.days is None or self.window.since is None or self.window.until is None:
            return None
        whole = self.earlier
        if whole is None:
            return None
        passed = min(self.window.until, clock.now()) - self.window.since
        if passed <= 0 or self.window.until <= clock.now() or whole.since is None:
            return whole
        return Window(whole.since, min(whole.since + passed, self.window.since))

    @property
    def before_words(self) -> str:
        """Say what is compared with."""
        before, whole = self.before, self.earlier
        if before is None:
            return ""
        if whole is not None and before != whole:
            return f"{window_words(whole, self.zone)} up to the same time"
        return window_words(before, self.zone)

    @property
    def earlier(self) -> Window | None:
        return self._beside(-1)

    @property
    def later(self) -> Window | None:
        found = self._beside(+1)
        is_to_come = found is not None and (found.since or 0) > clock.now()
        return None if is_to_come else found

    def _beside(self, way: int) -> Window | None:
        """Return the day, week, month, year or so many days before this one, or after it."""
        if self.days is None:
            return None
        first, last = self.days
        until = last + timedelta(days=1)
        try:
            if _is_months(first, until):
                many = (until.year - first.year) * 12 + until.month - first.month
                ends = _moved(first, way * many), _moved(until, way * many)
            else:
                step = (until - first) * way
                ends = first + step, until + step
            return play_windows.of_days(*ends, self.zone)
        except (ValueError, OverflowError):
            return None

    def here(self, **changes: Any) -> str:
        """Return this page's address with some of it said otherwise; None leaves it out."""
        said = request.args.to_dict() | changes
        query = urlencode({name: value for name, value in said.items() if value is not None})
        return f"{request.path}?{query}" if query else request.path

    def at(self, window: Window) -> dict[str, Any]:
        """Return what an address says of a window of whole days, instead of what it says now."""
        said = {"since": window.since, "until": window.until}
        days = {
            name: clock.local(at, self.zone).date().isoformat()
            for name, at in said.items()
            if at is not None
        }
        return {"period": None, "page": None} | days


def _month(at: int, zone: ZoneInfo) -> int:
    day = clock.local(at, zone)
    return day.year * 100 + day.month


def _is_months(first: date, until: date) -> bool:
    return first.day == 1 and until.day == 1


def _moved(first: date, months: int) -> date:
    count = first.year * 12 + first.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def asked(session: Session, usual: str = "all", *, whose: str | None = None) -> Asked:
    """Return what the address of this request asks for.

    `usual`: the period where none is said. `whose`: for a page that is always of the same one.

    Raises:
        NotFound: there is no such person.
        Forbidden: that person keeps theirs to themselves.
    """
    given = {name: value.strip() for name, value in request.args.items()}
    if whose is not None:
        given["whose"] = whose
    those = _whose(session, given.get("whose", ""))
    people = listeners.visible(session, current_owner())
    zone = clock.zone(those.zone)
    has_ends = bool(given.get("since") or given.get("until"))
    period = None if has_ends else given.get("period") or usual
    problems: Mapping[str, str] = {}
    window = ALWAYS
    try:
        window = play_windows.read(
            given.get("since"), given.get("until"), given.get("period") or None, zone
        )
        if not has_ends and not given.get("period"):
            window = play_windows.of_period(usual, zone)
    except InvalidInput as error:
        problems, period = error.problems, None
    return Asked(those, people, window, period, given, problems)


def _whose(session: Session, said: str) -> Whose:
    if said == US:
        return listeners.household(session)
    if said in ("", "me"):
        return listeners.seen_by(session, current_user.id, current_owner())
    if not _PERSON.fullmatch(said):
        raise NotFound("person", said[:40])
    person = known.get(session, int(said))
    return listeners.seen_by(session, person.id, current_owner())


def window_words(window: Window, zone: ZoneInfo) -> str:
    """Say in words when a window is."""
    if window.since is None and window.until is None:
        return "All time"
    if window.since is None:
        return f"Before {_exactly(window.until or 0, zone)}"
    if window.until is None:
        return f"From {_exactly(window.since, zone)} on"
    first = clock.local(window.since, zone)
    until = clock.local(window.until, zone)
    if _is_midnight(first) and _is_midnight(until):
        return _days_words(first.date(), until.date())
    return f"{_exactly(window.since, zone)} to {_exactly(window.until, zone)}"


def _is_midnight(at: datetime) -> bool:
    return at.hour == at.minute == at.second == 0


def _exactly(at: int, zone: ZoneInfo) -> str:
    shown = clock.local(at, zone)
    return _day(shown.date()) if _is_midnight(shown) else f"{_day(shown.date())}, {shown:%H:%M}"


def _days_words(first: date, until: date) -> str:
    last = until - timedelta(days=1)
    if first == last:
        return f"{first:%A}, {_day(first)}"
    if _is_months(first, until):
        if first.month == until.month == 1:
            return (
                f"{first.year}" if until.year - first.year == 1 else f"{first.year} to {last.year}"
            )
        if _moved(first, 1) == until:
            return f"{first:%B %Y}"
        return f"{first:%B %Y} to {last:%B %Y}"
    return f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"

"""The diary: viewings by month as a list, and a month as a calendar."""

import calendar
import re
from collections import defaultdict
from datetime import date
from itertools import groupby
from typing import NamedTuple

from flask import render_template, request
from flask_login import current_user

from core import clock
from core.errors import NotFound
from database import film_diary, film_posters
from database.film_diary import Viewed
from database.film_filters import FIRST_YEAR, LAST_YEAR
from webapp.database import reading
from webapp.films import bp
from webapp.zone import zone

_MONTHS_A_YEAR = 12
_SHOWN_A_DAY = 6  # posters in one field of the calendar


class Month(NamedTuple):
    """A month, as addresses name it: 2025-03."""

    year: int
    month: int

    @classmethod
    def read(cls, written: str) -> "Month":
        """Read an address.

        Raises:
            NotFound: it names no month in which a film may have been watched.
        """
        found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", written, re.ASCII)
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise NotFound("month", written)
        return cls.of(written)

    @classmethod
    def of(cls, day: str) -> "Month":
        return cls(int(day[:4]), int(day[5:7]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def name(self) -> str:
        return f"{calendar.month_name[self.month]} {self.year}"

    def plus(self, months: int) -> "Month | None":
        """Return the month so many later, None where no film was or will be watched."""
        year, month = divmod(self.year * _MONTHS_A_YEAR + self.month - 1 + months, _MONTHS_A_YEAR)
        return Month(year, month + 1) if FIRST_YEAR <= year <= LAST_YEAR else None


class Field(NamedTuple):
    """A day of the calendar; `rest` viewings are not shown in it."""

    day: date
    viewings: list[Viewed]
    rest: int


@bp.get("/diary")
def diary() -> str:
    until, after = _day(request.args.get("until", "")), request.args.get("after")
    with reading() as session:
        found = film_diary.newest(
            session, current_user.id, until=until, after=after, limit=film_diary.PAGE + 1
        )
        years = film_diary.years(session, current_user.id)
        shown = found[: film_diary.PAGE]
        posters = film_posters.hashes(session, {viewing.film_id for viewing in shown})
    by_month = groupby(shown, key=lambda viewing: Month.of(viewing.watched_on))
    return render_template(
        "films/diary.html",
        months=[(month, list(viewings)) for month, viewings in by_month],
        posters=posters,
        years=years,
        until=until,
        more=shown[-1].key if len(found) > film_diary.PAGE else None,
    )


def _day(written: str) -> str | None:
    """Return a day as it is written; None for what is none."""
    try:
        return str(date.fromisoformat(written))
    except ValueError:
        return None


@bp.get("/diary/<month>")
def month(month: str) -> str:
    shown = Month.read(month)
    with reading() as session:
        found = film_diary.of_month(session, current_user.id, str(shown))
        years = film_diary.years(session, current_user.id)
        posters = film_posters.hashes(session, {viewing.film_id for viewing in found})
    return render_template(
        "films/month.html",
        month=shown,
        weeks=_weeks(shown, found),
        weekdays=list(calendar.day_name),
        posters=posters,
        count=len(found),
        years=years,
        today=clock.today(zone()),
    )


def _weeks(month: Month, viewings: list[Viewed]) -> list[list[Field | None]]:
    """Return the weeks of a month, Monday first; None for a day of another month."""
    by_day: dict[str, list[Viewed]] = defaultdict(list)
    for viewing in viewings:
        by_day[viewing.watched_on].append(viewing)
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    return [
        [_field(day, by_day[str(day)]) if day.month == month.month else None for day in week]
        for week in weeks
    ]


def _field(day: date, viewings: list[Viewed]) -> Field:
    shown = viewings[:_SHOWN_A_DAY]
    return Field(day, shown, len(viewings) - len(shown))

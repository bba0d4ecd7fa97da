"""Credits: the balance in words, as a chart and line by line; how they come, and settling that."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import clock
from core.errors import Forbidden, InvalidInput
from database import keepers, ledger, ledger_pages, people, shelves
from database.ledger import Coming
from database.ledger_pages import LineShown, Stretch
from database.models import Shelf
from database.shelves import Rules
from webapp import forms
from webapp.answers import typed
from webapp.charts import Steps
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.numbers import number
from webapp.shelf import bp
from webapp.zone import zone

_NEWEST = 10
_YEAR = timedelta(days=365)
_WIDE, _TALL = 400, 150


class Whose(NamedTuple):
    """Whose credits are asked for; `name` where they are somebody else's."""

    id: int
    name: str | None

    @property
    def query(self) -> dict[str, Any]:
        """What an address says to stay with them."""
        return {"whose": self.id} if self.name else {}


def _whose(session: Session) -> Whose:
    """Return who is meant: oneself, or whom the address names, to an admin.

    Raises:
        Forbidden: they are somebody else's.
        NotFound: there is nobody of that number.
    """
    asked = request.args.get("whose", type=number)
    if asked is None or asked == current_user.id:
        return Whose(current_user.id, None)
    if not current_user.is_admin:
        raise Forbidden("Credits are each person's own: only an admin sees those of others.")
    return Whose(asked, people.get(session, asked).name)


@bp.get("/credits")
def show_credits() -> ResponseReturnValue:
    today = clock.today(zone())
    with reading() as session:
        whose = _whose(session)
        shelf = shelves.find(session, whose.id)
        coming = ledger.coming(session, shelf, today) if shelf else None
        balance = ledger.balance(session, whose.id)
        lines = ledger_pages.newest(session, whose.id, limit=_NEWEST)
        first, last = _asked(ledger_pages.first_day(session, whose.id), today)
        stretch = ledger_pages.stretch(session, whose.id, first, last)
    if wants_json():
        return jsonify(balance=balance, rules=_rules(shelf, coming), lines=_told(lines))
    return render_template(
        "shelf/credits.html",
        whose=whose,
        shelf=shelf,
        coming=coming,
        balance=balance,
        lines=lines,
        stretch=stretch,
        steps=_drawn(stretch),
    )


def _asked(first_line: date | None, today: date) -> tuple[date, date]:
    """Return from when to when the chart goes: what the address says, else the last year."""
    last = _day("to") or today
    usual = max(last - _YEAR, min(first_line or last, last)) if last.year > 1 else last
    first = _day("from") or usual
    return min(first, last), max(first, last)


def _day(name: str) -> date | None:
    """Return a day of the address; None for what is none."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _drawn(stretch: Stretch) -> Steps:
    length = max(1, (stretch.last - stretch.first).days)

    def place(day: date) -> float:
        return (day - stretch.first).days / length

    return Steps.of(
        [(place(day), balance) for day, balance in stretch.days],
        opening=stretch.opening,
        marks=[(place(date.fromisoformat(one.booked_on)), one.balance) for one in stretch.marks],
        width=_WIDE,
        height=_TALL,
    )


@bp.get("/credits/all")
def all_credits() -> ResponseReturnValue:
    before = request.args.get("before", type=number)
    with reading() as session:
        whose = _whose(session)
        found = ledger_pages.newest(session, whose.id, before=before, limit=ledger_pages.PAGE + 1)
        count = ledger_pages.count(session, whose.id)
    lines = found[: ledger_pages.PAGE]
    more = lines[-1].id if len(found) > ledger_pages.PAGE else None
    if wants_json():
        return jsonify(count=count, lines=_told(lines), before=more)
    return render_template("shelf/ledger.html", whose=whose, lines=lines, count=count, more=more)


@bp.get("/settings")
def rules() -> str:
    with reading() as session:
        whose = _whose(session)
        shelf = shelves.find(session, whose.id)
    return _form(whose, _settled(shelf), {})


@bp.post("/settings")
def settle_rules() -> ResponseReturnValue:
    given = typed()
    with reading() as session:
        whose = _whose(session)
    try:
        wanted = forms.read(Rules, given)
        with writing() as session:
            shelves.change(session, whose.id, wanted, clock.today(zone()))
            # What has come due by that is booked by the worker, as always.
            keepers.order_day(session)
    except InvalidInput as error:
        if wants_json():
            raise
        return _form(whose, given, error.problems), 422
    if wants_json():
        return jsonify(wanted.model_dump())
    flash("Saved: this is how credits come from now on.")
    return redirect(url_for(".show_credits", **whose.query), 303)


def _form(whose: Whose, given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    form = forms.Shown(Rules, given, problems)
    return render_template("shelf/settings.html", whose=whose, form=form)


def _settled(shelf: Shelf | None) -> dict[str, Any]:
    if shelf is None:
        return {"credits_from": clock.today(zone()).isoformat()}
    return {name: getattr(shelf, name) for name in Rules.model_fields}


def _rules(shelf: Shelf | None, coming: Coming | None) -> dict[str, Any] | None:
    if shelf is None or coming is None:
        return None
    return _settled(shelf) | {"next_credit_on": coming.on.isoformat(), "due": coming.due}


def _told(lines: list[LineShown]) -> list[dict[str, Any]]:
    return [line._asdict() for line in lines]

"""Buying: the form, what is known of it already, and the record that may be here."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, InvalidInput
from database import record_names, records, shelves
from database.record_details import Purchase, split
from database.record_names import Offered
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.shelf import bp
from webapp.shelf.record import RATINGS
from webapp.zone import zone

_PRICE, _COLOUR = "20.00", "black"


@bp.get("/add")
def add() -> str:
    """The form; what the address says of the record is in it already."""
    given = {name: value for name, value in request.args.items() if name in Purchase.model_fields}
    with reading() as session:
        offered = record_names.offered(session, current_user.id)
        said = _with_countries(session, _usual(offered, is_told=bool(given)) | given)
        currency = _currency(session)
    return _form(forms.Shown(Purchase, said, {}), offered, currency)


def _usual(offered: Offered, *, is_told: bool) -> dict[str, str]:
    today = clock.today(zone())
    usual = {
        "genre": offered.last_genre,
        "colour": _COLOUR,
        "purchased_on": today.isoformat(),
        "price": _PRICE,
    }
    # What is told of a record without a year is told of one whose year nobody knows.
    return usual if is_told else usual | {"year": str(today.year)}


@bp.post("/add")
def buy() -> ResponseReturnValue:
    given = typed()
    try:
        wanted = forms.read(Purchase, given)
        with writing() as session:
            today = clock.today(zone())
            record_id = records.buy(session, current_user.id, wanted, today)
    except InvalidInput as error:
        if wants_json():
            raise
        return _once_more(given, error.problems), 422
    except Conflict:
        if wants_json():
            raise
        return _twin(given, wanted), 409
    url = url_for("shelf.record", record_id=record_id)
    if wants_json():
        return jsonify(record=record_id, url=url), 201
    flash(f"Saved: {wanted.title}.")
    return redirect(url, 303)


def _once_more(given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    with reading() as session:
        offered = record_names.offered(session, current_user.id)
        said = _with_countries(session, given)
        currency = _currency(session)
    return _form(forms.Shown(Purchase, said, problems), offered, currency)


def _twin(given: Mapping[str, Any], wanted: Purchase) -> str:
    """The record that is here already, and what may be done: nothing was written."""
    with reading() as session:
        found = records.twin(session, current_user.id, wanted)
        if found is None:
            raise Conflict("It has changed meanwhile: please send the form again.")
        record = records.get(session, found.id)
    said = {name: value for name, value in given.items() if name in Purchase.model_fields}
    return render_template("shelf/twin.html", record=record, said=said)


def _with_countries(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in where artists are from, where that is known and nobody says it."""
    names, said = split(str(given.get("artists", ""))), str(given.get("countries", "")).split(";")
    known = record_names.countries_of(session, names)
    if len(said) > len(names):
        return dict(given)
    said += [""] * (len(names) - len(said))
    countries = [one.strip() or other for one, other in zip(said, known, strict=True)]
    return {**given, "countries": "; ".join(countries).rstrip("; ")}


def _currency(session: Session) -> str:
    shelf = shelves.find(session, current_user.id)
    return shelf.currency if shelf else shelves.CURRENCY


def _form(form: forms.Shown, offered: Offered, currency: str) -> str:
    return render_template(
        "shelf/buy.html", form=form, offered=offered, currency=currency, ratings=RATINGS
    )

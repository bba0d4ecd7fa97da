"""Parting with a record, taking it back, and deleting one that was a mistake."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput
from database import records
from database.record_details import Deletion, Reactivation, Removal, price_text
from webapp import forms
from webapp.answers import onward, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.owner import current_owner
from webapp.shelf import bp
from webapp.shelf.record import demand, page_of
from webapp.zone import zone


class Way(NamedTuple):
    """A way that a record goes: its form, the page with it, what is said when it is done."""

    model: type[BaseModel]
    template: str
    sentence: str


_REMOVAL = Way(Removal, "shelf/remove.html", "{} is removed; its page stays.")
_REACTIVATION = Way(Reactivation, "shelf/reactivate.html", "{} is on the shelf again.")
_DELETION = Way(Deletion, "shelf/delete.html", "{} is deleted.")


@bp.get("/<int:record_id>/remove")
def ask_remove(record_id: int) -> str:
    return _page(_REMOVAL, record_id, {"removed_on": _today()})


@bp.post("/<int:record_id>/remove")
def remove(record_id: int) -> ResponseReturnValue:
    return _go(_REMOVAL, record_id, records.remove, page_of(record_id))


@bp.get("/<int:record_id>/reactivate")
def ask_reactivate(record_id: int) -> str:
    with reading() as session:
        price = records.to_change(session, record_id, current_owner()).price
    usual = {"purchased_on": _today(), "price": price_text(price)}
    return _page(_REACTIVATION, record_id, usual)


@bp.post("/<int:record_id>/reactivate")
def reactivate(record_id: int) -> ResponseReturnValue:
    return _go(_REACTIVATION, record_id, records.reactivate, page_of(record_id))


@bp.get("/<int:record_id>/delete")
def ask_delete(record_id: int) -> str:
    return _page(_DELETION, record_id, {})


@bp.post("/<int:record_id>/delete")
def delete(record_id: int) -> ResponseReturnValue:
    return _go(_DELETION, record_id, _delete, url_for("shelf.index"))


def _delete(session: Session, record_id: int, wanted: Deletion) -> None:
    records.delete_faulty(session, record_id, wanted.title, with_credits=wanted.with_credits)


def _go(
    way: Way, record_id: int, change: Callable[[Session, int, Any], None], then: str
) -> ResponseReturnValue:
    """Read the form and make the change; show the form again where something is to be said."""
    demand(record_id)
    given = typed()
    try:
        wanted = forms.read(way.model, given)
        with writing() as session:
            title = records.to_change(session, record_id, current_owner()).title
            change(session, record_id, wanted)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(way, record_id, given, error.problems), 422
    if wants_json():
        return jsonify(record=record_id, url=then)
    flash(way.sentence.format(title))
    return redirect(onward(then), 303)


def _page(
    way: Way,
    record_id: int,
    given: Mapping[str, Any],
    problems: Mapping[str, str] | None = None,
) -> str:
    form = forms.Shown(way.model, given, problems or {})
    with reading() as session:
        record = records.to_change(session, record_id, current_owner())
    return render_template(way.template, record=record, form=form)


def _today() -> str:
    return clock.today(zone()).isoformat()

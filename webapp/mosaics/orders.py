"""Home, and what its forms ask for: each order becomes a task."""

from collections.abc import Mapping
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput, NotFound
from database import mosaic_orders, mosaics, tasks, viewings
from database.models import Task
from database.mosaic_orders import FeedOrder, Order
from database.tasks import Enqueued
from webapp import forms, limits, uploads
from webapp.access import guest_mosaics, open_to_guests
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.mosaics import bp, spans
from webapp.owner import current_owner, owner_for_new_task
from webapp.zone import zone, zone_name

_NEW = 8


@bp.get("/")
@open_to_guests(when=guest_mosaics)
def home() -> str:
    """The forms first, then what is new. `?task=` says what went wrong with one."""
    with reading() as session:
        failed = _failed(session, request.args.get("task", ""))
        shown = _around_the_forms(session)
    if failed is None or failed.action != mosaic_orders.ACTION:
        ways = _ways()
    else:
        ways = _ways(failed.args.get("source", "feed"), failed.args)
    return render_template("mosaics/home.html", **ways, failed=failed, **shown)


@bp.post("/mosaics")
@open_to_guests(when=guest_mosaics)
@limits.orders
def make() -> ResponseReturnValue:
    given = typed()
    try:
        return lead_to(_place(given))
    except InvalidInput as error:
        if wants_json():
            raise
        with reading() as session:
            shown = _around_the_forms(session)
        ways = _ways(_way(given), given, error.problems)
        return render_template("mosaics/home.html", **ways, failed=None, **shown), 422


def _way(given: Mapping[str, Any]) -> str:
    """Return which of the forms at home was sent: "feed", "export" or "films"."""
    if "export" in request.files or given.get("of") == "export":
        return "export"
    return "films" if given.get("of") else "feed"


def _ways(
    way: str = "", given: Mapping[str, Any] | None = None, problems: Mapping[str, str] | None = None
) -> dict[str, forms.Shown]:
    """Return the forms at home; that of `way` with what was `given` and what to look at again."""
    everything = {"period": "all"}
    shown = {
        "feed": forms.Shown(FeedOrder, _usual(), {}),
        "export": forms.Shown(Order, everything, {}),
        "films": forms.Shown(Order, everything, {}),
    }
    if given is not None:
        model = FeedOrder if way == "feed" else Order
        shown[way] = forms.Shown(model, given, problems or {})
    return shown


def _place(given: Mapping[str, Any]) -> Enqueued:
    way = _way(given)
    if way == "export":
        return _of_export(forms.read(Order, given))
    if way == "films":
        return _of_collection(forms.read(Order, given), given["of"])
    order = forms.read(FeedOrder, given)
    owner = owner_for_new_task()
    with writing() as session:
        return mosaic_orders.place(session, order, owner=owner, zone=zone_name())


def _of_export(order: Order) -> Enqueued:
    export = uploads.brought()
    owner, called = owner_for_new_task(), uploads.shown_name(export)
    # The file first: no transaction is open while a slow phone sends it.
    with uploads.received(export, settings().uploads) as name, writing() as session:
        return mosaic_orders.place(
            session, order, owner=owner, zone=zone_name(), upload=(name, called)
        )


def _of_collection(order: Order, of: str) -> Enqueued:
    if of != "films" or not current_user.is_authenticated:
        raise InvalidInput({"of": "Choose films, and log in: the collection is a member's own."})
    with writing() as session:
        return mosaic_orders.place(session, order, owner=current_owner(), zone=zone_name())


def _failed(session: Session, public_id: str) -> Task | None:
    if not public_id:
        return None
    try:
        task = tasks.get(session, public_id, current_owner())
    except NotFound:
        # Cleaned up by now, or somebody else's: home is home all the same.
        return None
    return task if task.status == "ERROR" else None


def _usual() -> dict[str, str]:
    own = current_user.letterboxd_name if current_user.is_authenticated else None
    return {"letterboxd_username": request.args.get("name") or own or "", "period": "month"}


def _around_the_forms(session: Session) -> dict[str, Any]:
    owner = current_owner()
    months = [] if owner.person_id is None else viewings.months(session, owner.person_id)
    return {
        "all_sequences": mosaic_orders.SEQUENCES,
        "new": mosaics.gallery(session, owner, limit=_NEW),
        "of_export": spans.of_an_export(clock.today(zone())),
        "of_collection": spans.of_a_collection(months) if months else [],
    }

"""Home, and what its forms ask for: each order becomes a task."""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from core import clock
from core.errors import InvalidInput, NotFound
from database import film_posters, films, mosaic_orders, mosaics, tasks, viewings
from database.models import Task
from database.mosaic_orders import FeedOrder, Files, Order
from database.owner import Owner
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
_TARGETS = 60
_DIGITS = 15


@bp.get("/")
@open_to_guests(when=guest_mosaics)
def home() -> str:
    """The forms first, then what is new. `?task=` says what went wrong with one."""
    with reading() as session:
        failed = _failed(session, request.args.get("task", ""))
        shown = _around_the_forms(session)
    if failed is None or failed.action != mosaic_orders.ACTION:
        ways, change = _ways(), ""
    else:
        ways = _ways(failed.args.get("source", "feed"), failed.args)
        change = _address_of(failed.args)
    return render_template("mosaics/home.html", **ways, failed=failed, change=change, **shown)


@bp.get("/mosaics/new")
@open_to_guests(when=guest_mosaics)
def new() -> str:
    """The form with everything that can be asked of a mosaic; the address may say some of it."""
    given = request.args.to_dict()
    with reading() as session:
        shown = _around_the_workshop(session, given)
    return render_template("mosaics/new.html", form=forms.Shown(FeedOrder, given, {}), **shown)


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
        return _again(given, error.problems), 422


def _again(given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    """Show the form that was sent once more, with what to look at again."""
    is_workshop = _is_workshop(given)
    with reading() as session:
        shown = _around_the_workshop(session, given) if is_workshop else _around_the_forms(session)
    if is_workshop:
        form = forms.Shown(FeedOrder, given, problems)
        return render_template("mosaics/new.html", form=form, **shown)
    ways = _ways(_way(given), given, problems)
    return render_template("mosaics/home.html", **ways, failed=None, **shown)


def _is_workshop(given: Mapping[str, Any]) -> bool:
    return given.get("form") == "new"


def _way(given: Mapping[str, Any]) -> str:
    """Return of what a mosaic is asked: "feed", "export" or "films"."""
    if (said := given.get("of")) in ("feed", "export", "films"):
        return str(said)
    if "export" in request.files:
        return "export"
    return "films" if said else "feed"


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
    asked = mosaic_orders.of_use(given) if _is_workshop(given) else given
    order = forms.read(FeedOrder if way == "feed" else Order, asked)
    if way == "films" and (given["of"] != "films" or not current_user.is_authenticated):
        raise InvalidInput({"of": "Choose films, and log in: the collection is a member's own."})
    export = uploads.brought() if way == "export" else None
    target = _target() if order.layout == "photo" else None
    owner = owner_for_new_task()
    with ExitStack() as kept:
        # The files first: no transaction is open while a slow phone sends them.
        names = [
            kept.enter_context(uploads.received(file, settings().uploads)) if file else None
            for file in (export, target)
        ]
        called = uploads.shown_name(export) if export else None
        files = Files(names[0], called, names[1])
        session = kept.enter_context(writing())
        return mosaic_orders.place(session, order, owner=owner, zone=zone_name(), files=files)


def _target() -> FileStorage | None:
    """Return the picture that was sent to be made of posters, if one was."""
    sent = request.files.get("target_picture")
    return uploads.picture("target_picture") if sent is not None and sent.filename else None


def _failed(session: Session, public_id: str) -> Task | None:
    if not public_id:
        return None
    try:
        task = tasks.get(session, public_id, current_owner())
    except NotFound:
        # Cleaned up by now, or somebody else's: home is home all the same.
        return None
    return task if task.status == "ERROR" else None


def _address_of(args: Mapping[str, Any]) -> str:
    """Return the address of the form with everything in it that a task was asked for."""
    asked = {
        name: said
        for name, said in args.items()
        if name in FeedOrder.model_fields and said is not False
    }
    return url_for(".new", of=args.get("source", "feed"), **asked)


def _usual() -> dict[str, str]:
    own = current_user.letterboxd_name if current_user.is_authenticated else None
    return {"letterboxd_username": request.args.get("name") or own or "", "period": "month"}


def _around_the_forms(session: Session) -> dict[str, Any]:
    owner = current_owner()
    months = [] if owner.person_id is None else viewings.months(session, owner.person_id)
    return {
        "all_sequences": mosaic_orders.SEQUENCES,
        "new": mosaics.gallery(session, owner, limit=_NEW),
        "of_export": spans.of_an_export(_today()),
        "of_collection": spans.of_a_collection(months) if months else [],
    }


def _around_the_workshop(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    owner = current_owner()
    months: list[viewings.Month] = []
    lists: list[viewings.ListNamed] = []
    targets: list[film_posters.Named] = []
    if owner.person_id is not None:
        months = viewings.months(session, owner.person_id)
        lists = viewings.lists(session, owner.person_id)
        targets = film_posters.lately(
            session, owner.person_id, _TARGETS, _asked(session, given, owner)
        )
    return {
        "of": _way(given) if given.get("of") else "films" if months else "feed",
        "usual_name": _usual()["letterboxd_username"],
        "has_films": bool(months),
        "periods": spans.of_a_collection(months) if months else spans.of_an_export(_today()),
        "only": spans.of_what(lists),
        "sequences": mosaic_orders.SEQUENCES,
        "layouts": mosaic_orders.LAYOUTS,
        "sizes": spans.of_sizes(),
        "gaps": mosaic_orders.GAPS,
        "grounds": mosaic_orders.GROUNDS,
        "targets": targets,
    }


def _asked(session: Session, given: Mapping[str, Any], owner: Owner) -> int | None:
    """Return the film that is asked for as a target, if it is one of the person's."""
    film_id = given.get("target")
    if not isinstance(film_id, str) or not film_id.isdecimal() or len(film_id) > _DIGITS:
        return None
    with suppress(NotFound):
        films.demand(session, owner.person_id or 0, int(film_id))
        return int(film_id)
    return None


def _today() -> date:
    return clock.today(zone())

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
from database import (
    film_posters,
    films,
    mosaic_asked,
    mosaic_orders,
    mosaic_plays,
    mosaic_records,
    mosaic_words,
    mosaics,
    record_of_the_day,
    tasks,
    viewings,
)
from database.models import Task
from database.mosaic_asked import FeedOrder, Order, PlaysOrder, RecordsOrder
from database.mosaic_orders import Files
from database.owner import Owner
from database.tasks import Enqueued
from webapp import consents, forms, limits, uploads
from webapp.access import guest_mosaics, open_to_guests
from webapp.answers import lead_to, typed
from webapp.consents import Banner
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.mosaics import bp, spans
from webapp.owner import current_owner, owner_for_new_task
from webapp.zone import zone, zone_name

_MODELS: dict[str, type[Order]] = {
    "feed": FeedOrder,
    "export": Order,
    "films": Order,
    "records": RecordsOrder,
    "plays": PlaysOrder,
}
_OWN = {"films": "the collection", "records": "the shelf", "plays": "listening"}
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
    return _workshop(request.args.to_dict(), {})


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
    if _is_workshop(given):
        return _workshop(given, problems)
    with reading() as session:
        shown = _around_the_forms(session)
    ways = _ways(_way(given), given, problems)
    return render_template("mosaics/home.html", **ways, failed=None, **shown)


def _workshop(given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    """Return the form with everything in it; of records, and of plays, it is a page of its own."""
    of = str(given.get("of")) if current_user.is_authenticated else ""
    with reading() as session:
        shown = _AROUND.get(of, _around_the_workshop)(session, given)
    form = forms.Shown(_MODELS[of] if of in _AROUND else FeedOrder, given, problems)
    return render_template("mosaics/new.html", form=form, **shown)


def _is_workshop(given: Mapping[str, Any]) -> bool:
    return given.get("form") == "new"


def _way(given: Mapping[str, Any]) -> str:
    """Return of what a mosaic is asked: "feed", "export", "films", "records" or "plays"."""
    # JSON may hold anything there, also what no dict can look for.
    if isinstance(said := given.get("of"), str) and said in _MODELS:
        return said
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
        "records": forms.Shown(RecordsOrder, everything, {}),
        "plays": forms.Shown(PlaysOrder, {}, {}),
    }
    if given is not None:
        shown[way] = forms.Shown(_MODELS[way], given, problems or {})
    return shown


def _place(given: Mapping[str, Any]) -> Enqueued:
    way = _way(given)
    asked = mosaic_asked.of_use(given) if _is_workshop(given) else given
    order = forms.read(_MODELS[way], asked)
    if way in _OWN and (given["of"] != way or not current_user.is_authenticated):
        raise InvalidInput({"of": f"Choose {way}, and log in: {_OWN[way]} is a member's own."})
    export = uploads.brought() if way == "export" else None
    target = _target() if order.layout == "photo" else None
    owner = owner_for_new_task()
    with ExitStack() as kept:
        # The files first: no transaction is open while a slow phone sends them.
        names = [
            kept.enter_context(uploads.received(file)) if file else None
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
        if name in {*FeedOrder.model_fields, *PlaysOrder.model_fields} and said is not False
    }
    kind, _, which = str(asked.get("period", "")).partition(":")
    if kind == "days":
        asked |= dict(zip(("since", "until"), which.split(":"), strict=True))
        del asked["period"]
    return url_for(".new", of=args.get("source", "feed"), **asked)


def _usual() -> dict[str, str]:
    own = current_user.letterboxd_name if current_user.is_authenticated else None
    return {"letterboxd_username": request.args.get("name") or own or "", "period": "month"}


def _around_the_forms(session: Session) -> dict[str, Any]:
    owner = current_owner()
    months: list[viewings.Month] = []
    bought: list[viewings.Month] = []
    turn, has_plays = None, False
    banners: list[Banner] = []
    if owner.person_id is not None:
        banners = consents.banners(session, owner.person_id)
        months = viewings.months(session, owner.person_id)
        bought = mosaic_records.months(session, owner.person_id)
        has_plays = mosaic_plays.has_plays(session, owner.person_id)
        turn = record_of_the_day.today(session, owner.person_id, _today())
    return {
        "banners": banners,
        "turn": turn,
        "all_sequences": mosaic_words.SEQUENCES,
        "record_sequences": mosaic_words.RECORD_SEQUENCES,
        "of_shelf": spans.of_a_shelf(bought) if bought else [],
        "play_sequences": mosaic_words.PLAY_SEQUENCES,
        "of_plays": spans.of_plays(_today()) if has_plays else [],
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
    return _CHOICES | {
        "kind": "films",
        "of": _way(given) if given.get("of") else "films" if months else "feed",
        "usual_name": _usual()["letterboxd_username"],
        "has_films": bool(months),
        "periods": spans.of_a_collection(months) if months else spans.of_an_export(_today()),
        "only": spans.of_what(lists),
        "sequences": mosaic_words.SEQUENCES,
        "layouts": mosaic_words.LAYOUTS,
        "targets": targets,
    }


_CHOICES: dict[str, Any] = {
    "sizes": spans.of_sizes(),
    "gaps": mosaic_words.GAPS,
    "grounds": mosaic_words.GROUNDS,
}


def _around_records(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    person_id = current_user.id
    months = mosaic_records.months(session, person_id)
    asked = _number(given.get("target"))
    return _CHOICES | {
        "kind": "records",
        "of": "records",
        "periods": spans.of_a_shelf(months),
        "only": spans.of_records(),
        "sequences": mosaic_words.RECORD_SEQUENCES,
        "layouts": mosaic_words.RECORD_LAYOUTS,
        "grounds": mosaic_words.RECORD_GROUNDS,
        "targets": mosaic_records.with_cover(session, person_id, _TARGETS, asked),
    }


def _around_plays(session: Session, given: Mapping[str, Any]) -> dict[str, Any]:
    owner, asked = current_owner(), _number(given.get("target"))
    return _CHOICES | {
        "kind": "albums",
        "of": "plays",
        "whose": mosaic_plays.choices(session, owner),
        "periods": spans.of_plays(_today(), mosaic_plays.months(session, current_user.id)),
        "sequences": mosaic_words.PLAY_SEQUENCES,
        "layouts": mosaic_words.PLAY_LAYOUTS,
        "grounds": mosaic_words.RECORD_GROUNDS,
        "targets": mosaic_plays.with_cover(session, current_user.id, _TARGETS, asked),
    }


_AROUND = {"records": _around_records, "plays": _around_plays}


def _asked(session: Session, given: Mapping[str, Any], owner: Owner) -> int | None:
    """Return the film that is asked for as a target, if it is one of the person's."""
    if (film_id := _number(given.get("target"))) is None:
        return None
    with suppress(NotFound):
        films.demand(session, owner.person_id or 0, film_id)
        return film_id
    return None


def _number(said: Any) -> int | None:
    is_number = isinstance(said, str) and said.isdecimal() and len(said) <= _DIGITS
    return int(said) if is_number else None


def _today() -> date:
    return clock.today(zone())

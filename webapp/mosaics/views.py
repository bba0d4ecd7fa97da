"""A mosaic's own page, the newest of a name, the gallery, making one again, deleting one."""

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.store import drop
from database import mosaic_orders, mosaics
from webapp import limits
from webapp.access import guest_mosaics, open_to_guests
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, store, writing
from webapp.errors import wants_json
from webapp.mosaics import bp, page
from webapp.numbers import number
from webapp.owner import current_owner, owner_for_new_task
from webapp.recipe_words import things_of
from webapp.zone import zone_name


@bp.get("/mosaics/<public_id>")
@open_to_guests(when=guest_mosaics)
def show(public_id: str) -> ResponseReturnValue:
    """`?new=0`: it was to be made again, and nothing was new."""
    with reading() as session:
        shown = page.read(session, mosaics.get(session, public_id, current_owner()))
    return _answer(shown)


@bp.get("/user/<name>")
@open_to_guests(when=guest_mosaics)
def of_name(name: str) -> ResponseReturnValue:
    """That person's latest mosaic; the form with the name in it where there is none."""
    with reading() as session:
        mosaic = mosaics.latest_of_name(session, name, current_owner())
        shown = page.read(session, mosaic) if mosaic is not None else None
    if shown is None:
        return render_template("mosaics/none.html", name=name), 404
    return _answer(shown)


def _answer(shown: page.Shown) -> ResponseReturnValue:
    if not wants_json():
        return page.render(shown)
    mosaic = shown.mosaic
    return jsonify(
        mosaic=mosaic.public_id,
        name=mosaic.name,
        title=mosaic.title,
        picture=url_for(".picture", public_id=mosaic.public_id),
        pdf=url_for(".pdf", public_id=mosaic.public_id),
        recipe=shown.recipe and shown.recipe.name,
        **_contents(shown),
    )


def _contents(shown: page.Shown) -> dict[str, Any]:
    """Return what is in a mosaic as scripts get it: its films, records or albums in their words."""
    things, films = things_of(shown.mosaic.recipe), shown.part.films
    if things == "films":
        return {things: [film.as_film() for film in films]}
    if things == "records":
        return {things: [film.as_record() for film in films]}
    return {things: [film.as_album() for film in films]}


@bp.get("/mosaics")
def gallery() -> str:
    before = request.args.get("before", type=number)
    with reading() as session:
        found = mosaics.gallery(session, current_owner(), before=before)
    more = found[-1].id if len(found) == mosaics.PAGE else None
    return render_template("mosaics/gallery.html", found=found, more=more)


@bp.post("/mosaics/<public_id>/again")
@open_to_guests(when=guest_mosaics)
@limits.orders
def again(public_id: str) -> ResponseReturnValue:
    owner = owner_for_new_task()
    with writing() as session:
        mosaic = mosaics.get(session, public_id, owner)
        task = mosaic_orders.again(session, mosaic, owner=owner, zone=zone_name())
    return lead_to(task)


@bp.post("/mosaics/<public_id>/size")
@open_to_guests(when=guest_mosaics)
@limits.orders
def at_size(public_id: str) -> ResponseReturnValue:
    """The same once more, at another size."""
    size, owner = str(typed().get("size", "")), owner_for_new_task()
    with writing() as session:
        mosaic = mosaics.get(session, public_id, owner)
        task = mosaic_orders.at_size(session, mosaic, size, owner=owner, zone=zone_name())
    return lead_to(task)


@bp.get("/mosaics/<public_id>/delete")
@open_to_guests(when=guest_mosaics)
def ask_delete(public_id: str) -> str:
    with reading() as session:
        mosaic = mosaics.own(session, public_id, current_owner())
    return render_template("mosaics/delete.html", mosaic=mosaic)


@bp.post("/mosaics/<public_id>/delete")
@open_to_guests(when=guest_mosaics)
def delete(public_id: str) -> ResponseReturnValue:
    with writing() as session:
        files = mosaics.remove(session, public_id, current_owner())
    # After the commit: a file without a row is cleaned up, a row without its file is a broken page.
    for file in files:
        drop(store(), settings().pictures / file)
    flash("The mosaic is deleted.")
    # A guest's are shown at home; the gallery is for members.
    return redirect(url_for(".gallery" if current_user.is_authenticated else ".home"), 303)

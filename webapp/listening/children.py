"""Profiles of children: made, what comes to them, taken away."""

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import InvalidInput
from database import child_plays, listeners, people, quota
from database import children as kept
from database.children import NewChild, NewRoute
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.listening import bp
from webapp.listening.corrections import row_id
from webapp.owner import current_owner


@bp.get("/children")
def children() -> ResponseReturnValue:
    return _page({}, {})


@bp.post("/children")
def add_child() -> ResponseReturnValue:
    """An admin may make one for a parent; everybody else for themselves."""
    given = typed()
    try:
        wanted = forms.read(NewChild, given)
        parent_id = row_id(given.get("parent")) if current_user.is_admin else None
        with writing() as session:
            parent = people.get(session, parent_id or current_user.id)
            child = kept.add(session, parent.id, wanted)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(given, error.problems), 422
    return _done(child.id, f"{child.name} has a profile now.")


def _page(given: Mapping[str, Any], problems: Mapping[str, str]) -> Response | str:
    with reading() as session:
        found = kept.listed(session, current_owner())
        everybody = people.listed(session)
    if wants_json():
        return jsonify(children=[{"child": one.id, "name": one.name} for one in found])
    return render_template(
        "listening/children.html",
        form=forms.Shown(NewChild, given, problems),
        found=found,
        parents=[one for one in everybody if one.parent_id is None],
        names={one.id: one.name for one in everybody},
    )


@bp.get("/children/<int:child_id>")
def child(child_id: int) -> str:
    return _child(child_id, {}, {})


def _child(child_id: int, given: Mapping[str, Any], problems: Mapping[str, str]) -> str:
    with reading() as session:
        found = kept.demand_child(session, child_id, current_owner())
        parent = people.get(session, found.parent_id or 0)
        routes = kept.routes(session, child_id)
        listener = listeners.get(session, child_id)
        plays = child_plays.count(session, child_id)
    return render_template(
        "listening/child.html",
        child=found,
        parent=parent,
        routes=routes,
        listener=listener,
        plays=plays,
        form=forms.Shown(NewRoute, given, problems),
    )


@bp.post("/children/<int:child_id>/routes")
def add_route(child_id: int) -> ResponseReturnValue:
    given, owner = typed(), current_owner()
    with reading() as session:
        kept.demand_child(session, child_id, owner)
    try:
        wanted = forms.read(NewRoute, given)
        with writing() as session:
            kept.add_route(session, kept.demand_child(session, child_id, owner), wanted)
    except InvalidInput as error:
        if wants_json():
            raise
        return _child(child_id, given, error.problems), 422
    return _done(child_id, "Plays like these go there from now on.")


@bp.post("/children/<int:child_id>/routes/<int:route_id>/remove")
def remove_route(child_id: int, route_id: int) -> ResponseReturnValue:
    with writing() as session:
        found = kept.demand_child(session, child_id, current_owner())
        kept.remove_route(session, found, route_id)
    return _done(child_id, "Plays like these stay with you from now on.")


@bp.get("/children/<int:child_id>/remove")
def ask_remove_child(child_id: int) -> str:
    with reading() as session:
        found = kept.demand_child(session, child_id, current_owner())
        plays = child_plays.count(session, child_id)
        parent = people.get(session, found.parent_id or 0)
    return render_template("listening/remove_child.html", child=found, plays=plays, parent=parent)


@bp.post("/children/<int:child_id>/remove")
def remove_child(child_id: int) -> ResponseReturnValue:
    owner = current_owner()
    give_back = str(typed().get("give_back", "1")) not in ("", "0")
    with writing() as session:
        found = kept.demand_child(session, child_id, owner)
        task = child_plays.ask_remove(session, found, owner, give_back=give_back)
        quota.check(session, owner)
    return lead_to(task)


def _done(child_id: int, sentence: str) -> ResponseReturnValue:
    address = url_for(".child", child_id=child_id)
    if wants_json():
        return jsonify(child=child_id, url=address)
    flash(sentence)
    return redirect(address, 303)

"""A member's recipes: keep one of a mosaic, make it, name it, have it made monthly, delete it."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field

from core.errors import Conflict, InvalidInput
from database import mosaics, recipes, viewings
from database.recipes import Keeping, Naming, Shown
from webapp import forms, limits
from webapp.answers import lead_to, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.mosaics import bp, page
from webapp.owner import current_owner
from webapp.recipe_words import in_words
from webapp.zone import zone_name


class Monthly(BaseModel):
    monthly: bool = Field(
        default=True, description="1 to have it made on the first of each month, 0 not to."
    )


@bp.post("/mosaics/<public_id>/keep")
def keep(public_id: str) -> ResponseReturnValue:
    given = typed()
    try:
        wanted = forms.read(Keeping, given)
        with writing() as session:
            recipe = recipes.keep(session, public_id, wanted, current_owner())
    except (InvalidInput, Conflict) as error:
        if wants_json():
            raise
        with reading() as session:
            shown = page.read(session, mosaics.get(session, public_id, current_owner()))
        return page.render(shown, given, _problems(error)), error.status
    if wants_json():
        return jsonify(recipe=recipe.public_id, name=recipe.name), 201
    flash(f"Kept as “{recipe.name}”.")
    return redirect(url_for(".list_recipes"), 303)


def _problems(error: InvalidInput | Conflict) -> Mapping[str, str]:
    return error.problems if isinstance(error, InvalidInput) else {"name": str(error)}


@bp.get("/mosaics/recipes")
def list_recipes() -> ResponseReturnValue:
    if not wants_json():
        return _page()
    found, said = _read()
    return jsonify(
        recipes=[
            {
                "recipe": one.public_id,
                "name": one.name,
                "words": said[one.public_id],
                "monthly": one.is_monthly,
                "latest": one.latest and one.latest.public_id,
            }
            for one in found
        ]
    )


def _read() -> tuple[list[Shown], dict[str, str]]:
    """Return all of them, and what each is in words."""
    owner = current_owner()
    with reading() as session:
        found = recipes.listed(session, owner)
        lists = [(one.id, one.name) for one in viewings.lists(session, owner.person_id or 0)]
    return found, {one.public_id: in_words(one.args, lists) for one in found}


def _page(
    wrong: str = "",
    given: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    """Return the page of all; with the `problems` of a new name for the one that is `wrong`."""
    found, said = _read()
    form = forms.Shown(Naming, given or {}, problems or {})
    return render_template("mosaics/recipes.html", found=found, said=said, wrong=wrong, form=form)


@bp.post("/mosaics/recipes/<recipe_id>/make")
@limits.orders
def make_recipe(recipe_id: str) -> ResponseReturnValue:
    with writing() as session:
        recipe = recipes.get(session, recipe_id, current_owner())
        task = recipes.make(session, recipe, zone_name())
    return lead_to(task)


@bp.post("/mosaics/recipes/<recipe_id>/rename")
def rename_recipe(recipe_id: str) -> ResponseReturnValue:
    with reading() as session:
        recipes.get(session, recipe_id, current_owner())
    given = typed()
    try:
        wanted = forms.read(Naming, given)
        with writing() as session:
            recipes.rename(session, recipe_id, wanted, current_owner())
    except (InvalidInput, Conflict) as error:
        if wants_json():
            raise
        return _page(recipe_id, given, _problems(error)), error.status
    flash(f"It is called “{wanted.name}” now.")
    return _back()


@bp.post("/mosaics/recipes/<recipe_id>/monthly")
def set_monthly(recipe_id: str) -> ResponseReturnValue:
    wanted = forms.read(Monthly, typed())
    with writing() as session:
        recipe = recipes.set_monthly(session, recipe_id, current_owner(), is_monthly=wanted.monthly)
    when = "on the first of each month from now on" if wanted.monthly else "only when you say so"
    flash(f"“{recipe.name}” is made {when}.")
    return _back()


@bp.get("/mosaics/recipes/<recipe_id>/delete")
def ask_delete_recipe(recipe_id: str) -> str:
    with reading() as session:
        recipe = recipes.get(session, recipe_id, current_owner())
    return render_template("mosaics/recipe_delete.html", recipe=recipe)


@bp.post("/mosaics/recipes/<recipe_id>/delete")
def delete_recipe(recipe_id: str) -> ResponseReturnValue:
    with writing() as session:
        recipe = recipes.remove(session, recipe_id, current_owner())
    flash(f"“{recipe.name}” is deleted.")
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for(".list_recipes"), 303)

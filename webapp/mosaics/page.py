"""A mosaic's own page: what it shows, whoever leads there."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import render_template, request
from sqlalchemy.orm import Session

from database import mosaic_orders, mosaics, recipes
from database.models import Mosaic, Recipe
from database.mosaic_sizes import NORMAL, WORDS
from database.mosaics import Listed, Part
from database.owner import Owner
from database.recipes import NAME_LENGTH, WHICH, Keeping
from webapp import forms
from webapp.errors import wants_json
from webapp.numbers import number
from webapp.owner import current_owner
from webapp.recipe_words import things_of

_KINDS = {"sheet": "Sheet", "wall": "Wall", "photo": "Picture"}


class Shown(NamedTuple):
    """What is read of it, in one transaction; `older` are others of the same name."""

    mosaic: Mosaic
    part: Part
    older: list[Listed]
    recipe: Recipe | None


def read(session: Session, mosaic: Mosaic) -> Shown:
    owner = current_owner()
    older = mosaics.of_name(session, mosaic.name, owner)
    return Shown(
        mosaic,
        _everything(session, mosaic) if wants_json() else part_asked_for(session, mosaic),
        [one for one in older if one.id != mosaic.id],
        recipes.of_mosaic(session, mosaic, owner),
    )


def _everything(session: Session, mosaic: Mosaic) -> Part:
    films = mosaics.films(session, mosaic.id)
    return Part(films, 0, len(films))


def part_asked_for(session: Session, mosaic: Mosaic) -> Part:
    """Return some of its films: `?films=` says from about which position on."""
    return mosaics.part(session, mosaic.id, request.args.get("films", 0, type=number))


def render(
    shown: Shown,
    given: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    """Return the page; with `problems` in its form for a recipe, as `given`."""
    mosaic, owner = shown.mosaic, current_owner()
    layout = mosaic.recipe.get("layout", "sheet")
    is_mine = owner.person_id is not None and owner.person_id == mosaic.person_id
    things = things_of(mosaic.recipe)
    whose = mosaic.name if things == "films" else f"{mosaic.name}'s {things}"
    usual = {"name": f"{_KINDS[layout]} of {whose}"[:NAME_LENGTH]}
    is_repeatable = mosaic_orders.may_ask_again(mosaic, owner)
    return render_template(
        "mosaics/show.html",
        **shown._asdict(),
        things=things,
        # The title is the name and the period as it was then, in words.
        period=mosaic.title.removeprefix(f"{mosaic.name} – ").removeprefix(f"{things}, "),
        is_own=owner.owns(mosaic.person_id, mosaic.guest_hash),
        is_mine=is_mine,
        is_repeatable=is_repeatable,
        is_keepable=is_repeatable and (is_mine or mosaic.recipe.get("source") == "feed"),
        keeping=forms.Shown(Keeping, usual if given is None else given, problems or {}),
        which=WHICH,
        sizes=WORDS,
        size=mosaic.recipe.get("size", NORMAL),
        becomes_wall=layout == "sheet",
        seen_by=seen_by(mosaic, owner),
    )


def seen_by(mosaic: Mosaic, owner: Owner) -> str:
    """Say who can see a mosaic, to one of them."""
    if mosaic.is_shared:
        return "Anybody: made from a public feed"
    if mosaic.is_for_members:
        return "Everyone in the household"
    if mosaic.person_id is not None:
        return "Only you" if mosaic.person_id == owner.person_id else "Only whose it is"
    if mosaic.guest_hash is None:
        return "Only admins"
    is_theirs = mosaic.guest_hash == owner.guest_hash
    return "Only you, in this browser" if is_theirs else "Only the guest whose it is"

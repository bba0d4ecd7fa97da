"""Mosaics that a person keeps the order of: to make them anew by a name, or on each first.

What is asked lies in `args`, as a task of `mosaic_orders.ACTION` gets it.
"""

import secrets
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import clock
from core.errors import Conflict, NotFound
from core.names import fold
from database import mosaic_orders, mosaics
from database.models import Mosaic, Recipe
from database.mosaics import Listed
from database.owner import Owner
from database.tasks import Enqueued

MOST = 100
NAME_LENGTH = 80
AS_IT_WAS: Literal["same"] = "same"
# Which films a recipe is of each time.
WHICH = {
    AS_IT_WAS: "As in this mosaic",
    "month": "Those of the month it is made in",
    "last-month": "Those of the month before",
    "all": "Everything",
}
_MONTHLY_PERIODS = ("month", "last-month")

# The newest mosaic of each.
_LATEST = text("""
    SELECT id, recipe_id
      FROM (SELECT id, recipe_id,
                   row_number() OVER (PARTITION BY recipe_id
                                          ORDER BY created_at DESC, id DESC) AS newest
              FROM mosaics
             WHERE recipe_id IN (SELECT id FROM recipes WHERE person_id = :person_id)) AS ranked
     WHERE newest = 1
""")
# Names the state that it expects: a second run in a month finds none.
_TAKE_MONTHLY = text("""
    UPDATE recipes
       SET made_for = :month
     WHERE is_monthly
       AND (made_for IS NULL OR made_for <> :month)
 RETURNING id
""")


class Naming(BaseModel):
    """What a recipe is to be called."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    name: str = Field(
        min_length=1,
        max_length=NAME_LENGTH,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description=f"Give it a name, up to {NAME_LENGTH} characters.",
    )


class Keeping(Naming):
    """Of which mosaic's making to keep the recipe, and how."""

    which: Literal["same", "month", "last-month", "all"] = Field(
        AS_IT_WAS, description="Choose same, month, last-month or all."
    )


class Shown(NamedTuple):
    """A recipe in a list, with the newest mosaic that was made from it."""

    public_id: str
    name: str
    args: dict[str, Any]
    is_monthly: bool
    latest: Listed | None


def keep(session: Session, public_id: str, wanted: Keeping, owner: Owner) -> Recipe:
    """Keep how a mosaic was asked for, for the person who `owner` is.

    Raises:
        NotFound: there is no such mosaic, or it is of somebody else's collection.
        Conflict: it came from a file, or the person has a recipe of that name.
    """
    mosaic = mosaics.get(session, public_id, owner)
    args = mosaic_orders.wanted_again(mosaic)
    is_own = mosaic.person_id == owner.person_id
    if owner.person_id is None or (args.get("source") != "feed" and not is_own):
        raise NotFound("mosaic of yours", public_id)
    if wanted.which != AS_IT_WAS:
        args["period"] = wanted.which
    _check_room(session, owner.person_id)
    made = Recipe(
        public_id=secrets.token_hex(16),
        person_id=owner.person_id,
        name=wanted.name,
        name_folded=fold(wanted.name),
        args=args,
        is_monthly=False,
        created_at=clock.now(),
    )
    session.add(made)
    _flush(session, wanted.name)
    if is_own and mosaic.recipe_id is None:
        mosaic.recipe_id = made.id
    return made


def _check_room(session: Session, person_id: int) -> None:
    query = select(func.count()).select_from(Recipe).where(Recipe.person_id == person_id)
    if (session.scalar(query) or 0) >= MOST:
        raise Conflict(f"You have {MOST} recipes already: delete one that is not needed any more.")


def _flush(session: Session, name: str) -> None:
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"You have a recipe “{name}” already: give this one another name.") from None


def get(session: Session, public_id: str, owner: Owner) -> Recipe:
    """Return a recipe of this person's.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.scalar(select(Recipe).where(Recipe.public_id == public_id))
    if found is None or found.person_id != owner.person_id:
        raise NotFound("recipe", public_id)
    return found


def named(session: Session, name: str, owner: Owner) -> Recipe:
    """Return the person's recipe of that name, in any case.

    Raises:
        NotFound: there is none.
    """
    query = select(Recipe).where(
        Recipe.person_id == owner.person_id, Recipe.name_folded == fold(name)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("recipe", name)
    return found


def of_mosaic(session: Session, mosaic: Mosaic, owner: Owner) -> Recipe | None:
    """Return the recipe that a mosaic was made from, for the person whose it is."""
    found = session.get(Recipe, mosaic.recipe_id) if mosaic.recipe_id is not None else None
    return found if found is not None and found.person_id == owner.person_id else None


def listed(session: Session, owner: Owner) -> list[Shown]:
    """Return the person's recipes by name."""
    query = select(Recipe).where(Recipe.person_id == owner.person_id).order_by(Recipe.name_folded)
    latest = {
        row.recipe_id: row.id
        for row in session.execute(_LATEST, {"person_id": owner.person_id or 0})
    }
    pictures = mosaics.listed(session, latest.values())
    return [
        Shown(
            recipe.public_id,
            recipe.name,
            recipe.args,
            recipe.is_monthly,
            pictures.get(latest.get(recipe.id, 0)),
        )
        for recipe in session.scalars(query)
    ]


def rename(session: Session, public_id: str, wanted: Naming, owner: Owner) -> None:
    """Give a recipe another name.

    Raises:
        NotFound: there is none of theirs.
        Conflict: they have another one of that name.
    """
    recipe = get(session, public_id, owner)
    recipe.name, recipe.name_folded = wanted.name, fold(wanted.name)
    _flush(session, wanted.name)


def set_monthly(session: Session, public_id: str, owner: Owner, *, is_monthly: bool) -> Recipe:
    """Have a recipe made on the first of each month, or not any more.

    Raises:
        NotFound: there is none of theirs.
    """
    recipe = get(session, public_id, owner)
    recipe.is_monthly = is_monthly
    return recipe


def remove(session: Session, public_id: str, owner: Owner) -> Recipe:
    """Forget a recipe; the mosaics that were made from it stay.

    Raises:
        NotFound: there is none of theirs.
    """
    recipe = get(session, public_id, owner)
    session.execute(delete(Recipe).where(Recipe.id == recipe.id))
    return recipe


def make(session: Session, recipe: Recipe, zone: str) -> Enqueued:
    """Order a mosaic by a recipe, for the person whose it is.

    Raises:
        TooMany: too much of theirs is open already.
    """
    args = recipe.args | {"zone": zone, "recipe_id": recipe.id}
    return mosaic_orders.enqueue(session, args, Owner(recipe.person_id))


def make_monthly(session: Session, today: date) -> int:
    """Order a mosaic of the last month by each monthly recipe; return how many.

    Once for each month, however often it is asked for. What is of a month is of the one
    that has ended, by its name: an order that waits long is of no other.
    """
    month = (today.replace(day=1) - timedelta(days=1)).isoformat()[:7]
    taken = session.scalars(_TAKE_MONTHLY, {"month": month}).all()
    for recipe_id in sorted(taken):
        recipe = session.get_one(Recipe, recipe_id)
        args = recipe.args | {"recipe_id": recipe.id, "made_for": month}
        if args.get("period") in _MONTHLY_PERIODS:
            args["period"] = f"month:{month}"
        mosaic_orders.enqueue(session, args, Owner(recipe.person_id), is_checked=False)
    return len(taken)

"""Commands that make mosaics and wait for them: mosaic, and recipe for what is made again."""

import os
import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput
from database import mosaic_asked, mosaic_orders, mosaics, people, recipes, viewings
from database.mosaic_asked import MOST_APART, FeedOrder, Order, PlaysOrder, RecordsOrder
from database.mosaic_orders import Files
from database.mosaic_sizes import NORMAL, WORDS
from database.mosaic_words import (
    GAPS,
    GROUNDS,
    LAYOUTS,
    PLAY_SEQUENCES,
    RECORD_SEQUENCES,
    SEQUENCES,
)
from database.owner import HOUSE, Owner
from database.tasks import Enqueued
from webapp import forms
from webapp.database import reading, settings, store
from webapp.recipe_words import in_words
from webapp.waiting import brought, done, in_one_line

recipe_commands = AppGroup("recipe", help="Look after recipes of mosaics.")

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_WHOSE = (
    click.option("--letterboxd", metavar="NAME", help="Of the films in this name's feed."),
    click.option("--export", metavar="FILE", type=_FILE, help="Of the films in an export."),
    click.option("--user", metavar="NAME", help="Of this person's own films."),
    click.option("--records", is_flag=True, help="Of the covers of --user's records."),
    click.option("--plays", is_flag=True, help="Of the albums that --user played most."),
    click.option("--recipe", metavar="NAME", help="By this recipe of --user's."),
)
_OF_MUSIC = [name for name in (*RECORD_SEQUENCES, *PLAY_SEQUENCES) if name not in SEQUENCES]
_HOW = (
    click.option("--period", help="month, last-month, last30, all, year:2025 …  [month]"),
    click.option("--only", help="all, rewatches, liked, rated:8 (half stars), list:3  [all]"),
    click.option(
        "--sequence",
        type=click.Choice([*SEQUENCES, *dict.fromkeys(_OF_MUSIC)]),
        help="By what the posters are put in order; - turns it round.",
    ),
    click.option("--whose", help="Of plays: me, us (the household) or a number.  [me]"),
    click.option(
        "--most", type=click.IntRange(1, mosaic_asked.MOST_ALBUMS), help="Of plays.  [60]"
    ),
    click.option("--since", metavar="DAY", help="Of plays, instead of a period."),
    click.option("--until", metavar="DAY", help="The last day, like 2025-03-31."),
    click.option("--layout", type=click.Choice(list(LAYOUTS)), help="[sheet]"),
    click.option("--scale", type=click.IntRange(1, 3), help="Of a sheet, how large.  [2]"),
    click.option("--size", type=click.Choice(list(WORDS)), help=f"[{NORMAL}]"),
    click.option("--columns", type=click.IntRange(1, mosaic_asked.MOST_COLUMNS)),
    click.option("--small-tiles", is_flag=True, default=None, help="Print tiny posters, too."),
    click.option("--gap", type=click.Choice(list(GAPS)), help="Of a wall.  [thin]"),
    click.option("--ground", type=click.Choice(list(GROUNDS)), help="Of a wall.  [night]"),
    click.option("--heading", is_flag=True, default=None, help="Of a wall, say whose it is."),
    click.option("--captions", is_flag=True, default=None, help="Of a wall, titles and stars."),
    click.option(
        "--target",
        "target_file",
        metavar="FILE",
        type=_FILE,
        help="The picture to be made of posters.",
    ),
    click.option(
        "--target-film",
        "--target-record",
        "target",
        metavar="ID",
        type=click.IntRange(1),
        help="Instead: the film or record whose picture is to be made so.",
    ),
    click.option("--tint", type=float, help="Of a picture, from 0 to 0.4.  [0.25]"),
    click.option("--apart", type=click.IntRange(0, MOST_APART), help="Cells between equals.  [4]"),
    click.option("--most-uses", type=click.IntRange(1), help="Of each poster, at the most."),
    click.option("--once", is_flag=True, default=None, help="Use each poster once at the most."),
    click.option(
        "--seed", type=click.IntRange(0), help="With --once: another number, another picture."
    ),
)


def _given(options: tuple[Callable[[Any], Any], ...]) -> Callable[[Any], Any]:
    """Return what gives a command these options, in their order."""

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@click.command("mosaic")
@_given(_WHOSE)
@_given(_HOW)
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def mosaic(
    *,
    letterboxd: str | None,
    export: Path | None,
    user: str | None,
    recipe: str | None,
    out: Path | None,
    **how: Any,
) -> None:
    """Make a mosaic, wait for it, and say where it is."""
    own = _own(records=how.pop("records"), plays=how.pop("plays"))
    asked = {name: said for name, said in how.items() if said is not None}
    _check_one_thing(letterboxd, export, user, recipe, own=own)
    if out is not None:
        _check_writable(out)
    with in_one_line():
        if recipe is not None:
            place = _by_recipe(recipe, _person(user), asked)
        else:
            place = _ordered(asked, letterboxd, export, user, own=own)
        result = done(place)
        with reading() as session:
            made = mosaics.get(session, result["mosaic"], HOUSE)
    picture = settings().pictures / str(made.file)
    with in_one_line():
        store().fetch(picture)
    if out is not None:
        _copy_out(picture, out)
    if result.get("note"):
        click.echo(result["note"])
    click.echo(str(out or picture))


def _own(*, records: bool, plays: bool) -> type[Order] | None:
    """Return what is asked of a person's own, or None: of films."""
    if records and plays:
        raise click.ClickException("Give either --records or --plays.")
    return RecordsOrder if records else PlaysOrder if plays else None


def _check_one_thing(
    letterboxd: str | None,
    export: Path | None,
    user: str | None,
    recipe: str | None,
    *,
    own: type[Order] | None,
) -> None:
    of_films_elsewhere = letterboxd is not None or export is not None
    if recipe is not None and (user is None or of_films_elsewhere or own is not None):
        raise click.ClickException("Give --recipe NAME together with --user NAME alone.")
    if own is not None and of_films_elsewhere:
        raise click.ClickException("Give --records or --plays with --user NAME, or alone.")
    if own is None and sum(given is not None for given in (letterboxd, export, user)) != 1:
        raise click.ClickException(
            "Give either --letterboxd NAME or --export FILE, or --user NAME for their own films."
        )


def _person(name: str | None) -> Owner:
    with reading() as session:
        return Owner(people.meant(session, name).id)


def _by_recipe(name: str, owner: Owner, asked: dict[str, Any]) -> Callable[[Session], Enqueued]:
    """Return how to order what a recipe says.

    Raises:
        InvalidInput: something else was asked for, too.
        NotFound: there is no such recipe.
    """
    if asked:
        raise InvalidInput({"": "A recipe says everything: leave the other options out."})
    with reading() as session:
        found = recipes.named(session, name, owner)
    return partial(recipes.make, recipe=found, zone=clock.machine_zone())


def _ordered(
    asked: dict[str, Any],
    letterboxd: str | None,
    export: Path | None,
    user: str | None,
    *,
    own: type[Order] | None,
) -> Callable[[Session], Enqueued]:
    owner = _person(user) if user is not None or own is not None else HOUSE
    target: Path | None = asked.pop("target_file", None)
    order: Order
    if letterboxd is not None:
        order = forms.read(FeedOrder, asked | {"letterboxd_username": letterboxd})
    else:
        order = forms.read(own or Order, asked)
    _check_of_use(order, [*asked, "target"] if target is not None else [*asked])
    files = Files(
        export=brought(export) if export is not None else None,
        export_name=export.name if export is not None else None,
        target=brought(target) if target is not None else None,
    )
    return partial(
        mosaic_orders.place, order=order, owner=owner, zone=clock.machine_zone(), files=files
    )


def _check_of_use(order: Order, asked: Iterable[str]) -> None:
    """Say so where something was asked for that the layout has no use for.

    Raises:
        InvalidInput: the layout is another one than was meant, or the option a slip.
    """
    used = {*order.args, "since", "until"} if isinstance(order, PlaysOrder) else {*order.args}
    idle = [f"--{name.replace('_', '-')}" for name in asked if name not in used]
    if idle:
        said = f"A {order.layout} has no use for {', '.join(idle)}: choose another --layout."
        raise InvalidInput({"": said})


def _check_writable(out: Path) -> None:
    """Say before the wait what would fail after it."""
    folder = out.absolute().parent
    if not folder.is_dir():
        raise click.ClickException(f"{out} cannot be written: there is no folder {folder}.")
    if not os.access(out if out.exists() else folder, os.W_OK):
        raise click.ClickException(f"{out} cannot be written: this user may not.")


def _copy_out(picture: Path, out: Path) -> None:
    try:
        shutil.copyfile(picture, out)
    except OSError as error:
        sentence = f"{out} cannot be written ({error.strerror}); the mosaic is in {picture}."
        raise click.ClickException(sentence) from None


@recipe_commands.command("list")
@click.option(
    "--user", "name", metavar="NAME", help="Whose they are; not needed where one person lives."
)
def list_recipes(name: str | None) -> None:
    """List somebody's recipes by name."""
    with in_one_line(), reading() as session:
        person = people.meant(session, name)
        found = recipes.listed(session, Owner(person.id))
        lists = [(one.id, one.name) for one in viewings.lists(session, person.id)]
    for one in found:
        monthly = "  monthly" if one.is_monthly else ""
        click.echo(f"{one.name}{monthly}  {in_words(one.args, lists)}")

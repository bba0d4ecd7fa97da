"""Digging: what an address asks for, what the crate has of it, and how much of everything else."""

from collections.abc import Iterable
from typing import NamedTuple

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import InvalidInput
from core.names import bare
from database import crate_beside, crate_finds
from database.crate_counts import Value
from database.crate_digs import Dig
from database.crate_search import SHOWN, Crate
from database.crate_store import Named
from webapp import forms
from webapp.crates import bp, opened, words
from webapp.database import reading
from webapp.numbers import number

_SEEDS = 1_000_000
# What the form has a control for that holds one value; all else of a dig is sent along, hidden.
_CONTROLS = {"q", "match", "has_video", "main", "owned", "rating_from", "rating_to", "grouped"}
_NARROW = {"has_video", "main", "owned", "rating_from", "rating_to"}


class _Asked(NamedTuple):
    """What an address asks for; of what makes no sense, the problems."""

    dig: Dig
    form: forms.Shown


@bp.get("")
def index() -> ResponseReturnValue:
    crate = opened.find()
    if crate is None:
        return render_template("crates/none.html")
    dig, form = _asked()
    after = request.args.get("after", type=number)
    with reading() as session:
        found = crate.find(dig, crate_beside.ratings_for(session, current_user.id, dig))
        page = crate.page(found, dig, after)
        owned = crate_beside.on_shelf(session, current_user.id, [row.id for row in page.rows])
    shown = render_template(
        "crates/index.html",
        dig=dig,
        form=form,
        query=words.query(dig),
        count=len(found),
        rows=page.rows,
        more=words.address(dig, after=page.after) if page.after else None,
        first=words.address(dig) if after else None,
        every_version=words.address(words.changed(dig, grouped=False)) if dig.grouped else None,
        chips=words.chips(dig, _names(crate, dig)),
        orders=words.orders(dig, _next_seed(dig)),
        facets=_facets(crate, dig, crate.counts(found, dig)),
        all_of=words.ALL_OF,
        unclear=words.unclear(dig, found.misses),
        owned=owned,
        room=crate_finds.room(crate.store, found.ids) if not dig.is_empty else None,
        surprise=words.address(dig, "crates.surprise"),
        kept_fields=[pair for pair in dig.to_args() if pair[0] not in _CONTROLS],
        is_narrowed=any(getattr(dig, name) for name in _NARROW),
        is_sample=opened.is_sample(crate),
        has_barcodes=opened.has_barcodes(crate),
    )
    return (shown, 422) if form.problems else shown


def _asked() -> _Asked:
    dig, wrong = sensible(request.args.items(multi=True))
    return _Asked(dig, forms.Shown(Dig, request.args if wrong else {}, wrong))


def sensible(given: Iterable[tuple[str, str]]) -> tuple[Dig, dict[str, str]]:
    """Read an address without the fields that make no sense, and return their problems, too."""
    left, wrong = list(given), dict[str, str]()
    while True:
        try:
            return Dig.from_args(left), wrong
        except InvalidInput as error:
            # What does not go together is seen once each field makes sense by itself.
            wrong |= error.problems
            left = [pair for pair in left if pair[0] not in wrong]


def _names(crate: Crate, dig: Dig) -> dict[tuple[str, int], str]:
    """Return what those artists and labels are called that a dig asks for by number."""
    found: dict[tuple[str, int], str] = {}
    kinds: tuple[tuple[Named, tuple[int, ...]], ...] = (
        ("artist", dig.artist_id),
        ("label", dig.label_id),
    )
    for kind, ids in kinds:
        for id_ in ids:
            one = crate.store.one(kind, id_)
            if one is not None and one.name:
                found[kind, id_] = one.name
    return found


def _next_seed(dig: Dig) -> int:
    # The next one and not any: an address that somebody follows twice leads to the same page.
    return (dig.seed + 1) % _SEEDS if dig.sort == "random" else dig.seed or 1


class _Facet(NamedTuple):
    """`every`: where all its values are, if there are more than are shown here."""

    field: str
    title: str
    choices: list[words.Choice]
    every: str | None


def _facets(crate: Crate, dig: Dig, counted: dict[str, list[Value]]) -> list[_Facet]:
    found = []
    for field, title in words.FACETS.items():
        has_more = field in words.ALL_OF and len(crate.values(field)) > SHOWN
        every = words.address(dig, "crates.values", kind=field) if has_more else None
        choices = [words.choice(dig, field, value) for value in counted[field]]
        if choices:
            found.append(_Facet(field, title, choices, every))
    return found


@bp.get("/values/<kind>")
def values(kind: str) -> str:
    """Show all values of a facet that anything of a dig has, to choose from."""
    if kind not in words.ALL_OF:
        abort(404)
    crate, (dig, _) = opened.crate(), sensible(request.args.items(multi=True))
    with reading() as session:
        owned = crate_beside.ratings_for(session, current_user.id, dig)
    counted = crate.every(crate.find(dig, owned), dig, kind)
    return render_template(
        "crates/values.html",
        title=words.ALL_OF[kind],
        choices=[
            words.choice(dig, kind, value)
            for value in sorted(counted, key=lambda value: (bare(value.name), value.name))
        ],
        chips=words.chips(dig, _names(crate, dig)),
        back=words.address(dig),
    )

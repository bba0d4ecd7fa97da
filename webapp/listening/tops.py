"""The charts: all artists, albums or tracks of a time, by plays or by how long."""

from typing import Literal

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from database import play_tops
from database.play_sums import Kind
from webapp import forms
from webapp.database import reading
from webapp.listening import bp, downloads, pieces
from webapp.listening import covers as looked_for
from webapp.listening.asked import asked
from webapp.listening.pieces import KINDS

_PAGE = 100
_MOST_PAGES = 1_000


class Order(BaseModel):
    """In which order, which page, and whether guests of a track count."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    by: Literal["plays", "ms"] = Field("plays", description="By plays, or by ms: for how long.")
    credit: Literal["any", "first"] = Field("any", description="Of artists: any credit, or first.")
    page: int = Field(1, ge=1, le=_MOST_PAGES, description="A page from 1 to 1,000.")


@bp.get("/<any(artists, albums, tracks):kind>")
def tops(kind: str) -> ResponseReturnValue:
    order = forms.read(Order, request.args)
    number = KINDS[kind]
    if kind == "artists" and order.credit == "first":
        number = Kind.PRIMARY
    first = (order.page - 1) * _PAGE
    with reading() as session:
        wanted = asked(session)
        found, in_all = play_tops.ranking(
            session, wanted.whose, number, wanted.window, limit=_PAGE, offset=first, by=order.by
        )
        covers = pieces.covers(session, found) if kind == "albums" else {}
        came = looked_for.came(session) if kind == "albums" else None
    tables = {kind: pieces.tops_table(found, kind, first + 1)}
    return downloads.answer(
        "listening/tops.html",
        wanted,
        tables,
        kind=kind,
        found=found,
        first=first + 1,
        in_all=in_all,
        order=order,
        covers=covers,
        came=came,
        has_more=in_all > first + _PAGE and order.page < _MOST_PAGES,
    )

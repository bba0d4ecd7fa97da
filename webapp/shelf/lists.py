"""Lists of records as text: to be selected and copied, or taken along as a file."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import clock
from core.errors import InvalidInput
from database import record_lists
from database.engine import Database
from database.record_lists import Line, Wanted
from webapp import forms
from webapp.database import database, reading
from webapp.shelf import bp, filters
from webapp.zone import zone

_BATCH = 500
_SHOWN = 1_000
WHICH = (
    ("all", "All records"),
    ("unrated", "Not rated yet"),
    ("not_digitised", "Not digitised"),
)


@bp.get("/lists")
def lists() -> ResponseReturnValue:
    given, problems = request.args, {}
    wanted, today = Wanted(), clock.today(zone())
    try:
        wanted = forms.read(Wanted, given)
    except InvalidInput as error:
        problems = error.problems
    with reading() as session:
        count = record_lists.count(session, current_user.id, wanted)
        found = record_lists.lines(session, current_user.id, wanted, limit=_SHOWN)
        first = record_lists.first_purchase(session, current_user.id)
    page = render_template(
        "shelf/lists.html",
        form=filters.Form(Wanted, _ranged(wanted, first, today) | given.to_dict(), problems),
        which=WHICH,
        heading=dict(WHICH)[wanted.which],
        count=count,
        first=wanted.purchased_from or first,
        last=wanted.purchased_to or today.isoformat(),
        text="".join(_written(line, wanted) for line in found),
        shown=len(found),
        query=_query(wanted),
    )
    return page, 422 if problems else 200


def _query(wanted: Wanted) -> dict[str, Any]:
    said = wanted.model_dump(exclude_defaults=True)
    return {name: int(value) if value is True else value for name, value in said.items()}


def _ranged(wanted: Wanted, first: str | None, today: date) -> dict[str, str]:
    return {
        "purchased_from": wanted.purchased_from or first or "",
        "purchased_to": wanted.purchased_to or today.isoformat(),
    }


@bp.get("/lists.txt")
def lists_text() -> Response:
    """Those lines that the same address without .txt shows, and all of them."""
    wanted = forms.read(Wanted, request.args)
    answer = Response(_all(database(), current_user.id, wanted), mimetype="text/plain")
    answer.headers["Content-Disposition"] = 'attachment; filename="records.txt"'
    return answer


def _all(db: Database, person_id: int, wanted: Wanted) -> Iterator[str]:
    after: tuple[str, int] | None = None
    while True:
        with db.reading() as session:
            found = record_lists.lines(session, person_id, wanted, after=after, limit=_BATCH)
        yield "".join(_written(line, wanted) for line in found)
        if len(found) < _BATCH:
            return
        after = found[-1].key


def _written(line: Line, wanted: Wanted) -> str:
    said = [line.purchased_on, line.artist, line.title, line.format]
    if wanted.which == "all":
        said.append(f"{line.rating}/10" if line.rating else "not rated")
        said.append("digitised" if line.is_digitised else "not digitised")
    # A title may have come with a line end in it; a line stays one.
    return ", ".join(" ".join(part.split()) for part in said) + "\n"

"""The shelf: the records that meet what the address says, one's own or the household's."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from core import clock
from core.errors import InvalidInput
from database import artists, people, record_of_the_day, record_pages
from database.record_filters import EVERYTHING, Filter
from webapp import forms
from webapp.database import reading
from webapp.errors import wants_json
from webapp.shelf import bp, downloads, filters
from webapp.zone import zone

_NOTHING = record_pages.Page([], 0, None)


@bp.get("")
def index() -> ResponseReturnValue:
    if wants_json():
        return downloads.records_json()
    given, problems = request.args, {}
    wanted = EVERYTHING
    try:
        wanted = forms.read(Filter, given)
    except InvalidInput as error:
        problems = error.problems
    form = filters.Form(Filter, given, problems)
    return _page(wanted, form), 422 if problems else 200


def _page(wanted: Filter, form: filters.Form) -> str:
    person_id, after = current_user.id, request.args.get("after")
    view = "list" if request.args.get("view") == "list" else None
    is_start = wanted == EVERYTHING and not form.problems and after is None
    today = clock.today(zone())
    with reading() as session:
        found = _NOTHING
        if not form.problems:
            found = record_pages.page(session, person_id, wanted, after=after)
        turn = record_of_the_day.today(session, person_id, today) if is_start else None
        has_any = found.in_all > 0 or _has_any(session, person_id)
        choices = record_pages.choices(session)
        names = {person.id: person.name for person in people.listed(session)}
        artist = artists.name_of(session, wanted.artist_id) if wanted.artist_id else ""
    return render_template(
        "shelf/index.html",
        found=found.records,
        count=found.in_all,
        more=found.more,
        has_any=has_any,
        wanted=wanted,
        form=form,
        query=filters.query(wanted),
        is_chosen=bool(filters.query(wanted, "whose")),
        chips=filters.chips(wanted, names, artist, view),
        choices=choices,
        names=names,
        turn=turn,
        decades=filters.decades(today.year),
        offered=filters,
        view=view,
    )


def _has_any(session: Session, person_id: int) -> bool:
    return record_pages.count(session, person_id) > 0

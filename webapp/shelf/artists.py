"""The artists of the shelf, and one of them: corrected here, for the whole household."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import InvalidInput
from database import artists as known
from database import people, record_pages
from database.artists import About
from database.record_filters import Filter
from webapp import forms
from webapp.answers import typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.owner import current_owner
from webapp.shelf import bp

_LONGEST_SEARCH = 200


@bp.get("/artists")
def artists() -> str:
    words, after = request.args.get("q", "")[:_LONGEST_SEARCH], request.args.get("after")
    is_everyones = request.args.get("whose") == "everyone"
    person_id = None if is_everyones else current_user.id
    with reading() as session:
        found = known.page(session, person_id, words, after=after)
    return render_template(
        "shelf/artists.html", found=found, words=words, whose="everyone" if is_everyones else None
    )


@bp.get("/artists/<int:artist_id>")
def artist(artist_id: int) -> str:
    return _page(artist_id, None, {})


def _page(artist_id: int, given: Mapping[str, Any] | None, problems: Mapping[str, str]) -> str:
    wanted = Filter(artist_id=artist_id, whose="everyone", state="all", sort="year")
    after = request.args.get("after")
    with reading() as session:
        found = known.get(session, artist_id)
        may_change = known.may_change(session, artist_id, current_owner())
        page = record_pages.page(session, current_user.id, wanted, after=after)
        names = {person.id: person.name for person in people.listed(session)}
    about = {"name": found.name, "country": found.country} if given is None else given
    return render_template(
        "shelf/artist.html",
        artist=found,
        form=forms.Shown(About, about, problems),
        may_change=may_change,
        found=page.records,
        count=page.in_all,
        more=page.more,
        names=names,
    )


@bp.post("/artists/<int:artist_id>")
def change_artist(artist_id: int) -> ResponseReturnValue:
    given, owner = typed(), current_owner()
    with reading() as session:
        known.demand(session, artist_id, owner)
    try:
        about = forms.read(About, given)
        with writing() as session:
            known.change(session, artist_id, about, owner)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(artist_id, given, error.problems), 422
    address = url_for(".artist", artist_id=artist_id)
    if wants_json():
        return jsonify(artist=artist_id, url=address)
    flash("Saved.")
    return redirect(address, 303)

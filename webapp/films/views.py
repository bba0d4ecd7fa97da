"""The collection: the films of a person that meet what the address says; and one film."""

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core import clock
from core.errors import InvalidInput
from database import film_lists, film_page, film_posters, films
from database.film_filters import EVERYTHING, Filter
from webapp import forms
from webapp.database import reading
from webapp.errors import wants_json
from webapp.films import bp, downloads, filters, links
from webapp.films.repair import repair_of
from webapp.zone import zone

_NOTHING = films.Page([], 0, None)


@bp.get("")
def index() -> ResponseReturnValue:
    if wants_json():
        return downloads.collection_json()
    given, problems = request.args, {}
    wanted = EVERYTHING
    try:
        wanted = forms.read(Filter, given)
    except InvalidInput as error:
        problems = error.problems
    form = filters.Form(Filter, given, problems)
    return _page(wanted, form), 422 if problems else 200


def _page(wanted: Filter, form: filters.Form) -> str:
    person_id = current_user.id
    after, view = request.args.get("after"), _view()
    with reading() as session:
        found = _NOTHING if form.problems else films.page(session, person_id, wanted, after=after)
        has_any = found.in_all > 0 or films.count(session, person_id) > 0
        lists = film_lists.names(session, person_id)
        doubts = films.doubts(session, person_id)
        posters = film_posters.hashes(session, [film.id for film in found.films])
    return render_template(
        "films/index.html",
        found=found.films,
        posters=posters,
        count=found.in_all,
        has_any=has_any,
        doubts=doubts,
        wanted=wanted,
        form=form,
        query=filters.query(wanted),
        chips=filters.chips(wanted, lists, view),
        lists=lists,
        decades=filters.decades(clock.today(zone()).year),
        stars=filters.STARS,
        sorts=filters.SORTS,
        view=view,
        more=found.more,
    )


def _view() -> str | None:
    """Return "list" for a table; the wall of posters is what is usual, and says nothing."""
    return "list" if request.args.get("view") == "list" else None


@bp.get("/<int:film_id>")
def film(film_id: int) -> ResponseReturnValue:
    with reading() as session:
        films.demand(session, current_user.id, film_id)
        found = film_page.page(session, current_user.id, film_id)
        poster = film_posters.hashes(session, [film_id]).get(film_id)
        repair = None if wants_json() else repair_of(session, film_id)
    shown = found.film
    elsewhere = {
        "Letterboxd": links.letterboxd(shown.uri, shown.slug),
        "TMDB": links.tmdb(shown.kind, shown.tmdb_id),
    }
    if wants_json():
        return jsonify(
            film=film_id,
            title=shown.title,
            year=shown.year,
            director=shown.director,
            poster=url_for(".poster", film_id=film_id) if poster else None,
            links=elsewhere,
            said=found.said._asdict(),
            viewings=[viewing._asdict() for viewing in found.viewings],
            lists=[one._asdict() for one in found.lists],
            mosaics=[mosaic._asdict() for mosaic in found.mosaics],
        )
    return render_template(
        "films/film.html", page=found, film=shown, poster=poster, links=elsewhere, repair=repair
    )

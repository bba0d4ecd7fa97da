"""The watchlist, and the lists of a person."""

from flask import render_template, request
from flask_login import current_user

from database import film_lists, film_posters
from database.film_lists import Sort
from webapp.database import reading
from webapp.films import bp
from webapp.numbers import number

_SORTS: dict[Sort, str] = {
    "-added": "Added, newest first",
    "added": "Added, oldest first",
    "title": "Title, A to Z",
    "-title": "Title, Z to A",
    "-year": "Year, newest first",
    "year": "Year, oldest first",
}


@bp.get("/watchlist")
def watchlist() -> str:
    after = request.args.get("after")
    sort: Sort = next((one for one in _SORTS if one == request.args.get("sort")), "-added")
    with reading() as session:
        found = film_lists.wanted(
            session, current_user.id, sort, after=after, limit=film_lists.PAGE + 1
        )
        count = film_lists.count_wanted(session, current_user.id)
        shown = found[: film_lists.PAGE]
        posters = film_posters.hashes(session, [film.id for film in shown])
    return render_template(
        "films/watchlist.html",
        found=shown,
        posters=posters,
        count=count,
        sort=sort,
        sorts=_SORTS.items(),
        more=shown[-1].key if len(found) > film_lists.PAGE else None,
    )


@bp.get("/lists")
def lists() -> str:
    with reading() as session:
        found = film_lists.lists(session, current_user.id)
    return render_template("films/lists.html", lists=found)


@bp.get("/lists/<int:list_id>")
def show_list(list_id: int) -> str:
    after = request.args.get("after", 0, type=number)
    with reading() as session:
        found = film_lists.get(session, current_user.id, list_id)
        entries = film_lists.entries(
            session, current_user.id, list_id, after=after, limit=film_lists.PAGE + 1
        )
        shown = entries[: film_lists.PAGE]
        posters = film_posters.hashes(session, {entry.id for entry in shown})
    return render_template(
        "films/list.html",
        list=found,
        entries=shown,
        posters=posters,
        more=shown[-1].position if len(entries) > film_lists.PAGE else None,
    )

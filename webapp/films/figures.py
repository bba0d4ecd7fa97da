"""What the films come to: ratings, years and decades, what was seen again, directors."""

from typing import NamedTuple

from flask import render_template, request, url_for
from flask_login import current_user

from database import film_figures, film_posters, films
from database.film_filters import Filter
from webapp.charts import Bars
from webapp.database import reading
from webapp.films import bp

_WIDE, _TALL = 400, 130
_OFTEN = Filter(rewatched=True, sort="-viewings")


@bp.get("/ratings")
def ratings() -> str:
    with reading() as session:
        found = film_figures.ratings(session, current_user.id)
    return render_template(
        "films/ratings.html",
        ratings=found,
        bars=Bars.of(found.films, width=_WIDE, height=_TALL),
        rows=[_given(half_stars, films) for half_stars, films in enumerate(found.films, 1)],
    )


class Column(NamedTuple):
    """A bar: what stands below it, what it says in full, its value, where it leads."""

    below: str
    words: str
    value: int
    address: str | None = None


def _given(half_stars: int, films: int) -> Column:
    given = f"{half_stars / 2:g}"
    address = url_for(".index", stars=given, stars_to=given)
    full, half = divmod(half_stars, 2)
    below = f"{full or ''}{'½' * half}"
    return Column(below, f"{given} stars: {_many(films, 'film')}", films, address)


def _many(count: int, of: str) -> str:
    return f"{count} {of}{'' if count == 1 else 's'}"


@bp.get("/years")
def years() -> str:
    with reading() as session:
        seen = film_figures.years(session, current_user.id)
        decades = film_figures.decades(session, current_user.id)
    rows = [
        Column(f"{one.year}", f"{one.year}: {_many(one.viewings, 'viewing')}", one.viewings)
        for one in reversed(seen)
    ]
    return render_template(
        "films/years.html",
        years=seen,
        decades=decades,
        rows=rows,
        bars=Bars.of([row.value for row in rows], width=_WIDE, height=_TALL),
    )


@bp.get("/rewatches")
def rewatches() -> str:
    after = request.args.get("after")
    with reading() as session:
        found = films.page(session, current_user.id, _OFTEN, after=after)
        posters = film_posters.hashes(session, [film.id for film in found.films])
    return render_template(
        "films/rewatches.html",
        found=found.films,
        posters=posters,
        count=found.in_all,
        more=found.more,
    )


@bp.get("/directors")
def directors() -> str:
    with reading() as session:
        found = film_figures.directors(session, current_user.id)
        known = film_figures.known_directors(session, current_user.id)
    return render_template("films/directors.html", directors=found, known=known)

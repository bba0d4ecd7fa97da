"""What is wrong with a film is mended here: its poster, what TMDB takes it for.

A film is the household's: whoever has it in their collection may mend it, for all.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound
from database import film_matches, film_posters, films, quota, tasks
from database.tasks import Enqueued
from webapp import forms, uploads
from webapp.answers import lead_to, typed
from webapp.database import reading, settings, writing
from webapp.errors import wants_json
from webapp.films import bp
from webapp.owner import current_owner

_SHUT = "TMDB wants a token: set NEEDLEDROP_TMDB_TOKEN."


class Brought(BaseModel):
    """What is said beside a picture: nothing."""


class Meant(BaseModel):
    """By what the film that is meant is to be found."""

    model_config = ConfigDict(frozen=True, defer_build=True, str_strip_whitespace=True)

    words: str = Field(
        min_length=1,
        max_length=200,
        description="Its title, or its address at TMDB: themoviedb.org/movie/603.",
    )
    year: int | None = Field(
        None, ge=1870, le=2100, description="A year like 1979; empty if that is not certain."
    )


class Repair(NamedTuple):
    """What templates/films/repair.html shows."""

    film_id: int
    title: str
    poster: film_posters.Poster | None
    poster_form: forms.Shown
    match_form: forms.Shown


def repair_of(
    session: Session,
    film_id: int,
    given: Mapping[str, Any] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Repair:
    """Return what may be mended of a film of the person who asks.

    Raises:
        NotFound: they have no such film.
    """
    films.demand(session, current_user.id, film_id)
    film = film_matches.find(session, film_id)
    if film is None:
        raise NotFound("film of yours", film_id)
    wrong = problems or {}
    about = {"words": film.title, "year": film.year} if given is None else given
    return Repair(
        film_id,
        film.title,
        film_posters.find(session, film_id),
        forms.Shown(Brought, {}, wrong if "poster" in wrong else {}),
        forms.Shown(Meant, about, wrong if "poster" not in wrong else {}),
    )


@bp.get("/<int:film_id>/repair")
def repair(film_id: int) -> str:
    with reading() as session:
        found = repair_of(session, film_id)
    return render_template("films/mend.html", repair=found)


@bp.post("/<int:film_id>/poster")
def replace_poster(film_id: int) -> ResponseReturnValue:
    _demand(film_id)
    try:
        picture = uploads.picture("poster")
    except InvalidInput as error:
        return _once_more(film_id, None, error)
    args = {"film_id": film_id, "file_name": uploads.shown_name(picture)}
    # The file first: no transaction is open while it is written.
    with uploads.received(picture) as name, writing() as session:
        task = _enqueue(session, "replace_poster", args | {"upload": name})
    return lead_to(task)


@bp.post("/<int:film_id>/poster/remove")
def remove_poster(film_id: int) -> ResponseReturnValue:
    """Show again what is fetched; the clean-up takes the file when no film shows it."""
    with writing() as session:
        films.demand(session, current_user.id, film_id)
        film_posters.set_own(session, film_id, None)
    if wants_json():
        return jsonify(film=film_id, url=page_of(film_id))
    flash("Your own poster is gone.")
    return redirect(page_of(film_id), 303)


@bp.post("/<int:film_id>/match")
def find_matches(film_id: int) -> ResponseReturnValue:
    _demand(film_id)
    given = typed()
    if settings().tmdb_token is None:
        return _once_more(film_id, given, InvalidInput({"words": _SHUT}))
    try:
        wanted = forms.read(Meant, given)
    except InvalidInput as error:
        return _once_more(film_id, given, error)
    with writing() as session:
        args = {"film_id": film_id, **wanted.model_dump()}
        task = _enqueue(session, "find_matches", args)
    return lead_to(task)


@bp.post("/<int:film_id>/look")
def look_again(film_id: int) -> ResponseReturnValue:
    with writing() as session:
        films.demand(session, current_user.id, film_id)
        task = _enqueue(session, "look_again", {"film_id": film_id})
    return lead_to(task)


@bp.post("/look")
def look_for_all() -> ResponseReturnValue:
    """Look again for the posters of all films of the person that have none."""
    owner = current_owner()
    with writing() as session:
        task = tasks.enqueue(
            session,
            "look_again",
            {"film_id": None},
            owner=owner,
            lane=tasks.LONG,
            dedup_key=f"look_again:{owner.person_id}",
        )
        quota.check(session, owner)
    return lead_to(task)


def page_of(film_id: int) -> str:
    return url_for("films.film", film_id=film_id)


def _demand(film_id: int) -> None:
    with reading() as session:
        films.demand(session, current_user.id, film_id)


def _enqueue(session: Session, action: str, args: dict[str, Any]) -> Enqueued:
    owner = current_owner()
    # One at a time for one film: the later word is the last.
    key = f"film:{args['film_id']}"
    task = tasks.enqueue(session, action, args, owner=owner, lock_key=key)
    quota.check(session, owner)
    return task


def _once_more(
    film_id: int, given: Mapping[str, Any] | None, error: InvalidInput
) -> ResponseReturnValue:
    if wants_json():
        raise error
    with reading() as session:
        found = repair_of(session, film_id, given, error.problems)
    return render_template("films/mend.html", repair=found), 422

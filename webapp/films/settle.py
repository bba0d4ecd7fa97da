"""What a program cannot know: which of several films is meant. One form each."""

from typing import Literal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from database import films, tasks, viewings
from webapp import forms
from webapp.database import reading, writing
from webapp.films import bp
from webapp.films.repair import page_of
from webapp.numbers import LARGEST, number
from webapp.owner import current_owner


class Meant(BaseModel):
    """Which of TMDB's films one of ours is."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    film_id: int = Field(ge=1, le=LARGEST, description="Choose a film.")
    meant: str = Field(pattern=r"^(none|(movie|tv):\d{1,12})$", description="Choose one of these.")

    @property
    def choice(self) -> tuple[Literal["movie", "tv"], int] | None:
        kind, _, number = self.meant.partition(":")
        if kind == "none":
            return None
        return ("tv" if kind == "tv" else "movie"), int(number)


class Seen(BaseModel):
    """Which of two films of one title and year a viewing was of."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    viewing_id: int = Field(ge=1, le=LARGEST, description="Choose a viewing.")
    film_id: int = Field(ge=1, le=LARGEST, description="Choose one of these films.")


@bp.get("/settle")
def settle() -> str:
    """All that is open, or what is asked about one film."""
    film_id = request.args.get("film", type=number)
    with reading() as session:
        ties = films.ties(session, current_user.id, film_id=film_id)
        uncertain = viewings.uncertain(session, current_user.id) if film_id is None else []
    return render_template("films/settle.html", ties=ties, uncertain=uncertain, film_id=film_id)


@bp.post("/settle")
def settle_film() -> ResponseReturnValue:
    said = forms.read(Meant, request.form)
    with writing() as session:
        film_id = films.settle(session, said.film_id, said.choice, person_id=current_user.id)
        if said.choice is not None:
            # The poster and the director come with the answer; the worker fetches them.
            tasks.enqueue(session, "match_films", {"film_ids": [film_id]}, owner=current_owner())
    flash("Settled.")
    if request.args.get("film", type=number) is not None:
        # TMDB's film may have been here already: the two are one now.
        return redirect(page_of(film_id), 303)
    return redirect(url_for(".settle"), 303)


@bp.post("/settle/viewing")
def settle_viewing() -> ResponseReturnValue:
    said = forms.read(Seen, request.form)
    with writing() as session:
        viewings.settle(session, current_user.id, said.viewing_id, said.film_id)
    flash("Settled.")
    return redirect(url_for(".settle"), 303)

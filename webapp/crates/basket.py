"""The basket: what somebody has dug up and wants to play; put in, chosen of, taken out of."""

from collections.abc import Sequence
from typing import Annotated, Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, ConfigDict, Field

from core.errors import NotFound
from database import baskets, tasks, video_checks
from database.baskets import Added, Cap, Find, TakeOut
from database.crate_finds import MOST_RELEASES
from webapp import forms
from webapp.answers import lead_to, onward, typed
from webapp.crates import basket_files, bp, finds
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.owner import current_owner

_LARGEST = 2**63 - 1
_LARGEST_RELEASE = 2**32 - 1
_REASONS = {
    "not there": "deleted, or never there",
    "private": "private by now",
    "not embedded": "plays at YouTube alone",
}


class Behind(BaseModel):
    """Where the list goes on."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    after: int = Field(0, ge=0, le=_LARGEST, description="Where the list goes on: a number.")


class Releases(BaseModel):
    """The releases whose videos are to be put in."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    release: list[Annotated[int, Field(ge=1, le=_LARGEST_RELEASE)]] = Field(
        min_length=1,
        max_length=MOST_RELEASES,
        description="Numbers of releases at Discogs, one or more.",
    )


class WholeDig(BaseModel):
    """The dig whose videos are to be put in."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    dig: str = Field(
        max_length=4_000, description="A dig, as its address says it behind the question mark."
    )


class Choice(BaseModel):
    """Which videos of a release are chosen, and no others of it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    release: int = Field(ge=1, le=_LARGEST, description="The number of a release.")
    video: list[str] = Field(
        default_factory=list, max_length=baskets.MOST, description="The videos to choose, by id."
    )


@bp.get("/basket")
def basket() -> ResponseReturnValue:
    if wants_json():
        return _figures()
    after = forms.read(Behind, request.args).after
    with reading() as session:
        figures = baskets.figures(session, current_user.id)
        found = baskets.page(session, current_user.id, after=after, limit=baskets.PAGE + 1)
        due = video_checks.count_due(session, current_user.id)
        is_checking = tasks.is_open(session, video_checks.key(current_user.id))
    return render_template(
        "crates/basket.html",
        figures=figures,
        releases=[release for _, release in found[: baskets.PAGE]],
        after=after,
        more=found[baskets.PAGE - 1][0] if len(found) > baskets.PAGE else None,
        due=due,
        is_checking=is_checking,
        reasons=_REASONS,
        most=baskets.MOST,
        parts=-(-figures.chosen // basket_files.AT_ONCE),
        at_once=basket_files.AT_ONCE,
        form=forms.Shown(Cap, {"per_release": 1}, {}),
    )


@bp.post("/basket/releases")
def add_releases() -> ResponseReturnValue:
    """Put in the videos of one release, or of those that a page shows."""
    wanted = forms.read(Releases, _with_list("release"))
    return _put_in(finds.of_releases(wanted.release))


@bp.post("/basket/dig")
def add_dig() -> ResponseReturnValue:
    """Put in the videos of everything that a dig finds, if they are not too many."""
    return _put_in(finds.of_dig(forms.read(WholeDig, typed()).dig))


def _with_list(name: str) -> dict[str, Any]:
    """Return what was sent, with all that was sent by one name."""
    given = typed()
    return dict(given) if request.is_json else {**given, name: request.form.getlist(name)}


def _put_in(found: Sequence[Find]) -> ResponseReturnValue:
    with writing() as session:
        added = baskets.add(session, current_user.id, found)
    if wants_json():
        return jsonify(added._asdict())
    flash(_told(added))
    return redirect(onward(url_for(".basket")), 303)


def _told(added: Added) -> str:
    links = "1 link" if added.found == 1 else f"{added.found:,} links"
    of_all = "1 video" if added.videos == 1 else f"{added.videos:,} videos"
    gone = f" {added.gone:,} of the new ones play no more: not chosen." if added.gone else ""
    return f"{links} found, {added.new:,} of them new: {of_all} in your basket.{gone}"


@bp.post("/basket/choose")
def choose() -> ResponseReturnValue:
    """Let exactly these videos of a release be played."""
    wanted = forms.read(Choice, _with_list("video"))
    with writing() as session:
        baskets.choose(session, current_user.id, wanted.release, wanted.video)
    return _changed("Chosen.")


@bp.post("/basket/choose-all")
def choose_all() -> ResponseReturnValue:
    with writing() as session:
        baskets.choose_all(session, current_user.id)
    return _changed("All videos are chosen that still play.")


@bp.post("/basket/cap")
def cap() -> ResponseReturnValue:
    """Let no more than so many videos of each release stay chosen."""
    wanted = forms.read(Cap, typed())
    with writing() as session:
        baskets.cap(session, current_user.id, wanted.per_release)
    return _changed(f"At most {wanted.per_release} of each release stay chosen.")


@bp.post("/basket/take-out")
def take_out() -> ResponseReturnValue:
    """Take out a video, or all of a release, an artist, a label, or what is gone."""
    wanted = forms.read(TakeOut, typed())
    with writing() as session:
        gone = baskets.take_out(session, current_user.id, wanted)
    if not gone:
        raise NotFound("such video", "in your basket")
    return _changed("1 video is out." if gone == 1 else f"{gone:,} videos are out.")


@bp.get("/basket/empty")
def ask_empty() -> ResponseReturnValue:
    with reading() as session:
        figures = baskets.figures(session, current_user.id)
    if not figures.videos:
        return redirect(url_for(".basket"), 303)
    return render_template("crates/ask_empty.html", figures=figures)


@bp.post("/basket/empty")
def empty() -> ResponseReturnValue:
    with writing() as session:
        baskets.clear(session, current_user.id)
    return _changed("The basket is empty.")


@bp.post("/basket/check")
def check_videos() -> ResponseReturnValue:
    """Have YouTube asked which videos can still be played."""
    with writing() as session:
        task = video_checks.ask(session, current_owner(), current_user.id)
    return lead_to(task)


def _changed(sentence: str) -> ResponseReturnValue:
    """Answer that the basket is another now: with what it comes to, where JSON is asked for."""
    if wants_json():
        return _figures()
    flash(sentence)
    return redirect(onward(url_for(".basket")), 303)


def _figures() -> Response:
    with reading() as session:
        return jsonify(baskets.figures(session, current_user.id)._asdict())

"""Playlists at YouTube: what is chosen in the basket becomes one, private, or is added to one."""

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import Field
from sqlalchemy.orm import Session

from core.consents import GOOGLE, ReconnectNeeded
from core.errors import InvalidInput
from database import baskets, grants, youtube_playlists, youtube_quota
from database.models import YoutubeVideo
from database.youtube_playlists import Filled, NewPlaylist, OwnPlaylists, Wanted
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.crates import bp
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.numbers import number
from webapp.owner import current_owner

_MOST_PAGES = 1_000_000


class Order(NewPlaylist):
    """The playlist that what is chosen in the basket is to become, or to be added to."""

    keep_basket: bool = Field(
        default=False, description="Otherwise the basket is empty once this is accepted."
    )


@bp.get("/playlists")
def playlists() -> ResponseReturnValue:
    """The playlists that one has had filled, the last one first."""
    page = _page()
    with reading() as session:
        found = youtube_playlists.listed(
            session, current_user.id, skip=_skipped(page), limit=youtube_playlists.PAGE + 1
        )
    if wants_json():
        return jsonify(playlists=[_told(one) for one in found[: youtube_playlists.PAGE]])
    return render_template(
        "crates/playlists.html",
        found=found[: youtube_playlists.PAGE],
        page=page,
        has_more=len(found) > youtube_playlists.PAGE,
    )


@bp.get("/playlists/new")
def new_playlist() -> ResponseReturnValue:
    return _form(request.args, {})


@bp.post("/playlists")
def make_playlist() -> ResponseReturnValue:
    """Have the chosen videos put on a playlist; the basket is empty then."""
    given = typed()
    try:
        wanted = forms.read(Order, given)
    except InvalidInput as error:
        if wants_json():
            raise
        return _form(given, error.problems)
    with writing() as session:
        _demand(session)
        own = youtube_playlists.own(session, current_user.id)
        chosen = baskets.chosen(session, current_user.id)
        task = youtube_playlists.ask(
            session,
            current_owner(),
            wanted,
            [Wanted(item.video_id, item.called) for item in chosen],
            own.found if own else (),
        )
        if not wanted.keep_basket:
            baskets.clear(session, current_user.id)
    return lead_to(task)


@bp.post("/playlists/look")
def look_for_playlists() -> ResponseReturnValue:
    """Have one's own playlists at YouTube looked for, to add to one of them."""
    with writing() as session:
        _demand(session)
        task = youtube_playlists.ask_own(session, current_owner())
    return lead_to(task)


@bp.get("/playlists/<public_id>")
def playlist(public_id: str) -> ResponseReturnValue:
    """What became of each video of a playlist."""
    page = _page()
    with reading() as session:
        found = youtube_playlists.show(session, current_user.id, public_id)
        videos = youtube_playlists.videos(
            session, current_user.id, public_id,
            skip=_skipped(page), limit=youtube_playlists.PAGE + 1,
        )  # fmt: skip
    if wants_json():
        shown = [_of(video) for video in videos[: youtube_playlists.PAGE]]
        return jsonify(playlist=_told(found), videos=shown)
    return render_template(
        "crates/playlist.html",
        one=found,
        videos=videos[: youtube_playlists.PAGE],
        page=page,
        has_more=len(videos) > youtube_playlists.PAGE,
    )


@bp.post("/playlists/<public_id>/go-on")
def go_on(public_id: str) -> ResponseReturnValue:
    with writing() as session:
        task = youtube_playlists.go_on(session, current_owner(), public_id)
    return lead_to(task)


@bp.post("/playlists/<public_id>/delete")
def forget_playlist(public_id: str) -> ResponseReturnValue:
    with writing() as session:
        title = youtube_playlists.forget(session, current_user.id, public_id)
    flash(f"“{title}” is off the list. What is at YouTube stays.")
    return redirect(url_for(".playlists"), 303)


def _form(given: Mapping[str, Any], problems: Mapping[str, str]) -> tuple[str, int]:
    with reading() as session:
        is_connected = _is_connected(session)
        figures = baskets.figures(session, current_user.id)
        own = youtube_playlists.own(session, current_user.id)
        today = youtube_quota.changes_left(session)
    page = render_template(
        "crates/new_playlist.html",
        is_connected=is_connected,
        chosen=figures.chosen,
        own=own,
        into=_choices(own),
        today=today,
        a_day=youtube_quota.MOST_CHANGES,
        days=youtube_quota.days(figures.chosen, today),
        form=forms.Shown(Order, given, problems),
    )
    return page, 422 if problems else 200


def _told(one: Filled) -> dict[str, Any]:
    return one._asdict() | {"counts": one.counts._asdict()}


def _of(video: YoutubeVideo) -> dict[str, Any]:
    names = ("video_id", "title", "state", "reason")
    told = {name: getattr(video, name) for name in names}
    return told | {"item_id": video.item_id or None}


def _choices(own: OwnPlaylists | None) -> list[tuple[str, str]]:
    known = own.found if own else []
    named = [(one.id, f"{one.title or 'Without a title'} ({one.videos:,})") for one in known]
    return [("", "A new playlist"), *named]


def _is_connected(session: Session) -> bool:
    found = grants.find(session, current_user.id, GOOGLE)
    return found is not None and found.is_ok


def _demand(session: Session) -> None:
    """Go on only for somebody whose consent holds.

    Raises:
        ReconnectNeeded: they have given none, or it has ended.
    """
    if not _is_connected(session):
        raise ReconnectNeeded(GOOGLE)


def _page() -> int:
    return min(max(request.args.get("page", 1, type=number), 1), _MOST_PAGES)


def _skipped(page: int) -> int:
    return (page - 1) * youtube_playlists.PAGE

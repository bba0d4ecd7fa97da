"""Playlists out: lists of tracks to take along or to have made at Spotify, and those that were."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from core.errors import Conflict, InvalidInput
from database import library_lists, library_tasks, made_playlists, track_picks
from database.made_playlists import Description, Made, NewPlaylist
from database.track_picks import Picked, Picking
from webapp import feature_words as words
from webapp import forms
from webapp.answers import lead_to, typed
from webapp.database import reading, writing
from webapp.errors import wants_json
from webapp.feature_words import FEATURES
from webapp.library import bp, downloads, pages, writes
from webapp.owner import current_owner

_SHOWN = 50
_COLUMNS = (
    "track_id", "track_name", "artists", "album_name", "isrc", "plays", "feature",
)  # fmt: skip
_TITLES = {
    "top": "Most played",
    "forgotten": "Forgotten favourites",
    "owned": "From my shelf",
    "liked": "Liked songs",
}
_PERIODS = {
    "all": "of all time",
    "year": "this year",
    "month": "this month",
    "week": "this week",
    "day": "today",
}


class Order(Picking, NewPlaylist):
    """Which tracks are to be on a playlist at Spotify, and what that is called."""


@bp.get("/make")
def make() -> ResponseReturnValue:
    """A list `of` something; without that the page says what there is to choose from."""
    if not request.args.get("of") and not downloads.is_wanted():
        return _choices({})
    if downloads.is_wanted():
        return _file(forms.read(Picking, request.args))
    return _page(request.args, {})


@bp.post("/make")
def make_playlist() -> ResponseReturnValue:
    given = typed()
    try:
        wanted = forms.read(Order, given)
    except InvalidInput as error:
        if wants_json():
            raise
        return _page(given, error.problems)
    with writing() as session:
        writes.demand(session)
        picked = track_picks.pick(session, current_user.id, wanted)
        task = made_playlists.ask(session, current_owner(), wanted, picked.tracks)
    return lead_to(task)


def _choices(problems: Mapping[str, str]) -> tuple[str, int]:
    form = forms.Shown(Picking, {}, problems)
    return render_template("library/make.html", wanted=None, form=form), 422 if problems else 200


def _page(given: Mapping[str, Any], problems: Mapping[str, str]) -> tuple[str, int]:
    """Show a list, and the form that has it made; `problems`: of what was typed there."""
    why, picked = None, Picked("", [])
    try:
        wanted = forms.read(Picking, given)
        with reading() as session:
            state = writes.state(session)
            try:
                picked = track_picks.pick(session, current_user.id, wanted)
            except Conflict as error:
                why = str(error)
    except InvalidInput as error:
        return _choices(error.problems)
    title = _title(wanted, picked)
    said = wanted.model_dump(exclude_defaults=True)
    page = render_template(
        "library/make.html",
        wanted=wanted,
        said=said,
        title=title,
        picked=picked,
        rows=picked.tracks[:_SHOWN],
        why=why,
        state=state,
        periods=_PERIODS,
        features=FEATURES,
        value=words.value,
        most={
            "favourites": track_picks.FAVOURITES,
            "albums": track_picks.ALBUMS,
            "tracks": track_picks.MOST,
        },
        choice=forms.Shown(Picking, said, {}),
        form=forms.Shown(Order, {"name": title[:100], **given}, problems),
    )
    return page, 422 if problems else 200


def _title(wanted: Picking, picked: Picked) -> str:
    """Say in a few words what a list is, as a playlist of it may be called."""
    title = _TITLES.get(wanted.of) or picked.name or wanted.of.capitalize()
    if wanted.of == "top":
        ends = [end for end in (wanted.since, wanted.until) if end]
        when = " to ".join(ends) if ends else _PERIODS[wanted.period or "all"]
        title = f"{title} {when}"
    if wanted.by is not None:
        feature = FEATURES[wanted.by]
        title += f": {feature.most if wanted.order == 'desc' else feature.least} first"
    return title


def _file(wanted: Picking) -> ResponseReturnValue:
    with reading() as session:
        picked = track_picks.pick(session, current_user.id, wanted)
    rows = [
        (one.spotify_id, one.title, one.artists, one.album, one.isrc, one.plays, one.value)
        for one in picked.tracks
    ]
    return downloads.answer(_title(wanted, picked), "tracks", _COLUMNS, rows)


@bp.get("/made")
def made() -> ResponseReturnValue:
    """The playlists that one had made, the last one first."""
    person_id = int(current_user.id)
    if downloads.is_wanted():
        return downloads.items(
            "made-playlists",
            "playlists",
            Made._fields,
            lambda session, skip: made_playlists.listed(
                session, person_id, skip=skip, limit=downloads.BATCH
            ),
        )
    part = pages.asked(made_playlists.PAGE)
    with reading() as session:
        found = made_playlists.listed(session, person_id, skip=part.skip, limit=part.size + 1)
    more = part.page + 1 if len(found) > part.size else None
    return render_template("library/made.html", found=found[: part.size], part=part, more=more)


@bp.post("/made/<public_id>/go-on")
def go_on(public_id: str) -> ResponseReturnValue:
    with writing() as session:
        task = made_playlists.go_on(session, current_owner(), public_id)
    return lead_to(task)


@bp.post("/made/<public_id>/delete")
def forget_made(public_id: str) -> ResponseReturnValue:
    with writing() as session:
        name = made_playlists.forget(session, current_user.id, public_id)
    flash(f"“{name}” is off the list. What is at Spotify stays.")
    return redirect(url_for(".made"), 303)


@bp.post("/playlists/<int:playlist_id>/description")
def describe(playlist_id: int) -> ResponseReturnValue:
    """Have one's own playlist say something else of itself at Spotify; empty: nothing."""
    with writing() as session:
        found = library_lists.playlist(session, current_user.id, playlist_id)
        wanted = forms.read(Description, typed())
        if found.spotify_id is None or not found.is_own:
            raise Conflict("Only a playlist of your own at Spotify can be described.")
        writes.demand(session)
        task = library_tasks.ask_describe(session, current_owner(), playlist_id, wanted.description)
    return lead_to(task)

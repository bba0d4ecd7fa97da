"""The lists of Spotify's as they were last fetched, and single things by their ids there."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from core.errors import NotFound
from database import (
    feature_winners,
    library_listings,
    library_lists,
    library_tasks,
    playlists,
)
from database.library_listings import Fetched
from database.library_lists import Page
from database.tasks import Enqueued
from webapp.database import reading, writing
from webapp.library_api import asked, bp, ordered, told
from webapp.owner import current_owner

_ID = "<spotify_id>"
_TELL: dict[str, Callable[[Any], told.Json]] = {
    "playlists": told.playlist,
    "tracks": told.listed_track,
    "artists": told.artist,
}


@bp.get("/library/<any(playlists, tracks, albums):name>")
def listing(name: str) -> Response:
    """A page of a list; `fetched_at` says of when it is, `task_id` what fetches it now."""
    wanted = asked.query(asked.OfListing)
    with reading() as session:
        found = library_listings.page(session, current_user.id, name, wanted.part)
        said = _listed(session, name, found)
    return jsonify(
        said | {"page_size": wanted.page_size, "page": wanted.skip // wanted.page_size + 1}
    )


@bp.get("/library/artists")
def artists() -> Response:
    """The followed artists; `last` is what to ask for the next ones with."""
    wanted = asked.query(asked.OfArtists)
    with reading() as session:
        skip = _after(session, wanted.last)
        part = Page(wanted.page_size, skip)
        found = library_listings.page(session, current_user.id, "artists", part)
        said = _listed(session, "artists", found)
    items = found.listed.items
    has_more = bool(items) and skip + len(items) < found.listed.total
    last = items[-1].spotify_id if has_more else None
    page = skip // wanted.page_size + 1
    return jsonify(said | {"page_size": wanted.page_size, "page": page, "last": last})


def _after(session: Session, last: str | None) -> int:
    if last is None:
        return 0
    try:
        return library_listings.after_artist(session, current_user.id, last)
    except NotFound:
        raise BadRequest("last: nobody on the list has this id; begin again without it.") from None


def _listed(session: Session, name: str, found: Fetched) -> told.Json:
    items = found.listed.items
    if name == "albums":
        on = library_lists.on_albums(session, [one.id for one in items])
        data = [told.album(one, on.get(one.id, ())) for one in items]
    else:
        data = [_TELL[name](one) for one in items]
    return {
        "data": data,
        "total": found.listed.total,
        "fetched_at": found.fetched_at,
        "task_id": library_tasks.under_way(session, current_user.id),
    }


@bp.post("/library/<any(playlists, tracks, albums, artists):name>")
def sync_listing(name: str) -> ResponseReturnValue:
    """Have the list fetched anew."""
    return ordered.ordered(ordered.part(name))


@bp.get(f"/library/playlists/{_ID}")
def playlist_at_spotify(spotify_id: str) -> ResponseReturnValue:
    """A playlist by its id at Spotify; it is fetched where it is not stored, or stale."""
    with reading() as session:
        item_id = library_listings.playlist_id(session, spotify_id)
        ids = [] if item_id is None else [item_id]
        found = library_lists.playlists_of(session, current_user.id, ids)
        is_stale = item_id is None or playlists.is_stale(session, current_user.id, item_id)
        may_ask = ordered.may_ask_spotify(session)
    data = told.playlist(found[0]) if found else None
    wants_task = may_ask and (data is None or is_stale)
    return _stored("playlist", spotify_id, data, wants_task=wants_task)


@bp.get(f"/library/tracks/{_ID}")
def track_at_spotify(spotify_id: str) -> ResponseReturnValue:
    """A track by its id at Spotify; it is fetched where it is not stored whole."""
    with reading() as session:
        item_id = library_listings.track_id(session, spotify_id)
        data = None
        if item_id is not None:
            known = feature_winners.winners(session, [item_id])
            data = told.track(library_lists.track(session, item_id), known)
        may_ask = ordered.may_ask_spotify(session)
    wants_task = may_ask and not (data and data["is_synced"])
    return _stored("track", spotify_id, data, wants_task=wants_task)


def _stored(
    kind: str, spotify_id: str, data: told.Json | None, *, wants_task: bool
) -> ResponseReturnValue:
    if not wants_task:
        if data is None:
            raise NotFound(kind, spotify_id)
        return jsonify(data=data, task_id=None, status=None)
    asked_for(spotify_id)

    def ask(session: Session) -> Enqueued:
        owner = current_owner()
        return library_tasks.ask_sync(session, owner, kind, spotify_id=spotify_id)

    return _with_task(data, ask)


def asked_for(spotify_id: str) -> None:
    """Go on only with what may be an id of Spotify's.

    Raises:
        NotFound: it is none.
    """
    if not (spotify_id.isascii() and spotify_id.isalnum() and len(spotify_id) <= 64):  # noqa: PLR2004
        raise NotFound("item at Spotify", spotify_id[:64])


@bp.get(f"/library/tracks/{_ID}/analysis")
@bp.get(f"/library/tracks/{_ID}/analysis/data")
def track_features(spotify_id: str) -> ResponseReturnValue:
    """How a track sounds; whoever may know is asked where nobody has said anything yet."""
    with reading() as session:
        item_id = library_listings.track_id(session, spotify_id)
        if item_id is None:
            raise NotFound("track", spotify_id)
        known = feature_winners.winners(session, [item_id])
    data = told.features(known.get(item_id))
    if data is not None:
        return jsonify(data=data, task_id=None, status=None)

    def ask(session: Session) -> Enqueued:
        return library_tasks.ask_analyze(session, current_owner(), "track", str(item_id))

    return _with_task(data, ask)


def _with_task(data: told.Json | None, ask: Callable[[Session], Enqueued]) -> ResponseReturnValue:
    """Answer with what is stored, 202 where nothing is, and the task that fetches it."""
    with writing() as session:
        placed = ask(session)
        status = ordered.status_of(session, placed)
    answer = jsonify(data=data, task_id=placed.public_id, status=status)
    return answer, 200 if data is not None else 202
